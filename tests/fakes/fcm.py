"""A local HTTP server that behaves like Google's token endpoint and FCM's HTTP v1.

Tokens are handed out for assertions that the service account signed, messages are checked as FCM
documents it, and each device token can be told to misbehave. Every request is kept.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.fakes.vendor import serving

PROJECT: Final = "harbor-loans"
EMAIL: Final = "sender@harbor-loans.example"
_FCM_ERROR: Final = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
_BAD_REQUEST: Final = "type.googleapis.com/google.rpc.BadRequest"
_LARGEST: Final = 4096
_RESERVED: Final = ("from", "gcm", "google")

Answer = tuple[int, Mapping[str, Any], Mapping[str, str]]


@cache
def account_key() -> RSAPrivateKey:
    """Return the service account's key."""
    return generate_private_key(65537, 2048)


def private_pem() -> str:
    """Return that key as the key file has it."""
    return account_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def error(
    status: int, name: str, *details: Mapping[str, Any], retry_after: str | None = None
) -> Answer:
    """Return an answer in the form of Google's errors."""
    told = {"code": status, "message": f"{name} for a token", "status": name, "details": details}
    return status, {"error": told}, {"Retry-After": retry_after} if retry_after else {}


def fcm_error(status: int, name: str, code: str, **more: Any) -> Answer:
    """Return an error with FCM's own code."""
    return error(status, name, {"@type": _FCM_ERROR, "errorCode": code}, **more)


def bad_field(*fields: str) -> Answer:
    """Return an error that names fields."""
    violations = [{"field": one, "description": "invalid"} for one in fields]
    detail = {"@type": _BAD_REQUEST, "fieldViolations": violations}
    return error(400, "INVALID_ARGUMENT", detail)


@dataclass
class FakeFcm:
    """One project."""

    answers: dict[str, Answer | str] = field(default_factory=dict)
    """By device token: an answer, or `hang`, `drop`, `empty`, `unreadable`, `html_502`."""
    messages: list[dict[str, Any]] = field(default_factory=list)
    """What was posted, in order."""
    bearers: list[str] = field(default_factory=list)
    assertions: list[dict[str, Any]] = field(default_factory=list)
    valid: set[str] = field(default_factory=set)
    """Access tokens that are taken."""
    lasts: float = 3599
    """Seconds that a new access token is good for, as told."""
    token_answer: Answer | str | None = None
    """What the token endpoint answers instead; `hang` never answers."""
    token_delay: float = 0.0
    base_url: str = ""

    @property
    def options(self) -> dict[str, Any]:
        """What a provider for this project is configured with."""
        account = {
            "type": "service_account",
            "project_id": PROJECT,
            "private_key_id": "key-1",
            "private_key": private_pem(),
            "client_email": EMAIL,
            "token_uri": f"{self.base_url}/token",
        }
        return {"service_account": account, "base_url": self.base_url}

    async def _token(self, request: web.Request) -> web.StreamResponse:
        form = await request.post()
        claims = jwt.decode(
            str(form["assertion"]),
            account_key().public_key(),
            algorithms=["RS256"],
            audience=f"{self.base_url}/token",
            options={"verify_exp": False, "verify_iat": False},
        )
        self.assertions.append(claims)
        if self.token_delay:
            await asyncio.sleep(self.token_delay)
        if self.token_answer == "hang":
            await asyncio.sleep(60)
        if isinstance(self.token_answer, tuple):
            status, body, headers = self.token_answer
            return web.json_response(body, status=status, headers=headers)
        token = f"access-{len(self.assertions)}"
        self.valid.add(token)
        return web.json_response(
            {"access_token": token, "expires_in": self.lasts, "token_type": "Bearer"}
        )

    async def _send(self, request: web.Request) -> web.StreamResponse:
        bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
        body = json.loads(await request.read())
        self.bearers.append(bearer)
        if bearer not in self.valid:
            return _answered(error(401, "UNAUTHENTICATED"))
        message = body["message"]
        self.messages.append(message)
        planned = self.answers.get(message["token"])
        match planned:
            case None:
                wrong = _wrong(message)
                return _answered(bad_field(*wrong)) if wrong else self._taken(request)
            case "hang":
                await asyncio.sleep(60)
            case "drop":
                assert request.transport is not None
                request.transport.abort()
            case "empty":
                return web.json_response({})
            case "unreadable":
                return web.Response(body=b'{"name": "proj')
            case "huge":
                return web.Response(body=b" " * 300_000)
            case "html_502":
                return web.Response(status=502, text="<html>", content_type="text/html")
            case tuple():
                return _answered(planned)
            case other:
                raise AssertionError(other)
        return self._taken(request)

    def _taken(self, request: web.Request) -> web.StreamResponse:
        name = f"projects/{request.match_info['project']}/messages/0:{len(self.messages)}"
        return web.json_response({"name": name})


def _answered(answer: Answer) -> web.StreamResponse:
    status, body, headers = answer
    return web.json_response(body, status=status, headers=headers)


def _wrong(message: Mapping[str, Any]) -> list[str]:
    """Return the fields that FCM would name."""
    data = message.get("data", {})
    shown = json.dumps({"n": message.get("notification"), "d": data}, ensure_ascii=False)
    ttl = message["android"]["ttl"]
    checks = {
        "message.data": any(key.startswith(_RESERVED) for key in data)
        or any(not isinstance(value, str) for value in data.values()),
        "message": len(shown.encode()) > _LARGEST + 50,
        "message.android.ttl": not (ttl.endswith("s") and 0 <= int(ttl[:-1]) <= 2_419_200),
        "message.apns.headers": len(message["apns"]["headers"]["apns-collapse-id"]) > 64
        or not message["apns"]["headers"]["apns-expiration"].isdigit(),
        "message.webpush.headers": len(message["webpush"]["headers"]["Topic"]) > 32,
    }
    return [name for name, is_wrong in checks.items() if is_wrong]


@asynccontextmanager
async def running_fcm() -> AsyncIterator[FakeFcm]:
    """Serve a fake project on a free local port."""
    fake = FakeFcm()
    app = web.Application()
    app.router.add_post("/token", fake._token)
    app.router.add_post("/v1/projects/{project}/messages:send", fake._send)
    async with serving(app) as fake.base_url:
        yield fake
