"""Days off: holidays, weekends, shorter hours, and no calendar."""

from datetime import date, datetime
from typing import Any

import pytest

from outreach.domain.decisions import Verdict
from tests.compliance.builders import a_rule, an_action, chicago, codes, judge, some_facts, utc

FRIDAY = chicago("2026-07-03")
HOLIDAY = frozenset({date(2026, 7, 3)})


def a_block(**given: Any) -> Any:
    return a_rule("holiday_block", **given)


@pytest.mark.parametrize(
    ("rule", "until"),
    [
        pytest.param({}, chicago("2026-07-04", "00:00"), id="the holiday itself"),
        pytest.param(
            {"day_types": ["holiday", "weekend"]}, chicago("2026-07-06", "00:00"), id="a long one"
        ),
        pytest.param({"day_types": ["sat"]}, None, id="another day"),
        pytest.param(
            {"replace_windows": [["13:00", "15:00"]]}, chicago("2026-07-03", "13:00"), id="shorter"
        ),
        pytest.param({"replace_windows": [["11:00", "15:00"]]}, None, id="within shorter hours"),
        pytest.param({"zone": "Pacific/Kiritimati"}, None, id="the next day in the rule's zone"),
    ],
)
def test_a_holiday_waits_for_the_next_open_moment(
    rule: dict[str, Any], until: datetime | None
) -> None:
    decision = judge(an_action(at=FRIDAY), some_facts(holidays=HOLIDAY), a_block(**rule))

    assert decision.until == until


def test_a_weekday_may_be_a_day_off() -> None:
    rule = a_block(day_types=["fri", "sat"])

    assert judge(an_action(at=FRIDAY), some_facts(), rule).until == chicago("2026-07-05", "00:00")


def test_both_zones_must_be_free() -> None:
    facts = some_facts(zones=["Asia/Tokyo", "America/Chicago"], holidays=HOLIDAY)

    decision = judge(an_action(at=utc("2026-07-02", "18:00")), facts, a_block())

    assert decision.until == utc("2026-07-04", "05:00")
    anyone = a_block(multi_zone="any")
    assert judge(an_action(at=utc("2026-07-02", "18:00")), facts, anyone).until is None


def test_with_no_calendar_every_day_may_be_a_holiday() -> None:
    facts = some_facts(holidays=None)

    decision = judge(an_action(), facts, a_block())

    assert codes(decision) == ["holiday_block.calendar_unknown"]
    assert decision.verdict is Verdict.BLOCK
    assert decision.needs == ("holiday_calendar",)


def test_with_no_calendar_shorter_hours_bind_every_day() -> None:
    rule = a_block(replace_windows=[["13:00", "15:00"]])

    decision = judge(an_action(), some_facts(holidays=None), rule)

    assert decision.until == chicago("2026-06-10", "13:00")


def test_days_of_the_week_need_no_calendar() -> None:
    facts = some_facts(holidays=None)

    assert judge(an_action(), facts, a_block(day_types=["sun"])).verdict is Verdict.ALLOW


def test_somewhere_unknown_is_closed() -> None:
    assert codes(judge(an_action(), some_facts(zones=[]), a_block())) == [
        "holiday_block.zone_unknown"
    ]


def test_days_that_never_open_block() -> None:
    decision = judge(an_action(), some_facts(), a_block(day_types=["weekday", "weekend"]))

    assert codes(decision) == ["holiday_block.never_open"]
