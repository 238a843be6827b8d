"""Keep what treatments said, so that a case that runs can be finished as it was begun."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

import structlog

from outreach.config_files.treatments import Loaded, treatment_from
from outreach.domain.steps import TreatmentError
from outreach.domain.versions import Version
from outreach.facts.conditions import compile_condition
from outreach.store.pool import Connection, Pool
from outreach.store.treatment_versions import (
    KeptVersion,
    add_versions,
    list_versions,
    lock_versions,
)
from outreach.usecases.considering import Considering
from outreach.usecases.treating import EVER

log = structlog.get_logger(__name__)


class Outfit(Protocol):
    """What following versions takes from the runtime."""

    @property
    def db(self) -> Pool:
        """Where they are kept."""

    @property
    def considering(self) -> Considering:
        """Whose rulebook follows them."""


async def keep_versions(outfit: Outfit, files: Sequence[Loaded], *, now: datetime) -> None:
    """Record what the files say that is new at business time `now`, and follow all of it."""
    async with outfit.db.acquire() as conn, conn.transaction():
        await lock_versions(conn)
        await add_versions(conn, _new(await list_versions(conn), files, now))
        await _follow(outfit, conn, files, now)


async def follow_versions(outfit: Outfit, files: Sequence[Loaded], *, now: datetime) -> None:
    """Follow what is on record beside the files, recording nothing."""
    async with outfit.db.acquire() as conn:
        await _follow(outfit, conn, files, now)


def _new(kept: Sequence[KeptVersion], files: Sequence[Loaded], now: datetime) -> list[KeptVersion]:
    """Return the versions that the files bring: a date of their own counts, else this day's.

    The first version of a name is in force ever: nothing was before it.
    """
    found = []
    for one in files:
        treatment = one.treatment
        starts = treatment.effective_from
        own = [
            version
            for version in kept
            if version.name == treatment.name
            and (version.since == starts or (starts is None and not _is_dated(version.content)))
        ]
        if own and own[-1].content_hash == treatment.content_hash:
            continue
        since = starts or (now.date() if own else EVER)
        content = dict(one.content)
        found.append(KeptVersion(treatment.name, since, treatment.content_hash, content, now))
    return found


def _is_dated(content: Any) -> bool:
    return "effective_from" in content


async def _follow(outfit: Outfit, conn: Connection, files: Sequence[Loaded], now: datetime) -> None:
    there = {one.treatment.content_hash: one.treatment for one in files}
    names = {one.treatment.name for one in files}
    versions = [Version(one.treatment, one.treatment.effective_from or EVER) for one in files]
    on_record: list[Version] = []
    for kept in await list_versions(conn):
        treatment = there.get(kept.content_hash)
        if kept.name not in names or (treatment is None and kept.since > now.date()):
            continue  # taken away: its cases go on with what is there
        try:
            treatment = treatment or treatment_from(kept.content, compile_condition)
        except (TreatmentError, ValueError) as error:
            # An older release knew other words. Its cases go on with the next version.
            log.warning("treatment_version_unusable", treatment=kept.name, why=str(error))
            continue
        on_record.append(Version(treatment, kept.since))
    hashes = {one.treatment.content_hash for one in on_record}
    missing = [one for one in versions if one.treatment.content_hash not in hashes]
    outfit.considering.rulebook.know_versions([*missing, *on_record])
