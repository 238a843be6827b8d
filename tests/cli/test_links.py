"""`outreach links`, on a real database."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from outreach.cli import main
from tests.cli.installation import point_commands
from tests.e2e.service import Service, a_service

PAGE = """
[lenders.acme.self_service]
base_url = "https://pay.acme.example"
"""


@pytest.fixture
async def service(
    database_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> AsyncIterator[Service]:
    """A service with one borrower, and the commands pointed at it."""
    point_commands(monkeypatch, tmp_path, database_url, redis_url)
    config = tmp_path / "outreach.toml"
    config.write_text(config.read_text() + PAGE)
    async with a_service(database_url, redis_url) as running:
        await running.post(running.borrower(), running.overdue(days=3))
        await running.fold()
        yield running


async def run(*arguments: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, main, ["links", *arguments])


async def test_a_link_is_made_checked_revoked_and_unlocked(service: Service) -> None:
    made = await run("make", "LN-1")
    link = made.output.strip()
    assert link.startswith("https://pay.acme.example/s/")

    checked = await run("check", "LN-1", "--link", link)
    assert checked.exit_code == 0, checked.output
    assert "wrong digits since they were right last: 0" in checked.output
    assert "the link opens; it ends 2026-12-23 17:00 UTC" in checked.output

    assert "revoked: links that end by 2026-12-23" in (await run("revoke", "LN-1")).output
    after = await run("check", "LN-1", "--link", link)
    assert after.exit_code == 1
    assert "the link does not open" in after.output
    assert (await run("unlock", "LN-1")).output == "unlocked\n"


async def test_locks_and_strangers_are_told(service: Service) -> None:
    async with service.runtime.db.acquire() as conn:
        await conn.execute(
            "INSERT INTO self_service (tenant_id, person_id, loan_id, failures)"
            " SELECT tenant_id, person_id, loan_id, 15 FROM loans"
        )
    locked = await run("check", "LN-1", "--link", "https://pay.acme.example/s/nobody")

    assert locked.exit_code == 1
    assert "locked until `outreach links unlock`" in locked.output
    assert "isn't one that this lender's keys made" in locked.output
    unknown = await run("make", "LN-9")
    assert unknown.exit_code == 1
    assert "`acme` has no loan `LN-9`" in unknown.output
    stranger = await run("make", "LN-1", "--lender", "nobody")
    assert stranger.exit_code == 2
    assert "`nobody` is no lender with a table `self_service`" in stranger.output
