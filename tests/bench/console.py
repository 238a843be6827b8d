"""How quick the console's pages are: `python -m tests.bench.console [--contacts N]`.

Fills a contact log by SQL, has it folded, serves the console, and asks for every page of it, the
log's list with many filters. Prints a table and writes `build/bench-console.json`; exit status 1
where a page's 95th percentile is above its bound, or a list of the log is read without an index.
"""

import argparse
import asyncio
import base64
import json
import os
import re
import statistics
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit, urlunsplit
from zoneinfo import ZoneInfo

import aiohttp
import asyncpg

from outreach.domain.log_filters import parse_filter
from outreach.runtime import Runtime, open_runtime
from outreach.settings import Settings
from outreach.settings.loading import settings_from
from outreach.store.migrate import migrate
from outreach.usecases.fold_log import fold_log, rebuild_log
from outreach.usecases.search_log import query_of, write_place
from outreach.web.server import serving
from tests.bench.console_fill import RARE_RULE, TENANT, fill, number_of
from tests.bench.ground import BUILD, ROOT, fresh_database, servers, tell
from tests.bench.plans import faults_of
from tests.browser.every_page import Found

BOUND_MS: Final = 300.0
"""Most that the 95th percentile of a page may take (the console's budget)."""
_TOKEN: Final = re.compile(r'name="form_token" value="([0-9a-f]+)"')
_SECRET: Final = "whsec_" + base64.b64encode(b"acme-core-secret-of-32-bytes-xyz").decode()
_FOLLOWED: Final = 1000
_DATABASE: Final = "bench_console"
_KEPT: Final = BUILD / "bench-console.json"
_SIZES: Final = """
    SELECT sum(pg_table_size(inhrelid)) AS rows, sum(pg_indexes_size(inhrelid)) AS indexes
      FROM pg_inherits
     WHERE inhparent = 'contact_log'::regclass
"""
_USER_TICKS: Final = 11
"""Where /proc tells a process's time in user mode, counted after its name; its own follows."""
_LIVE: Final = frozenset({"/live"})
"""Streams: they have no end."""

LISTS: Final[Mapping[str, str]] = {
    "7 days": "",
    "90 days": "from=-90d",
    "blocked": "verdict=blocked",
    "blocked, 90 days": "verdict=blocked&from=-90d",
    "failed, 90 days": "status=undelivered&from=-90d",
    "a rare rule, 90 days": f"rule={RARE_RULE}&from=-90d",
    "three rules, 90 days": f"rule={RARE_RULE}&rule=acme.rule_1&rule=acme.rule_2&from=-90d",
    "a template, 90 days": "template=template-7&from=-90d",
    "a version, 90 days": "template=template-7@0123456789ab&from=-90d",
    "treatment and outcome, 7 days": "treatment=treatment-2&outcome=delivered",
    "treatment and outcome, 90 days": "treatment=treatment-2&outcome=delivered&from=-90d",
    "four filters, no match, 7 days": "verdict=blocked&channel=letter&purpose=legal_notice&status=read",
    "four filters, no match, 90 days": "verdict=blocked&channel=letter&purpose=legal_notice&status=read&from=-90d",
    "an operator, 90 days": "operator=nobody&from=-90d",
}


@dataclass(frozen=True, slots=True)
class Timing:
    """One address, how it was named, and how long it took, in milliseconds."""

    name: str
    times: tuple[float, ...]
    size: int
    status: int

    @property
    def p50(self) -> float:
        """Half were quicker."""
        return statistics.median(self.times)

    @property
    def p95(self) -> float:
        """One in twenty was slower; of few, the slowest."""
        ordered = sorted(self.times)
        return ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]


def settings_for(database_url: str, redis_url: str) -> Settings:
    """Return an installation with one lender and one account."""
    sandbox = {"failure_rate": 0, "reply_rate": 0}
    return settings_from(
        {
            "database_url": database_url,
            "redis_url": redis_url,
            "master_key": base64.b64encode(bytes(range(32))).decode(),
            "config_dir": str(ROOT / "config"),
            "templates_dir": str(ROOT / "templates"),
            "providers": {"house": {"adapter": "sandbox", "options": sandbox}},
            "lenders": {
                TENANT: {
                    "name": "Acme Lending",
                    "role": "first_party",
                    "mode": "live",
                    "country": "US",
                    "timezone": "America/New_York",
                    "locale": "en-US",
                    "currency": "USD",
                    "sources": {
                        "core": {"adapter": "standard", "secrets": [_SECRET], "order": "time"}
                    },
                    "senders": {
                        "main": {"channel": "sms", "provider": "house", "address": "+12125550100"}
                    },
                }
            },
        }
    )


async def measure(
    http: aiohttp.ClientSession, base: str, name: str, address: str, times: int
) -> Timing:
    """Ask for a page so often, and once before."""
    found: list[float] = []
    size = status = 0
    for number in range(times + 1):
        began = time.perf_counter()
        async with http.get(base + address) as answer:
            body = await answer.read()
            size, status = len(body), answer.status
        if number:
            found.append((time.perf_counter() - began) * 1000)
    return Timing(name, tuple(found), size, status)


async def lists(
    http: aiohttp.ClientSession, base: str, runtime: Runtime, times: int
) -> tuple[list[Timing], list[str]]:
    """Measure the log's list with every filter; return what is wrong with its plans as well."""
    timings, faults = [], []
    now, zone = runtime.clock.business_now(), ZoneInfo("America/New_York")
    for name, query in LISTS.items():
        timings.append(
            await measure(
                http, base, f"/contacts {name}", f"/contacts?lender={TENANT}&{query}", times
            )
        )
        asked, _ = parse_filter(parse_qsl(query))
        faults += await faults_of(runtime.db, name, query_of(TENANT, asked, now, zone).query)
    async with runtime.db.acquire() as conn:
        [deep] = await conn.fetch(
            "SELECT at, event_id FROM contact_log ORDER BY at, event_id OFFSET 1000 LIMIT 1"
        )
    place = write_place((deep["at"], deep["event_id"]))
    for edge in ("before", "after"):
        address = f"/contacts?lender={TENANT}&from=-95d&{edge}={place}&top={place}"
        timings.append(
            await measure(http, base, f"/contacts {edge} a line far back", address, times)
        )
    for kind, text in (("phone", number_of(7)), ("loan", "LN-7")):
        async with http.get(base + "/contacts") as answer:
            token = _TOKEN.findall(await answer.text())[0]
        form = {
            "form_token": token,
            "lender": TENANT,
            "query": "from=-90d",
            "kind": kind,
            "text": text,
        }
        async with http.post(base + "/contacts/search", data=form, allow_redirects=False) as answer:
            found = answer.headers["Location"]
        timings.append(await measure(http, base, f"/contacts by {kind}", found, times))
    return timings, faults


async def others(
    http: aiohttp.ClientSession, base: str, runtime: Runtime, times: int
) -> list[Timing]:
    """Measure every other page that the table of pages knows and a link leads to."""
    found = Found(runtime)
    found.drop(_LIVE)
    await found.look(http, base, each=1)
    timings = [
        await measure(http, base, pattern, address, times)
        for pattern, addresses in sorted(found.addresses.items())
        for address in addresses
    ]
    for one in (*found.broken, *(f"{pattern}: no link leads there" for pattern in found.missing)):
        tell(f"not measured: {one}")
    return timings


async def follow(runtime: Runtime) -> Mapping[str, float]:
    """Return what folding a thousand new rows takes: milliseconds, of them of this process."""
    while await fold_log(runtime):
        pass
    async with runtime.db.acquire() as conn:
        await conn.execute(
            """
            INSERT INTO contact_events (tenant_id, person_id, contact_id, kind, at, body)
            SELECT tenant_id, person_id, NULL, kind, at, body FROM contact_events
             WHERE kind = 'deferred' LIMIT $1
            """,
            _FOLLOWED,
        )
    began, worked, served = (
        time.perf_counter(),
        time.process_time(),
        await postgres_seconds(runtime),
    )
    await fold_log(runtime)
    return {
        "milliseconds": (time.perf_counter() - began) * 1000,
        "python_cpu": (time.process_time() - worked) * 1000,
        "postgresql_cpu": (await postgres_seconds(runtime) - served) * 1000,
    }


async def postgres_seconds(runtime: Runtime) -> float:
    """Return the processor time that the database's connections have taken, where it can be read."""
    async with runtime.db.acquire() as conn:
        rows = await conn.fetch(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
        )
    total = 0
    for row in rows:
        with suppress(OSError):
            stat = await asyncio.to_thread(Path(f"/proc/{row['pid']}/stat").read_text)
            fields = stat.rpartition(")")[2].split()
            total += int(fields[_USER_TICKS]) + int(fields[_USER_TICKS + 1])
    return total / os.sysconf("SC_CLK_TCK")


async def prepare(runtime: Runtime, url: str, contacts: int) -> dict[str, Any]:
    """Write the log and have it folded; returns what that took."""
    tell(f"filling a log of {contacts:,} contacts…")
    conn = await asyncpg.connect(url, command_timeout=3600)
    try:
        await fill(conn, runtime.vault, contacts, runtime.clock.wall_now())
        worked, served = time.process_time(), await postgres_seconds(runtime)
        began = time.perf_counter()
        read = await rebuild_log(runtime)
        fold = {
            "rows_per_second": read / (time.perf_counter() - began),
            "python_us": (time.process_time() - worked) / read * 1e6,
            "postgresql_us": (await postgres_seconds(runtime) - served) / read * 1e6,
        }
        tell(f"folded at {fold['rows_per_second']:,.0f} rows a second")
        await conn.execute("VACUUM ANALYZE")
        sizes = await conn.fetch(_SIZES)
    finally:
        await conn.close()
    megabytes = {name: int(size) / 2**20 for name, size in dict(sizes[0]).items()}
    return {"contacts": contacts, "fold": fold, "megabytes": megabytes}


async def run(contacts: int, times: int, *, again: bool) -> int:
    """Do all of it; returns the exit status."""
    with servers() as running:
        url = sibling(running.database_url, _DATABASE)
        if not again:
            url = await fresh_database(running.database_url, _DATABASE)
        await migrate(url)
        async with open_runtime(settings_for(url, running.redis_url)) as runtime:
            if again:
                kept = json.loads(await asyncio.to_thread(_KEPT.read_text))
            else:
                kept = await prepare(runtime, url, contacts)
            kept["follow_1000"] = await follow(runtime)
            async with (
                serving(runtime, host="127.0.0.1", port=0) as port,
                aiohttp.ClientSession() as http,
            ):
                base = f"http://127.0.0.1:{port}"
                timings, faults = await lists(http, base, runtime, times)
                timings += await others(http, base, runtime, times)
    return report(kept, timings, faults)


def sibling(server_url: str, name: str) -> str:
    """Return the address of another database of a server."""
    parts = urlsplit(server_url)
    return urlunsplit((parts.scheme, parts.netloc, f"/{name}", parts.query, ""))


def report(kept: dict[str, Any], timings: list[Timing], faults: list[str]) -> int:
    """Print and keep the figures; returns the exit status."""
    slow = [one.name for one in timings if one.p95 > BOUND_MS or one.status >= 500]
    print("| page | p50 ms | p95 ms | KB |\n|---|---:|---:|---:|")
    for one in timings:
        mark = " **slow**" if one.name in slow else ""
        print(f"| {one.name}{mark} | {one.p50:.0f} | {one.p95:.0f} | {one.size / 1024:.0f} |")
    fold, megabytes, follow_1000 = kept["fold"], kept["megabytes"], kept["follow_1000"]
    print(
        f"\n{kept['contacts']:,} contacts: {megabytes['rows']:.0f} MB,"
        f" indexes {megabytes['indexes']:.0f} MB"
    )
    print(
        f"folded from nothing at {fold['rows_per_second']:,.0f} rows a second:"
        f" {fold['python_us']:.0f} µs of processor time a row in Python,"
        f" {fold['postgresql_us']:.0f} µs in PostgreSQL"
    )
    print(
        f"{_FOLLOWED:,} new rows took {follow_1000['milliseconds']:.0f} ms:"
        f" {follow_1000['python_cpu']:.0f} ms in Python,"
        f" {follow_1000['postgresql_cpu']:.0f} ms in PostgreSQL"
    )
    for fault in faults:
        print(f"plan: {fault}")
    pages = {one.name: {"p50_ms": one.p50, "p95_ms": one.p95, "bytes": one.size} for one in timings}
    BUILD.mkdir(exist_ok=True)
    _KEPT.write_text(json.dumps(kept | {"pages": pages, "plans": faults}, indent=1), "utf-8")
    return 1 if slow or faults else 0


def main() -> int:
    """Read the arguments."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contacts", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument(
        "--again", action="store_true", help="ask for the pages of the log that was filled last"
    )
    chosen = parser.parse_args()
    return asyncio.run(run(chosen.contacts, chosen.times, again=chosen.again))


if __name__ == "__main__":
    sys.exit(main())
