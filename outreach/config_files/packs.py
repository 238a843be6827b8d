"""Read compliance packs from YAML, check them, and turn them into frozen `Pack`s.

A pack is refused as a whole, with every problem in it named by file, rule and place.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import yaml
from jsonschema_rs import Draft202012Validator, ValidationError

from outreach.compliance import compile_packs
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


class PackError(ValueError):
    """A pack file can't be used. `problems` has one line for each thing to mend."""

    def __init__(self, file: str, problems: Iterable[str]) -> None:
        self.file = file
        self.problems = tuple(problems)
        super().__init__("\n".join(f"{file}: {problem}" for problem in self.problems))


@lru_cache(maxsize=1)
def _validator() -> Draft202012Validator:
    return Draft202012Validator(pack_schema())


def read_packs(folder: Path) -> tuple[Pack, ...]:
    """Read every `*.yaml` of a folder, in the order of their names.

    Raises:
        PackError: A file can't be read, breaks the schema, or repeats another's id.
    """
    packs = tuple(read_pack(file) for file in sorted(folder.glob("*.yaml")))
    seen: set[str] = set()
    for pack in packs:
        if pack.id in seen:
            raise PackError(str(folder), [f"two files hold a pack named {pack.id}"])
        seen.add(pack.id)
    return packs


def read_pack(file: Path) -> Pack:
    """Read one pack file.

    Raises:
        PackError: The file can't be read or breaks the schema.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as exc:
        raise PackError(str(file), [f"can't be read: {exc.strerror}"]) from exc
    return parse_pack(text, str(file))


def parse_pack(text: str, file: str = "pack") -> Pack:
    """Turn the text of a pack file into a pack; `file` names it in errors.

    The content hash covers what the file says, not how it is laid out: comments and the order of
    keys don't change it.
    """
    try:
        raw = yaml.load(text, Loader=_PlainLoader)  # noqa: S506 - a safe loader without dates
    except yaml.YAMLError as exc:
        raise PackError(file, [f"is no YAML: {exc}"]) from exc
    problems = [_explain(error, raw) for error in _validator().iter_errors(raw)]
    if problems:
        raise PackError(file, problems)
    pack = _pack(raw)
    try:
        compile_packs([pack])
    except (ValueError, IndexError) as exc:
        raise PackError(file, [str(exc)]) from exc
    return pack


class _PlainLoader(yaml.CSafeLoader):
    """YAML as JSON knows it: dates and `on`/`off` stay texts."""


_PlainLoader.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


def _explain(error: ValidationError, raw: object) -> str:
    """Say where a problem is, what it is, and for which rule."""
    path = list(error.instance_path)
    rule = ""
    if path[:1] == ["rules"] and len(path) > 1 and isinstance(raw, Mapping):
        entry = raw["rules"][path[1]]
        name = entry.get("id") if isinstance(entry, Mapping) else None
        rule = f"rule {name or path[1]}: "
        path = path[2:]
    place = ".".join(map(str, path)) or ("the rule" if rule else "file")
    return f"{rule}{place}: {explain(error)}"


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
        ),
        scopes=tuple(raw.get("scopes", ())),
        waiting=raw.get("waiting", {}),
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
