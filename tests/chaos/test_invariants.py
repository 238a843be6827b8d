"""The checks of the chaos tests find what they are there to find."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from uuid import uuid4

import pytest

from outreach.domain.contacts import attempt_id
from tests.chaos.installation import Installation, an_installation
from tests.chaos.invariants import assert_invariants
from tests.e2e.service import PUBLIC
from tests.fakes.twilio import Request

Harm = Callable[[Installation], Awaitable[object]]


async def send_again(place: Installation) -> None:
    place.twilio.requests.append(place.twilio.creates[0])


async def send_unplanned(place: Installation) -> None:
    callback = f"{PUBLIC}/twilio/sms/status?a={attempt_id(1, uuid4())}"
    request = place.twilio.creates[0]
    stray = Request("POST", request.path, {}, {"StatusCallback": callback}, {}, request.at)
    await place.witness(stray)
    assert place.undecided
    place.undecided.clear()
    place.twilio.requests.append(stray)


async def lose_a_signal(place: Installation) -> None:
    place.accepted.append("evt-that-nobody-kept")


def in_database(statement: str) -> Harm:
    """Return a harm that is one statement."""
    return lambda place: place.db.execute(statement)


@pytest.mark.long
@pytest.mark.parametrize(
    ("harm", "complaint"),
    [
        pytest.param(send_again, "sent twice", id="sent twice"),
        pytest.param(send_unplanned, "aren't in the log", id="sent without a plan"),
        pytest.param(lose_a_signal, "then lost", id="a lost signal"),
        pytest.param(
            in_database(
                "INSERT INTO person_events (tenant_id, person_id, signal_type, digest, effect, body)"
                " SELECT tenant_id, person_id, signal_type, digest, effect, body FROM person_events"
                " LIMIT 1"
            ),
            "folded more than once",
            id="a signal folded twice",
        ),
        pytest.param(
            in_database("UPDATE contacts SET delivery_state = 'released'"),
            "recorded as never handed off",
            id="sent and released",
        ),
        pytest.param(
            in_database("UPDATE contacts SET provider_ref = 'SM0'"), "SM0", id="another reference"
        ),
        pytest.param(
            in_database("UPDATE contact_events SET at = at + interval '1 second'"),
            "was changed since",
            id="an edited log",
        ),
    ],
)
async def test_a_broken_invariant_is_named(
    database_url: str, redis_url: str, tmp_path: Path, harm: Harm, complaint: str
) -> None:
    async with an_installation(database_url, redis_url, tmp_path) as place:
        place.work()
        await place.serve()
        await place.post(*place.people(range(2)))
        await place.until_settled(2)
        await assert_invariants(place)

        await harm(place)

        with pytest.raises(AssertionError, match=complaint):
            await assert_invariants(place)
