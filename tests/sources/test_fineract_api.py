"""Reading a loan back from a local Fineract over real HTTP."""

import json
from collections import Counter
from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from outreach.domain.signals import Signal
from outreach.sources import fineract_api
from outreach.sources.fineract_api import FineractApi, ReadBackOptions
from outreach.sources.fineract_loans import signals_of
from outreach.sources.payload import read_json
from outreach.sources.source import MappingError, NeedsReadBack, ReadBackError
from tests.fakes.fineract import (
    PASSWORD,
    USER,
    Fineract,
    a_fineract,
    a_paid_loan,
    a_period,
    a_transaction,
)
from tests.sources.samples import NOW

NEEDS = NeedsReadBack("1007", "default", "5512", NOW - timedelta(seconds=2), NOW)
ZONE = "America/New_York"


def paid(**settings: Any) -> Fineract:
    """Return a platform that knows loan 1007."""
    return Fineract(loans={"1007": a_paid_loan()}, **settings)


async def read(fake: Fineract, *, password: str = PASSWORD) -> list[Signal]:
    """Ask the fake once, as a worker does."""
    async with aiohttp.ClientSession() as http:
        options = ReadBackOptions(fake.base_url, USER, password, "default", ZONE)
        return await FineractApi(http, options).read(NEEDS, now=NOW)


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fineract_api, "_PAUSES", (0.0, 0.0))


async def test_a_loan_is_its_schedule_and_its_payments_by_their_external_ids() -> None:
    async with a_fineract(paid()) as fake:
        snapshot, payment = await read(fake)

    assert fake.asked == ["/loans/1007"]
    assert fake.queries == ["associations=repaymentSchedule,transactions"]
    assert (snapshot.type, snapshot.subject) == ("schedule.snapshot", "loan/LN-2026-000317")
    assert snapshot.data["loan"]["aliases"] == ["fineract:default:loan:1007"]
    assert snapshot.data["borrower"]["id"] == "fineract:default:client:42"
    assert [(one["number"], one["outstanding"]) for one in snapshot.data["installments"]] == [
        (4, 24250),
        (5, 24250),
    ]
    assert snapshot.time == NOW
    assert (payment.type, payment.data["payment"]["id"]) == ("payment.received", "pay-7781")
    assert payment.data["payment"]["amount"] == 25000
    assert payment.time == NEEDS.happened_at


@pytest.mark.parametrize("statuses", [[503], [429, 502]], ids=str)
async def test_a_busy_platform_is_asked_three_times(statuses: list[int]) -> None:
    async with a_fineract(paid(failures=list(statuses))) as fake:
        assert len(await read(fake)) == 2
        assert len(fake.asked) == len(statuses) + 1


@pytest.mark.parametrize(
    ("statuses", "reason", "asked"),
    [
        ([500, 500, 500], "status", 3),
        ([403], "refused", 1),
        ([404], "not_found", 1),
        ([302], "refused", 1),
    ],
    ids=["always busy", "forbidden", "no such loan", "a redirect"],
)
async def test_an_answer_of_no_use_says_why(statuses: list[int], reason: str, asked: int) -> None:
    async with a_fineract(paid(failures=list(statuses))) as fake:
        with pytest.raises(ReadBackError) as failed:
            await read(fake)

    assert failed.value.reason == reason
    assert len(fake.asked) == asked


async def test_a_wrong_password_is_refused_and_not_repeated() -> None:
    async with a_fineract(paid()) as fake:
        with pytest.raises(ReadBackError, match="refused"):
            await read(fake, password="another")

    assert len(fake.asked) == 1


async def test_a_platform_that_is_away_is_unreachable() -> None:
    with pytest.raises(ReadBackError, match="unreachable"):
        await read(Fineract(base_url="http://127.0.0.1:1/api"))


@pytest.mark.parametrize(
    ("raw", "error"),
    [
        (b"<html>", ReadBackError),
        (b"[]", MappingError),
        (b"{}", MappingError),
        (b'{"id": 1007, "status": {"id": 300}, "currency": {"code": "USD"}}', MappingError),
    ],
    ids=["HTML", "an array", "nothing", "no schedule"],
)
async def test_an_answer_that_is_no_loan(raw: bytes, error: type[Exception]) -> None:
    async with a_fineract(Fineract(raw=raw)) as fake:
        with pytest.raises(error):
            await read(fake)


def types_of(**changes: Any) -> Counter[str]:
    """Return how often each type comes of a loan with members replaced."""
    body = read_json(json.dumps(a_paid_loan(**changes)).encode())
    return Counter(one.type for one in signals_of(body, NEEDS, timezone=ZONE, as_of=NOW))


def test_an_undone_payment_is_told_as_received_and_as_reversed() -> None:
    undone = a_transaction(5512, manuallyReversed=True, reversedOnDate=[2026, 11, 23])

    assert types_of(transactions=[undone])["payment.reversed"] == 1
    assert types_of(transactions=[undone])["payment.received"] == 1


def test_a_loan_that_is_not_disbursed_yet_means_nothing() -> None:
    assert types_of(status={"id": 200, "code": "loanStatusType.approved"}) == Counter()


@pytest.mark.parametrize("status", [600, 601, 602, 700])
def test_a_closed_loan_is_paid_off(status: int) -> None:
    assert types_of(status={"id": status})["loan.paid_off"] == 1


def test_no_payment_is_dated_after_the_schedule_that_contains_it() -> None:
    late = a_transaction(5513, date=[2026, 11, 25], submittedOnDate=[2026, 11, 25])
    body = read_json(json.dumps(a_paid_loan(transactions=[late])).encode())

    assert {one.time <= NOW for one in signals_of(body, NEEDS, timezone=ZONE, as_of=NOW)} == {True}


def test_parts_that_do_not_add_up_are_refused() -> None:
    period = a_period(4, [2026, 10, 24], 210.35, 32.15) | {"totalOutstandingForPeriod": 300}

    with pytest.raises(MappingError, match="add up"):
        types_of(repaymentSchedule={"periods": [period]})
