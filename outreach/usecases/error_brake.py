"""Pause what does harm: a template or sender that is filtered, complained of or opted out of.

Measured over what was sent lately, beside the sending and never in its way. People lift the pause;
what is sent after that is counted from zero.
"""

from datetime import datetime, timedelta
from typing import Final, Protocol

import structlog

from outreach.store.alerts import Alert, raise_alerts
from outreach.store.error_rates import Rates, list_rates
from outreach.store.pauses import BY_ITSELF, Pause, pause
from outreach.store.pool import Pool
from outreach.store.vault import Vault
from outreach.usecases.pausing import PLACED, Said, log_pause

log = structlog.get_logger(__name__)

ALERT: Final = "error_rate"


class Limits(Protocol):
    """What is too much; shares are of contacts, above 0 up to 1."""

    @property
    def window(self) -> timedelta:
        """How far back contacts count."""

    @property
    def minimum(self) -> int:
        """Contacts below which a share says nothing."""

    @property
    def filtered(self) -> float:
        """Share refused for content or reputation."""

    @property
    def opt_outs(self) -> float:
        """Share after which somebody opted out."""

    @property
    def complaints(self) -> float:
        """Share after which somebody complained."""


class Outfit(Protocol):
    """What braking takes from the runtime."""

    @property
    def db(self) -> Pool:
        """Where contacts are."""

    @property
    def vault(self) -> Vault:
        """Keys of the log."""


def too_much(rates: Rates, limits: Limits) -> str:
    """Return which shares are above their limits, in words; empty where none is."""
    found = [
        f"{count} of {rates.contacts} {what}"
        for count, most, what in (
            (rates.filtered, limits.filtered, "filtered"),
            (rates.opted_out, limits.opt_outs, "opted out"),
            (rates.complained, limits.complaints, "complained"),
        )
        if count > most * rates.contacts
    ]
    return ", ".join(found)


async def brake_on_errors(
    outfit: Outfit, limits: Limits, *, now: datetime, wall_now: datetime
) -> list[Pause]:
    """Pause every template and sender above a limit, with an alert; returns what was paused.

    Args:
        outfit: Parts of the runtime.
        limits: What is too much.
        now: Business time, of pauses and log rows.
        wall_now: Wall time; the window ends there.
    """
    async with outfit.db.acquire() as conn:
        rates = await list_rates(conn, since=wall_now - limits.window, least=limits.minimum)
        placed: dict[Pause, str] = {}
        for one in rates:
            if why := too_much(one, limits):
                placed[Pause(one.tenant_id, one.scope, one.subject)] = why
        keys = {
            stop.tenant_id: await outfit.vault.day_key(conn, stop.tenant_id, wall_now.date())
            for stop in placed
        }
        async with conn.transaction():
            await pause(conn, placed, at=now)
            for stop, why in placed.items():
                said = Said(BY_ITSELF, why, now, wall_now)
                await log_pause(conn, keys[stop.tenant_id], PLACED, stop, said)
            alerts = [
                Alert(stop.tenant_id, ALERT, f"{stop.scope} {stop.subject}", why)
                for stop, why in placed.items()
            ]
            await raise_alerts(conn, alerts, at=now)
    for stop in placed:
        log.warning("paused_by_error_rate", tenant=stop.tenant_id, scope=stop.scope)
    return list(placed)
