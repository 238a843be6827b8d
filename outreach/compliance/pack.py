"""What a pack is: a jurisdiction's or a firm's rules as data, each with its source and force."""

from collections.abc import Mapping
from dataclasses import field
from datetime import date
from enum import StrEnum

from outreach.domain.records import dataclass


class Force(StrEnum):
    """How binding a rule is; auditors and reports show it, the engine doesn't weigh it."""

    LAW = "law"
    PRESUMPTION = "presumption"
    SAFE_HARBOR = "safe_harbor"
    SELF_REG = "self_reg"
    RECOMMENDED = "recommended"
    GUIDELINE = "guideline"
    DRAFT = "draft"
    POLICY = "policy"


class Confidence(StrEnum):
    """How sure the compiler of a pack was of a number or of its reading."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class OnFail(StrEnum):
    """What a failing rule does; `primitive` leaves it to the primitive's own verdict."""

    PRIMITIVE = "primitive"
    BLOCK = "block"
    WARN = "warn"


@dataclass(frozen=True, slots=True)
class Effective:
    """When a rule is in force, in the consumer's local dates.

    In force from `start` (included) to `end` (excluded). Before `waived_until` a failing rule
    warns instead of stopping the contact.
    """

    start: date | None = None
    end: date | None = None
    waived_until: date | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: the shared envelope, and `parameters` for its primitive.

    `covers` are ids of rulebook rows that this rule expresses as well; `cite` maps a primitive's
    cause to the row that rests on it, and which a reason then names beside `id`.
    """

    id: str
    primitive: str
    parameters: Mapping[str, object] = field(default_factory=dict)
    force: Force = Force.POLICY
    enforce: bool = True
    effective: Effective = Effective()
    applies_to: Mapping[str, object] = field(default_factory=dict)
    unless: tuple[Mapping[str, object], ...] = ()
    on_fail: OnFail = OnFail.PRIMITIVE
    needs: str = ""
    obligations: tuple[str, ...] = ()
    covers: tuple[str, ...] = ()
    cite: Mapping[str, str] = field(default_factory=dict)
    authority: str = ""
    source: str = ""
    confidence: Confidence = Confidence.MEDIUM
    checked: date | None = None

    @property
    def ids(self) -> frozenset[str]:
        """Every rulebook id that this rule expresses."""
        return frozenset((self.id, *self.covers, *self.cite.values()))


@dataclass(frozen=True, slots=True)
class Requires:
    """Whom a pack is for. Empty fields require nothing; all given ones must hold.

    A pack without `countries` is a firm's own: it applies beside others but never alone satisfies
    the demand that some pack knows the law of the person's residence.
    """

    roles: frozenset[str] = frozenset()
    countries: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Pack:
    """Named rules with a content hash.

    `scopes` are ids of rulebook rows that only say whom the pack is for. `waiting` are rows that
    the pack can't say yet, each with the primitive it needs.
    """

    id: str
    version: str
    rules: tuple[Rule, ...]
    requires: Requires = Requires()
    scopes: tuple[str, ...] = ()
    waiting: Mapping[str, str] = field(default_factory=dict)
    title: str = ""
    content_hash: str = ""

    @property
    def ids(self) -> frozenset[str]:
        """Every rulebook id that this pack expresses."""
        return frozenset(self.scopes).union(*(rule.ids for rule in self.rules))
