"""The business clock's one row."""

from datetime import datetime, timedelta
from typing import Final

from outreach.domain.records import dataclass
from outreach.store.pool import Connection

SQL_CLOCK: Final = "SELECT base, wall_base, rate FROM business_clock"
SQL_SET_CLOCK: Final = """
    INSERT INTO business_clock (base, wall_base, rate) VALUES ($1, $2, $3)
    ON CONFLICT (one) DO UPDATE
       SET base = excluded.base, wall_base = excluded.wall_base, rate = excluded.rate
"""
SQL_START_CLOCK: Final = """
    INSERT INTO business_clock (base, wall_base, rate) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING
"""
SQL_LIVE: Final = "DELETE FROM business_clock"


@dataclass(frozen=True, slots=True)
class ClockFormula:
    """business = base + (wall - wall_base) * rate; rate 0 is frozen, 1 runs at wall speed."""

    base: datetime
    wall_base: datetime
    rate: float

    def at(self, wall: datetime) -> datetime:
        """Return business time at a wall time."""
        return self.base + (wall - self.wall_base) * self.rate

    def wall_delay(self, business: timedelta) -> timedelta:
        """Return how long to wait on the wall for a span of business time; frozen waits as live."""
        return business / self.rate if self.rate else business


async def find_clock(conn: Connection) -> ClockFormula | None:
    """Read the formula; None means that business time is wall time."""
    row = await conn.fetchrow(SQL_CLOCK)
    return ClockFormula(row["base"], row["wall_base"], row["rate"]) if row else None


async def start_clock(conn: Connection, formula: ClockFormula) -> None:
    """Write the formula unless a clock runs already: several processes may begin at once."""
    await conn.execute(SQL_START_CLOCK, formula.base, formula.wall_base, formula.rate)


async def set_clock(conn: Connection, formula: ClockFormula | None) -> None:
    """Replace the formula for all processes; they follow within a second."""
    if formula is None:
        await conn.execute(SQL_LIVE)
    else:
        await conn.execute(SQL_SET_CLOCK, formula.base, formula.wall_base, formula.rate)
