"""Words that a lender's people write: who may do what with a version of them, and when.

A version is a draft, is sent for approval, approved, live, and one day retired. Nobody lets through
what they wrote alone; legal text needs compliance as well. What must be mended can't go live, and
what the lint asks to consider goes live only with a sentence that says why.
"""

from collections.abc import Iterable, Mapping
from dataclasses import field
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple

from outreach.domain.operators import Operator, Role
from outreach.domain.records import dataclass
from outreach.domain.vocabulary import Channel


class State(StrEnum):
    """Where a version stands."""

    DRAFT = "draft"
    """Its words may change."""
    REVIEW = "review"
    """Sent for approval: changing a word makes it a draft again."""
    APPROVED = "approved"
    """May go live."""
    LIVE = "live"
    """Used in contacts."""
    RETIRED = "retired"
    """Was live; may be again by a roll-back."""
    WITHDRAWN = "withdrawn"
    """Given up before it was live."""


OPEN: Final = frozenset({State.DRAFT, State.REVIEW, State.APPROVED})
"""States from which a version may still become live for the first time."""

MAY_WRITE: Final = frozenset({Role.OPERATOR})
MAY_APPROVE: Final = frozenset({Role.APPROVER, Role.COMPLIANCE})
MAY_PUBLISH: Final = frozenset({Role.OPERATOR, Role.APPROVER})
MAY_ROLL_BACK: Final = frozenset({Role.APPROVER})


class Refusal(StrEnum):
    """Why a step isn't taken."""

    NOT_OPEN = "not_open"
    """The version's state doesn't allow it."""
    NOT_YOURS = "not_yours"
    """It takes another role."""
    OWN_WORDS = "own_words"
    """Who wrote a word of it can't let it through."""
    MUST_FIX = "must_fix"
    """The lint finds something that must be mended."""
    SENTENCE_MISSING = "sentence_missing"
    """Something to consider was found, and nobody said why it is right."""
    UNCHANGED = "unchanged"
    """It says what stands already."""
    OUTDATED = "outdated"
    """Other words went live, or the files changed, since it was begun or approved."""
    ALREADY_APPROVED = "already_approved"
    """Nothing is missing that the actor could give."""
    NO_REASON = "no_reason"
    """It needs a reason."""
    NOT_APPROVED = "not_approved"
    """An approval is missing."""
    COMPLIANCE_MISSING = "compliance_missing"
    """Compliance has to let it through as well."""
    IN_THE_PAST = "in_the_past"
    """That time is over."""
    NEVER_LIVE = "never_live"
    """Only what was live can be live again."""
    BAD_SHARE = "bad_share"
    """The shares leave nothing for one of the arms, or a trial runs already."""
    GONE = "gone"
    """There is no such version, or it was changed meanwhile."""


class RefusedError(Exception):
    """A step wasn't taken; nothing changed."""

    def __init__(self, why: Refusal, detail: str = "") -> None:
        super().__init__(f"{why}: {detail}" if detail else str(why))
        self.why = why
        self.detail = detail


class Place(NamedTuple):
    """What words are for: a lender's key in one language on one channel."""

    tenant: str
    key: str
    locale: str
    channel: Channel

    def __str__(self) -> str:
        return f"{self.key}/{self.locale}/{self.channel}"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something for a lender.

    Attributes:
        login: Told apart by it.
        name: Kept with what they do.
        roles: For this lender.
        is_only_one: The visitor of a development installation, where nobody else could approve.
    """

    login: str
    name: str
    roles: frozenset[Role]
    is_only_one: bool = False

    def may(self, needed: frozenset[Role]) -> bool:
        """Whether one of their roles is among those needed."""
        return bool(self.roles & needed)


def actor_of(operator: Operator, tenant: str) -> Actor:
    """Return an operator as they act for one lender."""
    roles = frozenset[Role]() if operator.disabled else operator.roles.get(tenant, frozenset())
    return Actor(operator.login, operator.name, roles, is_only_one=operator.operator_id == 0)


class NewWords(NamedTuple):
    """What somebody wrote."""

    source: str
    subject: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Version:
    """Words of a place, numbered from 1; times are business time.

    Attributes:
        version_id: Of the row.
        place: What they are for.
        number: Within the place.
        state: Where it stands.
        revision: Rises with every save.
        source: As written.
        subject: As written; "" where the channel has none.
        created_at: When it was begun.
        changed_at: When a word last changed.
        note: What the author says of the change.
        authors: Logins of everybody who changed a word.
        based_number: Version that it was begun from; 0 is the file's words.
        based_hash: Of those; "" where there were none.
        based_source: Their words, to compare with.
        based_subject: Their subject.
        file_hash: Of the file's words when it was begun; "" for none.
        needs_compliance: Whether it is legal text.
        content_hash: Of everything that its words come from, when it was last saved.
        hashes: Each under which its words were live: fixed phrases may change below them.
        percent: Share of people, while it is live.
        hold_out: Share of people that keep what stood before, while it is tried.
        submitted_at: When it was sent for approval.
        submitted_by: Login.
        go_live_at: When it is to go live by itself.
        go_live_by: Login of who planned that.
        live_at: When it first was live.
        live_by: Login.
        ended_at: When it was retired or withdrawn.
        ended_by: Login.
    """

    version_id: int
    place: Place
    number: int
    state: State
    revision: int
    source: str
    subject: str
    created_at: datetime
    changed_at: datetime
    note: str = ""
    authors: tuple[str, ...] = ()
    based_number: int = 0
    based_hash: str = ""
    based_source: str = ""
    based_subject: str = ""
    file_hash: str = ""
    needs_compliance: bool = False
    content_hash: str = ""
    hashes: tuple[str, ...] = ()
    percent: int = 0
    hold_out: int = 0
    submitted_at: datetime | None = None
    submitted_by: str = ""
    go_live_at: datetime | None = None
    go_live_by: str = ""
    live_at: datetime | None = None
    live_by: str = ""
    ended_at: datetime | None = None
    ended_by: str = ""

    @property
    def ref(self) -> str:
        """`key@hash`, as contacts are stored with it."""
        return f"{self.place.key}@{self.content_hash}"

    @property
    def is_unchanged(self) -> bool:
        """Whether it says what it was begun from."""
        return (self.source, self.subject) == (self.based_source, self.based_subject)


class Verdict(StrEnum):
    """What somebody decided on a version."""

    APPROVED = "approved"
    SENT_BACK = "sent_back"


@dataclass(frozen=True, slots=True)
class Approval:
    """One decision on a version; `voided_at` once its words changed or somebody sent it back.

    `sentences` say why each finding that asks to be considered was let through, by its id;
    `content_hash` is of the words that were looked at.
    """

    login: str
    name: str
    role: Role
    at: datetime
    content_hash: str
    verdict: Verdict = Verdict.APPROVED
    reason: str = ""
    sentences: Mapping[str, str] = field(default_factory=dict)
    voided_at: datetime | None = None


def missing(version: Version, approvals: Iterable[Approval]) -> tuple[Role, ...]:
    """Return the roles whose approval is still missing, in order.

    Those of authors don't count, unless nobody else is there, nor those of other words.
    """
    given = {one.role for one in standing_approvals(version, approvals)}
    needed = [Role.APPROVER, *([Role.COMPLIANCE] if version.needs_compliance else [])]
    return tuple(role for role in needed if role not in given)


def standing_approvals(version: Version, approvals: Iterable[Approval]) -> list[Approval]:
    """Return the approvals that hold for the words as they are."""
    return [
        one
        for one in approvals
        if one.verdict is Verdict.APPROVED
        and one.voided_at is None
        and one.content_hash == version.content_hash
    ]
