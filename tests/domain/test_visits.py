"""When visits may be made, how many go, and how what came of one counts."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from outreach.domain.visits import (
    COUNTED,
    Hours,
    VisitOutcome,
    disposition_of,
    least_staff,
    open_hours,
)
from outreach.domain.vocabulary import Disposition, Outcome

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")


def waking(at: datetime, zone: ZoneInfo = SHANGHAI) -> bool:
    return 8 <= at.astimezone(zone).hour < 22


def shanghai(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=SHANGHAI).astimezone(UTC)


def test_hours_are_those_in_which_every_rule_agrees_day_by_day() -> None:
    found = open_hours(waking, shanghai(23, 20, 10), SHANGHAI, days=2)

    assert found == (
        Hours(shanghai(23, 20, 10), shanghai(23, 22)),
        Hours(shanghai(24, 8), shanghai(24, 22)),
    )


def test_nothing_is_open_where_nothing_is_allowed_and_all_day_where_all_is() -> None:
    assert open_hours(lambda _: False, shanghai(23, 9), SHANGHAI, days=3) == ()
    assert open_hours(lambda _: True, shanghai(23, 9), SHANGHAI, days=1) == (
        Hours(shanghai(23, 9), shanghai(24, 0)),
    )


def test_a_break_at_noon_makes_two_spans() -> None:
    def allowed(at: datetime) -> bool:
        return waking(at) and at.astimezone(SHANGHAI).hour != 12

    found = open_hours(allowed, shanghai(23, 6), SHANGHAI, days=1)

    assert [one.opens for one in found] == [shanghai(23, 8), shanghai(23, 13)]


def test_a_day_on_which_the_clock_goes_back_has_an_hour_more() -> None:
    begins = datetime(2026, 11, 1, 4, tzinfo=UTC)  # midnight, before the change at 2:00

    [day] = open_hours(lambda _: True, begins, NEW_YORK, days=1)

    assert day.closes - day.opens == timedelta(hours=25)


def test_every_outcome_counts_as_something() -> None:
    assert COUNTED.keys() == set(VisitOutcome)
    assert COUNTED[VisitOutcome.SPOKE].outcome is Outcome.CONVERSATION
    assert COUNTED[VisitOutcome.NOBODY].outcome is Outcome.NO_ANSWER


@pytest.mark.parametrize(
    ("promised", "disputed", "disposition"),
    [
        pytest.param(False, False, Disposition.LEFT_MESSAGE, id="only spoke"),
        pytest.param(True, False, Disposition.RPC_PROMISE, id="promised"),
        pytest.param(True, True, Disposition.RPC_DISPUTE, id="disputed"),
    ],
)
def test_what_the_borrower_said_outranks_how_it_went(
    *, promised: bool, disputed: bool, disposition: Disposition
) -> None:
    found = disposition_of(VisitOutcome.SPOKE, promised=promised, disputed=disputed)
    assert found is disposition


def test_as_many_go_as_the_strictest_duty_says() -> None:
    assert least_staff(()) == 1
    assert least_staff(["no_entry", "two_staff"]) == 2
