"""`outreach log` on a database with real contacts."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from outreach.cli import main
from outreach.usecases.seal import seal_log
from tests.cli.installation import point_commands
from tests.e2e.service import Service, a_service


@pytest.fixture
async def service(
    database_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> AsyncIterator[Service]:
    """A service with one delivered contact, all of it sealed, and the command pointed at it."""
    point_commands(monkeypatch, tmp_path, database_url, redis_url)
    async with a_service(database_url, redis_url) as running:
        await running.post(running.borrower(), running.overdue(days=3))
        await running.fold()
        await running.dispatch()
        await running.receipts()
        while await seal_log(running.runtime.db, wall_now=running.runtime.clock.wall_now()):
            pass
        yield running


async def run(*arguments: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, main, ["log", *arguments])


async def test_an_untouched_log_verifies(service: Service) -> None:
    result = await run("verify")

    assert result.exit_code == 0, result.output
    assert "the log is as it was sealed" in result.output
    assert "fingerprint  " in result.output


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        pytest.param(
            "UPDATE contact_events SET body = body || '\\x00' WHERE kind = 'accepted'",
            "was changed since",
            id="an edited row",
        ),
        pytest.param(
            "DELETE FROM contact_events WHERE kind = 'accepted'", "is gone", id="a removed row"
        ),
    ],
)
async def test_an_edited_log_is_refused_with_the_first_bad_row(
    service: Service, statement: str, said: str
) -> None:
    [bad] = await service.rows("SELECT event_id FROM contact_events WHERE kind = 'accepted'")
    async with service.runtime.db.acquire() as conn:
        await conn.execute(statement)

    result = await run("verify")

    assert result.exit_code == 1
    assert f"row {bad['event_id']}" in result.output
    assert said in result.output


async def test_tail_says_what_happened_without_words_or_numbers(service: Service) -> None:
    result = await run("tail")

    assert result.exit_code == 0, result.output
    assert "decided" in result.output
    assert "LN-1" in result.output
    assert "delivered" in result.output
    assert "247.50" not in result.output
    assert "5550143" not in result.output


async def test_tail_of_one_loan_finds_it_or_says_that_nothing_is_known(service: Service) -> None:
    known, unknown = await run("tail", "--loan", "LN-1"), await run("tail", "--loan", "LN-9")

    assert "LN-1" in known.output
    assert "nothing was logged about loan LN-9" in unknown.output


async def test_show_tells_the_whole_story_decrypted(service: Service) -> None:
    [contact] = await service.contacts()

    result = await run("show", str(contact["contact_id"]))

    assert result.exit_code == 0, result.output
    assert "$247.50" in result.output
    assert "+12125550143" in result.output
    for kind in ("decided", "accepted", "receipt"):
        assert kind in result.output


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        pytest.param(("show", "nonsense"), 2, "is no contact id", id="no id"),
        pytest.param(("show", "0" * 32), 1, "no contact has the id", id="nobody's id"),
        pytest.param(("tail", "--lender", "nobody"), 2, "no lender is called", id="no lender"),
    ],
)
async def test_what_cannot_be_found_is_said(
    service: Service, arguments: tuple[str, ...], status: int, said: str
) -> None:
    result = await run(*arguments)

    assert result.exit_code == status
    assert said in result.output
