"""The `outreach` command. One subject a file, one line each in the registry below.

A subject's module is imported when its command runs, so `outreach --help` stays fast and a
command that can't load takes no other with it.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import click

from outreach.cli.errors import said_for_people

# Command → what it is for. Its module is outreach.cli.<name>, with an attribute of that name.
SUBJECTS: Final = {
    "demo": "Run a synthetic portfolio on embedded servers and watch it live.",
    "up": "Run web server and worker together, on embedded servers unless told otherwise.",
    "serve": "Run the web server: signals, callbacks, API.",
    "work": "Run one worker: fold, decide, send, settle.",
    "migrate": "Bring the database's schema forward.",
    "check-config": "Show what is configured, what is missing, and how to mend it.",
    "explain": "Say why a borrower was, was not or will be contacted.",
    "borrower": "Show a borrower's whole history: loans, payments, stages, contacts, wishes.",
    "log": "Read, search and verify the contact log.",
    "alerts": "Show what people should look at.",
    "holds": "List, place and release holds on a person or some of their loans.",
    "preferences": "List, set and remove what a person asked for or against.",
    "approvals": "List, grant and revoke approvals of what rules stop until somebody looked.",
    "links": "Make, check, revoke and unlock links to borrowers' self-service pages.",
    "replies": "List replies that wait for a person, and settle them.",
    "books": "Show the books of a loan: installments, payments, how they were divided.",
    "payoff": "Compute what pays a loan off today, step by step.",
    "suggest": "Suggest what a borrower could keep to, with the arithmetic.",
    "discrepancies": "List, show and close differences between our books and the platform's.",
    "statements": "Send somebody a statement of a loan.",
    "tasks": "List, take and close what only people can do.",
    "referrals": "List, open, approve and follow cases for court, and verify their packages.",
    "visits": "List, order and print field visits, and record what came of them.",
    "agencies": "Place debts with agencies, recall them, list what is placed.",
    "letters": "List, open and batch letters, and take in what became of them.",
    "pauses": "Stop and let go: everything, a lender, channel, treatment, template, sender.",
    "costs": "Show what contacts cost, told and estimated.",
    "inbox": "List, show and replay signals that could not take effect.",
    "webhook": "Sign and post sample signals.",
    "packs": "List, check, test, explain, compare and begin compliance packs.",
    "providers": "List accounts at providers, check that they let us in, try a sender out.",
    "templates": "Check, preview, write, approve and publish the words of messages.",
    "scorecards": "Check, show and try the points that make risk tiers.",
    "risk": "Say why a loan is in its risk tier.",
    "report": "What outreach came to: roll rates, cures, promises, costs, vintages.",
    "treatments": "Check and show treatments: who is contacted on which day.",
    "users": "Add, list, change and disable accounts of the console; who did what.",
    "keys": "Make, list, rotate and revoke keys by which machines use the API.",
    "version": "Show which release this is.",
}


class Subjects(click.Group):
    """Finds a command in the registry and loads its module on first use."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the registry's order."""
        del ctx
        return [name for name in SUBJECTS if find_spec(_module(name))]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command's module."""
        del ctx
        if cmd_name not in SUBJECTS or not find_spec(_module(cmd_name)):
            return None
        module = import_module(_module(cmd_name))
        command = getattr(module, cmd_name.replace("-", "_"))
        assert isinstance(command, click.Command), f"{_module(cmd_name)} has no such command"  # noqa: S101 - a programming error
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands from the registry, loading none of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, SUBJECTS[name]) for name in self.list_commands(ctx)])

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; what people can mend is said in words, the rest keeps its traceback."""
        try:
            return super().invoke(ctx)
        except click.exceptions.Exit:
            raise
        except Exception as error:
            words = said_for_people(error)
            if words is None or ctx.params.get("debug"):
                raise
            click.echo(click.style("error: ", fg="red", bold=True) + words, err=True)
            raise click.exceptions.Exit(1) from error


@click.group(cls=Subjects, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    help="TOML file of settings; OUTREACH_CONFIG and then config/outreach.toml by default.",
)
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def main(config: Path | None, *, debug: bool) -> None:
    """Lawful loan reminders and overdue follow-up: signed signals in, logged contacts out."""
    del debug  # read by Subjects.invoke
    if config is not None:
        from outreach.settings import choose_config_file

        choose_config_file(config)


def _module(name: str) -> str:
    return f"outreach.cli.{name.replace('-', '_')}"
