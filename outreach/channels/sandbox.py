"""A carrier that isn't there: for the demo, and for a lender's own tests before going live.

It takes texts, WhatsApp messages, notifications, e-mails and calls as a vendor would, then posts
real HTTP callbacks to our own public address, signed, late, sometimes twice, and lets some people
write back. What happens to which address is written in `outreach.channels.sandbox_script`; chance
is seeded by the attempt, so that it is the same on every run. Delays are business time and shrink
with the business clock. Nothing is stored: a message is forgotten when its process ends.
"""

import asyncio
import contextlib
import heapq
import hmac
import random
from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from hashlib import sha256
from typing import Any, Final, Protocol

import aiohttp
import msgspec
from pydantic import BaseModel, ConfigDict, Field

from outreach.channels.provider import (
    NO_CONTENT,
    Accepted,
    Acknowledgment,
    Attempt,
    BadSignatureError,
    CallbackEvent,
    Capabilities,
    Found,
    Ignored,
    InboundMessage,
    LookupResult,
    NotFound,
    RawCallback,
    Rejected,
    SendResult,
    StatusUpdate,
    Unknown,
)
from outreach.channels.sandbox_script import Rates, Script, Step, script_for
from outreach.domain.contacts import Report, rank
from outreach.domain.vocabulary import Channel, DeliveryState, ErrorClass, Outcome

SIGNATURE: Final = "X-Sandbox-Signature"
_POST_TRIES: Final = 5
_POST_SECONDS: Final = 10.0
_POSTERS: Final = 8
_UNCOUNTED: Final = frozenset({ErrorClass.EXPIRED, ErrorClass.OPT_OUT, ErrorClass.THROTTLED})
# Carriers say so of handsets that are only switched off; who refuses an e-mail's box is sure.
_TOLD_TWICE: Final = frozenset({"unknown_handset", "not_in_service"})
_REFUSALS: Final = {
    "invalid": Rejected(ErrorClass.INVALID_ADDRESS, "invalid_address", scope="address"),
    "opted_out": Rejected(ErrorClass.OPT_OUT, "opted_out", scope="address"),
    "throttled": Rejected(ErrorClass.THROTTLED, "too_many", timedelta(seconds=2), "account"),
    "unavailable": Rejected(ErrorClass.UNAVAILABLE, "connect", timedelta(seconds=30), "account"),
}


class PaceOfTime(Protocol):
    """The business clock, as far as delays need it."""

    def wall_delay(self, business: timedelta) -> timedelta:
        """Return how long a span of business time lasts on the wall."""


class Options(BaseModel):
    """How the sandbox behaves."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    seed: int = Field(1, description="Another seed, other fates.")
    failure_rate: float = Field(
        0.04, ge=0, le=1, description="Ordinary numbers that aren't reached."
    )
    reply_rate: float = Field(
        0.05, ge=0, le=1, description="Reached ordinary numbers that write back."
    )
    latency_seconds: float = Field(0.002, ge=0, le=5, description="Wall time that a create takes.")
    memory: int = Field(
        20_000, ge=1, description="Messages remembered; with more in flight, creates are throttled."
    )
    callback_base_url: str | None = Field(
        None, description="Where callbacks go; the public address by default."
    )


class _Held:
    """One message in the carrier's memory."""

    __slots__ = ("attempt", "error", "outcome", "ref", "script", "state")

    def __init__(self, ref: str, attempt: Attempt, script: Script) -> None:
        self.ref = ref
        self.attempt = attempt
        self.script = script
        self.state = DeliveryState.ACCEPTED
        self.error: tuple[ErrorClass | None, str | None] = (None, None)
        self.outcome: Outcome | None = None


class Sandbox:
    """One sandbox carrier.

    Args:
        name: The provider's slug in the settings; part of its callback address.
        options: Checked against `Options`.
        session: Shared HTTP session; must outlive this.
        public_base_url: Where callbacks are posted, unless the options say otherwise.
        key: Secret that callbacks are signed with, the same in every process.
        clock: The business clock, for its pace.
    """

    capabilities = Capabilities(
        channels=frozenset(
            {
                Channel.SMS,
                Channel.PUSH,
                Channel.EMAIL,
                Channel.WHATSAPP,
                Channel.CALL,
                Channel.LETTER,
            }
        ),
        max_body=None,
        counts_segments=True,
        dedupes_creates=False,
        echo="client_ref",
        lookup="by_id",
        supports_cancel=True,
        valid_for=(timedelta(seconds=1), timedelta(days=1)),
        has_delivery_receipt=True,
    )

    def __init__(
        self,
        name: str,
        options: Mapping[str, Any],
        session: aiohttp.ClientSession,
        public_base_url: str,
        *,
        key: bytes,
        clock: PaceOfTime,
    ) -> None:
        """See the class."""
        self.name = name
        self._options = Options.model_validate(dict(options))
        self._session = session
        self._key = key
        self._clock = clock
        self._base = (self._options.callback_base_url or public_base_url).rstrip("/")
        self._path = f"/providers/{name}"
        self.callback_paths: Mapping[str, str] = {
            f"{self._path}/{kind}": kind for kind in ("status", "inbound")
        }
        self._held: OrderedDict[str, _Held] = OrderedDict()
        self._agenda: list[tuple[float, int, str, DeliveryState | None, dict[str, Any]]] = []
        self._count = 0
        self._changed = asyncio.Event()
        self._runner: asyncio.Task[None] | None = None

    async def send(self, attempt: Attempt, deadline: float) -> SendResult:
        """See `Provider.send`."""
        await asyncio.sleep(min(self._options.latency_seconds, deadline))
        if len(self._agenda) >= self._options.memory:
            return _REFUSALS["throttled"]
        rng = random.Random(f"{self._options.seed}:{attempt.attempt_id}")  # noqa: S311 - a game, not a secret
        script = script_for(
            attempt.channel,
            attempt.recipient,
            rng,
            valid_seconds=attempt.valid_for / self._clock.wall_delay(timedelta(seconds=1)),
            rates=Rates(self._options.failure_rate, self._options.reply_rate),
        )
        if script.create in _REFUSALS:
            return _REFUSALS[script.create]
        ref = f"SB{sha256(attempt.attempt_id.encode()).hexdigest()[:32]}"
        self._held[attempt.attempt_id] = held = _Held(ref, attempt, script)
        while len(self._held) > self._options.memory:
            self._held.popitem(last=False)
        self._plan(held)
        if script.create == "unanswered":
            return Unknown("sandbox never answers this number")
        return Accepted(ref, DeliveryState.ACCEPTED, None)

    async def lookup(
        self, attempt: Attempt, deadline: float, *, taken: Collection[str] = ()
    ) -> LookupResult:
        """See `Provider.lookup`; knows what this process took."""
        del deadline  # answers at once
        held = self._held.get(attempt.attempt_id)
        if held is None or held.ref in taken:
            return NotFound()
        error, code = held.error
        report = Report(
            held.state, error, code, counted=error not in _UNCOUNTED, outcome=held.outcome
        )
        return Found(held.ref, report)

    async def cancel(self, ref: str, deadline: float) -> bool:
        """See `Provider.cancel`; works until the message is sent."""
        del deadline  # answers at once
        for held in self._held.values():
            if held.ref == ref and rank(held.state) < rank(DeliveryState.SENT):
                held.state = DeliveryState.CANCELED
                self._at(0, "status", None, self._status(held, Step(0, held.state)))
                return True
        return False

    def parse_callback(self, raw: RawCallback) -> list[CallbackEvent]:
        """See `Provider.parse_callback`."""
        expected = self._sign(raw.path_qs, raw.body)
        if not hmac.compare_digest(expected.encode(), raw.headers.get(SIGNATURE, "").encode()):
            raise BadSignatureError
        try:
            data = msgspec.json.decode(raw.body)
            if raw.kind == "inbound":
                channel = Channel(data.get("channel", Channel.SMS))
                return [
                    InboundMessage(
                        data["ref"], data["from"], (data["to"],), data["text"], channel=channel
                    )
                ]
            error = ErrorClass(data["error"]) if data["error"] else None
            outcome = Outcome(data["outcome"]) if data.get("outcome") else None
            report = Report(
                DeliveryState(data["state"]),
                error,
                data["code"],
                counted=error not in _UNCOUNTED,
                outcome=outcome,
            )
            confirmations = 2 if data["code"] in _TOLD_TWICE else 1
            alert = error is ErrorClass.REPUTATION
            return [
                StatusUpdate(
                    data["attempt"],
                    data["ref"],
                    report,
                    "address",
                    alert=alert,
                    confirmations=confirmations,
                )
            ]
        except (msgspec.DecodeError, KeyError, TypeError, ValueError):
            return [Ignored("unreadable")]

    def ack(self, kind: str, events: Sequence[CallbackEvent]) -> Acknowledgment:
        """Return 204, whatever it was."""
        del kind, events
        return NO_CONTENT

    def _plan(self, held: _Held) -> None:
        script = held.script
        last = max((step.after for step in script.steps), default=0.0)
        for step in script.steps:
            after = 2 * last - step.after if script.scrambled else step.after
            body = self._status(held, step)
            for _ in range(2 if script.scrambled else 1):
                self._at(after, "status", step.state, body)
        for index, reply in enumerate(script.replies):
            body = {
                "ref": f"{held.ref}-{index}",
                "from": held.attempt.recipient,
                "to": held.attempt.sender,
                "text": reply.text,
                "channel": held.attempt.channel,
            }
            self._at(reply.after, "inbound", None, body)

    def _status(self, held: _Held, step: Step) -> dict[str, Any]:
        told = {
            "attempt": held.attempt.attempt_id,
            "ref": held.ref,
            "state": step.state,
            "error": step.error,
            "code": step.code,
        }
        return {**told, "outcome": step.outcome} if step.outcome else told

    def _at(
        self, after: float, kind: str, state: DeliveryState | None, body: dict[str, Any]
    ) -> None:
        loop = asyncio.get_running_loop()
        wall = self._clock.wall_delay(timedelta(seconds=after)).total_seconds()
        self._count += 1
        heapq.heappush(self._agenda, (loop.time() + wall, self._count, kind, state, body))
        self._changed.set()
        if self._runner is None or self._runner.done():
            self._runner = asyncio.create_task(self._run())

    async def _run(self) -> None:
        """Post what is due, a few at a time, until nothing is left."""
        loop, gate = asyncio.get_running_loop(), asyncio.Semaphore(_POSTERS)
        async with asyncio.TaskGroup() as posts:
            while self._agenda:
                self._changed.clear()
                wait = self._agenda[0][0] - loop.time()
                if wait > 0:
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(self._changed.wait(), wait)
                    continue
                _, _, kind, state, body = heapq.heappop(self._agenda)
                held = self._held.get(body.get("attempt", ""))
                if state is not None and held is not None:
                    if held.state is DeliveryState.CANCELED:
                        continue
                    if rank(state) > rank(held.state):
                        held.state, held.error = state, (body["error"], body["code"])
                        held.outcome = body.get("outcome")
                await gate.acquire()
                task = posts.create_task(self._post(kind, body))
                task.add_done_callback(lambda _: gate.release())

    async def _post(self, kind: str, body: dict[str, Any]) -> None:
        """Deliver one callback as a vendor would: a few tries, then it is lost."""
        path, data = f"{self._path}/{kind}", msgspec.json.encode(body)
        headers = {SIGNATURE: self._sign(path, data), "Content-Type": "application/json"}
        timeout = aiohttp.ClientTimeout(total=_POST_SECONDS)
        for attempt in range(_POST_TRIES):
            try:
                async with self._session.post(
                    self._base + path,
                    data=data,
                    headers=headers,
                    timeout=timeout,
                    allow_redirects=False,
                ) as response:
                    if response.status < 500:
                        return
            except (aiohttp.ClientError, TimeoutError):
                pass
            except RuntimeError:  # the session was closed: the process is ending
                return
            await asyncio.sleep(0.1 * 2**attempt)

    def _sign(self, path_qs: str, body: bytes) -> str:
        return hmac.new(self._key, path_qs.encode() + b"\n" + body, sha256).hexdigest()
