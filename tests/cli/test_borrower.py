"""`outreach borrower` tells a borrower's whole history; `outreach treatments` shows and compares."""

import asyncio
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from outreach.cli import main
from tests.cli.installation import ROOT, point_commands
from tests.e2e.service import a_service

US = ROOT / "config" / "treatments" / "us-default.yaml"


async def run(*arguments: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, main, list(arguments))


async def test_a_whole_history_in_one_command(
    database_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    point_commands(monkeypatch, tmp_path, database_url, redis_url)
    async with a_service(database_url, redis_url) as service:
        await service.post(service.borrower(), service.overdue(days=3))
        await service.fold()
        await service.dispatch()
        await service.receipts()
        await service.post(service.payment())
        await service.fold()

        for ref in ("BR-1", "LN-1"):
            shown = await run("borrower", ref, "--json")
            assert shown.exit_code == 0, shown.output
            told = json.loads(shown.output)
            assert [loan["ref"] for loan in told["loans"]] == ["LN-1"]
            kinds = [moment["kind"] for moment in told["moments"]]
            assert {"case", "contact", "payment", "preference"} <= set(kinds)
        table = await run("borrower", "BR-1")
        assert "247.50 USD paid" in table.output
        assert "sms · day-2 · stage grace" in table.output
        nobody = await run("borrower", "BR-404")
        assert nobody.exit_code == 1
        assert "nobody of acme is known by BR-404" in nobody.output


def test_treatments_are_drawn_and_compared(tmp_path: Path) -> None:
    runner = CliRunner()
    picture = tmp_path / "us.svg"
    drawn = runner.invoke(main, ["treatments", "show", "us-default", "--svg", str(picture)])
    assert drawn.exit_code == 0, drawn.output
    assert picture.read_text(encoding="utf-8").startswith("<svg")
    assert runner.invoke(main, ["treatments", "show", "--svg", str(picture)]).exit_code == 2
    assert "there are: cn-default" in runner.invoke(main, ["treatments", "show", "x"]).output

    same = runner.invoke(main, ["treatments", "diff", str(US), str(US)])
    assert (same.exit_code, "nothing changes" in same.output) == (0, True)
    changed = tmp_path / "us-default.yaml"
    words = US.read_text(encoding="utf-8")
    changed.write_text(words.replace("day: 15,", "day: 16,", 1), encoding="utf-8")
    other = runner.invoke(main, ["treatments", "diff", str(US), str(changed)])
    assert other.exit_code == 1
    assert "~ stages[11-29].steps[day-15].day: 15 → 16" in other.output
    changed.write_text(words.replace("template: overdue_mid", "template: none"), encoding="utf-8")
    linted = runner.invoke(main, ["treatments", "lint", str(changed)])
    assert linted.exit_code == 1
    assert "there are no words: write templates/messages/none" in linted.output
    assert f"error {changed}:" in linted.output
