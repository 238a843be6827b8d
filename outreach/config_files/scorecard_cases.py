"""Cases that a scorecard is tried on: facts in, points and tier out, as its author meant them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Final

import msgspec
import yaml
from msgspec import Meta, Struct

from outreach.config_files.scorecards import ScorecardFileError
from outreach.domain.risk import Assessment, assess
from outreach.domain.scorecard import Scorecard, SeenFact

NOW: Final = datetime(2026, 1, 1, 12, tzinfo=UTC)
"""When every case plays; only ages matter."""
_Number = Annotated[str, Meta(pattern=r"^-?\d{1,12}(\.\d{1,4})?$")]


class FactCase(Struct, forbid_unknown_fields=True):
    """One fact of a case: its age, and in how many days it expires."""

    fact: str
    days_ago: int = 0
    value: _Number | None = None
    word: str = ""
    credit_bureau: bool = False
    purpose: str = ""
    legal_basis: str = ""
    expires_in_days: int | None = None
    times: Annotated[int, Meta(ge=1, le=50)] = 1


class ScorecardCase(Struct, forbid_unknown_fields=True):
    """What a scorecard should make of some facts."""

    name: str
    facts: list[FactCase]
    points: int
    tier: str
    left_out: list[str] = []


class _CasesFile(Struct, forbid_unknown_fields=True):
    scorecard: str
    cases: Annotated[list[ScorecardCase], Meta(min_length=1)]


def load_cases(file: Path) -> tuple[str, Sequence[ScorecardCase]]:
    """Return the name of the scorecard that a file of cases is about, and the cases.

    Raises:
        ScorecardFileError: It can't be read, or isn't such a file.
    """
    try:
        found = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        shape = msgspec.convert(found, _CasesFile)
    except (OSError, UnicodeDecodeError, yaml.YAMLError, msgspec.ValidationError) as error:
        raise ScorecardFileError(str(file), [f"it holds no cases: {error}"]) from error
    return shape.scorecard, shape.cases


def try_case(scorecard: Scorecard, case: ScorecardCase) -> tuple[Assessment, list[str]]:
    """Return what the scorecard makes of a case, and each difference from what was meant."""
    facts = [seen for one in case.facts for seen in [_seen(one)] * one.times]
    found = assess(scorecard, facts, NOW.date(), NOW)
    differences = []
    if found.points != case.points:
        differences.append(f"{found.points} points, not {case.points}")
    if found.tier != case.tier:
        differences.append(f"tier {found.tier}, not {case.tier}")
    left_out = sorted(one.why.value for one in found.left_out)
    if left_out != sorted(case.left_out):
        differences.append(f"left out {left_out}, not {sorted(case.left_out)}")
    return found, differences


def _seen(one: FactCase) -> SeenFact:
    expires = None if one.expires_in_days is None else NOW + timedelta(days=one.expires_in_days)
    return SeenFact(
        one.fact,
        NOW.date() - timedelta(days=one.days_ago),
        Decimal(one.value) if one.value else None,
        one.word,
        bureau=one.credit_bureau,
        purpose=one.purpose,
        legal_basis=one.legal_basis,
        expires_at=expires,
    )
