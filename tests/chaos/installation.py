"""One installation of real processes, with its vendor in the test and wires that can be cut."""

import asyncio
import base64
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import aiohttp
import asyncpg
from redis.asyncio import Redis

from outreach.domain.contacts import AttemptRef, parse_attempt_id
from outreach.runtime import Clock
from outreach.store.pool import Pool
from outreach.store.vault import Vault
from tests.chaos.processes import Process
from tests.chaos.wires import Upstream, Wire, a_wire
from tests.e2e.service import NOON, PUBLIC, ROOT, SECRET, US_NUMBER, signed
from tests.e2e.signals import Signals, a_phone
from tests.fakes.twilio import ACCOUNT, TOKEN, FakeTwilio, Request, running_twilio

MASTER_KEY: Final = bytes(range(32))
WITNESS: Final = "witness"
"""Application name of the test's own connections: all others are the service's."""
_AT_ONCE: Final = 16
_POLL_SECONDS: Final = 0.05
SQL_DECIDED: Final = """
    SELECT count(*) FROM contact_events
     WHERE person_id = $1 AND contact_id = $2::uuid AND kind = 'decided'
"""

_CONFIG: Final = """
database_url = "{database_url}"
redis_url = "{redis_url}"
data_dir = "{data_dir}"
master_key = "{master_key}"
public_base_url = "{public}"
config_dir = "{root}/config"
templates_dir = "{root}/templates"

[clock]
mode = "{mode}"
at = {noon}

[providers.twilio]
adapter = "twilio_sms"
[providers.twilio.options]
account_sid = "{account}"
auth_tokens = ["{token}"]
base_url = "{twilio}"

[lenders.acme]
name = "Acme Lending"
role = "first_party"
mode = "live"
country = "US"
timezone = "America/New_York"
locale = "en-US"
currency = "USD"
phone = "+1 212 555 0199"
[lenders.acme.sources.core]
adapter = "standard"
secrets = ["{secret}"]
order = "time"
rate_per_second = 10000
[lenders.acme.senders.main]
channel = "sms"
provider = "twilio"
address = "{number}"
rate_per_second = {rate}
"""


def attempt_of(request: Request) -> AttemptRef:
    """Return which of our contacts a create at the vendor is."""
    query = parse_qs(urlsplit(request.form["StatusCallback"]).query)
    found = parse_attempt_id(query["a"][0])
    assert found is not None
    return found


@dataclass
class Installation(Signals):
    """Processes, servers, vendor; and what was asked of them and answered."""

    folder: Path
    config: Path
    db: Pool
    vault: Vault
    redis_url: str
    twilio: FakeTwilio
    http: aiohttp.ClientSession
    postgres_wire: Wire
    redis_wire: Wire
    runs: bool
    processes: list[Process] = field(default_factory=list)
    web: str = ""
    accepted: list[str] = field(default_factory=list)
    """Ids of signals that were answered 2xx."""
    refused: dict[str, int] = field(default_factory=dict)
    """Ids that weren't, with the last answer; 0 when there was none."""
    undecided: list[str] = field(default_factory=list)
    """Creates that came to the vendor before their decision was in the log."""

    def __post_init__(self) -> None:
        super().__init__()

    @property
    def now(self) -> datetime:
        """Business time, as far as signals go."""
        return NOON

    def start(self, *arguments: str) -> Process:
        """Start one command."""
        log = self.folder / f"{len(self.processes)}-{arguments[0]}.log"
        process = Process(self.config, log, *arguments)
        self.processes.append(process)
        return process

    async def serve(self) -> Process:
        """Start a web server and wait until it listens; callbacks go there from now on."""
        process = self.start("serve", "--port", "0")
        self.web = self.twilio.posts_to = await process.address()
        return process

    def work(self) -> Process:
        """Start a worker."""
        return self.start("work")

    async def empty_redis(self) -> None:
        """Take from Redis all that it knows."""
        async with Redis.from_url(self.redis_url) as client:
            await client.flushall()

    async def post(self, *signals: dict[str, Any], tries: int = 1) -> None:
        """Post signals, a few at once; each until it is answered 2xx, or so often."""
        gate = asyncio.Semaphore(_AT_ONCE)

        async def one(signal: dict[str, Any]) -> None:
            async with gate:
                for _ in range(tries):
                    status, wait = await self.post_once(signal)
                    if status in {200, 202}:
                        break
                    await asyncio.sleep(wait)

        await asyncio.gather(*map(one, signals))

    async def post_once(self, signal: dict[str, Any]) -> tuple[int, float]:
        """Post one signal; returns status (0: no answer) and the seconds to wait before the next."""
        body = json.dumps(signal).encode()
        # A clock that runs leaves signatures to the wall's.
        headers = signed(signal["id"], body, at=Clock().wall_now() if self.runs else self.now)
        url = f"{self.web}/v1/signals/core"
        status, wait = 0, 0.2
        try:
            async with self.http.post(url, data=body, headers=headers) as answer:
                await answer.read()
                status = answer.status
                wait = float(answer.headers.get("Retry-After", wait))
        except (aiohttp.ClientError, TimeoutError):
            pass
        if status in {200, 202}:
            self.accepted.append(signal["id"])
            self.refused.pop(signal["id"], None)
        elif signal["id"] not in self.accepted:
            self.refused[signal["id"]] = status
        return status, wait

    def people(self, numbers: Iterable[int], **loan: Any) -> list[dict[str, Any]]:
        """Return the signals of overdue borrowers, each with a phone of their own."""
        return [
            signal
            for number in numbers
            for signal in (
                self.borrower(f"BR-{number}", phones=[a_phone("ph-1", phone_of(number))]),
                self.overdue(loan=f"LN-{number}", borrower=f"BR-{number}", **loan),
            )
        ]

    async def rows(self, sql: str, *arguments: Any) -> list[dict[str, Any]]:
        """Run a query, past the wire."""
        return [dict(row) for row in await self.db.fetch(sql, *arguments)]

    async def until(
        self, what: str, condition: Callable[[], Awaitable[bool]], seconds: float = 30
    ) -> None:
        """Wait for something to become true; a process that ended by itself fails the wait."""
        deadline = time.monotonic() + seconds
        while not await condition():
            if time.monotonic() > deadline:
                raise AssertionError(f"after {seconds} s still not so: {what}\n{self.told()}")
            await asyncio.sleep(_POLL_SECONDS)

    async def until_settled(self, contacts: int, seconds: float = 30) -> None:
        """Wait until so many contacts were delivered and nothing waits to be folded."""

        async def settled() -> bool:
            [row] = await self.rows(
                "SELECT (SELECT count(*) FROM contacts WHERE outcome = 'delivered') AS delivered,"
                " (SELECT count(*) FROM inbox) + (SELECT count(*) FROM callbacks) AS waiting"
            )
            return bool(row["delivered"] >= contacts and not row["waiting"])

        await self.until(f"{contacts} contacts delivered", settled, seconds)

    async def until_reconciled(self) -> None:
        """Let the time pass after which the vendor is asked, and wait until nothing is unknown."""
        await self.db.execute(
            "UPDATE contacts SET send_before = send_before - interval '1 minute'"
            " WHERE delivery_state = 'reserved'"
        )

        async def reconciled() -> bool:
            return not await self.db.fetchval(
                "SELECT count(*) FROM contacts WHERE delivery_state IN ('reserved', 'unknown')"
            )

        await self.until("the vendor was asked about every unknown contact", reconciled)

    async def witness(self, request: Request) -> None:
        """See to it that the decision behind a create is committed before the vendor hears of it."""
        attempt = attempt_of(request)
        if not await self.db.fetchval(SQL_DECIDED, attempt.person_id, attempt.contact_id):
            self.undecided.append(attempt.contact_id)

    def told(self) -> str:
        """Return the last that each process printed, for a failure's report."""
        return "\n".join(f"--- {one.name}\n{one.said[-2500:]}" for one in self.processes)


def phone_of(number: int) -> str:
    """Return the phone of a borrower: fictitious numbers of New York."""
    return f"+1212555{number:04}"


@asynccontextmanager
async def an_installation(
    database_url: str, redis_url: str, folder: Path, *, rate: int = 1000, runs: bool = False
) -> AsyncIterator[Installation]:
    """Keep an installation; nothing runs yet, and whatever was started is ended.

    Args:
        database_url: Migrated, for this test alone.
        redis_url: Emptied by the test's fixture.
        folder: For settings and what processes print.
        rate: Parts per second of the sender.
        runs: Business time runs on from noon in New York; else it stands still there.
    """
    async with AsyncExitStack() as stack:
        wall = Clock().wall_now()
        twilio = await stack.enter_async_context(running_twilio(wall, public_base_url=PUBLIC))
        postgres = await stack.enter_async_context(a_wire(Upstream.of_postgres(database_url)))
        redis = await stack.enter_async_context(a_wire(Upstream.of_redis(redis_url)))
        db = await asyncpg.create_pool(
            database_url,
            min_size=1,
            max_size=6,
            server_settings={"application_name": WITNESS, "timezone": "UTC"},
        )
        stack.push_async_callback(db.close)
        http = await stack.enter_async_context(
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=15))
        )
        config = folder / "outreach.toml"
        parts = urlsplit(database_url)
        config.write_text(
            _CONFIG.format(
                database_url=f"postgresql://{parts.username or 'outreach'}@127.0.0.1:{postgres.port}"
                f"{parts.path}?sslmode=disable",
                redis_url=f"redis://127.0.0.1:{redis.port}/0",
                data_dir=folder,
                master_key=base64.b64encode(MASTER_KEY).decode(),
                public=PUBLIC,
                root=ROOT,
                mode="scaled" if runs else "frozen",
                noon=NOON.isoformat(),
                account=ACCOUNT,
                token=TOKEN,
                twilio=twilio.base_url,
                secret=SECRET,
                number=US_NUMBER,
                rate=rate,
            )
        )
        here = Installation(
            folder, config, db, Vault(MASTER_KEY), redis_url, twilio, http, postgres, redis, runs
        )
        twilio.witness = here.witness
        stack.push_async_callback(_end_all, here.processes)
        yield here


async def _end_all(processes: Sequence[Process]) -> None:
    await asyncio.gather(*(process.stop() for process in processes))
