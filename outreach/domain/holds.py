"""Holds: reasons to pause, each lifted only by a newer word on its own case.

A hold is joined from words in any order. What it lets through is for the rules to say.
"""

from collections.abc import Iterable, Mapping
from dataclasses import field, replace
from datetime import datetime
from json import dumps
from typing import Any, Final

from outreach.domain.records import dataclass
from outreach.domain.vocabulary import ContactPolicy, HoldKind

EVERY_LOAN: Final = 0
"""`loan_id` of a hold on the whole person."""

LIFTING: Final[Mapping[HoldKind, frozenset[str]]] = {
    HoldKind.DISPUTE: frozenset({"verified", "rejected", "withdrawn"}),
    HoldKind.HARDSHIP: frozenset({"denied", "ended"}),
    HoldKind.DECEASED: frozenset({"retracted"}),
    HoldKind.COMPLAINT: frozenset({"closed"}),
}
"""Words of the platform that lift a hold by themselves."""

ENDED_BANKRUPTCY: Final = frozenset({"dismissed", "closed"})
"""After these an operator may release; `discharged` never re-opens collection."""


@dataclass(frozen=True, slots=True)
class Hold:
    """One reason to pause one loan, or every loan (`loan_id` 0), on one channel or all ('').

    `word` is the newest word on the case ('opened', 'granted', 'placed' …), said at `version_at`;
    `freed_at` the newest explicit release. `released_at` is when it was lifted, None while it
    holds: derived by `settle_holds`. It acts in [`starts_at`, `ends_at`). `details` are kept
    encrypted, each only where it was told: `by` (who placed it), `form` (`written` or `oral`),
    `allowed_purposes`, `recipients` (roles that may be spoken to) and `attributes` of the kind.
    """

    kind: HoldKind
    case_ref: str
    loan_id: int
    policy: ContactPolicy
    channel: str
    placed_at: datetime
    starts_at: datetime
    ends_at: datetime | None
    version_at: datetime
    word: str
    freed_at: datetime | None = None
    released_at: datetime | None = None
    origin: str = "signal"
    evidence: str = field(default="", repr=False)
    details: Mapping[str, Any] = field(default_factory=dict, hash=False, repr=False)

    @property
    def key(self) -> tuple[HoldKind, str, int]:
        """Kind, case and loan: what the row is unique on for a person."""
        return self.kind, self.case_ref, self.loan_id

    @property
    def lifts(self) -> bool:
        """Whether the newest word itself lifts it."""
        return self.word in LIFTING.get(self.kind, frozenset())

    def acts(self, at: datetime, loan_id: int) -> bool:
        """Whether it pauses a loan at an instant."""
        if self.loan_id not in {EVERY_LOAN, loan_id} or self.released_at is not None:
            return False
        return self.starts_at <= at and (self.ends_at is None or at < self.ends_at)


REQUESTED: Final = "requested"
"""Word of a hardship case that nobody has decided on yet."""

NEW_SCHEDULE: Final = "loan.restructured"
"""Case of the release that a new schedule of a loan is."""

RELEASE_ONLY: Final = "released"
"""`word` of a case of which only a release is known."""


def merge_hold(known: Hold | None, told: Hold) -> Hold:
    """Join two words on one case and loan; of two at the same instant the one that holds stands."""
    if known is None:
        return told
    newest = max(known, told, key=_precedence)
    freed = max((one for one in (known.freed_at, told.freed_at) if one), default=None)
    return replace(newest, placed_at=min(known.placed_at, told.placed_at), freed_at=freed)


def _precedence(hold: Hold) -> tuple[bool, datetime, bool, str, str, str, str, str, str, str]:
    forever = "9999" if hold.ends_at is None else hold.ends_at.isoformat()
    return (
        hold.word != RELEASE_ONLY,
        hold.version_at,
        not hold.lifts,
        forever,
        hold.word,
        hold.policy,
        hold.starts_at.isoformat(),
        hold.channel,
        hold.evidence,
        dumps(hold.details, sort_keys=True),
    )


def settle_holds(
    holds: Mapping[tuple[HoldKind, str, int], Hold],
) -> dict[tuple[HoldKind, str, int], Hold]:
    """Return the holds with `released_at` as the words on each case have it.

    A word on the whole case (loan 0) that lifts it lifts it for every loan. A new schedule of a
    loan, told as a release of case `loan.restructured`, answers the earlier requests for relief
    about that loan, whatever their cases; it lifts nothing else.
    """
    settled = {}
    for key, hold in holds.items():
        whole = holds.get((hold.kind, hold.case_ref, EVERY_LOAN), hold)
        released_at = _released_at(hold, whole) or _answered_at(hold, holds)
        settled[key] = (
            hold if released_at == hold.released_at else replace(hold, released_at=released_at)
        )
    return settled


def _released_at(hold: Hold, whole: Hold) -> datetime | None:
    freed = max((one for one in (hold.freed_at, whole.freed_at) if one), default=None)
    if hold.word == RELEASE_ONLY:
        return freed
    word = whole if whole.version_at > hold.version_at and _may_end(whole) else hold
    if word.lifts:
        return word.version_at
    if freed is None or freed <= word.version_at:
        return None
    if hold.kind is HoldKind.BANKRUPTCY and word.word not in ENDED_BANKRUPTCY:
        return None
    return freed


def _answered_at(hold: Hold, holds: Mapping[tuple[HoldKind, str, int], Hold]) -> datetime | None:
    if hold.kind is not HoldKind.HARDSHIP or hold.word != REQUESTED:
        return None
    answer = holds.get((HoldKind.HARDSHIP, NEW_SCHEDULE, hold.loan_id))
    at = answer.freed_at if answer is not None else None
    return at if at is not None and at > hold.version_at else None


def _may_end(hold: Hold) -> bool:
    return hold.lifts or hold.word in ENDED_BANKRUPTCY


def acting(holds: Iterable[Hold], at: datetime, loan_id: int) -> list[Hold]:
    """Return the holds that pause a loan at an instant."""
    return [hold for hold in holds if hold.acts(at, loan_id)]
