"""Read treatments from YAML, check them, and turn them into frozen `Treatment`s.

A file is refused as a whole, with everything that is wrong in it named by place and by what is
allowed there.
"""

import json
from collections.abc import Iterable
from datetime import time, timedelta
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import msgspec
import yaml
from jsonschema_rs import Draft202012Validator, ValidationError
from msgspec import UNSET, UnsetType

from outreach.config_files.treatment_schema import (
    ConditionsFile,
    DefaultsFile,
    EventStepFile,
    RetryFile,
    RouteFile,
    SegmentFile,
    StepFile,
    TreatmentFile,
    treatment_schema,
)
from outreach.domain.money import AmountError, Money, UnknownCurrencyError
from outreach.domain.treatment import (
    Conditions,
    LocalWindow,
    Repeat,
    Retry,
    Route,
    Selector,
    StageSpan,
    Step,
    Treatment,
    TreatmentError,
)
from outreach.domain.vocabulary import Channel, ErrorClass

_HASH_CHARACTERS: Final = 12


class TreatmentFileError(ValueError):
    """A treatment file can't be used. `problems` has one line for each thing to mend."""

    def __init__(self, file: str, problems: Iterable[str]) -> None:
        self.file = file
        self.problems = tuple(problems)
        super().__init__("\n".join(f"{file}: {problem}" for problem in self.problems))


def load_treatments(folder: Path) -> tuple[Treatment, ...]:
    """Read every `*.yaml` of a folder, in the order of their names.

    Raises:
        TreatmentFileError: A file can't be read or contradicts itself, or there is none.
    """
    files = sorted(folder.glob("*.yaml"))
    if not files:
        raise TreatmentFileError(str(folder), ["there is no treatment: add a .yaml file"])
    return tuple(load_treatment(file) for file in files)


def load_treatment(file: Path) -> Treatment:
    """Read one treatment file.

    Raises:
        TreatmentFileError: It can't be read, breaks the schema, or contradicts itself.
    """
    try:
        found: Any = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except OSError as error:
        raise TreatmentFileError(str(file), [f"it can't be read: {error.strerror}"]) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise TreatmentFileError(str(file), [f"it is no YAML: {error}"]) from error
    try:
        problems = [_problem(error) for error in _validator().iter_errors(found)]
    except (TypeError, ValueError) as error:
        # YAML reads 2026-01-01 and a bare `on` as no JSON value or name; none is allowed here.
        problems = [f"a value or name that is no text or number ({error}): put it in quotes"]
    if problems:
        raise TreatmentFileError(str(file), problems)
    shape = msgspec.convert(found, TreatmentFile)
    if shape.treatment != file.stem:
        problem = f"treatment: {shape.treatment!r}; it must be the file's name, {file.stem!r}"
        raise TreatmentFileError(str(file), [problem])
    try:
        return _treatment(shape, _hash(found))
    except TreatmentError as error:
        raise TreatmentFileError(str(file), [str(error)]) from error


@lru_cache(maxsize=1)
def _validator() -> Draft202012Validator:
    return Draft202012Validator(treatment_schema())


def _problem(error: ValidationError) -> str:
    """Say where and what, and which names are allowed where one isn't known."""
    place = ".".join(str(part) for part in error.instance_path) or "the file"
    return f"{place}: {error.message}{_allowed(error)}"


def _allowed(error: ValidationError) -> str:
    if error.schema_path[-1] != "additionalProperties":
        return ""
    definition = str(error.schema_path[1])  # ["$defs", the definition, "additionalProperties"]
    names = treatment_schema()["$defs"][definition]["properties"]
    return f"; allowed are {', '.join(names)}"


def _hash(found: Any) -> str:
    """Hash what the file says, whatever its comments and layout."""
    text = json.dumps(found, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()[:_HASH_CHARACTERS]


def _treatment(shape: TreatmentFile, content_hash: str) -> Treatment:
    defaults = shape.defaults
    quote = shape.early_payoff_quote
    return Treatment(
        name=shape.treatment,
        content_hash=content_hash,
        locale=shape.locale,
        segments=tuple(_selector(segment) for segment in shape.segments),
        stages=tuple(
            StageSpan(
                stage=stage.stage,
                bucket=stage.bucket,
                from_day=stage.from_day,
                to_day=stage.to_day,
                steps=tuple(
                    _step(f"stages.{index}.steps.{number}", step, defaults)
                    for number, step in enumerate(stage.steps)
                ),
            )
            for index, stage in enumerate(shape.stages)
        ),
        quote_step=None if quote is UNSET else _event_step("early_payoff_quote", quote, defaults),
        promise_tolerance_days=shape.promise_tolerance_days,
    )


def _selector(shape: SegmentFile) -> Selector:
    return Selector(
        lenders=frozenset(shape.lenders),
        countries=frozenset(shape.countries),
        products=frozenset(shape.products),
        roles=frozenset(shape.roles),
        languages=frozenset(shape.languages),
    )


def _step(path: str, shape: StepFile, defaults: DefaultsFile) -> Step:
    repeat = shape.repeat
    return Step(
        key=shape.key,
        day=shape.day,
        purpose=shape.purpose,
        window=_window(path, shape.window or defaults.window),
        routes=_routes(shape.routes),
        late_by=defaults.late_by if shape.late_by is UNSET else shape.late_by,
        conditions=_conditions(path, shape.conditions or defaults.conditions),
        retry=_retry(shape.retry or defaults.retry),
        fallback_on=_fallback(shape, defaults),
        repeat=None if repeat is UNSET else Repeat(repeat.every_days, repeat.until_day),
        spacing=_spacing(shape, defaults),
    )


def _event_step(path: str, shape: EventStepFile, defaults: DefaultsFile) -> Step:
    return Step(
        key=shape.key,
        day=0,
        purpose=shape.purpose,
        window=_window(path, shape.window or defaults.window),
        routes=_routes(shape.routes),
        retry=_retry(shape.retry or defaults.retry),
        fallback_on=_fallback(shape, defaults),
        spacing=_spacing(shape, defaults),
    )


def _window(path: str, text: str) -> LocalWindow:
    opens, closes = (time.fromisoformat(part) for part in text.split("-"))
    if opens >= closes:
        problem = f"{text} is open at no time: it may not span midnight"
        raise TreatmentError(f"{path}.window", problem)
    return LocalWindow(opens, closes)


def _routes(shapes: Iterable[RouteFile]) -> tuple[Route, ...]:
    return tuple(Route(Channel(shape.channel), shape.template, shape.addresses) for shape in shapes)


def _retry(shape: RetryFile | UnsetType) -> Retry:
    if shape is UNSET:
        return Retry()
    return Retry(
        on=frozenset(ErrorClass(name) for name in shape.errors),
        after=timedelta(minutes=shape.after_minutes),
        times=shape.times,
    )


def _fallback(shape: EventStepFile, defaults: DefaultsFile) -> frozenset[ErrorClass]:
    names = defaults.fallback_on if shape.fallback_on is UNSET else shape.fallback_on
    return frozenset(ErrorClass(name) for name in names)


def _spacing(shape: EventStepFile, defaults: DefaultsFile) -> timedelta:
    hours = defaults.spacing_hours if shape.spacing_hours is UNSET else shape.spacing_hours
    return timedelta(hours=hours)


def _conditions(path: str, shape: ConditionsFile) -> Conditions:
    floors: list[tuple[str, int]] = []
    for currency, text in sorted(shape.amount_at_least.items()):
        try:
            floors.append((currency, Money.from_decimal_text(text, currency).minor))
        except (AmountError, UnknownCurrencyError) as error:
            where = f"{path}.conditions.amount_at_least"
            problem = f"{currency} {text}: {currency} must be in ISO 4217, the amount plain digits"
            raise TreatmentError(where, problem) from error
    return Conditions(
        floor_minor=tuple(floors),
        while_provisional=shape.while_provisional,
        first_contact=None if shape.first_contact is UNSET else shape.first_contact,
        risk_buckets=frozenset(shape.risk_buckets),
    )
