"""docs/contact-log.md: its commands can be given, its parameters are those that are read."""

import re
import shlex
from pathlib import Path
from typing import Final

import click
import pytest

from outreach.cli import main
from outreach.domain.log_filters import FIELDS, LogVerdict, parse_filter
from outreach.web.metrics import Metrics

TEXT: Final = (Path(__file__).parents[1] / "docs/contact-log.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("line", re.findall(r"^\$ outreach (.*)$", TEXT, re.MULTILINE))
def test_its_commands_can_be_given(line: str) -> None:
    name, command, *words = shlex.split(line)
    group = main.get_command(click.Context(main), name)
    assert isinstance(group, click.Group)
    found = group.get_command(click.Context(group), command)
    assert found is not None

    context = found.make_context(command, words)

    pairs = [(each, value) for each in FIELDS for value in context.params.get(each) or ()]
    assert parse_filter(pairs)[1] == ()


def test_every_parameter_has_its_row() -> None:
    cells = re.findall(r"^\| (`.+?`) \|", TEXT, re.MULTILINE)
    told = {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}

    assert told == {*FIELDS, "from", "to"}
    assert all(f"`{verdict}`" in TEXT for verdict in LogVerdict)


def test_the_metric_exists() -> None:
    [name] = re.findall(r"`(outreach_contact_log_\w+)`", TEXT)

    assert name in Metrics().exposition().decode()
