"""`outreach explain`."""

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from outreach.cli.servers import on_servers
from outreach.compliance.pack import OnFail
from outreach.rendering.verdicts import (
    LANGUAGES,
    Language,
    index_rules,
    say_around,
    say_cause,
    say_choice,
    say_decision,
    say_moment,
    say_reason,
)
from outreach.settings import Settings, load_settings

if TYPE_CHECKING:
    from outreach.usecases.explain import Explanation


@click.command()
@click.argument("loan")
@click.option(
    "--at", "at_text", help="Business time to explain, RFC 3339 with its offset; now by default."
)
@click.option("--lender", help="Slug of the lender, where several have a loan of this name.")
@click.option(
    "--lang",
    "language",
    type=click.Choice(LANGUAGES),
    default="en",
    show_default=True,
    help="Language of the words.",
)
def explain(loan: str, at_text: str | None, lender: str | None, language: Language) -> None:
    """Say why the borrower of LOAN was, was not or will be contacted.

    LOAN is the lender's own reference. Shows the next step, each rule's verdict on it in words,
    what would clear it and when, and what the log says. Times are the borrower's.
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
        _show(Console(), one, language)


async def _explain(
    settings: Settings, loan: str, at_text: str | None, lender: str | None
) -> "list[Explanation]":
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


def _show(console: Console, one: "Explanation", language: Language) -> None:
    """Print one explanation."""
    from outreach.domain.standing import Due, Wait

    def say(key: str, **known: str | int) -> str:
        return escape(say_around(key, language, **known))

    console.rule(f"[bold]{escape(one.loan.ref)}[/] · {one.loan.tenant_id}")
    zone = _zone(one)
    console.print(say("at", at=say_moment(one.at, zone, language)))
    if one.state is not None:
        owed = sum(part.outstanding_minor for part in one.state.installments)
        known = {"status": one.state.status or "?", "currency": one.state.currency}
        console.print(say("loan", owed=owed, **known))
    match one.looked.answer:
        case Due() as due if one.looked.allowed is not None:
            known = {"step": due.step_key}
            words = say("now", day=due.day, tries=due.try_number, **known)
            console.print(f"[green]{words}[/]")
        case Due() as due:
            console.print(f"[yellow]{say('not_now', step=due.step_key, day=due.day)}[/]")
            until = one.looked.until(one.at)
            again = say("again", at=say_moment(until, zone, language)) if until else ""
            console.print(again or say("again_changed"))
        case Wait(why=why, until=until):
            words = say("nothing", code=why, why=say_cause(why, language))
            moment = say("until", at=say_moment(until, zone, language)) if until else ""
            console.print(f"{words} {moment or say('until_changed')}")
        case _:
            code = one.looked.refusal
            console.print(say("undecided", code=code, why=say_cause(code, language)))
    if one.rules:
        _decision(console, one, zone, language)
        _rules(console, one, zone, language)
    if one.waits:
        console.print(say("on_the_way" if one.next_at else "in_sight"))
        for at, code in one.waits[:10]:
            console.print(f"  {_local(at, zone)}  {escape(_waited(code, language))}")
    if one.next_at is not None:
        moment = say_moment(one.next_at, zone, language)
        console.print(f"[bold]{say('next', at=moment, step=one.next_step)}[/]")
    else:
        console.print(f"[bold]{say('next_none')}[/]")
    if one.past:
        _past(console, one, zone, language)


def _zone(one: "Explanation") -> str:
    """Return where instants are read: where the borrower is, else the lender's place."""
    facts = one.looked.facts
    if facts is not None and facts.zones:
        return facts.zones[0].zone
    return one.state.lender_timezone if one.state else "UTC"


def _waited(code: str, language: Language) -> str:
    """Return a look's stable word with what it means, where it has a meaning by itself."""
    cause, _, rest = code.partition(":")
    words = say_cause(cause, language)
    return code if words == cause else f"{words} {rest}".strip() + f" ({cause})"


def _decision(console: Console, one: "Explanation", zone: str, language: Language) -> None:
    """Print the verdict on the first way that was tried, and why these packs judge it."""
    judgment, decision = one.looked.judgment, one.looked.trials[0].decision
    if judgment is None:
        return
    said = say_decision(
        decision, index_rules(judgment.selection.packs), at=one.at, zone=zone, language=language
    )
    console.print(escape(said.headline))
    asked = {row.rule.id for row in one.rules}
    for reason in said.reasons:
        if reason.rule not in asked:  # of the service itself: it is in no pack's table
            console.print(f"  {escape(f'{reason.sentence} {reason.clears} ({reason.rule})')}")
    for words in (said.needs, said.obligations):
        if words:
            console.print(escape(words))
    console.print(escape(say_around("packs", language)) + ":")
    for choice in judgment.selection.choices:
        if choice.chosen:
            console.print(f"  {escape(say_choice(choice, language))}")


def _rules(console: Console, one: "Explanation", zone: str, language: Language) -> None:
    def say(key: str) -> str:
        return escape(say_around(key, language))

    table = Table(title=say("rules"), title_justify="left")
    for heading in ("rule", "verdict", "why", "clears", "authority"):
        table.add_column(say(heading), overflow="fold")
    for row in sorted(one.rules, key=lambda row: row.reason is None):
        rule, reason = row.rule, row.reason
        shadow = "" if rule.enforce else f" ({say('not_enforced')})"
        if reason is None:
            allows = f"[green]{say('allows')}[/]{shadow}"
            table.add_row(escape(rule.id), allows, "", "", escape(rule.authority))
            continue
        rules = {(rule.id, rule.primitive): rule}
        said = say_reason(reason, rules, at=one.at, zone=zone, language=language)
        stops = "warns" if rule.on_fail is OnFail.WARN else "objects"
        table.add_row(
            f"{escape(rule.id)}\n{escape(said.title)}",
            f"[red]{say(stops)}[/]{shadow}",
            f"{escape(said.sentence)} ({escape(reason.code)})",
            escape(said.clears),
            escape(f"{said.authority} ({said.force})"),
        )
    console.print(table)


def _past(console: Console, one: "Explanation", zone: str, language: Language) -> None:
    table = Table(title=say_around("past", language), title_justify="left")
    for heading in ("when", "what", "step", "detail"):
        table.add_column(say_around(heading, language), overflow="fold")
    for row in one.past:
        reasons = {
            reason["rule"]
            for tried in row.body.get("tried", ())
            for reason in tried.get("reasons", ())
        }
        known = row.body.get("state") or row.body.get("why") or row.body.get("by") or ""
        detail = ", ".join(sorted(reasons)) or str(known)
        step = str(row.body.get("step") or row.body.get("type") or "")
        table.add_row(_local(row.at, zone), row.kind, escape(step), escape(detail))
    console.print(table)


def _local(at: datetime, zone: str) -> str:
    return at.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M:%S")
