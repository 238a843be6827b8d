"""A local mail server: STARTTLS, TLS, signing in, and as many ways to misbehave as real ones have.

It speaks the protocol over streams, checks the order of commands as servers do, and keeps every
message byte for byte. Its certificate is its own; `ca_file` is what trusts it.
"""

import asyncio
import base64
import contextlib
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final, Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER: Final = "outreach"
PASSWORD: Final = "not-to-be-shown"

Moment = Literal["greeting", "login", "mail", "rcpt", "data", "dot"]
Manner = Literal["drop", "hang", "garbage", "flood"]


@dataclass
class Behavior:
    """How the server treats a message to one recipient, or anybody."""

    at: Moment = "rcpt"
    answer: str | None = None
    """Answer with this line; refused if it is a 4xx or 5xx."""
    manner: Manner | None = None
    """Instead of answering; at `dot` the message is taken first."""
    delay: float = 0.0
    times: int = 1_000_000
    """How often, before it behaves again."""


@dataclass
class Mail:
    """One message that the server took."""

    sender: str
    recipient: str
    raw: bytes
    mail_options: tuple[str, ...]
    rcpt_options: tuple[str, ...]
    encrypted: bool
    user: str | None

    @property
    def message(self) -> EmailMessage:
        """The message, parsed."""
        parsed = message_from_bytes(self.raw, policy=default)
        assert isinstance(parsed, EmailMessage)
        return parsed

    @property
    def text(self) -> str:
        """The words, as plain text."""
        part = self.message.get_body(("plain",))
        assert part is not None
        return str(part.get_content())


@dataclass
class FakeSmtp:
    """One server."""

    ca_file: Path
    port: int = 0
    behaviors: dict[str, Behavior] = field(default_factory=dict)
    """By recipient; "" is for everybody."""
    mails: list[Mail] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    connections: int = 0
    offers_starttls: bool = True
    offers_dsn: bool = True
    offers_auth: str = "PLAIN LOGIN"
    writers: set[asyncio.StreamWriter] = field(default_factory=set)

    @property
    def options(self) -> dict[str, Any]:
        """What an adapter needs to reach it."""
        return {
            "host": "localhost",
            "port": self.port,
            "ca_file": str(self.ca_file),
            "username": USER,
            "password": PASSWORD,
        }

    def mails_to(self, recipient: str) -> list[Mail]:
        """Return what was taken for somebody, oldest first."""
        return [mail for mail in self.mails if mail.recipient == recipient]

    def for_recipient(self, recipient: str, **behavior: Any) -> None:
        """Tell the server to misbehave."""
        self.behaviors[recipient] = Behavior(**behavior)

    async def hang_up(self) -> None:
        """Close every connection, as a server does that has waited long enough."""
        for writer in list(self.writers):
            writer.close()
        await asyncio.sleep(0.02)


class _GoneError(Exception):
    """The connection is over."""


class _Session:
    """One connection."""

    def __init__(
        self,
        fake: FakeSmtp,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        tls: ssl.SSLContext,
    ) -> None:
        self._fake = fake
        self._reader, self._writer = reader, writer
        self._tls = tls
        self._encrypted = writer.get_extra_info("sslcontext") is not None
        self._user: str | None = None
        self._sender: tuple[str, tuple[str, ...]] | None = None
        self._recipient: tuple[str, tuple[str, ...]] | None = None

    async def run(self) -> None:
        if await self._answer_or_not("greeting", "220 fake.example ESMTP"):
            while True:
                line = (await self._reader.readuntil(b"\n")).decode().rstrip("\r\n")
                self._fake.commands.append(line)
                await self._obey(line)

    async def _obey(self, line: str) -> None:
        verb, _, rest = line.partition(" ")
        match verb.upper():
            case "EHLO":
                await self._say("\r\n".join(self._greetings()))
            case "STARTTLS" if self._fake.offers_starttls and not self._encrypted:
                await self._say("220 2.0.0 go ahead")
                await self._writer.start_tls(self._tls)
                self._encrypted = True
            case "AUTH":
                await self._sign_in(rest)
            case "MAIL":
                await self._mail(rest)
            case "RCPT":
                await self._rcpt(rest)
            case "DATA":
                await self._data()
            case "RSET" | "NOOP":
                self._sender = self._recipient = None
                await self._say("250 2.0.0 ok")
            case "QUIT":
                await self._say("221 2.0.0 bye")
                raise _GoneError
            case _:
                await self._say("502 5.5.1 no such command")

    def _greetings(self) -> list[str]:
        offers = ["fake.example", "ENHANCEDSTATUSCODES", "8BITMIME"]
        if self._fake.offers_starttls and not self._encrypted:
            offers.append("STARTTLS")
        if self._fake.offers_dsn:
            offers.append("DSN")
        if self._fake.offers_auth and self._encrypted:
            offers.append(f"AUTH {self._fake.offers_auth}")
        return [f"250-{one}" for one in offers[:-1]] + [f"250 {offers[-1]}"]

    async def _sign_in(self, rest: str) -> None:
        method, _, given = rest.partition(" ")
        assert method == "PLAIN", "what the client prefers"
        _, user, password = base64.b64decode(given).decode().split("\0")
        right = (user, password) == (USER, PASSWORD) and self._encrypted
        answer = "235 2.7.0 welcome" if right else "535 5.7.8 who are you"
        if await self._answer_or_not("login", answer) and right:
            self._user = user

    async def _mail(self, rest: str) -> None:
        if self._sender is not None:
            await self._say("503 5.5.1 one message after the other")
        elif await self._answer_or_not("mail", "250 2.1.0 ok"):
            self._sender = _path(rest)

    async def _rcpt(self, rest: str) -> None:
        recipient = _path(rest)
        if self._sender is None:
            await self._say("503 5.5.1 MAIL first")
        elif await self._answer_or_not("rcpt", "250 2.1.5 ok", recipient[0]):
            self._recipient = recipient

    async def _data(self) -> None:
        if self._sender is None or self._recipient is None:
            await self._say("503 5.5.1 RCPT first")
            return
        (sender, mail_options), (recipient, rcpt_options) = self._sender, self._recipient
        if not await self._answer_or_not("data", "354 go ahead", recipient):
            return
        raw = (await self._reader.readuntil(b"\r\n.\r\n"))[:-3]
        raw = raw.replace(b"\r\n..", b"\r\n.")
        self._sender = self._recipient = None
        mail = Mail(sender, recipient, raw, mail_options, rcpt_options, self._encrypted, self._user)
        behavior = self._behavior("dot", recipient)
        if behavior is None or behavior.answer is None:
            self._fake.mails.append(mail)
        await self._answer_or_not("dot", f"250 2.0.0 taken as {len(self._fake.mails)}", recipient)

    def _behavior(self, at: Moment, recipient: str) -> Behavior | None:
        for name in (recipient, ""):
            found = self._fake.behaviors.get(name)
            if found is not None and found.at == at and found.times > 0:
                return found
        return None

    async def _answer_or_not(self, at: Moment, usual: str, recipient: str = "") -> bool:
        """Answer as told, or as usual; True where the client may go on."""
        behavior = self._behavior(at, recipient)
        if behavior is None:
            await self._say(usual)
            return usual[0] in "23"
        behavior.times -= 1
        await asyncio.sleep(behavior.delay)
        match behavior.manner:
            case "drop":
                raise _GoneError
            case "hang":
                await asyncio.sleep(60)
            case "garbage":
                await self._say("what?")
            case "flood":
                await self._say("\r\n".join(["250-more"] * 20_000))
            case None:
                answer = behavior.answer or usual
                await self._say(answer)
                if answer.startswith("421"):
                    raise _GoneError
                return answer[0] in "23"
        return False

    async def _say(self, line: str) -> None:
        self._writer.write(line.encode() + b"\r\n")
        await self._writer.drain()


def _path(rest: str) -> tuple[str, tuple[str, ...]]:
    """Return address and options out of `FROM:<…> A=1`."""
    address, _, options = rest.partition(":<")[2].partition(">")
    return address, tuple(options.split())


@asynccontextmanager
async def running_smtp(
    folder: Path, *, tls_from_the_start: bool = False
) -> AsyncIterator[FakeSmtp]:
    """Serve on a free local port; the certificate goes into `folder`."""
    context = _certificate(folder)
    fake = FakeSmtp(folder / "ca.pem")
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        fake.connections += 1
        fake.writers.add(writer)
        try:
            await _Session(fake, reader, writer, context).run()
        except (_GoneError, asyncio.IncompleteReadError, OSError, asyncio.CancelledError):
            pass
        finally:
            fake.writers.discard(writer)
            writer.close()
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await writer.wait_closed()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(serve(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(
        accept, "127.0.0.1", 0, ssl=context if tls_from_the_start else None, limit=2**20
    )
    fake.port = server.sockets[0].getsockname()[1]
    try:
        yield fake
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()


def _certificate(folder: Path) -> ssl.SSLContext:
    """Write a certificate for localhost that is its own authority; return the server's side."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    names = x509.SubjectAlternativeName(
        [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2099, 1, 1, tzinfo=UTC))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    public = certificate.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (folder / "ca.pem").write_bytes(public)
    (folder / "server.pem").write_bytes(public + private)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    return context
