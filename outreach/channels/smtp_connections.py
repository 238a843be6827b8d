"""Connections to one mail server, kept open between messages, and what a submission came to.

Until the words go out, nothing was taken, whatever breaks; from then on, only the server's own
answer tells. That line is drawn here and nowhere else.
"""

import asyncio
import contextlib
import ssl
import time
from dataclasses import field
from typing import Final, Literal, NamedTuple

from aiosmtplib import (
    SMTP,
    SMTPConnectError,
    SMTPException,
    SMTPResponseException,
    SMTPServerDisconnected,
)

from outreach.domain.records import dataclass

Phase = Literal["connect", "login", "mail", "rcpt", "data"]
Security = Literal["starttls", "tls", "none"]

_CONNECT_SECONDS: Final = 5.0
# Servers close what is silent for longer; most allow a few hundred messages a connection.
_IDLE_SECONDS: Final = 30.0
_MOST_MESSAGES: Final = 100
_QUIT_SECONDS: Final = 1.0
_CERTAIN: Final = range(400, 600)
_CLOSING: Final = 421
_BROKEN: Final = (SMTPException, OSError, TimeoutError, ValueError)
"""What the library, TLS or the network end in; `ValueError` where an answer can't be read."""

NO_TLS: Final = "tls"
"""The server's certificate isn't trusted, or it can't encrypt."""
NO_LOGIN: Final = "login"
"""It knows no way to sign in that we do."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where mail is handed in."""

    host: str
    port: int
    security: Security
    tls: ssl.SSLContext
    helo_name: str
    username: str | None = None
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Envelope:
    """One message to one recipient."""

    sender: str = field(repr=False)
    """Where bounces go."""
    recipient: str = field(repr=False)
    message: bytes = field(repr=False)
    envelope_id: str
    """What a bounce carries back, where servers on the way know how."""


class Taken(NamedTuple):
    """The server answered that it has it."""


class Refusal(NamedTuple):
    """The server answered that it hasn't."""

    phase: Phase
    status: int
    text: str
    """The server's words, which may name the recipient: read here, never kept."""


class Unreached(NamedTuple):
    """No answer, and nothing was taken for certain."""

    why: str


class Unanswered(NamedTuple):
    """All of it went out, and no answer came that can be read."""

    why: str


Outcome = Taken | Refusal | Unreached | Unanswered


class _Line:
    """One connection; how far the message in hand has got is noted step by step."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._client: SMTP | None = None
        self._sent = 0
        self._used_at = 0.0
        self.phase: Phase = "connect"
        self.is_over_the_line = False

    @property
    def is_open(self) -> bool:
        """Whether a message may be tried on it without connecting anew."""
        return (
            self._client is not None
            and self._client.is_connected
            and self._sent < _MOST_MESSAGES
            and time.monotonic() - self._used_at < _IDLE_SECONDS
        )

    async def open(self, deadline: float) -> None:
        """Connect, encrypt and sign in; whatever was open is closed."""
        self.drop()
        server, self.phase, self._sent = self._server, "connect", 0
        self._client = client = SMTP(
            hostname=server.host,
            port=server.port,
            local_hostname=server.helo_name,
            timeout=min(_CONNECT_SECONDS, deadline),
            use_tls=server.security == "tls",
            start_tls=server.security == "starttls",
            tls_context=None if server.security == "none" else server.tls,
        )
        await client.connect()
        if server.username is not None:
            self.phase = "login"
            await _sign_in(client, server.username, server.password)
        client.timeout = None  # from here on the caller's deadline alone
        self._used_at = time.monotonic()

    async def submit(self, envelope: Envelope) -> None:
        """Hand one message in; raises what the library raises."""
        client = self._client
        if client is None:
            raise SMTPServerDisconnected("not connected")
        self.phase, self.is_over_the_line = "mail", False
        notifies = client.supports_extension("dsn")
        options = ["RET=HDRS", f"ENVID={envelope.envelope_id}"] if notifies else []
        await client.mail(envelope.sender, options=options)
        self.phase = "rcpt"
        wanted = ["NOTIFY=FAILURE,DELAY"] if notifies else []
        await client.rcpt(envelope.recipient, options=wanted)
        self.phase, self.is_over_the_line = "data", True
        await client.data(envelope.message)
        self._sent += 1
        self._used_at = time.monotonic()

    async def recover(self) -> None:
        """Make ready for the next message after a refusal; a connection that can't is closed."""
        if self._client is not None and self._client.is_connected:
            try:
                await self._client.rset(timeout=_QUIT_SECONDS)
            except _BROKEN:
                self.drop()

    async def quit(self) -> None:
        """Take leave."""
        if self._client is not None and self._client.is_connected:
            with contextlib.suppress(*_BROKEN):
                await self._client.quit(timeout=_QUIT_SECONDS)
        self.drop()

    def drop(self) -> None:
        """Close without a word."""
        if self._client is not None:
            self._client.close()
            self._client = None


class Connections:
    """The connections of one account in this process.

    Args:
        server: Where to connect.
        most: Connections at once; each hands in one message after the other.
    """

    def __init__(self, server: Server, most: int) -> None:
        """See the class."""
        self._lines = [_Line(server) for _ in range(most)]
        self._free = list(self._lines)
        self._slots = asyncio.Semaphore(most)

    async def submit(self, envelope: Envelope, deadline: float) -> Outcome:
        """Hand one message in within `deadline` seconds, waiting for a connection included.

        A kept connection that the server has closed meanwhile is opened once more, as long as
        nothing of the message was acknowledged on it. Otherwise nothing is tried twice.
        """
        line: _Line | None = None
        try:
            async with asyncio.timeout(deadline):
                await self._slots.acquire()
                line = self._free.pop()
                line.is_over_the_line = False
                return await self._submit(line, envelope, deadline)
        except TimeoutError:
            if line is None:
                return Unreached("busy")
            line.drop()
            return Unanswered("timeout") if line.is_over_the_line else Unreached("timeout")
        finally:
            if line is not None:
                self._free.append(line)
                self._slots.release()

    async def sign_in(self, deadline: float) -> Outcome:
        """Open a connection as for a message and leave it open; `Taken`: the server let us in."""
        try:
            async with asyncio.timeout(deadline):
                await self._slots.acquire()
        except TimeoutError:
            return Unreached("busy")
        line = self._free.pop()
        try:
            async with asyncio.timeout(deadline):
                await line.open(deadline)
        except SMTPResponseException as exc:
            line.drop()
            return Refusal(line.phase, exc.code, exc.message)
        except _BROKEN as exc:
            line.drop()
            return Unreached(_why(exc, line.phase))
        finally:
            self._free.append(line)
            self._slots.release()
        return Taken()

    async def _submit(self, line: _Line, envelope: Envelope, deadline: float) -> Outcome:
        if line.is_open:
            outcome = await self._try(line, envelope, None)
            if not _was_closed(outcome):
                return outcome
        return await self._try(line, envelope, deadline)

    async def _try(self, line: _Line, envelope: Envelope, opening: float | None) -> Outcome:
        """Submit on a line, after opening it if `opening` says how long that may take."""
        try:
            if opening is not None:
                await line.open(opening)
            await line.submit(envelope)
        except SMTPResponseException as exc:
            if exc.code in _CERTAIN:
                refused = Refusal(line.phase, exc.code, exc.message)
                if line.phase in {"connect", "login"} or exc.code == _CLOSING:
                    line.drop()
                else:
                    await line.recover()
                return refused
            line.drop()
            why = f"answer {exc.code}"
        except TimeoutError:
            line.drop()
            why = "timeout"
        except asyncio.CancelledError:
            line.drop()
            raise
        except _BROKEN as exc:
            line.drop()
            why = _why(exc, line.phase)
        else:
            return Taken()
        return Unanswered(why) if line.is_over_the_line else Unreached(why)

    async def close(self) -> None:
        """Close them all; nothing is handed in afterwards."""
        for line in self._lines:
            await line.quit()


async def _sign_in(client: SMTP, username: str, password: str) -> None:
    """Sign in by one way: the library's own `login` tries the next one after a refusal.

    Passwords go over encrypted connections alone, so the plain ways are good enough.
    """
    if client.is_ehlo_or_helo_needed:
        await client.ehlo()
    if "plain" in client.server_auth_methods:
        await client.auth_plain(username, password)
    elif "login" in client.server_auth_methods:
        await client.auth_login(username, password)
    else:
        raise SMTPException(NO_LOGIN)


def _why(exc: Exception, phase: Phase) -> str:
    if isinstance(exc, ssl.SSLError) or isinstance(exc.__cause__, ssl.SSLError):
        return NO_TLS
    if type(exc) is SMTPException:  # the library's own, where the server lacks what is demanded
        return NO_LOGIN if phase == "login" else NO_TLS
    return "connect" if isinstance(exc, SMTPConnectError) else type(exc).__name__


def _was_closed(outcome: Outcome) -> bool:
    """Tell whether a kept connection turned out to be closed before anything went through it."""
    match outcome:
        case Unreached():
            return True
        case Refusal(phase="mail", status=status):
            return status == _CLOSING
        case _:
            return False
