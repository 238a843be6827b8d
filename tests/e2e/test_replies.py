"""What borrowers answer is understood, done, kept or broken: by HTTP in, and a vendor's stub out."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from outreach.usecases.confirming import confirm_opt_outs
from tests.e2e.service import NOON, US_NUMBER, Service, a_service
from tests.e2e.signals import a_phone

ADA = "+12125550143"


async def says(service: Service, text: str, number: str = ADA) -> None:
    assert await service.twilio.inbound(number, US_NUMBER, text) == 200
    await service.receipts()


async def contacted(service: Service, *signals: dict[str, Any]) -> int:
    """Let everything happen; returns how often money was asked for by now."""
    await service.post(*signals)
    await service.fold()
    await service.dispatch()
    await service.receipts()
    return len([row for row in await service.contacts() if row["purpose"] == "collection"])


async def promises(service: Service) -> Sequence[tuple[Any, ...]]:
    rows = await service.rows(
        "SELECT amount_minor, due_on::text AS due_on, status FROM promises ORDER BY made_at"
    )
    return [tuple(row.values()) for row in rows]


async def kinds(service: Service) -> list[tuple[str, str, str]]:
    rows = await service.rows("SELECT kind, state, outcome FROM tasks ORDER BY task_id")
    return [tuple(row.values()) for row in rows]


async def test_a_promise_by_reply_is_kept_by_a_payment_and_opened_again_by_its_return(
    database_url: str, redis_url: str
) -> None:
    async with a_service(database_url, redis_url) as service:
        assert await contacted(service, service.borrower(), service.overdue(days=3)) == 1

        await says(service, "I'll pay Friday")

        assert await promises(service) == [(24750, "2026-11-27", "open")]
        assert await kinds(service) == []
        [said] = [row for row in await service.log() if row["kind"] == "inbound"]
        assert said["wanted"] == ["promise"]
        assert said["thread"]["by"] == "contact"
        await service.move_to(NOON + timedelta(days=3))
        assert await contacted(service) == 1
        assert await contacted(service, service.payment(10000, ref="p1")) == 1
        assert await promises(service) == [(24750, "2026-11-27", "open")]
        assert await contacted(service, service.payment(14750, ref="p2")) == 1
        assert await promises(service) == [(24750, "2026-11-27", "kept")]
        back = service.signal(
            "payment.reversed",
            "loan/LN-1",
            loan={"id": "LN-1", "currency": "USD"},
            borrower={"id": "BR-1"},
            reversal={
                "payment_id": "p2",
                "amount": 14750,
                "currency": "USD",
                "reversed_at": service.now.isoformat(),
                "reason": "insufficient_funds",
            },
        )
        await contacted(service, back)
        assert await promises(service) == [(24750, "2026-11-27", "open")]
        await service.move_to(NOON + timedelta(days=6))
        await contacted(service, service.overdue(days=9, minor=14750))
        assert await promises(service) == [(24750, "2026-11-27", "partly_kept")]


async def test_a_broken_promise_lets_the_plan_go_on(database_url: str, redis_url: str) -> None:
    async with a_service(database_url, redis_url) as service:
        await contacted(service, service.borrower(), service.overdue(days=3))
        await says(service, "I can pay $100 on Friday")
        assert await promises(service) == [(10000, "2026-11-27", "open")]
        await says(service, "sorry, make that Wednesday, I will pay 50 then")
        assert [row[2] for row in await promises(service)] == ["canceled", "open"]

        await service.move_to(NOON + timedelta(days=5))
        assert await contacted(service, service.overdue(days=8)) == 2

        assert [row[2] for row in await promises(service)] == ["canceled", "broken"]


async def answers(service: Service) -> list[str]:
    """Send what is answered by itself and return what the vendor was given."""
    before = len(service.twilio.creates)
    while await confirm_opt_outs(service.runtime, service.sender):
        await service.receipts()
    return [one.form["Body"] for one in service.twilio.creates[before:]]


async def test_a_promise_a_question_and_a_language_are_answered(
    database_url: str, redis_url: str
) -> None:
    async with a_service(database_url, redis_url) as service:
        await contacted(service, service.borrower(), service.overdue(days=3))

        await says(service, "I'll pay $100 Friday")
        assert await answers(service) == [
            (
                "Acme Lending: thank you. We noted that you will pay $100.00 on account ending 1007"
                " by Nov 27, 2026. To change that, call +1 212 555 0199. Reply STOP to opt out."
            )
        ]
        await says(service, "HELP")
        assert await answers(service) == [
            "Acme Lending: for help, call +1 212 555 0199. Reply STOP to opt out."
        ]
        await says(service, "中文")
        assert await answers(service) == [
            "【Acme Lending】Acme Lending：今后我们将用中文与您联系。"
        ]
        [person] = await service.rows("SELECT locale FROM persons")
        assert person["locale"] == "zh-CN"
        purposes = [row["purpose"] for row in await service.contacts()]
        assert purposes[1:] == ["reply_to_debtor"] * 3
        assert await kinds(service) == []


async def test_a_wrong_number_is_left_alone_and_its_contacts_are_mended(
    database_url: str, redis_url: str
) -> None:
    async with a_service(database_url, redis_url) as service:
        await contacted(service, service.borrower(), service.overdue(days=3))

        await says(service, "wrong number")

        [contact] = await service.contacts()
        assert (contact["outcome"], contact["disposition"]) == ("wrong_party", "wrong_number")
        [endpoint] = await service.rows("SELECT status FROM endpoints WHERE medium = 'phone'")
        assert endpoint["status"] == "wrong_party"
        assert await kinds(service) == [("wrong_number", "open", "")]
        await service.move_to(NOON + timedelta(days=4))
        assert await contacted(service, service.overdue(days=7)) == 1


async def test_who_says_that_it_was_paid_is_left_alone_until_somebody_has_looked(
    database_url: str, redis_url: str
) -> None:
    lender = {"paid_claim_hold": "P5D"}
    async with a_service(database_url, redis_url, lender=lender) as service:
        await contacted(service, service.borrower(), service.overdue(days=3))

        await says(service, "I already paid this")

        assert await kinds(service) == [("already_paid_check", "open", "")]
        await service.move_to(NOON + timedelta(days=4))
        assert await contacted(service, service.overdue(days=7)) == 1
        await contacted(service, service.payment(1000))
        assert await kinds(service) == [("already_paid_check", "done", "paid")]
        await service.move_to(NOON + timedelta(days=6))
        assert await contacted(service, service.overdue(days=9, minor=23750)) == 2


def a_restructure(service: Service) -> dict[str, Any]:
    due = (service.now + timedelta(days=40)).date().isoformat()
    return service.signal(
        "loan.restructured",
        "loan/LN-1",
        loan={"id": "LN-1", "currency": "USD"},
        borrower={"id": "BR-1"},
        restructure={
            "effective_on": service.now.date().isoformat(),
            "kind": "deferral",
            "schedule_version": 2,
            "installments": [
                {"number": 4, "due_date": due, "outstanding": 24750, "currency": "USD"}
            ],
        },
    )


async def test_hardship_by_reply_waits_for_people_and_is_answered_by_a_new_schedule(
    database_url: str, redis_url: str
) -> None:
    async with a_service(database_url, redis_url) as service:
        await contacted(service, service.borrower(), service.overdue(days=3))

        await says(service, "I lost my job and can't pay right now")

        assert await kinds(service) == [("hardship", "open", "")]
        [hold] = await service.rows("SELECT kind, policy, word, loan_id > 0 AS own FROM holds")
        assert tuple(hold.values()) == ("hardship", "pause_collection", "requested", True)
        await service.move_to(NOON + timedelta(days=4))
        assert await contacted(service, service.overdue(days=7)) == 1

        await contacted(service, a_restructure(service))

        assert await kinds(service) == [("hardship", "done", "restructured")]
        [loan] = await service.rows("SELECT next_due_on, past_due_minor FROM loans")
        assert loan["past_due_minor"] == 0
        await service.move_to(NOON + timedelta(days=46))
        assert await contacted(service, service.overdue(days=2)) == 2


async def test_a_dispute_by_reply_stops_collection_until_it_is_rejected(
    database_url: str, redis_url: str
) -> None:
    async with a_service(database_url, redis_url) as service:
        await contacted(service, service.borrower(), service.overdue(days=3))

        await says(service, "this is not my debt")

        assert await kinds(service) == [("dispute", "open", "")]
        [task] = await service.rows("SELECT ref, due_at FROM tasks")
        assert task["due_at"] == NOON + timedelta(days=5)
        await service.move_to(NOON + timedelta(days=4))
        assert await contacted(service, service.overdue(days=7)) == 1
        rejected = service.signal(
            "borrower.dispute",
            "borrower/BR-1",
            loan={"id": "LN-1", "currency": "USD"},
            borrower={"id": "BR-1"},
            dispute={
                "id": task["ref"],
                "status": "rejected",
                "received_at": NOON.isoformat(),
                "contact_policy": "pause_collection",
            },
        )
        await contacted(service, rejected)
        assert await kinds(service) == [("dispute", "done", "rejected")]
        await service.move_to(NOON + timedelta(days=12))
        assert await contacted(service, service.overdue(days=15)) == 2


CN: dict[str, Any] = {
    "name": "明禾消费金融",
    "country": "CN",
    "timezone": "Asia/Shanghai",
    "locale": "zh-CN",
    "currency": "CNY",
    "lender_class": "consumer_finance_company",
    "phone": "028-5550-0142",
    "complaint_phone": "028-5550-0143",
    "pay_channel": "明禾消费金融App",
    "senders": {
        "main": {
            "channel": "sms",
            "provider": "twilio",
            "address": US_NUMBER,
            "rate_per_second": 1000,
            "number_kind": "port",
        }
    },
}
ZHANG = "+8613800138000"
TEN = NOON + timedelta(hours=9)
"""Tuesday, ten in the morning in Shanghai."""


def a_chinese(service: Service) -> dict[str, Any]:
    return service.borrower(
        name={"family": "张", "given": "三", "display": "张三"},
        locale="zh-CN",
        timezone="Asia/Shanghai",
        address={"country": "CN", "region": "CN-SC"},
        phones=[a_phone("ph-1", ZHANG, primary=True)],
    )


def in_yuan(service: Service, days: int, minor: int = 24750) -> dict[str, Any]:
    overdue = service.overdue(days, minor=minor)
    for part in ("loan", "installment"):
        overdue["data"][part]["currency"] = "CNY"
    due = (service.now + timedelta(hours=8)).date() - timedelta(days=days)
    overdue["data"]["installment"]["due_date"] = due.isoformat()
    overdue["data"]["lender_timezone"] = "Asia/Shanghai"
    return overdue


def paid_in_yuan(service: Service, minor: int, ref: str) -> dict[str, Any]:
    payment = service.payment(minor, ref=ref)
    payment["data"]["loan"]["currency"] = payment["data"]["payment"]["currency"] = "CNY"
    return payment


async def test_a_chinese_promise_is_answered_and_kept(database_url: str, redis_url: str) -> None:
    async with a_service(database_url, redis_url, at=TEN, lender=CN) as service:
        assert await contacted(service, a_chinese(service), in_yuan(service, 3)) == 1

        await says(service, "周五还", ZHANG)

        assert await promises(service) == [(24750, "2026-11-27", "open")]
        assert await answers(service) == [
            (
                "【明禾消费金融】尊敬的客户，明禾消费金融：已记录您尾号1007的贷款承诺于2026年11月27日前"
                "还款247.50元。如需变更请致电客服028-5550-0142。投诉028-5550-0143。"
            )
        ]
        await service.move_to(TEN + timedelta(days=2))
        await contacted(service, paid_in_yuan(service, 24750, "p1"))
        assert await promises(service) == [(24750, "2026-11-27", "kept")]


async def test_a_chinese_promise_of_a_part_is_broken(database_url: str, redis_url: str) -> None:
    async with a_service(database_url, redis_url, at=TEN, lender=CN) as service:
        await contacted(service, a_chinese(service), in_yuan(service, 3))
        await says(service, "周五还100元", ZHANG)
        assert await promises(service) == [(10000, "2026-11-27", "open")]
        await service.move_to(TEN + timedelta(days=3))
        assert await contacted(service, in_yuan(service, 6)) == 1

        await service.move_to(TEN + timedelta(days=6))
        assert await contacted(service, in_yuan(service, 9)) == 2

        assert await promises(service) == [(10000, "2026-11-27", "broken")]


async def test_chinese_hardship_and_dispute_wait_for_people(
    database_url: str, redis_url: str
) -> None:
    async with a_service(database_url, redis_url, at=TEN, lender=CN) as service:
        await contacted(service, a_chinese(service), in_yuan(service, 3))

        await says(service, "我失业了，还不上", ZHANG)
        await says(service, "这笔金额不对", ZHANG)

        assert await kinds(service) == [("hardship", "open", ""), ("dispute", "open", "")]
        await service.move_to(TEN + timedelta(days=3))
        assert await contacted(service, in_yuan(service, 6)) == 1
        for kind in ("hardship", "dispute"):
            [task] = await service.rows("SELECT ref FROM tasks WHERE kind = $1", kind)
            released = service.signal(
                "hold.released",
                "borrower/BR-1",
                borrower={"id": "BR-1"},
                hold={"id": task["ref"], "kind": kind, "released_at": service.now.isoformat()},
            )
            await contacted(service, released)
        assert {row[1:] for row in await kinds(service)} == {("done", "released")}
        asked = 1
        for days in (13, 14):  # first comes the question whether they were helped
            await service.move_to(TEN + timedelta(days=days))
            asked = await contacted(service, in_yuan(service, days + 3))
        assert asked == 2
