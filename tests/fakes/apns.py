"""A local HTTP/2 server that behaves like APNs, on the same protocol library as its clients.

Plain text HTTP/2 by prior knowledge. The provider token is verified, headers are checked as Apple
documents it, and each device token can be told to misbehave. Every request is kept.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

import h2.config
import h2.connection
import h2.events
import h2.exceptions
import jwt
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

TEAM: Final = "TEAM123456"
KEY_ID: Final = "KEY1234567"
BUNDLE: Final = "example.harbor.app"
_LARGEST: Final = 4096

Answer = tuple[int, Mapping[str, Any] | None]


@cache
def team_key() -> EllipticCurvePrivateKey:
    """Return the team's key."""
    return generate_private_key(SECP256R1())


def private_pem() -> str:
    """Return that key as a .p8 file has it."""
    return team_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@dataclass
class Request:
    """One request that the fake got."""

    path: str
    headers: dict[str, str]
    payload: dict[str, Any]
    connection: int


@dataclass
class FakeApns:
    """Apple's servers, as one team sees them."""

    answers: dict[str, Answer | str] = field(default_factory=dict)
    """By device token: an answer, or `hang`, `drop`, `goaway`, `split`."""
    requests: list[Request] = field(default_factory=list)
    expired: set[str] = field(default_factory=set)
    """Provider tokens that are refused as expired."""
    retry_after: str | None = None
    connections: int = 0
    base_url: str = ""
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)

    @property
    def options(self) -> dict[str, Any]:
        """What a provider for this team is configured with."""
        return {
            "key": private_pem(),
            "key_id": KEY_ID,
            "team_id": TEAM,
            "base_url": self.base_url,
        }

    @property
    def tokens(self) -> list[str]:
        """Provider tokens, in the order of their requests."""
        return [one.headers["authorization"].removeprefix("bearer ") for one in self.requests]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        self.connections += 1
        self._writers.add(writer)
        await _Connection(self, self.connections, reader, writer).run()
        self._writers.discard(writer)

    def judge(self, request: Request) -> Answer | str:
        """Return what a request gets."""
        bearer = request.headers.get("authorization", "").removeprefix("bearer ")
        try:
            head = jwt.get_unverified_header(bearer)
            claims = jwt.decode(
                bearer,
                team_key().public_key(),
                algorithms=["ES256"],
                options={"verify_iat": False},
            )
        except jwt.InvalidTokenError:
            return 403, {"reason": "InvalidProviderToken"}
        if head.get("kid") != KEY_ID or claims.get("iss") != TEAM:
            return 403, {"reason": "InvalidProviderToken"}
        if bearer in self.expired:
            return 403, {"reason": "ExpiredProviderToken"}
        device = request.path.removeprefix("/3/device/")
        return self.answers.get(device) or _checked(request)


def _checked(request: Request) -> Answer:
    headers = request.headers
    alert = request.payload.get("aps", {}).get("alert", {})
    checks = (
        (headers.get("apns-topic") != BUNDLE, "BadTopic"),
        (headers.get("apns-push-type") != "alert", "InvalidPushType"),
        (headers.get("apns-priority") not in {"10", "5", "1"}, "BadPriority"),
        (not headers.get("apns-expiration", "x").isdigit(), "BadExpirationDate"),
        (len(headers.get("apns-collapse-id", "")) > 64, "BadCollapseId"),
        (len(headers.get("apns-id", "")) != 36, "BadMessageId"),
        (not alert.get("body"), "PayloadEmpty"),
        (len(json.dumps(request.payload, ensure_ascii=False)) > _LARGEST + 50, "PayloadTooLarge"),
    )
    reason = next((name for wrong, name in checks if wrong), None)
    return (400, {"reason": reason}) if reason else (200, None)


class _Connection:
    """One HTTP/2 connection of the fake's."""

    def __init__(
        self,
        fake: FakeApns,
        number: int,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self._fake = fake
        self._number = number
        self._reader = reader
        self._writer = writer
        self._h2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
        self._open: dict[int, tuple[dict[str, str], bytearray]] = {}

    async def run(self) -> None:
        """Serve until the other side closes."""
        self._h2.initiate_connection()
        self._flush()
        with suppress(ConnectionError, h2.exceptions.ProtocolError, asyncio.CancelledError):
            while data := await self._reader.read(65_536):
                for event in self._h2.receive_data(data):
                    self._on(event)
                self._flush()
        self._writer.close()

    def _on(self, event: h2.events.Event) -> None:
        match event:
            case h2.events.RequestReceived(stream_id=int() as stream, headers=list() as headers):
                told = {_text(name): _text(value) for name, value in headers}
                self._open[stream] = (told, bytearray())
            case h2.events.DataReceived(stream_id=int() as stream, data=bytes() as data):
                self._open[stream][1].extend(data)
                self._h2.acknowledge_received_data(event.flow_controlled_length or 0, stream)
            case h2.events.StreamEnded(stream_id=int() as stream):
                headers_told, body = self._open.pop(stream)
                payload = json.loads(bytes(body))
                request = Request(headers_told[":path"], headers_told, payload, self._number)
                self._fake.requests.append(request)
                self._answer(stream, request)
            case _:
                pass

    def _answer(self, stream: int, request: Request) -> None:
        match self._fake.judge(request):
            case "hang":
                pass
            case "drop":
                self._writer.transport.abort()
            case "goaway":
                self._h2.close_connection(last_stream_id=stream - 1 if stream > 1 else 0)
            case "split":
                self._head(stream, 410, ends=False)
                body = json.dumps({"reason": "Unregistered", "timestamp": 1_795_420_000_000})
                self._h2.send_data(stream, body[:5].encode())
                self._flush()
                self._h2.send_data(stream, body[5:].encode(), end_stream=True)
            case (int() as status, body):
                self._head(stream, status, ends=body is None, ref=request.headers.get("apns-id"))
                if body is not None:
                    self._h2.send_data(stream, json.dumps(body).encode(), end_stream=True)
            case other:
                raise AssertionError(other)

    def _head(self, stream: int, status: int, *, ends: bool, ref: str | None = None) -> None:
        headers = [(":status", str(status))]
        if ref:
            headers.append(("apns-id", ref))
        if self._fake.retry_after and status == 429:
            headers.append(("retry-after", self._fake.retry_after))
        self._h2.send_headers(stream, headers, end_stream=ends)

    def _flush(self) -> None:
        self._writer.write(self._h2.data_to_send())


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value


@asynccontextmanager
async def running_apns() -> AsyncIterator[FakeApns]:
    """Serve on a free local port."""
    fake = FakeApns()
    server = await asyncio.start_server(fake.serve, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()[:2]
    fake.base_url = f"http://{host}:{port}"
    try:
        yield fake
    finally:
        server.close()
        for writer in list(fake._writers):
            writer.transport.abort()
        await server.wait_closed()
