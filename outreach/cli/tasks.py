"""`outreach tasks`: what only people can do, in one list."""

from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import click

from outreach.cli.operators import Desk, about_person, at_desk, whom
from outreach.domain.vocabulary import TaskKind, TaskState
from outreach.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from datetime import datetime

    from outreach.usecases.tasks import Item

SOURCE: Final = "urn:outreach:operator"
_BY = click.option("--by", required=True, help="Your name: it is kept in the log, for good.")


@click.group()
def tasks() -> None:
    """List what waits for people, take it, and close it with what came of it.

    docs/tasks.md tells what each kind asks for, and which signal closes it.
    """


@tasks.command("list")
@click.option("--lender", help="Only this lender's.")
@click.option("--kind", type=click.Choice([one.value for one in TaskKind]), help="Only this kind.")
@click.option("--overdue", is_flag=True, help="Only what is past its deadline.")
@click.option("--all", "closed", is_flag=True, help="Closed ones as well.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000))
def list_(lender: str | None, kind: str | None, limit: int, *, overdue: bool, closed: bool) -> None:
    """Show what waits, the most urgent first; exit status 1 when any of it is overdue."""
    from outreach.usecases.tasks import list_items

    async def work(settings: Settings, desk: Desk) -> "tuple[datetime, list[Item]]":
        del settings
        found = await list_items(
            desk,
            tenant=lender,
            kind=TaskKind(kind) if kind else None,
            closed=closed,
            overdue_at=desk.now if overdue else None,
            limit=limit,
        )
        return desk.now, found

    now, items = at_desk(work)
    if not items:
        click.echo("nothing waits for people")
    late = False
    for one in items:
        is_late = one.row.done_at is None and one.row.due_at is not None and one.row.due_at < now
        late = late or is_late
        click.echo(_line(one, late=is_late))
    if late:
        raise click.exceptions.Exit(1)


@tasks.command()
@click.argument("kind", type=click.Choice(["hardship", "dispute", "complaint"]))
@about_person
@click.option("--statement", default="", help="What they said, in their own words.")
@click.option("--channel", default="call", show_default=True, help="How it reached you.")
@click.option("--only-loan", "loans", multiple=True, help="Only this loan; may be repeated.")
@_BY
def bring(
    kind: str,
    loan: str | None,
    borrower: str | None,
    lender: str | None,
    loans: tuple[str, ...],
    by: str,
    **said: str,
) -> None:
    """Record that somebody can't pay, disputes or complains: it holds, and waits for people."""
    from outreach.domain.signals import SignalError
    from outreach.domain.vocabulary import Intent
    from outreach.usecases.matters import Matter, matter_signals
    from outreach.usecases.protecting import NobodyError, Word, record
    from outreach.usecases.tasks import deadlines_of

    ref = f"operator:{uuid4().hex[:12]}"
    named = loans or ((loan,) if loan else ())
    matter = Matter(Intent(kind), ref, "", named, said["statement"], said["channel"])

    async def work(settings: Settings, desk: Desk) -> None:
        about = whom(settings, lender, loan, borrower)
        words = [
            Word(one.type, {name: value for name, value in one.data.items() if name != "borrower"})
            for one in matter_signals(matter, source=SOURCE, now=desk.now)
        ]
        deadlines = deadlines_of(settings)
        await record(desk, about, words, by=_named(by), now=desk.now, deadlines=deadlines)

    try:
        at_desk(work)
    except NobodyError as exc:
        raise click.ClickException(f"nobody of this lender is known by {exc}") from exc
    except SignalError as exc:
        raise click.ClickException(f"not recorded: {exc}") from exc
    click.echo(f"{kind} {ref} is held and waits for people; `outreach tasks list --kind {kind}`")


@tasks.command()
@click.argument("number", type=int)
def show(number: int) -> None:
    """Show one task whole. It is somebody's personal data: mind the screen."""
    from outreach.usecases.tasks import show_item

    async def work(settings: Settings, desk: Desk) -> "Item":
        del settings
        return await show_item(desk, number)

    _show(_done(work, number))


@tasks.command()
@click.argument("number", type=int)
@_BY
@click.option("--over", is_flag=True, help="Take it from whoever has it.")
def take(number: int, by: str, *, over: bool) -> None:
    """Say that you do it, so that nobody else begins."""
    from outreach.usecases.tasks import take as take_it

    async def work(settings: Settings, desk: Desk) -> "Item":
        del settings
        return await take_it(desk, number, by=_named(by), now=desk.now, over=over)

    click.echo(_line(_done(work, number), late=False))


@tasks.command()
@click.argument("number", type=int)
@_BY
@click.option("--outcome", required=True, help="One plain word: granted, not_paid, approved …")
@click.option("--why", default="", help="What to remember of it; kept encrypted.")
@click.option("--cancel", is_flag=True, help="It needn't be done any more.")
def close(number: int, by: str, outcome: str, why: str, *, cancel: bool) -> None:
    """Close one task. Holds stay until a signal or `outreach holds release` lifts them."""
    from outreach.usecases.tasks import close as close_it

    async def work(settings: Settings, desk: Desk) -> "Item":
        del settings
        return await close_it(
            desk, number, by=_named(by), outcome=outcome, now=desk.now, why=why, canceled=cancel
        )

    click.echo(_line(_done(work, number), late=False))


def _named(by: str) -> str:
    if not by.strip():
        raise click.UsageError("--by is empty: say who does this")
    return by.strip()


def _done(work: "Callable[[Settings, Desk], Awaitable[Item]]", number: int) -> "Item":
    """Run work on one task, and say in words what stands against it."""
    from outreach.store.vault import ErasedError
    from outreach.usecases.tasks import NeedsVerdictError, NoTaskError, TakenError

    try:
        return at_desk(work)
    except NoTaskError:
        raise click.ClickException(f"no task {number} waits; `outreach tasks list`") from None
    except TakenError as exc:
        raise click.ClickException(f"{exc.args[0]} has task {number}; --over takes it") from None
    except NeedsVerdictError:
        raise click.ClickException(
            f"task {number} is a reply: say what it was with `outreach replies resolve {number}`"
        ) from None
    except ErasedError:
        raise click.ClickException(f"task {number}: the person was erased") from None
    except ValueError as exc:
        raise click.ClickException(str(exc)) from None


def _line(one: "Item", *, late: bool) -> str:
    row = one.row
    due = f"by {row.due_at:%Y-%m-%d %H:%M}" if row.due_at else "no deadline"
    state = row.state if row.outcome == "" else f"{row.state}: {row.outcome}"
    whom = " ".join(
        part
        for part in (
            row.tenant_id,
            f"borrower {row.borrower}" if row.borrower else "",
            f"loan {row.loan}" if row.loan else "",
            f"({row.assignee})" if row.assignee and row.state == TaskState.TAKEN else "",
        )
        if part
    )
    return f"{row.task_id:>8}  {due}{'  OVERDUE' if late else ''}  {row.kind}  {state}  {whom}"


def _show(one: "Item") -> None:
    click.echo(_line(one, late=False))
    click.echo(f"          reference {one.row.ref}")
    click.echo(f"          since {one.row.opened_at:%Y-%m-%d %H:%M}")
    if not one.about and one.row.wrapped_key is None:
        click.echo("          (erased)")
    for name, value in _flat(one.about):
        click.echo(f"          {name}: {value}")


def _flat(about: "Mapping[str, Any]", prefix: str = "") -> list[tuple[str, str]]:
    """Return details as lines; what is within another is named after it."""
    lines: list[tuple[str, str]] = []
    for name, value in about.items():
        if name == "address":  # a keyed hash says nothing to people
            continue
        if isinstance(value, dict):
            lines += _flat(value, f"{prefix}{name}.")
        elif value not in (None, "", []):
            listed = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
            lines.append((prefix + name, listed))
    return lines
