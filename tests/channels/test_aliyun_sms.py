"""Alibaba Cloud's adapter against a local server that behaves like it."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from pydantic import ValidationError

from outreach.channels.aliyun_signing import canonical_query, signed_headers
from outreach.channels.aliyun_sms import AliyunSms, error_table
from outreach.channels.provider import (
    Accepted,
    Attempt,
    Found,
    Ignored,
    InboundMessage,
    NotFound,
    Provider,
    RawCallback,
    Rejected,
    StatusUpdate,
    Unknown,
    Unsupported,
)
from outreach.domain.vocabulary import DeliveryState, ErrorClass
from tests.channels.contract import DEADLINE, NOW, Harness, ProviderContract, an_attempt
from tests.channels.samples import FOLDER
from tests.fakes.aliyun import KEY_ID, SECRET, FakeAliyun, running_aliyun

SENDER = "10690555010142"
PATH_SECRET = "9f2c" * 8
NUMBER = "+8613800138000"
TEXT = "您的贷款应还${amount}，应还日为${due}。"
WORDS = "【明禾消金】您的贷款应还¥40.00，应还日为3月1日。"


class Clock:
    """A clock that stands."""

    now = NOW

    def wall_now(self) -> datetime:
        return self.now


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as found:
        yield found


@pytest.fixture
async def aliyun() -> AsyncIterator[FakeAliyun]:
    async with running_aliyun(NOW) as fake:
        yield fake


def options(**changes: Any) -> dict[str, Any]:
    template = {"template": "overdue_early", "code": "SMS_154950909", "text": TEXT}
    return {
        "access_key_id": KEY_ID,
        "access_key_secret": SECRET,
        "path_secrets": [PATH_SECRET],
        "sign_names": {SENDER: "明禾消金"},
        "templates": [template],
        **changes,
    }


def a_provider(session: aiohttp.ClientSession, base_url: str) -> AliyunSms:
    return AliyunSms("aliyun", options(base_url=base_url), session, clock=Clock())


def attempt(recipient: str = NUMBER, *, number: int = 1, body: str = WORDS) -> Attempt:
    return replace(
        an_attempt(recipient, number=number, sender=SENDER),
        body=body,
        template="overdue_early",
        locale="zh-CN",
    )


@pytest.fixture
def provider(session: aiohttp.ClientSession, aliyun: FakeAliyun) -> AliyunSms:
    return a_provider(session, aliyun.base_url)


def callback(kind: str, rows: Any, *, secret: str = PATH_SECRET) -> RawCallback:
    body = json.dumps(rows, ensure_ascii=False).encode()
    return RawCallback(kind, f"/providers/aliyun/{kind}/{secret}", {}, body)


class TestContract(ProviderContract):
    """The contract, kept by Alibaba Cloud's adapter."""

    @pytest.fixture
    async def harness(self, session: aiohttp.ClientSession, aliyun: FakeAliyun) -> Harness:
        aliyun.for_number("13800138007", answer="hang")
        aliyun.for_number("13800138002", refuse="isv.BLACK_KEY_CONTROL_LIMIT")
        aliyun.for_number("13800138003", refuse="isv.MOBILE_NUMBER_ILLEGAL")
        aliyun.for_number("13800138006", answer="throttled", retry_after="2")

        def status(about: Attempt, state: str) -> RawCallback:
            row = {
                "phone_number": "13800138000",
                "success": {"delivered": True}.get(state, state),
                "err_code": "DELIVERED",
                "biz_id": "1^0",
                "out_id": about.attempt_id,
            }
            return callback("status", [row])

        def inbound(sender: str, text: str) -> RawCallback:
            row = {
                "phone_number": sender.removeprefix("+"),
                "content": text,
                "send_time": "2026-11-23 17:00:00",
                "sign_name": "明禾消金",
                "dest_code": "0142",
                "sequence_id": 1234567890,
            }
            return callback("inbound", [row])

        def unavailable() -> Provider:
            return a_provider(session, "http://127.0.0.1:9")

        return Harness(
            a_provider(session, aliyun.base_url),
            unanswered="+8613800138007",
            throttled="+8613800138006",
            unavailable=unavailable,
            away=NUMBER,
            opted_out="+8613800138002",
            dead="+8613800138003",
            status=status,
            inbound=inbound,
            attempt=attempt,
            unsigned=True,
            secrets=("13800138", "¥40.00", SECRET, PATH_SECRET),
        )


def test_the_signature_is_the_one_that_the_vendor_documents() -> None:
    headers = signed_headers(
        key_id="YourAccessKeyId",
        secret="YourAccessKeySecret",
        host="ecs.cn-shanghai.aliyuncs.com",
        action="RunInstances",
        version="2014-05-26",
        query=canonical_query(
            {
                "RegionId": "cn-shanghai",
                "ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd",
            }
        ),
        at=datetime(2023, 10, 26, 10, 22, 32, tzinfo=UTC),
        nonce="3156853299f313e23d1673dc12e1703d",
    )

    assert headers["authorization"] == (
        "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;"
        "x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version,Signature="
        "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    )


async def test_a_create_names_template_signature_variables_and_our_id(
    provider: AliyunSms, aliyun: FakeAliyun
) -> None:
    one = attempt()

    result = await provider.send(one, DEADLINE)

    assert isinstance(result, Accepted)
    assert result.ref.endswith("^0")
    [sent] = aliyun.sent()
    assert json.loads(sent.pop("TemplateParam")) == {"amount": "¥40.00", "due": "3月1日"}
    assert sent == {
        "PhoneNumbers": "13800138000",
        "SignName": "明禾消金",
        "TemplateCode": "SMS_154950909",
        "OutId": one.attempt_id,
    }


async def test_words_that_are_not_registered_never_leave(
    provider: AliyunSms, aliyun: FakeAliyun
) -> None:
    result = await provider.send(attempt(body="【明禾消金】速还款！"), DEADLINE)

    assert isinstance(result, Rejected)
    assert (result.error, result.scope) == (ErrorClass.REQUEST_BUG, "template")
    assert not aliyun.requests


@pytest.mark.parametrize(
    "answer",
    ["drop", "error_500", "html_502", "unreadable", "empty", "huge", "redirect"],
)
async def test_an_answer_that_proves_nothing_is_unknown_and_not_repeated(
    provider: AliyunSms, aliyun: FakeAliyun, answer: str
) -> None:
    aliyun.for_number("13800138000", answer=answer)

    assert isinstance(await provider.send(attempt(), DEADLINE), Unknown)
    assert len(aliyun.requests) == 1
    assert isinstance(await provider.lookup(attempt(), DEADLINE), Found)


@pytest.mark.parametrize(
    ("code", "error", "scope", "wait", "alert"),
    [
        ("isv.BUSINESS_LIMIT_CONTROL", ErrorClass.THROTTLED, "address", 3600, False),
        ("isv.DAY_LIMIT_CONTROL", ErrorClass.THROTTLED, "account", 21_600, True),
        ("isv.OUT_OF_SERVICE", ErrorClass.ACCOUNT, "account", None, True),
        ("isv.AMOUNT_NOT_ENOUGH", ErrorClass.ACCOUNT, "account", None, True),
        ("isp.RAM_PERMISSION_DENY", ErrorClass.ACCOUNT, "account", None, True),
        ("isv.SMS_SIGN_ILLEGAL", ErrorClass.SENDER_CONFIG, "sender", None, True),
        ("isv.SMS_TEMPLATE_ILLEGAL", ErrorClass.SENDER_CONFIG, "template", None, True),
        ("isv.SMS_CONTENT_ILLEGAL", ErrorClass.REPUTATION, "template", None, True),
        ("isv.TEMPLATE_MISSING_PARAMETERS", ErrorClass.REQUEST_BUG, "template", None, True),
        ("isv.NEW_THIS_YEAR", ErrorClass.REQUEST_BUG, "request", None, True),
        ("Throttling.Everything", ErrorClass.THROTTLED, "account", 5, True),
        ("whatever", ErrorClass.UNKNOWN, "address", None, True),
    ],
)
async def test_a_refusal_is_classified_by_its_code(
    provider: AliyunSms,
    aliyun: FakeAliyun,
    code: str,
    error: ErrorClass,
    scope: str,
    wait: int | None,
    alert: bool,
) -> None:
    aliyun.for_number("13800138000", refuse=code)

    result = await provider.send(attempt(), DEADLINE)

    after = None if wait is None else timedelta(seconds=wait)
    assert result == Rejected(error, code, after, scope, contact_counted=False, alert=alert)  # type: ignore[arg-type]


@pytest.mark.parametrize("code", ["isp.SYSTEM_ERROR", "isp.NEW_THIS_YEAR"])
async def test_the_vendors_own_failure_may_have_sent_it(
    provider: AliyunSms, aliyun: FakeAliyun, code: str
) -> None:
    aliyun.for_number("13800138000", refuse=code)

    assert await provider.send(attempt(), DEADLINE) == Unknown(code)


async def test_a_wrong_secret_stops_the_account(
    session: aiohttp.ClientSession, aliyun: FakeAliyun
) -> None:
    given = options(base_url=aliyun.base_url, access_key_secret="another")

    result = await AliyunSms("aliyun", given, session, clock=Clock()).send(attempt(), DEADLINE)

    assert isinstance(result, Rejected)
    assert (result.error, result.code) == (ErrorClass.ACCOUNT, "SignatureDoesNotMatch")


async def test_a_lookup_asks_for_both_days_around_midnight_in_beijing(
    provider: AliyunSms, aliyun: FakeAliyun
) -> None:
    one = replace(attempt(), reserved_at=datetime(2026, 11, 23, 15, 58, tzinfo=UTC))
    aliyun.messages.append(
        {
            "PhoneNum": "13800138000",
            "SendStatus": 2,
            "ErrCode": "MK:0001",
            "SendDate": "2026-11-24 00:00:01",
            "OutId": one.attempt_id,
        }
    )

    found = await provider.lookup(one, DEADLINE)

    assert isinstance(found, Found)
    assert found.report.state is DeliveryState.UNDELIVERED
    assert found.report.error_class is ErrorClass.INVALID_ADDRESS


async def test_a_lookup_reads_on_past_the_first_page(
    provider: AliyunSms, aliyun: FakeAliyun
) -> None:
    one = attempt()
    rows = [{"PhoneNum": "13800138000", "SendDate": "2026-11-23 17:02:00", "SendStatus": 3,
             "OutId": str(number)} for number in range(60)]  # fmt: skip
    aliyun.messages += [*rows, {**rows[0], "OutId": one.attempt_id}]

    found = await provider.lookup(one, DEADLINE)

    assert isinstance(found, Found)
    assert found.report.state is DeliveryState.DELIVERED


async def test_what_cannot_be_asked_is_not_taken_for_not_found(
    session: aiohttp.ClientSession, provider: AliyunSms, aliyun: FakeAliyun
) -> None:
    away = a_provider(session, "http://127.0.0.1:9")
    odd = {"PhoneNum": "13800138000", "SendDate": "2026-11-23 17:02:00", "SendStatus": 9}
    aliyun.messages.append({**odd, "OutId": attempt().attempt_id})

    assert isinstance(await away.lookup(attempt(), DEADLINE), Unsupported)
    assert isinstance(await provider.lookup(attempt(), DEADLINE), Unsupported)
    assert isinstance(await provider.lookup(attempt(), 0.0), Unsupported)


def test_the_recorded_receipts_have_their_effect(provider: AliyunSms) -> None:
    body = (FOLDER / "160-aliyun-smsreport.json").read_bytes()
    raw = RawCallback("status", f"/providers/aliyun/status/{PATH_SECRET}", {}, body)

    reached, missed = provider.parse_callback(raw)

    assert isinstance(reached, StatusUpdate)
    assert (reached.attempt_id, reached.ref) == ("att-3001", "932702304080415357^0")
    assert (reached.report.state, reached.parts) == (DeliveryState.DELIVERED, 2)
    assert isinstance(missed, StatusUpdate)
    assert missed.attempt_id == "att-3002"
    assert missed.report.state is DeliveryState.UNDELIVERED
    assert missed.report.error_class is ErrorClass.INVALID_ADDRESS
    assert (missed.report.error_code, missed.confirmations) == ("MK:0013", 2)
    ack = provider.ack("status", [reached, missed])
    assert (ack.status, ack.content_type) == (200, "application/json")
    assert json.loads(ack.body) == {"code": 0, "msg": "成功"}


def test_a_reply_leads_to_the_sender_by_its_signature(provider: AliyunSms) -> None:
    row = {"phone_number": "13800138000", "content": "退订", "sign_name": "明禾消金",
           "dest_code": "0142", "sequence_id": 7, "send_time": "2026-11-23 17:00:00"}  # fmt: skip

    [event] = provider.parse_callback(callback("inbound", [row]))
    [other] = provider.parse_callback(callback("inbound", [{**row, "sequence_id": 8}]))

    assert isinstance(event, InboundMessage)
    assert (event.from_address, event.text) == ("+8613800138000", "退订")
    assert event.to_addresses == (SENDER, "0142", "明禾消金")
    assert isinstance(other, InboundMessage)
    assert other.ref != event.ref


@pytest.mark.parametrize("row", [{}, {"phone_number": ""}, {"phone_number": "1", "content": None}])
def test_a_reply_of_nobody_is_kept(provider: AliyunSms, row: dict[str, Any]) -> None:
    [event] = provider.parse_callback(callback("inbound", [row]))

    assert isinstance(event, Ignored)


def test_receipts_without_ids_or_with_odd_values_do_no_harm(provider: AliyunSms) -> None:
    rows = [{}, {"success": "true", "sms_size": "many", "out_id": None}, 5]

    events = provider.parse_callback(callback("status", rows))

    assert len(events) == 3
    assert all(not isinstance(one, StatusUpdate) or one.report.state is None for one in events)


async def test_what_was_never_sent_is_not_found(provider: AliyunSms) -> None:
    assert isinstance(await provider.lookup(attempt(number=99), DEADLINE), NotFound)


def test_every_class_of_the_data_file_is_known() -> None:
    table = error_table()

    assert {meaning.error for meaning in table.codes.values()} <= set(ErrorClass)
    assert table.of_status(418).error is ErrorClass.REQUEST_BUG
    assert table.of_status(429).error is ErrorClass.THROTTLED


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"path_secrets": ["short"]}, id="a path that can be guessed"),
        pytest.param({"path_secrets": ["a b" * 10]}, id="a path that is none"),
        pytest.param({"path_secrets": []}, id="no path"),
        pytest.param({"templates": []}, id="nothing registered"),
        pytest.param(
            {"templates": [{"template": "x", "code": "SMS_1", "text": "${a}${b}"}]},
            id="a text that nothing can be compared with",
        ),
        pytest.param({"sign_names": {}}, id="no signature"),
        pytest.param({"base_url": "ftp://x"}, id="another protocol"),
        pytest.param({"colour": "red"}, id="an unknown key"),
    ],
)
def test_wrong_options_are_refused_without_showing_secrets(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as refused:
        AliyunSms("aliyun", options(**change), None, clock=Clock())  # type: ignore[arg-type]

    assert SECRET not in str(refused.value)
    assert PATH_SECRET not in str(refused.value)
