"""docs/risk.md and reports.md: their commands can be given, what they list is all there is."""

import re
import shlex
from pathlib import Path
from typing import Final

import click
import pytest

from outreach.cli import main
from outreach.cli.report import report
from outreach.domain.scorecard import Derived, Refused

DOCS: Final = Path(__file__).parents[1] / "docs"
RISK, REPORTS = ((DOCS / f"{name}.md").read_text(encoding="utf-8") for name in ("risk", "reports"))


@pytest.mark.parametrize("line", re.findall(r"^\$ outreach (.*)$", RISK + REPORTS, re.MULTILINE))
def test_its_commands_can_be_given(line: str) -> None:
    words = shlex.split(line)
    context = click.Context(main)
    command = main.get_command(context, words[0])
    assert command is not None
    if isinstance(command, click.Group):
        words = words[1:]
        command = command.get_command(click.Context(command), words[0])
        assert command is not None

    command.make_context(words[0], words[1:])


def test_every_fact_reason_and_table_has_its_row() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", RISK, re.MULTILINE)
    assert set(rows) == {*(one.value for one in Derived), *(one.value for one in Refused)}
    [only] = [one for one in report.params if one.name == "keys"]
    assert isinstance(only.type, click.Choice)
    tables = re.findall(r"^\| `(\w+)` \|", REPORTS, re.MULTILINE)
    assert tables == list(only.type.choices)
