"""A worker that dies between the provider's call and its settlement sends nothing twice."""

from pathlib import Path

from outreach.domain.vocabulary import EventKind
from tests.chaos.installation import an_installation, phone_of
from tests.chaos.invariants import assert_invariants, read_log


async def test_a_contact_whose_worker_was_killed_is_found_at_the_vendor_and_not_sent_again(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with an_installation(database_url, redis_url, tmp_path) as place:
        slow, others = phone_of(1), range(2, 21)
        place.twilio.for_number(slow, delay=30.0, statuses=[])
        first = place.work()
        await place.serve()
        await place.post(*place.people([1]))

        async def taken() -> bool:
            return bool(place.twilio.sids_to(slow))

        await place.until("the vendor took the message", taken)
        first.kill()

        [row] = await place.rows("SELECT * FROM contacts")
        assert (row["delivery_state"], row["outcome"]) == ("reserved", "pending")

        second = place.work()
        await place.post(*place.people(others))
        await place.until_settled(len(others))
        await place.until_reconciled()

        assert second.is_alive
        log = await read_log(place.db, place.vault)
        kinds = [kind for kind, _ in log[row["contact_id"]]]
        assert kinds == [EventKind.DECIDED, EventKind.UNKNOWN, EventKind.RECONCILED]
        assert len(place.twilio.sids_to(slow)) == 1
        assert len(place.twilio.creates) == 1 + len(others)
        await assert_invariants(place)
