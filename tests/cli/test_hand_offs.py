"""`outreach referrals`, `visits` and `agencies`, on a real database."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from outreach.cli import main
from tests.cli.installation import point_commands
from tests.e2e.late import HOME
from tests.e2e.service import Service, a_service

AGENCY = """
[lenders.acme.agencies.honest]
name = "Honest Collections Co."
listed = true
agreement = "A-17"
agreement_complete = true
assessment = "PIA-3"
"""


@pytest.fixture
async def service(
    database_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> AsyncIterator[Service]:
    """A service with one borrower who is far past due, and the commands pointed at it."""
    point_commands(monkeypatch, tmp_path, database_url, redis_url)
    config = tmp_path / "outreach.toml"
    folder = f'hand_off_dir = "{tmp_path}/hand-offs"\n'
    config.write_text(folder + config.read_text() + AGENCY)
    async with a_service(database_url, redis_url) as running:
        await running.post(running.borrower(address=HOME["US"]), running.overdue(days=150))
        await running.fold()
        yield running


async def run(*arguments: str) -> str:
    """Run a command that works; returns what it prints."""
    done = await tried(*arguments)
    assert done.exit_code == 0, done.output
    return done.output


async def tried(*arguments: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, main, arguments)


def named(output: str) -> str:
    """Return the hand-off that an output is about."""
    found = re.search(r"[0-9a-f]+-[0-9a-f]{32}", output)
    assert found, output
    return found[0]


async def test_a_case_is_opened_approved_verified_and_withdrawn(service: Service) -> None:
    opened = await run("referrals", "open", "--loan", "LN-1", "--by", "Ann")
    ref = named(opened)
    again = await tried("referrals", "open", "--loan", "LN-1", "--by", "Ann")
    own = await tried("referrals", "approve", ref, "--by", "Ann")
    listed = await run("referrals", "list")
    approved = await run("referrals", "approve", ref, "--by", "Bea")
    folder = re.search(r"^written (.*)$", approved, re.MULTILINE)
    assert folder is not None
    verified = await run("referrals", "verify", folder[1])
    (Path(folder[1]) / "loan.json").write_text("{}")
    changed = await tried("referrals", "verify", folder[1])
    accepted = await run("referrals", "accept", ref, "--by", "Bea")
    early = await tried("referrals", "judge", ref, "--by", "Bea", "--result", "won")
    other = await tried("visits", "show", ref)
    withdrawn = await run("referrals", "withdraw", ref, "--by", "Bea", "--reason", "paid")
    explained = await run("explain", "LN-1")

    assert "proposed" in opened
    assert "exists" in again.output
    assert "same_person" in own.output
    assert all(one in listed for one in (ref, "LN-1", "lawsuit_referral"))
    assert "stop_collection_keep_legal_notices" in approved
    assert "every file has its hash" in verified
    assert "loan.json was changed since" in changed.output
    assert "accepted" in accepted
    assert "not_now" in early.output
    assert "there is no" in other.output
    assert all(one.exit_code == 1 for one in (again, own, changed, early, other))
    assert "reason=paid" in withdrawn
    assert "hand_off" in explained
    assert await run("referrals", "list") == "no referral\n"


async def test_a_visit_is_ordered_put_on_a_sheet_and_recorded(
    service: Service, tmp_path: Path
) -> None:
    ref = named(await run("visits", "open", "--loan", "LN-1", "--by", "Ann"))
    alone = await tried("visits", "order", ref, "--by", "Bea")
    await run("visits", "order", ref, "--by", "Bea", "--staff", "Wu")
    assigned = await run("visits", "assign", ref, "--by", "Bea", "--staff", "Ma")
    sheet = tmp_path / "sheet.html"
    made = await run("visits", "sheet", "--out", str(sheet), "--lang", "zh")
    half = await tried(
        "visits", "outcome", ref, "--by", "Ma", "--outcome", "spoke", "--promised", "5"
    )
    recorded = await run("visits", "outcome", ref, "--by", "Ma", "--outcome", "nobody")
    over = await tried("visits", "cancel", ref, "--by", "Bea", "--reason", "late")

    assert "too_few" in alone.output
    assert "Ma" in assigned
    assert made.startswith("1 visits")
    text = sheet.read_text("utf-8")
    assert all(one in text for one in ("12 Elm St", "上门任务书", "Ma", "/visits/", "$247.50"))
    assert half.exit_code == 2
    assert "outcome=nobody" in recorded
    assert "not_now" in over.output
    assert not sheet.stat().st_mode & 0o077


async def test_a_debt_is_placed_and_recalled(service: Service) -> None:
    unknown = await tried(
        "agencies", "place", "--loan", "LN-1", "--by", "Ann", "--agency", "nobody"
    )
    ref = named(await run("agencies", "place", "--loan", "LN-1", "--by", "Ann"))
    approved = await run("agencies", "approve", ref, "--by", "Bea")
    recalled = await run("agencies", "recall", ref, "--by", "Ann", "--reason", "contract over")
    nowhere = await tried("agencies", "place", "--loan", "LN-9", "--by", "Ann")

    assert "hand_off.no_agency" in unknown.output
    assert f"placement-{ref}" in approved
    assert f"recall-{ref}" in recalled
    assert "recalled" in await run("agencies", "list", "--all")
    assert "there is no LN-9" in nowhere.output
