"""A filter of the contact log stands in an address: the same filter, the same query, both ways."""

from datetime import UTC, date, datetime
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.domain.log_filters import (
    FIELDS,
    LogFilter,
    Problem,
    parse_filter,
    read_query,
    split_version,
)

NOW = datetime(2026, 11, 23, 3, tzinfo=UTC)
NEW_YORK = ZoneInfo("America/New_York")


def filter_of(query: str) -> LogFilter:
    found, problems = parse_filter(parse_qsl(query))
    assert problems == ()
    return found


def test_a_filter_has_one_query_however_it_was_written() -> None:
    written = filter_of(
        "to=2026-11-20&rule=b&verdict=blocked&rule=a&rule=a&lender=x&status=&from=-30d"
    )

    assert written.query() == "verdict=blocked&rule=a&rule=b&from=-30d&to=2026-11-20"
    assert filter_of(written.query()) == written
    assert LogFilter().query() == ""
    assert filter_of("from=-7d") == LogFilter()


def test_what_is_not_understood_is_said() -> None:
    asked, problems = parse_filter(
        parse_qsl(
            "verdict=maybe&from=yesterday&to=2026-02-30&to=20261101&from=1969-01-01&rule=a%00"
        )
    )

    assert asked == LogFilter()
    assert [problem.name for problem in problems] == ["verdict", "from", "to", "to", "from", "rule"]
    assert problems[0] == Problem("verdict", "maybe")


def test_a_parameter_takes_so_many_values() -> None:
    _, problems = parse_filter([("rule", f"r{number}") for number in range(25)])

    assert len(problems) == 5


def test_a_kept_query_outlives_words_that_are_gone() -> None:
    assert read_query("verdict=maybe&channel=sms").query() == "channel=sms"


def test_values_come_off_one_by_one() -> None:
    asked = filter_of("rule=a&rule=b&channel=sms&from=-30d&to=2026-11-20")

    assert asked.without("rule", "a").chosen["rule"] == ("b",)
    assert "rule" not in asked.without("rule").chosen
    assert asked.without("status", "sent").query() == asked.query()
    assert asked.without("from").start == "-7d"
    assert asked.without("to").end == ""
    assert asked.only("rule", "c").query() == "rule=c&channel=sms&from=-30d&to=2026-11-20"
    assert asked.within("-1d").query() == "rule=a&rule=b&channel=sms&from=-1d"


@pytest.mark.parametrize(
    ("query", "starts", "ends"),
    [
        pytest.param("", datetime(2026, 11, 15, 5, tzinfo=UTC), None, id="the default"),
        pytest.param("from=-0d&to=-0d", datetime(2026, 11, 22, 5, tzinfo=UTC), datetime(2026, 11, 23, 5, tzinfo=UTC), id="today"),
        pytest.param("from=2026-11-01&to=2026-11-01", datetime(2026, 11, 1, 4, tzinfo=UTC), datetime(2026, 11, 2, 5, tzinfo=UTC), id="a day of 25 hours"),
        pytest.param("from=1970-01-01", datetime(1970, 1, 1, 5, tzinfo=UTC), None, id="the first"),
    ],
)  # fmt: skip
def test_days_are_the_lenders(query: str, starts: datetime, ends: datetime | None) -> None:
    period = filter_of(query).period(NOW, NEW_YORK)

    assert period == (starts, ends or datetime(9000, 1, 1, tzinfo=UTC))


def test_days_by_their_calendar() -> None:
    assert filter_of("from=-2d").days(NOW, NEW_YORK) == (date(2026, 11, 20), None)
    assert filter_of("to=2026-11-21").days(NOW, NEW_YORK)[1] == date(2026, 11, 21)


def test_a_version_is_a_name_and_a_hash() -> None:
    assert split_version("overdue@ab12") == ("overdue", "ab12")
    assert split_version("overdue") == ("overdue", "")


@given(st.lists(st.tuples(st.sampled_from([*FIELDS, "from", "to", "x"]), st.text(max_size=12))))
def test_whatever_is_written_its_query_reads_back_as_it_is(pairs: list[tuple[str, str]]) -> None:
    asked, _ = parse_filter(pairs)

    assert filter_of(asked.query()) == asked
