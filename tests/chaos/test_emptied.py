"""Redis holds hints only: emptied again and again during a run, nothing is lost or sent twice."""

import asyncio
from pathlib import Path

import pytest

from tests.chaos.installation import an_installation, phone_of
from tests.chaos.invariants import assert_invariants
from tests.fakes.twilio import Behavior


@pytest.mark.parametrize(
    ("people", "rate", "times"),
    [
        pytest.param(150, 120, 6, id="a short run"),
        pytest.param(
            3000, 200, 60, id="a long run", marks=[pytest.mark.long, pytest.mark.timeout(300)]
        ),
    ],
)
async def test_a_run_over_an_emptied_redis_contacts_everybody_once(
    database_url: str, redis_url: str, tmp_path: Path, people: int, rate: int, times: int
) -> None:
    async with an_installation(database_url, redis_url, tmp_path, rate=rate, runs=True) as place:
        place.work()
        place.work()
        await place.serve()
        place.twilio.usual = Behavior(copies=2, shuffled=True)
        for number in range(1, people, 7):
            place.twilio.for_number(phone_of(number), callbacks_first=True)
        paid = range(5, people, 10)
        await place.post(
            *(
                place.payment(loan=f"LN-{number}", borrower=f"BR-{number}", ref=f"pay-{number}")
                for number in paid
            )
        )
        posting = asyncio.create_task(place.post(*place.people(range(people))))
        for _ in range(times):
            await asyncio.sleep(0.5)
            await place.empty_redis()
        await posting

        await place.until_settled(people - len(paid), seconds=200 if people > 1000 else 40)
        assert not {phone_of(number) for number in paid} & {
            one.form["To"] for one in place.twilio.creates
        }
        assert len(place.twilio.creates) == people - len(paid)
        assert place.refused == {}
        await assert_invariants(place)
