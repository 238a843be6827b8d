"""Follow up on hand-offs: write what isn't written, end what is pointless, tell what is wrong."""

from collections.abc import Callable, Mapping
from dataclasses import field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Protocol

import structlog

from outreach.domain.hand_offs import COURSES, SERVICE, HandOffError, HandOffKind, state_of
from outreach.domain.records import dataclass
from outreach.rendering.papers import Papers
from outreach.store import hand_offs as store
from outreach.store.alerts import Alert, list_raised, raise_alerts
from outreach.store.hand_offs import KeptHandOff
from outreach.store.pool import Connection, Pool
from outreach.store.reading import list_loans_of
from outreach.store.vault import Vault
from outreach.usecases.considering import Considering
from outreach.usecases.folders import Written
from outreach.usecases.handing_off import NotFoundError, take_step
from outreach.usecases.lenders import LenderPlan
from outreach.usecases.placing import write_placement, write_recall
from outreach.usecases.referring import write_package
from outreach.usecases.visiting import ends_at

log = structlog.get_logger(__name__)

BATCH: Final = 20
_SINCE: Final = timedelta(days=90)
_DAY: Final = timedelta(days=1)
NOT_WRITTEN: Final = "hand_off_not_written"
POINTLESS: Final = "referral_pointless"
WITHOUT_RIGHT: Final = "agency_without_right"
# What is given up by itself where nothing is owed any more; a court isn't told so by a machine.
_GIVEN_UP: Final[Mapping[tuple[HandOffKind, str], str]] = {
    (HandOffKind.REFERRAL, "proposed"): "withdrawn",
    (HandOffKind.VISIT, "proposed"): "canceled",
    (HandOffKind.VISIT, "ordered"): "canceled",
    (HandOffKind.PLACEMENT, "proposed"): "declined",
    (HandOffKind.PLACEMENT, "placed"): "recalled",
}


class Outfit(Protocol):
    """What following up takes from the runtime."""

    @property
    def db(self) -> Pool:
        """Where everything is."""

    @property
    def vault(self) -> Vault:
        """Keys of the people."""

    @property
    def considering(self) -> Considering:
        """Packs, treatments, lenders."""

    @property
    def papers(self) -> Papers:
        """What lays out papers."""

    @property
    def hand_offs_dir(self) -> Path:
        """Folder of all packages."""


@dataclass(slots=True)
class FollowedUp:
    """What one round did: folders written, hand-offs given up."""

    written: list[Written] = field(default_factory=list)
    ended: int = 0


async def follow_up(outfit: Outfit, *, now: datetime, wall: datetime) -> FollowedUp:
    """Do one round.

    Args:
        outfit: Parts of the runtime.
        now: Business time.
        wall: Wall time.
    """
    done = FollowedUp()
    done.ended = await _give_up(outfit, now)
    for kind in (HandOffKind.REFERRAL, HandOffKind.PLACEMENT):
        course = COURSES[kind]
        states = [state for state in course.moves if state not in {*course.exits, "proposed"}]
        async with outfit.db.acquire() as conn, conn.transaction(readonly=True):
            unwritten = await store.list_unwritten(conn, outfit.vault, kind, states, limit=BATCH)
        for one in unwritten:
            written = await write_hand_off_folder(outfit, one, now=now, wall=wall)
            done.written += [] if written is None else [written]
    await _watch(outfit, now)
    return done


async def write_hand_off_folder(
    outfit: Outfit, kept: KeptHandOff, *, now: datetime, wall: datetime
) -> Written | None:
    """Write the folder of a case or placement; None where that failed, which raises an alert."""
    lender = outfit.considering.rulebook.lenders.get(kept.tenant_id)
    if lender is None:
        return None
    base = outfit.hand_offs_dir / kept.tenant_id
    try:
        if kept.hand_off.kind is HandOffKind.PLACEMENT:
            return await write_placement(outfit, kept, lender, base, now=now)
        return await write_package(outfit, kept, lender, outfit.papers, base, now=now, wall=wall)
    except (OSError, NotFoundError) as exc:
        cause = type(exc).__name__
        log.warning("hand_off_not_written", kind=kept.hand_off.kind, cause=cause)
        alert = Alert(kept.tenant_id, NOT_WRITTEN, kept.hand_off.kind, cause)
        async with outfit.db.acquire() as conn:
            await raise_alerts(conn, [alert], at=now)
        return None


async def recall(
    outfit: Outfit, ref: str, *, by: str, reason: str, now: datetime
) -> tuple[KeptHandOff, Written]:
    """End an agency's right to a debt; our own outreach is decided anew at once.

    Raises:
        NotFoundError: There is no such placement.
        HandOffError: It isn't placed.
        OSError: The agency's notice can't be written; the recall stands.
    """
    told = {"reason": reason} if reason else {}
    kept = await take_step(
        outfit, ref, "recalled", by=by, told=told, now=now, kind=HandOffKind.PLACEMENT
    )
    return kept, await _tell_recall(outfit, kept, now)


async def _tell_recall(outfit: Outfit, kept: KeptHandOff, now: datetime) -> Written:
    async with outfit.db.acquire() as conn:
        names = await list_loans_of(conn, kept.person_id)
    loan = next((name for name, number in names.items() if number == kept.hand_off.loan_id), "")
    lender = outfit.considering.rulebook.lenders[kept.tenant_id]
    base = outfit.hand_offs_dir / kept.tenant_id
    return await write_recall(kept, lender, base, loan=loan, now=now)


async def _give_up(outfit: Outfit, now: datetime) -> int:
    """End what nothing is owed for any more, and visits whose days are over."""
    lenders = outfit.considering.rulebook.lenders
    async with outfit.db.acquire() as conn, conn.transaction(readonly=True):
        pointless = await store.list_pointless(conn, outfit.vault, limit=BATCH)
        visits = await store.list_hand_offs(
            conn, outfit.vault, list(lenders), HandOffKind.VISIT, ended=False
        )
    overdue = [one for one in visits if _is_over(one, lenders.get, now)]
    ended, alerts = 0, []
    for one, reason in (
        *((one, "nothing is owed any more") for one in pointless),
        *((one, "its days are over") for one in overdue),
    ):
        step = _GIVEN_UP[one.hand_off.kind, state_of(one.hand_off)]
        try:
            kept = await take_step(
                outfit, one.hand_off.ref, step, by=SERVICE, told={"reason": reason}, now=now
            )
            ended += 1
            if step == "recalled":
                await _tell_recall(outfit, kept, now)
        except HandOffError:
            continue  # somebody was faster
        except (OSError, NotFoundError, KeyError) as exc:
            alerts.append(Alert(one.tenant_id, NOT_WRITTEN, one.hand_off.kind, type(exc).__name__))
    async with outfit.db.acquire() as conn:
        await raise_alerts(conn, alerts, at=now)
    return ended


def _is_over(
    kept: KeptHandOff, lender_of: Callable[[str], LenderPlan | None], now: datetime
) -> bool:
    lender = lender_of(kept.tenant_id)
    ends = None if lender is None else ends_at(kept.hand_off, lender)
    return ends is not None and now >= ends


async def _watch(outfit: Outfit, now: datetime) -> None:
    """Raise an alert, once a day, where an agency went on after its recall or a case is idle."""
    async with outfit.db.acquire() as conn, conn.transaction():
        found = await store.count_without_right(conn, since=now - _SINCE)
        detail = "contacts were posted that were made after its recall"
        alerts = [Alert(tenant, WITHOUT_RIGHT, agency, detail) for tenant, agency in found]
        cases = await store.count_pointless_cases(conn)
        detail = "nothing is owed on its loan: withdraw it, or tell the court"
        alerts += [Alert(tenant, POINTLESS, "cases", detail) for tenant in cases]
        await raise_alerts(conn, await _not_told_today(conn, alerts, now), at=now)


async def _not_told_today(conn: Connection, alerts: list[Alert], now: datetime) -> list[Alert]:
    told = {kind: await list_raised(conn, kind) for kind in {one.kind for one in alerts}}
    return [
        one
        for one in alerts
        if now - told[one.kind].get((one.tenant_id, one.subject), now - _DAY) >= _DAY
    ]
