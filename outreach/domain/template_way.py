"""The way of a version to live as people see it: what was done, what comes next, who may do it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, Literal

from outreach.domain.operators import Role
from outreach.domain.records import dataclass
from outreach.domain.template_versions import (
    MAY_APPROVE,
    MAY_PUBLISH,
    MAY_ROLL_BACK,
    MAY_WRITE,
    OPEN,
    Actor,
    Approval,
    Refusal,
    State,
    Version,
    missing,
    standing_approvals,
)

Action = Literal[
    "save", "submit", "withdraw", "approve", "send_back", "schedule", "publish", "roll_back"
]
_NEEDS: Final[Mapping[str, tuple[frozenset[State], frozenset[Role]]]] = {
    "save": (OPEN, MAY_WRITE),
    "submit": (frozenset({State.DRAFT}), MAY_WRITE),
    "withdraw": (OPEN, MAY_WRITE | MAY_APPROVE),
    "approve": (frozenset({State.REVIEW}), MAY_APPROVE),
    "send_back": (frozenset({State.REVIEW, State.APPROVED}), MAY_APPROVE),
    "schedule": (frozenset({State.APPROVED}), MAY_PUBLISH),
    "publish": (frozenset({State.APPROVED}), MAY_PUBLISH),
    "roll_back": (frozenset({State.LIVE, State.RETIRED}), MAY_ROLL_BACK),
}


def may(
    action: Action, version: Version, approvals: Sequence[Approval], actor: Actor
) -> Refusal | None:
    """Return why somebody can't do something with a version as it stands; None where they can.

    What depends on what they write, such as a reason, or on the lint, is found when they do it.
    """
    states, roles = _NEEDS[action]
    if version.state not in states:
        return Refusal.NOT_OPEN
    if not actor.may(roles):
        return Refusal.NOT_YOURS
    if action == "approve":
        if actor.login in version.authors and not actor.is_only_one:
            return Refusal.OWN_WORDS
        if not actor.may(frozenset(missing(version, approvals))):
            return Refusal.ALREADY_APPROVED
    if action == "submit" and version.is_unchanged:
        return Refusal.UNCHANGED
    return None


@dataclass(frozen=True, slots=True)
class Step:
    """One step on the way to live; `by` is a name or login, "" where nobody took it yet."""

    name: Literal["written", "approver", "compliance", "live"]
    state: Literal["done", "current", "todo"]
    by: str = ""
    at: datetime | None = None


def steps(version: Version, approvals: Sequence[Approval]) -> tuple[Step, ...]:
    """Return the way of a version: what was done, by whom, and what comes next."""
    given = {one.role: one for one in standing_approvals(version, approvals)}
    done = version.state not in {State.DRAFT, State.WITHDRAWN}
    writers = ", ".join(version.authors)
    found = [Step("written", "done" if done else "current", writers, version.submitted_at)]
    needed: list[tuple[Role, Literal["approver", "compliance"]]] = [(Role.APPROVER, "approver")]
    if version.needs_compliance:
        needed.append((Role.COMPLIANCE, "compliance"))
    for role, name in needed:
        one = given.get(role)
        if one is not None:
            found.append(Step(name, "done", one.name, one.at))
        else:
            found.append(Step(name, "current" if version.state is State.REVIEW else "todo"))
    if version.live_at is not None:
        found.append(Step("live", "done", version.live_by, version.live_at))
    else:
        is_next = version.state is State.APPROVED
        by, at = version.go_live_by, version.go_live_at
        found.append(Step("live", "current" if is_next else "todo", by, at))
    return tuple(found)
