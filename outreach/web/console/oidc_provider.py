"""A provider of OpenID Connect over HTTP: discovery, keys that rotate, codes for ID tokens.

Nothing that it says is believed but a signed ID token for us, of this sign-in, that hasn't expired.
"""

import asyncio
from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import quote_plus, urlencode, urlsplit

import aiohttp
import msgspec
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from outreach.domain.records import dataclass
from outreach.settings.oidc import Oidc

ALGORITHMS: Final = ("RS256", "PS256", "ES256", "EdDSA", "Ed25519")
"""By which a token may be signed: never by a secret that both sides hold, and never not at all."""
_DISCOVERY: Final = "/.well-known/openid-configuration"
_LASTS: Final = timedelta(hours=1)
# A token with a key that isn't known may come from anybody: keys aren't asked for at each.
_PAUSE: Final = timedelta(seconds=5)
_LARGEST: Final = 256 * 1024
_SECONDS: Final = aiohttp.ClientTimeout(total=8)


class ProviderAwayError(Exception):
    """The provider can't be reached, or doesn't speak as it should; the argument says how."""


class ProofError(Exception):
    """What came back doesn't prove who somebody is; the argument says what is wrong with it."""


class Metadata(msgspec.Struct, frozen=True):
    """The part of discovery that is used."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    end_session_endpoint: str = ""
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a sign-in was begun with: only its own answer fits it."""

    state: str
    nonce: str
    challenge: str


class Provider:
    """One provider.

    Args:
        options: Of the settings.
        http: Session to ask it with.
        return_to: Our address that it sends people back to.
    """

    def __init__(self, options: Oidc, http: aiohttp.ClientSession, return_to: str) -> None:
        self._options = options
        self._http = http
        self._return_to = return_to
        self._metadata: tuple[datetime, Metadata] | None = None
        self._keys: tuple[datetime, KeySet] | None = None
        self._lock = asyncio.Lock()

    async def ask(self, asked: Asked, *, now: datetime) -> str:
        """Return the address at which somebody says who they are.

        Raises:
            ProviderAwayError: Discovery can't be read.
        """
        metadata = await self.discover(now)
        query = {
            "response_type": "code",
            "client_id": self._options.client_id,
            "redirect_uri": self._return_to,
            "scope": " ".join(self._options.scopes),
            "state": asked.state,
            "nonce": asked.nonce,
            "code_challenge": asked.challenge,
            "code_challenge_method": "S256",
        }
        return _with(metadata.authorization_endpoint, query)

    async def redeem(
        self, code: str, verifier: str, nonce: str, *, now: datetime
    ) -> tuple[Mapping[str, Any], str]:
        """Return the claims of the ID token that a code stands for, and the token itself.

        Raises:
            ProviderAwayError: The provider can't be reached.
            ProofError: The code is refused, or the token proves nothing.
        """
        metadata = await self.discover(now)
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._return_to,
            "code_verifier": verifier,
        }
        secret, headers = self._options.client_secret, {}
        if secret is None:
            form["client_id"] = self._options.client_id
        elif "client_secret_basic" in metadata.token_endpoint_auth_methods_supported:
            pair = f"{quote_plus(self._options.client_id)}:{quote_plus(secret.get_secret_value())}"
            headers["Authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
        else:
            form |= {
                "client_id": self._options.client_id,
                "client_secret": secret.get_secret_value(),
            }
        status, body = await self._request(
            "POST", metadata.token_endpoint, data=form, headers=headers
        )
        if status >= 500:
            raise ProviderAwayError(f"its token endpoint answers {status}")
        token = body.get("id_token") if status == 200 else None
        if not isinstance(token, str):
            raise ProofError(f"the code is refused: {status} {body.get('error', '')}".strip())
        return await self.verify(token, nonce, now=now), token

    async def verify(self, token: str, nonce: str, *, now: datetime) -> Mapping[str, Any]:
        """Return the claims of an ID token that is for us, of this sign-in, and in force.

        Raises:
            ProviderAwayError: Its keys can't be read.
            ProofError: What is wrong with the token.
        """
        keys = await self._key_set(now)
        try:
            try:
                decoded = jwt.decode(token, keys, algorithms=list(ALGORITHMS))
            except (InvalidKeyIdError, ValueError):
                keys = await self._key_set(now, unknown=True)
                decoded = jwt.decode(token, keys, algorithms=list(ALGORITHMS))
            claims = decoded.claims
            jwt.JWTClaimsRegistry(
                now=int(now.timestamp()),
                leeway=int(self._options.leeway.total_seconds()),
                iss={"essential": True, "value": self._options.issuer},
                aud={"essential": True, "value": self._options.client_id},
                sub={"essential": True},
                exp={"essential": True},
                iat={"essential": True},
                nonce={"essential": True, "value": nonce},
            ).validate(claims)
        except (JoseError, ValueError) as error:
            raise ProofError(f"{type(error).__name__}: {error}") from error
        audience = claims["aud"]
        if isinstance(audience, list) and len(audience) > 1 and claims.get("azp") is None:
            raise ProofError("the token is for several, and doesn't say for whom it was made")
        if claims.get("azp", self._options.client_id) != self._options.client_id:
            raise ProofError("the token was made for somebody else")
        return dict(claims)

    async def farewell(self, hint: str, return_to: str, *, now: datetime) -> str:
        """Return the address at which the provider signs somebody out as well; "" if it can't."""
        metadata = await self.discover(now)
        if not metadata.end_session_endpoint:
            return ""
        query = {
            "id_token_hint": hint,
            "client_id": self._options.client_id,
            "post_logout_redirect_uri": return_to,
        }
        return _with(metadata.end_session_endpoint, query)

    async def discover(self, now: datetime) -> Metadata:
        """Return what the provider says about itself; read at most once an hour.

        Raises:
            ProviderAwayError: It can't be read, or is about another issuer.
        """
        if self._metadata is not None and now < self._metadata[0] + _LASTS:
            return self._metadata[1]
        issuer = self._options.issuer
        status, body = await self._request("GET", issuer.rstrip("/") + _DISCOVERY)
        if status != 200:
            raise ProviderAwayError(f"its discovery answers {status}")
        try:
            found = msgspec.convert(body, Metadata)
        except msgspec.ValidationError as error:
            raise ProviderAwayError(f"its discovery can't be read: {error}") from error
        if found.issuer != issuer:
            raise ProviderAwayError("its discovery is of another issuer than the settings name")
        scheme = urlsplit(issuer).scheme
        for address in (found.authorization_endpoint, found.token_endpoint, found.jwks_uri):
            if urlsplit(address).scheme != scheme:
                raise ProviderAwayError("its discovery names an address without TLS")
        self._metadata = (now, found)
        return found

    async def _key_set(self, now: datetime, *, unknown: bool = False) -> KeySet:
        """Return the keys; read anew each hour, and when a token names one that isn't known."""
        async with self._lock:
            if self._keys is not None:
                at, keys = self._keys
                if now < at + (_PAUSE if unknown else _LASTS):
                    return keys
            metadata = await self.discover(now)
            status, body = await self._request("GET", metadata.jwks_uri)
            if status != 200:
                raise ProviderAwayError(f"its keys answer {status}")
            usable = [
                one
                for one in body.get("keys", ())
                if isinstance(one, dict) and one.get("use", "sig") == "sig"
            ]
            try:
                keys = KeySet.import_key_set({"keys": usable})
            except (JoseError, KeyError, TypeError, ValueError) as error:
                raise ProviderAwayError(f"its keys can't be read: {error}") from error
            self._keys = (now, keys)
            return keys

    async def _request(self, method: str, url: str, **more: Any) -> tuple[int, dict[str, Any]]:
        try:
            async with self._http.request(
                method, url, timeout=_SECONDS, allow_redirects=False, **more
            ) as answer:
                raw = await answer.content.read(_LARGEST)
                status = answer.status
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise ProviderAwayError(type(error).__name__) from error
        try:
            body = msgspec.json.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError):
            body = {}
        return status, body if isinstance(body, dict) else {}


def _with(address: str, query: Mapping[str, str]) -> str:
    sign = "&" if urlsplit(address).query else "?"
    return f"{address}{sign}{urlencode(query)}"
