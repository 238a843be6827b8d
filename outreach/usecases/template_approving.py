"""Let words through, make them live at once or at a time, and go back to older ones.

Each step is one transaction, with what it changed in the audit: whoever is stopped in the middle
leaves the state before or after it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

import structlog

from outreach.domain import template_lifecycle as lifecycle
from outreach.domain.template_arms import FILE_NUMBER
from outreach.domain.template_lifecycle import ALONE, Standing, Trial
from outreach.domain.template_versions import (
    Actor,
    Place,
    Refusal,
    RefusedError,
    State,
    Version,
)
from outreach.store.alerts import Alert, raise_alerts
from outreach.store.operators import keep_action
from outreach.store.pool import Connection
from outreach.store.template_approvals import (
    add_approvals,
    begin_life,
    end_life,
    list_approvals,
    void_approvals,
)
from outreach.store.template_versions import (
    find_numbered,
    find_version,
    list_live_at,
    list_planned,
    lock_place,
    next_generation,
    save_version,
)
from outreach.usecases.template_checks import check_words, stands_at
from outreach.usecases.template_drafts import By, Outfit, audit, locked
from outreach.usecases.template_live import follow_words

log = structlog.get_logger(__name__)

NOT_PUBLISHED: Final = "template_not_published"
"""Kind of the alert that words didn't go live at the time that was planned."""


async def approve(
    outfit: Outfit,
    tenant: str,
    version_id: int,
    by: By,
    *,
    revision: int,
    sentences: Mapping[str, str],
) -> Version:
    """Let a version through, with everything that the actor's roles can give.

    Args:
        outfit: Database and files.
        tenant: Whose.
        version_id: Sent for approval.
        by: Not one of its authors.
        revision: That they looked at.
        sentences: Why each finding to consider is right as it is, by the finding's id.

    Raises:
        RefusedError: See `template_lifecycle.approve`.
    """
    async with outfit.db.acquire() as conn, conn.transaction():
        version = await locked(conn, tenant, version_id, revision)
        checked = check_words(outfit, version.place, version.source, version.subject, now=by.now)
        if checked.content_hash != version.content_hash:
            raise RefusedError(Refusal.OUTDATED)
        before = await list_approvals(conn, tenant, version_id)
        approved, added = lifecycle.approve(
            version, before, checked.as_findings, sentences, by.actor, by.now
        )
        await add_approvals(conn, version, added)
        await save_version(conn, approved)
        await audit(conn, approved, by, "approved", ", ".join(one.role for one in added))
    return approved


async def send_back(
    outfit: Outfit, tenant: str, version_id: int, by: By, *, revision: int, reason: str
) -> Version:
    """Make a version a draft again, with the reason; its approvals hold no longer.

    Raises:
        RefusedError: See `template_lifecycle.send_back`.
    """
    async with outfit.db.acquire() as conn, conn.transaction():
        version = await locked(conn, tenant, version_id, revision)
        back, said = lifecycle.send_back(version, reason, by.actor, by.now)
        await void_approvals(conn, version, now=by.now)
        await add_approvals(conn, version, [said])
        await save_version(conn, back)
        await audit(conn, back, by, "sent_back", said.reason)
    return back


async def schedule(
    outfit: Outfit, tenant: str, version_id: int, by: By, *, at: datetime | None
) -> Version:
    """Plan when an approved version goes live by itself, at business time; None takes it back.

    Raises:
        RefusedError: See `template_lifecycle.schedule`.
    """
    async with outfit.db.acquire() as conn, conn.transaction():
        version = await locked(conn, tenant, version_id)
        planned = lifecycle.schedule(version, at, by.actor, by.now)
        await save_version(conn, planned)
        await audit(conn, planned, by, "planned", at.isoformat() if at else "taken back")
    return planned


async def publish(
    outfit: Outfit, tenant: str, version_id: int, by: By, *, trial: Trial | None = None
) -> Version:
    """Make an approved version live, instead of what stands or, in a trial, beside it.

    Raises:
        RefusedError: See `template_lifecycle.publish`; `bad_share`: a trial needs words that stand,
            and one trial at a time.
    """
    async with outfit.db.acquire() as conn, conn.transaction():
        version = await _at_its_place(conn, tenant, version_id)
        live = await _publish(outfit, conn, version, by.actor, by.now, trial or ALONE)
        await audit(conn, live, by, "published", "" if trial is None else f"to {live.percent} %")
    await follow_words(outfit, now=by.now)
    return live


async def publish_due(outfit: Outfit, *, now: datetime, wall_now: datetime) -> int:
    """Make live what was planned for now or before; returns how many versions went live.

    What may not go live any more, such as words that others went live before, stays approved; its
    plan is taken back and an alert says why.
    """
    async with outfit.db.acquire() as conn:
        planned = await list_planned(conn, now=now)
    done = 0
    for tenant, version_id in planned:
        try:
            async with outfit.db.acquire() as conn, conn.transaction():
                done += await _publish_planned(outfit, conn, tenant, version_id, now, wall_now)
        except Exception as error:  # noqa: BLE001 - one of them mustn't hold up the others
            log.warning("not_published_yet", version_id=version_id, error=type(error).__name__)
    if done:
        await follow_words(outfit, now=now)
    return done


async def _publish_planned(
    outfit: Outfit,
    conn: Connection,
    tenant: str,
    version_id: int,
    now: datetime,
    wall_now: datetime,
) -> int:
    version = await _at_its_place(conn, tenant, version_id)
    if version.state is not State.APPROVED or version.go_live_at is None:
        return 0  # another worker was quicker, or somebody changed their mind
    subject, login = f"{version.place} v{version.number}", version.go_live_by
    try:
        await _publish(outfit, conn, version, login, now, ALONE)
        what, more = "template.published", "as planned"
    except RefusedError as error:
        await save_version(conn, replace(version, go_live_at=None, go_live_by=""))
        await raise_alerts(conn, [Alert(tenant, NOT_PUBLISHED, subject, str(error))], at=now)
        log.warning(NOT_PUBLISHED, tenant=tenant, version=subject, why=str(error))
        what, more = "template.not_published", str(error)
    await keep_action(conn, login, what, f"{subject}: {more}", tenant=tenant, at=wall_now)
    return int(what == "template.published")


async def roll_back(
    outfit: Outfit, place: Place, by: By, *, to: int, reason: str
) -> Version | None:
    """Make an older version live again for everybody, in one step; of a trial, one arm.

    Args:
        outfit: Database and files.
        place: Whose words.
        by: An approver.
        to: Number of a version that was live; 0 for the file's words.
        reason: Kept.

    Returns:
        What is live; None for the file's words.

    Raises:
        RefusedError: See `template_lifecycle.restore`; `unchanged`: that is what stands.
    """
    async with outfit.db.acquire() as conn, conn.transaction():
        await lock_place(conn, place)
        live = await list_live_at(conn, place)
        restored = None
        if to == FILE_NUMBER:
            lifecycle.demand_roll_back(reason, by.actor)
            if not live:
                raise RefusedError(Refusal.UNCHANGED)
            if outfit.considering.catalog.find(*place[1:]) is None:
                raise RefusedError(Refusal.NEVER_LIVE, "there is no file")
        else:
            restored = await _restored(outfit, conn, place, live, by, to, reason)
        await _end(conn, [one for one in live if one.number != to], by.actor.login, by.now)
        if restored is not None:
            await end_life(conn, restored, at=by.now)
            await save_version(conn, restored)
            await begin_life(conn, restored, at=by.now, by=by.actor.login, why=reason.strip())
        await next_generation(conn)
        await keep_action(
            conn,
            by.actor.login,
            "template.rolled_back",
            f"{place} to {f'v{to}' if to else 'the file'}: {reason.strip()}",
            tenant=place.tenant,
            at=by.wall_now,
        )
    await follow_words(outfit, now=by.now)
    return restored


async def _restored(
    outfit: Outfit,
    conn: Connection,
    place: Place,
    live: Sequence[Version],
    by: By,
    to: int,
    reason: str,
) -> Version:
    version = await find_numbered(conn, place, to)
    if version is None:
        raise RefusedError(Refusal.GONE, f"{place} v{to}")
    version = await locked(conn, place.tenant, version.version_id)
    stands = stands_at(outfit.considering.catalog, place, live)
    if version.percent == 100 and version.file_hash == stands.file_hash:
        raise RefusedError(Refusal.UNCHANGED)
    checked = check_words(outfit, place, version.source, version.subject, now=by.now)
    restored = lifecycle.restore(version, checked.as_findings, reason, by.actor)
    return replace(
        restored,
        # Whoever goes back to it has seen the file that lies below it now.
        file_hash=stands.file_hash,
        hashes=tuple(dict.fromkeys((*restored.hashes, checked.content_hash))),
        content_hash=checked.content_hash,
    )


async def _at_its_place(conn: Connection, tenant: str, version_id: int) -> Version:
    """Return a version, locked, with its place: nobody else publishes there meanwhile."""
    found = await find_version(conn, tenant, version_id)
    if found is None:
        raise RefusedError(Refusal.GONE, str(version_id))
    await lock_place(conn, found.place)
    return await locked(conn, tenant, version_id)


async def _publish(
    outfit: Outfit, conn: Connection, version: Version, by: Actor | str, now: datetime, trial: Trial
) -> Version:
    place, tenant = version.place, version.place.tenant
    live = await list_live_at(conn, place)
    stands = stands_at(outfit.considering.catalog, place, live)
    checked = check_words(outfit, place, version.source, version.subject, now=now)
    published = lifecycle.publish(
        version,
        await list_approvals(conn, tenant, version.version_id),
        checked.as_findings,
        Standing(stands.hash, stands.file_hash, checked.content_hash),
        by,
        now,
        trial,
    )
    login = by if isinstance(by, str) else by.login
    if trial == ALONE:
        await _end(conn, live, login, now)
    elif not stands.hash or len(live) > 1 or (live and live[0].percent < 100):
        raise RefusedError(Refusal.BAD_SHARE)
    else:
        for one in live:
            rest = replace(one, percent=100 - trial.percent - trial.hold_out)
            await end_life(conn, one, at=now)
            await save_version(conn, rest)
            await begin_life(conn, rest, at=now, by=login, why=f"beside v{version.number}")
    await save_version(conn, published)
    await begin_life(conn, published, at=now, by=login)
    await next_generation(conn)
    return published


async def _end(conn: Connection, live: Sequence[Version], by: str, now: datetime) -> None:
    """Retire versions that were live."""
    for one in live:
        await end_life(conn, one, at=now)
        await save_version(conn, lifecycle.retire(one, by, now))
