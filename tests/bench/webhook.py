"""Signed, durable webhooks of the product against an aiohttp handler that does nothing.

Nothing but read the body, which a handler must do to know that the request has come.

`python -m tests.bench.webhook PORT` is that handler. No worker runs: what is measured is
verifying, parsing and committing, 64 connections at a time.
"""

import asyncio
import statistics
import sys
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from tests.bench.ground import checkpoint, free_port, process
from tests.bench.load import LoadResult, post_all
from tests.bench.portfolio import NOON, overdue_posts
from tests.bench.product import SIGNALS_PATH, Product


@dataclass(frozen=True, slots=True)
class WebhookFigures:
    """Requests per second of both in each round, and the product's slowest hundredth."""

    empty_per_second: list[float]
    product_per_second: list[float]
    p99_ms: list[float]
    statuses: dict[int, int]

    @property
    def ratio_to_empty(self) -> float:
        """Median of the rounds' ratios."""
        pairs = zip(self.product_per_second, self.empty_per_second, strict=True)
        return statistics.median(product / empty for product, empty in pairs)

    def to_json(self) -> dict[str, Any]:
        """Return the runs."""
        return {
            "empty_per_second": self.empty_per_second,
            "product_per_second": self.product_per_second,
            "p99_ms": self.p99_ms,
            "statuses": self.statuses,
        }


async def run(product: Product, *, rounds: int, requests: int) -> WebhookFigures:
    """Alternate between the empty handler and the product, `requests` each per round."""
    figures = WebhookFigures([], [], [], {})
    for number in range(rounds):
        await checkpoint(product.database_url)
        empty = await _empty(requests)
        figures.empty_per_second.append(round(empty.per_second, 1))
        await checkpoint(product.database_url)
        async with product.serve() as port:
            await _load(port, 500, f"warm{number}-")
            real = await _load(port, requests, f"web{number}-")
        figures.product_per_second.append(round(real.per_second, 1))
        figures.p99_ms.append(round(real.percentile_ms(0.99), 2))
        for status, count in real.statuses.items():
            figures.statuses[status] = figures.statuses.get(status, 0) + count
    return figures


async def _empty(requests: int) -> LoadResult:
    port = free_port()
    async with process(
        "empty", [sys.executable, "-m", "tests.bench.webhook", str(port)], port=port
    ):
        await _load(port, 500, "warm")
        return await _load(port, requests, "empty")


async def _load(port: int, requests: int, run_name: str) -> LoadResult:
    return await post_all(port, overdue_posts(SIGNALS_PATH, range(requests), at=NOON, run=run_name))


async def _nothing(request: web.Request) -> web.Response:
    await request.read()
    return web.Response(status=202)


async def serve_nothing(port: int) -> None:
    """Answer every POST with an empty 202."""
    app = web.Application()
    app.router.add_post("/{tail:.*}", _nothing)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, backlog=1024).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve_nothing(int(sys.argv[1])))
