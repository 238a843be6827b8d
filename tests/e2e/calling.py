"""The service with a lender or agency that calls, and a fake that takes its calls."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from outreach.runtime import open_runtime
from outreach.web.server import serving
from tests.e2e.service import NOON, PUBLIC, Service, settings_for
from tests.e2e.signals import a_consent, a_phone
from tests.fakes.twilio import ACCOUNT, TOKEN, running_twilio
from tests.fakes.twilio_voice import FakeCalls, running_calls

ADA: Final = "+16145550143"
CALLER: Final = "+16145550100"
QUEUE: Final = "+1 614 555 0199"
AGENCY: Final[dict[str, Any]] = {
    "name": "Harbor Recovery",
    "role": "third_party",
    "neutral_name": "HR Services",
    "contact_person": "Dana Sample",
    "phone": QUEUE,
    "pay_url": "https://harbor.example/pay",
}
LENDING: Final[dict[str, Any]] = {
    "name": "Acme Lending",
    "phone": QUEUE,
    "pay_url": "https://acme.example/pay",
}


class Calling(Service):
    """The service with a fake that takes calls."""

    calls: FakeCalls

    async def answered(self) -> None:
        """Wait for the calls' ends and fold what they told."""
        await self.calls.settled()
        await self.receipts()

    async def call_now(self) -> list[str]:
        """Contact whom it is time for, to the end of every call; returns all that was said."""
        await self.dispatch()
        await self.answered()
        return [words for said in self.calls.said.values() for words in said]


@asynccontextmanager
async def a_caller(
    database_url: str,
    redis_url: str,
    *,
    dial_mode: str = "prerecorded",
    texts: bool = False,
    **lender: Any,
) -> AsyncIterator[Calling]:
    """Run the service with a lender or agency that calls; business time is noon in Ohio."""
    async with (
        running_twilio(NOON, public_base_url=PUBLIC) as twilio,
        running_calls(NOON, public_base_url=PUBLIC) as calls,
    ):
        senders: dict[str, Any] = {
            "line": {
                "channel": "call",
                "provider": "voice",
                "address": CALLER,
                "rate_per_second": 1000,
                "dial_mode": dial_mode,
                "number_kind": "fixed_line",
            }
        }
        if texts:
            senders["main"] = {
                "channel": "sms",
                "provider": "twilio",
                "address": CALLER,
                "rate_per_second": 1000,
                "number_kind": "ten_digit",
                "registrations": {"a2p_campaign": "C1"},
            }
        options = {"account_sid": ACCOUNT, "auth_tokens": [TOKEN], "base_url": calls.base_url}
        settings = settings_for(
            database_url,
            redis_url,
            twilio.base_url,
            providers={"voice": {"adapter": "twilio_voice", "options": options}},
            senders=senders,
            **lender,
        )
        async with (
            open_runtime(settings) as runtime,
            serving(runtime, host="127.0.0.1", port=0) as port,
        ):
            base_url = f"http://127.0.0.1:{port}"
            twilio.posts_to = calls.posts_to = base_url
            service = Calling(runtime, twilio, base_url)
            service.calls = calls
            await service.move_to(NOON)
            twilio.now = calls.now = runtime.clock.wall_now()
            yield service


async def ada(service: Calling, *, days: int = 7, **changes: Any) -> None:
    """Tell of Ada in Ohio, who consented to calls, and of her overdue loan."""
    consents = [
        a_consent(service.now, channel="call", type="express"),
        a_consent(service.now),
    ]
    told = {
        "address": {"country": "US", "region": "US-OH"},
        "phones": [a_phone("ph-1", ADA, primary=True)],
        "consents": consents,
        **changes,
    }
    await service.post(service.borrower(**told), service.overdue(days))
    await service.fold()


def outcome(row: dict[str, Any]) -> tuple[str, str]:
    """Return state and outcome of a contact."""
    return str(row["delivery_state"]), str(row["outcome"])


async def rules_against(service: Calling) -> set[str]:
    """Return the rules of the latest refusal."""
    refused = [row for row in await service.log() if row["kind"] in {"blocked", "deferred"}]
    tried = refused[-1]["tried"] if refused else []
    return {reason["rule"] for one in tried for reason in one["reasons"]}
