"""What every provider must do, whoever the vendor is: each adapter's test runs this suite.

A vendor that can do all of it runs `ProviderContract`. One that can't be asked and calls nobody
back (push services) runs `SendContract` with `OneWayContract`; others mix what they can.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from outreach.channels.provider import (
    Accepted,
    Attempt,
    BadSignatureError,
    Checkable,
    Found,
    InboundMessage,
    NotFound,
    Provider,
    RawCallback,
    Rejected,
    StatusUpdate,
    Unknown,
    Unsupported,
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


def _calls_nobody_back(*given: object) -> RawCallback:
    raise AssertionError("this vendor has no such callback")


@dataclass
class Harness:
    """One adapter with a vendor that can be told what to do.

    Recipients are what the vendor takes: numbers, tokens, subscriptions.
    """

    provider: Provider
    unanswered: str
    """Recipient whose create is taken and never answered."""
    throttled: str
    unavailable: Callable[[], Provider]
    """The adapter when its vendor can't be connected to."""
    away: str = "+12025559016"
    """Recipient to try that with."""
    opted_out: str = ""
    """Recipient that the vendor knows to have opted out; vendors without opt-outs have none."""
    dead: str = ""
    """Recipient that no longer exists, where the vendor says so at once."""
    status: Callable[[Attempt, str], RawCallback] = _calls_nobody_back
    """A signed status callback for an attempt: `delivered`, or a word nobody knows."""
    inbound: Callable[[str, str], RawCallback] = _calls_nobody_back
    """A signed inbound message: sender and text."""
    writer: str = "+12025550143"
    """Who writes to the vendor's address."""
    attempt: Callable[..., Attempt] = an_attempt
    """A valid attempt, called like `an_attempt`."""
    unsigned: bool = False
    """The vendor signs nothing: its callbacks are told by their secret address alone."""
    secrets: tuple[str, ...] = field(default=("2025550143", "payment of"))
    """What no log and no `repr` may show, besides recipients."""


class SendContract:
    """What a create may come to. Mixed into a test class with a `harness` fixture."""

    async def test_a_create_is_accepted_with_a_reference(self, harness: Harness) -> None:
        result = await harness.provider.send(harness.attempt(), DEADLINE)

        assert isinstance(result, Accepted)
        assert result.ref
        assert result.state in {DeliveryState.ACCEPTED, DeliveryState.QUEUED}

    async def test_an_unanswered_create_is_unknown(self, harness: Harness) -> None:
        result = await harness.provider.send(harness.attempt(harness.unanswered), 0.3)

        assert isinstance(result, Unknown)

    async def test_a_vendor_that_cannot_be_reached_got_nothing(self, harness: Harness) -> None:
        result = await harness.unavailable().send(harness.attempt(harness.away), DEADLINE)

        assert isinstance(result, Rejected)
        assert result.error is ErrorClass.UNAVAILABLE
        assert not result.contact_counted

    async def test_throttling_says_when_to_come_back(self, harness: Harness) -> None:
        result = await harness.provider.send(harness.attempt(harness.throttled), DEADLINE)

        assert isinstance(result, Rejected)
        assert result.error is ErrorClass.THROTTLED
        assert result.retry_after == timedelta(seconds=2)

    async def test_who_is_gone_or_opted_out_is_rejected_uncounted(self, harness: Harness) -> None:
        for recipient, error in (
            (harness.opted_out, ErrorClass.OPT_OUT),
            (harness.dead, ErrorClass.INVALID_ADDRESS),
        ):
            if recipient:
                result = await harness.provider.send(harness.attempt(recipient), DEADLINE)

                assert isinstance(result, Rejected)
                assert (result.error, result.scope) == (error, "address")
                assert not result.contact_counted

    async def test_a_vendor_that_can_say_so_lets_us_in(self, harness: Harness) -> None:
        if isinstance(harness.provider, Checkable):
            assert (await harness.provider.check(DEADLINE)).verdict == "works"

    async def test_no_address_or_word_is_logged_or_shown(
        self, harness: Harness, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        shown = repr(harness.provider)

        for recipient in filter(None, (harness.opted_out, harness.dead, harness.throttled)):
            attempt = harness.attempt(recipient)
            shown += repr(await harness.provider.send(attempt, DEADLINE)) + repr(attempt)
            shown += repr(await harness.provider.lookup(attempt, DEADLINE)) + caplog.text
            assert recipient not in shown

        for secret in harness.secrets:
            assert secret not in shown


class LookupContract:
    """What a vendor that can be asked says."""

    async def test_an_unanswered_create_is_found_by_a_lookup(self, harness: Harness) -> None:
        attempt = harness.attempt(harness.unanswered)
        await harness.provider.send(attempt, 0.3)

        found = await harness.provider.lookup(attempt, DEADLINE)

        assert isinstance(found, Found)
        assert isinstance(
            await harness.provider.lookup(attempt, DEADLINE, taken={found.ref}), NotFound
        )

    async def test_what_was_never_sent_is_not_found(self, harness: Harness) -> None:
        attempt = harness.attempt(number=99)

        assert isinstance(await harness.provider.lookup(attempt, DEADLINE), NotFound)

    async def test_a_reference_nobody_knows_is_not_canceled(self, harness: Harness) -> None:
        assert await harness.provider.cancel("SM" + "f" * 32, DEADLINE) is False


class StatusContract:
    """What a vendor's status callbacks are read as."""

    def test_a_status_names_the_attempt(self, harness: Harness) -> None:
        attempt = harness.attempt()

        [event] = harness.provider.parse_callback(harness.status(attempt, "delivered"))

        assert isinstance(event, StatusUpdate)
        assert event.attempt_id == attempt.attempt_id
        assert event.report.state is DeliveryState.DELIVERED

    def test_the_same_callback_reads_the_same_twice(self, harness: Harness) -> None:
        raw = harness.status(harness.attempt(), "delivered")

        assert harness.provider.parse_callback(raw) == harness.provider.parse_callback(raw)

    def test_an_unknown_status_changes_nothing(self, harness: Harness) -> None:
        [event] = harness.provider.parse_callback(harness.status(harness.attempt(), "teleported"))

        assert not isinstance(event, StatusUpdate) or event.report.state is None

    @pytest.mark.parametrize(
        "change", ["body", "path", "signature", "no headers", "empty", "binary"]
    )
    def test_a_forged_callback_is_refused(self, harness: Harness, change: str) -> None:
        raw = harness.status(harness.attempt(), "delivered")
        forged = {
            "body": replace(raw, body=raw.body.replace(b"delivered", b"read")),
            "path": replace(raw, path_qs=raw.path_qs + "0"),
            "signature": replace(raw, headers=dict.fromkeys(raw.headers, "AAAA")),
            "no headers": replace(raw, headers={}),
            "empty": replace(raw, body=b""),
            "binary": replace(raw, body=b"\xff\xfe\x00="),
        }[change]

        if harness.unsigned and change != "path":
            assert harness.provider.parse_callback(forged), "what can't be read is kept"
            return
        with pytest.raises(BadSignatureError):
            harness.provider.parse_callback(forged)


class InboundContract:
    """What people write back."""

    def test_an_inbound_message_is_read_with_its_sender(self, harness: Harness) -> None:
        raw = harness.inbound(harness.writer, "no me escriban más ¡por favor!")

        [event] = harness.provider.parse_callback(raw)

        assert isinstance(event, InboundMessage)
        assert event.from_address == harness.writer
        assert event.channel in harness.provider.capabilities.channels
        assert event.text == "no me escriban más ¡por favor!"

    def test_what_people_write_is_not_shown(self, harness: Harness) -> None:
        raw = harness.inbound(harness.writer, "words")

        shown = repr(raw) + repr(harness.provider.parse_callback(raw))

        for secret in (harness.writer.removeprefix("+"), "words"):
            assert secret not in shown


class ProviderContract(SendContract, LookupContract, StatusContract, InboundContract):
    """All of it."""


class OneWayContract:
    """A vendor that takes messages, can't be asked about them and calls nobody back."""

    async def test_it_says_that_it_cannot_be_asked(self, harness: Harness) -> None:
        found = await harness.provider.lookup(harness.attempt(), DEADLINE)

        assert isinstance(found, Unsupported)
        assert harness.provider.capabilities.lookup == "none"
        assert not harness.provider.capabilities.has_delivery_receipt

    async def test_nothing_can_be_taken_back(self, harness: Harness) -> None:
        assert await harness.provider.cancel("anything", DEADLINE) is False
        assert not harness.provider.capabilities.supports_cancel

    def test_whoever_calls_back_is_a_stranger(self, harness: Harness) -> None:
        assert not harness.provider.callback_paths
        with pytest.raises(BadSignatureError):
            harness.provider.parse_callback(RawCallback("status", "/x", {}, b"{}"))
        assert harness.provider.ack("status", []).status == 204
