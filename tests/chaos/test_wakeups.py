"""A signal's wake-up reaches the worker at once; the sweep that follows every second is a net."""

import asyncio
import time
from pathlib import Path
from statistics import median

from tests.chaos.installation import an_installation, phone_of

_SWEEP_ALONE_SECONDS = 0.6
"""Where only the sweeps worked, a signal would wait for two of them: a second or more."""


async def test_a_signal_is_acted_on_without_waiting_for_the_sweep(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with an_installation(database_url, redis_url, tmp_path) as place:
        worker = place.work()
        await place.serve()
        await place.post(*place.people([0]))
        await place.until_settled(1)
        took = []
        for number in range(1, 6):
            await asyncio.sleep(0.17 * number % 0.7)
            profile, overdue = place.people([number])
            await place.post(profile)
            started = time.monotonic()
            await place.post(overdue)

            async def texted(phone: str = phone_of(number)) -> bool:
                return bool(place.twilio.sids_to(phone))

            await place.until("the text went out", texted)
            took.append(time.monotonic() - started)

        assert median(took) < _SWEEP_ALONE_SECONDS, took
        assert "Traceback" not in worker.said
