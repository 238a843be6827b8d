"""What pages and commands show of templates: which words stand, since when, by whom, used where."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple, Protocol

import asyncpg

from outreach.domain.records import dataclass
from outreach.domain.template_arms import FILE_NUMBER, trial_of
from outreach.domain.template_versions import OPEN, Approval, Place, State, Version
from outreach.domain.vocabulary import Channel, Purpose
from outreach.store.pool import Pool, reading_as
from outreach.store.template_approvals import Life
from outreach.store.template_approvals import list_approvals as read_approvals
from outreach.store.template_approvals import list_lives as read_lives
from outreach.store.template_contacts import ArmCount, count_arms, count_of_hashes
from outreach.store.template_versions import (
    find_numbered,
    find_of_hash,
    list_current,
)
from outreach.store.template_versions import find_version as read_version
from outreach.store.template_versions import list_versions as read_versions
from outreach.store.template_versions import list_waiting as read_waiting
from outreach.usecases.confirming_judgment import TEMPLATES
from outreach.usecases.considering import Considering
from outreach.usecases.template_checks import Stands, stands_at, words_hash

MOST_COUNTED: Final = 10_000
_MOST_LIVES: Final = 50
_MOST_COMPARED: Final = 200


class Outfit(Protocol):
    """What reading takes."""

    @property
    def db(self) -> Pool:
        """Where versions and contacts are."""

    @property
    def considering(self) -> Considering:
        """Files, live words, treatments, lenders."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One place in a lender's list of templates.

    Attributes:
        place: Key, language, channel.
        about: What the key is for, one sentence.
        purposes: That it may be used for.
        template_class: As its meta file declares.
        notice: Kind of notice; "" for none.
        has_file: Whether a file came with the installation.
        live: Versions that stand before it, more than one while one is tried; none: the file does.
        hold_out: Share that keeps the standing words while another is tried.
        open: The draft, or what became of it before it is live.
        file_changed: A newer file lies below what is live: take it, or keep what is live, by a
            roll-back to either.
    """

    place: Place
    about: str
    purposes: frozenset[Purpose]
    template_class: str
    notice: str
    has_file: bool
    live: tuple[Version, ...]
    hold_out: int
    open: Version | None
    file_changed: bool


class UsedBy(NamedTuple):
    """A step that says it; `treatment` is "" for answers to replies."""

    treatment: str
    ref: str
    step: str


@dataclass(frozen=True, slots=True)
class Counted:
    """How many contacts; None: counting took too long. A capped count is that many or more."""

    count: int | None
    is_capped: bool


async def list_places(outfit: Outfit, tenant: str) -> list[Listed]:
    """Return every key, language and channel that a lender has words or a draft for, in order."""
    catalog = outfit.considering.catalog
    async with reading_as(outfit.db, tenant) as conn:
        current = await list_current(conn, tenant)
    places = {Place(tenant, one.key, one.locale, one.channel) for one in catalog}
    places |= {one.place for one in current}
    found = []
    for place in sorted(places):
        meta = catalog.keys.get(place.key)
        file = catalog.find(place.key, place.locale, place.channel)
        own = [one for one in current if one.place == place]
        live = tuple(one for one in own if one.state is State.LIVE)
        below = words_hash(file.source, file.subject_source) if file is not None else ""
        found.append(
            Listed(
                place=place,
                about=meta.about if meta else "",
                purposes=meta.purposes if meta else frozenset(),
                template_class=meta.template_class if meta else "",
                notice=meta.notice if meta else "",
                has_file=file is not None,
                live=live,
                hold_out=sum(one.hold_out for one in live),
                open=next((one for one in own if one.state in OPEN), None),
                file_changed=any(one.file_hash != below for one in live),
            )
        )
    return found


async def find_version(outfit: Outfit, tenant: str, version_id: int) -> Version | None:
    """Return a version of a lender; None if it has no such."""
    async with reading_as(outfit.db, tenant) as conn:
        return await read_version(conn, tenant, version_id)


async def find_number(outfit: Outfit, place: Place, number: int) -> Version | None:
    """Return the version of a place with this number; None if there is none."""
    async with reading_as(outfit.db, place.tenant) as conn:
        return await find_numbered(conn, place, number)


async def list_versions(
    outfit: Outfit, place: Place, *, before: int | None = None, most: int = 50
) -> list[Version]:
    """Return versions of a place, newest first; `before` a number goes on below it."""
    async with reading_as(outfit.db, place.tenant) as conn:
        return await read_versions(conn, place, before=before, most=most)


async def list_approvals(outfit: Outfit, tenant: str, version_id: int) -> list[Approval]:
    """Return every decision on a version, voided ones as well, oldest first."""
    async with reading_as(outfit.db, tenant) as conn:
        return await read_approvals(conn, tenant, version_id)


async def list_lives(outfit: Outfit, place: Place) -> list[Life]:
    """Return when which version of a place was live, newest first."""
    async with reading_as(outfit.db, place.tenant) as conn:
        return await read_lives(conn, place, most=_MOST_LIVES)


async def list_waiting(outfit: Outfit, tenants: Sequence[str], most: int = 50) -> list[Version]:
    """Return what waits for approval at some lenders, the longest waiting first."""
    found: list[Version] = []
    for tenant in tenants:
        async with reading_as(outfit.db, tenant) as conn:
            found += await read_waiting(conn, tenant, most=most)
    return sorted(found, key=lambda one: (one.submitted_at or one.changed_at, one.version_id))[
        :most
    ]


def standing(outfit: Outfit, place: Place) -> Stands:
    """Return the words that stand at a place, as this process knows them."""
    catalog = outfit.considering.catalog
    live = catalog.live.get((place.tenant, place.key, place.locale, place.channel))
    return stands_at(catalog, place, live.versions if live is not None else ())


async def words_of(outfit: Outfit, tenant: str, ref: str) -> Version | None:
    """Return the version whose words a contact's `key@hash` names; None: they were a file's."""
    key, _, of = ref.partition("@")
    async with reading_as(outfit.db, tenant) as conn:
        return await find_of_hash(conn, tenant, key, of)


def used_by(outfit: Outfit, place: Place) -> list[UsedBy]:
    """Return the steps of treatments that say it, and answers to replies that do."""
    found = []
    language = place.locale.partition("-")[0]
    for treatment in outfit.considering.rulebook.treatments:
        if treatment.locale.partition("-")[0] != language:
            continue
        steps = [step for span in treatment.stages for step in span.steps]
        steps += treatment.events.values()
        if treatment.quote_step is not None:
            steps.append(treatment.quote_step)
        names = dict.fromkeys(
            step.key
            for step in steps
            for route in step.routes
            if (route.template, route.channel) == (place.key, place.channel)
        )
        found += [UsedBy(treatment.name, treatment.ref, step) for step in names]
    if place.channel is Channel.SMS:
        found += [UsedBy("", "", kind) for kind, key in TEMPLATES.items() if key == place.key]
    return list(dict.fromkeys(found))


async def count_contacts(outfit: Outfit, tenant: str, version: Version) -> Counted:
    """Count the contacts that said a version, to a cap."""
    try:
        async with reading_as(outfit.db, tenant) as conn:
            most = MOST_COUNTED + 1
            count = await count_of_hashes(
                conn, tenant, version.place.key, version.hashes, most=most
            )
    except (asyncpg.QueryCanceledError, TimeoutError):
        return Counted(None, is_capped=False)
    return Counted(min(count, MOST_COUNTED), is_capped=count > MOST_COUNTED)


async def report_arms(outfit: Outfit, place: Place, *, since: datetime) -> list[ArmCount]:
    """Return by version what became of contacts since a business time, newest version first.

    The file's words are number 0. People who are held out of the trial under way aren't counted.
    """
    file = outfit.considering.catalog.find(place.key, place.locale, place.channel)
    numbers = {} if file is None else {file.content_hash: FILE_NUMBER}
    async with reading_as(outfit.db, place.tenant) as conn:
        versions = await read_versions(conn, place, before=None, most=_MOST_COMPARED)
        numbers |= {of: one.number for one in versions for of in one.hashes}
        live = [one for one in versions if one.state is State.LIVE]
        hold_out = sum(one.hold_out for one in live)
        return await count_arms(
            conn, place.tenant, place.key, numbers, trial_of(live), hold_out, since=since
        )
