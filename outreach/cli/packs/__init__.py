"""`outreach packs`: everything about compliance packs, one file a command."""

import click

from outreach.cli.packs.diffing import diff_packs
from outreach.cli.packs.linting import lint
from outreach.cli.packs.listing import list_packs
from outreach.cli.packs.making import new
from outreach.cli.packs.publishing import schema
from outreach.cli.packs.showing import show
from outreach.cli.packs.testing import test_packs


@click.group()
def packs() -> None:
    """List, check, test, explain, compare and begin compliance packs."""


for command in (list_packs, lint, test_packs, show, diff_packs, new, schema):
    packs.add_command(command)
