"""Read compliance packs from YAML, check them, and turn them into frozen `Pack`s.

A pack is refused as a whole, with every problem in it named by file, rule and place.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import yaml
from jsonschema_rs import Draft202012Validator, ValidationError

from outreach.compliance import PRIMITIVES, compile_packs
from outreach.compliance.pack import (
    Confidence,
    Effective,
    Force,
    OnFail,
    Pack,
    Requires,
    Rule,
)
from outreach.compliance.view import texts_of
from outreach.config_files.pack_schema import pack_schema
from outreach.config_files.yaml_lines import Lines, load_yaml
from outreach.domain.records import dataclass

ENVELOPE: Final = frozenset(
    {
        "id",
        "primitive",
        "force",
        "enforce",
        "effective",
        "applies_to",
        "unless",
        "on_fail",
        "covers",
        "cite",
        "authority",
        "source",
        "confidence",
        "checked",
    }
)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend in a file: on which line, what and where it is."""

    line: int
    text: str


class PackError(ValueError):
    """A pack file can't be used. `problems` has one line for each thing to mend."""

    def __init__(self, file: str, problems: Iterable[Problem]) -> None:
        self.file = file
        self.problems = tuple(problems)
        super().__init__("\n".join(f"{file}:{one.line}: {one.text}" for one in self.problems))


@lru_cache(maxsize=1)
def _validator() -> Draft202012Validator:
    return Draft202012Validator(pack_schema())


def read_packs(folder: Path) -> tuple[Pack, ...]:
    """Read every `*.yaml` of a folder, in the order of their names.

    Raises:
        PackError: A file can't be read, breaks the schema, or repeats another's id.
    """
    packs: list[Pack] = []
    for file in sorted(folder.glob("*.yaml")):
        pack = read_pack(file)
        if any(pack.id == other.id for other in packs):
            message = f"two files hold a pack named {pack.id}: give one of them another id"
            raise PackError(str(file), [Problem(1, message)])
        packs.append(pack)
    return tuple(packs)


def read_pack(file: Path) -> Pack:
    """Read one pack file.

    Raises:
        PackError: The file can't be read or breaks the schema.
    """
    return parse_pack(read_text(file), str(file))


def read_text(file: Path) -> str:
    """Return the text of a pack file.

    Raises:
        PackError: It can't be read.
    """
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        why = exc.strerror if isinstance(exc, OSError) else "it is no UTF-8 text"
        raise PackError(str(file), [Problem(1, f"can't be read: {why}")]) from exc


@lru_cache(maxsize=256)
def parse_pack(text: str, file: str = "pack") -> Pack:
    """Turn the text of a pack file into a pack; `file` names it in errors.

    The content hash covers what the file says, not how it is laid out: comments and the order of
    keys don't change it.
    """
    return pack_of(parse_raw(text, file), text, file)


def parse_raw(text: str, file: str) -> Mapping[str, Any]:
    """Return what a pack file says, checked against the schema.

    Raises:
        PackError: It is no YAML, or breaks the schema.
    """
    try:
        raw = load_yaml(text)
    except yaml.YAMLError as exc:
        mark = getattr(exc, "problem_mark", None)
        said = getattr(exc, "problem", None) or "it can't be parsed"
        problem = Problem(mark.line + 1 if mark else 1, f"is no YAML: {said}")
        raise PackError(file, [problem]) from exc
    explained = (_explain(error, raw, text) for error in _validator().iter_errors(raw))
    problems = [one for one in explained if one is not None]
    if problems:
        raise PackError(file, sorted(problems, key=lambda one: one.line))
    found: Mapping[str, Any] = raw
    return found


def pack_of(raw: Mapping[str, Any], text: str, file: str) -> Pack:
    """Turn what a pack file says into a pack of which every rule compiles.

    Raises:
        PackError: A rule's parameters fit the schema but make no sense.
    """
    pack = _pack(raw)
    problems: list[Problem] = []
    for number, rule in enumerate(pack.rules):
        try:
            compile_packs([replace(pack, rules=(rule,))])
        except (ValueError, IndexError) as exc:
            line = Lines(text).of(["rules", number])
            problems.append(Problem(line, f"rule {rule.id}: {exc}"))
    if problems:
        raise PackError(file, problems)
    return pack


def _explain(error: ValidationError, raw: object, text: str) -> Problem | None:
    """Say where a problem is, what it is, and for which rule."""
    path = list(error.instance_path)
    whole = list(path)
    rule, entry = "", None
    if path[:1] == ["rules"] and len(path) > 1 and isinstance(raw, Mapping):
        entry = raw["rules"][path[1]]
        name = entry.get("id") if isinstance(entry, Mapping) else None
        rule = f"rule {name or path[1]}: "
        path = path[2:]
    place = ".".join(map(str, path)) or ("the rule" if rule else "file")
    unexpected = error.kind.as_dict().get("unexpected") or ()
    known = _keys_of(entry) if rule and not path else frozenset[str]()
    strange = [name for name in unexpected if name not in known]
    if unexpected and not strange:
        return None  # follows from another problem of the same rule
    said = "; ".join(_strange(name, known) for name in strange) or explain(error)
    return Problem(Lines(text).of([*whole, *strange[:1]]), f"{rule}{place}: {said}")


def _keys_of(entry: object) -> frozenset[str]:
    """Return the keys that a rule of its primitive may have."""
    name = entry.get("primitive") if isinstance(entry, Mapping) else None
    primitive = PRIMITIVES.get(str(name))
    return ENVELOPE | (primitive.schema.keys() if primitive else frozenset())


def _strange(name: str, known: Iterable[str]) -> str:
    close = get_close_matches(name, known, n=1)
    return f"there is no key {name!r}" + (f"; did you mean {close[0]!r}?" if close else "")


def explain(error: ValidationError) -> str:
    """Say what a schema error is about, with every allowed word where there is a list of them."""
    if error.kind.name == "enum":
        allowed = ", ".join(map(str, error.kind.as_dict()["options"]))
        return f"{error.instance!r} is not one of {allowed}"
    return error.message


def _pack(raw: Mapping[str, Any]) -> Pack:
    requires = raw.get("requires", {})
    canonical = json.dumps(raw, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return Pack(
        id=raw["pack"],
        version=raw["version"],
        rules=tuple(_rule(rule) for rule in raw["rules"]),
        requires=Requires(
            texts_of(requires.get("role", ())),
            texts_of(requires.get("country", ())),
            texts_of(requires.get("region", ())),
            texts_of(requires.get("product", ())),
            texts_of(requires.get("stage", ())),
        ),
        scopes=tuple(raw.get("scopes", ())),
        waiting=raw.get("waiting", {}),
        governance=raw.get("governance", {}),
        draft=raw.get("draft", False),
        opt_in=raw.get("opt_in", False),
        sufficient=raw.get("sufficient", True),
        title=raw.get("title", ""),
        content_hash=hashlib.sha256(canonical.encode()).hexdigest()[:16],
    )


def _rule(raw: Mapping[str, Any]) -> Rule:
    effective = raw.get("effective", {})
    on_fail = raw.get("on_fail", {})
    return Rule(
        id=raw["id"],
        primitive=raw["primitive"],
        parameters={key: value for key, value in raw.items() if key not in ENVELOPE},
        force=Force(raw["force"]),
        enforce=raw.get("enforce", True),
        effective=Effective(
            _date(effective.get("from")),
            _date(effective.get("to")),
            _date(effective.get("waived_until")),
        ),
        applies_to=raw.get("applies_to", {}),
        unless=tuple(raw.get("unless", ())),
        on_fail=OnFail(on_fail.get("decision", OnFail.PRIMITIVE)),
        needs=on_fail.get("needs", ""),
        obligations=tuple(on_fail.get("obligations", ())),
        covers=tuple(raw.get("covers", ())),
        cite=raw.get("cite", {}),
        authority=raw["authority"],
        source=raw["source"],
        confidence=Confidence(raw["confidence"]),
        checked=_date(raw["checked"]),
    )


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
