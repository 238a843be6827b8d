"""Treatments and standings with sensible defaults, for the tests of choosing."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from outreach.domain.segments import Selector
from outreach.domain.standing import Done, Standing
from outreach.domain.steps import LocalWindow, Repeat, Retry, Route, StageSpan, Step
from outreach.domain.treatment import Treatment
from outreach.domain.vocabulary import (
    CaseKind,
    Channel,
    DeliveryState,
    ErrorClass,
    Purpose,
    Stage,
)

NEW_YORK = ZoneInfo("America/New_York")
LOS_ANGELES = ZoneInfo("America/Los_Angeles")
DUE_ON = date(2026, 3, 10)


def at(day: int, clock: str = "12:00", zone: ZoneInfo = NEW_YORK) -> datetime:
    """Return local `clock` on a day past due, as UTC."""
    on = DUE_ON + timedelta(days=day)
    return datetime.combine(on, time.fromisoformat(clock), zone).astimezone(UTC)


def a_step(key: str, day: int, **changes: Any) -> Step:
    """Build a step with one text message to two phones, 09:00 to 20:00."""
    fields: dict[str, Any] = {
        "purpose": Purpose.COLLECTION if day > 0 else Purpose.SERVICING_REMINDER,
        "window": LocalWindow(time(9), time(20)),
        "routes": (Route(Channel.SMS, "words", 2),),
        "retry": Retry(frozenset({ErrorClass.UNREACHABLE_RETRY}), timedelta(hours=2), 1),
        "fallback_on": frozenset({ErrorClass.INVALID_ADDRESS, ErrorClass.UNREACHABLE_RETRY}),
    }
    return Step(key, day, **{**fields, **changes})


def a_treatment(
    before: Sequence[Step] | None = None,
    after: Sequence[Step] | None = None,
    **changes: Any,
) -> Treatment:
    """Build a treatment of T-7, T-1, the due day, 1, 5 and then every 10 days to 60."""
    if before is None:
        before = [a_step("before-7", -7, late_by=3), a_step("before-1", -1), a_step("due", 0)]
    if after is None:
        after = [
            a_step("after-1", 1, late_by=2),
            a_step("after-5", 5, late_by=2),
            a_step("again", 20, late_by=2, repeat=Repeat(10, 60)),
        ]
    fields: dict[str, Any] = {
        "name": "test",
        "content_hash": "0123456789ab",
        "locale": "en-US",
        "segments": (Selector(),),
        "quote_step": a_step("quote", 0),
    }
    stages = (
        StageSpan(Stage.PRE_DUE, "before", -35, 0, tuple(before)),
        StageSpan(Stage.EARLY, "1-60", 1, 60, tuple(after)),
    )
    return Treatment(**{**fields, "stages": stages, **changes})


def a_standing(day: int, **changes: Any) -> Standing:
    """Build a loan that stands as it should on `day`: one case, two phones, nothing done."""
    fields: dict[str, Any] = {
        "person_id": 17,
        "loan_id": 170,
        "lender_zone": NEW_YORK,
        "case_id": 1700,
        "kind": CaseKind.DELINQUENCY if day > 0 else CaseKind.PRE_DUE,
        "due_on": DUE_ON,
        "zones": (NEW_YORK,),
        "outstanding_minor": 12_450,
        "currency": "USD",
        "creditor": "Northwind Credit",
        "addresses": {Channel.SMS: ("phone-1", "phone-2")},
    }
    return Standing(**{**fields, **changes})


def a_try(step: str, when: datetime, **changes: Any) -> Done:
    """Build one earlier contact of the standing's own case: delivered to the first phone."""
    fields: dict[str, Any] = {
        "case_id": 1700,
        "step": step,
        "occurrence": "1:1:1",
        "try_number": 1,
        "at": when,
        "channel": Channel.SMS,
        "endpoint_id": "phone-1",
        "state": DeliveryState.DELIVERED,
    }
    return Done(**{**fields, **changes})
