"""Read treatments from YAML, check them, and turn them into frozen `Treatment`s.

A file is refused as a whole, with everything that is wrong in it named by line, by place and by
what is allowed there.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import msgspec
import yaml
from jsonschema_rs import Draft202012Validator, ValidationError

from outreach.config_files.treatment_builder import Builder
from outreach.config_files.treatment_schema import TreatmentFile, treatment_schema
from outreach.config_files.yaml_lines import Lines, load_yaml
from outreach.domain.conditions import Compile
from outreach.domain.records import dataclass
from outreach.domain.steps import TreatmentError
from outreach.domain.treatment import Treatment

_HASH_CHARACTERS: Final = 12


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend: on which line of the file, where in it, and what."""

    line: int
    place: str
    text: str

    def __str__(self) -> str:
        """Return place and text, as a message without the line has them."""
        return f"{self.place}: {self.text}"


class TreatmentFileError(ValueError):
    """A treatment file can't be used. `problems` has one entry for each thing to mend."""

    def __init__(self, file: str, problems: Iterable[Problem]) -> None:
        self.file = file
        self.problems = tuple(problems)
        super().__init__("\n".join(f"{file}:{one.line}: {one}" for one in self.problems))


@dataclass(frozen=True, slots=True)
class Loaded:
    """One file that could be read: what it says, what it means, and where each thing stands."""

    file: Path
    content: Mapping[str, Any]
    treatment: Treatment
    lines: Lines


def load_treatments(folder: Path, compile_condition: Compile) -> tuple[Treatment, ...]:
    """Read every `*.yaml` of a folder, in the order of their names.

    Args:
        folder: Where they are.
        compile_condition: Turns an expression into a condition.

    Raises:
        TreatmentFileError: A file can't be read or contradicts itself or another, or there is none.
    """
    return tuple(one.treatment for one in read_treatments(folder, compile_condition))


def read_treatments(folder: Path, compile_condition: Compile) -> list[Loaded]:
    """Read every `*.yaml` of a folder; see `load_treatments`."""
    files = sorted(folder.glob("*.yaml"))
    if not files:
        problem = Problem(1, "the folder", "there is no treatment: add a .yaml file")
        raise TreatmentFileError(str(folder), [problem])
    found = [read_treatment(file, compile_condition) for file in files]
    begins: dict[object, Path] = {}
    for one in found:
        key = (one.treatment.name, one.treatment.effective_from)
        if (other := begins.setdefault(key, one.file)) != one.file:
            text = f"{other.name} is in force from the same day: give this one a later day"
            problem = Problem(one.lines.of(["effective_from"]), "effective_from", text)
            raise TreatmentFileError(str(one.file), [problem])
    return found


def load_treatment(file: Path, compile_condition: Compile) -> Treatment:
    """Read one treatment file.

    Raises:
        TreatmentFileError: It can't be read, breaks the schema, or contradicts itself.
    """
    return read_treatment(file, compile_condition).treatment


def read_treatment(file: Path, compile_condition: Compile) -> Loaded:
    """Read one treatment file, with the lines that its parts stand on; see `load_treatment`."""
    try:
        text = file.read_text(encoding="utf-8")
        found: Any = load_yaml(text)
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
        problem = Problem(1, "the file", f"it can't be read: {why}")
        raise TreatmentFileError(str(file), [problem]) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = 1 if mark is None else mark.line + 1
        problem = Problem(line, "the file", f"it is no YAML: {error}")
        raise TreatmentFileError(str(file), [problem]) from error
    lines = Lines(text)
    try:
        problems = [_problem(error, lines) for error in _validator().iter_errors(found)]
    except (TypeError, ValueError) as error:
        # YAML reads a bare `on` as no JSON name; none is allowed here.
        why = f"a value or name that is no text or number ({error}): put it in quotes"
        problems = [Problem(1, "the file", why)]
    if not problems and found["treatment"] != file.stem.partition(".")[0]:
        own = file.stem.partition(".")[0]
        why = f"{found['treatment']!r}; it must be the file's name, {own!r}"
        problems = [Problem(lines.of(["treatment"]), "treatment", why)]
    if problems:
        raise TreatmentFileError(str(file), problems)
    try:
        treatment = treatment_from(found, compile_condition)
    except TreatmentError as error:
        path = located(found, error.path)
        problem = Problem(lines.of(path), ".".join(map(str, path)), error.problem)
        raise TreatmentFileError(str(file), [problem]) from error
    return Loaded(file, found, treatment, lines)


def treatment_from(content: Mapping[str, Any], compile_condition: Compile) -> Treatment:
    """Build a treatment from what a file said, as it was checked and kept.

    Raises:
        TreatmentError: It contradicts itself.
    """
    shape = msgspec.convert(content, TreatmentFile)
    return Builder(compile_condition, shape.defaults).treatment(shape, content_hash(content))


@lru_cache(maxsize=1)
def _validator() -> Draft202012Validator:
    return Draft202012Validator(treatment_schema())


def _problem(error: ValidationError, lines: Lines) -> Problem:
    """Say where and what, and which names are allowed where one isn't known."""
    path = list(error.instance_path)
    place = ".".join(map(str, path)) or "the file"
    return Problem(lines.of(path), place, f"{error.message}{_allowed(error)}")


def _allowed(error: ValidationError) -> str:
    if error.schema_path[-1] != "additionalProperties":
        return ""
    definition = str(error.schema_path[1])  # ["$defs", the definition, "additionalProperties"]
    names = treatment_schema()["$defs"][definition]["properties"]
    return f"; allowed are {', '.join(names)}"


def located(content: Mapping[str, Any], path: str) -> Sequence[str | int]:
    """Return the place that a treatment's own error names, as the file has it.

    Within the domain a stage is known by its bucket and a step by its key.
    """
    found: list[str | int] = []
    node: Any = content
    for part in path.split("."):
        if isinstance(node, list):
            named = (
                index
                for index, one in enumerate(node)
                if str(index) == part or part in {one.get("bucket"), one.get("key")}
            )
            index = next(named, None)
            if index is None:
                break
            found.append(index)
            node = node[index]
        elif isinstance(node, dict):
            if part not in node and any(part == one.get("key") for one in node.get("steps", ())):
                found.append("steps")
                keys = [one.get("key") for one in node["steps"]]
                # Of two steps with one key the second is the one to rename.
                found.append(len(keys) - 1 - keys[::-1].index(part))
                node = node["steps"][found[-1]]
                continue
            found.append(part)
            node = node.get(part)
        else:
            found.append(part)
    return found


def content_hash(found: Any) -> str:
    """Hash what a file says, whatever its comments and layout."""
    text = json.dumps(found, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()[:_HASH_CHARACTERS]
