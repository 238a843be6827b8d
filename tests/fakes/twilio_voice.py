"""Twilio's calls on a local port: people, machines and lines that behave as they were told.

A call that is picked up fetches its TwiML from us, signed by Twilio's own validator, and carries it
out: it notes what is said, answers what is asked, and reports on the way.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from typing import Any, Final, Literal
from urllib.parse import parse_qs, parse_qsl, urlencode
from xml.etree import ElementTree as ET

import aiohttp
from aiohttp import web
from twilio.request_validator import RequestValidator

from tests.fakes.twilio import ACCOUNT, TOKEN, Request
from tests.fakes.twilio_parameters import undocumented
from tests.fakes.vendor import serving

_FINAL: Final = {"completed", "busy", "no-answer", "failed", "canceled"}
_LIST_LIMIT: Final = 1000


@dataclass(frozen=True)
class Callee:
    """Who or what is at the other end of one number.

    Attributes:
        create: How the create itself ends.
        refuse: Vendor code that the create is refused with.
        picks_up: What becomes of the ringing.
        answers: What they press (`"1"`) or say (`"say:friday"`), question by question; "" is
            silence. When there is nothing left they hang up.
        answered_by: What detection finds; "" finds nothing.
        sip: SIP code of a failed call.
        holds: Goes on ringing until `pick_up` is called.
        copies: How often each status is posted.
        shuffled: Statuses come in another order, and only at the end.
        dialed: How being put through to somebody ends.
    """

    create: Literal["created", "hang", "drop", "throttled", "empty", "error_500"] = "created"
    refuse: int | None = None
    picks_up: Literal["human", "machine", "busy", "no-answer", "failed"] = "human"
    answers: Sequence[str] = ()
    answered_by: str = "human"
    sip: str = ""
    holds: bool = False
    copies: int = 1
    shuffled: bool = False
    dialed: str = "completed"


@dataclass
class FakeCalls:
    """One account with its calls."""

    now: datetime
    token: str = TOKEN
    callees: dict[str, Callee] = field(default_factory=dict)
    usual: Callee = field(default_factory=lambda: Callee(picks_up="no-answer"))
    requests: list[Request] = field(default_factory=list)
    undocumented: list[str] = field(default_factory=list)
    """What requests had that the vendor doesn't document; asserted to be nothing at the end."""
    calls: dict[str, dict[str, Any]] = field(default_factory=dict)
    said: dict[str, list[str]] = field(default_factory=dict)
    """Words by call, as they were heard."""
    answers: list[int] = field(default_factory=list)
    """Our answers' statuses, in the order of posting."""
    base_url: str = ""
    public_base_url: str = ""
    posts_to: str = ""
    _late: dict[str, list[tuple[str, dict[str, str]]]] = field(default_factory=dict)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _session: aiohttp.ClientSession | None = None

    def for_number(self, number: str, **callee: Any) -> None:
        """Tell one number how to behave."""
        self.callees[number] = Callee(**callee)

    @property
    def creates(self) -> list[Request]:
        """Creates, the refused ones too."""
        return [r for r in self.requests if r.method == "POST" and r.path.endswith("/Calls.json")]

    def sids_to(self, number: str) -> list[str]:
        """Return the calls to a number, oldest first."""
        return [sid for sid, call in self.calls.items() if call["to"] == number]

    async def settled(self) -> None:
        """Wait until every call has ended, or rings."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    async def pick_up(self, sid: str) -> None:
        """Let a call that rings be answered, and wait for its end."""
        await self._talk(sid, self._callee(sid))

    async def report(self, sid: str, status: str, **more: str) -> None:
        """Post one status of a call, whatever came before."""
        callee = self._callee(sid)
        self.calls[sid]["status"] = status
        form = self._form(sid) | {"CallStatus": status, "CallbackSource": "call-progress-events"}
        if status in _FINAL:
            form |= {"CallDuration": "21", "Duration": "1", "SipResponseCode": callee.sip}
        form |= more
        url = self.calls[sid]["form"].get("StatusCallback")
        if url is None:
            return
        if callee.shuffled:
            self._late.setdefault(sid, []).append((url, form))
            return
        for _ in range(callee.copies):
            await self._ask(url, form)

    def _callee(self, sid: str) -> Callee:
        return self.callees.get(self.calls[sid]["to"], self.usual)

    def _form(self, sid: str) -> dict[str, str]:
        call = self.calls[sid]
        return {
            "CallSid": sid,
            "AccountSid": ACCOUNT,
            "From": call["from"],
            "To": call["to"],
            "Caller": call["from"],
            "Called": call["to"],
            "CallStatus": call["status"],
            "Direction": "outbound-api",
            "ApiVersion": "2010-04-01",
            "CalledCity": "",
            "CallerCity": "",
        }

    async def _play(self, sid: str) -> None:
        callee = self._callee(sid)
        for status in ("initiated", "ringing"):
            await self.report(sid, status)
        if callee.holds:
            return
        await self._talk(sid, callee)

    async def _talk(self, sid: str, callee: Callee) -> None:
        if self.calls[sid]["status"] in _FINAL:
            return
        if callee.picks_up in {"busy", "no-answer", "failed"}:
            await self.report(sid, callee.picks_up)
        else:
            await self.report(sid, "in-progress")
            form = self.calls[sid]["form"]
            twiml = await self._ask(form["Url"], self._form(sid))
            if callee.answered_by and "AsyncAmdStatusCallback" in form:
                found = self._form(sid) | {
                    "AnsweredBy": callee.answered_by,
                    "MachineDetectionDuration": "4000",
                }
                await self._ask(form["AsyncAmdStatusCallback"], found)
            if callee.picks_up == "human":
                await self._carry_out(sid, twiml, list(callee.answers), callee)
            if self.calls[sid]["status"] not in _FINAL:
                by = {"AnsweredBy": callee.answered_by} if callee.answered_by else {}
                await self.report(sid, "completed", **by)
        late = self._late.pop(sid, []) * callee.copies
        random.Random(sid).shuffle(late)
        for url, posted in late:
            await self._ask(url, posted)

    async def _carry_out(self, sid: str, twiml: str, answers: list[str], callee: Callee) -> None:
        """Do what TwiML says, verb by verb, until the call ends or the callee hangs up."""
        while twiml and self.calls[sid]["status"] not in _FINAL:
            url, form = "", self._form(sid)
            for verb in ET.fromstring(twiml):  # noqa: S314 - our own service's answer
                if verb.tag == "Say":
                    self._hear(sid, verb)
                elif verb.tag == "Gather":
                    for inside in verb:
                        self._hear(sid, inside)
                    if not answers:
                        return
                    answer = answers.pop(0)
                    words = answer.removeprefix("say:")
                    if words != answer:
                        form |= {"SpeechResult": words, "Confidence": "0.9"}
                    else:
                        form["Digits"] = answer
                    url = verb.attrib["action"]
                    break
                elif verb.tag == "Dial":
                    form |= {"DialCallStatus": callee.dialed, "DialCallSid": "CA" + "d" * 32}
                    self.said[sid].append(f"(dials {verb[0].text})")
                    url = verb.attrib["action"]
                    break
                elif verb.tag == "Hangup":
                    return
            twiml = await self._ask(url, form) if url else ""

    def _hear(self, sid: str, verb: ET.Element) -> None:
        self.said.setdefault(sid, []).append(verb.text or "")

    async def _ask(self, url: str, form: Mapping[str, str]) -> str:
        """Sign for the public address, post to where we really listen; return our answer."""
        assert self._session is not None
        signed = url.partition("#")[0]
        signature = RequestValidator(self.token).compute_signature(signed, dict(form))  # type: ignore[no-untyped-call]
        target = (self.posts_to or self.public_base_url) + signed[len(self.public_base_url) :]
        headers = {
            "X-Twilio-Signature": signature,
            "Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
        }
        try:
            async with self._session.post(
                target, data=urlencode(form).encode(), headers=headers
            ) as response:
                self.answers.append(response.status)
                return await response.text() if response.content_type == "text/xml" else ""
        except (aiohttp.ClientError, TimeoutError):
            self.answers.append(599)
            return ""

    async def _create(self, request: web.Request) -> web.StreamResponse:
        form = await self._record(request)
        callee = self.callees.get(form.get("To", ""), self.usual)
        if callee.create == "throttled":
            return _error(429, 20429, {"Retry-After": "2"})
        if callee.refuse:
            return _error(400, callee.refuse)
        if not form.get("Url") or not form.get("From"):
            return _error(400, 21205)
        sid = f"CA{len(self.calls):032x}"
        self.said[sid] = []
        self.calls[sid] = call = {
            "sid": sid,
            "account_sid": ACCOUNT,
            "status": "queued",
            "to": form["To"],
            "from": form["From"],
            "direction": "outbound-api",
            "date_created": format_datetime(self.now),
            "start_time": None,
            "answered_by": None,
            "price": None,
            "queue_time": "0",
            "uri": f"/2010-04-01/Accounts/{ACCOUNT}/Calls/{sid}.json",
            "form": form,
        }
        self._start(self._play(sid))
        match callee.create:
            case "hang":
                await asyncio.sleep(60)
            case "drop":
                assert request.transport is not None
                request.transport.abort()
            case "empty":
                return web.json_response({}, status=201)
            case "error_500":
                return _error(500, 20500)
            case "created" | "throttled":
                pass
        return web.json_response(_shown(call), status=201)

    async def _list(self, request: web.Request) -> web.StreamResponse:
        await self._record(request)
        query = request.query
        if int(query.get("PageSize", "50")) > _LIST_LIMIT:
            return _error(400, 20006)
        found = [
            _shown(call)
            for call in reversed(self.calls.values())
            if query.get("To", call["to"]) == call["to"]
            # start_time is empty while queued, so such a filter would hide the call
            and not any(name.startswith("StartTime") for name in query)
        ]
        return web.json_response({"calls": found, "page": 0, "next_page_uri": None})

    async def _account(self, request: web.Request) -> web.StreamResponse:
        await self._record(request)
        return web.json_response({"sid": request.match_info["account"], "status": "active"})

    async def _fetch(self, request: web.Request) -> web.StreamResponse:
        await self._record(request)
        call = self.calls.get(request.match_info["sid"])
        return _error(404, 20404) if call is None else web.json_response(_shown(call))

    async def _update(self, request: web.Request) -> web.StreamResponse:
        form = await self._record(request)
        sid = request.match_info["sid"]
        call = self.calls.get(sid)
        if call is None:
            return _error(404, 20404)
        status = call["status"]
        if form.get("Status") == "canceled":
            if status not in {"queued", "initiated", "ringing"}:
                return _error(400, 21220)
            await self._end(sid, "canceled")
        elif form.get("Status") == "completed":
            if status in _FINAL:
                return _error(400, 21220)
            await self._end(sid, "completed")
        elif "Twiml" in form:
            if status != "in-progress":
                return _error(400, 21220)
            await self._carry_out(sid, form["Twiml"], [], self._callee(sid))
        return web.json_response(_shown(call))

    async def _end(self, sid: str, status: str) -> None:
        self.calls[sid]["status"] = status
        self._start(self.report(sid, status))

    async def _record(self, request: web.Request) -> dict[str, str]:
        text = (await request.read()).decode()
        pairs = parse_qsl(text, keep_blank_values=True)
        form = dict(pairs)
        self.undocumented += undocumented(
            request.method, request.path, [*request.query.items(), *pairs]
        )
        events = parse_qs(text).get("StatusCallbackEvent")
        if events:
            form["StatusCallbackEvent"] = " ".join(events)
        self.requests.append(
            Request(request.method, request.path, dict(request.query), form, request.headers, 0.0)
        )
        return form

    def _start(self, coroutine: Any) -> None:
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


@asynccontextmanager
async def running_calls(now: datetime, *, public_base_url: str = "") -> AsyncIterator[FakeCalls]:
    """Serve a fake account on a free local port."""
    fake = FakeCalls(now, public_base_url=public_base_url)
    app = web.Application()
    root = "/2010-04-01/Accounts/{account}"
    app.router.add_get(f"{root}.json", fake._account)
    app.router.add_post(f"{root}/Calls.json", fake._create)
    app.router.add_get(f"{root}/Calls.json", fake._list)
    app.router.add_get(f"{root}/Calls/{{sid}}.json", fake._fetch)
    app.router.add_post(f"{root}/Calls/{{sid}}.json", fake._update)
    async with serving(app) as fake.base_url:
        fake._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=15))
        try:
            yield fake
            assert fake.undocumented == []
        finally:
            for task in list(fake._tasks):
                task.cancel()
            await asyncio.gather(*fake._tasks, return_exceptions=True)
            await fake._session.close()


def _shown(call: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in call.items() if key != "form"}


def _error(status: int, code: int, headers: Mapping[str, str] | None = None) -> web.Response:
    body = {"code": code, "message": "refused", "status": status}
    return web.json_response(body, status=status, headers=headers)
