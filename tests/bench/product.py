"""The product as the bench runs it: its own commands, one lender, the stub as its provider."""

import os
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import asyncpg

from outreach.store.clock import ClockFormula, set_clock
from outreach.store.migrate import migrate
from tests.bench.ground import free_port, process
from tests.bench.portfolio import NOON

SIGNALS_PATH: Final = "/v1/signals/bench-core"
WORKERS: Final = 2
"""Worker processes, as many as Celery has in the comparison."""
_CONFIG: Final = Path(__file__).with_name("bench.toml")
_OUTREACH: Final = (sys.executable, "-m", "outreach")


@dataclass(frozen=True, slots=True)
class Product:
    """Where one installation's servers are."""

    database_url: str
    redis_url: str
    stub_url: str

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[int]:
        """Run the web process and return its port."""
        port = free_port()
        command = [*_OUTREACH, "serve", "--port", str(port)]
        async with process("product-web", command, port=port, env=self._environment()):
            yield port

    @asynccontextmanager
    async def work(self) -> AsyncIterator[None]:
        """Run the worker processes."""
        async with AsyncExitStack() as running:
            for number in range(WORKERS):
                worker = process(
                    f"product-work-{number + 1}", [*_OUTREACH, "work"], env=self._environment()
                )
                await running.enter_async_context(worker)
            yield

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": os.defpath,
            "OUTREACH_CONFIG": str(_CONFIG),
            "OUTREACH_DATABASE_URL": self.database_url,
            "OUTREACH_REDIS_URL": self.redis_url,
            "OUTREACH_PROVIDERS__STUB__OPTIONS__BASE_URL": self.stub_url,
        }


async def prepare(product: Product) -> None:
    """Migrate, and freeze business time at `NOON`, inside everybody's contact hours."""
    await migrate(product.database_url)
    conn = await asyncpg.connect(product.database_url)
    try:
        await set_clock(conn, ClockFormula(NOON, NOON, 0.0))
    finally:
        await conn.close()
