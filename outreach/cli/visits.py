"""`outreach visits`: field visits, from the proposal to what came of them."""

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from outreach.cli.hand_offs import (
    at_installation,
    named_lender,
    open_one,
    show,
    show_list,
    take_one,
)
from outreach.domain.hand_offs import HandOffKind
from outreach.domain.visits import VisitOutcome

if TYPE_CHECKING:
    from outreach.runtime import Runtime
    from outreach.usecases.visiting import VisitNow

KIND = HandOffKind.VISIT
_staff = click.option(
    "--staff", multiple=True, help="Who goes, once for each; as many as the packs want."
)


@click.group()
def visits() -> None:
    """List and order visits, print a day's sheet, record what came of them.

    A treatment proposes a visit, or you open one; a second person orders it and names who go.
    """


@visits.command("list")
@click.option("--lender", help="Only this lender's; all by default.")
@click.option("--all", "ended", is_flag=True, help="Those that are over as well.")
def list_(lender: str | None, *, ended: bool) -> None:
    """List visits, the oldest first."""
    show_list(KIND, lender, ended=ended)


@visits.command("show")
@click.argument("ref")
def show_(ref: str) -> None:
    """Show one visit: its steps, and who goes."""
    show(ref, KIND)


@visits.command("open")
@click.option("--loan", required=True, help="The lender's own reference of the loan.")
@click.option("--lender", help="Slug of the lender; needed where there are several.")
@click.option("--by", required=True, help="Your name: it is kept for good.")
def open_(loan: str, lender: str | None, by: str) -> None:
    """Propose a visit by hand, where no treatment does."""
    open_one(KIND, loan, lender, by)


@visits.command()
@click.argument("ref")
@_staff
@click.option("--by", required=True, help="Your name; never that of who asked for it.")
@click.option("--role", default="collections", show_default=True, help="What you are.")
@click.option("--evidence", default="", help="What it rests on.")
def order(ref: str, staff: tuple[str, ...], by: str, role: str, evidence: str) -> None:
    """Approve the visit REF and name who go."""
    from outreach.usecases.handing_off import Approver, approve, find
    from outreach.usecases.visiting import check_staff

    async def work(runtime: "Runtime") -> Any:
        kept = await find(runtime, ref)
        check_staff(staff, kept.hand_off.terms.get("duties", ()))
        now = runtime.clock.business_now()
        terms = {"staff": list(staff)}
        approver = Approver(by, role, evidence)
        return await approve(runtime, ref, approver, now=now, terms=terms, kind=KIND)

    at_installation(work)
    show(ref, KIND)


@visits.command()
@click.argument("ref")
@_staff
@click.option("--by", required=True, help="Your name.")
def assign(ref: str, staff: tuple[str, ...], by: str) -> None:
    """Name other people for the visit REF."""
    from outreach.usecases.visiting import assign as assign_them

    async def work(runtime: "Runtime") -> Any:
        return await assign_them(runtime, ref, staff, by=by, now=runtime.clock.business_now())

    at_installation(work)
    show(ref, KIND)


@visits.command()
@click.argument("ref")
@click.option("--by", required=True, help="Your name.")
@click.option("--reason", required=True, help="Why.")
def cancel(ref: str, by: str, reason: str) -> None:
    """Call the visit REF off, or decline its proposal."""
    take_one(ref, KIND, "canceled", by, reason=reason)


@visits.command()
@click.option("--lender", help="Slug of the lender; needed where there are several.")
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="The lender's today by default.")
@click.option(
    "--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="HTML to write."
)
@click.option("--lang", type=click.Choice(["en", "zh"]), help="The lender's by default.")
def sheet(lender: str | None, day: datetime | None, out: Path, lang: Any) -> None:
    """Write the sheet of a day's visits, grouped by address, each with the link to its form.

    It is personal data: print it, or give it to those who go, and delete it.
    """
    from zoneinfo import ZoneInfo

    from outreach.rendering.papers import language_of
    from outreach.usecases.visiting import PATH, stops, visits_of_day

    async def work(runtime: "Runtime") -> "tuple[str, list[VisitNow], list[VisitNow]]":
        slug = named_lender(runtime, lender)
        plan = runtime.considering.rulebook.lenders[slug]
        now = runtime.clock.business_now()
        on: date = day.date() if day else now.astimezone(ZoneInfo(plan.timezone)).date()
        found = await visits_of_day(runtime, slug, on, now=now)
        ready = [one for one in found if one.is_staffed]
        lapses = now + plan.hand_offs.visit_link
        base = runtime.settings.public_base_url
        shown = [
            (place, [
                {
                    "ref": one.ref, "name": one.name, "address": one.address, "loan": one.loan,
                    "past_due_minor": one.past_due_minor, "currency": one.currency,
                    "zone": one.zone, "hours": one.hours, "staff": one.staff,
                    "duties": one.duties,
                    "link": f"{base}{PATH}{runtime.visit_links.issue(one.ref, lapses)}",
                }
                for one in each
            ])
            for place, each in stops(ready)
        ]  # fmt: skip
        known = {"stops": shown, "on": on, "lender": plan.name}
        html = runtime.papers.page("sheet", known, lang or language_of(plan.locale))
        return html, ready, [one for one in found if not one.is_staffed]

    html, ready, unstaffed = at_installation(work)
    out.touch(mode=0o600)
    out.write_text(html, encoding="utf-8")
    click.echo(f"{len(ready)} visits in {out}")
    for one in unstaffed:
        click.echo(f"left out {one.ref}: too few people go; `outreach visits assign {one.ref}`")


@visits.command()
@click.argument("ref")
@click.option("--by", required=True, help="Your name.")
@click.option("--outcome", required=True, type=click.Choice([one.value for one in VisitOutcome]))
@click.option("--at", "at_text", help="When they were there, RFC 3339; now by default.")
@click.option("--note", default="", help="What was said.")
@click.option("--promised-on", type=click.DateTime(["%Y-%m-%d"]), help="Date of a promise.")
@click.option("--promised", type=click.IntRange(1), help="Its amount, in minor units.")
@click.option("--disputes", is_flag=True, help="The borrower disputes the debt.")
@click.option("--hardship", is_flag=True, help="The borrower can't pay at present.")
def outcome(ref: str, by: str, outcome: str, at_text: str | None, note: str, **said: Any) -> None:
    """Record what came of the visit REF, where its form wasn't used."""
    from outreach.usecases.visiting_outcomes import VisitTold, record_visit

    promised_on, promised = said["promised_on"], said["promised"]
    if (promised_on is None) != (promised is None):
        raise click.UsageError("a promise has a date and an amount: give both")

    async def work(runtime: "Runtime") -> Any:
        now = runtime.clock.business_now()
        at = datetime.fromisoformat(at_text) if at_text else now
        if at.tzinfo is None or at > now:
            raise click.UsageError("--at needs its offset, and lies in the past")
        promise = (promised_on.date(), promised) if promised_on else None
        told = VisitTold(
            VisitOutcome(outcome),
            at,
            by,
            note,
            promise,
            disputes=said["disputes"],
            hardship=said["hardship"],
        )
        return await record_visit(runtime, ref, told, now=now, wall=runtime.clock.wall_now())

    at_installation(work)
    show(ref, KIND)
