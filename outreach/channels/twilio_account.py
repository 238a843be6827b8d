"""What every Twilio adapter shares: an account's settings, its client, and what a failure means."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import aiohttp
from pydantic import BaseModel, ConfigDict, Field, SecretStr
from twilio.base.exceptions import TwilioException
from twilio.rest import Client

from outreach.channels.code_table import refusal
from outreach.channels.provider import Checked, Rejected, SendResult, Unknown
from outreach.channels.twilio_callbacks import SignatureKeys
from outreach.channels.twilio_errors import error_table
from outreach.channels.twilio_http import CALL, Call, PooledTwilioHttp
from outreach.domain.vocabulary import ErrorClass

UNREADABLE: Final = (ValueError, TypeError, AttributeError, KeyError)
"""What the SDK raises for an answer that isn't what it expects."""

NOT_ANSWERED: Final = (TwilioException, aiohttp.ClientError, TimeoutError)
"""What asking a question may end in besides."""

# Said where the vendor doesn't say it, so that an outage isn't met by a loop of attempts.
_RECONNECT_AFTER: Final = timedelta(seconds=30)
_LONGEST_BACK_OFF: Final = 86_400
_ERROR_STATUS: Final = range(400, 500)
_TIMED_OUT_STATUS: Final = 408
_DEAREST: Final = 1_000_000


class AccountOptions(BaseModel):
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


def signature_keys(options: AccountOptions, public_base_url: str) -> SignatureKeys:
    """Return what callbacks of an account are checked against."""
    return SignatureKeys(
        public_base_url,
        tuple(token.get_secret_value() for token in options.auth_tokens),
        {key: secret.get_secret_value() for key, secret in options.shared_keys.items()},
    )


def account_of(options: AccountOptions, session: aiohttp.ClientSession) -> Any:
    """Return the SDK's account, over the shared session; each use needs a `CALL`."""
    secret = options.api_secret or options.auth_tokens[0]
    client: Any = Client(  # type: ignore[no-untyped-call] # the SDK's own gap
        options.api_key or options.account_sid,
        secret.get_secret_value(),
        options.account_sid,
        http_client=PooledTwilioHttp(session, options.base_url),
        environment={"TWILIO_EDGE": ""},  # not empty, or the SDK reads the process's own
    )
    return client.api.v2010.account


async def check_account(account: Any, deadline: float) -> Checked:
    """Ask the vendor about the account itself; see `Checkable`."""
    call = Call(deadline)
    token = CALL.set(call)
    try:
        status = str((await account.fetch_async()).status)
    except TwilioException as exc:
        code = getattr(exc, "code", None) or getattr(exc, "status", None) or call.status
        refused = call.status in _ERROR_STATUS and call.status != _TIMED_OUT_STATUS
        return Checked("refused" if refused else "unreachable", f"error {code}")
    except (aiohttp.ClientError, TimeoutError) as exc:
        return Checked("unreachable", type(exc).__name__)
    except UNREADABLE:
        return Checked("cannot_tell", "the answer can't be read")
    finally:
        CALL.reset(token)
    return Checked("works" if status == "active" else "refused", f"account is {status}")


def price_of(resource: Any) -> tuple[int | None, str | None]:
    """Return what a message or call cost, in millionths, and the currency.

    The vendor writes it as a negative number in a string, and null for a while after the end.
    """
    try:
        price = abs(Decimal(str(resource.price)))
    except InvalidOperation:
        return None, None
    unit = resource.price_unit
    if not price.is_finite() or price >= _DEAREST or not isinstance(unit, str):
        return None, None
    return int(price * 1_000_000), unit.upper()


def failed_create(exc: Exception, call: Call) -> SendResult:
    """Say what a create came to that raised; certain only if it never left, or was refused.

    Args:
        exc: Of `NOT_ANSWERED` or `UNREADABLE`.
        call: With what the answer carried, if there was one.
    """
    if isinstance(exc, TwilioException):
        return _refused(exc, call)
    if isinstance(exc, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
        return Rejected(ErrorClass.UNAVAILABLE, "connect", _RECONNECT_AFTER, "account")
    if isinstance(exc, aiohttp.ClientError | TimeoutError):
        return Unknown(type(exc).__name__)
    return Unknown(f"unreadable {call.status}")


def _refused(exc: TwilioException, call: Call) -> SendResult:
    """Classify an answer that isn't 2xx; certain only below 500."""
    status = int(getattr(exc, "status", 0) or call.status)
    if status not in _ERROR_STATUS or status == _TIMED_OUT_STATUS:
        return Unknown(f"http {status}")
    code = str(getattr(exc, "code", None) or status)
    table = error_table()
    # A gateway's answer carries no vendor code, and the SDK then repeats the status.
    meaning = table.of_status(status) if code == str(status) else table.of_code(code)
    return refusal(meaning, code, _retry_after(call.headers))


def _retry_after(headers: Mapping[str, str]) -> timedelta | None:
    text = str(headers.get("Retry-After", ""))
    if text.isascii() and text.isdigit():
        return timedelta(seconds=min(int(text), _LONGEST_BACK_OFF))
    return None
