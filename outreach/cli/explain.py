"""`outreach explain`."""

import asyncio
from datetime import datetime
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from outreach.cli.servers import on_servers
from outreach.settings import Settings, load_settings


@click.command()
@click.argument("loan")
@click.option(
    "--at", "at_text", help="Business time to explain, RFC 3339 with its offset; now by default."
)
@click.option("--lender", help="Slug of the lender, where several have a loan of this name.")
def explain(loan: str, at_text: str | None, lender: str | None) -> None:
    """Say why the borrower of LOAN was, was not or will be contacted.

    LOAN is the lender's own reference. Shows the next step, each rule's verdict on it, when it
    clears, and what the log says.
    """
    with on_servers(load_settings(), quiet=True) as settings:
        if lender is not None and lender not in settings.lenders:
            known = ", ".join(settings.lenders)
            raise click.UsageError(f"no lender is called {lender}; there are {known}")
        found = asyncio.run(_explain(settings, loan, at_text, lender))
    if not found:
        raise click.ClickException(
            f"no loan is called {loan}; `outreach inbox list` shows signals without effect"
        )
    for one in found:
        _show(Console(), one)


async def _explain(
    settings: Settings, loan: str, at_text: str | None, lender: str | None
) -> list[Any]:
    from outreach.runtime import open_runtime
    from outreach.usecases.explain import explain_loan

    async with open_runtime(settings, pool_size=2) as runtime:
        now = runtime.clock.business_now()
        at = _instant(at_text) if at_text else now
        tenants = [lender] if lender else list(settings.lenders)
        return await explain_loan(runtime, tenants, loan, at=at, now=now)


def _instant(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise click.UsageError(
            f"--at {text!r} is no RFC 3339 time, such as 2026-11-23T17:00:00Z"
        ) from None
    if at.tzinfo is None:
        raise click.UsageError(f"--at {text!r} has no offset; add Z or, say, +08:00")
    return at


def _show(console: Console, one: Any) -> None:
    """Print one explanation."""
    from outreach.domain.standing import Due, Wait

    console.rule(f"[bold]{one.loan.ref}[/] · {one.loan.tenant_id}")
    zone = one.state.lender_timezone if one.state else "UTC"
    console.print(f"At {_local(one.at, zone)} ({zone})")
    if one.state is not None:
        owed = sum(part.outstanding_minor for part in one.state.installments)
        console.print(f"Loan {one.state.status}, {owed} minor units of {one.state.currency} unpaid")
    match one.looked.answer:
        case Due() as due if one.looked.allowed is not None:
            console.print(
                f"[green]Contact now[/]: step {due.step_key}, day {due.day}, try {due.try_number}"
            )
        case Due() as due:
            until = one.looked.until(one.at)
            console.print(
                f"[yellow]Step {due.step_key} is due but may not be made[/], day {due.day}"
            )
            console.print(
                f"Looked at again {_local(until, zone) if until else 'when something changes'}"
            )
        case Wait(why=why, until=until):
            moment = f"until {_local(until, zone)}" if until else "until something changes"
            console.print(f"Nothing to do now: {why}, {moment}")
        case _:
            console.print(f"Nothing can be decided: {one.looked.refusal}")
    if one.rules:
        _rules(console, one, zone)
    if one.waits:
        console.print("On the way there:" if one.next_at else "In sight:")
        for moment, why in one.waits[:10]:
            console.print(f"  {_local(moment, zone)}  {why}")
    if one.next_at is not None:
        console.print(f"[bold]Next contact[/]: {_local(one.next_at, zone)}, step {one.next_step}")
    else:
        console.print("[bold]Next contact[/]: none in sight as things are")
    if one.past:
        _past(console, one, zone)


def _rules(console: Console, one: Any, zone: str) -> None:
    table = Table(title="Rules about it", title_justify="left")
    for heading in ("rule", "verdict", "why", "clears", "authority"):
        table.add_column(heading, overflow="fold")
    for row in sorted(one.rules, key=lambda row: row.reason is None):
        reason = row.reason
        shadow = "" if row.rule.enforce else " (not enforced)"
        if reason is None:
            table.add_row(row.rule.id, f"[green]allows[/]{shadow}", "", "", row.rule.authority)
            continue
        detail = ", ".join(f"{name} {value}" for name, value in reason.parameters.items())
        clears = _local(reason.until, zone) if reason.until else "not by waiting"
        verdict = f"[red]{reason.verdict}[/]{shadow}"
        why = f"{reason.code}{': ' + detail if detail else ''}"
        table.add_row(row.rule.id, verdict, why, clears, row.rule.authority)
    console.print(table)


def _past(console: Console, one: Any, zone: str) -> None:
    table = Table(title="What the log says, newest first", title_justify="left")
    for heading in ("when", "what", "step", "detail"):
        table.add_column(heading, overflow="fold")
    for row in one.past:
        reasons = {
            reason["rule"]
            for tried in row.body.get("tried", ())
            for reason in tried.get("reasons", ())
        }
        detail = ", ".join(sorted(reasons)) or str(
            row.body.get("state") or row.body.get("why") or ""
        )
        table.add_row(_local(row.at, zone), row.kind, str(row.body.get("step", "")), detail)
    console.print(table)


def _local(at: datetime, zone: str) -> str:
    from zoneinfo import ZoneInfo

    return at.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M:%S")
