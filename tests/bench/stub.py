"""A provider that is never the bottleneck: answers Twilio's create call and remembers each one.

Own process: `python -m tests.bench.stub PORT`. A hand-written HTTP/1.1 parser, since a framework
would cost more than the service under test may. What it logs is the bench's judge of what was
lost and what was sent twice.

* `POST /2010-04-01/Accounts/{sid}/Messages.json` → 201 with Twilio's fields
* `GET /log` → `[[attempt, recipient, monotonic seconds], …]` in order of arrival
* `POST /reset` → forgets
"""

import asyncio
import json
import sys
import time
from typing import Final
from urllib.parse import unquote_to_bytes

_HEAD_END: Final = b"\r\n\r\n"
_LENGTH: Final = b"content-length:"
# `?a=` and `#` inside StatusCallback: some encoders of forms leave the question mark as it is.
_ATTEMPT_STARTS: Final = (b"?a%3D", b"%3Fa%3D")
_ATTEMPT_END: Final = b"%23"
_EMPTY: Final = b"HTTP/1.1 204 No Content\r\n\r\n"
_NOT_FOUND: Final = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"

_MESSAGE: Final = json.dumps(
    {
        "account_sid": "AC" + "0" * 32,
        "api_version": "2010-04-01",
        "body": "",
        "date_created": "Tue, 24 Nov 2026 17:30:00 +0000",
        "date_sent": None,
        "date_updated": "Tue, 24 Nov 2026 17:30:00 +0000",
        "direction": "outbound-api",
        "error_code": None,
        "error_message": None,
        "from": "+12025550100",
        "messaging_service_sid": None,
        "num_media": "0",
        "num_segments": "1",
        "price": None,
        "price_unit": "USD",
        "sid": "SM%032x",
        "status": "queued",
        "subresource_uris": {"media": "/2010-04-01/Accounts/AC/Messages/SM/Media.json"},
        "to": "",
        "uri": "/2010-04-01/Accounts/AC/Messages/SM.json",
    }
).encode()
_CREATED: Final = (
    b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    % len(_MESSAGE % 0)
    + _MESSAGE
)

Log = list[tuple[str, str, float]]


class Stub(asyncio.Protocol):
    """One keep-alive connection; requests may come in pieces or several at once."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport to answer on."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every request that is complete."""
        self._buffer += data
        answers = []
        while (end := self._buffer.find(_HEAD_END)) >= 0:
            head = self._buffer[:end]
            total = end + len(_HEAD_END) + _content_length(head)
            if len(self._buffer) < total:
                break
            answers.append(self._answer(head, self._buffer[end + len(_HEAD_END) : total]))
            self._buffer = self._buffer[total:]
        if answers and self._transport is not None:
            self._transport.write(b"".join(answers))

    def _answer(self, head: bytes, body: bytes) -> bytes:
        method, path, _ = head.split(b" ", 2)
        if method == b"POST" and path.endswith(b"/Messages.json"):
            self._log.append((_attempt(body), _recipient(body), time.monotonic()))
            return _CREATED % len(self._log)
        if path == b"/log":
            payload = json.dumps(self._log).encode()
            return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(payload) + payload
        if path == b"/reset":
            self._log.clear()
            return _EMPTY
        return _NOT_FOUND


def _content_length(head: bytes) -> int:
    lowered = head.lower()
    at = lowered.find(_LENGTH)
    if at < 0:
        return 0
    end = lowered.find(b"\r\n", at)
    return int(lowered[at + len(_LENGTH) : end if end >= 0 else None])


def _attempt(body: bytes) -> str:
    """Return the attempt id in the callback address; empty when there is none."""
    for start in _ATTEMPT_STARTS:
        _, found, rest = body.partition(start)
        if found:
            return rest.partition(_ATTEMPT_END)[0].partition(b"&")[0].decode("ascii", "replace")
    return ""


def _recipient(body: bytes) -> str:
    at = 0 if body.startswith(b"To=") else body.find(b"&To=") + 1
    return unquote_to_bytes(body[at + 3 :].partition(b"&")[0]).decode("ascii", "replace")


async def serve(port: int) -> None:
    """Listen on the loopback until the process is ended."""
    log: Log = []
    server = await asyncio.get_running_loop().create_server(
        lambda: Stub(log), "127.0.0.1", port, backlog=1024
    )
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
