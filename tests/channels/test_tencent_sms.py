"""Tencent Cloud's adapter against a local server that behaves like it."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from pydantic import ValidationError

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
from outreach.channels.tencent_signing import authorization
from outreach.channels.tencent_sms import TencentSms, error_table
from outreach.domain.vocabulary import DeliveryState, ErrorClass
from tests.channels.contract import DEADLINE, NOW, Harness, ProviderContract, an_attempt
from tests.channels.samples import FOLDER
from tests.fakes.tencent import KEY_ID, SECRET, FakeTencent, running_tencent

SENDER = "10690555010142"
PATH_SECRET = "77aa" * 8
NUMBER = "+8613800138000"
TEXT = "您的贷款应还{1}，应还日为{2}。"
WORDS = "【明禾消金】您的贷款应还¥40.00，应还日为3月1日。"


class Clock:
    """A clock that stands."""

    def wall_now(self) -> datetime:
        return NOW


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as found:
        yield found


@pytest.fixture
async def tencent() -> AsyncIterator[FakeTencent]:
    async with running_tencent(NOW) as fake:
        yield fake


def options(**changes: Any) -> dict[str, Any]:
    return {
        "secret_id": KEY_ID,
        "secret_key": SECRET,
        "sdk_app_id": "1400006666",
        "path_secrets": [PATH_SECRET],
        "sign_names": {SENDER: "明禾消金"},
        "templates": [{"template": "overdue_early", "code": "1110", "text": TEXT}],
        **changes,
    }


def a_provider(session: aiohttp.ClientSession, base_url: str, **changes: Any) -> TencentSms:
    return TencentSms("tencent", options(base_url=base_url, **changes), session, clock=Clock())


def attempt(recipient: str = NUMBER, *, number: int = 1, body: str = WORDS) -> Attempt:
    return replace(
        an_attempt(recipient, number=number, sender=SENDER),
        body=body,
        template="overdue_early",
        locale="zh-CN",
    )


@pytest.fixture
def provider(session: aiohttp.ClientSession, tencent: FakeTencent) -> TencentSms:
    return a_provider(session, tencent.base_url)


def callback(kind: str, rows: Any) -> RawCallback:
    body = json.dumps(rows, ensure_ascii=False).encode()
    return RawCallback(kind, f"/providers/tencent/{kind}/{PATH_SECRET}", {}, body)


class TestContract(ProviderContract):
    """The contract, kept by Tencent Cloud's adapter."""

    @pytest.fixture
    async def harness(self, session: aiohttp.ClientSession, tencent: FakeTencent) -> Harness:
        tencent.for_number("+8613800138007", answer="hang")
        tencent.for_number("+8613800138002", refuse="FailedOperation.PhoneNumberInBlacklist")
        tencent.for_number("+8613800138003", refuse="InvalidParameterValue.IncorrectPhoneNumber")
        tencent.for_number("+8613800138006", answer="throttled", retry_after="2")

        def status(about: Attempt, state: str) -> RawCallback:
            row = {
                "user_receive_time": "2026-11-23 17:00:04",
                "nationcode": "86",
                "mobile": "13800138000",
                "report_status": {"delivered": "SUCCESS"}.get(state, state),
                "errmsg": "DELIVRD",
                "description": "用户短信送达成功",
                "sid": "2433:1234567",
                "ext": about.attempt_id,
            }
            return callback("status", [row])

        def inbound(sender: str, text: str) -> RawCallback:
            row = {"extend": "", "mobile": sender.removeprefix("+1"), "nationcode": "1",
                   "sign": "明禾消金", "text": text, "time": 1457336869}  # fmt: skip
            return callback("inbound", row)

        def unavailable() -> Provider:
            return a_provider(session, "http://127.0.0.1:9")

        return Harness(
            a_provider(session, tencent.base_url),
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
    body = (
        b'{"Limit": 1, "Filters": [{"Values": ["\\u672a\\u547d\\u540d"], "Name": "instance-name"}]}'
    )

    signature = authorization(
        key_id="AKID" + "*" * 32,
        secret="*" * 32,
        service="cvm",
        host="cvm.tencentcloudapi.com",
        action="DescribeInstances",
        body=body,
        at=datetime.fromtimestamp(1551113065, UTC),
    )

    assert signature == (
        f"TC3-HMAC-SHA256 Credential=AKID{'*' * 32}/2019-02-25/cvm/tc3_request, "
        "SignedHeaders=content-type;host;x-tc-action, Signature="
        "10b1a37a7301a02ca19a647ad722d5e43b4b3cff309d421d85b46093f6ab6c4f"
    )


async def test_a_create_names_template_signature_variables_and_our_id(
    provider: TencentSms, tencent: FakeTencent
) -> None:
    one = attempt()

    result = await provider.send(one, DEADLINE)

    assert result == Accepted("2433:0000001", DeliveryState.ACCEPTED, 1)
    assert tencent.sent() == [
        {
            "PhoneNumberSet": [NUMBER],
            "SmsSdkAppId": "1400006666",
            "SignName": "明禾消金",
            "TemplateId": "1110",
            "TemplateParamSet": ["¥40.00", "3月1日"],
            "SessionContext": one.attempt_id,
        }
    ]


async def test_variables_go_out_in_the_order_of_their_numbers(
    session: aiohttp.ClientSession, tencent: FakeTencent
) -> None:
    turned = [
        {"template": "overdue_early", "code": "1110", "text": "您的贷款应还{2}，应还日为{1}。"}
    ]
    provider = a_provider(session, tencent.base_url, templates=turned)

    await provider.send(attempt(), DEADLINE)

    assert tencent.sent()[0]["TemplateParamSet"] == ["3月1日", "¥40.00"]


async def test_words_that_are_not_registered_never_leave(
    provider: TencentSms, tencent: FakeTencent
) -> None:
    result = await provider.send(attempt(body="【明禾消金】速还款！"), DEADLINE)

    assert isinstance(result, Rejected)
    assert (result.error, result.scope) == (ErrorClass.REQUEST_BUG, "template")
    assert not tencent.requests


@pytest.mark.parametrize(
    "answer", ["drop", "error_500", "html_502", "unreadable", "empty", "huge", "redirect"]
)
async def test_an_answer_that_proves_nothing_is_unknown_and_not_repeated(
    provider: TencentSms, tencent: FakeTencent, answer: str
) -> None:
    tencent.for_number(NUMBER, answer=answer)

    assert isinstance(await provider.send(attempt(), DEADLINE), Unknown)
    assert len(tencent.requests) == 1


@pytest.mark.parametrize(
    ("code", "error", "scope", "wait"),
    [
        ("LimitExceeded.DeliveryFrequencyLimit", ErrorClass.THROTTLED, "address", 3600),
        ("LimitExceeded.PhoneNumberThirtySecondLimit", ErrorClass.THROTTLED, "address", 30),
        ("LimitExceeded.NewThisYear", ErrorClass.THROTTLED, "address", 5),
        ("FailedOperation.InsufficientBalanceInSmsPackage", ErrorClass.ACCOUNT, "account", None),
        ("FailedOperation.SignatureIncorrectOrUnapproved", ErrorClass.SENDER_CONFIG, "sender", None),
        ("FailedOperation.TemplateIncorrectOrUnapproved", ErrorClass.SENDER_CONFIG, "template", None),
        ("FailedOperation.ContainSensitiveWord", ErrorClass.REPUTATION, "template", None),
        ("FailedOperation.NewThisYear", ErrorClass.REQUEST_BUG, "request", None),
    ],
)  # fmt: skip
async def test_a_number_is_refused_inside_an_answer_of_success(
    provider: TencentSms,
    tencent: FakeTencent,
    code: str,
    error: ErrorClass,
    scope: str,
    wait: int | None,
) -> None:
    tencent.for_number(NUMBER, refuse=code)

    result = await provider.send(attempt(), DEADLINE)

    assert isinstance(result, Rejected)
    assert (result.error, result.code, result.scope) == (error, code, scope)
    assert result.retry_after == (None if wait is None else timedelta(seconds=wait))
    assert not result.contact_counted


@pytest.mark.parametrize("code", ["InternalError.Timeout", "InternalError.NewThisYear"])
async def test_the_vendors_own_timeout_may_have_sent_it(
    provider: TencentSms, tencent: FakeTencent, code: str
) -> None:
    tencent.for_number(NUMBER, refuse=code)

    assert await provider.send(attempt(), DEADLINE) == Unknown(code)


async def test_a_wrong_secret_stops_the_account(
    session: aiohttp.ClientSession, tencent: FakeTencent
) -> None:
    provider = a_provider(session, tencent.base_url, secret_key="another")

    result = await provider.send(attempt(), DEADLINE)

    assert isinstance(result, Rejected)
    assert (result.error, result.code) == (ErrorClass.ACCOUNT, "AuthFailure.SignatureFailure")
    assert isinstance(await provider.lookup(attempt(), DEADLINE), Unsupported)


async def test_without_the_echo_only_a_single_open_report_is_taken_for_it(
    provider: TencentSms, tencent: FakeTencent
) -> None:
    tencent.echoes = False
    tencent.for_number(NUMBER, answer="drop")
    await provider.send(attempt(), DEADLINE)

    found = await provider.lookup(attempt(), DEADLINE)

    assert isinstance(found, Found)
    assert (found.ref, found.report.state) == ("2433:0000001", DeliveryState.DELIVERED)
    await provider.send(attempt(number=2), DEADLINE)
    assert isinstance(await provider.lookup(attempt(), DEADLINE), Unsupported)
    again = await provider.lookup(attempt(), DEADLINE, taken={"2433:0000002"})
    assert isinstance(again, Found)
    assert again.ref == "2433:0000001"
    known = replace(attempt(), ref="2433:0000002")
    found = await provider.lookup(known, DEADLINE, taken={"2433:0000002"})
    assert isinstance(found, Found)
    assert found.ref == "2433:0000002"
    other = replace(attempt(), ref="2433:0000009")
    assert isinstance(await provider.lookup(other, DEADLINE), NotFound)


async def test_the_report_of_another_contact_is_not_taken(
    provider: TencentSms, tencent: FakeTencent
) -> None:
    await provider.send(attempt(number=2), DEADLINE)

    assert isinstance(await provider.lookup(attempt(number=1), DEADLINE), NotFound)


def test_the_recorded_receipt_has_its_effect(provider: TencentSms) -> None:
    body = (FOLDER / "161-tencent-sms-status.json").read_bytes()
    raw = RawCallback("status", f"/providers/tencent/status/{PATH_SECRET}", {}, body)

    [event] = provider.parse_callback(raw)

    assert isinstance(event, StatusUpdate)
    assert (event.attempt_id, event.ref) == ("att-3003", "2433:1234567")
    assert event.report.state is DeliveryState.DELIVERED
    assert provider.capabilities.echo == "none", "so its reference is remembered"
    ack = provider.ack("status", [event])
    assert (ack.status, ack.content_type) == (200, "application/json")
    assert json.loads(ack.body) == {"result": 0, "errmsg": "OK"}


@pytest.mark.parametrize(
    ("code", "state", "error"),
    [
        ("MK:0001", DeliveryState.UNDELIVERED, ErrorClass.INVALID_ADDRESS),
        ("UNDELIV", DeliveryState.UNDELIVERED, ErrorClass.UNREACHABLE_RETRY),
        ("EXPIRED", DeliveryState.EXPIRED, ErrorClass.EXPIRED),
        ("REJECTD", DeliveryState.UNDELIVERED, ErrorClass.REPUTATION),
        ("XX:9999", DeliveryState.UNDELIVERED, ErrorClass.UNKNOWN),
        ("", DeliveryState.UNDELIVERED, ErrorClass.UNKNOWN),
    ],
)
def test_a_failure_is_classified_by_what_the_carrier_says(
    provider: TencentSms, code: str, state: DeliveryState, error: ErrorClass
) -> None:
    row = {"report_status": "FAIL", "errmsg": code, "sid": "2433:1"}

    [event] = provider.parse_callback(callback("status", [row]))

    assert isinstance(event, StatusUpdate)
    assert (event.report.state, event.report.error_class) == (state, error)
    assert event.attempt_id is None
    assert event.alert == (code in {"REJECTD", "XX:9999"})


def test_a_hundred_reports_are_a_hundred_events(provider: TencentSms) -> None:
    rows = [{"report_status": "SUCCESS", "sid": f"2433:{number}"} for number in range(100)]

    assert len(provider.parse_callback(callback("status", rows))) == 100


def test_a_reply_leads_to_the_sender_by_its_signature(provider: TencentSms) -> None:
    row = {"extend": "12", "mobile": "13800138000", "nationcode": "86", "sign": "明禾消金",
           "text": "TD", "time": 1457336869}  # fmt: skip

    [event] = provider.parse_callback(callback("inbound", row))

    assert isinstance(event, InboundMessage)
    assert (event.from_address, event.text) == ("+8613800138000", "TD")
    assert event.to_addresses == (SENDER, "12", "明禾消金")
    [kept] = provider.parse_callback(callback("inbound", {"mobile": "1"}))
    assert isinstance(kept, Ignored)


def test_every_class_of_the_data_file_is_known() -> None:
    assert {meaning.error for meaning in error_table().codes.values()} <= set(ErrorClass)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"path_secrets": ["short"]}, id="a path that can be guessed"),
        pytest.param({"sdk_app_id": "app"}, id="an application that is none"),
        pytest.param(
            {"templates": [{"template": "x", "code": "1", "text": "{1}{2}"}]},
            id="a text that nothing can be compared with",
        ),
    ],
)
def test_wrong_options_are_refused_without_showing_secrets(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as refused:
        TencentSms("tencent", options(**change), None, clock=Clock())  # type: ignore[arg-type]

    assert SECRET not in str(refused.value)
