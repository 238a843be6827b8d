"""`outreach log` on a database with real contacts."""

import asyncio
from collections.abc import AsyncIterator
from hashlib import sha256
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


async def test_the_log_is_searched_as_in_the_console(service: Service) -> None:
    unfolded = await run("search", "--lender", "acme")
    rebuilt = await run("rebuild")
    found = await run("search", "--lender", "acme", "--channel", "sms", "--status", "delivered")
    phone = await run("search", "--lender", "acme", "--phone", "+1 212 555 0143")
    for name in ("loan", "borrower"):
        ref = {"loan": "LN-1", "borrower": "BR-1"}[name]
        about = await run("search", "--lender", "acme", f"--{name}", ref)
        assert "1 found" in about.output, about.output
    other = await run("search", "--lender", "acme", "--loan", "LN-9")

    assert "0 found" in unfolded.output, unfolded.output
    assert "it can be searched" in rebuilt.output, rebuilt.output
    assert "LN-1" in found.output, found.output
    assert "1 found" in found.output
    assert "1 found" in phone.output, phone.output
    assert "0 found" in other.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(("--verdict", "maybe"), "--verdict maybe", id="a value"),
        pytest.param(("--from", "soon"), "--from soon", id="a day"),
        pytest.param(("--phone", "0123"), "numbers must be complete", id="a part of a number"),
        pytest.param(("--loan", "a", "--phone", "b"), "name one of", id="two at once"),
    ],
)
async def test_a_search_that_cannot_be_meant_is_refused(
    service: Service, arguments: tuple[str, ...], said: str
) -> None:
    result = await run("search", "--lender", "acme", *arguments)

    assert result.exit_code == 2
    assert said in result.output


async def test_an_export_is_written_with_its_hashes_and_whose_name(
    service: Service, tmp_path: Path
) -> None:
    await service.fold_contact_log()
    out = tmp_path / "out"

    refused = await run("export", "--out", str(out), "--by", "Li Wei", "--filter", "verdict=odd")
    result = await run("export", "--out", str(out), "--by", "Li Wei", "--filter", "verdict=allowed")

    assert refused.exit_code == 1
    assert "no filter of the contact log: verdict=odd" in refused.output
    assert result.exit_code == 0, result.output
    [line] = [line for line in result.output.splitlines() if line.endswith(" rows")]
    digest, path, rows = line.split("  ")
    content = await asyncio.to_thread(Path(path).read_bytes)
    assert rows == "1 rows"
    assert sha256(content).hexdigest() == digest
    assert b"LN-1" in content
    [kept] = await service.rows("SELECT asked_name, state, expires_at FROM exports")
    assert kept == {"asked_name": "Li Wei", "state": "done", "expires_at": None}
    [action] = await service.rows("SELECT login FROM operator_audit WHERE action = 'log export'")
    assert action["login"] == "Li Wei"
