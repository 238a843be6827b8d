"""`outreach replies`: answers that a person has to read before the channel goes on."""

from collections import Counter
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from outreach.cli.operators import Desk, at_desk
from outreach.domain.records import dataclass
from outreach.domain.vocabulary import Channel, OptOutScope
from outreach.settings import Settings
from outreach.store.pool import Pool
from outreach.store.reading import list_loans_of
from outreach.store.vault import Vault

if TYPE_CHECKING:
    from outreach.usecases.reviewing import Settled, Waiting

# A topic can't be told from a text by anybody but the lender; it is settled as a preference.
_SCOPES: Final = [OptOutScope.ENDPOINT.value, OptOutScope.MEDIUM.value, OptOutScope.ALL.value]
_MEDIA: Final = [Channel.SMS.value, Channel.CALL.value, Channel.EMAIL.value, "phone"]


_INTENTS: Final = [
    "promise", "paid", "dispute", "hardship", "complaint", "wrong_number", "payoff", "help",
    "other",
]  # fmt: skip
_NEEDED: Final = {
    "loan": "an open loan: --loan",
    "day": "a day from today to a year from now: --day",
    "amount": "something that is owed by its day",
}


@dataclass(frozen=True, slots=True)
class _Reader:
    """What settling a reply takes."""

    db: Pool
    vault: Vault
    settings: Settings


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


@replies.command("read")
@click.argument("number", type=int)
@click.option("--as", "intent", required=True, type=click.Choice(_INTENTS), help="What it is.")
@click.option("--loan", help="Reference of the loan that it is about; needed for a promise.")
@click.option("--amount", help="What is promised, such as 247.50; all that is owed by default.")
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="By when it is promised.")
@click.option("--answer", is_flag=True, help="Answer a question with the words for help.")
@click.option("--by", required=True, help="Your name: it is kept in the log, for good.")
@click.option("--why", default="", help="Your reason, if it isn't plain.")
def read_(number: int, intent: str, by: str, why: str, *, answer: bool, **said: Any) -> None:
    """Settle one reply as something else than a request to stop.

    It takes effect as if it had been understood at once; its hold is released.
    """
    from outreach.store.vault import ErasedError
    from outreach.usecases.reading_replies import NotDoneError, ReadAs, settle_as
    from outreach.usecases.reviewing import NoReviewError, find_waiting
    from outreach.usecases.tasks import deadlines_of
    from outreach.usecases.telling_by_hand import NotToldError

    if not by.strip():
        raise click.UsageError("--by is empty: say who settles this")
    try:
        amount = Decimal(said["amount"]) if said["amount"] else None
    except InvalidOperation:
        raise click.UsageError(f"--amount {said['amount']!r} is no amount") from None
    day = said["day"].date() if said["day"] else None

    async def work(settings: Settings, desk: Desk) -> None:
        outfit = _Reader(desk.db, desk.vault, settings)
        loan = None
        if said["loan"]:
            person = (await find_waiting(desk, number)).person_id
            async with desk.db.acquire() as conn:
                loan = (await list_loans_of(conn, person)).get(said["loan"])
            if loan is None:
                raise click.ClickException(f"{said['loan']} is no loan of this borrower")
        read = ReadAs(intent, loan_id=loan, amount=amount, day=day, answers=answer, why=why)
        await settle_as(
            outfit, number, read, by=by.strip(), now=desk.now, wall=desk.wall_now,
            deadlines=deadlines_of(settings),
        )  # fmt: skip

    try:
        at_desk(work)
    except NoReviewError:
        raise click.ClickException(f"no reply {number} is waiting") from None
    except ErasedError:
        raise click.ClickException(f"reply {number}: the person was erased") from None
    except NotToldError as exc:
        raise click.ClickException(f"a promise needs {_NEEDED[exc.code]}") from None
    except NotDoneError:
        raise click.ClickException("it can't take effect so: name an open loan") from None
    click.echo(f"{number}: {intent}")


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
