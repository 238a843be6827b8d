"""The access token for FCM: one request at a time, renewed before it ends, never blocking.

Google's own library renews in the middle of a send and stops the event loop meanwhile. Here a
token that is about to end is still used while its successor is fetched, and only a process that
has none waits; all who wait share one request. A refusal is remembered for a moment, so that a
batch of sends doesn't ask for what was just denied.
"""

import asyncio
from datetime import datetime, timedelta
from typing import Any, Final

import aiohttp
import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator
from yarl import URL

from outreach.channels.exchange import Answer, exchange
from outreach.channels.provider import Rejected, Unknown, WallClock
from outreach.channels.push_message import members_of, not_connected
from outreach.domain.vocabulary import ErrorClass

_SCOPE: Final = "https://www.googleapis.com/auth/firebase.messaging"
_GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_LIFETIME: Final = timedelta(hours=1)
# Google's tokens last an hour: renewed at 55 minutes, not used in their last half minute.
_RENEWED_BEFORE: Final = 300.0
_UNUSED_BEFORE: Final = 30.0
_FETCH_SECONDS: Final = 8.0
_REFUSAL_KEPT: Final = 5.0
_DENIED: Final = frozenset({400, 401, 403, 404})


class ServiceAccount(BaseModel):
    """The key file of a Google service account; its other members are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    project_id: str = Field(pattern=r"^[a-z0-9:.-]{1,64}$")
    client_email: str = Field(min_length=1)
    private_key: SecretStr
    private_key_id: str = ""
    token_uri: str = Field("https://oauth2.googleapis.com/token", pattern=r"^https?://[^\s#]+$")

    @field_validator("private_key")
    @classmethod
    def _is_rsa(cls, given: SecretStr) -> SecretStr:
        rsa_key(given)
        return given


def rsa_key(text: SecretStr) -> RSAPrivateKey:
    """Read an RSA key as PEM; line ends may be written as backslash and n.

    Raises:
        ValueError: It is none. The error doesn't show it.
    """
    pem = text.get_secret_value().replace("\\n", "\n").encode()
    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError):
        raise ValueError("isn't a PEM private key") from None
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("isn't an RSA key")  # noqa: TRY004 - pydantic shows ValueErrors
    return key


class AccessTokens:
    """Hands out one account's access token.

    Args:
        account: Whose.
        session: Shared HTTP session.
        clock: For the times in what is signed.
    """

    def __init__(
        self, account: ServiceAccount, session: aiohttp.ClientSession, clock: WallClock
    ) -> None:
        self._account = account
        self._key = rsa_key(account.private_key)
        self._session = session
        self._clock = clock
        self._token = ""
        self._renew_at = self._unused_at = 0.0
        self._refusal: Rejected | None = None
        self._refused_until = 0.0
        self._fetching: asyncio.Task[str | Rejected] | None = None

    async def get(self, seconds: float) -> str | Rejected:
        """Return a token within `seconds`, or why there is none: then nothing was sent."""
        now = asyncio.get_running_loop().time()
        denied = self._refusal is not None and now < self._refused_until
        if self._token and now < self._unused_at:
            if now >= self._renew_at and not denied:
                self._fetch()
            return self._token
        if self._refusal is not None and denied:
            return self._refusal
        try:
            async with asyncio.timeout(seconds):
                # Shielded: the others wait for the same answer.
                return await asyncio.shield(self._fetch())
        except TimeoutError:
            return not_connected("token_timeout")

    def drop(self, token: str) -> None:
        """Forget a token that was refused before its end; the next send fetches another."""
        if token == self._token:
            self._token = ""

    async def close(self) -> None:
        """Stop fetching."""
        if self._fetching is not None:
            self._fetching.cancel()
            await asyncio.wait([self._fetching])

    def _fetch(self) -> asyncio.Task[str | Rejected]:
        if self._fetching is None or self._fetching.done():
            self._fetching = asyncio.create_task(self._renew())
        return self._fetching

    async def _renew(self) -> str | Rejected:
        form = URL.build(query={"grant_type": _GRANT, "assertion": self._assertion()})
        answer = await exchange(
            self._session,
            "POST",
            URL(self._account.token_uri),
            deadline=_FETCH_SECONDS,
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            body=form.raw_query_string.encode(),
        )
        now = asyncio.get_running_loop().time()
        told = members_of(answer.json()) if isinstance(answer, Answer) else {}
        token, lasts = told.get("access_token"), told.get("expires_in")
        if isinstance(answer, Answer) and answer.status == 200 and isinstance(token, str) and token:
            seconds = float(lasts) if isinstance(lasts, int | float) else 0.0
            self._token, self._refusal = token, None
            self._renew_at = now + max(seconds - _RENEWED_BEFORE, seconds / 2)
            self._unused_at = now + max(seconds - _UNUSED_BEFORE, seconds / 2)
            return token
        self._refusal = _why(answer, told, self._clock.wall_now())
        self._refused_until = now + _REFUSAL_KEPT
        return self._refusal

    def _assertion(self) -> str:
        issued = self._clock.wall_now()
        claims = {
            "iss": self._account.client_email,
            "scope": _SCOPE,
            "aud": self._account.token_uri,
            "iat": int(issued.timestamp()),
            "exp": int((issued + _LIFETIME).timestamp()),
        }
        kid = self._account.private_key_id
        return jwt.encode(claims, self._key, "RS256", headers={"kid": kid} if kid else None)


def _why(answer: Answer | Rejected | Unknown, told: dict[str, Any], now: datetime) -> Rejected:
    """Say why there is no token. No message was sent, so each is certain."""
    if isinstance(answer, Rejected):
        return answer
    if isinstance(answer, Unknown):
        return not_connected("token_timeout")
    error = told.get("error")
    code = f"token:{error}" if isinstance(error, str) else f"token:{answer.status}"
    if answer.status == 429:
        wait = answer.retry_after(now) or timedelta(seconds=60)
        return Rejected(ErrorClass.THROTTLED, code, wait, "account")
    if answer.status in _DENIED:
        return Rejected(ErrorClass.ACCOUNT, code, None, "account", alert=True)
    return not_connected(code)
