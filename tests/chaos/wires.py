"""A wire between the service and one of its servers that a test can cut, or let go silent."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import parse_qs, unquote, urlsplit

_CHUNK: Final = 65536
_PIPE_ERRORS: Final = (OSError, asyncio.IncompleteReadError)


@dataclass(frozen=True, slots=True)
class Upstream:
    """Where a server really listens: a socket file, or host and port."""

    path: str = ""
    host: str = ""
    port: int = 0

    @classmethod
    def of_postgres(cls, url: str) -> Self:
        """Read a PostgreSQL URL, whose socket folder may be its `host` parameter."""
        parts = urlsplit(url)
        asked = parse_qs(parts.query)
        folder = asked.get("host", [unquote(parts.hostname or "")])[0]
        port = int(asked.get("port", [parts.port or 5432])[0])
        if folder.startswith("/"):
            return cls(path=f"{folder}/.s.PGSQL.{port}")
        return cls(host=folder or "127.0.0.1", port=port)

    @classmethod
    def of_redis(cls, url: str) -> Self:
        """Read a Redis URL."""
        parts = urlsplit(url)
        if parts.scheme == "unix":
            return cls(path=parts.path)
        return cls(host=parts.hostname or "127.0.0.1", port=parts.port or 6379)

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Open one connection."""
        if self.path:
            return await asyncio.open_unix_connection(self.path)
        return await asyncio.open_connection(self.host, self.port)


class Wire:
    """Forwards connections on a free local port to one server."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._pumps: set[asyncio.Task[None]] = set()
        self._flowing = asyncio.Event()
        self._flowing.set()
        self.port = 0

    async def join(self) -> None:
        """Listen, on the port of the first time."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        """Break every connection and refuse new ones until `join`."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in list(self._writers):
            writer.transport.abort()
        pumps = list(self._pumps)
        for pump in pumps:
            pump.cancel()
        await asyncio.gather(*pumps, return_exceptions=True)

    def hush(self) -> None:
        """Take connections and bytes, and pass nothing on until `speak`."""
        self._flowing.clear()

    def speak(self) -> None:
        """Pass on what waited, and all that follows."""
        self._flowing.set()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._pumps.add(task)
        self._writers.add(writer)
        with suppress(*_PIPE_ERRORS, asyncio.CancelledError):
            there, back = await self._upstream.connect()
            self._writers.add(back)
            try:
                await asyncio.gather(self._pump(reader, back), self._pump(there, writer))
            finally:
                self._writers.discard(back)
                back.transport.abort()
        self._writers.discard(writer)
        writer.transport.abort()
        self._pumps.discard(task)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(_CHUNK):
            await self._flowing.wait()
            writer.write(data)
            await writer.drain()
        raise ConnectionResetError  # one side is gone, so is the other


@asynccontextmanager
async def a_wire(upstream: Upstream) -> AsyncIterator[Wire]:
    """Keep a wire for as long as the block lasts."""
    wire = Wire(upstream)
    await wire.join()
    try:
        yield wire
    finally:
        wire.speak()
        await wire.cut()
