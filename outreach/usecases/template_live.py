"""Lenders' live words in this process: read when one number says that others are live.

Nothing is asked per contact. What can't be compiled isn't used: the place keeps the words that the
process had, or has none, and whoever is to be contacted with it isn't; the log and an alert say so.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Final, Protocol

import structlog

from outreach.domain.template_versions import Place, Version
from outreach.rendering.catalog import Catalog, LiveWords, Name
from outreach.rendering.errors import TemplateFileError
from outreach.rendering.message import MessageTemplate
from outreach.store.alerts import Alert, raise_alerts
from outreach.store.pool import Pool
from outreach.store.template_versions import find_generation, know_hash, list_live
from outreach.usecases.considering import Considering
from outreach.usecases.template_checks import stands_at

log = structlog.get_logger(__name__)

UNUSABLE: Final = "template_version_unusable"
"""Kind of the alert that a live version can't be used."""
FILE_CHANGED: Final = "template_file_changed"
"""Kind of the alert that a newer file lies below words that stand before it."""


class Outfit(Protocol):
    """What following live words takes."""

    @property
    def db(self) -> Pool:
        """Where they are."""

    @property
    def considering(self) -> Considering:
        """Whose catalog follows them."""


async def follow_words(outfit: Outfit, *, now: datetime) -> bool:
    """Use the words that are live by now; returns whether any had changed.

    Args:
        outfit: Database, and whose catalog.
        now: Business time, of an alert.
    """
    catalog = outfit.considering.catalog
    async with outfit.db.acquire() as conn:
        generation = await find_generation(conn)
        if generation == catalog.generation:
            return False
        versions = await list_live(conn)
        live: dict[Name, LiveWords] = {}
        alerts: list[Alert] = []
        for place, own in _by_place(versions):
            name = (place.tenant, place.key, place.locale, place.channel)
            try:
                live[name] = compile_place(catalog, own)
                if name not in catalog.live:  # said once by each process, not with every change
                    alerts += _file_changed(catalog, own)
            except TemplateFileError as error:
                alerts.append(_alert(place, error))
                live[name] = catalog.live.get(name) or LiveWords({}, own, is_unusable=True)
        # Whoever looks for a contact's words later must find them, so this comes before use.
        for words in live.values():
            for one in words.versions:
                made = words.by_number.get(one.number)
                if made is not None and made.content_hash not in one.hashes:
                    await know_hash(conn, one, made.content_hash)
        await raise_alerts(conn, alerts, at=now)
    catalog.know_live(live, generation)
    return True


def compile_place(catalog: Catalog, versions: Sequence[Version]) -> LiveWords:
    """Compile the live versions of one place, all or none.

    Raises:
        TemplateFileError: One of them can't be used.
    """
    made = {one.number: compile_version(catalog, one) for one in versions}
    return LiveWords(made, tuple(versions))


def compile_version(catalog: Catalog, version: Version) -> MessageTemplate:
    """Compile a version with this installation's meta file and phrases.

    Raises:
        TemplateFileError: It can't be used.
    """
    place = version.place
    return catalog.compile(
        place.key,
        place.locale,
        place.channel,
        (version.source, version.subject),
        path=f"{place} v{version.number}",
    )


def _by_place(versions: Sequence[Version]) -> Iterator[tuple[Place, tuple[Version, ...]]]:
    for place, own in groupby(versions, key=lambda one: one.place):
        yield place, tuple(own)


def _file_changed(catalog: Catalog, versions: Sequence[Version]) -> list[Alert]:
    """Return an alert where the file below isn't the one that the versions were written over."""
    place = versions[0].place
    below = stands_at(catalog, place, ()).file_hash
    if all(one.file_hash == below for one in versions):
        return []
    log.warning(FILE_CHANGED, tenant=place.tenant, place=str(place))
    detail = "take the file, or keep what is live: outreach templates rollback"
    return [Alert(place.tenant, FILE_CHANGED, str(place), detail)]


def _alert(place: Place, error: TemplateFileError) -> Alert:
    log.error(UNUSABLE, tenant=place.tenant, place=str(place), why=str(error))
    return Alert(place.tenant, UNUSABLE, str(place), str(error))
