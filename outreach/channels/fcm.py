"""Notifications through Firebase Cloud Messaging, HTTP v1.

FCM takes a notification for one device and says nothing more of it: whether it was shown or opened
comes from the lender's app, as `app.delivered` and `app.read` signals. It knows no idempotency:
an unanswered create may have been taken and is never repeated; the attempt's id as collapse key
and tag keeps a second one from standing beside the first.
"""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import aiohttp
import msgspec
from pydantic import BaseModel, ConfigDict, Field
from yarl import URL

from outreach.channels.exchange import Answer, exchange
from outreach.channels.fcm_token import AccessTokens, ServiceAccount
from outreach.channels.provider import (
    Accepted,
    Attempt,
    Checked,
    Rejected,
    SendResult,
    Unknown,
    WallClock,
)
from outreach.channels.push_message import (
    LARGEST,
    Life,
    alert_of,
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

_REFUSED: Final = range(400, 500)
_FCM_ERROR: Final = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
_BAD_REQUEST: Final = "type.googleapis.com/google.rpc.BadRequest"
# By the one FCM says that it took nothing; what it says by the other is in the data file.
_SAID_OF_5XX: Final = frozenset({"UNAVAILABLE", "INTERNAL"})
_RECIPIENT: Final = "message.token"


class Options(BaseModel):
    """What one Firebase project needs."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    service_account: ServiceAccount = Field(
        description="The service account's key file, as a table or as JSON text; it needs the role"
        " `Firebase Cloud Messaging API Admin` only."
    )
    base_url: str = Field(
        "https://fcm.googleapis.com",
        pattern=r"^https?://[^/?#\s]+/?$",
        description="Address of the service.",
    )


class Fcm(OneWay):
    """One Firebase project.

    Args:
        name: The provider's slug in the settings.
        options: Checked against `Options`.
        session: Shared HTTP session; must outlive this.
        clock: For the end of the contact window and the times in tokens.
    """

    def __init__(
        self,
        name: str,
        options: Mapping[str, Any],
        session: aiohttp.ClientSession,
        clock: WallClock,
    ) -> None:
        """See the class."""
        given = Options.model_validate(dict(options))
        self.name = name
        project = given.service_account.project_id
        self._url = URL(given.base_url) / "v1/projects" / project / "messages:send"
        self._session = session
        self._clock = clock
        self._tokens = AccessTokens(given.service_account, session, clock)

    async def send(self, attempt: Attempt, deadline: float) -> SendResult:
        """See `Provider.send`. A token that was refused is renewed once: nothing was taken."""
        loop = asyncio.get_running_loop()
        ends = loop.time() + deadline
        if not attempt.recipient.strip():
            return no_address("no_token")
        token = await self._tokens.get(ends - loop.time())
        if isinstance(token, Rejected):
            return token
        result = await self._post(attempt, token, ends - loop.time())
        if isinstance(result, Rejected) and result.code == "401":
            self._tokens.drop(token)
            token = await self._tokens.get(ends - loop.time())
            if isinstance(token, Rejected):
                return token
            return await self._post(attempt, token, ends - loop.time())
        return result

    async def check(self, deadline: float) -> Checked:
        """See `Checkable`: fetches an access token, which the key has to earn."""
        token = await self._tokens.get(deadline)
        if not isinstance(token, Rejected):
            return Checked("works")
        denied = token.error is ErrorClass.ACCOUNT
        return Checked("refused" if denied else "unreachable", token.code)

    async def close(self) -> None:
        """Stop fetching a token."""
        await self._tokens.close()

    async def _post(self, attempt: Attempt, token: str, seconds: float) -> SendResult:
        now = self._clock.wall_now()
        life = life_of(attempt, now)
        if isinstance(life, Rejected):
            return life
        message = _message(attempt, life)
        shown = {"notification": message["notification"], "data": message["data"]}
        if len(msgspec.json.encode(shown)) > LARGEST:
            return too_long()  # FCM would answer as for a token that is no token
        answer = await exchange(
            self._session,
            "POST",
            self._url,
            deadline=max(seconds, 0.001),
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
            body=msgspec.json.encode({"message": message}),
        )
        return _result(answer, now) if isinstance(answer, Answer) else answer


def _message(attempt: Attempt, life: Life) -> dict[str, Any]:
    name = attempt.attempt_id
    return {
        "token": attempt.recipient,
        "notification": alert_of(attempt),
        "data": data_of(attempt),
        "android": {
            "priority": "HIGH",
            "ttl": f"{life.seconds}s",
            "collapse_key": name,
            "notification": {"tag": name},
        },
        "apns": {
            "headers": {
                "apns-collapse-id": name,
                "apns-expiration": str(life.ends_at),
                "apns-priority": "10",
            }
        },
        "webpush": {
            "headers": {"TTL": str(life.seconds), "Topic": topic_of(attempt), "Urgency": "high"}
        },
    }


def _result(answer: Answer, now: datetime) -> SendResult:
    told = members_of(answer.json())
    if answer.status == 200:
        name = told.get("name")
        if isinstance(name, str) and name:
            return Accepted(name, DeliveryState.ACCEPTED, 1)
        return Unknown("unreadable 200")
    code = _code(told)
    if (answer.status in _REFUSED and answer.status != 408) or code in _SAID_OF_5XX:
        return refused("fcm", answer, code, now)
    return Unknown(f"http {answer.status}")


def _code(told: Mapping[str, Any]) -> str:
    """Return what FCM says is wrong: the field, where it names one, else its error code.

    A bad token and a bad request share status and code; only the type of the detail tells them
    apart.
    """
    details = members_of(told.get("error")).get("details")
    found = [members_of(one) for one in details] if isinstance(details, list) else []
    for one in found:
        violations = one.get("fieldViolations")
        if one.get("@type") == _BAD_REQUEST and isinstance(violations, list):
            fields = {str(members_of(row).get("field")) for row in violations}
            return "TOKEN_FIELD" if fields == {_RECIPIENT} else "OTHER_FIELD"
    codes = (one.get("errorCode") for one in found if one.get("@type") == _FCM_ERROR)
    return str(next(codes, None) or "")
