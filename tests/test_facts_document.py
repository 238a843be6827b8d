"""docs/facts.md names signals and commands that exist."""

import re
import shlex
from pathlib import Path
from typing import Final

import click
import pytest

from outreach.cli import main
from outreach.domain.signals import SIGNAL_TYPES

TEXT: Final = (Path(__file__).parents[1] / "docs/facts.md").read_text(encoding="utf-8")


def commands() -> list[str]:
    return re.findall(r"^\$ outreach (.*)$", TEXT, re.MULTILINE)


def test_the_signals_it_names_exist() -> None:
    named = set(re.findall(r"`((?:approval|borrower|contact|letter|preference)\.\w+)`", TEXT))

    assert len(named) > 6
    assert named <= SIGNAL_TYPES.keys()


@pytest.mark.parametrize("line", commands())
def test_the_commands_it_shows_are_understood(line: str) -> None:
    name, action, *arguments = shlex.split(line)
    context = click.Context(main)
    group = main.get_command(context, name)
    assert isinstance(group, click.Group)
    command = group.get_command(context, action)
    assert command is not None

    command.make_context(action, arguments)
