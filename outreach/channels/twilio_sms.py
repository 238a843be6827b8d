"""SMS through Twilio's official SDK: create, look up, cancel.

Creates aren't idempotent at this vendor and its client library knows neither timeouts nor which
failures are certain, so both are settled here: what surely wasn't taken is `Rejected`, everything
else that isn't a clean 201 is `Unknown`, and nothing is ever repeated.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import aiohttp
from pydantic import BaseModel, ConfigDict, Field, SecretStr
from twilio.base.exceptions import TwilioException
from twilio.rest import Client

from outreach.channels.provider import (
    NO_CONTENT,
    Accepted,
    Acknowledgment,
    Attempt,
    CallbackEvent,
    Capabilities,
    Found,
    InboundMessage,
    LookupResult,
    NotFound,
    RawCallback,
    Rejected,
    SendResult,
    Unknown,
    Unsupported,
)
from outreach.channels.twilio_callbacks import KINDS, SignatureKeys, read_events
from outreach.channels.twilio_errors import error_table
from outreach.channels.twilio_http import CALL, Call, PooledTwilioHttp
from outreach.channels.twilio_statuses import MESSAGE_STATES, message_report
from outreach.domain.vocabulary import Channel, ErrorClass

_SHORTEST: Final = timedelta(seconds=5)
_LONGEST: Final = timedelta(seconds=36_000)
# A create follows its reservation by seconds; clocks differ by less than a minute.
_CREATED_FROM: Final = timedelta(minutes=-1)
_CREATED_UNTIL: Final = timedelta(minutes=5)
# Said where the vendor doesn't say it, so that an outage isn't met by a loop of attempts.
_RECONNECT_AFTER: Final = timedelta(seconds=30)
_BACK_OFF: Final = timedelta(seconds=5)
_LONGEST_BACK_OFF: Final = 86_400
_LISTED: Final = 200
_PAGE: Final = 50
_TWIML: Final = b'<?xml version="1.0" encoding="UTF-8"?><Response/>'
_ERROR_STATUS: Final = range(400, 500)
_TIMED_OUT_STATUS: Final = 408


class Options(BaseModel):
    """What one Twilio account needs."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    account_sid: str = Field(pattern=r"^AC[0-9a-fA-F]{32}$")
    api_key: str | None = Field(None, description="SK…; without it the first auth token is used.")
    api_secret: SecretStr | None = None
    auth_tokens: tuple[SecretStr, ...] = Field(
        min_length=1,
        max_length=2,
        description="Two while one is being rotated; callbacks are signed with either.",
    )
    shared_keys: dict[str, SecretStr] = Field(
        default_factory=dict, description="Key id → secret, for callbacks signed with HMAC_SHA256."
    )
    base_url: str = Field("https://api.twilio.com", pattern=r"^https?://[^/?#]+/?$")


class TwilioSms:
    """One Twilio account, for text messages; also reads that account's voice callbacks.

    Args:
        name: The provider's slug in the settings.
        options: Checked against `Options`.
        session: Shared HTTP session; must outlive this.
        public_base_url: The address that Twilio calls; signatures are checked against it.
    """

    capabilities = Capabilities(
        channels=frozenset({Channel.SMS}),
        max_body=1600,
        counts_segments=True,
        dedupes_creates=False,
        echo="callback_url",
        lookup="by_address",
        supports_cancel=True,
        valid_for=(_SHORTEST, _LONGEST),
        has_delivery_receipt=True,
    )

    def __init__(
        self,
        name: str,
        options: Mapping[str, Any],
        session: aiohttp.ClientSession,
        public_base_url: str,
    ) -> None:
        """See the class."""
        given = Options.model_validate(dict(options))
        self.name = name
        self.callback_paths: Mapping[str, str] = {f"/twilio/{kind}": kind for kind in KINDS}
        self._public = public_base_url.rstrip("/")
        tokens = tuple(token.get_secret_value() for token in given.auth_tokens)
        self._keys = SignatureKeys(
            self._public,
            tokens,
            {key: secret.get_secret_value() for key, secret in given.shared_keys.items()},
        )
        self._account_sid = given.account_sid
        client: Any = Client(  # type: ignore[no-untyped-call] # the SDK's own gap
            given.api_key or given.account_sid,
            given.api_secret.get_secret_value() if given.api_secret else tokens[0],
            given.account_sid,
            http_client=PooledTwilioHttp(session, given.base_url),
            environment={"TWILIO_EDGE": ""},  # not empty, or the SDK reads the process's own
        )
        self._messages = client.api.v2010.account.messages

    async def send(self, attempt: Attempt, deadline: float) -> SendResult:
        """See `Provider.send`. The vendor may queue it only until the contact window closes."""
        if attempt.valid_for < _SHORTEST:
            return Rejected(ErrorClass.EXPIRED, "window_closing", attempt.valid_for)
        call = Call(deadline)
        token = CALL.set(call)
        sender = _service_or_number(attempt.sender)
        try:
            message = await self._messages.create_async(
                to=attempt.recipient,
                body=attempt.body,
                status_callback=f"{self._public}/twilio/sms/status?a={attempt.attempt_id}#rc=5&rp=all",
                validity_period=int(min(attempt.valid_for, _LONGEST).total_seconds()),
                **sender,
            )
        except TwilioException as exc:
            return _refused(exc, call)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            # Never left this machine.
            return Rejected(ErrorClass.UNAVAILABLE, "connect", _RECONNECT_AFTER, "account")
        except (aiohttp.ClientError, TimeoutError) as exc:
            return Unknown(type(exc).__name__)
        except (ValueError, TypeError, AttributeError):
            return Unknown(f"unreadable {call.status}")
        finally:
            CALL.reset(token)
        state = MESSAGE_STATES.get(str(message.status))
        if not message.sid or state is None:
            return Unknown("no sid or status")
        return Accepted(message.sid, state, _parts(message.num_segments))

    async def lookup(
        self, attempt: Attempt, deadline: float, *, taken: Collection[str] = ()
    ) -> LookupResult:
        """See `Provider.lookup`: by id where known, else by recipient, time, sender and words.

        `DateSent` isn't filtered by: it is null while a message is queued.
        """
        token = CALL.set(Call(deadline))
        try:
            if attempt.ref is not None:
                return _found(await self._messages(attempt.ref).fetch_async())
            listed = await self._messages.list_async(
                to=attempt.recipient, limit=_LISTED, page_size=_PAGE
            )
            matches = [message for message in listed if _matches(message, attempt, taken)]
            if not matches:
                return NotFound()
            return _found(
                min(matches, key=lambda message: abs(message.date_created - attempt.reserved_at))
            )
        except (TwilioException, aiohttp.ClientError, TimeoutError) as exc:
            return Unsupported(type(exc).__name__)
        except (ValueError, TypeError, AttributeError, KeyError):
            return Unsupported("unreadable")
        finally:
            CALL.reset(token)

    async def cancel(self, ref: str, deadline: float) -> bool:
        """See `Provider.cancel`; the vendor refuses once the carrier has it."""
        token = CALL.set(Call(deadline))
        try:
            message = await self._messages(ref).update_async(status="canceled")
        except (
            TwilioException,
            aiohttp.ClientError,
            TimeoutError,
            ValueError,
            TypeError,
            AttributeError,
        ):
            return False
        finally:
            CALL.reset(token)
        return bool(message.status == "canceled")

    def parse_callback(self, raw: RawCallback) -> list[CallbackEvent]:
        """See `Provider.parse_callback`."""
        return read_events(raw, self._keys)

    def ack(self, kind: str, events: Sequence[CallbackEvent]) -> Acknowledgment:
        """Return empty TwiML where the vendor executes the answer, else 204."""
        if kind == "voice/gather" or any(isinstance(event, InboundMessage) for event in events):
            return Acknowledgment(200, "text/xml", _TWIML)
        return NO_CONTENT


def _service_or_number(sender: str) -> dict[str, str]:
    return {"messaging_service_sid": sender} if sender.startswith("MG") else {"from_": sender}


def _refused(exc: TwilioException, call: Call) -> SendResult:
    """Classify an answer that isn't 2xx; certain only below 500."""
    status = int(getattr(exc, "status", 0) or call.status)
    if status not in _ERROR_STATUS or status == _TIMED_OUT_STATUS:
        return Unknown(f"http {status}")
    code = str(getattr(exc, "code", None) or status)
    table = error_table()
    # A gateway's answer carries no vendor code, and the SDK then repeats the status.
    meaning = table.of_status(status) if code == str(status) else table.of_code(code)
    # The create was refused, so nothing was placed, whatever the code counts for later on.
    return Rejected(
        meaning.error,
        code,
        _retry_after(call, meaning.error),
        meaning.scope,
        contact_counted=False,
        alert=meaning.alert,
    )


def _retry_after(call: Call, error: ErrorClass) -> timedelta | None:
    text = str(call.headers.get("Retry-After", ""))
    if text.isascii() and text.isdigit():
        return timedelta(seconds=min(int(text), _LONGEST_BACK_OFF))
    return _BACK_OFF if error is ErrorClass.THROTTLED else None


def _parts(num_segments: str | None) -> int | None:
    """Read the vendor's count, a string that is "0" while a service hasn't chosen a number."""
    return int(num_segments or 0) or None


def _matches(message: Any, attempt: Attempt, taken: Collection[str]) -> bool:
    created: datetime | None = message.date_created
    return (
        message.direction == "outbound-api"
        and message.body == attempt.body
        and attempt.sender in (message.from_, message.messaging_service_sid)
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
