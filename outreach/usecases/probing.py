"""What is stopped, as one reserving transaction sees it: with probes taken and in business time."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, Protocol

from outreach.store.circuits import return_probe, take_probe
from outreach.store.pauses import Stops, list_stops
from outreach.store.pool import Connection

# When to come back where another worker has just taken the probe.
_PROBED_ELSEWHERE: Final = timedelta(seconds=5)
# People who wait for one account come back one after the other: one is enough for a probe, and
# whoever is left is woken when it went through.
SPREAD: Final = timedelta(seconds=3)


class Clock(Protocol):
    """The two clocks, as far as probes need them."""

    def wall_now(self) -> datetime:
        """Return the machine's time."""

    @property
    def rate(self) -> float:
        """Business seconds per wall second."""


def business_span(clock: Clock, wall: timedelta) -> timedelta:
    """Return the business time that passes in a span of wall time; frozen passes as live."""
    return wall * (clock.rate or 1)


async def stops_now(
    conn: Connection, clock: Clock, *, now: datetime, spent: Mapping[str, datetime]
) -> Stops:
    """Read what is stopped; take the probe of each account whose time for one has come.

    Without an open circuit this is one statement. What is taken and not used must go back by
    `give_back`, in the same transaction.
    """
    stops = await list_stops(conn)
    if spent:
        stops = replace(stops, spent=dict(spent))
    if not stops.circuits:
        return stops
    wall = clock.wall_now()
    opens: dict[str, datetime] = {}
    probes = set()
    for account, stored in sorted(stops.circuits.items()):
        probe_at = stored
        if probe_at <= wall:
            following = await take_probe(conn, account, at=wall)
            if following is not None:
                probes.add(account)
            probe_at = following or wall + _PROBED_ELSEWHERE
        opens[account] = now + business_span(clock, probe_at - wall)
    return replace(stops, circuits=opens, probes=frozenset(probes))


def without(stops: Stops, account: str) -> Stops:
    """Return what is stopped once an account's probe is on its way."""
    return replace(stops, probes=stops.probes - {account})


async def give_back(conn: Connection, stops: Stops, clock: Clock) -> None:
    """Return the probes that found nothing to send."""
    for account in sorted(stops.probes):
        await return_probe(conn, account, at=clock.wall_now())
