"""Early warning, from outside: facts posted, a tier explained, a reminder that comes earlier."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

import pytest

from outreach.domain.standing import Due
from outreach.rendering.context import VARIABLES, build_context
from outreach.rendering.phrases import load_phrases
from outreach.store.books import load_books
from outreach.store.heartbeats import list_heartbeats
from outreach.usecases.telling import message_facts
from tests.e2e.borrowing import CHINA
from tests.e2e.late import COUNTRIES, MORNING, someone
from tests.e2e.service import NOON, ROOT, Service, a_service, kinds

CALENDARS: Final = {
    "US": (-5, "America/New_York", "USD"),
    "CN": (8, "Asia/Shanghai", "CNY"),
}


@pytest.fixture
async def service(database_url: str, redis_url: str) -> AsyncIterator[Service]:
    async with a_service(database_url, redis_url) as running:
        yield running


def due_in(service: Service, days: int, country: str = "US") -> Any:
    """Return an installment.due_soon of so many days ahead in the lender's calendar."""
    hours, zone, currency = CALENDARS[country]
    due = (service.now + timedelta(hours=hours)).date() + timedelta(days=days)
    return service.signal(
        "installment.due_soon",
        "loan/LN-1",
        loan={"id": "LN-1", "currency": currency, "account_no": "000001007", "status": "active"},
        borrower={"id": "BR-1"},
        installment={
            "number": 4, "due_date": due.isoformat(), "outstanding": 24750, "currency": currency,
        },
        days_until_due=days,
        as_of=service.now.isoformat(),
        lender_timezone=zone,
    )  # fmt: skip


def fact(service: Service, ref: str, kind: str, **told: Any) -> dict[str, Any]:
    """Return a risk.observed about the borrower."""
    body = {"id": ref, "kind": kind, "observed_at": service.now.isoformat(), **told}
    return service.signal("risk.observed", "borrower/BR-1", borrower={"id": "BR-1"}, fact=body)


async def tell(service: Service, *signals: dict[str, Any]) -> None:
    assert await service.post(*signals) in {200, 202}
    await service.fold()
    await service.dispatch()
    await service.receipts()


async def tiers(service: Service) -> list[str]:
    return [row["risk_tier"] for row in await service.rows("SELECT risk_tier FROM loans")]


@pytest.mark.parametrize("country", COUNTRIES)
async def test_a_high_tier_is_reminded_two_weeks_ahead_and_every_point_is_in_the_log(
    database_url: str, redis_url: str, country: str
) -> None:
    at, lender = (NOON, {}) if country == "US" else (MORNING, dict(CHINA))
    async with a_service(database_url, redis_url, at=at, lender=lender) as service:
        await warned_early(service, country)


async def warned_early(service: Service, country: str) -> None:
    """Tell of facts until the tier is high, and then of nothing until one of them has lapsed."""
    await tell(service, someone(service, country), due_in(service, 14, country))
    assert await service.contacts() == []
    assert await tiers(service) == [""]
    assert kinds(await service.log()) == []

    bureau = {"credit_bureau": True, "value": "60", "purpose": "account_review"}
    await tell(
        service,
        fact(service, "F-1", "missed_salary"),
        fact(service, "F-2", "utilisation", value=97),
        fact(service, "F-3", "other_lender_delinquency", **bureau),
    )

    # Forty points: the report without a legal basis is kept and shown, and counts for nothing.
    assert await tiers(service) == ["medium"]
    assert await service.contacts() == []
    [moved] = await service.log()
    assert (moved["kind"], moved["before"], moved["tier"]) == ("risk", "low", "medium")
    assert [(line["row"], line["points"]) for line in moved["lines"]] == [
        ("missed_salary", 25), ("high_utilisation", 15),
    ]  # fmt: skip
    assert moved["left_out"] == [{"fact": "other_lender_delinquency", "why": "no_legal_basis"}]

    basis = "written consent of 2026-01-02"
    await tell(
        service,
        fact(
            service,
            "F-4",
            "other_lender_delinquency",
            **bureau,
            legal_basis=basis,
            until="2026-12-01",
        ),
    )

    assert await tiers(service) == ["high"]
    [contact] = await service.contacts()
    assert (contact["step"], contact["risk_tier"]) == ("before-14", "high")
    [message] = service.twilio.messages.values()
    words = message["body"].casefold()
    told = ("salary", "utili", "lender", "consent", "account_review", "60", "97", "risk", "tier")
    assert [word for word in told if word in words.replace("acme lending", "")] == []
    assert "征信" not in words

    # The basis ends with 1 December: from then on the report isn't used any more.
    await service.move_to(
        datetime.fromisoformat("2026-12-02T17:00:00+00:00")
        if country == "US"
        else MORNING + timedelta(days=9)
    )
    await tell(service, due_in(service, 5, country))

    assert await tiers(service) == ["medium"]
    assert [row["tier"] for row in await service.log() if row["kind"] == "risk"] == [
        "medium", "high", "medium",
    ]  # fmt: skip


async def test_words_are_the_same_with_and_without_what_is_known_of_the_risk(
    service: Service,
) -> None:
    """No risk fact reaches the context that messages are rendered from."""
    basis = {"purpose": "account_review", "legal_basis": "written consent"}
    await tell(
        service,
        service.borrower(),
        service.overdue(days=3),
        fact(service, "F-1", "lawsuit", word="SECRET-WORD", credit_bureau=True, **basis),
    )
    [row] = await service.rows("SELECT person_id FROM loans")
    async with service.runtime.db.acquire() as conn:
        book = (await load_books(conn, service.runtime.vault, [row["person_id"]]))[row["person_id"]]
        beats = await list_heartbeats(conn)
    assert [one.kind for one in book.person.records.values()] == ["risk"]
    without = replace(book, person=replace(book.person, records={}))
    considering = service.runtime.considering
    lender = considering.rulebook.lenders["acme"]

    due = considering.look(book, [], beats, service.now).answer
    assert isinstance(due, Due)
    assert due.standing.risk_tier == "medium"
    contexts = []
    for one in (book, without):
        words = message_facts(due, one, lender, "ph-1", first=True, now=service.now)
        phrases = load_phrases(ROOT / "templates/messages/_phrases/en-US.yaml")
        contexts.append(build_context(words, phrases))

    assert contexts[0] == contexts[1]
    assert "SECRET-WORD" not in str(contexts[0])
    assert not [name for name in VARIABLES if "risk" in name or "score" in name]


async def test_a_plain_overdue_signal_writes_no_tier(service: Service) -> None:
    await tell(service, service.borrower(), service.overdue(days=3))

    assert await tiers(service) == [""]
    assert "risk" not in kinds(await service.log())
