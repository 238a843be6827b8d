"""`outreach pauses`: what must not be used until somebody has looked, from a template to all."""

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any, Final

import click

from outreach.cli.operators import Desk, at_desk
from outreach.domain.records import dataclass
from outreach.domain.vocabulary import Channel
from outreach.settings import Settings

if TYPE_CHECKING:
    from outreach.store.pauses import Pause

_SCOPES: Final = ("everything", "channel", "treatment", "template", "sender", "account")
_ALL: Final = "*"


@click.group()
def pauses() -> None:
    """Place, list and lift pauses: of everything, a channel, a template and more.

    A pause acts on the next reservation, and on what was reserved and hasn't left yet: within a
    second. A provider's word that a sender isn't registered, a template is filtered or an account
    is closed places one by itself, and so does the error-rate brake; people lift them.
    """


def _about(command: Callable[..., Any]) -> Callable[..., Any]:
    for decorate in (
        click.option("--reason", required=True, help="Why; kept in the log, for good."),
        click.option("--by", required=True, help="Your name; kept in the log, for good."),
        click.option(
            "--lender", default=_ALL, show_default="every lender", help="Only for this lender."
        ),
        click.argument("subject", default=""),
        click.argument("scope", type=click.Choice(_SCOPES)),
    ):
        command = decorate(command)
    return command


@dataclass(frozen=True, slots=True)
class _Named:
    """What a command line names."""

    lender: str
    scope: str
    subject: str


@pauses.command()
@_about
def place(scope: str, subject: str, lender: str, by: str, reason: str) -> None:
    r"""Stop contacts of one kind.

    \b
    everything              the kill switch; of one lender with --lender
    channel sms             whatever goes by one channel
    treatment us-default    one treatment, or one version of it (name@hash)
    template overdue_early  one template, or one version of it (key@hash)
    sender main             one sender, by its slug or its address
    account twilio          one provider account
    """
    from outreach.store.pauses import Pause
    from outreach.usecases.pausing import Said, place

    _require(by, reason)

    async def work(settings: Settings, desk: Desk) -> Pause:
        one = _pause(settings, _Named(lender, scope, subject))
        await place(desk, one, Said(by, reason, desk.now, desk.wall_now))
        return one

    click.echo(f"paused: {_words(at_desk(work))}")


@pauses.command()
@_about
def lift(scope: str, subject: str, lender: str, by: str, reason: str) -> None:
    """Lift one pause; whoever waited for it is looked at again at once."""
    from outreach.store.pauses import Pause
    from outreach.usecases.pausing import Said, take_off

    _require(by, reason)

    async def work(settings: Settings, desk: Desk) -> int:
        said = Said(by, reason, desk.now, desk.wall_now)
        # As it was listed, or by a slug of today's settings; what was removed from them lifts too.
        if found := await take_off(desk, Pause(lender, scope, subject), said):
            return found
        return await take_off(desk, _pause(settings, _Named(lender, scope, subject)), said)

    if not at_desk(work):
        raise click.ClickException("no such pause; `outreach pauses list` shows them")
    click.echo("lifted")


@pauses.command("list")
def list_() -> None:
    """List what is paused and which accounts don't answer; exit status 1 when anything is."""
    from rich.console import Console
    from rich.table import Table

    from outreach.store.circuits import Circuit, list_circuits
    from outreach.store.pauses import PlacedPause, list_pauses

    async def read(_: Settings, desk: Desk) -> tuple[list[PlacedPause], list[Circuit]]:
        async with desk.db.acquire() as conn:
            return await list_pauses(conn), await list_circuits(conn)

    paused, circuits = at_desk(read)
    if not paused and not circuits:
        click.echo("nothing is paused")
        return
    table = Table()
    for heading in ("lender", "what", "which", "why", "by", "since (UTC)"):
        table.add_column(heading, overflow="fold")
    for one in paused:
        since = f"{one.placed_at:%Y-%m-%d %H:%M}"
        table.add_row(*one[:4], one.placed_by, since)
    for circuit in circuits:
        why = f"doesn't answer: {circuit.reason}"
        since = f"{circuit.opened_at:%Y-%m-%d %H:%M}"
        table.add_row(_ALL, "circuit", circuit.account, why, "outreach", since)
    Console().print(table)
    raise click.exceptions.Exit(1)


@pauses.command()
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000))
def history(limit: int) -> None:
    """Show who placed and lifted what, and why, newest first, as the sealed log has it."""
    from outreach.usecases.pausing import Word
    from outreach.usecases.pausing import history as read_history

    async def read(_: Settings, desk: Desk) -> list[Word]:
        return await read_history(desk, limit=limit)

    for word in at_desk(read):
        body = word.body
        said = (
            f"{body['type']} {body['scope']} {body['subject']}".rstrip() if body else "unreadable"
        )
        why = f"by {body['by']}: {body['reason']}" if body else ""
        click.echo(f"{word.at:%Y-%m-%d %H:%M:%S}  {word.tenant_id}  {said}  {why}".rstrip())


def _require(by: str, reason: str) -> None:
    if not by.strip() or not reason.strip():
        raise click.UsageError("say who you are with --by, and why with --reason")


def _pause(settings: Settings, named: _Named) -> "Pause":
    """Return the pause that is meant; a misspelled one would stop nothing.

    Raises:
        click.UsageError: There is nothing of that name.
    """
    from outreach.store.pauses import Pause

    if named.lender != _ALL:
        _one_of("lender", named.lender, settings.lenders)
    subject = named.subject
    if (named.scope == "everything") != (not subject):
        raise click.UsageError("name what to pause; `everything` takes no name")
    key = subject.partition("@")[0]
    match named.scope:
        case "channel":
            _one_of("channel", subject, [one.value for one in Channel])
        case "account":
            _one_of("account", subject, settings.providers)
        case "sender":
            subject = _address(settings, named)
        case "template":
            folder = settings.templates_dir / "messages"
            known = [one.name for one in folder.iterdir() if (one / "meta.yaml").is_file()]
            _one_of("template", key, known)
        case "treatment":
            folder = settings.config_dir / "treatments"
            _one_of("treatment", key, [one.stem for one in folder.glob("*.yaml")])
        case _:
            pass
    return Pause(named.lender, named.scope, subject)


def _address(settings: Settings, named: _Named) -> str:
    """Return a sender's address; it may be named by its slug."""
    lenders = (
        [settings.lenders[named.lender]] if named.lender != _ALL else settings.lenders.values()
    )
    senders = {slug: one.address for lender in lenders for slug, one in lender.senders.items()}
    if named.subject in senders.values():
        return named.subject
    _one_of("sender", named.subject, senders)
    return senders[named.subject]


def _one_of(what: str, name: str, known: Collection[str]) -> None:
    if name not in known:
        listed = ", ".join(sorted(known)) or "none"
        raise click.UsageError(f"there is no {what} {name!r}; there are {listed}")


def _words(one: "Pause") -> str:
    whose = "every lender" if one.tenant_id == _ALL else one.tenant_id
    return f"{one.scope} {one.subject}".rstrip() + f" of {whose}"
