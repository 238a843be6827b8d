"""`outreach packs diff --portfolio` on a database with real contacts."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from outreach.cli import main
from tests.cli.installation import point_commands
from tests.e2e.service import ROOT, Service, a_service

PACKS = ROOT / "config" / "compliance"
POLICY = PACKS / "us-firstparty-policy.yaml"


@pytest.fixture
async def service(
    database_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> AsyncIterator[Service]:
    """A service with one contact made at noon, and the command pointed at it."""
    point_commands(monkeypatch, tmp_path, database_url, redis_url)
    async with a_service(database_url, redis_url) as running:
        await running.post(running.borrower(), running.overdue(days=3))
        await running.fold()
        await running.dispatch()
        yield running


@pytest.mark.parametrize("folders", [False, True], ids=["files", "folders"])
async def test_contacts_that_would_have_come_out_otherwise_are_shown(
    service: Service, tmp_path: Path, folders: bool
) -> None:
    packs = tmp_path / "packs"
    packs.mkdir()
    for file in PACKS.glob("*.yaml"):
        (packs / file.name).write_text(file.read_text("utf-8"), "utf-8")
    changed = packs / POLICY.name
    text = changed.read_text("utf-8")
    assert '["08:00", "21:00"]' in text
    changed.write_text(text.replace('["08:00", "21:00"]', '["08:00", "11:00"]'), "utf-8")
    sides = [str(PACKS), str(packs)] if folders else [str(POLICY), str(changed)]

    result = await asyncio.to_thread(
        CliRunner().invoke,
        main,
        ["packs", "diff", *sides, "--portfolio", "--days", "2", "--packs-dir", str(PACKS)],
    )

    assert result.exit_code == 0, result.output
    assert "1 changed" in result.output
    assert "1 ways: allow before, defer after" in result.output
    assert "1 ways: us.scope.first_party_udaap objects now" in result.output
    assert "1 otherwise, 0 can't be read any more" in result.output
    assert "LN-1" in result.output
