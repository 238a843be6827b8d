"""What a pack is: a jurisdiction's or a firm's rules as data, each with its source and force."""

from collections.abc import Mapping
from dataclasses import field, replace
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
    the demand that some pack knows the law of the person's residence. `regions` may name a city
    (see `outreach.domain.residences`); `products` are the platform's names of kinds of loans and
    `stages` those of `Facts.stage`.
    """

    roles: frozenset[str] = frozenset()
    countries: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()
    products: frozenset[str] = frozenset()
    stages: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Pack:
    """Named rules with a content hash.

    `scopes` are ids of rulebook rows that only say whom the pack is for. `waiting` are rows that
    the pack can't say yet, each with the primitive it needs. `governance` are rows by which no
    single contact can be judged (duties of the firm, of its books or its contracts), each with the
    reason. A `draft` is law that isn't in force yet: its rules are recorded and stop nothing,
    unless a lender adds the pack by name. An `opt_in` pack applies only where a lender names it,
    and then as `requires` says. One that isn't `sufficient` holds too little of a place's law to
    contact anybody by it alone.
    """

    id: str
    version: str
    rules: tuple[Rule, ...]
    requires: Requires = Requires()
    scopes: tuple[str, ...] = ()
    waiting: Mapping[str, str] = field(default_factory=dict)
    governance: Mapping[str, str] = field(default_factory=dict)
    draft: bool = False
    opt_in: bool = False
    sufficient: bool = True
    title: str = ""
    content_hash: str = ""

    @property
    def ids(self) -> frozenset[str]:
        """Every rulebook id that this pack expresses."""
        return frozenset((*self.scopes, *self.governance)).union(*(rule.ids for rule in self.rules))

    def shadowed(self) -> "Pack":
        """Return the pack with every rule evaluated and recorded, none of which stops a contact.

        It is another pack to whoever replays a decision, hence another hash.
        """
        rules = tuple(replace(rule, enforce=False) for rule in self.rules)
        return replace(self, rules=rules, content_hash=f"{self.content_hash}-shadow")
