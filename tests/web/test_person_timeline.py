"""The timeline's arithmetic: pages that pass nothing over, runs that fold, days with gaps."""

from datetime import UTC, datetime, timedelta

from outreach.web.console.amounts import show_day, show_money
from outreach.web.console.person_timeline import (
    Happened,
    TimelineWriter,
    folded,
    of_whom,
    page_of,
)
from outreach.web.console.showing import Shower

NOW = datetime(2026, 11, 23, 17, tzinfo=UTC)


def at(hours: float, text: str = "x", **more: object) -> Happened:
    """Return something that the service did so many hours ago."""
    return Happened(NOW - timedelta(hours=hours), "system", text, **more)  # type: ignore[arg-type]


def test_pages_follow_on_each_other_and_never_part_one_instant() -> None:
    found = [at(hours) for hours in (0, 1, 2, 2, 2, 3, 4)]
    first, older = page_of(found, None, limit=3)
    assert (len(first), older) == (5, first[-1].at)
    second, end = page_of(found, older, limit=3)
    assert (len(second), end) == (2, None)
    assert [*first, *second] == found
    assert page_of([], None) == ([], None)


def test_runs_of_one_step_fold_and_others_part_them() -> None:
    found = [at(0, "a", run="a"), at(1, "a", run="a"), at(2, "b"), at(3, "a", run="a"),
             at(4, "a", run="a", loan="LN-2"), at(5, "b"), at(6, "b")]  # fmt: skip
    assert [(one.text, one.loan, one.times) for one in folded(found)] == [
        ("a", "", 2), ("b", "", 1), ("a", "", 1), ("a", "LN-2", 1), ("b", "", 1), ("b", "", 1),
    ]  # fmt: skip


def test_people_and_the_system_are_told_apart() -> None:
    found = [at(0), Happened(NOW, "borrower", "b"), Happened(NOW, "person", "p"),
             Happened(NOW, "platform", "f")]  # fmt: skip
    assert [one.text for one in of_whom(found, "people")] == ["b", "p"]
    assert [one.text for one in of_whom(found, "system")] == ["x", "f"]
    assert of_whom(found, "all") == found


def test_days_are_the_borrowers_and_name_the_gaps_between_them() -> None:
    writer = TimelineWriter("en", Shower("en", "UTC", ()), "Asia/Shanghai")
    days = writer.days([at(0), at(0.5), at(24), at(96)])
    assert [(day.words, len(day.lines), day.gap) for day in days] == [
        ("Tue 24 Nov 2026", 2, 0), ("Mon 23 Nov 2026", 1, 2), ("Fri 20 Nov 2026", 1, 0),
    ]  # fmt: skip
    assert days[0].lines[0].clock == "01:00"
    assert writer.days([]) == []


def test_amounts_are_whole_and_what_nobody_told_is_no_zero() -> None:
    told = [
        ("en", 123450, "CNY", "CNY 1,234.50"), ("zh", 123450, "CNY", "1,234.50 元"),
        ("zh", 5, "USD", "USD 0.05"), ("en", -100, "USD", "USD −1.00"), ("en", 7, "JPY", "JPY 7"),
        ("en", None, "USD", "? USD"),
    ]  # fmt: skip
    assert [show_money(one[0], one[1], one[2]) for one in told] == [one[3] for one in told]  # type: ignore[arg-type]
    assert show_day("zh", NOW.date()) == "2026年11月23日（周一）"
