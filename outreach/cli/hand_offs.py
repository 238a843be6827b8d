"""What the commands about steps of people share: the installation, listing, refusals in words."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

import click

from outreach.cli.servers import on_servers
from outreach.domain.hand_offs import HandOffError, HandOffKind, is_open, state_of
from outreach.settings import load_settings

if TYPE_CHECKING:
    from outreach.runtime import Runtime
    from outreach.store.hand_offs import KeptHandOff
    from outreach.usecases.folders import Written

_T = TypeVar("_T")


def at_installation(work: "Callable[[Runtime], Awaitable[_T]]") -> _T:
    """Run work on the whole runtime; what the rules or the course forbid is said in words.

    Raises:
        click.ClickException: It can't be done, and why.
    """
    from outreach.domain.signals import SignalError
    from outreach.runtime import open_runtime
    from outreach.usecases.handing_off import NotFoundError, RefusedError

    async def run() -> _T:
        async with open_runtime(settings, pool_size=2) as runtime:
            return await work(runtime)

    with on_servers(load_settings(), quiet=True) as settings:
        try:
            return asyncio.run(run())
        except NotFoundError as exc:
            raise click.ClickException(f"there is no {exc} of this kind; list them first") from exc
        except HandOffError as exc:
            raise click.ClickException(str(exc)) from exc
        except SignalError as exc:
            raise click.ClickException(f"not recorded: {exc}") from exc
        except RefusedError as exc:
            lines = "\n".join(f"  {one['rule']}: {one['code']}" for one in exc.reasons)
            until = f"\nask again from {exc.until.isoformat()}" if exc.until else ""
            raise click.ClickException(f"the rules stop it\n{lines}{until}") from exc


def named_lender(runtime: "Runtime", lender: str | None) -> str:
    """Return the lender that was named, or the only one.

    Raises:
        click.UsageError: There are several, or none of that name.
    """
    known = list(runtime.settings.lenders)
    slug = lender or (known[0] if len(known) == 1 else "")
    if slug not in known:
        raise click.UsageError(f"name the lender with --lender; there are {', '.join(known)}")
    return slug


def show_list(kind: HandOffKind, lender: str | None, *, ended: bool) -> None:
    """Print the hand-offs of a kind, without anything personal."""
    from rich.console import Console
    from rich.table import Table

    from outreach.store.hand_offs import list_hand_offs
    from outreach.store.reading import list_loans_of

    async def work(runtime: "Runtime") -> "list[tuple[KeptHandOff, str]]":
        tenants = [named_lender(runtime, lender)] if lender else list(runtime.settings.lenders)
        async with runtime.db.acquire() as conn, conn.transaction(readonly=True):
            found = await list_hand_offs(conn, runtime.vault, tenants, kind, ended=ended)
            listed = []
            for one in found:
                names = await list_loans_of(conn, one.person_id)
                own = (name for name, loan in names.items() if loan == one.hand_off.loan_id)
                listed.append((one, next(own, "?")))
            return listed

    rows = at_installation(work)
    if not rows:
        click.echo(f"no {kind}")
        return
    table = Table()
    for heading in ("ref", "lender", "loan", "state", "opened (UTC)", "by", "to", "needs"):
        table.add_column(heading, overflow="fold")
    for kept, loan in rows:
        one = kept.hand_off
        needs = ", ".join(one.needs) if state_of(one) == "proposed" else ""
        opened = str(kept.opened_at)[:16]
        table.add_row(
            one.ref, kept.tenant_id, loan, state_of(one), opened, one.opened_by, one.to, needs
        )
    Console(width=200, soft_wrap=False).print(table)


def show(ref: str, kind: HandOffKind) -> None:
    """Print one hand-off with its steps."""
    from outreach.usecases.handing_off import NotFoundError, find

    async def work(runtime: "Runtime") -> "KeptHandOff":
        kept = await find(runtime, ref)
        if kept.hand_off.kind is not kind:
            raise NotFoundError(ref)
        return kept

    kept = at_installation(work)
    one = kept.hand_off
    click.echo(f"{one.kind} {one.ref}: {state_of(one)}")
    for mark in sorted(one.marks.values(), key=lambda mark: mark.at):
        told = " ".join(f"{name}={value}" for name, value in mark.told.items())
        click.echo(f"  {mark.at.isoformat()}  {mark.step:10} {mark.by}  {told}".rstrip())
    for name, value in one.terms.items():
        if value:
            said = ", ".join(map(str, value)) if isinstance(value, list) else value
            click.echo(f"  {name}: {said}")
    if one.policy and is_open(one):
        click.echo(f"  our own outreach about the loan: {one.policy}")


def shown_written(written: "Written | None") -> None:
    """Print which folder was written."""
    if written is None:
        click.echo("its folder couldn't be written; `outreach alerts` says why, it is tried again")
    else:
        click.echo(f"written {written.path}\nmanifest sha256 {written.digest}")


def approve_one(ref: str, kind: HandOffKind, by: str, role: str, evidence: str) -> None:
    """Approve a proposal in a second person's name, write its folder, print both."""
    from outreach.usecases.following_up import write_hand_off_folder
    from outreach.usecases.handing_off import Approver, approve

    async def work(runtime: "Runtime") -> "Written | None":
        now, approver = runtime.clock.business_now(), Approver(by, role, evidence)
        kept = await approve(runtime, ref, approver, now=now, terms={}, kind=kind)
        wall = runtime.clock.wall_now()
        return await write_hand_off_folder(runtime, kept, now=now, wall=wall)

    shown_written(at_installation(work))
    show(ref, kind)


def take_one(ref: str, kind: HandOffKind, step: str, by: str, **told: str) -> None:
    """Record a step of a hand-off, with what is told of it, and print it."""
    from outreach.usecases.handing_off import take_step

    async def work(runtime: "Runtime") -> "KeptHandOff":
        said = {name: value for name, value in told.items() if value}
        now = runtime.clock.business_now()
        return await take_step(runtime, ref, step, by=by, told=said, now=now, kind=kind)

    at_installation(work)
    show(ref, kind)


def open_one(kind: HandOffKind, loan: str, lender: str | None, by: str, to: str = "") -> None:
    """Propose a hand-off by hand and print it.

    What an agency gets is written at once where nobody has to approve it; the worker writes cases.
    """
    from outreach.usecases.following_up import write_hand_off_folder
    from outreach.usecases.handing_off import open_by_hand

    async def work(runtime: "Runtime") -> "KeptHandOff":
        now, wall = runtime.clock.business_now(), runtime.clock.wall_now()
        slug = named_lender(runtime, lender)
        kept = await open_by_hand(runtime, slug, loan, kind, by=by, to=to, now=now, wall=wall)
        if kind is HandOffKind.PLACEMENT and not kept.hand_off.needs:
            shown_written(await write_hand_off_folder(runtime, kept, now=now, wall=wall))
        return kept

    show(at_installation(work).hand_off.ref, kind)
