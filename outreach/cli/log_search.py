"""`outreach log search` and `rebuild`: what the console searches, and making it anew."""

from typing import Any
from zoneinfo import ZoneInfo

import click

from outreach.cli.log_rows import known_lender, on_pool, show_entries
from outreach.settings import Profile, Settings
from outreach.store.pool import Pool


@click.command()
@click.option("--lender", required=True, help="Whose log.")
@click.option("--verdict", multiple=True, help="allowed, deferred, blocked or inbound.")
@click.option("--rule", multiple=True, help="The rule that held it back, by its id.")
@click.option("--channel", multiple=True, help="sms, call, email …")
@click.option("--purpose", multiple=True, help="servicing_reminder, collection …")
@click.option("--status", multiple=True, help="The delivery state: delivered, failed …")
@click.option("--template", multiple=True, help="KEY, or KEY@VERSION.")
@click.option("--treatment", multiple=True, help="NAME, or NAME@VERSION.")
@click.option("--outcome", multiple=True, help="What it counts as: sent, conversation …")
@click.option("--operator", multiple=True, help="Who asked for it by hand, as signed.")
@click.option(
    "--from", "since", default="-7d", show_default=True, help="First day: a date, or -7d."
)
@click.option("--to", "until", default="", help="Last day; what came last by default.")
@click.option("--phone", help="Only what went to this number, or came from who has it.")
@click.option("--loan", help="Only about this loan, by the lender's own reference.")
@click.option("--borrower", help="Only this borrower's, by the lender's own reference.")
@click.option("--limit", default=30, show_default=True, type=click.IntRange(1, 1000))
def search(**asked: Any) -> None:
    """Search the contact log as the console does, the newest last, without any words.

    An option given twice means either value; different options all hold.
    """
    from outreach.domain.log_filters import FIELDS, parse_filter
    from outreach.runtime import Clock
    from outreach.store.clock import find_clock
    from outreach.store.contact_log_search import EVERYBODY
    from outreach.store.pool import reading_as
    from outreach.store.vault import Vault
    from outreach.usecases.search_log import Kind, LogPage, find_whose, query_of, read_number
    from outreach.usecases.search_log import search_log as find

    pairs = [(name, value) for name in FIELDS for value in asked[name]]
    wanted, problems = parse_filter([*pairs, ("from", asked["since"]), ("to", asked["until"])])
    if problems:
        raise click.UsageError(f"--{problems[0].name} {problems[0].value}: there is no such value")
    private = {kind: asked[kind] for kind in Kind if asked[kind]}
    if len(private) > 1:
        raise click.UsageError("name one of --phone, --loan and --borrower")

    async def read(settings: Settings, pool: Pool) -> LogPage:
        slug, vault = known_lender(settings, asked["lender"]), Vault(settings.require_master_key())
        lender, whose = settings.lenders[slug], EVERYBODY
        for kind, said in private.items():
            text = read_number(said, lender.country) if kind is Kind.PHONE else said
            if text is None:
                raise click.UsageError("--phone: numbers must be complete")
            async with reading_as(pool, slug) as conn:
                found = await find_whose(conn, vault, slug, kind, text)
            if found is None:
                return LogPage(count=0)
            whose = found
        async with pool.acquire() as conn:
            clock = Clock()
            if settings.profile is not Profile.PRODUCTION:
                clock.set(await find_clock(conn))
        zone = ZoneInfo(lender.timezone)
        query = query_of(slug, wanted, clock.business_now(), zone, whose)
        return await find(pool, vault, query, limit=asked["limit"])

    page = on_pool(read)
    if page.is_late:
        raise click.ClickException("finding these took too long: shorten the period")
    show_entries(reversed(page.entries))
    more = "more than " if page.is_more else ""
    click.echo(f"{more}{page.count} found" if page.count is not None else "too many to count")


@click.command()
def rebuild() -> None:
    """Make the searchable form of the log anew from the log itself.

    Searching finds less until it is done. Workers may go on: they and this take turns.
    """
    from outreach.plans import load_rulebook, load_words
    from outreach.store.vault import Vault
    from outreach.usecases.considering import Considering
    from outreach.usecases.fold_log import Folding, rebuild_log

    async def fold(settings: Settings, pool: Pool) -> int:
        vault = Vault(settings.require_master_key())
        considering = Considering(load_rulebook(settings, vault), load_words(settings))
        return await rebuild_log(Folding(pool, vault, considering))

    click.echo(f"{on_pool(fold)} rows of the log read; it can be searched")
