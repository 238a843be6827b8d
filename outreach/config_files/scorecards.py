"""Read scorecards from YAML, check them, and turn them into frozen `Scorecard`s.

A file is refused as a whole, with everything that is wrong in it named by place.
"""

import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import msgspec
import yaml
from jsonschema_rs import Draft202012Validator
from msgspec import UNSET, UnsetType

from outreach.config_files.scorecard_schema import PointFile, ScorecardFile, scorecard_schema
from outreach.domain.scorecard import BureauUse, PointRow, Scorecard, ScorecardError, Tier

_HASH_CHARACTERS: Final = 12


class ScorecardFileError(ValueError):
    """A scorecard file can't be used. `problems` has one line for each thing to mend."""

    def __init__(self, file: str, problems: Iterable[str]) -> None:
        self.file = file
        self.problems = tuple(problems)
        super().__init__("\n".join(f"{file}: {problem}" for problem in self.problems))


def load_scorecards(folder: Path) -> Mapping[str, Scorecard]:
    """Read every `*.yaml` of a folder, by name; nothing of a folder that isn't there.

    Raises:
        ScorecardFileError: A file can't be read or contradicts itself.
    """
    loaded = [load_scorecard(file) for file in sorted(folder.glob("*.yaml"))]
    return {one.name: one for one in loaded}


def load_scorecard(file: Path) -> Scorecard:
    """Read one scorecard file.

    Raises:
        ScorecardFileError: It can't be read, breaks the schema, or contradicts itself.
    """
    try:
        found: Any = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except OSError as error:
        raise ScorecardFileError(str(file), [f"it can't be read: {error.strerror}"]) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ScorecardFileError(str(file), [f"it is no YAML: {error}"]) from error
    try:
        problems = [
            f"{'.'.join(map(str, error.instance_path)) or 'the file'}: {error.message}"
            for error in _validator().iter_errors(found)
        ]
    except (TypeError, ValueError) as error:
        problems = [f"a value or name that is no text or number ({error}): put it in quotes"]
    if problems:
        raise ScorecardFileError(str(file), problems)
    shape = msgspec.convert(found, ScorecardFile)
    if shape.scorecard != file.stem:
        problem = f"scorecard: {shape.scorecard!r}; it must be the file's name, {file.stem!r}"
        raise ScorecardFileError(str(file), [problem])
    try:
        return _scorecard(shape, _hash(found))
    except ScorecardError as error:
        raise ScorecardFileError(str(file), [str(error)]) from error


@lru_cache(maxsize=1)
def _validator() -> Draft202012Validator:
    return Draft202012Validator(scorecard_schema())


def _hash(found: Any) -> str:
    """Hash what the file says, whatever its comments and layout."""
    text = json.dumps(found, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()[:_HASH_CHARACTERS]


def _scorecard(shape: ScorecardFile, content_hash: str) -> Scorecard:
    bureau = shape.credit_bureau
    return Scorecard(
        name=shape.scorecard,
        content_hash=content_hash,
        rows=tuple(map(_row, shape.points)),
        tiers=tuple(Tier(one.tier, one.from_points) for one in shape.tiers),
        bureau=BureauUse(frozenset(bureau.purposes), bureau.max_age_days),
    )


def _row(shape: PointFile) -> PointRow:
    return PointRow(
        key=shape.key,
        fact=shape.fact,
        points=shape.points,
        reason={"en": shape.reason.en, "zh": shape.reason.zh},
        max_age_days=shape.max_age_days,
        at_least=_number(shape.at_least),
        at_most=_number(shape.at_most),
        words=frozenset(shape.words),
        each=shape.each,
        most_points=None if shape.most_points is UNSET else shape.most_points,
        needs=shape.needs,
    )


def _number(text: str | UnsetType) -> Decimal | None:
    return None if text is UNSET else Decimal(text)
