"""`outreach pauses` and `outreach costs`, on a real database."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from outreach.channels.provider import StatusUpdate
from outreach.cli import main
from outreach.domain.contacts import Report
from outreach.domain.vocabulary import DeliveryState
from outreach.store.receipts import list_contacts
from outreach.usecases.receipt_effects import Effects
from outreach.usecases.receipt_statuses import fold_status
from tests.cli.installation import point_commands
from tests.e2e.service import US_NUMBER, Service, a_service

SAID = ("--by", "Li Wei", "--reason", "wrong amounts")
PRICED = {
    "senders": {
        "main": {
            "channel": "sms",
            "provider": "twilio",
            "address": US_NUMBER,
            "rate_per_second": 1000,
            "cost_micros_per_part": 11_500,
        }
    }
}


@pytest.fixture
async def service(
    database_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> AsyncIterator[Service]:
    """A service with one borrower who is due, and the command pointed at it."""
    point_commands(monkeypatch, tmp_path, database_url, redis_url)
    async with a_service(database_url, redis_url, lender=PRICED) as running:
        await running.post(running.borrower(), running.overdue(days=3))
        await running.fold()
        yield running


async def run(*arguments: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, main, arguments)


async def test_a_pause_is_placed_listed_lifted_and_told_of(service: Service) -> None:
    placed = await run("pauses", "place", "everything", *SAID)
    assert placed.output == "paused: everything of every lender\n"
    await service.dispatch()
    assert await service.contacts() == []

    listed = await run("pauses", "list")
    assert listed.exit_code == 1
    assert "Li Wei" in listed.output

    lifted = await run("pauses", "lift", "everything", "--by", "Ada", "--reason", "mended")
    assert lifted.output == "lifted\n"
    await service.dispatch()
    assert len(await service.contacts()) == 1
    assert (await run("pauses", "list")).output == "nothing is paused\n"
    first, second = (await run("pauses", "history")).output.splitlines()
    assert "pause.lifted everything  by Ada: mended" in first
    assert "pause.placed everything  by Li Wei: wrong amounts" in second


@pytest.mark.parametrize(
    ("words", "stops"),
    [
        pytest.param(("sender", "main"), True, id="a sender by its slug"),
        pytest.param(("sender", "+12125550100"), True, id="a sender by its address"),
        pytest.param(("channel", "sms", "--lender", "acme"), True, id="a channel of one lender"),
        pytest.param(("template", "overdue_early"), True, id="a template"),
        pytest.param(("treatment", "us-default"), True, id="a treatment"),
        pytest.param(("account", "carrier"), False, id="an account that isn't used"),
    ],
)
async def test_what_it_names_is_stopped(
    service: Service, words: tuple[str, ...], stops: bool
) -> None:
    assert (await run("pauses", "place", *words, *SAID)).exit_code == 0
    await service.dispatch()
    assert (await service.contacts() == []) is stops
    assert (await run("pauses", "lift", *words, *SAID)).output == "lifted\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(("channel", "smss"), "there is no channel", id="misspelled channel"),
        pytest.param(("template", "x"), "there is no template", id="misspelled template"),
        pytest.param(("treatment", "x"), "there is no treatment", id="misspelled treatment"),
        pytest.param(("sender", "x"), "there are main", id="misspelled sender"),
        pytest.param(("account", "x"), "there are carrier", id="misspelled account"),
        pytest.param(("everything", "x"), "takes no name", id="everything of something"),
        pytest.param(("sender",), "name what to pause", id="a sender without a name"),
        pytest.param(("everything", "--lender", "x"), "there is no lender", id="lender"),
    ],
)
async def test_what_would_stop_nothing_is_refused(
    service: Service, words: tuple[str, ...], said: str
) -> None:
    result = await run("pauses", "place", *words, *SAID)

    assert result.exit_code == 2
    assert said in result.output
    assert await service.rows("SELECT 1 FROM pauses") == []


async def test_nobody_pauses_without_a_name_and_a_reason(service: Service) -> None:
    assert (await run("pauses", "place", "everything", "--by", " ", "--reason", "x")).exit_code == 2
    assert (await run("pauses", "lift", "everything", *SAID)).exit_code == 1
    assert await service.rows("SELECT 1 FROM pauses") == []


async def costs(*options: str) -> list[dict[str, str]]:
    result = await run("costs", "--csv", *options)
    assert result.exit_code == 0, result.output
    return list(csv.DictReader(io.StringIO(result.output)))


async def bill(service: Service, micros: int, currency: str, parts: int) -> None:
    """Let the provider say what the only contact cost."""
    [row] = await service.contacts()
    at = (row["person_id"], row["contact_id"])
    effects = Effects(service.now)
    update = StatusUpdate(
        None,
        row["provider_ref"],
        Report(DeliveryState.DELIVERED),
        parts=parts,
        price_micros=micros,
        price_currency=currency,
    )
    async with service.runtime.db.acquire() as conn, conn.transaction():
        effects.contacts = await list_contacts(conn, {at})
        await fold_status(conn, effects, None, at, update, {})
        await effects.write(conn, wall_now=service.runtime.clock.wall_now())


async def test_costs_are_estimated_until_the_provider_tells_them(service: Service) -> None:
    assert (await run("costs")).output == "nothing was sent\n"
    await service.dispatch()
    [contact] = await service.contacts()
    expected = f"{contact['parts'] * 11_500 / 1_000_000:.4f}"

    [row] = await costs("--by", "channel")
    assert (row["what"], row["currency"], row["without a price"]) == ("sms", "USD", "1")
    assert (row["told"], row["estimated"], row["total"]) == ("0.0000", expected, expected)

    await bill(service, 23_000, "EUR", 3)

    [row] = await costs("--by", "template")
    assert (row["what"], row["currency"], row["parts"]) == ("overdue_early", "EUR", "3")
    assert (row["told"], row["estimated"], row["total"]) == ("0.0230", "0.0000", "0.0230")
    assert (row["mode"], row["lender"], row["without a price"]) == ("live", "acme", "0")
    assert "0.0230" in (await run("costs", "--by", "outcome")).output

    await bill(service, 24_000, "EUR", 3)  # corrected later, nothing else being new
    assert [one["told"] for one in await costs("--by", "account")] == ["0.0240"]


async def test_what_never_left_costs_nothing(service: Service) -> None:
    service.twilio.for_number("+12125550143", refuse=21211)
    await service.dispatch()
    await service.rows(
        "UPDATE contacts SET outcome = 'released', delivery_state = 'failed' RETURNING 1"
    )

    assert await costs() == []
