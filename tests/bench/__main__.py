"""The bench: `python -m tests.bench [--quick] [--only PART]`, or `make bench`.

Measures the product against the same work done with Celery, and against a bare pipeline without
any policy, all in one run on this machine; prints a table and writes `build/bench.json`.
"""

import argparse
import asyncio
import statistics
import sys
from dataclasses import dataclass
from typing import Any, Final, cast

from tests.bench import decide, e2e, limits, report, webhook
from tests.bench.ground import (
    BUILD,
    StubClient,
    checkpoint,
    fresh_database,
    provider_stub,
    redis_database,
    servers,
    tell,
)
from tests.bench.product import Product, prepare
from tests.bench.rounds import WARM, Round, Share

_PARTS: Final = ("decide", "webhook", "e2e", "wakeup")


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured."""

    rounds: int
    product: int
    bare: int
    celery: int
    webhooks: int
    wakeups: int

    @property
    def low_load(self) -> Share:
        """Return the product's borrowers for the wake-up; they come after those of all rounds."""
        return Share.of(_share(self.rounds, self.product).warm.start, self.wakeups)


_FULL: Final = Size(rounds=3, product=4000, bare=4000, celery=700, webhooks=8000, wakeups=150)
_QUICK: Final = Size(rounds=1, product=1000, bare=1000, celery=200, webhooks=2000, wakeups=60)

Figures = dict[str, float | None]
Runs = dict[str, Any]


async def measure(size: Size, parts: frozenset[str]) -> tuple[Figures, Runs]:
    """Run the chosen parts and return the figures and the runs behind them."""
    figures: Figures = {}
    runs: Runs = {}
    if "decide" in parts:
        tell("decisions of the pure core…")
        _decide(figures, runs)
    if parts == {"decide"}:
        return figures, runs
    if "e2e" in parts:
        limits.make_celery_environment()
    with servers() as running:
        async with provider_stub() as stub:
            database = await fresh_database(running.database_url, "bench_product")
            product = Product(database, redis_database(running.redis_url, 1), stub.url)
            await prepare(product)
            if "webhook" in parts:
                tell("webhooks against an empty handler…")
                await _webhook(product, running.database_url, size, figures, runs)
            if parts & {"e2e", "wakeup"}:
                await e2e.preload(product, range(size.low_load.end))
            if "wakeup" in parts:
                tell("wake-up at low load…")
                latencies = await e2e.wakeup_ms(stub, product, size.low_load)
                figures["wakeup.median_ms"] = e2e.median(latencies)
                runs["wakeup.ms"] = latencies
            if "e2e" in parts:
                await _e2e(
                    stub, product, running.database_url, running.redis_url, size, figures, runs
                )
    return figures, runs


def _decide(figures: Figures, runs: Runs) -> None:
    result = decide.run()
    figures["decide.per_second"] = round(cast("float", result["per_second"]))
    runs["decide"] = result
    result = decide.run_us_all()
    figures["decide.us_all_per_second"] = round(cast("float", result["per_second"]))
    runs["decide.us_all"] = result


async def _webhook(
    product: Product, server_url: str, size: Size, figures: Figures, runs: Runs
) -> None:
    """Measure on a copy of the database, so that nothing posted here is ever folded."""
    copy = await fresh_database(server_url, "bench_webhook", template="bench_product")
    found = await webhook.run(
        Product(copy, product.redis_url, product.stub_url),
        rounds=size.rounds,
        requests=size.webhooks,
    )
    figures["webhook.ratio_to_empty"] = round(found.ratio_to_empty, 3)
    figures["webhook.p99_ms"] = round(statistics.median(found.p99_ms), 2)
    runs["webhook"] = found.to_json()


async def _e2e(
    stub: StubClient,
    product: Product,
    server_url: str,
    redis_url: str,
    size: Size,
    figures: Figures,
    runs: Runs,
) -> None:
    """Interleave (a), (b) and (c)."""
    celery = await fresh_database(server_url, "bench_celery")
    bare = await fresh_database(server_url, "bench_bare")
    await limits.prepare_celery(celery, range(_share(size.rounds, size.celery).warm.start))
    await limits.prepare_bare(bare)
    a: list[Round] = []
    b: list[Round] = []
    c: list[Round] = []
    for number in range(size.rounds):
        tell(f"round {number + 1} of {size.rounds}: the product…")
        await checkpoint(server_url)
        a.append(await e2e.product_round(stub, product, _share(number, size.product)))
        tell(f"{a[-1].per_second:,.0f}/s; now the way of Celery…")
        await checkpoint(server_url)
        b.append(
            await limits.celery_round(
                stub, celery, redis_database(redis_url, 2), _share(number, size.celery)
            )
        )
        tell(f"{b[-1].per_second:,.0f}/s; now the bare pipeline…")
        await checkpoint(server_url)
        c.append(await limits.bare_round(stub, bare, _share(number, size.bare)))
        tell(f"{c[-1].per_second:,.0f}/s")
    pairs = list(zip(a, b, c, strict=True))
    figures["e2e.per_second"] = e2e.median([one.per_second for one in a])
    figures["e2e.ratio_to_celery"] = e2e.median(
        [one.per_second / other.per_second for one, other, _ in pairs]
    )
    figures["e2e.ratio_to_bare"] = e2e.median(
        [one.per_second / other.per_second for one, _, other in pairs]
    )
    figures["e2e.lost"] = sum(one.lost for one in a)
    figures["e2e.doubled"] = sum(one.doubled for one in a)
    figures["e2e.writes_per_message"] = e2e.median(
        [one.writes - other.writes for one, _, other in pairs]
    )
    for name, rounds in (("product", a), ("celery", b), ("bare", c)):
        runs[f"e2e.{name}"] = [one.to_json() for one in rounds]


def _share(number: int, length: int) -> Share:
    return Share.of(number * (length + WARM), length)


def main() -> int:
    """Read the arguments, measure, report; 1 when a bar that decides is missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one small round; figures are rough")
    parser.add_argument("--only", choices=_PARTS, action="append", help="measure this part alone")
    given = parser.parse_args()
    size = _QUICK if given.quick else _FULL
    figures, runs = asyncio.run(measure(size, frozenset(given.only or _PARTS)))
    path = BUILD / "bench.json"
    report.write(path, figures, runs, quick=given.quick)
    passed = report.show(figures)
    print(f"written to {path}")
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
