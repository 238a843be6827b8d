"""Notifications to browsers: Web Push with VAPID, without anybody between us and their services.

A recipient is the subscription that a browser gave to the lender's page, as JSON. A push service
only says that it took a message; whether it was shown or opened comes from the page's service
worker by way of the lender, as `app.delivered` and `app.read` signals.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import aiohttp
import msgspec
from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator
from yarl import URL

from outreach.channels.exchange import Answer, exchange
from outreach.channels.provider import (
    Accepted,
    Attempt,
    Rejected,
    SendResult,
    Unknown,
    WallClock,
)
from outreach.channels.push_message import (
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
from outreach.channels.web_push_crypto import (
    LARGEST_TEXT,
    Subscription,
    Vapid,
    browser_key,
    browser_secret,
    encrypt,
    vapid_key,
)
from outreach.channels.web_push_hosts import KNOWN, PublicResolver, target_of
from outreach.domain.vocabulary import DeliveryState

_TAKEN: Final = frozenset({200, 201, 202, 204})
_REFUSED: Final = range(400, 500)
_CONNECTIONS: Final = 20


class Options(BaseModel):
    """What one sender on the web needs."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    private_key: SecretStr = Field(
        description="VAPID key: PEM, or its 32 bytes in base64. Subscriptions are made with its"
        " public half and end with it."
    )
    subject: str = Field(
        pattern=r"^(mailto:[^@\s]+@[^@\s]+|https://[^\s]+)$",
        description="Where push services reach the sender: `mailto:` or `https:`.",
    )
    hosts: tuple[str, ...] = Field(
        KNOWN,
        min_length=1,
        description="Push services that may be posted to; `*.` stands for any labels before it.",
    )
    base_url: str | None = Field(
        None,
        pattern=r"^https?://[^/?#\s]+/?$",
        description="Stands in for the push services' hosts, for tests.",
    )

    @field_validator("private_key")
    @classmethod
    def _is_key(cls, given: SecretStr) -> SecretStr:
        vapid_key(given)
        return given


class WebPush(OneWay):
    """One VAPID key.

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
        self._vapid = Vapid(vapid_key(given.private_key), given.subject)
        self._hosts = given.hosts
        self._instead = given.base_url.rstrip("/") if given.base_url else None
        self._own: aiohttp.ClientSession | None = None

    async def send(self, attempt: Attempt, deadline: float) -> SendResult:
        """See `Provider.send`."""
        subscription = read_subscription(attempt.recipient)
        if subscription is None:
            return no_address("not_a_subscription")
        target = target_of(subscription.endpoint, self._hosts)
        if target is None:
            return no_address("endpoint_refused")._replace(alert=True)
        text = msgspec.json.encode({**alert_of(attempt), **data_of(attempt)})
        if len(text) > LARGEST_TEXT:
            return too_long()
        now = self._clock.wall_now()
        life = life_of(attempt, now)
        if isinstance(life, Rejected):
            return life
        answer = await exchange(
            self._session(),
            "POST",
            URL((self._instead or target.origin) + target.path, encoded=True),
            deadline=deadline,
            headers={
                "Authorization": self._vapid.header(target.origin, now),
                "Content-Encoding": "aes128gcm",
                "Content-Type": "application/octet-stream",
                "TTL": str(life.seconds),
                "Topic": topic_of(attempt),
                "Urgency": "high",
            },
            body=encrypt(text, subscription),
        )
        return _result(answer, attempt, now) if isinstance(answer, Answer) else answer

    async def close(self) -> None:
        """Close the connections."""
        if self._own is not None:
            await self._own.close()
            self._own = None

    def _session(self) -> aiohttp.ClientSession:
        """Return a session of our own: no cookies, and no way into our own network."""
        if self._own is None:
            self._own = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=_CONNECTIONS, resolver=PublicResolver(), ttl_dns_cache=60
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._own


def read_subscription(text: str) -> Subscription | None:
    """Read what a browser's `PushSubscription` is as JSON; None if it is something else."""
    try:
        told = members_of(msgspec.json.decode(text))
    except (msgspec.DecodeError, ValueError, RecursionError):
        return None
    keys = members_of(told.get("keys"))
    endpoint, public, secret = told.get("endpoint"), keys.get("p256dh"), keys.get("auth")
    if not (isinstance(endpoint, str) and isinstance(public, str) and isinstance(secret, str)):
        return None
    try:
        return Subscription(endpoint, browser_key(public), browser_secret(secret))
    except ValueError:
        return None


def _result(answer: Answer, attempt: Attempt, now: datetime) -> SendResult:
    if answer.status in _TAKEN:
        # A message's own address is the service's secret; our id says as much.
        return Accepted(attempt.attempt_id, DeliveryState.ACCEPTED, 1)
    refuses = answer.status == 503 and answer.retry_after(now) is not None
    if not refuses and (answer.status not in _REFUSED or answer.status == 408):
        return Unknown(f"http {answer.status}")
    return refused("web_push", answer, "", now)
