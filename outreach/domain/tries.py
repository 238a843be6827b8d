"""What was done at a step already, and which ways are left to do it."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from outreach.domain.contacts import NextMove, next_move
from outreach.domain.local_time import local_date
from outreach.domain.records import dataclass
from outreach.domain.standing import FAILED, UNSETTLED, Done, Option, Standing
from outreach.domain.steps import Step
from outreach.domain.vocabulary import DeliveryState, ErrorClass

NEVER_PLACED: Final = frozenset(
    error for error in ErrorClass if next_move(error, tries=1) is NextMove.AGAIN
)
"""Failures after which the step stands as if it had not been tried."""

_FIRST_PAUSE: Final = timedelta(seconds=30)
_DOUBLINGS: Final = 6


@dataclass(frozen=True, slots=True)
class Tries:
    """The next try of a step.

    Attributes:
        number: Of the next try; higher than any before, released ones included.
        options: Ways left, the preferred first; empty: nothing more to do.
        begun: Whether any try reached a provider.
        unsettled: Whether one still hangs in the air.
        not_before: Earliest instant of the next try, None if at once.
    """

    number: int = 1
    options: tuple[Option, ...] = ()
    begun: bool = False
    unsettled: bool = False
    not_before: datetime | None = None


def options_of(step: Step, standing: Standing) -> tuple[Option, ...]:
    """Lay out the step's routes over the addresses the person has, the preferred first."""
    return tuple(
        Option(route.channel, endpoint, route.template)
        for route in step.routes
        for endpoint in standing.addresses.get(route.channel, ())[: route.addresses]
    )


def tries_of(step: Step, step_key: str, occurrence: str, standing: Standing) -> Tries:
    """Read from the contacts made so far what the next try of this step would be.

    A planned step belongs to its case; an event's occurrence names the event, so it stays told
    when a case opens or ends.

    The error class alone says whether there is one: a retry at the same address while the step
    allows more, else the next way that wasn't tried, else none. A contact that was accepted and
    not refused since counts as made; one that surely wasn't placed (released, throttled, provider
    away, expired in its queue) doesn't, and is made again after a growing pause.
    """
    options = options_of(step, standing)
    own = [
        done
        for done in standing.done
        if done.step == step_key
        and done.occurrence == occurrence
        and (done.case_id == standing.case_id or occurrence != standing.occurrence)
    ]
    if not own:
        return Tries(options=options)
    number = max(done.try_number for done in own) + 1
    made = [done for done in own if _was_placed(done)]
    pause = _pause_after([done for done in own if not _was_placed(done)])
    if not made:
        return Tries(number=number, options=options, not_before=pause)
    if any(done.state in UNSETTLED for done in made):
        return Tries(number=number, begun=True, unsettled=True)
    last = max(made, key=lambda done: done.try_number)
    if last.state not in FAILED:
        return Tries(number=number, begun=True)
    at_address = [done for done in made if _way(done) == _way(last)]
    if last.error in step.retry.on and len(at_address) <= step.retry.times:
        again = tuple(option for option in options if _way(option) == _way(last))
        if again:
            return Tries(
                number=number, options=again, begun=True, not_before=last.at + step.retry.after
            )
    if last.error in step.fallback_on:
        tried = {_way(done) for done in made}
        left = tuple(option for option in options if _way(option) not in tried)
        return Tries(number=number, options=left, begun=True, not_before=pause)
    return Tries(number=number, begun=True)


def _was_placed(done: Done) -> bool:
    """Say whether a try may have reached anybody; one that surely didn't is simply made again."""
    if done.state is DeliveryState.RELEASED:
        return False
    return done.state not in FAILED or done.error not in NEVER_PLACED


def _pause_after(lost: Sequence[Done]) -> datetime | None:
    """Return when a refusal by an overloaded or absent provider may be tried again."""
    refused = [done for done in lost if done.state in FAILED]
    if not refused:
        return None
    longer = _FIRST_PAUSE * (1 << min(len(refused) - 1, _DOUBLINGS))
    return max(done.at for done in refused) + longer


def was_covered(standing: Standing, since: date, event_keys: frozenset[str]) -> bool:
    """Say whether a contact led by another loan named this one on or after `since`.

    So does one about an installment of this loan that is paid now. What answers an event
    (`event_keys`) is told alone and covers nothing; nor does what others did (no case is theirs).
    """
    return any(
        done.case_id != 0
        and (done.case_id != standing.case_id or done.occurrence != standing.occurrence)
        and done.step not in event_keys
        and done.state is not DeliveryState.RELEASED
        and done.state not in FAILED
        and local_date(done.at, standing.lender_zone) >= since
        for done in standing.done
    )


def contacted_on(standing: Standing) -> Iterable[date]:
    """Yield the lender's dates on which this loan led to a contact."""
    for done in standing.done:
        if done.state is not DeliveryState.RELEASED:
            yield local_date(done.at, standing.lender_zone)


def _way(made: Done | Option) -> tuple[str, str]:
    return made.channel, made.endpoint_id
