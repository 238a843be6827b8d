"""docs/console.md names roles and commands that there are."""

import re
import shlex
from pathlib import Path
from typing import Final

import click

from outreach.cli import main
from outreach.domain.operators import Role
from outreach.usecases.signing_in import LONGEST_PASSWORD, SHORTEST_PASSWORD

TEXT: Final = (Path(__file__).parents[1] / "docs/console.md").read_text(encoding="utf-8")


def test_every_role_has_its_row() -> None:
    assert set(re.findall(r"^\| `(\w+)` \|", TEXT, re.MULTILINE)) == set(Role)


def test_the_lengths_of_a_password_are_those_that_are_checked() -> None:
    assert f"{SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters" in TEXT


def test_the_commands_exist() -> None:
    lines = re.findall(r"^\$ outreach (.*)$", TEXT, re.MULTILINE)
    assert lines
    for line in lines:
        name, *words = shlex.split(line)
        group = main.get_command(click.Context(main), name)
        assert isinstance(group, click.Group)
        command = group.get_command(click.Context(group), words[0])
        assert command is not None, line
        known = {option for one in command.params for option in one.opts}
        assert {word for word in words if word.startswith("--")} <= known, line
