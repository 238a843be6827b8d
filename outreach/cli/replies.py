"""`outreach replies`: answers that a person has to read before the channel goes on."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from outreach.cli.operators import Desk, at_desk
from outreach.domain.vocabulary import Channel, OptOutScope
from outreach.settings import Settings

if TYPE_CHECKING:
    from outreach.usecases.reviewing import Settled, Waiting

# A topic can't be told from a text by anybody but the lender; it is settled as a preference.
_SCOPES: Final = [OptOutScope.ENDPOINT.value, OptOutScope.MEDIUM.value, OptOutScope.ALL.value]
_MEDIA: Final = [Channel.SMS.value, Channel.CALL.value, Channel.EMAIL.value, "phone"]


@click.group()
def replies() -> None:
    """List replies that wait for a person, settle them, and measure how replies are read.

    docs/opt-outs.md tells how requests to stop are read, docs/replies.md everything else.
    """


@replies.command("list")
@click.option("--lender", help="Only this lender's.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000))
def list_(lender: str | None, limit: int) -> None:
    """Show what waits, the oldest first. It is somebody's personal data: mind the screen."""
    from outreach.usecases.reviewing import list_waiting

    async def work(settings: Settings, desk: Desk) -> "list[Waiting]":
        del settings
        return await list_waiting(desk, lender, limit=limit)

    rows = at_desk(work)
    if not rows:
        click.echo("no reply is waiting")
    for row in rows:
        kept = "channel held" if row.holds else "nothing held"
        click.echo(
            f"{row.number:>8}  {row.since:%Y-%m-%d %H:%M}  {row.tenant}  {row.channel}  {kept}"
        )
        click.echo(f"          {row.text or '(erased)'}")
        if row.read_as:
            click.echo(f"          read as {_reading(row)}")


def _reading(row: "Waiting") -> str:
    said = row.read_as
    words = [str(said["kind"])]
    if said["scope"]:
        words.append(f"scope {said['scope']}")
    if said["media"]:
        words.append(f"about {', '.join(said['media'])}")
    if said["heard"]:
        words.append(f"heard {', '.join(said['heard'])}")
    return "; ".join(words)


@replies.command()
@click.argument("number", type=int)
@click.option("--opt-out", "scope", type=click.Choice(_SCOPES),
              help="It asks to stop: at that address, on the medium, or altogether.")  # fmt: skip
@click.option("--medium", "media", multiple=True, type=click.Choice(_MEDIA),
              help="Which medium it is about, if not the one it came by; repeatable.")  # fmt: skip
@click.option("--no-opt-out", "is_none", is_flag=True, help="It asks nothing of the kind.")
@click.option("--by", required=True, help="Your name: it is kept in the log, for good.")
@click.option("--why", default="", help="Your reason, if it isn't plain.")
def resolve(
    number: int, scope: str | None, media: tuple[str, ...], by: str, why: str, *, is_none: bool
) -> None:
    """Settle one reply, by the number that `list` shows; its hold is released."""
    from outreach.store.vault import ErasedError
    from outreach.usecases.reviewing import NoReviewError, Verdict, settle_review

    if (scope is None) is not is_none:
        raise click.UsageError("say what it was: --opt-out with a scope, or --no-opt-out")
    if media and is_none:
        raise click.UsageError("--medium goes with --opt-out")
    if not by.strip():
        raise click.UsageError("--by is empty: say who settles this")
    verdict = Verdict(OptOutScope(scope) if scope else None, media)

    async def work(settings: Settings, desk: Desk) -> "Settled":
        del settings
        return await settle_review(desk, number, verdict, by=by, why=why, now=desk.now)

    try:
        settled = at_desk(work)
    except NoReviewError:
        raise click.ClickException(f"no reply {number} is waiting") from None
    except ErasedError:
        raise click.ClickException(f"reply {number}: the person was erased") from None
    if scope:
        click.echo(f"{number}: recorded as an opt-out ({scope})")
    elif settled.still_binding:
        click.echo(f"{number}: no opt-out; the channel stays closed by another request")
    else:
        click.echo(f"{number}: no opt-out; whoever waited is looked at again")


@replies.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--half", type=click.Choice(["all", "development", "kept aside"]), default="all",
              show_default=True, help="Of the texts, by a bit of their hash.")  # fmt: skip
@click.option("--missed", is_flag=True, help="List what is read as something else.")
def measure(file: Path, half: str, *, missed: bool) -> None:
    """Show precision and recall by intent on a labeled set in YAML; see docs/replies.md."""
    from outreach.config_files.reply_labels import LabelsError, load_labels
    from outreach.domain.reply_accuracy import half_of, score

    try:
        rows = half_of(load_labels(file), half)
    except LabelsError as exc:
        raise click.ClickException(str(exc)) from None
    languages = Counter(one.language for one in rows)
    listed = ", ".join(f"{count} {language}" for language, count in sorted(languages.items()))
    click.echo(f"{len(rows)} replies: {listed}")
    click.echo(f"{'intent':<14}{'labeled':>8}{'read':>6}{'precision':>11}{'recall':>8}")
    for one in score(rows):
        shares = f"{float(one.precision):>11.2f}{float(one.recall):>8.2f}"
        click.echo(f"{one.intent:<14}{one.labeled:>8}{one.read:>6}{shares}")
    for row in rows if missed else ():
        if row.read != row.intents:
            read = " ".join(sorted(row.read)) or "none"
            click.echo(f"{row.language}  {row.text}  read as {read}")
