"""What is wrong, or doubtful, in pack files that can be read: beyond what the schema can say."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import chain
from pathlib import Path
from typing import Any, Final, Literal

from outreach.compliance import PRIMITIVES
from outreach.compliance.pack import Pack
from outreach.config_files.lint_dates import Found, dates_of
from outreach.config_files.lint_reach import reach_of
from outreach.config_files.lint_windows import windows_of
from outreach.config_files.lint_words import words_of
from outreach.config_files.packs import PackError, pack_of, parse_raw, read_text
from outreach.config_files.yaml_lines import Lines
from outreach.domain.records import dataclass

Level = Literal["error", "warning"]
_FIRST_SOURCE: Final = re.compile(r"\s*verify\b")
_DECIDE: Final = "write `enforce: false`, or `enforce: true` if it shall stop contacts all the same"
SCHEMA_LINE: Final = "# yaml-language-server: $schema="


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to mend: an `error` makes the pack wrong, a `warning` asks for a second look."""

    file: str
    line: int
    level: Level
    text: str

    @property
    def place(self) -> str:
        """The file and the line, as editors and terminals open it."""
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class _File:
    """One file that could be read."""

    name: str
    stem: str
    raw: Mapping[str, Any]
    pack: Pack
    lines: Lines


def lint_packs(files: Iterable[Path], today: date) -> tuple[list[Finding], list[Pack]]:
    """Look through pack files; return what was found, by file and line, and the packs.

    A file that can't be read at all is found once for each problem, and is no pack.
    """
    found: list[Finding] = []
    read: list[_File] = []
    for path in files:
        try:
            text = read_text(path)
            raw = parse_raw(text, str(path))
            pack = pack_of(raw, text, str(path))
        except PackError as error:
            found += [Finding(error.file, one.line, "error", one.text) for one in error.problems]
            continue
        if SCHEMA_LINE not in text:
            said = f"editors can't help: begin the file with `{SCHEMA_LINE}<path to the schema>`"
            found.append(Finding(str(path), 1, "warning", said))
        read.append(_File(str(path), path.stem, raw, pack, Lines(text)))
    for file in read:
        found += _of_file(file, today)
    found += _twice(read)
    found.sort(key=lambda one: (one.file, one.line, one.text))
    return found, [file.pack for file in read]


def _of_file(file: _File, today: date) -> Iterator[Finding]:
    if file.stem != file.pack.id:
        yield _at(
            file, ["pack"], "error", f"name the file {file.pack.id}.yaml, or the pack {file.stem}"
        )
    for row, text in _waiting(file.pack):
        yield _at(file, ["waiting", row], "warning", text)
    for path, text in words_of(file.raw, file.pack.requires):
        yield _at(file, path, "error", text)
    for number, rule in enumerate(file.raw["rules"]):
        found = chain(
            _evidence(rule, file.pack),
            dates_of(rule, today),
            windows_of(rule),
            reach_of(rule, file.pack.requires),
        )
        for place, level, text in found:
            yield _at(file, ["rules", number, *place], level, f"rule {rule['id']}: {text}")


def _at(file: _File, path: Iterable[str | int], level: Level, text: str) -> Finding:
    return Finding(file.name, file.lines.of(list(path)), level, text)


def _waiting(pack: Pack) -> Iterator[tuple[str, str]]:
    for rule, primitive in pack.waiting.items():
        if primitive in PRIMITIVES:
            yield rule, f"{rule} waits for {primitive}, which is there: write the rule"
        if rule in pack.ids:
            yield rule, f"{rule} waits, and yet it is written: take it from `waiting`"


def _evidence(rule: Mapping[str, Any], pack: Pack) -> Iterator[Found]:
    """Ask for a source, and that somebody decided whether to enforce what isn't sure."""
    for key in ("authority", "source"):
        if not rule[key].strip():
            yield [key], "error", f"{key} is empty: say where it stands, or `verify`"
    if "enforce" in rule:
        return
    if rule["force"] == "draft" and not pack.draft:
        yield ["force"], "error", "is a draft that nobody decided to enforce: " + _DECIDE
    if _FIRST_SOURCE.match(rule["source"]):
        yield ["source"], "error", "rests on general knowledge alone: " + _DECIDE


def _twice(files: list[_File]) -> Iterator[Finding]:
    """Find packs of one id, rules that are there twice, and rows that two packs claim.

    A pack that a firm opts into is a variant of another, and a firm's policy is what it makes of a
    row: both may say a row that stands elsewhere.
    """
    packs: dict[str, _File] = {}
    owners: dict[str, str] = {}
    for file in files:
        if file.pack.id in packs:
            other = packs[file.pack.id].name
            yield _at(file, ["pack"], "error", f"{other} holds a pack {file.pack.id} as well")
        packs[file.pack.id] = file
        said: dict[str, int] = {}
        for number, rule in enumerate(file.raw["rules"]):
            text = repr(sorted((key, repr(value)) for key, value in rule.items()))
            if text in said:
                line = file.lines.of(["rules", said[text]])
                again = f"rule {rule['id']}: stands on line {line} already, word for word"
                yield _at(file, ["rules", number], "error", again)
            said[text] = number
            if file.pack.opt_in or rule["force"] == "policy":
                continue
            owner = owners.setdefault(rule["id"], file.pack.id)
            if owner != file.pack.id:
                owners[rule["id"]] = file.pack.id
                both = f"rule {rule['id']}: pack {owner} has rules of that id as well"
                yield _at(file, ["rules", number, "id"], "warning", both)
