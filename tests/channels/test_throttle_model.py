"""The script hands out exactly the slots of the model, to the microsecond."""

import random
from collections.abc import Awaitable, Callable
from typing import Any, cast

from redis.asyncio import Redis

from outreach.channels.throttle import SlotRequest, Throttle
from tests.channels.slot_model import SlotModel
from tests.channels.test_throttle import Still

_RATES = {"slow": 0.7, "usual": 100.0, "fast": 900.0}


class Listening:
    """A client that notes at which instant of Redis's own clock the script ran."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self.now = 0

    def register_script(self, text: str) -> Callable[..., Awaitable[Any]]:
        script = self._redis.register_script(text)

        async def run(**arguments: Any) -> Any:
            answer = await script(**arguments)
            self.now = int(answer[-1])
            return answer

        return run


async def test_the_script_does_what_the_model_does(redis_url: str) -> None:
    choose = random.Random(20261123)
    async with Redis.from_url(redis_url) as client:
        redis = Listening(client)
        model = SlotModel()
        processes = [(Throttle(cast("Redis", redis), Still()), dict[str, int]()) for _ in range(3)]
        for _ in range(150):
            if choose.random() < 0.03:
                await client.flushall()
                model.stored.clear()
            throttle, floors = choose.choice(processes)
            batch = []
            for _ in range(choose.randint(1, 60)):
                sender = choose.choice(list(_RATES))
                units, within = choose.randint(1, 6), choose.choice((0.3, 1.0, 1.9))
                batch.append(SlotRequest(sender, units, _RATES[sender], within))

            slots = await throttle.take(batch)

            assert slots == model.take(redis.now, batch, floors)
