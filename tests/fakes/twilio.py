"""A local HTTP server that behaves like Twilio's messaging API, as far as its documents say.

Creates are checked as the vendor checks them, statuses are posted back signed by the vendor's own
validator, and each number can be told to misbehave. Every request is kept for assertions.
"""

import asyncio
import base64
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from typing import Any, Final, Literal
from urllib.parse import parse_qsl, urlencode, urlsplit

import aiohttp
from aiohttp import web
from twilio.request_validator import RequestValidator

from tests.fakes.twilio_parameters import undocumented
from tests.fakes.vendor import serving

ACCOUNT: Final = "AC" + "0a" * 16
TOKEN: Final = "3f1c0de5a7b94e2c8d6f00112233aabb"
_WHATSAPP: Final = "whatsapp:"
_LONGEST_VALIDITY: Final = 36_000
_LONGEST_BODY: Final = 1600
_LIST_LIMIT: Final = 1000
# Seconds before a callback's first repetition; each further one takes twice as long.
_CALLBACK_AGAIN: Final = 0.1

Answer = Literal[
    "created", "empty", "unreadable", "hang", "drop", "error_500", "throttled", "html_502"
]


@dataclass
class Behavior:
    """What the fake does with the creates for one number."""

    answer: Answer = "created"
    """`hang`, `drop`, `error_500`, `empty` … come after the message was taken, as in real life."""
    refuse: int | None = None
    """Refuse with HTTP 400 and this code; nothing is taken."""
    retry_after: str | None = None
    """For `throttled`."""
    statuses: Sequence[tuple[str, int | None]] = (
        ("queued", None),
        ("sent", None),
        ("delivered", None),
    )
    """Callbacks, in order, with their error codes."""
    callbacks_first: bool = False
    """Post every callback before the create is answered."""
    copies: int = 1
    """How often each callback is posted."""
    shuffled: bool = False
    taken: bool = True
    """Whether the message exists at the vendor after a failing answer."""
    delay: float = 0.0
    """Seconds between taking the message and answering."""


@dataclass
class Request:
    """One request that the fake got."""

    method: str
    path: str
    query: dict[str, str]
    form: dict[str, str]
    headers: Mapping[str, str]
    at: float
    """Monotonic seconds of its arrival."""


@dataclass
class FakeTwilio:
    """One account with its messages."""

    now: datetime
    """What the vendor's clock shows; set it to move it."""
    token: str = TOKEN
    behaviors: dict[str, Behavior] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    messages: dict[str, dict[str, Any]] = field(default_factory=dict)
    callback_answers: list[int] = field(default_factory=list)
    undocumented: list[str] = field(default_factory=list)
    """What requests had that the vendor doesn't document; asserted to be nothing at the end."""
    base_url: str = ""
    public_base_url: str = ""
    """What our service is called in signed addresses."""
    posts_to: str = ""
    """Where our service really listens; the signed address stays `public_base_url`."""
    witness: Callable[[Request], Awaitable[None]] | None = None
    """Called with each create before anything is made of it, to look at our side meanwhile."""
    account_status: str = "active"
    usual: Behavior = field(default_factory=Behavior)
    """For numbers that weren't told to misbehave."""
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _session: aiohttp.ClientSession | None = None

    def for_number(self, number: str, **behavior: Any) -> None:
        """Tell one number to misbehave."""
        self.behaviors[number] = Behavior(**behavior)

    @property
    def creates(self) -> list[Request]:
        """Creates, the refused ones too."""
        return [
            r for r in self.requests if r.method == "POST" and r.path.endswith("/Messages.json")
        ]

    def sids_to(self, number: str) -> list[str]:
        """Return the messages to a number, oldest first."""
        return [sid for sid, message in self.messages.items() if message["to"] == number]

    async def settled(self) -> None:
        """Wait until all callbacks in flight were answered."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    def turn(self, sid: str, status: str, code: int | None = None) -> None:
        """Change a message; whoever wants to know must ask."""
        self.messages[sid].update(status=status, error_code=code)

    def price(self, sid: str, price: str, segments: int = 1) -> None:
        """Let the vendor know what a message cost."""
        self.messages[sid].update(price=price, num_segments=str(segments))

    async def report(self, sid: str, status: str, code: int | None = None) -> int:
        """Change a message and post the status callback; return our answer's status."""
        self.turn(sid, status, code)
        message = self.messages[sid]
        if message["callback"] is None:
            return 0
        form = {
            "AccountSid": ACCOUNT,
            "ApiVersion": "2010-04-01",
            "From": message["from"] or "+15005550006",
            "To": message["to"],
            "MessageSid": sid,
            "SmsSid": sid,
            "MessageStatus": status,
            "SmsStatus": status,
            **({"ErrorCode": str(code)} if code else {}),
        }
        return await self._post(message["callback"], form)

    async def inbound(self, sender: str, to: str, body: str, *, opt_out: str | None = None) -> int:
        """Let somebody write to one of our numbers; return our answer's status."""
        sid = f"SM{random.Random(f'{sender}{body}').getrandbits(128):032x}"
        form = {
            "ToCountry": "US",
            "ToState": "",
            "SmsMessageSid": sid,
            "NumMedia": "0",
            "FromZip": "",
            "SmsSid": sid,
            "SmsStatus": "received",
            "Body": body,
            "To": to,
            "NumSegments": "1",
            "MessageSid": sid,
            "AccountSid": ACCOUNT,
            "From": sender,
            "ApiVersion": "2010-04-01",
            **({"OptOutType": opt_out} if opt_out else {}),
        }
        kind = "whatsapp" if to.startswith(_WHATSAPP) else "sms"
        return await self._post(f"{self.public_base_url}/twilio/{kind}/inbound", form)

    async def _post(self, url: str, form: Mapping[str, str]) -> int:
        """Sign for the public address and post to where we really listen, as a tunnel would.

        The fragment's `rc` says how often a callback is repeated that met no 2xx to 4xx.
        """
        status = 0
        signed = url.partition("#")[0]
        signature = RequestValidator(self.token).compute_signature(signed, dict(form))  # type: ignore[no-untyped-call]
        target = (self.posts_to or self.public_base_url) + signed[len(self.public_base_url) :]
        headers = {
            "X-Twilio-Signature": signature,
            "Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
            "User-Agent": "TwilioProxy/1.1",
        }
        tries = 1 + int(dict(parse_qsl(url.partition("#")[2])).get("rc", "0"))
        for number in range(1, tries + 1):
            status = await self._post_once(target, urlencode(form).encode(), headers)
            if status < 500:
                break
            if number < tries:
                await asyncio.sleep(_CALLBACK_AGAIN * 2**number)
        return status

    async def _post_once(self, target: str, body: bytes, headers: Mapping[str, str]) -> int:
        """Post one callback; 599 if nobody answered."""
        assert self._session is not None
        try:
            async with self._session.post(target, data=body, headers=headers) as response:
                await response.read()
                status = response.status
        except (aiohttp.ClientError, TimeoutError):
            status = 599
        self.callback_answers.append(status)
        return status

    async def _report_all(self, sid: str, behavior: Behavior) -> None:
        planned = [item for item in behavior.statuses for _ in range(behavior.copies)]
        if behavior.shuffled:
            random.Random(sid).shuffle(planned)
        for status, code in planned:
            await self.report(sid, status, code)

    async def _create(self, request: web.Request) -> web.StreamResponse:
        form = await self._record(request)
        if self.witness is not None:
            await self.witness(self.requests[-1])
        behavior = self.behaviors.get(form.get("To", ""), self.usual)
        if self._unauthorized(request):
            return _error(401, 20003, "Authenticate")
        if behavior.answer == "throttled":
            headers = {"Retry-After": behavior.retry_after} if behavior.retry_after else None
            return _error(429, 20429, "Too Many Requests", headers)
        code = behavior.refuse or _invalid(form)
        if code is not None:
            return _error(400, code, f"The 'To' number {form.get('To')} was refused")
        sid = f"SM{len(self.messages):032x}"
        service = form.get("MessagingServiceSid")
        message: dict[str, Any] = {
            "sid": sid,
            "account_sid": ACCOUNT,
            "status": "accepted" if service else "queued",
            "to": form["To"],
            "from": form.get("From"),
            "body": form.get("Body") or f"(words of {form['ContentSid']})",
            "messaging_service_sid": service,
            "num_segments": "0" if service else "1",
            "num_media": "0",
            "price": None,
            "price_unit": "USD",
            "error_code": None,
            "error_message": None,
            "direction": "outbound-api",
            "date_created": format_datetime(self.now),
            "date_updated": format_datetime(self.now),
            "date_sent": None,
            "api_version": "2010-04-01",
            "uri": f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{sid}.json",
            "subresource_uris": {},
            "callback": form.get("StatusCallback"),
        }
        if behavior.taken:
            self.messages[sid] = message
            if behavior.callbacks_first:
                await self._report_all(sid, behavior)
            else:
                self._start(self._report_all(sid, behavior))
        return await self._answer(request, behavior, message)

    async def _answer(
        self, request: web.Request, behavior: Behavior, message: Mapping[str, Any]
    ) -> web.StreamResponse:
        if behavior.delay:
            await asyncio.sleep(behavior.delay)
        match behavior.answer:
            case "created" | "throttled":
                pass
            case "hang":
                await asyncio.sleep(60)
            case "drop":
                assert request.transport is not None
                request.transport.abort()
            case "empty":
                return web.json_response({}, status=201)
            case "unreadable":
                return web.Response(status=201, body=b'{"sid": "SM')
            case "error_500":
                return _error(500, 20500, "Internal Server Error")
            case "html_502":
                return web.Response(
                    status=502, text="<html>Bad Gateway</html>", content_type="text/html"
                )
        return web.json_response(_shown(message), status=201)

    async def _list(self, request: web.Request) -> web.StreamResponse:
        await self._record(request)
        query = request.query
        size = int(query.get("PageSize", "50"))
        if self._unauthorized(request) or size > _LIST_LIMIT:
            return _error(400, 20006, "Invalid PageSize")
        found = [
            message
            for message in reversed(self.messages.values())
            if query.get("To", message["to"]) == message["to"]
            and query.get("From", message["from"]) == message["from"]
            # date_sent is null while queued, so such a filter would hide the message
            and not (
                any(name.startswith("DateSent") for name in query) and message["date_sent"] is None
            )
        ]
        page = int(query.get("Page", "0"))
        rows = found[page * size : (page + 1) * size]
        more = len(found) > (page + 1) * size
        next_query = urlencode({**query, "Page": page + 1, "PageSize": size})
        return web.json_response(
            {
                "messages": [_shown(message) for message in rows],
                "page": page,
                "page_size": size,
                "next_page_uri": f"{request.path}?{next_query}" if more else None,
            }
        )

    async def _fetch(self, request: web.Request) -> web.StreamResponse:
        await self._record(request)
        message = self.messages.get(request.match_info["sid"])
        if message is None:
            return _error(404, 20404, "The requested resource was not found")
        return web.json_response(_shown(message))

    async def _update(self, request: web.Request) -> web.StreamResponse:
        form = await self._record(request)
        message = self.messages.get(request.match_info["sid"])
        if message is None:
            return _error(404, 20404, "The requested resource was not found")
        if form.get("Status") == "canceled":
            if message["status"] not in {"accepted", "scheduled", "queued"}:
                return _error(409, 30409, "Message is not cancelable")
            message["status"] = "canceled"
        if form.get("Body") == "":
            if message["status"] not in {"delivered", "undelivered", "failed", "sent"}:
                return _error(400, 20009, "Cannot delete message because delivery is not complete")
            message["body"] = ""
        return web.json_response(_shown(message))

    async def _account(self, request: web.Request) -> web.StreamResponse:
        await self._record(request)
        if self._unauthorized(request) or request.match_info["account"] != ACCOUNT:
            return _error(401, 20003, "Authenticate")
        return web.json_response({"sid": ACCOUNT, "status": self.account_status})

    async def _record(self, request: web.Request) -> dict[str, str]:
        pairs = parse_qsl((await request.read()).decode(), keep_blank_values=True)
        form = dict(pairs)
        self.undocumented += undocumented(
            request.method, request.path, [*request.query.items(), *pairs]
        )
        self.requests.append(
            Request(
                request.method,
                request.path,
                dict(request.query),
                form,
                request.headers,
                time.monotonic(),
            )
        )
        return form

    def _unauthorized(self, request: web.Request) -> bool:
        scheme, _, text = request.headers.get("Authorization", "").partition(" ")
        user = base64.b64decode(text).decode().partition(":")[0] if scheme == "Basic" else ""
        return not user.startswith(("AC", "SK"))

    def _start(self, coroutine: Any) -> None:
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


@asynccontextmanager
async def running_twilio(now: datetime, *, public_base_url: str = "") -> AsyncIterator[FakeTwilio]:
    """Serve a fake account on a free local port."""
    fake = FakeTwilio(now, public_base_url=public_base_url)
    app = web.Application()
    root = "/2010-04-01/Accounts/{account}"
    app.router.add_get(f"{root}.json", fake._account)
    app.router.add_post(f"{root}/Messages.json", fake._create)
    app.router.add_get(f"{root}/Messages.json", fake._list)
    app.router.add_get(f"{root}/Messages/{{sid}}.json", fake._fetch)
    app.router.add_post(f"{root}/Messages/{{sid}}.json", fake._update)
    async with serving(app) as fake.base_url:
        fake._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=15))
        try:
            yield fake
            assert fake.undocumented == []
        finally:
            for task in list(fake._tasks):
                task.cancel()
            await fake._session.close()


def _invalid(form: Mapping[str, str]) -> int | None:
    """Return the code the vendor refuses such a create with."""
    to, validity = form.get("To", ""), form.get("ValidityPeriod", "36000")
    sender = form.get("From", "")
    mixed = bool(sender) and sender.startswith(_WHATSAPP) != to.startswith(_WHATSAPP)
    to = to.removeprefix(_WHATSAPP)
    callback = urlsplit(form.get("StatusCallback", "https://x.example/"))
    checks = (
        (not to, 21604),
        (not form.get("From") and not form.get("MessagingServiceSid"), 21603),
        (not form.get("Body") and not form.get("ContentSid"), 21602),
        (mixed, 21910),
        (len(form.get("Body", "")) > _LONGEST_BODY, 21617),
        (not (to.startswith("+") and to[1:].isdigit() and 8 <= len(to) <= 16), 21211),
        (not (validity.isdigit() and 1 <= int(validity) <= _LONGEST_VALIDITY), 90007),
        (callback.scheme not in {"http", "https"} or "_" in (callback.hostname or "_"), 21609),
    )
    return next((code for wrong, code in checks if wrong), None)


def _shown(message: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in message.items() if key != "callback"}


def _error(
    status: int, code: int, text: str, headers: Mapping[str, str] | None = None
) -> web.Response:
    body = {
        "code": code,
        "message": text,
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": status,
    }
    return web.json_response(body, status=status, headers=headers)
