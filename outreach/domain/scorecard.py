"""Scorecards: which facts cost how many points, and from how many points on which tier begins.

A scorecard is data (`config/scorecards/*.yaml`). It is transparent on purpose: points are added
up, never fitted or hidden, and each brings the sentence that says why it is there.
"""

from collections.abc import Iterable, Mapping
from dataclasses import field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from typing import Final

from outreach.domain.records import dataclass

FORBIDDEN_FACTS: Final = frozenset(
    {
        "religion", "belief", "gene", "genes", "fingerprint", "blood_type", "disease",
        "medical_history", "race", "ethnicity", "nationality", "sex", "gender", "political_opinion",
    }
)  # fmt: skip
"""What a scorecard may never ask.

Religion, genes, fingerprints, blood type, disease and medical history may not even be collected as
credit information in China (征信业管理条例, article 14); lending by race, religion, national origin
or sex is discrimination in the United States (15 U.S.C. 1691(a)).
"""


class Derived(StrEnum):
    """Facts that we see ourselves; whatever else a scorecard names, the lender tells."""

    BROKEN_PROMISE = "broken_promise"
    """A promise to pay that was broken, or kept in part only."""
    PARTIAL_PAYMENT = "partial_payment"
    """A payment that left something of its installment open."""
    FAILED_DEBIT = "failed_debit"
    """A payment that came back for want of funds; the lender may tell of others."""
    RISK_WORD = "risk_word"
    """The platform's own risk word (`risk.changed`), as a word."""
    BAD_ADDRESS = "bad_address"
    """A number or address that is invalid, given to somebody else, or never theirs."""
    UNREACHABLE = "unreachable"
    """A contact of ours that an address certainly didn't take."""
    NO_ADDRESS = "no_address"
    """Not one number or address is left that may be used."""


class Refused(StrEnum):
    """Why a fact that is on record counts for nothing."""

    WITHDRAWN = "withdrawn"
    NO_PURPOSE = "no_purpose"
    NO_LEGAL_BASIS = "no_legal_basis"
    WRONG_PURPOSE = "wrong_purpose"
    EXPIRED = "expired"
    TOO_OLD = "too_old"
    NOT_YET = "not_yet"


@dataclass(frozen=True, slots=True)
class SeenFact:
    """One fact about a loan or its borrower.

    Attributes:
        fact: What kind: a word of `Derived`, or one that the lender told.
        on: Lender's date on which it was true; None: it is so now, and has no age.
        value: What goes with it (points, per cent, days), if anything.
        word: A word that goes with it, "" for none.
        bureau: Whether it is out of a credit report.
        purpose: What a fact out of a credit report was asked for.
        legal_basis: What allowed that.
        expires_at: From when on it may not be used any more.
        withdrawn: Whether who told it took it back.
        ref: The lender's id of it; "" for what we saw ourselves.
    """

    fact: str
    on: date | None
    value: Decimal | None = None
    word: str = ""
    bureau: bool = False
    purpose: str = ""
    legal_basis: str = ""
    expires_at: datetime | None = None
    withdrawn: bool = False
    ref: str = ""


@dataclass(frozen=True, slots=True)
class PointRow:
    """One row of a scorecard.

    Attributes:
        key: Name of the row.
        fact: What kind of fact it counts.
        points: What one such fact costs (negative: takes off); with `each` false, all of them.
        reason: The sentence that says why, by language: `en` and `zh`.
        max_age_days: Facts older than this count for nothing.
        at_least: Least value that counts; a fact without a value doesn't.
        at_most: Greatest value that counts; the same.
        words: Words that count; empty: any.
        each: Whether every fact costs its points.
        most_points: Most that this row may cost in all (by size); None: no limit.
        needs: How many such facts there must be before any counts.
    """

    key: str
    fact: str
    points: int
    reason: Mapping[str, str] = field(hash=False)
    max_age_days: int = 365
    at_least: Decimal | None = None
    at_most: Decimal | None = None
    words: frozenset[str] = frozenset()
    each: bool = False
    most_points: int | None = None
    needs: int = 1

    def counts(self, seen: SeenFact) -> bool:
        """Say whether a fact is one of this row's, whatever its age."""
        if seen.fact != self.fact or (self.words and seen.word not in self.words):
            return False
        if self.at_least is None and self.at_most is None:
            return True
        return (
            seen.value is not None
            and (self.at_least is None or seen.value >= self.at_least)
            and (self.at_most is None or seen.value <= self.at_most)
        )

    def cost(self, facts: int) -> int:
        """Return the points for so many facts."""
        if facts < self.needs or not facts:
            return 0
        points = self.points * facts if self.each else self.points
        if self.most_points is None:
            return points
        return max(-self.most_points, min(self.most_points, points))


@dataclass(frozen=True, slots=True)
class Tier:
    """A tier, and from how many points on it is reached."""

    tier: str
    from_points: int


@dataclass(frozen=True, slots=True)
class BureauUse:
    """What facts out of credit reports may be used for here, and for how long after they were true.

    No purposes: none of them counts.
    """

    purposes: frozenset[str] = frozenset()
    max_age_days: int = 90


@dataclass(frozen=True, slots=True)
class Scorecard:
    """Rows and tiers; immutable, named with the hash of what it was loaded from.

    `tiers` are in order of points; the first takes whatever lies below the second.
    """

    name: str
    content_hash: str
    rows: tuple[PointRow, ...]
    tiers: tuple[Tier, ...]
    bureau: BureauUse = BureauUse()

    def __post_init__(self) -> None:
        """Check what no schema can.

        Raises:
            ScorecardError: It contradicts itself.
        """
        _check_tiers(self.tiers)
        _check_rows(self.rows)

    @property
    def ref(self) -> str:
        """`name@hash`, as stored with each change of a tier."""
        return f"{self.name}@{self.content_hash}"

    @property
    def lowest(self) -> str:
        """The tier of somebody of whom nothing is known."""
        return self.tiers[0].tier

    def tier_at(self, points: int) -> str:
        """Return the tier that so many points make."""
        reached = [one.tier for one in self.tiers if points >= one.from_points]
        return reached[-1] if reached else self.lowest


class ScorecardError(ValueError):
    """A scorecard contradicts itself; `path` names the place, `problem` what is wrong."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"{path}: {problem}")
        self.path = path
        self.problem = problem


def _check_tiers(tiers: tuple[Tier, ...]) -> None:
    if not tiers:
        raise ScorecardError("tiers", "there is none")
    for number, (one, following) in enumerate(pairwise(tiers), 1):
        if following.from_points <= one.from_points:
            raise ScorecardError(f"tiers.{number}.from", "it begins before the one above it")
    if len({one.tier for one in tiers}) < len(tiers):
        raise ScorecardError("tiers", "a name is used twice")


def _check_rows(rows: Iterable[PointRow]) -> None:
    keys: set[str] = set()
    for number, row in enumerate(rows):
        path = f"points.{number}"
        if row.key in keys:
            raise ScorecardError(f"{path}.key", f"{row.key} is used by another row")
        keys.add(row.key)
        if row.fact in FORBIDDEN_FACTS:
            raise ScorecardError(f"{path}.fact", f"{row.fact} may not be asked of anybody")
        if row.at_least is not None and row.at_most is not None and row.at_least > row.at_most:
            raise ScorecardError(f"{path}.at_least", "it is greater than at_most")
        if row.most_points is not None and row.most_points < abs(row.points):
            raise ScorecardError(f"{path}.most_points", "one fact alone costs more")
