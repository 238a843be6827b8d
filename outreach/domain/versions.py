"""Versions of a treatment over time, and which of them a running case follows."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date

from outreach.domain.records import dataclass
from outreach.domain.treatment import OnChange, Treatment


@dataclass(frozen=True, slots=True)
class Version:
    """One treatment, and the lender's date from which it is in force."""

    treatment: Treatment
    since: date


Versions = Mapping[str, tuple[Version, ...]]
"""Every version of each treatment by name, in the order in which they came into force."""


def by_name(versions: Iterable[Version]) -> dict[str, tuple[Version, ...]]:
    """Order versions by name and date; of two of one day the later given stands."""
    found: dict[str, dict[date, Version]] = {}
    for one in versions:
        found.setdefault(one.treatment.name, {})[one.since] = one
    return {name: tuple(days[on] for on in sorted(days)) for name, days in found.items()}


def in_force(versions: Sequence[Version], today: date) -> Treatment | None:
    """Return the version that is in force on `today`; None before the first and after the last."""
    current: Version | None = None
    for one in versions:
        if one.since <= today:
            current = one
    if current is None:
        return None
    ends = current.treatment.effective_to
    return None if ends is not None and today >= ends else current.treatment


def version_for(
    versions: Sequence[Version],
    opened_on: date | None,
    today: date,
    stage_entered: Callable[[Treatment], date],
) -> Treatment | None:
    """Return the version that a case follows.

    A case begins with the version of the day on which it opened, and goes on to each later one as
    that says (`on_change`).

    Args:
        versions: Of one name, in order.
        opened_on: Lender's date on which the case opened; None: there is none.
        today: Lender's date.
        stage_entered: When the case entered the stage that it is in under a version.
    """
    newest = in_force(versions, today)
    if newest is None or len(versions) == 1 or opened_on is None:
        return newest
    current: Treatment | None = None
    for one in versions:
        if one.since > today:
            break
        if current is None or one.since <= opened_on or _moves(current, one, stage_entered):
            current = one.treatment
    return current


def _moves(current: Treatment, to: Version, stage_entered: Callable[[Treatment], date]) -> bool:
    how = to.treatment.on_change
    if how is OnChange.NEXT_STAGE:
        return stage_entered(current) >= to.since
    return how is OnChange.AT_ONCE
