"""The whole service in one process, on real PostgreSQL, Valkey and HTTP, with a fake vendor.

Work is done when a test asks for it (`fold`, `dispatch`, `receipts`), so that a test says in which
order things happen; business time stands still until it is moved.
"""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from hmac import digest
from pathlib import Path
from typing import Any, Final

from outreach.demo.installation import free_port
from outreach.runtime import Runtime, open_runtime, refresh_clock
from outreach.settings import Settings
from outreach.settings.loading import settings_from
from outreach.store.bodies import decode_body
from outreach.store.clock import ClockFormula, set_clock
from outreach.usecases.delivering import deliver
from outreach.usecases.dispatch import dispatch_due
from outreach.usecases.fold_log import fold_log
from outreach.usecases.intake import intake_pending
from outreach.usecases.receipt_effects import event_aad
from outreach.usecases.receipts import fold_receipts
from outreach.usecases.reconcile import reconcile_unknown
from outreach.usecases.sending import Sender
from outreach.usecases.tasks import deadlines_of
from outreach.web.server import serving
from tests.e2e.signals import Signals
from tests.fakes.twilio import ACCOUNT, TOKEN, FakeTwilio, running_twilio

ROOT: Final = Path(__file__).resolve().parents[2]
PUBLIC: Final = "https://cb.collector.example"
SECRET: Final = "whsec_" + base64.b64encode(b"acme-core-secret-of-32-bytes-xyz").decode()
US_NUMBER: Final = "+12125550100"
NOON: Final = datetime(2026, 11, 23, 17, tzinfo=UTC)
"""Monday noon in New York, 01:00 on Tuesday in Shanghai."""


def settings_for(
    database_url: str,
    redis_url: str,
    twilio: str,
    *,
    house: str | None = None,
    providers: dict[str, Any] | None = None,
    **lender: Any,
) -> Settings:
    """Return an installation with one lender, `acme`, and one Twilio account.

    With a `house` there is a sandbox account of that name as well, which posts its callbacks to
    this address. `providers` are further accounts; those of Twilio share the one account, unless
    they name another. `config_dir` and `templates_dir` may be among the lender's changes.
    """
    folders = {
        name: str(lender.pop(name, ROOT / folder))
        for name, folder in (("config_dir", "config"), ("templates_dir", "templates"))
    }
    calm = {"failure_rate": 0, "reply_rate": 0, "callback_base_url": house}
    account = {"adapter": "sandbox", "options": calm}
    ours = {"account_sid": ACCOUNT, "auth_tokens": [TOKEN], "base_url": twilio}
    further = {
        name: {**one, "options": {**ours, **one["options"]}}
        if one["adapter"].startswith("twilio_")
        else one
        for name, one in (providers or {}).items()
    }
    sandbox = {"house": account, "simulated": account} if house else {}
    return settings_from(
        {
            "database_url": database_url,
            "redis_url": redis_url,
            "master_key": base64.b64encode(bytes(range(32))).decode(),
            "public_base_url": PUBLIC,
            **folders,
            "providers": {
                **further,
                **sandbox,
                "twilio": {"adapter": "twilio_sms", "options": ours},
            },
            "lenders": {
                "acme": {
                    "name": "Acme Lending",
                    "role": "first_party",
                    "mode": "live",
                    "country": "US",
                    "timezone": "America/New_York",
                    "locale": "en-US",
                    "currency": "USD",
                    "phone": "+1 212 555 0199",
                    "sources": {
                        "core": {"adapter": "standard", "secrets": [SECRET], "order": "time"}
                    },
                    "senders": {
                        "main": {
                            "channel": "sms",
                            "provider": "twilio",
                            "address": US_NUMBER,
                            "rate_per_second": 1000,
                            "number_kind": "ten_digit",
                            "registrations": {"a2p_campaign": "CACME01"},
                        }
                    },
                    **lender,
                }
            },
        }
    )


class Service(Signals):
    """One running service; every method works against the real thing."""

    def __init__(self, runtime: Runtime, twilio: FakeTwilio, base_url: str) -> None:
        super().__init__()
        self.runtime = runtime
        self.twilio = twilio
        self.base_url = base_url
        self.stopping = asyncio.Event()
        self.sender = Sender(
            runtime.providers, runtime.clock, runtime.throttle, self.stopping, runtime.brakes
        )

    async def fold_contact_log(self) -> None:
        """Bring the contact log's read model up to date."""
        while await fold_log(self.runtime):
            pass

    async def move_to(self, at: datetime) -> None:
        """Freeze business time at an instant."""
        async with self.runtime.db.acquire() as conn:
            await set_clock(conn, ClockFormula(at, at, 0))
        await refresh_clock(self.runtime)

    @property
    def now(self) -> datetime:
        """Business time."""
        return self.runtime.clock.business_now()

    async def post(self, *signals: dict[str, Any], source: str = "core") -> int:
        """Post signals, signed, one request each; returns the last answer's status."""
        status = 0
        for signal in signals:
            body = json.dumps(signal).encode()
            headers = signed(str(signal["id"]), body, at=self.now)
            url = f"{self.base_url}/v1/signals/{source}"
            async with self.runtime.http.post(url, data=body, headers=headers) as answer:
                status = answer.status
                await answer.read()
        return status

    async def fold(self) -> None:
        """Fold what is in the inbox."""
        clock = self.runtime.clock
        while True:
            result = await intake_pending(
                self.runtime,
                now=self.now,
                wall_now=clock.wall_now() + timedelta(seconds=1),
                deadlines=deadlines_of(self.runtime.settings),
            )
            if not result.taken:
                return

    async def fold_and_decide(self) -> int:
        """Fold what is in the inbox and contact at once whom it concerns, as a worker does.

        Returns how many people are left for dispatch.
        """
        clock, woken = self.runtime.clock, 0
        while True:
            result = await intake_pending(
                self.runtime,
                now=self.now,
                wall_now=clock.wall_now() + timedelta(seconds=1),
                deciding=self.runtime,
            )
            await deliver(self.runtime, self.sender, result.handoffs)
            woken += len(result.woken)
            if not result.taken:
                return woken

    async def dispatch(self) -> int:
        """Work through everybody who is due; returns how many looks it took."""
        total = 0
        while looked := await dispatch_due(self.runtime, self.sender):
            total += looked
        return total

    async def receipts(self) -> None:
        """Wait for the vendor's callbacks and fold them."""
        await self.twilio.settled()
        wall = self.runtime.clock.wall_now() + timedelta(seconds=1)
        while await fold_receipts(self.runtime, now=self.now, wall_now=wall):
            pass

    async def reconcile(self, *, after: timedelta = timedelta(minutes=2)) -> None:
        """Look for unsettled contacts as if so much wall time had passed."""
        wall = self.runtime.clock.wall_now() + after
        while await reconcile_unknown(self.runtime, now=self.now, wall_now=wall):
            pass

    async def rows(self, sql: str, *arguments: Any) -> list[dict[str, Any]]:
        """Run a query."""
        async with self.runtime.db.acquire() as conn:
            return [dict(row) for row in await conn.fetch(sql, *arguments)]

    async def contacts(self) -> list[dict[str, Any]]:
        """Return the contact log's projection, oldest first."""
        return await self.rows("SELECT * FROM contacts ORDER BY at, try")

    async def log(self) -> list[dict[str, Any]]:
        """Return the log, decrypted."""
        rows = await self.rows(
            "SELECT e.*, p.wrapped_key FROM contact_events e LEFT JOIN persons p USING (person_id)"
            " ORDER BY event_id"
        )
        return [
            {
                "kind": row["kind"],
                "at": row["at"],
                **decode_body(
                    self.runtime.vault.open(row["wrapped_key"]).decrypt(
                        row["body"], event_aad(row["person_id"])
                    )
                ),
            }
            for row in rows
            if row["person_id"]
        ]


@asynccontextmanager
async def a_service(
    database_url: str,
    redis_url: str,
    *,
    at: datetime = NOON,
    lender: dict[str, Any] | None = None,
    has_house: bool = False,
) -> AsyncIterator[Service]:
    """Run the service and its vendors for as long as the block lasts."""
    port = free_port("127.0.0.1") if has_house else 0
    house = f"http://127.0.0.1:{port}" if has_house else None
    async with running_twilio(at, public_base_url=PUBLIC) as twilio:
        settings = settings_for(
            database_url, redis_url, twilio.base_url, house=house, **(lender or {})
        )
        async with (
            open_runtime(settings) as runtime,
            serving(runtime, host="127.0.0.1", port=port) as port,
        ):
            base_url = f"http://127.0.0.1:{port}"
            twilio.posts_to = base_url
            service = Service(runtime, twilio, base_url)
            await service.move_to(at)
            twilio.now = runtime.clock.wall_now()
            yield service


def signed(message: str, body: bytes, *, at: datetime) -> dict[str, str]:
    """Return the headers of a signed webhook."""
    key, stamp = base64.b64decode(SECRET.removeprefix("whsec_")), str(int(at.timestamp()))
    signature = digest(key, f"{message}.{stamp}.".encode() + body, sha256)
    return {
        "content-type": "application/json",
        "webhook-id": message,
        "webhook-timestamp": stamp,
        "webhook-signature": "v1," + base64.b64encode(signature).decode(),
    }


def kinds(log: Sequence[dict[str, Any]]) -> list[str]:
    """Return the kinds of log rows in order."""
    return [row["kind"] for row in log]
