"""Notifications through Apple's push service.

APNs answers for the device that it knows, not for the person: whether a notification was shown or
opened comes from the lender's app, as `app.delivered` and `app.read` signals. An unanswered
request may have been taken and is never repeated; the collapse id keeps a second one from standing
beside the first.
"""

import asyncio
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

import msgspec
from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from outreach.channels.apns_http import Http2
from outreach.channels.apns_token import ProviderTokens, p8_key
from outreach.channels.exchange import Answer
from outreach.channels.provider import (
    Accepted,
    Attempt,
    Rejected,
    SendResult,
    Unknown,
    WallClock,
)
from outreach.channels.push_message import (
    LARGEST,
    Life,
    alert_of,
    code_table,
    data_of,
    life_of,
    members_of,
    no_address,
    refused,
    too_long,
    topic_of,
)
from outreach.channels.push_one_way import OneWay
from outreach.domain.vocabulary import DeliveryState, ErrorClass

_HOSTS: Final = {
    "production": "https://api.push.apple.com",
    "sandbox": "https://api.sandbox.push.apple.com",
}
_DEVICE: Final = re.compile(r"[0-9A-Za-z]{1,200}", re.ASCII)
_REFUSED: Final = range(400, 500)
_GONE: Final = frozenset({"Unregistered", "ExpiredToken", "410"})
# Milliseconds; what is later is no time.
_LATEST: Final = 10**14
# The app registers again when it is opened.
_ASK_AGAIN_AFTER: Final = timedelta(days=1)


class Options(BaseModel):
    """What one Apple developer team needs."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    key: SecretStr = Field(description="Text of the .p8 key with which tokens are signed.")
    key_id: str = Field(pattern=r"^[A-Z0-9]{10}$", description="The key's id.")
    team_id: str = Field(pattern=r"^[A-Z0-9]{10}$", description="The developer team's id.")
    environment: Literal["production", "sandbox"] = Field(
        "production",
        description="Where the app's device tokens are valid; apps from Xcode use the sandbox.",
    )
    base_url: str | None = Field(
        None, pattern=r"^https?://[^/?#\s]+/?$", description="Another host than Apple's, for tests."
    )

    @field_validator("key")
    @classmethod
    def _is_p8(cls, given: SecretStr) -> SecretStr:
        p8_key(given)
        return given


class Apns(OneWay):
    """One Apple developer team; a sender's address is the app's bundle id.

    Args:
        name: The provider's slug in the settings.
        options: Checked against `Options`.
        clock: For the end of the contact window and the times in tokens.
    """

    def __init__(self, name: str, options: Mapping[str, Any], clock: WallClock) -> None:
        """See the class."""
        given = Options.model_validate(dict(options))
        self.name = name
        self._clock = clock
        self._tokens = ProviderTokens(p8_key(given.key), given.key_id, given.team_id)
        self._http = Http2(given.base_url or _HOSTS[given.environment])

    async def send(self, attempt: Attempt, deadline: float) -> SendResult:
        """See `Provider.send`. An expired token is renewed once: nothing was taken."""
        loop = asyncio.get_running_loop()
        ends = loop.time() + deadline
        if _DEVICE.fullmatch(attempt.recipient) is None:
            return no_address("not_a_token")
        payload = msgspec.json.encode({"aps": {"alert": alert_of(attempt)}, **data_of(attempt)})
        if len(payload) > LARGEST:
            return too_long()
        token = self._tokens.get(self._clock.wall_now())
        result = await self._post(attempt, payload, token, ends - loop.time())
        if isinstance(result, Rejected) and result.code == "ExpiredProviderToken":
            other = self._tokens.renewed(token, self._clock.wall_now())
            if other is not None:
                return await self._post(attempt, payload, other, ends - loop.time())
        return result

    async def close(self) -> None:
        """Close the connection."""
        await self._http.close()

    async def _post(
        self, attempt: Attempt, payload: bytes, token: str, seconds: float
    ) -> SendResult:
        now = self._clock.wall_now()
        life = life_of(attempt, now)
        if isinstance(life, Rejected):
            return life
        headers = _headers(attempt, life, token)
        path = f"/3/device/{attempt.recipient}"
        answer = await self._http.post(
            path, data=payload, headers=headers, seconds=max(seconds, 0.001)
        )
        return _result(answer, attempt, now) if isinstance(answer, Answer) else answer


def _headers(attempt: Attempt, life: Life, token: str) -> dict[str, str]:
    return {
        "authorization": f"bearer {token}",
        "apns-topic": attempt.sender,
        "apns-push-type": "alert",
        "apns-priority": "10",
        "apns-expiration": str(life.ends_at),
        "apns-collapse-id": attempt.attempt_id,
        "apns-id": str(UUID(topic_of(attempt))),
    }


def _result(answer: Answer, attempt: Attempt, now: datetime) -> SendResult:
    if answer.status == 200:
        ref = answer.headers.get("apns-id") or str(UUID(topic_of(attempt)))
        return Accepted(ref, DeliveryState.ACCEPTED, 1)
    told = members_of(answer.json())
    reason = str(told.get("reason") or "")
    known = reason in code_table("apns").codes
    if not (known or answer.status in _REFUSED) or answer.status == 408:
        return Unknown(f"http {answer.status}")
    result = refused("apns", answer, reason, now)
    if (
        isinstance(result, Rejected)
        and result.code in _GONE
        and _came_back(told.get("timestamp"), attempt.address_since)
    ):
        return result._replace(
            error=ErrorClass.UNREACHABLE_RETRY, retry_after=_ASK_AGAIN_AFTER, scope="request"
        )
    return result


def _came_back(timestamp: object, since: datetime | None) -> bool:
    """Say whether the token was told to be theirs after the instant at which Apple knew it dead.

    `timestamp` is Apple's, in milliseconds of Unix time.
    """
    if since is None or type(timestamp) is not int or not 0 < timestamp < _LATEST:
        return False
    return since > datetime.fromtimestamp(timestamp / 1000, UTC)
