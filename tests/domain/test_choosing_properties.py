"""Whatever was done before, a step is due only in its window, and every wait moves on."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.domain.choosing import choose_step
from outreach.domain.local_time import local_date
from outreach.domain.standing import Done, Due, OpenQuote, Wait
from outreach.domain.vocabulary import (
    DeliveryState,
    ErrorClass,
)
from tests.domain.plans import (
    DUE_ON,
    LOS_ANGELES,
    NEW_YORK,
    a_standing,
    a_treatment,
    a_try,
    at,
)

QUOTE = OpenQuote(quote_id="Q-1", valid_until=DUE_ON + timedelta(days=5), asked=True)

STATES = st.sampled_from(list(DeliveryState))
ERRORS = st.one_of(st.none(), st.sampled_from(list(ErrorClass)))
STEPS = ["before-7", "before-1", "due", "after-1", "after-5", "again", "again.d30"]
TRIES = st.lists(
    st.builds(
        lambda step, number, hours, state, error, phone, case: a_try(
            step,
            at(-8) + timedelta(hours=hours),
            try_number=number,
            state=state,
            error=error,
            endpoint_id=phone,
            case_id=case,
        ),
        st.sampled_from(STEPS),
        st.integers(1, 4),
        st.integers(0, 1700),
        STATES,
        ERRORS,
        st.sampled_from(["phone-1", "phone-2", "phone-3"]),
        st.sampled_from([1700, 1800]),
    ),
    max_size=6,
)


@given(
    minutes=st.integers(-45 * 1440, 70 * 1440),
    done=TRIES,
    zones=st.lists(st.sampled_from([NEW_YORK, LOS_ANGELES]), max_size=2),
    promise=st.one_of(st.none(), st.integers(-5, 30)),
    last=st.one_of(st.none(), st.integers(0, 100)),
    quoted=st.booleans(),
)
def test_a_step_is_due_only_in_its_window_and_every_wait_moves_on(
    minutes: int,
    done: list[Done],
    zones: list[ZoneInfo],
    promise: int | None,
    last: int | None,
    *,
    quoted: bool,
) -> None:
    now = at(0) + timedelta(minutes=minutes)
    day = (local_date(now, NEW_YORK) - DUE_ON).days
    standing = a_standing(
        day,
        done=tuple(done),
        zones=tuple(zones),
        promise_due_on=None if promise is None else DUE_ON + timedelta(days=promise),
        last_contact_at=None if last is None else now - timedelta(hours=last),
        quotes=(QUOTE,) if quoted else (),
    )

    answer = choose_step(a_treatment(), standing, now)

    assert answer == choose_step(a_treatment(), standing, now)
    if isinstance(answer, Wait):
        assert answer.until is None or answer.until > now
        return
    for zone in standing.zones or (NEW_YORK,):
        assert answer.step.window.opens <= now.astimezone(zone).time() < answer.step.window.closes
    assert now < answer.closes_at <= now + timedelta(hours=11)
    assert answer.options
    numbers = [
        one.try_number
        for one in standing.done
        if (one.case_id, one.step, one.occurrence)
        == (standing.case_id, answer.step_key, answer.occurrence)
    ]
    assert answer.try_number not in numbers


@settings(deadline=None)
@given(start=st.integers(-8, 59), outage=st.integers(0, 30))
def test_a_simulated_run_contacts_at_most_once_a_day_and_never_makes_up(
    start: int, outage: int
) -> None:
    now = at(start)
    done: list[Done] = []
    contacted: list[tuple[int, str]] = []
    back = at(start + outage)
    treatment = a_treatment()
    for _ in range(400):
        day = (local_date(now, NEW_YORK) - DUE_ON).days
        standing = a_standing(day, done=tuple(done))
        answer = choose_step(treatment, standing, now)
        if isinstance(answer, Due):
            contacted.append((day, answer.step_key))
            done.append(a_try(answer.step_key, now, try_number=answer.try_number))
            now = max(now + timedelta(minutes=1), back)
        elif answer.until is None:
            break
        else:
            now = answer.until
    else:
        pytest.fail("it never came to an end")
    days = [day for day, _ in contacted]
    assert days == sorted(set(days))
    assert len({key for _, key in contacted}) == len(contacted)
