"""What a call may say is what its decision logged; where that can't be read, nothing."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from outreach.domain.call_scripts import Piece
from outreach.domain.vocabulary import DeliveryState
from outreach.store.bodies import encode_body
from outreach.usecases.conversing import ScriptDesk
from outreach.usecases.receipt_effects import event_aad
from tests.usecases.builders import NOW, Office, an_office, attempt_of

PERSON = 7
SCRIPT = "\n\n".join(
    f"[{piece}] {piece}"
    for piece in (Piece.IDENTIFY, Piece.RIGHT_PARTY, Piece.MESSAGE, Piece.MENU, Piece.GOODBYE)
)


@pytest.fixture
async def office(database_url: str) -> AsyncIterator[Office]:
    async with an_office(database_url) as found:
        await found.a_person(PERSON)
        yield found


async def a_call(office: Office, words: str = SCRIPT, **given: Any) -> str:
    """Insert a decided call whose window closes in an hour; return its attempt id."""
    contact: UUID = await office.a_contact(PERSON, channel="call", **given)
    body = {
        "words": words,
        "action": {"locale": "zh-CN"},
        "closes_at": (NOW + timedelta(hours=1)).isoformat(),
    }
    await office.db.execute(
        "UPDATE contact_events SET body = $2 WHERE contact_id = $1",
        contact,
        office.keys[PERSON].encrypt(encode_body(body), event_aad(PERSON)),
    )
    return attempt_of(PERSON, contact)


def desk(office: Office) -> ScriptDesk:
    return ScriptDesk(office.db, office.vault, office.settings)


async def test_it_says_what_was_logged_on_the_lenders_day(office: Office) -> None:
    attempt = await a_call(office)

    found = await desk(office).conversation(attempt, now=NOW, begins=True)

    assert found.script is not None
    assert found.script.pieces[Piece.MESSAGE] == "message"
    assert (found.script.locale, found.today) == ("zh-CN", date(2026, 11, 23))
    assert found.write_day(date(2026, 11, 27)) == "2026年11月27日"
    assert "message" not in repr(found)


@pytest.mark.parametrize(
    "attempt", [None, "", "7-" + "0" * 32, "someone else's"], ids=["none", "empty", "no", "odd"]
)
async def test_a_call_that_nobody_knows_says_nothing(office: Office, attempt: str | None) -> None:
    assert (await desk(office).conversation(attempt, now=NOW, begins=True)).script is None


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({"delivery_state": DeliveryState.CANCELED}, id="called off"),
        pytest.param({"words": "Not a script."}, id="no script"),
    ],
)
async def test_what_is_over_or_unreadable_says_nothing(
    office: Office, given: dict[str, Any]
) -> None:
    attempt = await a_call(office, **given)

    assert (await desk(office).conversation(attempt, now=NOW, begins=True)).script is None


async def test_a_closed_window_lets_no_call_begin_and_a_talk_end(office: Office) -> None:
    attempt, later = await a_call(office), NOW + timedelta(hours=2)

    assert (await desk(office).conversation(attempt, now=later, begins=True)).script is None
    assert (await desk(office).conversation(attempt, now=later, begins=False)).script is not None


async def test_an_erased_person_is_told_nothing(office: Office) -> None:
    attempt = await a_call(office)
    await office.db.execute("UPDATE persons SET wrapped_key = NULL")

    assert (await desk(office).conversation(attempt, now=NOW, begins=True)).script is None


async def test_without_a_database_a_call_ends(office: Office) -> None:
    attempt = await a_call(office)
    scripts = desk(office)
    await office.db.close()

    assert (await scripts.conversation(attempt, now=NOW, begins=True)).script is None
