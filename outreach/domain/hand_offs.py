"""Steps that only people may take: prepared and recorded here, taken elsewhere.

A hand-off is a set of marks, one for each step that was taken. Marks are joined in any order, some
of them repeated, and come to the same state: a platform may tell of a judgment before it tells of
the filing. An operator's own step is held to the course: see `take`.
"""

from collections.abc import Mapping
from dataclasses import field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from outreach.domain.holds import Hold
from outreach.domain.operators import same_signer
from outreach.domain.records import dataclass
from outreach.domain.vocabulary import Channel, ContactPolicy, HoldKind, Purpose

PROPOSED: Final = "proposed"
SERVICE: Final = "service"
"""Who proposes what a treatment asks for, and cancels what nothing is owed for any more."""
_TICK: Final = timedelta(microseconds=1)


class HandOffKind(StrEnum):
    """What people are asked to do."""

    REFERRAL = "referral"
    VISIT = "visit"
    PLACEMENT = "placement"


class HandOffError(ValueError):
    """A step can't be taken; `code` is stable, `detail` says of what."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Course:
    """The steps of one kind of hand-off.

    Attributes:
        kind: What it is the course of.
        moves: What may follow on each state, in the order of the way; a state without any is an
            end.
        opening: The step by which people are let loose; before it stands the approval.
        exits: Steps by which it is given up.
        frees: Steps after which outreach of our own goes on as before.
    """

    kind: HandOffKind
    moves: Mapping[str, tuple[str, ...]] = field(hash=False)
    opening: str
    exits: frozenset[str]
    frees: frozenset[str]

    @property
    def ends(self) -> frozenset[str]:
        """States that nothing follows on."""
        return frozenset(state for state, following in self.moves.items() if not following)

    def rank(self, step: str) -> int:
        """How far along the way a step stands."""
        return list(self.moves).index(step)


@dataclass(frozen=True, slots=True)
class Mark:
    """One step that was taken: when (aware), by whom, and what was told of it.

    `told` holds plain text by name (court, case number, reason): a person's data, kept encrypted.
    """

    step: str
    at: datetime
    by: str
    told: Mapping[str, str] = field(default_factory=dict, hash=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOff:
    """One thing that people do about one loan.

    Attributes:
        ref: Our public name of it.
        kind: What they do.
        loan_id: The debt.
        channel: As judged by the rules: `visit`, `agency_handoff`, `records`.
        purpose: As judged by the rules.
        opened_by: Who asked for it: an operator, or `SERVICE` for a treatment.
        marks: Steps taken, by name.
        needs: Words that somebody has to approve before the opening step.
        policy: What outreach of our own is let through while it is open; "" for all of it.
        to: Slug of the agency, or name of who takes the case; "" for the lender's own people.
        terms: What was settled for it: staff, hours, folder. Kept encrypted.
    """

    ref: str
    kind: HandOffKind
    loan_id: int
    channel: str
    purpose: str
    opened_by: str
    marks: Mapping[str, Mark] = field(hash=False, repr=False)
    needs: tuple[str, ...] = ()
    policy: str = ""
    to: str = ""
    terms: Mapping[str, Any] = field(default_factory=dict, hash=False, repr=False)


COURSES: Final[Mapping[HandOffKind, Course]] = {
    HandOffKind.REFERRAL: Course(
        HandOffKind.REFERRAL,
        {
            PROPOSED: ("referred", "withdrawn"),
            "referred": ("accepted", "withdrawn"),
            "accepted": ("filed", "withdrawn"),
            "filed": ("judged", "withdrawn"),
            "judged": (),
            "withdrawn": (),
        },
        "referred",
        frozenset({"withdrawn"}),
        # After a judgment the court's officers collect; outreach stays as it is.
        frozenset({"withdrawn"}),
    ),
    HandOffKind.VISIT: Course(
        HandOffKind.VISIT,
        {
            PROPOSED: ("ordered", "canceled"),
            "ordered": ("made", "canceled"),
            "made": (),
            "canceled": (),
        },
        "ordered",
        frozenset({"canceled"}),
        frozenset({"made", "canceled"}),
    ),
    HandOffKind.PLACEMENT: Course(
        HandOffKind.PLACEMENT,
        {
            PROPOSED: ("placed", "declined"),
            "placed": ("recalled",),
            "recalled": (),
            "declined": (),
        },
        "placed",
        frozenset({"declined"}),
        frozenset({"recalled", "declined"}),
    ),
}
STATES: Final = frozenset(state for course in COURSES.values() for state in course.moves)


def kind_of(channel: str, purpose: str) -> HandOffKind | None:
    """Return what people do where a step names this channel; None where nobody has to.

    A case for court is `records` where the lender's own people sue, and `agency_handoff` with
    purpose `legal_notice` where it goes to counsel outside.
    """
    match channel:
        case Channel.VISIT:
            return HandOffKind.VISIT
        case Channel.RECORDS:
            return HandOffKind.REFERRAL
        case Channel.AGENCY_HANDOFF if purpose == Purpose.LEGAL_NOTICE:
            return HandOffKind.REFERRAL
        case Channel.AGENCY_HANDOFF:
            return HandOffKind.PLACEMENT
        case _:
            return None


def state_of(hand_off: HandOff) -> str:
    """Return where it stands: the first end that was reached, else the furthest step."""
    course = COURSES[hand_off.kind]
    ended = [mark for mark in hand_off.marks.values() if mark.step in course.ends]
    if ended:
        return min(ended, key=lambda mark: (mark.at, course.rank(mark.step))).step
    return max(hand_off.marks, key=course.rank, default=PROPOSED)


def is_open(hand_off: HandOff) -> bool:
    """Say whether something may still follow."""
    return state_of(hand_off) not in COURSES[hand_off.kind].ends


def begun_at(hand_off: HandOff) -> datetime | None:
    """Return when people were let loose: with the opening step, or any that comes after it."""
    exits = COURSES[hand_off.kind].exits
    begun = (one.at for one in hand_off.marks.values() if one.step not in {PROPOSED, *exits})
    return min(begun, default=None)


def join(hand_off: HandOff, mark: Mark) -> HandOff:
    """Join a step that was told of; of two words on one step the earlier stands.

    Raises:
        HandOffError: `unknown_step`: this kind of hand-off has none of that name.
    """
    if mark.step not in COURSES[hand_off.kind].moves:
        raise HandOffError("unknown_step", f"a {hand_off.kind} is never {mark.step}")
    known = hand_off.marks.get(mark.step)
    if known is not None and _order(known) <= _order(mark):
        return hand_off
    return replace(hand_off, marks={**hand_off.marks, mark.step: mark})


def _order(mark: Mark) -> tuple[datetime, str, list[tuple[str, str]]]:
    return mark.at, mark.by, sorted(mark.told.items())


def take(hand_off: HandOff, mark: Mark) -> HandOff:
    """Take the next step, as somebody here does.

    Raises:
        HandOffError: `unknown_step`; `not_now`: nothing of the kind follows on the state it is in;
            `same_person`: whoever asked for it can't let people loose as well.
    """
    course, state = COURSES[hand_off.kind], state_of(hand_off)
    if mark.step not in course.moves:
        raise HandOffError("unknown_step", f"a {hand_off.kind} is never {mark.step}")
    if mark.step not in course.moves[state]:
        following = " or ".join(course.moves[state]) or "nothing"
        raise HandOffError("not_now", f"it is {state}; {following} follows on that")
    if mark.step == course.opening and hand_off.needs and same_signer(mark.by, hand_off.opened_by):
        raise HandOffError("same_person", f"{mark.by} asked for it; somebody else has to approve")
    return join(hand_off, mark)


def hold_of(hand_off: HandOff) -> Hold | None:
    """Return the hold that keeps our own outreach about the loan back; None if there never was one.

    It begins with the opening step and is lifted by a step that frees.
    """
    begun, state = begun_at(hand_off), state_of(hand_off)
    if not hand_off.policy or begun is None:
        return None
    freed = hand_off.marks[state].at if state in COURSES[hand_off.kind].frees else None
    return Hold(
        HoldKind.OPERATOR,
        f"{hand_off.kind}:{hand_off.ref}",
        hand_off.loan_id,
        ContactPolicy(hand_off.policy),
        "",
        placed_at=begun,
        starts_at=begun,
        ends_at=None,
        version_at=begun,
        word="placed",
        # A release counts where it is later than the word that it lifts.
        freed_at=None if freed is None else max(freed, begun + _TICK),
        origin="hand_off",
    )
