"""A provider of OpenID Connect on this machine: real keys, real codes, and ways to misbehave."""

import time
from base64 import b64encode, urlsafe_b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from secrets import token_urlsafe
from typing import Any, Literal
from urllib.parse import quote_plus, urlencode

from aiohttp import web
from aiohttp.test_utils import TestServer
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey

Trick = Literal[
    "", "wrong_aud", "several_aud", "wrong_azp", "other_issuer", "expired", "early", "no_nonce",
    "other_nonce", "alg_none", "hs256_with_public_key", "unknown_kid", "forged", "no_token",
    "error_500", "not_json",
]  # fmt: skip


@dataclass
class _Code:
    nonce: str
    challenge: str
    redirect_uri: str


@dataclass
class FakeOidc:
    """The provider.

    Attributes:
        claims: Of whoever is signed in there.
        trick: How it misbehaves.
        discovered_issuer: Told in place of its own name.
        asked: How often each endpoint was asked.
    """

    client_id: str = "outreach"
    secret: str = "a client:secret/with signs"
    issuer: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    trick: Trick = ""
    discovered_issuer: str = ""
    keys: list[RSAKey | ECKey] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    codes: dict[str, _Code] = field(default_factory=dict)

    def rotate(self) -> None:
        """Sign with a new key from now on; the old one is gone."""
        kid = token_urlsafe(6)
        fresh = ECKey.generate_key("P-256", {"kid": kid, "use": "sig", "alg": "ES256"})
        self.keys = [fresh]

    async def discover(self, _: web.Request) -> web.Response:
        self.asked.append("discovery")
        base = self.issuer
        return web.json_response(
            {
                "issuer": self.discovered_issuer or base,
                "authorization_endpoint": f"{base}/authorize?tenant=1",
                "token_endpoint": f"{base}/token",
                "jwks_uri": f"{base}/keys",
                "end_session_endpoint": f"{base}/logout",
            }
        )

    async def get_keys(self, _: web.Request) -> web.Response:
        self.asked.append("keys")
        known = KeySet(list(self.keys)).as_dict(private=False)
        other = {"kty": "RSA", "use": "enc", "kid": "for-encryption", "n": "AQAB", "e": "AQAB"}
        return web.json_response({"keys": [other, *known["keys"]]})

    async def logout(self, _: web.Request) -> web.Response:
        self.asked.append("logout")
        return web.Response(text="signed out")

    async def authorize(self, request: web.Request) -> web.Response:
        """Let whoever comes in at once, as somebody who has a session there."""
        query = request.query
        assert query["response_type"] == "code"
        assert query["code_challenge_method"] == "S256"
        assert query["client_id"] == self.client_id
        assert "openid" in query["scope"].split()
        code = token_urlsafe(16)
        self.codes[code] = _Code(query["nonce"], query["code_challenge"], query["redirect_uri"])
        back = {"code": code, "state": query["state"], "iss": self.issuer}
        return web.Response(
            status=303, headers={"Location": f"{query['redirect_uri']}?{urlencode(back)}"}
        )

    async def token(self, request: web.Request) -> web.Response:
        self.asked.append("token")
        if self.trick == "error_500":
            return web.Response(status=500)
        if self.trick == "not_json":
            return web.Response(text="<html>")
        pair = ":".join(quote_plus(one) for one in (self.client_id, self.secret))
        if request.headers["Authorization"] != f"Basic {b64encode(pair.encode()).decode()}":
            return web.json_response({"error": "invalid_client"}, status=401)
        form = await request.post()
        kept = self.codes.pop(str(form["code"]), None)
        challenge = urlsafe_b64encode(sha256(str(form["code_verifier"]).encode()).digest())
        if (
            kept is None
            or kept.challenge != challenge.rstrip(b"=").decode()
            or kept.redirect_uri != form["redirect_uri"]
        ):
            return web.json_response({"error": "invalid_grant"}, status=400)
        if self.trick == "no_token":
            return web.json_response({"access_token": "x"})
        return web.json_response({"access_token": "x", "id_token": self.sign(kept.nonce)})

    def sign(self, nonce: str) -> str:
        """Return an ID token for a sign-in, with the trick in it."""
        now = int(time.time())  # noqa: TID251 - the provider's own clock
        claims: dict[str, Any] = {
            "iss": self.issuer, "aud": self.client_id, "sub": "u-1", "iat": now, "exp": now + 300,
            "nonce": nonce, **self.claims,
        }  # fmt: skip
        tricks: dict[str, dict[str, Any]] = {
            "wrong_aud": {"aud": "another"},
            "several_aud": {"aud": [self.client_id, "another"]},
            "wrong_azp": {"aud": [self.client_id, "another"], "azp": "another"},
            "other_issuer": {"iss": "https://elsewhere.example"},
            "expired": {"iat": now - 900, "exp": now - 61},
            "early": {"iat": now + 120, "exp": now + 900},
            "other_nonce": {"nonce": "of another sign-in"},
        }
        claims |= tricks.get(self.trick, {})
        if self.trick == "no_nonce":
            del claims["nonce"]
        key = self.keys[0]
        alg = "RS256" if isinstance(key, RSAKey) else "ES256"
        header: dict[str, Any] = {"alg": alg, "kid": key.kid}
        if self.trick == "unknown_kid":
            header["kid"] = "nobody-knows"
        if self.trick == "alg_none":
            return jwt.encode(
                {"alg": "none"}, claims, OctKey.import_key("x" * 32), algorithms=["none"]
            )
        if self.trick == "hs256_with_public_key":
            secret = OctKey.import_key(key.as_pem(private=False))
            return jwt.encode({"alg": "HS256", "kid": key.kid}, claims, secret)
        signed = jwt.encode(header, claims, key)
        if self.trick == "forged":
            head, _, signature = signed.split(".")
            forged = jwt.encode(header, {**claims, "sub": "admin"}, key).split(".")[1]
            return f"{head}.{forged}.{signature}"
        return signed


@asynccontextmanager
async def running_oidc(**claims: Any) -> AsyncIterator[FakeOidc]:
    """Serve a provider for as long as the block lasts."""
    provider = FakeOidc(claims=claims)
    provider.keys = [RSAKey.generate_key(2048, {"kid": "first", "use": "sig", "alg": "RS256"})]
    app = web.Application()
    app.router.add_get("/realm/.well-known/openid-configuration", provider.discover)
    app.router.add_get("/realm/logout", provider.logout)
    app.router.add_get("/realm/keys", provider.get_keys)
    app.router.add_get("/realm/authorize", provider.authorize)
    app.router.add_post("/realm/token", provider.token)
    async with TestServer(app) as server:
        provider.issuer = str(server.make_url("/realm"))
        yield provider
