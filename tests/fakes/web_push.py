"""A local HTTP server that behaves like a browser's push service, with the browser behind it.

The sender's VAPID token is verified against the key that the subscription was made with, the words
are decrypted as a browser does, and each subscription can be told to misbehave.
"""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDH,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from tests.fakes.vendor import serving

HOST: Final = "updates.push.services.mozilla.com"
SUBJECT: Final = "mailto:push@harbor.example"
_LARGEST: Final = 4096
_LONGEST_TTL: Final = 2_419_200


@cache
def sender_key() -> EllipticCurvePrivateKey:
    """Return the sender's VAPID key."""
    return generate_private_key(SECP256R1())


def private_pem() -> str:
    """Return that key as PEM."""
    return sender_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def encoded(data: bytes) -> str:
    """Return bytes as a browser writes them."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def point(key: EllipticCurvePublicKey) -> bytes:
    """Return a public key as a point."""
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


@dataclass
class Browser:
    """One browser with its subscription."""

    name: str
    host: str = HOST
    key: EllipticCurvePrivateKey = field(default_factory=lambda: generate_private_key(SECP256R1()))
    secret: bytes = b"0123456789abcdef"

    @property
    def subscription(self) -> str:
        """What the browser told the page, as JSON."""
        keys = {"p256dh": encoded(point(self.key.public_key())), "auth": encoded(self.secret)}
        endpoint = f"https://{self.host}/wpush/v2/{self.name}"
        return json.dumps({"endpoint": endpoint, "expirationTime": None, "keys": keys})

    def decrypted(self, body: bytes) -> bytes:
        """Return the words, as the browser reads them."""
        salt, size, length = body[:16], int.from_bytes(body[16:20], "big"), body[20]
        theirs, sealed = body[21 : 21 + length], body[21 + length :]
        assert len(sealed) <= size
        sender = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), theirs)
        info = b"WebPush: info\x00" + point(self.key.public_key()) + theirs
        seed = HKDF(SHA256(), 32, self.secret, info).derive(self.key.exchange(ECDH(), sender))
        key = HKDF(SHA256(), 16, salt, b"Content-Encoding: aes128gcm\x00").derive(seed)
        nonce = HKDF(SHA256(), 12, salt, b"Content-Encoding: nonce\x00").derive(seed)
        padded = AESGCM(key).decrypt(nonce, sealed, None)
        text, mark = padded.rstrip(b"\x00")[:-1], padded.rstrip(b"\x00")[-1:]
        assert mark == b"\x02"
        return text


@dataclass
class Request:
    """One message that the fake got."""

    name: str
    headers: Mapping[str, str]
    words: dict[str, Any]
    claims: dict[str, Any]


@dataclass
class FakePushService:
    """One push service."""

    browsers: dict[str, Browser] = field(default_factory=dict)
    answers: dict[str, tuple[int, Mapping[str, str]] | str] = field(default_factory=dict)
    """By browser: a status with headers, or `hang`, `drop`, `redirect`."""
    requests: list[Request] = field(default_factory=list)
    base_url: str = ""

    @property
    def options(self) -> dict[str, Any]:
        """What a provider is configured with."""
        return {"private_key": private_pem(), "subject": SUBJECT, "base_url": self.base_url}

    def a_browser(self, name: str, answer: Any = None) -> str:
        """Subscribe a browser; returns its subscription."""
        browser = self.browsers.setdefault(name, Browser(name))
        if answer is not None:
            self.answers[name] = answer
        return browser.subscription

    async def _push(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        browser = self.browsers.get(name)
        body = await request.read()
        if browser is None:
            return web.Response(status=404)
        scheme, _, parameters = request.headers.get("Authorization", "").partition(" ")
        told = dict(part.strip().split("=", 1) for part in parameters.split(","))
        if scheme != "vapid" or told["k"] != encoded(point(sender_key().public_key())):
            return web.Response(status=403)
        claims = jwt.decode(
            told["t"],
            sender_key().public_key(),
            algorithms=["ES256"],
            audience=f"https://{browser.host}",
            options={"verify_exp": False},
        )
        headers = request.headers
        if len(body) > _LARGEST:
            return web.Response(status=413)
        ttl = headers.get("TTL", "")
        if (
            not (ttl.isdigit() and int(ttl) <= _LONGEST_TTL)
            or len(headers.get("Topic", "")) > 32
            or headers.get("Content-Encoding") != "aes128gcm"
        ):
            return web.Response(status=400)
        words = json.loads(browser.decrypted(body))
        self.requests.append(Request(name, headers, words, claims))
        match self.answers.get(name):
            case None:
                return web.Response(status=201, headers={"Location": f"{self.base_url}/m/1"})
            case "hang":
                await asyncio.sleep(60)
            case "drop":
                assert request.transport is not None
                request.transport.abort()
            case (int() as status, more):
                return web.Response(status=status, headers=more)
            case other:
                raise AssertionError(other)
        return web.Response(status=201)


@asynccontextmanager
async def running_push_service() -> AsyncIterator[FakePushService]:
    """Serve on a free local port."""
    fake = FakePushService()
    app = web.Application()
    app.router.add_post("/wpush/v2/{name}", fake._push)
    async with serving(app) as fake.base_url:
        yield fake
