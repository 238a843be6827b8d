"""`outreach templates versions` and the rest: a lender's own words, from draft to live and back."""

from datetime import datetime, timedelta
from difflib import unified_diff
from typing import TYPE_CHECKING, Final

import click

from outreach.cli.template_files import export, import_
from outreach.cli.template_words import (
    Words,
    at_words,
    by_account,
    by_login,
    lender_of,
    of_lender,
    of_place,
    open_version,
    place_of,
)
from outreach.domain.intervals import Share, wilson
from outreach.domain.template_arms import arm_name
from outreach.domain.template_versions import Place, Version

if TYPE_CHECKING:
    from outreach.store.template_contacts import ArmCount


@click.command("versions")
@click.argument("key", required=False)
@of_lender
def versions(key: str | None, lender: str | None) -> None:
    """List what a lender wrote itself: of one KEY every version, else what is open or live."""
    from rich.console import Console
    from rich.table import Table

    tenant = lender_of(lender)

    async def read(words: Words) -> tuple[list[Version], list[str]]:
        from outreach.usecases.template_reading import list_places, list_versions

        listed = await list_places(words, tenant)
        below = [str(one.place) for one in listed if one.file_changed]
        if key is None:
            current = [(*one.live, *([one.open] if one.open else [])) for one in listed]
            return [one for each in current for one in each], below
        own = [one.place for one in listed if one.place.key == key]
        return [one for place in own for one in await list_versions(words, place)], below

    found, below = at_words(read)
    if not found:
        click.echo("nothing: the words that came with the installation stand")
        return
    table = Table()
    for heading in ("words", "version", "state", "share", "written by", "changed", "hash"):
        table.add_column(heading, overflow="fold")
    for one in found:
        state = f"{one.state} at {one.go_live_at:%Y-%m-%d %H:%M}Z" if one.go_live_at else one.state
        table.add_row(
            str(one.place),
            f"v{one.number}",
            state,
            f"{one.percent} %" if one.percent else "",
            ", ".join(one.authors),
            f"{one.changed_at:%Y-%m-%d %H:%M}Z",
            one.content_hash,
        )
    Console().print(table)
    for name in below:
        click.echo(
            f"conflict: {name}: a newer file lies below what is live; take it by"
            " `outreach templates rollback --to 0`, or keep yours by rolling back to its own number"
        )


@click.command("diff")
@of_place
@click.option("--old", type=int, help="Number; what stands by default, 0 for the file.")
@click.option("--new", type=int, help="Number; the open version by default.")
def diff(
    key: str, locale: str, channel: str, lender: str | None, old: int | None, new: int | None
) -> None:
    """Show what changes from one version of KEY to another. Exit status 1 when something does."""
    place = place_of(lender, key, locale, channel)

    async def read(words: Words) -> list[tuple[str, str, str]]:
        from outreach.usecases.template_reading import standing

        stands = standing(words, place)
        chosen = []
        for number in (stands.number if old is None else old, new):
            if number == 0:
                chosen.append(("the file", stands.file_subject, stands.file_source))
                continue
            one = await _numbered(words, place, number)
            chosen.append((f"v{one.number}", one.subject, one.source))
        return chosen

    (before, *was), (after, *now) = at_words(read)
    lines = list(
        unified_diff(
            "".join(was).splitlines(), "".join(now).splitlines(), before, after, lineterm=""
        )
    )
    if not lines:
        click.echo(f"{before} and {after} say the same")
        return
    for line in lines:
        color = {"+": "green", "-": "red"}.get(line[:1])
        click.echo(click.style(line, fg=color))
    raise click.exceptions.Exit(1)


async def _numbered(words: Words, place: Place, number: int | None) -> Version:
    from outreach.usecases.template_reading import find_number

    if number is None:
        return await open_version(words, place)
    found = await find_number(words, place, number)
    if found is None:
        raise click.ClickException(f"{place} has no v{number}")
    return found


@click.command("submit")
@of_place
@by_login
def submit(key: str, locale: str, channel: str, lender: str | None, by: str) -> None:
    """Send the draft of KEY for approval."""
    place = place_of(lender, key, locale, channel)

    async def work(words: Words) -> Version:
        from outreach.usecases.template_drafts import submit as send

        one = await open_version(words, place)
        who = await by_account(words, place.tenant, by)
        return await send(words, place.tenant, one.version_id, who, revision=one.revision)

    sent = at_words(work)
    more = ", by compliance as well" if sent.needs_compliance else ""
    click.echo(f"{place} v{sent.number} waits for approval{more}")


@click.command("approve")
@of_place
@by_login
@click.option(
    "--why", "sentences", multiple=True, metavar="FINDING=SENTENCE",
    help="Why something to consider is right as it is; repeat it.",
)  # fmt: skip
def approve(
    key: str, locale: str, channel: str, lender: str | None, by: str, sentences: tuple[str, ...]
) -> None:
    """Let the version of KEY that waits for it through; never one's own words."""
    place = place_of(lender, key, locale, channel)
    pairs = [one.partition("=") for one in sentences]

    async def work(words: Words) -> Version:
        from outreach.usecases.template_approving import approve as let_through
        from outreach.usecases.template_checks import check_words

        one = await open_version(words, place)
        who = await by_account(words, place.tenant, by)
        said = {name: sentence for name, _, sentence in pairs}
        for found in check_words(words, place, one.source, one.subject, now=who.now).consider:
            if found.id not in said:
                click.echo(f"to consider, {found.id}: {found.words}")
        return await let_through(
            words, place.tenant, one.version_id, who, revision=one.revision, sentences=said
        )

    done = at_words(work)
    words = "is approved" if done.state == "approved" else "waits for one more approval"
    click.echo(f"{place} v{done.number} {words}")


@click.command("publish")
@of_place
@by_login
@click.option(
    "--at",
    type=click.DateTime(["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M%z"]),
    help="When, with its offset; at once by default.",
)
@click.option("--share", type=click.IntRange(1, 99), help="Try it with so many percent of people.")
@click.option("--hold-out", type=click.IntRange(0, 98), default=0, show_default=True,
              help="With --share: percent that keep the old words, not compared.")  # fmt: skip
def publish(
    key: str,
    locale: str,
    channel: str,
    lender: str | None,
    by: str,
    at: datetime | None,
    share: int | None,
    hold_out: int,
) -> None:
    """Make the approved version of KEY live: every worker uses it within a second."""
    place = place_of(lender, key, locale, channel)
    if at is not None and share is not None:
        raise click.UsageError("--at and --share don't go together: begin a trial by hand")

    async def work(words: Words) -> Version:
        from outreach.domain.template_lifecycle import Trial
        from outreach.usecases.template_approving import publish as make_live
        from outreach.usecases.template_approving import schedule

        one = await open_version(words, place)
        who = await by_account(words, place.tenant, by)
        if at is not None:
            return await schedule(words, place.tenant, one.version_id, who, at=at)
        trial = None if share is None else Trial(share, hold_out)
        return await make_live(words, place.tenant, one.version_id, who, trial=trial)

    done = at_words(work)
    when = f"goes live at {done.go_live_at:%Y-%m-%d %H:%M}Z" if done.go_live_at else "is live"
    click.echo(f"{place} v{done.number} {when}" + (f" for {share} %" if share else ""))


@click.command("rollback")
@of_place
@by_login
@click.option("--to", type=click.IntRange(0), required=True, help="Number; 0 for the file's words.")
@click.option("--reason", required=True, help="Kept for good.")
def rollback(
    key: str, locale: str, channel: str, lender: str | None, by: str, to: int, reason: str
) -> None:
    """Make an older version of KEY live again for everybody; of a trial, one arm."""
    place = place_of(lender, key, locale, channel)

    async def work(words: Words) -> None:
        from outreach.usecases.template_approving import roll_back

        who = await by_account(words, place.tenant, by)
        await roll_back(words, place, who, to=to, reason=reason)

    at_words(work)
    click.echo(f"{place}: {f'v{to}' if to else 'the file'} is live")


@click.command("withdraw")
@of_place
@by_login
@click.option("--reason", default="", help="Needed once it was sent for approval.")
def withdraw(key: str, locale: str, channel: str, lender: str | None, by: str, reason: str) -> None:
    """Give the open version of KEY up."""
    place = place_of(lender, key, locale, channel)

    async def work(words: Words) -> Version:
        from outreach.usecases.template_drafts import withdraw as give_up

        one = await open_version(words, place)
        who = await by_account(words, place.tenant, by)
        return await give_up(words, place.tenant, one.version_id, who, reason=reason)

    click.echo(f"{place} v{at_words(work).number} is withdrawn")


@click.command("report")
@of_place
@click.option("--days", type=click.IntRange(1, 366), default=30, show_default=True)
def report(key: str, locale: str, channel: str, lender: str | None, days: int) -> None:
    """Count what became of contacts by version of KEY; replies within three days."""
    from rich.console import Console
    from rich.table import Table

    place = place_of(lender, key, locale, channel)

    async def work(words: Words) -> "list[ArmCount]":
        from outreach.usecases.template_reading import report_arms

        return await report_arms(words, place, since=words.desk.now - timedelta(days=days))

    found = at_words(work)
    if not found:
        click.echo(f"nobody was contacted with {place} in the last {days} days")
        return
    table = Table()
    for heading in ("version", "contacts", "delivered", "failed", "replied", "opted out"):
        table.add_column(heading, overflow="fold")
    for one in found:
        table.add_row(
            arm_name(one.number),
            str(one.contacts),
            *(
                _share(Share(hits, one.contacts))
                for hits in (one.delivered, one.failed, one.replied, one.opted_out)
            ),
        )
    Console().print(table)


def _share(share: Share) -> str:
    low, high = wilson(share)
    return f"{share.hits}, {share.hits / share.total:.1%} ({low:.1%} to {high:.1%})"


COMMANDS: Final = (
    versions,
    diff,
    submit,
    approve,
    publish,
    rollback,
    withdraw,
    report,
    export,
    import_,
)
