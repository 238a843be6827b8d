"""Everything at once: processes die, wires are cut, Redis is emptied, while signals keep coming."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from outreach.domain.vocabulary import DeliveryState
from tests.chaos.installation import WITNESS, Installation, an_installation, attempt_of
from tests.chaos.invariants import assert_invariants
from tests.chaos.processes import Process
from tests.chaos.test_away import SQL_TERMINATE
from tests.fakes.twilio import Behavior

WORKERS = 2
SECONDS = 60.0
_PEOPLE_A_SECOND = 12


class Storm:
    """Harms an installation and mends it again; what it does is chosen by a seeded generator."""

    def __init__(self, place: Installation, dice: random.Random) -> None:
        self._place = place
        self._dice = dice
        self.workers = [place.work() for _ in range(WORKERS)]
        self.did: list[str] = []

    async def blow(self, seconds: float) -> None:
        """Do one harm after the other for so long."""
        harms: list[Callable[[], Awaitable[None]]] = [
            self.kill_a_worker,
            self.stop_a_worker,
            self.kill_the_web,
            self.empty_redis,
            self.lose_redis,
            self.hush_redis,
            self.lose_the_database,
            self.end_sessions,
        ]
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            harm = self._dice.choice(harms)
            self.did.append(harm.__name__)
            await harm()
            await asyncio.sleep(self._dice.uniform(0.3, 2.5))

    async def _another(self) -> Process:
        """Start a worker; one whose database goes while it starts would leave that to its supervisor."""
        worker = self._place.work()
        await worker.until_said("worker_ready")
        return worker

    def _pick(self) -> tuple[int, Process]:
        index = self._dice.randrange(len(self.workers))
        return index, self.workers[index]

    async def kill_a_worker(self) -> None:
        """SIGKILL one worker and start another."""
        index, worker = self._pick()
        worker.kill()
        self.workers[index] = await self._another()

    async def stop_a_worker(self) -> None:
        """SIGTERM one worker, start another at once: both work for a while."""
        index, worker = self._pick()
        worker.ask_to_stop()
        self.workers[index] = await self._another()
        assert await worker.ended() == 0, worker.said

    async def kill_the_web(self) -> None:
        """SIGKILL the web server and start another."""
        web = next(one for one in reversed(self._place.processes) if "serve" in one.name)
        web.kill()
        await self._place.serve()

    async def empty_redis(self) -> None:
        """Take from Redis all that it knows."""
        await self._place.empty_redis()

    async def lose_redis(self) -> None:
        """Cut Redis off for a moment."""
        await self._place.redis_wire.cut()
        await asyncio.sleep(self._dice.uniform(0.2, 2))
        await self._place.redis_wire.join()

    async def hush_redis(self) -> None:
        """Let Redis answer nobody for a moment."""
        self._place.redis_wire.hush()
        await asyncio.sleep(self._dice.uniform(0.2, 4))
        self._place.redis_wire.speak()

    async def lose_the_database(self) -> None:
        """Cut the database off for a moment."""
        await self._place.postgres_wire.cut()
        await asyncio.sleep(self._dice.uniform(0.2, 2))
        await self._place.postgres_wire.join()

    async def end_sessions(self) -> None:
        """End every session of the service."""
        await self._place.db.fetchval(SQL_TERMINATE, WITNESS)


@pytest.mark.long
@pytest.mark.timeout(400)
@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_whatever_happens_everybody_is_contacted_once_at_most_and_no_signal_is_lost(
    database_url: str, redis_url: str, tmp_path: Path, seed: int
) -> None:
    dice = random.Random(seed)
    async with an_installation(database_url, redis_url, tmp_path, rate=400, runs=True) as place:
        place.twilio.usual = Behavior(copies=2, shuffled=True, delay=0.2)
        await place.serve()
        storm = Storm(place, dice)
        people = int(SECONDS * _PEOPLE_A_SECOND)

        async def tell() -> None:
            for number in range(people):
                await place.post(*place.people([number]), tries=60)

        telling = asyncio.create_task(tell())
        await storm.blow(SECONDS)
        await telling
        print("\n".join(storm.did))
        assert place.refused == {}

        async def quiet() -> bool:
            waiting = await place.db.fetchval(
                "SELECT (SELECT count(*) FROM inbox) + (SELECT count(*) FROM callbacks)"
                " + (SELECT count(*) FROM persons p WHERE NOT EXISTS"
                " (SELECT FROM contacts c WHERE c.person_id = p.person_id AND outcome <> 'released'))"
            )
            return not waiting

        await place.until("everybody was dealt with", quiet, 90)
        await place.db.execute(
            "UPDATE contacts SET send_before = send_before - interval '1 minute'"
            " WHERE delivery_state = 'reserved'"
        )

        async def looked_up() -> bool:
            taken = {attempt_of(one).contact_id for one in place.twilio.creates}
            open_ = await place.rows(
                "SELECT contact_id, delivery_state FROM contacts"
                " WHERE delivery_state IN ('reserved', 'unknown')"
            )
            # Who died before the call left contacts that the vendor never heard of.
            return not [
                row
                for row in open_
                if row["delivery_state"] == DeliveryState.RESERVED or row["contact_id"].hex in taken
            ]

        await place.until("the vendor was asked about every open contact", looked_up, 90)
        # Who died between reservation and call leaves people uncontacted; they are few.
        assert len(place.twilio.creates) > 0.8 * people
        assert all(worker.is_alive for worker in storm.workers), place.told()
        await assert_invariants(place)
