"""The limiter once more, in whole microseconds and plain Python: what the script must do exactly."""

from collections import Counter
from collections.abc import Sequence

from outreach.channels.throttle import LEAD_MICROS, Slot, SlotRequest

MICROS = 1_000_000


class SlotModel:
    """Of one Redis. `stored` is where each sender's next slot starts."""

    def __init__(self) -> None:
        self.stored: dict[str, int] = {}

    def take(self, now: int, requests: Sequence[SlotRequest], floors: dict[str, int]) -> list[Slot]:
        """Hand out slots at `now`; `floors` is what the asking process remembers."""
        earliest = now + LEAD_MICROS * len(requests)
        for sender in {request.sender for request in requests}:
            known = max(self.stored.get(sender, 0), floors.get(sender, 0))
            self.stored[sender] = max(known, earliest)
        slots, refused = [], Counter[str]()
        for request in requests:
            wait = self.stored[request.sender] - now
            cost = round(request.units * MICROS / request.per_second)
            granted = wait <= int(request.within * MICROS)
            if granted:
                self.stored[request.sender] += cost
            else:
                wait += refused[request.sender]
                refused[request.sender] += cost
            slots.append(Slot(granted, wait / MICROS))
        floors.update({request.sender: self.stored[request.sender] for request in requests})
        return slots
