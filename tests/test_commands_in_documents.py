"""Every command that the README or a page of docs/ shows can be given as it stands there."""

import re
import shlex
from pathlib import Path
from typing import Final

import click
from click.testing import CliRunner

from outreach.cli import main

_ROOT: Final = Path(__file__).parents[1]
_SHOWN: Final = re.compile(r"^\$ (?:\S*=\S* |\S*/)*outreach ([^#\n]*)", re.MULTILINE)

_MAIN: Final[click.Command] = main
_TYPED: Final = "nine green lamps\n" * 2
"""What is typed where a command asks for a password."""


def shown() -> dict[str, str]:
    """Return each command, and the page that shows it; a line that goes on counts as one."""
    found: dict[str, str] = {}
    for page in (_ROOT / "README.md", *sorted((_ROOT / "docs").rglob("*.md"))):
        text = page.read_text(encoding="utf-8").replace("\\\n", " ")
        found |= dict.fromkeys(_SHOWN.findall(text), str(page.relative_to(_ROOT)))
    return found


def test_every_command_that_is_shown_can_be_given() -> None:
    lines, wrong = shown(), []
    for line, page in lines.items():
        words, command = shlex.split(line), _MAIN
        try:
            while isinstance(command, click.Group):
                inner = command.get_command(click.Context(command), words[0])
                if inner is None:
                    raise click.UsageError(f"there is no {words[0]}")
                command, words = inner, words[1:]
            with CliRunner().isolation(input=_TYPED):
                command.make_context(command.name, words)
        except (click.ClickException, IndexError) as error:
            if "does not exist" not in str(error):  # a file of the reader's own
                wrong.append((page, line, str(error)))

    assert wrong == []
    assert len(lines) > 50
