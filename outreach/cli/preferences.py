"""`outreach preferences`: times, places, channels and addresses a person asked for or against."""

from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import click

from outreach.cli.operators import about_person, read, said_by, tell
from outreach.domain.preference_words import WEEKDAYS
from outreach.domain.preferences import CONTACT_HOURS, EVERY_DAY, Preference
from outreach.domain.vocabulary import Channel, PreferenceKind

if TYPE_CHECKING:
    from outreach.usecases.protecting import OnRecord, Word

_HOURS: Final = "-"


@click.group()
def preferences() -> None:
    """List, set and remove what a person asked for or against.

    It takes effect with the next decision on the person, at their own local time.
    """


@preferences.command("list")
@about_person
def list_(loan: str | None, borrower: str | None, lender: str | None) -> None:
    """List what one person asked for, against, or agreed to."""
    _show([one for one in read((lender, loan, borrower)).preferences if not one.removed])


@preferences.command("set")
@about_person
@click.argument("kind", type=click.Choice([one.value for one in PreferenceKind]))
@said_by
@click.option("--id", "ref", help="To change one that exists; a new one by default.")
@click.option("--hours", help="Local hours such as 12:00-14:00; over midnight is 22:00-07:00.")
@click.option("--days", help="Weekdays such as mon,tue; every day by default.")
@click.option("--place", help="A place, such as work.")
@click.option("--channel", type=click.Choice([one.value for one in Channel]))
@click.option("--endpoint", help="Id of one of their addresses, as the platform names it.")
@click.option("--about", help="What was agreed, if not hours of contact.")
@click.option("--form", type=click.Choice(["written", "oral"]), help="How the person asked.")
@click.option("--until", help="Last date, or RFC 3339 instant of the end; until removed if absent.")
def set_(
    loan: str | None, borrower: str | None, lender: str | None, by: str, evidence: str, **said: Any
) -> None:
    """Record that a person asked for something AGAINST, ONLY so, or AGREED to it.

    AGAINST bars what is named; ONLY bars everything else of its kind; AGREED hours count as open
    where a rule lets agreed hours do so.
    """
    from outreach.usecases.protecting import Word

    ref = said["ref"] or f"operator:{uuid4().hex[:12]}"
    begins, _, ends = (said["hours"] or "").partition(_HOURS)
    preference = {
        "id": ref,
        "kind": said["kind"],
        "from": begins.strip(),
        "to": ends.strip(),
        "days": [day.strip() for day in (said["days"] or "").split(",") if day.strip()],
        "place": said["place"],
        "channel": said["channel"],
        "endpoint": said["endpoint"],
        "about": said["about"],
        "form": said["form"],
        "until": said["until"],
        "evidence": evidence,
        "by": by,
    }
    told = {"preference": {name: value for name, value in preference.items() if value}}
    known = tell((lender, loan, borrower), lambda _: [Word("preference.set", told)], by=by)
    click.echo(f"recorded {ref}")
    _show([one for one in known.preferences if one.ref == ref])


@preferences.command()
@about_person
@click.argument("ref")
@said_by
def remove(
    loan: str | None, borrower: str | None, lender: str | None, ref: str, by: str, evidence: str
) -> None:
    """Remove the preference REF: the person withdrew it."""

    def words(known: "OnRecord") -> "list[Word]":
        from outreach.usecases.protecting import Word

        if not any(one.ref == ref and not one.removed for one in known.preferences):
            raise click.ClickException(f"there is no {ref}; `outreach preferences list`")
        told = {"preference": {"id": ref, "by": by, "evidence": evidence}}
        return [Word("preference.removed", told)]

    tell((lender, loan, borrower), words, by=by)
    click.echo(f"removed {ref}")


def _show(shown: list[Preference]) -> None:
    from rich.console import Console
    from rich.table import Table

    if not shown:
        click.echo("no preference")
        return
    table = Table()
    for heading in ("id", "kind", "what", "until (UTC)", "by", "evidence"):
        table.add_column(heading, overflow="fold")
    for one in shown:
        until = str(one.expires_at or "")[:16] or "removed"
        table.add_row(one.ref, one.kind, _what(one), until, one.by, one.evidence)
    Console().print(table)


def _what(one: Preference) -> str:
    parts = [part for part in (one.channel, one.endpoint_id, one.place) if part]
    if one.kind is PreferenceKind.AGREED and one.about != CONTACT_HOURS:
        parts.append(one.about)
    if one.days != EVERY_DAY:
        parts.append(",".join(WEEKDAYS[day] for day in sorted(one.days)))
    if one.start_minute != one.end_minute:
        parts.append(f"{_clock(one.start_minute)}-{_clock(one.end_minute)}")
    return " ".join(parts)


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
