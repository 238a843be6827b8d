"""`outreach risk` and `outreach report`, on a real database."""

import asyncio
import csv
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from outreach.cli import main
from tests.cli.installation import point_commands
from tests.e2e.service import Service, a_service


@pytest.fixture
async def service(
    database_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> AsyncIterator[Service]:
    """A service with one late borrower of whom two facts are told, and commands pointed at it."""
    point_commands(monkeypatch, tmp_path, database_url, redis_url)
    async with a_service(database_url, redis_url) as running:
        facts = (
            {"id": "F-1", "kind": "missed_salary"},
            {"id": "F-2", "kind": "lawsuit", "credit_bureau": True},
        )
        told = [
            running.signal("risk.observed", "borrower/BR-1", borrower={"id": "BR-1"}, fact=fact)
            for fact in facts
        ]
        await running.post(running.borrower(), running.overdue(days=3), *told)
        await running.fold()
        await running.dispatch()
        yield running


async def run(*arguments: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, main, arguments)


async def test_risk_is_explained_and_reports_are_shown_and_written(
    service: Service, tmp_path: Path
) -> None:
    loan = await run("risk", "show", "LN-1")
    person = await run("risk", "show", "BR-1", "--borrower", "--lang", "zh")
    nobody = await run("risk", "show", "LN-404")

    assert loan.exit_code == 0, loan.output
    assert "Loan LN-1: risk tier medium, 25 points (default@" in loan.output
    assert "+25  An expected salary did not arrive. (missed_salary" in loan.output
    assert (
        "left out: lawsuit F-2: out of a credit report, and nobody recorded for what" in loan.output
    )
    assert "应到账的工资未到账。" in person.output
    assert "未记录查询用途" in person.output
    assert (nobody.exit_code, "nobody of this lender" in nobody.output) == (1, True)

    shown = await run("report")
    assert shown.exit_code == 0, shown.output
    assert "acme · mode live · " in shown.output
    assert "Nobody of 1 people had more than 1 contacts within seven days." in shown.output
    tests_only = await run("report", "--mode", "test", "--only", "intensity")
    assert "Nobody was contacted in the period." in tests_only.output
    backwards = await run("report", "--since", "2026-02-01", "--until", "2026-01-01")
    assert (backwards.exit_code, "ends before" in backwards.output) == (2, True)

    written = await run("report", "--csv", str(tmp_path / "c"), "--svg", str(tmp_path / "s"))
    assert written.exit_code == 0, written.output
    table = (tmp_path / "c" / "cures_by_channel.csv").read_text(encoding="utf-8-sig")
    [row] = csv.DictReader(table.splitlines())
    assert (row["channel"], row["cases"], row["small"]) == ("sms", "1", "n<20")
    assert row["of"].startswith("acme · mode live · ")
    assert "<title" in (tmp_path / "s" / "cures_by_channel.svg").read_text(encoding="utf-8")

    async with service.runtime.http.get(f"{service.base_url}/metrics") as answer:
        metrics = await answer.text()
    assert 'outreach_loans_at_risk{tenant="acme",tier="medium"} 1.0' in metrics
