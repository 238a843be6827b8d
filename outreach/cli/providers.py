"""`outreach providers`: which accounts there are, how they fare, whether they let us in."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

import click

from outreach.cli.operators import Desk, at_desk
from outreach.domain.vocabulary import Channel
from outreach.settings import Lender, Sender, Settings, load_settings

if TYPE_CHECKING:
    from outreach.channels.provider import Checked, Provider, SendResult
    from outreach.store.accounts import Recent, Share
    from outreach.store.circuits import Circuit
    from outreach.usecases.send_test import Words

_T = TypeVar("_T")
_HOUR: Final = timedelta(hours=1)
_CHECK_SECONDS: Final = 10.0
_MARKS: Final = {"works": "green", "refused": "red", "unreachable": "red", "cannot_tell": "yellow"}


@click.group("providers")
def providers() -> None:
    """List accounts at providers, check that they let us in, try a sender out."""


@providers.command("list")
def list_() -> None:
    """Show every account: who sends by it, whether it answers, what it did in the last hour."""
    from rich.console import Console
    from rich.table import Table

    settings, health = at_desk(_read_health)
    if not settings.providers:
        click.echo("there is no account; add a table [providers.<slug>] to the settings")
        return
    table = Table()
    for heading in ("account", "adapter", "used by", "health", "share", "last hour"):
        table.add_column(heading, overflow="fold")
    for name, provider in settings.providers.items():
        used = [
            f"{lender}.{sender} ({one.channel})"
            for lender, each in settings.lenders.items()
            for sender, one in each.senders.items()
            if one.provider == name
        ]
        table.add_row(name, provider.adapter, ", ".join(used) or "nobody", *health.of(name))
    Console().print(table)


class _Health(NamedTuple):
    """What the database knows of accounts."""

    circuits: "Mapping[str, Circuit]"
    shares: "Mapping[str, Share]"
    recent: "Mapping[str, Recent]"

    def of(self, account: str) -> tuple[str, str, str]:
        """Return an account's circuit, share and last hour, in words."""
        circuit, share = self.circuits.get(account), self.shares.get(account)
        recent = self.recent.get(account)
        answers = "answers"
        if circuit is not None:
            answers = f"circuit open since {_clock(circuit.opened_at)}: {circuit.reason}"
        part = "all"
        if share is not None and share.share < 1:
            part = f"{share.share:.0%} since {_clock(share.changed_at)}: {share.reason}"
        did = "nothing"
        if recent is not None:
            did = f"{recent.contacts} contacts, {recent.failed} failed, {recent.unknown} unknown"
        return answers, part, did


async def _read_health(settings: Settings, desk: Desk) -> tuple[Settings, _Health]:
    from outreach.store.accounts import list_recent, list_shares
    from outreach.store.circuits import list_circuits

    async with desk.db.acquire() as conn:
        circuits = {one.account: one for one in await list_circuits(conn)}
        recent = await list_recent(conn, since=desk.wall_now - _HOUR)
        return settings, _Health(circuits, await list_shares(conn), recent)


def _clock(at: datetime) -> str:
    return f"{at:%H:%M} UTC"


@providers.command("check")
@click.argument("accounts", nargs=-1)
def check(accounts: tuple[str, ...]) -> None:
    """Ask each vendor whether it lets us in, by a call that sends nothing.

    Without ACCOUNTS all of them. A vendor without such a call is said to have none; its options
    are complete and readable all the same, or nothing could be built. Exit status 1 when an
    account is refused or doesn't answer.
    """
    settings = load_settings()
    for name in accounts:
        _one_of("account", name, settings.providers)

    async def ask(built: "Mapping[str, Provider]") -> "dict[str, Checked]":
        return {name: await _check(built[name]) for name in accounts or built}

    found = asyncio.run(_with_providers(settings, ask))
    for name, checked in found.items():
        verdict = click.style(checked.verdict.replace("_", " "), fg=_MARKS[checked.verdict])
        click.echo(f"{name}: {verdict}" + (f" ({checked.why})" if checked.why else ""))
    if any(one.verdict in {"refused", "unreachable"} for one in found.values()):
        raise click.exceptions.Exit(1)


async def _check(provider: "Provider") -> "Checked":
    from outreach.channels.provider import Checkable, Checked

    if not isinstance(provider, Checkable):
        return Checked("cannot_tell", "the vendor has no call that sends nothing")
    return await provider.check(_CHECK_SECONDS)


@providers.command("send-test")
@click.argument("lender")
@click.argument("sender")
@click.argument("address")
@click.option("--by", required=True, help="Your name; kept in the log, for good.")
@click.option("--template", help="Key of a template, filled with its sample facts.")
@click.option("--locale", help="Language of the template; the lender's by default.")
@click.option(
    "--live",
    is_flag=True,
    help="Send to an address that isn't among the lender's `guests`; asks once more.",
)
def send_test(
    lender: str,
    sender: str,
    address: str,
    by: str,
    template: str | None,
    locale: str | None,
    *,
    live: bool,
) -> None:
    """Send one message from a lender's SENDER to an ADDRESS of your own.

    It goes out in every mode, for real, to a number or address among the lender's `guests`. It is
    logged as a test of yours, never as a contact, and never sent to an address that is known for a
    borrower. Calls, WhatsApp and vendors of registered templates need a --template.
    """
    settings = load_settings()
    _one_of("lender", lender, settings.lenders)
    who = settings.lenders[lender]
    _one_of("sender", sender, who.senders)
    if not by.strip():
        raise click.UsageError("--by is empty: say who sends this")
    words = _words(settings, who, who.senders[sender], template, locale)
    if live:
        click.confirm(f"This really goes to {address}. Send it?", abort=True)
    result = _send(lender, sender, address, by=by, words=words, confirmed=live)
    _tell(result)


def _tell(result: "SendResult") -> None:
    from outreach.channels.provider import Accepted
    from outreach.usecases.send_test import said_of

    click.echo(said_of(result))
    if not isinstance(result, Accepted):
        raise click.exceptions.Exit(1)


def _send(
    lender: str, sender: str, address: str, *, by: str, words: "Words", confirmed: bool
) -> "SendResult":
    from outreach.usecases.send_test import RefusedTestError, Try, send_test

    async def work(settings: Settings, desk: Desk) -> "SendResult":
        who = settings.lenders[lender]
        one = who.senders[sender]
        folded = address.casefold() if "@" in address else address
        is_guest = folded in {guest.casefold() if "@" in guest else guest for guest in who.guests}

        async def hand_over(built: "Mapping[str, Provider]") -> "SendResult":
            attempt = Try(
                lender,
                built[one.provider],
                one.channel,
                one.address,
                address,
                by.strip(),
                is_guest=is_guest,
                confirmed=confirmed,
            )
            return await send_test(desk, attempt, words, now=desk.now, wall_now=desk.wall_now)

        return await _with_providers(settings, hand_over)

    try:
        return at_desk(work)
    except RefusedTestError as refused:
        raise click.ClickException(str(refused)) from refused


def _words(
    settings: Settings, lender: Lender, sender: Sender, template: str | None, locale: str | None
) -> "Words":
    """Return what the test says: a template with sample facts, or a plain sentence."""
    from outreach.channels import REGISTRY
    from outreach.rendering.catalog import load_catalog
    from outreach.rendering.message import render
    from outreach.usecases.send_test import Words

    if template is None:
        adapter = REGISTRY.get(settings.providers[sender.provider].adapter)
        able = adapter.capabilities if adapter else None
        registered = able is not None and able.template_only
        if registered or sender.channel in {Channel.CALL, Channel.WHATSAPP}:
            raise click.UsageError("that sender says templates only: name one with --template")
        text = f"{lender.name}: this is a test of our messages. Nothing is due."
        return Words(text, f"{lender.name}: a test", "", {}, lender.locale)
    found = load_catalog(settings.templates_dir / "messages").pick(
        template, sender.channel, (locale or lender.locale,)
    )
    samples = found.meta.samples.get(found.locale, {})
    if not samples:
        raise click.UsageError(f"{template} has no sample facts in {found.locale}")
    said = render(found, next(iter(samples.values())))
    return Words(said.text, said.subject, template, said.variables, said.locale)


async def _with_providers(
    settings: Settings, work: "Callable[[Mapping[str, Provider]], Awaitable[_T]]"
) -> _T:
    """Build the configured providers, use them, and close what has connections of its own."""
    import aiohttp

    from outreach.channels import build_providers
    from outreach.channels.provider import SelfClosing
    from outreach.runtime import Clock
    from outreach.store.vault import Vault

    async with aiohttp.ClientSession() as session:
        vault = Vault(settings.require_master_key())
        built = build_providers(settings, session, vault, Clock())
        try:
            return await work(built)
        finally:
            for provider in built.values():
                if isinstance(provider, SelfClosing):
                    await provider.close()


@providers.command("schema")
def schema() -> None:
    """Print the JSON Schema of a file in config/providers."""
    from outreach.channels.gateway_description import provider_schema

    click.echo(json.dumps(provider_schema(), indent=2, ensure_ascii=False))


@providers.command("capabilities")
def capabilities() -> None:
    """Print what each adapter can do, as in docs/providers/README.md."""
    from outreach.channels.capability_page import as_markdown

    click.echo(as_markdown(), nl=False)


def _one_of(what: str, name: str, known: Mapping[str, object]) -> None:
    if name not in known:
        listed = ", ".join(sorted(known)) or "none"
        raise click.UsageError(f"there is no {what} {name!r}; there are {listed}")
