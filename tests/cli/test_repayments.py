"""The commands about a loan's money, on a real database."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from outreach.cli import main
from tests.cli.installation import point_commands
from tests.e2e.service import Service, a_service


def parts(principal: int, interest: int) -> dict[str, int]:
    total = principal + interest
    return {"principal": principal, "interest": interest, "fees": 0, "penalty": 0, "total": total}


def a_schedule(service: Service) -> dict[str, Any]:
    today = service.now.date()
    return service.signal(
        "schedule.snapshot",
        "loan/LN-1",
        loan={"id": "LN-1", "currency": "USD"},
        borrower={"id": "BR-1"},
        installments=[
            {
                "number": number,
                "due_date": (today + timedelta(days=30 * number - 40)).isoformat(),
                "outstanding": 10100,
                "amounts": parts(10000, 100),
                "currency": "USD",
            }
            for number in (1, 2)
        ],
        schedule_version=1,
        as_of=service.now.isoformat(),
        lender_timezone="America/New_York",
    )


@pytest.fixture
async def service(
    database_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> AsyncIterator[Service]:
    """A service with a late loan on which a payment came that the platform divided oddly."""
    point_commands(monkeypatch, tmp_path, database_url, redis_url)
    async with a_service(database_url, redis_url) as running:
        paid = running.payment(600)
        odd = {"principal": 600, "interest": 0, "fees": 0, "penalty": 0, "unapplied": 0}
        paid["data"]["payment"]["allocation"] = odd
        await running.post(running.borrower(), a_schedule(running), paid)
        await running.fold()
        yield running


async def run(*words: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, main, list(words))


async def test_the_books_of_a_loan_and_what_differs_in_them(service: Service) -> None:
    del service
    books = await run("books", "LN-1")
    assert books.exit_code == 1
    for words in ("101.00 USD", "95.00 USD", "division uncertain", "difference allocation pay-1"):
        assert words in books.output

    shown = await run("discrepancies", "show", "LN-1")
    assert "ours    interest 1.00 USD, principal 5.00 USD" in shown.output
    assert "theirs  principal 6.00 USD" in shown.output
    assert (await run("discrepancies", "list")).exit_code == 1

    about = ("LN-1", "--kind", "allocation", "--about", "pay-1", "--by", "Ada", "--note", "asked")
    assert (await run("discrepancies", "close", *about)).output == "closed allocation pay-1\n"
    assert (await run("discrepancies", "close", *about)).exit_code == 1
    assert (await run("discrepancies", "list")).output == "no differences\n"
    assert "closed by Ada: asked" in (await run("discrepancies", "show", "LN-1")).output
    assert (await run("books", "LN-1")).exit_code == 0


async def test_a_suggestion_a_payoff_and_a_statement(service: Service) -> None:
    told = await run("suggest", "LN-1", "--income", "800.00", "--essentials", "500")
    assert "50 % of 300.00 USD = 150.00 USD" in told.output
    assert "month 2: 46.00 USD beside the installment" in told.output
    nobody = await run("suggest", "LN-1")
    assert "nobody told what the borrower earns" in nobody.output
    assert "settled no" in (await run("payoff", "LN-1")).output

    for ref, kind, value in (("a", "income_amount", "800.00"), ("b", "income_day", "25")):
        fact = {"id": ref, "kind": kind, "value": value, "observed_at": service.now.isoformat()}
        about = {"borrower": {"id": "BR-1"}, "fact": fact}
        await service.post(service.signal("risk.observed", "borrower/BR-1", **about))
    await service.fold()
    assert "income 800.00 USD" in (await run("suggest", "LN-1")).output

    sent = await run("statements", "send", "LN-1", "--by", "Ada")
    assert sent.exit_code == 0, sent.output
    [record] = await service.rows("SELECT kind FROM records WHERE kind = 'statement'")
    assert record["kind"] == "statement"
    assert "no loan is called" in (await run("books", "nobody")).output


async def test_what_pays_a_loan_off(service: Service, tmp_path: Path) -> None:
    settled = "\n[lenders.acme.repayment.early_payoff]\nfee_percent = 1\n"
    path = tmp_path / "outreach.toml"
    path.write_text(path.read_text() + settled)
    told = (await run("payoff", "LN-1")).output
    # 101.00 of each installment less 6.00; of the second's 1.00 10 of 30 days are earned.
    assert "pays it off" in told
    assert "interest not asked for 0.67 USD (actuarial)" in told
    assert "saved against the schedule: 0.00 USD" in told
    assert "agreed charge 0.67 USD" in " ".join(told.split())
    await service.post(a_schedule(service) | {"type": "schedule.snapshot"})
    closing = {"closed_on": service.now.date().isoformat(), "reason": "matured"}
    about = {"loan": {"id": "LN-1", "currency": "USD"}, "borrower": {"id": "BR-1"}}
    await service.post(service.signal("loan.paid_off", "loan/LN-1", **about, **closing))
    await service.fold()
    assert "no figure: the loan is closed" in (await run("payoff", "LN-1")).output
