"""One borrower's loan, told by the recorded samples over HTTP."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from tests.e2e.service import Service, a_service
from tests.sources.samples import PATH_SECRET, sample

ADA: Final = "+12025550143"
REASSIGNED: Final = "+12025550111"
MESSAGING_SERVICE: Final = "MG" + "0b" * 16

LENDER: Final = {
    "sources": {
        "core": {"adapter": "cloudevents", "path_secret": PATH_SECRET, "order": "sequence"},
        "standard": {
            "adapter": "standard",
            "secrets": [sample("080").said["auth"]["secrets"][0]],
            "order": "time",
        },
    },
    "senders": {
        "main": {
            "channel": "sms",
            "provider": "twilio",
            "address": MESSAGING_SERVICE,
            "rate_per_second": 1000,
        }
    },
}


def at(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    """Return an instant of 2026, UTC: Chicago is six hours earlier, New York five."""
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


# Three in the morning in Chicago, when most samples were told, and ten that day.
NIGHT: Final = at(11, 23, 9)
MORNING: Final = at(11, 23, 16)


class Story:
    """One borrower's loan, told by samples."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self._told = 1000

    async def tell(self, *numbers: str, source: str = "core") -> list[int]:
        """Post samples as their senders do, each folded before the next; returns the answers."""
        answers = []
        for number in numbers:
            one = sample(number)
            url = f"{self.service.base_url}/v1/signals/{source}"
            url += "" if source == "standard" else f"/{PATH_SECRET}"
            headers = {name: str(value) for name, value in one.headers.items()}
            async with self.service.runtime.http.post(
                url, data=one.body, headers=headers
            ) as answer:
                answers.append(answer.status)
                await answer.read()
            await self.service.fold()
        return answers

    async def post(self, signal: dict[str, Any], *, sequence: int) -> None:
        """Post a signal of the same platform that isn't among the samples, and fold it."""
        url = f"{self.service.base_url}/v1/signals/core/{PATH_SECRET}"
        body = json.dumps(signal | {"sequence": f"{sequence:020}"}).encode()
        headers = {"content-type": "application/cloudevents+json"}
        async with self.service.runtime.http.post(url, data=body, headers=headers) as answer:
            assert answer.status == 202, await answer.text()
        await self.service.fold()

    async def go_to(self, moment: datetime) -> None:
        """Let business time pass to an instant, looking at everybody who is due then.

        The platform stays alive meanwhile: it tells of somebody else.
        """
        await self.service.move_to(moment)
        self._told += 1
        await self.post(self.service.borrower("BR-else", phones=[]), sequence=self._told)
        await self.work()

    async def work(self) -> None:
        """Contact whom it is time for, and fold what comes back."""
        await self.service.dispatch()
        await self.service.receipts()
        await self.service.dispatch()
        await self.service.receipts()

    async def days(
        self, first: datetime, last: datetime, *, every: timedelta = timedelta(hours=6)
    ) -> None:
        """Look again and again from one instant to another."""
        moment = first
        while moment <= last:
            await self.go_to(moment)
            moment += every

    @property
    def texts(self) -> list[tuple[str, str]]:
        """Numbers and words of what the vendor took, in order."""
        return [(one["to"], one["body"]) for one in self.service.twilio.messages.values()]

    async def steps(self) -> list[tuple[str, str]]:
        """Return step, and schedule version and installment, of what was sent, in order."""
        return [
            (row["step"], row["occurrence"].rpartition(":")[0])
            for row in await self.service.contacts()
            if row["outcome"] != "released"
        ]


@asynccontextmanager
async def a_story(database_url: str, redis_url: str) -> AsyncIterator[Story]:
    """Begin with the borrower's profile (068), at night."""
    async with a_service(database_url, redis_url, at=NIGHT, lender=LENDER) as service:
        story = Story(service)
        assert await story.tell("068") == [202]
        yield story
