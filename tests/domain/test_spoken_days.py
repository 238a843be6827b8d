"""Which day is meant, by keys and in words; what can't be told is no day."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.domain.spoken_days import HORIZON, read_day

MONDAY = date(2026, 11, 23)


def on(month: int, day: int, year: int = 2026) -> date:
    return date(year, month, day)


@pytest.mark.parametrize(
    ("digits", "day"),
    [
        ("23", MONDAY),
        ("27", on(11, 27)),
        ("5", on(12, 5)),
        ("05", on(12, 5)),
        ("31", None),  # in December, and more than a month away
        ("00", None),
        ("99", None),
        ("²", None),
        ("*1", None),
    ],
)
def test_keys_are_a_day_of_the_month(digits: str, day: date | None) -> None:
    assert read_day(digits, "", MONDAY) == day


@pytest.mark.parametrize(
    ("speech", "day"),
    [
        ("today", MONDAY),
        ("tomorrow morning", on(11, 24)),
        ("the day after tomorrow", on(11, 25)),
        ("on Friday", on(11, 27)),
        ("next monday", on(11, 30)),
        ("next friday", on(12, 4)),
        ("next month", None),
        ("5 de diciembre", on(12, 5)),
        ("28 november", on(11, 28)),
        ("february 30", None),
        ("nov 22", None),  # in a year
        ("12/5", on(12, 5)),
        ("5/12", on(12, 5)),
        ("12/12", on(12, 12)),
        ("11/24 or so", on(11, 24)),
        ("13/14", None),
        ("12月5号", on(12, 5)),
        ("十二月五日", on(12, 5)),
        ("in three days", on(11, 26)),
        ("within 10 days", on(12, 3)),
        ("in a week", on(11, 30)),
        ("by the end of the month", on(11, 30)),
        ("the fifth", on(12, 5)),
        ("the twenty fifth", on(11, 25)),
        ("december 5th", on(12, 5)),
        ("the 1st or the 2nd", None),
        ("in umpteen days", None),
        ("when I can", None),
        ("", None),
        ("mañana", on(11, 24)),
        ("el viernes", on(11, 27)),
        ("明天", on(11, 24)),
        ("大后天", on(11, 26)),
        ("周五还", on(11, 27)),
        ("下周五", on(12, 4)),
        ("星期天", on(11, 29)),
        ("一周后", on(11, 30)),
        ("两天后", on(11, 25)),
        ("10天后", on(12, 3)),
        ("二十七号", on(11, 27)),
        ("二十日", on(12, 20)),
        ("十五号", on(12, 15)),
        ("5号", on(12, 5)),
        ("月底", on(11, 30)),
        ("有钱再说", None),
    ],
)
def test_words_mean_a_day(speech: str, day: date | None) -> None:
    assert read_day("", speech, MONDAY) == day


def test_a_day_that_a_month_lacks_is_of_the_next() -> None:
    assert read_day("30", "", date(2027, 2, 27)) == date(2027, 3, 30)
    assert read_day("2", "", date(2026, 12, 31)) == date(2027, 1, 2)


@given(st.text(max_size=3), st.text(max_size=40), st.dates(date(2020, 1, 1), date(2100, 1, 1)))
def test_a_day_is_never_past_nor_far(digits: str, speech: str, today: date) -> None:
    day = read_day(digits, speech, today)

    assert day is None or timedelta(0) <= day - today <= HORIZON
