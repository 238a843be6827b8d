"""Sign signals and post them over HTTP, each source in its own shape."""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import datetime
from typing import Any, Final, Protocol

import aiohttp

from outreach.demo.fineract import fineract
from outreach.demo.portfolio import Loan
from outreach.domain.records import dataclass
from outreach.settings import Source
from outreach.sources.signature import secret_key, sign

_STRUCTURED: Final = "application/cloudevents+json"
_BATCH: Final = "application/cloudevents-batch+json"
_JSON: Final = "application/json"
# The largest body that is taken is 256 KiB.
_BATCH_SIZE: Final = 100
_TAKEN: Final = (200, 202)
_CORE_ONLY: Final = ("loan.opened", "loan.paid_off")


class Now(Protocol):
    """The two clocks."""

    def business_now(self) -> datetime:
        """Return the time that signals are told by."""

    def wall_now(self) -> datetime:
        """Return the time that signatures are stamped with."""


@dataclass(frozen=True, slots=True)
class Saying:
    """One signal to be: a type, its data, whom it is about, and the loan whose source tells it."""

    type: str
    data: dict[str, Any]
    subject: str
    loan: Loan


@dataclass(slots=True)
class Posted:
    """What was posted and how it was answered."""

    by_type: Counter[str] = field(default_factory=Counter)
    answers: Counter[int] = field(default_factory=Counter)
    requests: int = 0


class Platform:
    """The lenders' platforms, as far as the service hears of them.

    Args:
        http: Session to post with.
        base_url: The web process.
        sources: Settings of the sources by slug.
        clock: Business time for what is said, wall time for signatures.
        first_number: Signals are numbered from here, per source; higher than in any earlier run.
    """

    def __init__(
        self,
        http: aiohttp.ClientSession,
        base_url: str,
        sources: Mapping[str, Source],
        clock: Now,
        *,
        first_number: int,
    ) -> None:
        self._http = http
        self._base = base_url
        self._sources = sources
        self._clock = clock
        self._numbers: defaultdict[str, int] = defaultdict(lambda: first_number)
        self._last: tuple[str, str, bytes, str] | None = None
        self.posted = Posted()

    async def tell(self, saying: Saying) -> None:
        """Post one signal through the source that tells of this loan, in that source's shape."""
        source = self._source_for(saying)
        adapter = self._sources[source].adapter
        number = self._next(source)
        now = self._clock.business_now()
        signal_id = f"{source}-{number:07}"
        if adapter == "fineract_events":
            body: dict[str, Any] = self._as_fineract(saying, signal_id, number, now)
            await self._post(source, signal_id, body, _JSON, [saying.type])
        elif adapter == "cloudevents":
            body = self._envelope(saying, source, signal_id, number, now)
            await self._post(source, signal_id, body, _STRUCTURED, [saying.type])
        else:
            body = {
                "type": saying.type,
                "timestamp": now.isoformat(),
                "sequence": f"{number:020}",
                "data": saying.data,
            }
            await self._post(source, signal_id, body, _JSON, [saying.type])

    async def tell_all(self, sayings: Sequence[Saying]) -> None:
        """Post many at once, as arrays of whole envelopes, a source at a time."""
        by_source: dict[str, list[Saying]] = {}
        for one in sayings:
            by_source.setdefault(self._source_for(one), []).append(one)
        for source, each in by_source.items():
            for start in range(0, len(each), _BATCH_SIZE):
                await self._tell_batch(source, each[start : start + _BATCH_SIZE])

    async def tell_twice(self) -> None:
        """Post the last request again, as a platform does that missed the answer."""
        if self._last is not None:
            source, message_id, body, media = self._last
            await self._send(source, message_id, body, media)

    async def forge(self) -> None:
        """Post something with a signature that isn't ours; it must be refused."""
        if self._last is not None:
            source, message_id, body, media = self._last
            await self._send(source, f"{message_id}-x", body, media, key=b"not-the-right-key")

    async def tell_unknown(self, loan: Loan) -> None:
        """Post a type that nobody knows: kept and shown, never refused."""
        data = {"loan": {"id": loan.ref}}
        await self.tell(Saying("loan.horoscope", data, f"loan/{loan.ref}", loan))

    async def _tell_batch(self, source: str, sayings: Sequence[Saying]) -> None:
        now = self._clock.business_now()
        adapter = self._sources[source].adapter
        bodies = []
        for one in sayings:
            number = self._next(source)
            signal_id = f"{source}-{number:07}"
            if adapter == "fineract_events":
                bodies.append(self._as_fineract(one, signal_id, number, now))
            else:
                bodies.append(self._envelope(one, source, signal_id, number, now))
        media = _BATCH if adapter == "cloudevents" else _JSON
        message_id = f"{source}-batch-{self._next(source):07}"
        await self._post(source, message_id, bodies, media, [one.type for one in sayings])

    def _source_for(self, saying: Saying) -> str:
        """Return the source; what Fineract can't say comes from the core."""
        loan = saying.loan
        if saying.subject.startswith("borrower/") or saying.type in {
            "loan.opened",
            "loan.paid_off",
        }:
            return loan.book.core
        if self._sources[loan.source].adapter != "fineract_events":
            return loan.source
        said = fineract(loan, saying.type, saying.data, self._clock.business_now())
        return loan.source if said is not None else loan.book.core

    def _next(self, source: str) -> int:
        self._numbers[source] += 1
        return self._numbers[source]

    def _envelope(
        self, saying: Saying, source: str, signal_id: str, number: int, now: datetime
    ) -> dict[str, Any]:
        return {
            "specversion": "1.0",
            "id": signal_id,
            "source": f"urn:demo:{source}",
            "type": saying.type,
            "subject": saying.subject,
            "time": now.isoformat(),
            "datacontenttype": _JSON,
            "sequence": f"{number:020}",
            "data": saying.data,
        }

    def _as_fineract(
        self, saying: Saying, signal_id: str, number: int, now: datetime
    ) -> dict[str, Any]:
        event = fineract(saying.loan, saying.type, saying.data, now) or {}
        return {
            "id": number,
            "source": "5a7f1c9e-0000-4000-8000-00000000demo",
            "category": "Loan",
            "createdAt": now.replace(tzinfo=None).isoformat(),
            "tenantId": "default",
            "idempotencyKey": signal_id,
            **event,
        }

    async def _post(
        self, source: str, message_id: str, content: Any, media: str, types: Sequence[str]
    ) -> None:
        body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
        status = await self._send(source, message_id, body, media)
        if status in _TAKEN:
            self.posted.by_type.update(types)
            self._last = (source, message_id, body, media)

    async def _send(
        self, source: str, message_id: str, body: bytes, media: str, *, key: bytes | None = None
    ) -> int:
        key = key or secret_key(self._sources[source].secrets[0].get_secret_value())
        stamp = int(self._clock.wall_now().timestamp())
        headers = {
            "Content-Type": media,
            "webhook-id": message_id,
            "webhook-timestamp": str(stamp),
            "webhook-signature": sign(key, message_id, stamp, body),
        }
        url = f"{self._base}/v1/signals/{source}"
        async with self._http.post(url, data=body, headers=headers) as answer:
            await answer.read()
            self.posted.requests += 1
            self.posted.answers[answer.status] += 1
            return answer.status
