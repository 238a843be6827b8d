"""A slice of the soak, the same from its seed; `make soak` plays the whole of it."""

from outreach.domain.signals import SIGNAL_TYPES
from tests.soak.run import soak


async def test_weeks_of_disorder_leave_the_books_right_and_nobody_wronged(
    database_url: str, redis_url: str
) -> None:
    figures, wrong = await soak(database_url, redis_url, seed=8, loans=60, days=40)

    assert wrong == []
    assert figures.kinds == set(SIGNAL_TYPES)
    assert figures.contacts > 200
    assert figures.sealed >= figures.contacts
