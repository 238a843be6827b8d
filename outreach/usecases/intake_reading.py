"""Inbox rows as what they state: decrypted, translated by their source, read, or refused."""

from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import datetime
from typing import Final

import msgspec
from cryptography.exceptions import InvalidTag

from outreach.domain.reading import read_signal
from outreach.domain.records import dataclass
from outreach.domain.signals import Signal, SignalError, clamp
from outreach.domain.statements import Told
from outreach.sources.source import MappingError, NeedsReadBack, RawSignal, Source, inbox_aad
from outreach.store.alerts import Alert
from outreach.store.inbox_claim import ClaimedRow
from outreach.store.pool import Connection
from outreach.store.vault import Vault

_NO_SOURCE: Final = "source_unknown"
_UNREADABLE: Final = "unreadable"


@dataclass(frozen=True, slots=True)
class Reading:
    """One claimed row and what it states; exactly one of `told`, `refusal`, `needs` says why.

    A row may state nothing (`told` empty): it is recorded without effect.
    """

    row: ClaimedRow
    told: tuple[Told, ...] = field(default=(), repr=False)
    refusal: SignalError | None = None
    needs: NeedsReadBack | None = None


async def read_rows(
    conn: Connection,
    vault: Vault,
    sources: Mapping[str, Source],
    rows: Sequence[ClaimedRow],
    *,
    now: datetime,
) -> tuple[list[Reading], list[Alert]]:
    """Read rows one by one, so that a bad one spoils no other.

    Args:
        conn: For the keys of the lenders' days.
        vault: Where the keys are.
        sources: By slug.
        rows: As claimed.
        now: Business time; a sender's clock that is ahead of it is clamped, and alerted.
    """
    keys = {
        (tenant, day): await vault.day_key(conn, tenant, day)
        for tenant, day in {(row.tenant_id, row.day) for row in rows}
    }
    alerts: list[Alert] = []
    readings: list[Reading] = []
    for row in rows:
        source = sources.get(row.source)
        if source is None:
            refusal = SignalError(_NO_SOURCE, "no source of this name is configured")
            readings.append(Reading(row, refusal=refusal))
            continue
        try:
            packed = keys[row.tenant_id, row.day].decrypt(row.body, inbox_aad(row.tenant_id))
            mapped = source.map(RawSignal.unpack(packed))
            if isinstance(mapped, NeedsReadBack):
                readings.append(Reading(row, needs=mapped))
            else:
                told = tuple(read_one(one, source, now, alerts) for one in mapped)
                readings.append(Reading(row, told))
        except SignalError as exc:
            readings.append(Reading(row, refusal=exc))
        except MappingError as exc:
            readings.append(Reading(row, refusal=SignalError(exc.reason, exc.detail)))
        except (InvalidTag, msgspec.DecodeError) as exc:
            refusal = SignalError(_UNREADABLE, type(exc).__name__)
            readings.append(Reading(row, refusal=refusal))
        except (KeyError, TypeError, ValueError) as exc:
            refusal = SignalError("malformed", type(exc).__name__)
            readings.append(Reading(row, refusal=refusal))
    return readings, alerts


def read_one(signal: Signal, source: Source, now: datetime, alerts: list[Alert]) -> Told:
    """Read one canonical signal of a source; a time ahead of ours is clamped to `now`.

    Raises:
        SignalError: It can't take effect.
    """
    options = source.options
    clamped = clamp(signal, now)
    if clamped is not signal:
        alerts.append(Alert(options.tenant, "sender_clock", options.slug, "its clock is ahead"))
    return read_signal(clamped, source=options.slug, order=options.order, zone=options.timezone)
