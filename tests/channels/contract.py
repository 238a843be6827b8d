"""What every provider must do, whoever the vendor is: each adapter's test runs this suite."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from outreach.channels.provider import (
    Accepted,
    Attempt,
    BadSignatureError,
    Found,
    InboundMessage,
    NotFound,
    Provider,
    RawCallback,
    Rejected,
    StatusUpdate,
    Unknown,
)
from outreach.domain.contacts import attempt_id
from outreach.domain.vocabulary import Channel, DeliveryState, ErrorClass

NOW = datetime(2026, 11, 23, 9, 2, tzinfo=UTC)
DEADLINE = 2.0


def an_attempt(
    recipient: str = "+12025550143", *, number: int = 1, sender: str = "+15005550006"
) -> Attempt:
    """Return a valid attempt; `number` tells attempts apart."""
    return Attempt(
        attempt_id=attempt_id(number, UUID(int=number, version=4)),
        channel=Channel.SMS,
        sender=sender,
        recipient=recipient,
        body="Your payment of 40.00 is due on Friday.",
        valid_for=timedelta(hours=3),
        reserved_at=NOW,
    )


@dataclass
class Harness:
    """One adapter with a vendor that can be told what to do."""

    provider: Provider
    unanswered: str
    """Number whose create is taken and never answered."""
    opted_out: str
    throttled: str
    unavailable: Callable[[], Provider]
    """The adapter when its vendor can't be connected to."""
    status: Callable[[Attempt, str], RawCallback]
    """A signed status callback for an attempt: `delivered`, or a word nobody knows."""
    inbound: Callable[[str, str], RawCallback]
    """A signed inbound message: sender and text."""


class ProviderContract:
    """Mixed into a test class with a `harness` fixture."""

    async def test_a_create_is_accepted_with_a_reference(self, harness: Harness) -> None:
        result = await harness.provider.send(an_attempt(), DEADLINE)

        assert isinstance(result, Accepted)
        assert result.ref
        assert result.state in {DeliveryState.ACCEPTED, DeliveryState.QUEUED}

    async def test_an_unanswered_create_is_unknown_and_found_by_a_lookup(
        self, harness: Harness
    ) -> None:
        attempt = an_attempt(harness.unanswered)

        result = await harness.provider.send(attempt, 0.3)

        assert isinstance(result, Unknown)
        found = await harness.provider.lookup(attempt, DEADLINE)
        assert isinstance(found, Found)
        assert isinstance(
            await harness.provider.lookup(attempt, DEADLINE, taken={found.ref}), NotFound
        )

    async def test_what_was_never_sent_is_not_found(self, harness: Harness) -> None:
        assert isinstance(await harness.provider.lookup(an_attempt(number=99), DEADLINE), NotFound)

    async def test_a_vendor_that_cannot_be_reached_got_nothing(self, harness: Harness) -> None:
        result = await harness.unavailable().send(an_attempt("+12025559016"), DEADLINE)

        assert isinstance(result, Rejected)
        assert result.error is ErrorClass.UNAVAILABLE
        assert not result.contact_counted

    async def test_an_opted_out_recipient_is_rejected_uncounted(self, harness: Harness) -> None:
        result = await harness.provider.send(an_attempt(harness.opted_out), DEADLINE)

        assert isinstance(result, Rejected)
        assert (result.error, result.scope) == (ErrorClass.OPT_OUT, "address")
        assert not result.contact_counted

    async def test_throttling_says_when_to_come_back(self, harness: Harness) -> None:
        result = await harness.provider.send(an_attempt(harness.throttled), DEADLINE)

        assert isinstance(result, Rejected)
        assert result.error is ErrorClass.THROTTLED
        assert result.retry_after == timedelta(seconds=2)

    async def test_a_reference_nobody_knows_is_not_canceled(self, harness: Harness) -> None:
        assert await harness.provider.cancel("SM" + "f" * 32, DEADLINE) is False

    def test_a_status_names_the_attempt(self, harness: Harness) -> None:
        attempt = an_attempt()

        [event] = harness.provider.parse_callback(harness.status(attempt, "delivered"))

        assert isinstance(event, StatusUpdate)
        assert event.attempt_id == attempt.attempt_id
        assert event.report.state is DeliveryState.DELIVERED

    def test_the_same_callback_reads_the_same_twice(self, harness: Harness) -> None:
        raw = harness.status(an_attempt(), "delivered")

        assert harness.provider.parse_callback(raw) == harness.provider.parse_callback(raw)

    def test_an_unknown_status_changes_nothing(self, harness: Harness) -> None:
        [event] = harness.provider.parse_callback(harness.status(an_attempt(), "teleported"))

        assert not isinstance(event, StatusUpdate) or event.report.state is None

    def test_an_inbound_message_is_read_with_its_sender(self, harness: Harness) -> None:
        raw = harness.inbound("+12025550143", "no me escriban más ¡por favor!")

        [event] = harness.provider.parse_callback(raw)

        assert isinstance(event, InboundMessage)
        assert event.from_address == "+12025550143"
        assert event.text == "no me escriban más ¡por favor!"

    @pytest.mark.parametrize(
        "change", ["body", "path", "signature", "no headers", "empty", "binary"]
    )
    def test_a_forged_callback_is_refused(self, harness: Harness, change: str) -> None:
        raw = harness.status(an_attempt(), "delivered")
        forged = {
            "body": replace(raw, body=raw.body.replace(b"delivered", b"read")),
            "path": replace(raw, path_qs=raw.path_qs + "0"),
            "signature": replace(raw, headers=dict.fromkeys(raw.headers, "AAAA")),
            "no headers": replace(raw, headers={}),
            "empty": replace(raw, body=b""),
            "binary": replace(raw, body=b"\xff\xfe\x00="),
        }[change]

        with pytest.raises(BadSignatureError):
            harness.provider.parse_callback(forged)

    async def test_no_address_or_word_is_logged_or_shown(
        self, harness: Harness, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        attempt = an_attempt(harness.opted_out)

        shown = repr(await harness.provider.send(attempt, DEADLINE))
        await harness.provider.lookup(attempt, DEADLINE)
        shown += repr(attempt) + repr(harness.inbound("+12025550143", "words")) + caplog.text
        shown += repr(harness.provider.parse_callback(harness.inbound("+12025550143", "words")))

        for secret in (harness.opted_out, "2025550143", "payment of", "words"):
            assert secret not in shown
