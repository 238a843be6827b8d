"""A worker that is asked to stop finishes what was sent and releases what wasn't."""

from collections import Counter
from pathlib import Path

from tests.chaos.installation import an_installation
from tests.chaos.invariants import assert_invariants
from tests.fakes.twilio import Behavior

PEOPLE = 60


async def test_a_stop_in_the_middle_of_a_batch_leaves_nothing_in_the_air(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    # Sixty texts of two parts at 30 parts a second: four seconds, a second's worth reserved ahead.
    async with an_installation(database_url, redis_url, tmp_path, rate=30, runs=True) as place:
        place.twilio.usual = Behavior(delay=0.4)
        await place.serve()
        await place.post(*place.people(range(PEOPLE)))
        first = place.work()

        async def begun() -> bool:
            return len(place.twilio.creates) >= 5

        await place.until("a batch is on its way", begun)
        first.ask_to_stop()
        assert await first.ended() == 0, first.said

        states = Counter(
            row["delivery_state"] for row in await place.rows("SELECT delivery_state FROM contacts")
        )
        assert states["reserved"] == states["unknown"] == 0, states
        assert states["released"] > 0, states
        sent = len(place.twilio.creates)
        assert sum(states.values()) - states["released"] == sent
        assert sent < PEOPLE

        place.work()
        await place.until_settled(PEOPLE)
        assert len(place.twilio.creates) == PEOPLE
        await assert_invariants(place)
