"""What the commands on a lender's own words share: whose, which, who, and what is refused."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from outreach.cli.operators import Desk, at_desk
from outreach.domain.records import dataclass
from outreach.domain.template_versions import Place, RefusedError, Version, actor_of
from outreach.domain.vocabulary import Channel
from outreach.settings import Settings, load_settings

if TYPE_CHECKING:
    from outreach.store.pool import Pool
    from outreach.usecases.considering import Considering
    from outreach.usecases.template_drafts import By

_T = TypeVar("_T")
_Command = Callable[..., Any]
_SAYS: Final = {
    "not_open": "the version isn't in a state that allows it",
    "not_yours": "it takes another role",
    "own_words": "who wrote a word of it can't let it through: somebody else has to",
    "must_fix": "something must be mended first: see `outreach templates lint`",
    "sentence_missing": "say why each finding is right as it is, by --why FINDING=SENTENCE",
    "unchanged": "it says what stands already",
    "outdated": "other words went live, or the files changed, since it was begun or approved:"
    " look at the difference and save it anew",
    "already_approved": "nothing is missing that you could give",
    "no_reason": "it needs a --reason",
    "not_approved": "an approver has to let it through first",
    "compliance_missing": "it is legal text: compliance has to let it through as well",
    "in_the_past": "that time is over",
    "never_live": "only what was live can be live again",
    "bad_share": "the shares leave nothing for one of the arms, nothing stands that it could be"
    " tried beside, or a trial runs already",
    "gone": "there is no such version, or it was changed meanwhile",
}


@dataclass(frozen=True, slots=True)
class Words:
    """What commands on words take: the database, and the files as they are now."""

    settings: Settings
    db: "Pool"
    considering: "Considering"
    desk: Desk


def at_words(work: "Callable[[Words], Awaitable[_T]]") -> _T:
    """Run work on words; what is refused is said for people.

    Raises:
        click.ClickException: It was refused.
    """

    async def run(settings: Settings, desk: Desk) -> _T:
        from outreach.plans import load_rulebook, load_words
        from outreach.usecases.considering import Considering
        from outreach.usecases.template_live import follow_words

        considering = Considering(load_rulebook(settings), load_words(settings))
        words = Words(settings, desk.db, considering, desk)
        await follow_words(words, now=desk.now)
        return await work(words)

    try:
        return at_desk(run)
    except RefusedError as error:
        detail = f" ({error.detail})" if error.detail else ""
        raise click.ClickException(f"{_SAYS[error.why]}{detail}") from error


def of_lender(command: _Command) -> _Command:
    """Add the option that names the lender."""
    return click.option("--lender", help="Slug of the lender; needed where there are several.")(
        command
    )


def of_place(command: _Command) -> _Command:
    """Add what names a place: key, language, channel, lender."""
    for option in (
        of_lender,
        click.option("--channel", type=click.Choice([str(one) for one in Channel]), default="sms",
                     show_default=True),
        click.option("--locale", default="en-US", show_default=True, help="Language of the words."),
        click.argument("key"),
    ):  # fmt: skip
        command = option(command)
    return command


def by_login(command: _Command) -> _Command:
    """Add who does it."""
    return click.option("--by", required=True, help="Your login: what you do is kept with it.")(
        command
    )


def lender_of(lender: str | None) -> str:
    """Return the lender that an option names, or the only one there is.

    Raises:
        click.UsageError: There is none of that name, or several.
    """
    settings = load_settings()
    slug = lender or (next(iter(settings.lenders)) if len(settings.lenders) == 1 else "")
    if slug not in settings.lenders:
        known = ", ".join(settings.lenders) or "none"
        raise click.UsageError(f"name the lender with --lender; there are {known}")
    return slug


def place_of(lender: str | None, key: str, locale: str, channel: str) -> Place:
    """Return the place that options name."""
    return Place(lender_of(lender), key, locale, Channel(channel))


async def by_account(words: Words, tenant: str, login: str) -> "By":
    """Return who does something: somebody who has an account.

    Raises:
        click.ClickException: Nobody has that login.
    """
    from outreach.store.operators import find_account
    from outreach.usecases.template_drafts import By

    async with words.db.acquire() as conn:
        account = await find_account(conn, login.casefold())
    if account is None or account.operator.disabled:
        raise click.ClickException(f"there is no account {login}: see outreach users list")
    return By(actor_of(account.operator, tenant), words.desk.now, words.desk.wall_now)


async def open_version(words: Words, place: Place) -> Version:
    """Return the version of a place that isn't live yet.

    Raises:
        click.ClickException: There is none.
    """
    from outreach.usecases.template_reading import list_places

    for one in await list_places(words, place.tenant):
        if one.place == place and one.open is not None:
            return one.open
    raise click.ClickException(
        f"{place} has no open version; import one, or begin it in the console"
    )
