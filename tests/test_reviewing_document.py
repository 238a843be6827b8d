"""docs/reviewing.md tells of formats, limits and options that there are."""

import re
import shlex
from pathlib import Path
from typing import Final

import click

from outreach.cli import main
from outreach.domain.findings import Mark
from outreach.rendering.tables import Format
from outreach.usecases.exporting import KEPT
from outreach.usecases.sampling import MOST

TEXT: Final = (Path(__file__).parents[1] / "docs/reviewing.md").read_text(encoding="utf-8")


def test_every_format_has_its_row() -> None:
    assert set(re.findall(r"^\| `(\w+)` \|", TEXT, re.MULTILINE)) == set(Format)


def test_the_limits_are_those_that_hold() -> None:
    assert f"Up to {MOST} are drawn" in TEXT
    assert f"deleted after {KEPT.days} days" in TEXT


def test_every_mark_is_named() -> None:
    assert [one for one in Mark if f"*{one.replace('_', ' ')}*" not in TEXT] == []


def test_the_command_exists() -> None:
    [line] = re.findall(r"^\$ outreach (.*)$", TEXT, re.MULTILINE)
    group, name, *words = shlex.split(line)
    found = main.get_command(click.Context(main), group)
    assert isinstance(found, click.Group)
    command = found.get_command(click.Context(found), name)
    assert command is not None
    known = {option for one in command.params for option in one.opts}
    assert {word for word in words if word.startswith("--")} <= known
