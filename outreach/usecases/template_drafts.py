"""Drafts of words: begin one, save it over nobody's, send it for approval, give it up."""

from dataclasses import replace
from datetime import datetime
from typing import Final, NamedTuple, Protocol

from outreach.domain import template_lifecycle as lifecycle
from outreach.domain.template_versions import (
    MAY_WRITE,
    OPEN,
    Actor,
    NewWords,
    Place,
    Refusal,
    RefusedError,
    Version,
)
from outreach.domain.vocabulary import Channel
from outreach.store.operators import keep_action
from outreach.store.pool import Connection, Pool
from outreach.store.template_approvals import void_approvals
from outreach.store.template_versions import (
    add_version,
    find_numbered,
    find_open,
    list_live_at,
    lock_place,
    lock_version,
    save_version,
)
from outreach.usecases.considering import Considering
from outreach.usecases.template_checks import check_words, is_legal_change, stands_at

MOST_CHARACTERS: Final = 20_000
"""Of a draft's source: more than any channel takes, so that what is too long can still be saved."""


class Outfit(Protocol):
    """What working on words takes."""

    @property
    def db(self) -> Pool:
        """Where they are."""

    @property
    def considering(self) -> Considering:
        """Files, packs and lenders."""


class By(NamedTuple):
    """Who does something, and when: business time for the version, wall time for the audit."""

    actor: Actor
    now: datetime
    wall_now: datetime


class Saved(NamedTuple):
    """A draft was saved; so many approvals of its earlier words hold no longer."""

    version: Version
    voided: int = 0


class Conflict(NamedTuple):
    """Somebody else saved meanwhile: nothing was overwritten."""

    mine: NewWords
    theirs: Version


async def open_draft(
    outfit: Outfit, place: Place, by: By, *, based_on: int | None = None
) -> Version:
    """Return the open version of a place, or begin a draft.

    Args:
        outfit: Database and files.
        place: What it is the words of.
        by: Who begins it.
        based_on: Number of the version whose words it begins with, 0 for the file's; those that
            stand by default.

    Raises:
        RefusedError: There is no such key or language, no such version, or they don't write.
    """
    catalog = outfit.considering.catalog
    if not by.actor.may(MAY_WRITE):
        raise RefusedError(Refusal.NOT_YOURS, ", ".join(sorted(MAY_WRITE)))
    if place.key not in catalog.keys or place.locale not in catalog.locales:
        raise RefusedError(Refusal.GONE, str(place))
    if place.channel not in set(Channel) or place.tenant not in outfit.considering.rulebook.lenders:
        raise RefusedError(Refusal.GONE, str(place))
    async with outfit.db.acquire() as conn, conn.transaction():
        await lock_place(conn, place)
        found = await find_open(conn, place)
        if found is not None:
            return found
        stands = stands_at(catalog, place, await list_live_at(conn, place))
        words = NewWords(stands.source, stands.subject)
        if based_on == 0:
            words = NewWords(stands.file_source, stands.file_subject)
        elif based_on is not None:
            older = await find_numbered(conn, place, based_on)
            if older is None:
                raise RefusedError(Refusal.GONE, f"{place} v{based_on}")
            words = NewWords(older.source, older.subject, older.note)
        is_same = words[:2] == (stands.source, stands.subject)
        checked = check_words(outfit, place, *words[:2], now=by.now)
        version = await add_version(
            conn,
            place,
            words,
            (stands.number, stands.hash, stands.source, stands.subject),
            (stands.file_hash, is_legal_change(checked, stands), checked.content_hash),
            () if is_same else (by.actor.login,),
            by.now,
        )
        await audit(conn, version, by, "begun")
    return version


async def save_draft(
    outfit: Outfit,
    tenant: str,
    version_id: int,
    words: NewWords,
    by: By,
    *,
    revision: int,
    onto_standing: bool = False,
) -> Saved | Conflict:
    """Save what somebody wrote; what was sent for approval becomes a draft again.

    Args:
        outfit: Database and files.
        tenant: Whose.
        version_id: Of an open version.
        words: As written; line ends of any kind.
        by: Who wrote.
        revision: That they began from.
        onto_standing: They have seen what went live, or came with the files, since it was begun.

    Raises:
        RefusedError: It is gone or no longer open, or they don't write.
    """
    words = as_kept(words)
    catalog = outfit.considering.catalog
    async with outfit.db.acquire() as conn, conn.transaction():
        version = await locked(conn, tenant, version_id)
        if version.revision != revision and version.state in OPEN:
            same = (version.source, version.subject) == words[:2]
            if not same or onto_standing:
                return Conflict(words, version)
        changed = lifecycle.change(version, words, by.actor, by.now)
        is_same = words == (version.source, version.subject, version.note)
        if is_same and not onto_standing:
            return Saved(version)
        place = version.place
        stands = stands_at(catalog, place, await list_live_at(conn, place))
        checked = check_words(outfit, place, *words[:2], now=by.now)
        if onto_standing:
            changed = replace(
                changed,
                based_number=stands.number,
                based_hash=stands.hash,
                based_source=stands.source,
                based_subject=stands.subject,
                file_hash=stands.file_hash,
            )
        changed = replace(
            changed,
            content_hash=checked.content_hash,
            needs_compliance=is_legal_change(checked, stands),
        )
        voided = await void_approvals(conn, version, now=by.now)
        await save_version(conn, changed)
        more = f", {voided} approvals void" if voided else ""
        await audit(conn, changed, by, "saved", f"revision {changed.revision}{more}")
    return Saved(changed, voided)


async def submit(outfit: Outfit, tenant: str, version_id: int, by: By, *, revision: int) -> Version:
    """Send a draft for approval.

    Raises:
        RefusedError: It is gone or was saved meanwhile, says nothing new, or must be mended first.
    """
    catalog = outfit.considering.catalog
    async with outfit.db.acquire() as conn, conn.transaction():
        version = await locked(conn, tenant, version_id, revision)
        place = version.place
        checked = check_words(outfit, place, version.source, version.subject, now=by.now)
        stands = stands_at(catalog, place, await list_live_at(conn, place))
        sent = lifecycle.submit(version, checked.as_findings, by.actor, by.now)
        if (version.based_hash, version.file_hash) != (stands.hash, stands.file_hash):
            raise RefusedError(Refusal.OUTDATED)
        sent = replace(
            sent,
            content_hash=checked.content_hash,
            needs_compliance=is_legal_change(checked, stands),
        )
        await save_version(conn, sent)
        await audit(conn, sent, by, "submitted")
    return sent


async def withdraw(
    outfit: Outfit, tenant: str, version_id: int, by: By, *, reason: str = ""
) -> Version:
    """Give up a version that isn't live; one that was sent for approval takes a reason.

    Raises:
        RefusedError: It is gone or was live, they may not, or the reason is missing.
    """
    async with outfit.db.acquire() as conn, conn.transaction():
        version = await locked(conn, tenant, version_id)
        ended = lifecycle.withdraw(version, reason, by.actor, by.now)
        await void_approvals(conn, version, now=by.now)
        await save_version(conn, ended)
        await audit(conn, ended, by, "withdrawn", reason.strip())
    return ended


async def locked(
    conn: Connection, tenant: str, version_id: int, revision: int | None = None
) -> Version:
    """Return a version, locked until the transaction ends.

    Raises:
        RefusedError: There is none, or it isn't at the revision that was seen.
    """
    version = await lock_version(conn, tenant, version_id)
    if version is None:
        raise RefusedError(Refusal.GONE, str(version_id))
    if revision is not None and version.revision != revision:
        raise RefusedError(Refusal.GONE, f"it is at revision {version.revision}")
    return version


async def audit(conn: Connection, version: Version, by: By, what: str, more: str = "") -> None:
    """Keep what was done with a version, in the transaction that does it."""
    subject = f"{version.place} v{version.number}" + (f": {more}" if more else "")
    await keep_action(
        conn,
        by.actor.login,
        f"template.{what}",
        subject,
        tenant=version.place.tenant,
        at=by.wall_now,
    )


def as_kept(words: NewWords) -> NewWords:
    """Return words with plain line ends and one at the end, as files have them.

    Raises:
        RefusedError: They are longer than anything that is kept.
    """
    if len(words.source) > MOST_CHARACTERS or len(words.subject) > MOST_CHARACTERS:
        raise RefusedError(Refusal.MUST_FIX, f"more than {MOST_CHARACTERS} characters")
    return NewWords(_lines(words.source), _lines(words.subject), words.note.strip()[:500])


def _lines(text: str) -> str:
    plain = text.replace("\r\n", "\n").replace("\r", "\n").rstrip()
    return f"{plain}\n" if plain else ""
