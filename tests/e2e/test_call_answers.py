"""What is answered in a call, or answers it, has its effect."""

from datetime import timedelta
from typing import Any

import pytest

from tests.e2e.calling import ADA, AGENCY, LENDING, a_caller, ada, outcome
from tests.e2e.service import NOON
from tests.e2e.signals import a_phone


async def test_a_wrong_number_is_not_called_again_for_that_person(
    database_url: str, redis_url: str
) -> None:
    async with a_caller(database_url, redis_url, dial_mode="manual", **AGENCY) as service:
        service.calls.for_number(ADA, answers=["2"], copies=2, shuffled=True)
        await ada(service, days=2)

        said = await service.call_now()

        assert not any("247.50" in words for words in said)
        [call] = await service.contacts()
        assert outcome(call) == ("read", "wrong_party")
        assert call["disposition"] == "wrong_number"
        [endpoint] = await service.rows("SELECT status FROM endpoints WHERE medium = 'phone'")
        assert endpoint["status"] == "wrong_party"
        await service.move_to(NOON + timedelta(days=5))
        await service.post(service.overdue(7))
        await service.fold()
        await service.call_now()
        assert len(await service.contacts()) == 1


@pytest.mark.parametrize(
    ("dial_mode", "lender", "left", "outcome_of_it"),
    [
        pytest.param(
            "manual",
            AGENCY,
            "Hello. This is HR Services. Please call us back. Please ask for Dana Sample, or for"
            " anybody who answers, at +1 614 555 0199.",
            "voicemail_lcm",
            id="a collector's limited-content message",
        ),
        pytest.param(
            "prerecorded", AGENCY, None, "voicemail_other", id="recorded words need a way out"
        ),
        pytest.param(
            "manual",
            LENDING,
            "Hello. This is Acme Lending. Please call us back. Our number is +1 614 555 0199."
            " To stop these calls, tell us so at that number.",
            "voicemail_other",
            id="a lender's own words",
        ),
    ],
)
async def test_a_machine_is_left_what_the_rules_let_it_be_left(
    database_url: str,
    redis_url: str,
    dial_mode: str,
    lender: dict[str, Any],
    left: str | None,
    outcome_of_it: str,
) -> None:
    async with a_caller(database_url, redis_url, dial_mode=dial_mode, **lender) as service:
        service.calls.for_number(ADA, picks_up="machine", answered_by="machine_end_beep")
        await ada(service)

        said = await service.call_now()

        assert said == ([left] if left else [])
        assert outcome((await service.contacts())[0]) == ("delivered", outcome_of_it)


async def test_wishes_are_kept_for_people(database_url: str, redis_url: str) -> None:
    async with a_caller(database_url, redis_url, dial_mode="manual", **AGENCY) as service:
        service.calls.for_number(ADA, answers=["1", "2"])
        await ada(service, days=2)
        await service.call_now()
        assert await service.rows("SELECT kind FROM tasks") == [{"kind": "payment_link"}]


async def test_a_person_is_put_through_and_strange_words_are_read(
    database_url: str, redis_url: str
) -> None:
    async with a_caller(database_url, redis_url, dial_mode="manual", **AGENCY) as service:
        service.calls.for_number(
            ADA, answers=["1", "say:my attorney handles this", "3"], dialed="no-answer"
        )
        await ada(service, days=2)

        said = await service.call_now()

        assert "(dials +16145550199)" in said
        assert said[-2:] == ["You can reach us at +1 614 555 0199.", "Thank you. Goodbye."]
        [task] = await service.rows("SELECT kind FROM tasks")
        assert task["kind"] == "reply_review"
        holds = await service.rows("SELECT kind, channel FROM holds")
        assert {"kind": "review", "channel": "call"} in holds


async def test_a_chinese_call_names_caller_and_lender_and_is_announced_as_recorded(
    database_url: str, redis_url: str
) -> None:
    lender: dict[str, Any] = {
        "name": "明禾消费金融",
        "country": "CN",
        "timezone": "Asia/Shanghai",
        "locale": "zh-CN",
        "currency": "CNY",
        "lender_class": "consumer_finance_company",
        "phone": "028-5550-0142",
        "pay_channel": "明禾消费金融App",
    }
    async with a_caller(database_url, redis_url, **lender) as service:
        await service.move_to(NOON + timedelta(hours=9))  # ten in the morning in Shanghai
        number = "+8613800138000"
        service.calls.for_number(number, answers=["say:是的，我是", "1", "say:周五", "say:对"])
        overdue = service.overdue(1)
        for part in ("loan", "installment"):
            overdue["data"][part]["currency"] = "CNY"
        overdue["data"]["lender_timezone"] = "Asia/Shanghai"
        borrower = service.borrower(
            name={"family": "张", "given": "三", "display": "张三"},
            locale="zh-CN",
            timezone="Asia/Shanghai",
            address={"country": "CN", "region": "CN-SC"},
            phones=[a_phone("ph-1", number, primary=True)],
        )
        await service.post(borrower, overdue)
        await service.fold()

        said = await service.call_now()

        assert said[:2] == [
            "您好，这里是明禾消费金融的智能语音来电。",
            "为保证服务质量，本次通话将被录音。",
        ]
        assert said[2].startswith("请问是张三本人吗？")
        assert said[3].startswith("这里是明禾消费金融。")
        assert "247.50元" in said[3]
        assert said[6] == "您将在2026年11月27日前还款。确认请按1，修改日期请按2。"
        [call] = await service.contacts()
        assert (outcome(call), call["disposition"]) == (("read", "conversation"), "rpc_promise")
