"""The messages of one Twilio account, whatever they travel by: create, look up, cancel.

Creates aren't idempotent at this vendor and its client library knows neither timeouts nor which
failures are certain, so both are settled here: what surely wasn't taken is `Rejected`, everything
else that isn't a clean 201 is `Unknown`, and nothing is ever repeated.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, Final

from pydantic import Field

from outreach.channels.provider import (
    Accepted,
    Attempt,
    Finished,
    Found,
    LookupResult,
    NotFound,
    Rejected,
    SendResult,
    Unknown,
    Unsupported,
)
from outreach.channels.twilio_account import (
    NOT_ANSWERED,
    UNREADABLE,
    AccountOptions,
    failed_create,
    price_of,
)
from outreach.channels.twilio_http import CALL, Call
from outreach.channels.twilio_statuses import MESSAGE_STATES, message_report
from outreach.domain.vocabulary import ErrorClass

SHORTEST: Final = timedelta(seconds=5)
LONGEST: Final = timedelta(seconds=36_000)
"""Bounds of the time that the vendor may queue a message."""

# A create follows its reservation by seconds; clocks differ by less than a minute.
_CREATED_FROM: Final = timedelta(minutes=-1)
_CREATED_UNTIL: Final = timedelta(minutes=5)
_LISTED: Final = 200
_PAGE: Final = 50
_ENDED: Final = frozenset({"delivered", "undelivered", "failed", "read", "sent"})


class MessageOptions(AccountOptions):
    """What an account that sends messages needs: what the vendor may keep of them."""

    redact: bool = Field(
        default=False,
        description="Have Twilio delete a message's words once it has run its course, a few minutes"
        " after its last receipt. Our log keeps them.",
    )
    discard_words: bool = Field(
        default=False,
        description="Have Twilio keep no words at all (`ContentRetention=discard`); needs a feature"
        " of the account. A create without an answer is then found by recipient and time.",
    )
    obfuscate_numbers: bool = Field(
        default=False,
        description="Have Twilio keep recipients without their last digits"
        " (`AddressRetention=obfuscate`); the same feature. A create without an answer is then"
        " known by its callbacks alone, and stays unknown where none comes.",
    )

    def retention(self) -> dict[str, str]:
        """Return the SDK's parameters for it."""
        asked: dict[str, str] = {}
        if self.discard_words:
            asked["content_retention"] = "discard"
        if self.obfuscate_numbers:
            asked["address_retention"] = "obfuscate"
        return asked


class Messages:
    """Messages of one channel.

    Args:
        account: Of the SDK, as `account_of` returns it.
        options: What the vendor may keep.
        report_to: Address for status callbacks, without the query.
        prefix: What the vendor writes before each address of the channel, as in `whatsapp:`.
    """

    def __init__(
        self, account: Any, options: MessageOptions, report_to: str, prefix: str = ""
    ) -> None:
        """See the class."""
        self._messages = account.messages
        self._options = options
        self._report_to = report_to
        self._prefix = prefix

    async def create(self, attempt: Attempt, deadline: float, **content: str) -> SendResult:
        """Create one message; the vendor may queue it only until the contact window closes.

        Args:
            attempt: To whom, from whom, until when.
            deadline: Seconds.
            content: The SDK's parameters for what is said: `body`, or a template's.
        """
        if attempt.valid_for < SHORTEST:
            return Rejected(ErrorClass.EXPIRED, "window_closing", attempt.valid_for)
        call = Call(deadline)
        token = CALL.set(call)
        sender = self._sender(attempt)
        by = "messaging_service_sid" if _is_service(sender) else "from_"
        try:
            message = await self._messages.create_async(
                to=self._prefix + attempt.recipient,
                status_callback=f"{self._report_to}?a={attempt.attempt_id}#rc=5&rp=all",
                validity_period=int(min(attempt.valid_for, LONGEST).total_seconds()),
                **{by: sender},
                **self._options.retention(),
                **content,
            )
        except (*NOT_ANSWERED, *UNREADABLE) as exc:
            return failed_create(exc, call)
        finally:
            CALL.reset(token)
        state = MESSAGE_STATES.get(str(message.status))
        if not message.sid or state is None:
            return Unknown("no sid or status")
        return Accepted(message.sid, state, _parts(message.num_segments))

    async def lookup(
        self, attempt: Attempt, deadline: float, taken: Collection[str], *, body: str | None
    ) -> LookupResult:
        """See `Provider.lookup`: by id where known, else by recipient, time, sender and words.

        `DateSent` isn't filtered by: it is null while a message is queued. `body` None: the words
        are the vendor's, and tell nothing; so do words that it was told not to keep.
        """
        if self._options.obfuscate_numbers and attempt.ref is None:
            return NotFound()  # nothing that it lists shows a whole number
        if self._options.discard_words:
            body = None
        token = CALL.set(Call(deadline))
        try:
            if attempt.ref is not None:
                return _found(await self._messages(attempt.ref).fetch_async())
            listed = await self._messages.list_async(
                to=self._prefix + attempt.recipient, limit=_LISTED, page_size=_PAGE
            )
            sender = self._sender(attempt)
            matches = [one for one in listed if _matches(one, attempt, sender, body, taken)]
            if not matches:
                return NotFound()
            return _found(
                min(matches, key=lambda message: abs(message.date_created - attempt.reserved_at))
            )
        except NOT_ANSWERED as exc:
            return Unsupported(type(exc).__name__)
        except UNREADABLE:
            return Unsupported("unreadable")
        finally:
            CALL.reset(token)

    async def cancel(self, ref: str, deadline: float) -> bool:
        """See `Provider.cancel`; the vendor refuses once the carrier has it."""
        token = CALL.set(Call(deadline))
        try:
            message = await self._messages(ref).update_async(status="canceled")
        except (*NOT_ANSWERED, *UNREADABLE):
            return False
        finally:
            CALL.reset(token)
        return bool(message.status == "canceled")

    async def finish(self, ref: str, deadline: float) -> Finished | Unsupported:
        """See `Finishing`; the vendor deletes words only of what has run its course."""
        token = CALL.set(Call(deadline))
        try:
            message = await self._messages(ref).fetch_async()
            micros, currency = price_of(message)
            parts = _parts(message.num_segments)
            keeps = self._options.redact and bool(message.body)
            if keeps and str(message.status) in _ENDED:
                keeps = bool((await self._messages(ref).update_async(body="")).body)
        except (*NOT_ANSWERED, *UNREADABLE) as exc:
            return Unsupported(type(exc).__name__)
        finally:
            CALL.reset(token)
        return Finished(parts, micros, currency, not keeps)

    def _sender(self, attempt: Attempt) -> str:
        return attempt.sender if _is_service(attempt.sender) else self._prefix + attempt.sender


def _is_service(sender: str) -> bool:
    return sender.startswith("MG")


def _parts(num_segments: str | None) -> int | None:
    """Read the vendor's count, a string that is "0" while a service hasn't chosen a number."""
    return int(num_segments or 0) or None


def _matches(
    message: Any, attempt: Attempt, sender: str, body: str | None, taken: Collection[str]
) -> bool:
    created: datetime | None = message.date_created
    return (
        message.direction == "outbound-api"
        and (body is None or message.body == body)
        and sender in (message.from_, message.messaging_service_sid)
        and message.sid not in taken
        and created is not None
        and _CREATED_FROM <= created - attempt.reserved_at <= _CREATED_UNTIL
    )


def _found(message: Any) -> LookupResult:
    if not message.sid:
        return Unsupported("unreadable")
    code = "" if message.error_code is None else str(message.error_code)
    return Found(
        message.sid, message_report(str(message.status), code).report, _parts(message.num_segments)
    )
