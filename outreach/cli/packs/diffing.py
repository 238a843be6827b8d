"""`outreach packs diff`."""

import asyncio
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
from rich.progress import Progress
from rich.table import Table

from outreach.cli.packs.folders import DEFAULT_FOLDER, console, read_folder
from outreach.cli.servers import on_servers
from outreach.compliance.pack import Pack
from outreach.config_files.pack_changes import Change, changes
from outreach.config_files.packs import PackError, read_pack
from outreach.domain.decisions import Decision
from outreach.rendering.rule_words import in_words
from outreach.settings import Settings, load_settings

if TYPE_CHECKING:
    from outreach.usecases.replay_packs import Replayed

_SHOWN: Final = 50

_PATH = click.Path(path_type=Path, exists=True)


@click.command("diff")
@click.argument("old", type=_PATH)
@click.argument("new", type=_PATH)
@click.option(
    "--portfolio",
    is_flag=True,
    help="Judge the contacts of the last days again by both, on the facts of then.",
)
@click.option(
    "--days",
    default=30,
    show_default=True,
    type=click.IntRange(1, 3650),
    help="How many days of the log, by business time.",
)
@click.option(
    "--packs-dir",
    type=click.Path(path_type=Path, file_okay=False),
    default=DEFAULT_FOLDER,
    show_default=True,
    help="Where the other packs are, if OLD and NEW are files.",
)
def diff_packs(old: Path, new: Path, *, portfolio: bool, days: int, packs_dir: Path) -> None:
    """Show what changed from OLD to NEW, two pack files or two folders, rule by rule.

    With --portfolio it also shows which contacts of the last days would have been decided
    otherwise. Nothing is sent and nothing is written.
    """
    before, after = _read(old), _read(new)
    _show_changes(changes(before, after))
    if not portfolio:
        return
    if old.is_file() or new.is_file():
        others = read_folder(packs_dir)
        before, after = _among(others, before, after), _among(others, after, before)
    with on_servers(load_settings(), quiet=True) as settings:
        _show_replay(asyncio.run(_replay(settings, before, after, timedelta(days=days))), days)


def _read(path: Path) -> tuple[Pack, ...]:
    if path.is_dir():
        return read_folder(path)
    try:
        return (read_pack(path),)
    except PackError as exc:
        raise click.ClickException(str(exc)) from exc


def _among(
    others: tuple[Pack, ...], chosen: tuple[Pack, ...], instead: tuple[Pack, ...]
) -> tuple[Pack, ...]:
    """Return chosen packs among all others, but for those that they are compared with."""
    left_out = {pack.id for pack in (*chosen, *instead)}
    return (*chosen, *(pack for pack in others if pack.id not in left_out))


def _show_changes(found: tuple[Change, ...]) -> None:
    if not found:
        click.echo("no rule changed")
        return
    table = Table("pack", "rule", "", "key", "before", "after")
    for change in found:
        name, rule = change.pack, change.rule or "(the pack)"
        for key, before, after in change.details or (("", "", ""),):
            table.add_row(name, rule, change.kind, key, in_words(before), in_words(after))
            name = rule = ""
    console().print(table)
    counts = Counter(change.kind for change in found)
    click.echo(", ".join(f"{counts[kind]} {kind}" for kind in ("added", "removed", "changed")))


async def _replay(
    settings: Settings, before: tuple[Pack, ...], after: tuple[Pack, ...], span: timedelta
) -> "Replayed":
    from outreach.plans import load_rulebook
    from outreach.runtime import open_runtime
    from outreach.usecases.replay_packs import replay_log
    from outreach.usecases.rulebook import Rulebook

    lenders = load_rulebook(settings).lenders
    with Progress(console=console(), transient=True) as bar:
        task = bar.add_task("judging again", total=None)
        async with open_runtime(settings, pool_size=2) as runtime:
            return await replay_log(
                runtime.db,
                runtime.vault,
                Rulebook(before, (), lenders),
                Rulebook(after, (), lenders),
                since=runtime.clock.business_now() - span,
                progress=lambda done, of: bar.update(task, completed=done, total=of),
            )


def _show_replay(found: "Replayed", days: int) -> None:
    if found.otherwise:
        table = Table("when", "lender", "loan", "contact", "before", "after")
        for one in found.otherwise[:_SHOWN]:
            table.add_row(
                one.at.strftime("%Y-%m-%d %H:%M:%SZ"),
                one.tenant,
                " ".join(one.loans),
                f"{one.channel} {one.purpose}",
                _verdict(one.before),
                _verdict(one.after),
            )
        console().print(table)
        if len(found.otherwise) > _SHOWN:
            click.echo(f"and {len(found.otherwise) - _SHOWN} more")
    turns = Counter((one.before.verdict, one.after.verdict) for one in found.otherwise)
    for (was, becomes), count in sorted(turns.items()):
        click.echo(f"{count} ways: {was} before, {becomes} after")
    rules = Counter(rule for one in found.otherwise for rule in one.after.rules - one.before.rules)
    for rule, count in rules.most_common():
        click.echo(f"{count} ways: {rule} objects now")
    click.echo(
        f"last {days} days: {found.rows} decisions, {found.ways} ways judged again, "
        f"{len(found.otherwise)} otherwise, {found.unreadable} can't be read any more"
    )


def _verdict(decision: Decision) -> str:
    until = decision.until.strftime(" until %Y-%m-%d %H:%MZ") if decision.until else ""
    rules = ", ".join(sorted(decision.rules))
    return f"{decision.verdict}{until}" + (f": {rules}" if rules else "")
