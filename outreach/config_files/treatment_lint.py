"""What is wrong, or doubtful, in treatment files: by file and line, and how to mend it."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, Literal

from outreach.config_files.treatments import Loaded, TreatmentFileError, read_treatment
from outreach.domain.conditions import Compile
from outreach.domain.records import dataclass
from outreach.domain.steps import Proof, StageSpan, Step
from outreach.domain.treatment import Treatment
from outreach.domain.vocabulary import Channel

Level = Literal["error", "warning"]
_REPORTED: Final = frozenset({Channel.SMS, Channel.WHATSAPP, Channel.CALL, Channel.LETTER})
"""Channels whose vendors report an arrival."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to mend: an `error` makes the file unusable, a `warning` asks for a second look."""

    file: str
    line: int
    level: Level
    text: str

    @property
    def place(self) -> str:
        """The file and the line, as editors and terminals open it."""
        return f"{self.file}:{self.line}"


def lint_treatments(
    files: Iterable[Path], compile_condition: Compile
) -> tuple[list[Finding], list[Loaded]]:
    """Look through treatment files; return what was found, in their order, and what was read."""
    found: list[Finding] = []
    loaded: list[Loaded] = []
    for file in files:
        try:
            read = read_treatment(file, compile_condition)
        except TreatmentFileError as error:
            found += [Finding(error.file, one.line, "error", str(one)) for one in error.problems]
            continue
        loaded.append(read)
        found += _doubts(read)
    return found + _twins(loaded), loaded


def _twins(loaded: Iterable[Loaded]) -> list[Finding]:
    begins: dict[object, Loaded] = {}
    found = []
    for one in loaded:
        key = (one.treatment.name, one.treatment.effective_from)
        other = begins.setdefault(key, one)
        if other is not one:
            text = f"{other.file.name} is in force from the same day: give this one a later day"
            found.append(Finding(str(one.file), one.lines.of(["effective_from"]), "error", text))
    return found


def _doubts(one: Loaded) -> Iterator[Finding]:
    treatment, content = one.treatment, one.content
    for path, text in (*_of_stages(treatment), *_of_experiment(treatment, content)):
        yield Finding(str(one.file), one.lines.of(path), "warning", text)


_Doubt = tuple[list[str | int], str]


def _of_stages(treatment: Treatment) -> Iterator[_Doubt]:
    before: StageSpan | None = None
    for number, span in enumerate(treatment.stages):
        path: list[str | int] = ["stages", number]
        last = treatment.stages[number - 1] if number else None
        if last is not None and span.from_day > last.to_day + 1:
            gap = f"days {last.to_day + 1} to {span.from_day - 1}"
            yield (
                [*path, "from_day"],
                f"{gap} belong to no stage: let {last.bucket} end later, or this one begin earlier",
            )
        if before is not None:
            yield from ((path + more, text) for more, text in _of_evidence(span, before))
        if span.to_day > 0 and span.steps:
            before = span


def _of_evidence(span: StageSpan, before: StageSpan) -> Iterator[_Doubt]:
    opens = span.opens
    ways = {route.channel for step in before.steps for route in step.routes}
    counted = ways & opens.channels if opens.channels else ways
    days = sum(_contacts(step) for step in before.steps)
    if opens.notices and not counted:
        asked = ", ".join(sorted(opens.channels))
        text = f"{before.bucket} sends nothing by {asked}, so this stage never opens: add a step"
        yield ["opens", "channels"], f"{text} there, or take the channels away"
    elif opens.notices and opens.proof is Proof.DELIVERED and not counted & _REPORTED:
        asked = ", ".join(sorted(counted))
        text = f"nobody reports the arrival of {asked}, so this stage never opens: ask for proof:"
        yield ["opens", "proof"], f"{text} sent, or add a text, call or letter before it"
    if opens.notices > days:
        text = f"{before.bucket} has {days} contacts, and this stage asks for {opens.notices}:"
        yield ["opens", "notices"], f"{text} it never opens. Ask for fewer, or add steps there"


def _contacts(step: Step) -> int:
    repeat = step.repeat
    return 1 if repeat is None else 1 + (repeat.until_day - step.day) // repeat.every_days


def _of_experiment(treatment: Treatment, content: Mapping[str, Any]) -> Iterator[_Doubt]:
    experiment = treatment.experiment
    if experiment is None:
        return
    steps = [step for span in treatment.stages for step in span.steps]
    if not any(step.arms for step in steps):
        text = "no step names an arm, so all arms are alike: add arms: to one"
        yield ["experiment", "arms"], text
    if "hold_out" in content["experiment"] and not any(step.mandatory for step in steps):
        text = (
            "no step is mandatory, so the hold-out gets nothing at all: mark with mandatory: true"
        )
        yield ["experiment", "hold_out"], f"{text} what law or contract demand"
