"""What frequency rules leave out, and the units they count against."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from outreach.domain.decisions import Verdict
from outreach.domain.known import UNKNOWN, Consent, Debt, Endpoint, InboundMessage
from tests.compliance.builders import a_call, a_rule, an_action, chicago, judge, some_facts, utc

NOON = chicago("2026-06-10")
MORNING = chicago("2026-06-10", "09:00")
CAPS = [
    pytest.param("rolling_cap", {"window": {"n": 7, "unit": "days"}}, id="rolling"),
    pytest.param("calendar_cap", {"period": "week"}, id="calendar"),
]


def a_cap(primitive: str = "rolling_cap", **given: Any) -> Any:
    defaults: dict[str, Any] = {"limit": 1}
    if primitive == "rolling_cap":
        defaults["window"] = {"n": 7, "unit": "days"}
    return a_rule(primitive, **{**defaults, **given})


def counts(entry: dict[str, Any], rule: Any, action: dict[str, Any], **facts: Any) -> bool:
    given = {"at": MORNING, "outcome": "no_answer", **entry}
    told = some_facts(ledger=(a_call(**given), *facts.pop("more", ())), **facts)
    return judge(an_action(**action), told, rule).verdict is Verdict.DEFER


@pytest.mark.parametrize(
    ("outcome", "counted"),
    [
        ("no_answer", False),
        ("not_connected", False),
        ("undelivered", False),
        ("voicemail_other", True),
        ("wrong_party", True),
        ("conversation", True),
        ("pending", True),
    ],
)
def test_attempts_that_reached_nobody_and_left_nothing(outcome: str, counted: bool) -> None:
    rule = a_cap(exclude=["unreached_no_message"])

    assert counts({"outcome": outcome}, rule, {}) is counted


@pytest.mark.parametrize(
    ("entry", "action", "counted"),
    [
        pytest.param({}, {}, True, id="no notice"),
        pytest.param({"purpose": "statutory_notice"}, {}, False, id="a notice"),
        pytest.param({"excluded_reason": "statutory_notice"}, {}, False, id="marked as one"),
        pytest.param({}, {"purpose": "statutory_notice"}, False, id="the action is a notice"),
    ],
)
@pytest.mark.parametrize(("primitive", "more"), CAPS)
def test_notices_that_the_law_demands(
    primitive: str, more: dict[str, Any], entry: dict[str, Any], action: dict[str, Any],
    counted: bool,
) -> None:  # fmt: skip
    rule = a_cap(primitive, exclude=["statutory_notices"], **more)

    assert counts(entry, rule, action) is counted


WROTE = a_call(chicago("2026-06-10", "08:00"), "inbound_message", direction="in", channel="sms")


@pytest.mark.parametrize(
    ("entry", "facts", "counted"),
    [
        pytest.param({"purpose": "reply_to_debtor"}, {"more": (WROTE,)}, False, id="a reply"),
        pytest.param({"purpose": "reply_to_debtor"}, {}, True, id="nobody wrote"),
        pytest.param({}, {"more": (WROTE,)}, True, id="no reply"),
        pytest.param({"excluded_reason": "same_day_reply"}, {}, False, id="marked as one"),
        pytest.param(
            {"purpose": "reply_to_debtor"},
            {"inbound": (InboundMessage(chicago("2026-06-10", "00:01"), "sms"),)},
            False,
            id="a message of the same date",
        ),
        pytest.param(
            {"purpose": "reply_to_debtor"},
            {"inbound": (InboundMessage(chicago("2026-06-09", "23:59"), "sms"),)},
            True,
            id="a message of the day before",
        ),
        pytest.param(
            {"purpose": "reply_to_debtor"},
            {"inbound": (InboundMessage(MORNING + timedelta(seconds=1), "sms"),)},
            True,
            id="a message that came later",
        ),
    ],
)
def test_answers_of_the_same_day(
    entry: dict[str, Any], facts: dict[str, Any], counted: bool
) -> None:
    assert counts(entry, a_cap(exclude=["same_day_replies"]), {}, **facts) is counted


def test_it_must_be_the_same_day_in_every_zone() -> None:
    # One in the morning in Chicago is still the 9th in Honolulu.
    wrote = a_call(chicago("2026-06-10", "01:00"), "inbound_message", direction="in")
    reply = {"purpose": "reply_to_debtor"}
    rule = a_cap(exclude=["same_day_replies"])

    assert not counts(reply, rule, {}, more=(wrote,))
    zones = ["America/Chicago", "Pacific/Honolulu"]
    assert counts(reply, rule, {}, more=(wrote,), zones=zones)


def test_an_answer_of_the_same_day_is_let_through() -> None:
    rule = a_cap(exclude=["same_day_replies"])
    reply = {"purpose": "reply_to_debtor"}

    assert not counts({}, rule, reply, more=(WROTE,))
    assert counts({}, rule, reply)
    yesterday = a_call(chicago("2026-06-09"), "inbound_message", direction="in")
    assert counts({}, rule, reply, more=(yesterday,))


@pytest.mark.parametrize(
    ("entry", "consents", "counted"),
    [
        pytest.param({}, [], True, id="not asked for"),
        pytest.param({"purpose": "reply_to_debtor"}, [], False, id="a reply"),
        pytest.param({"excluded_reason": "debtor_requested"}, [], False, id="marked"),
        pytest.param({}, [Consent("contact_request", chicago("2026-06-09"))], False, id="asked"),
        pytest.param({}, [Consent("sms_consent", chicago("2026-06-09"))], True, id="a consent"),
        pytest.param({}, [Consent("contact_request", NOON)], True, id="asked only later"),
    ],
)
def test_contacts_that_the_debtor_asked_for(
    entry: dict[str, Any], consents: list[Consent], counted: bool
) -> None:
    rule = a_cap(exclude=["debtor_requested"])

    # A visit isn't what was asked for, so that the action itself is none of these.
    action = {"channel": "visit"}
    asked = tuple(replace(one, channel="call") for one in consents)

    assert counts(entry, rule, action, consents=asked) is counted


def test_what_the_debtor_asks_for_is_let_through() -> None:
    rule = a_cap(exclude=["debtor_requested"])

    def is_counted(**consent: Any) -> bool:
        given = {"kind": "contact_request", "at": chicago("2026-06-10", "11:00"), **consent}
        return counts({}, rule, {}, consents=(Consent(**given),))

    assert not is_counted()
    assert is_counted(kind="sms_consent")
    assert is_counted(channel="sms")
    assert is_counted(expires=chicago("2026-06-10", "11:30"))


@pytest.mark.parametrize(
    ("rule_place", "entry", "endpoints", "counted"),
    [
        pytest.param(["work"], {"place": "work"}, {}, True, id="as noted"),
        pytest.param(["work"], {"place": "home"}, {}, False, id="noted elsewhere"),
        pytest.param(["work"], {"endpoint": "W"}, {"W": "work_phone"}, True, id="by the address"),
        pytest.param(["work"], {"endpoint": "W"}, {"W": "mobile"}, False, id="carried about"),
        pytest.param(["work"], {"endpoint": "W"}, {"W": UNKNOWN}, True, id="kind unknown"),
        pytest.param(["work"], {"endpoint": "W"}, {}, True, id="address unknown"),
        pytest.param(["work"], {}, {}, False, id="nothing noted"),
        pytest.param(["other"], {"endpoint": "W"}, {"W": "work_email"}, True, id="work is other"),
        pytest.param(["work"], {"place": "other"}, {}, True, id="other may be work"),
        pytest.param(["other"], {"endpoint": "W"}, {"W": "landline_residential"}, False, id="home"),
        pytest.param(
            ["home"], {"endpoint": "W"}, {"W": "landline_residential"}, True, id="at home"
        ),
    ],
)
def test_places(
    rule_place: list[str], entry: dict[str, Any], endpoints: dict[str, Any], counted: bool
) -> None:
    known = {name: Endpoint(kind=kind) for name, kind in endpoints.items()}

    assert counts(entry, a_cap(count={"place": rule_place}), {}, endpoints=known) is counted


CREDITORS = {"D1": Debt(creditor="A"), "D2": Debt(creditor="A"), "D3": Debt(creditor="B")}
KINDS = {"W": Endpoint(kind="work_phone"), "P": Endpoint(kind="mobile")}


@pytest.mark.parametrize(
    ("unit", "entry", "action", "counted"),
    [
        pytest.param("creditor_person", {"debts": ("D2",)}, {}, True, id="the same creditor"),
        pytest.param("creditor_person", {"debts": ("D3",)}, {}, False, id="another creditor"),
        pytest.param("creditor_person", {"debts": ("D9",)}, {}, True, id="may be the same"),
        pytest.param("creditor_person", {}, {"debts": ("D9",)}, True, id="may be any"),
        pytest.param("household", {"recipient_role": "spouse"}, {}, True, id="at home"),
        pytest.param("household", {"recipient_role": "employer"}, {}, False, id="not at home"),
        pytest.param("household", {"debts": ("D2",)}, {}, False, id="about another debt"),
        pytest.param("place", {"endpoint": "W"}, {"endpoint": "W"}, True, id="both at work"),
        pytest.param("place", {"endpoint": "P"}, {"endpoint": "W"}, False, id="not at work"),
        pytest.param("place", {"endpoint": "X"}, {"endpoint": "W"}, True, id="perhaps at work"),
        pytest.param(
            "place", {"endpoint": "W"}, {"endpoint_kind": "work_email"}, True, id="by its kind"
        ),
        pytest.param("place", {"endpoint": "W"}, {"place": "work"}, True, id="by name"),
        pytest.param(
            "place", {"endpoint": "W", "debts": ("D2",)}, {"place": "work"}, False, id="other debt"
        ),
        pytest.param("place", {}, {}, True, id="wherever they carry it"),
        pytest.param("place", {}, {"endpoint_kind": UNKNOWN}, True, id="anywhere"),
    ],
)
def test_units(unit: str, entry: dict[str, Any], action: dict[str, Any], counted: bool) -> None:
    rule = a_cap(unit=unit)

    assert counts(entry, rule, action, debts=CREDITORS, endpoints=KINDS) is counted


TALK = a_call(chicago("2026-06-01"), "conversation")


@pytest.mark.parametrize(
    ("more", "counted"),
    [
        pytest.param((), False, id="not spoken to yet"),
        pytest.param((TALK,), True, id="spoken to before"),
        pytest.param((a_call(chicago("2026-06-01"), "pending"),), True, id="perhaps spoken to"),
        pytest.param((a_call(MORNING + timedelta(hours=1), "conversation"),), True, id="that one counts"),
        pytest.param((a_call(chicago("2026-06-01"), "conversation", debts=("D2",)),), False,
                     id="about another debt"),
        pytest.param((a_call(NOON + timedelta(hours=1), "conversation"),), False, id="not yet"),
    ],
)  # fmt: skip
@pytest.mark.parametrize(("primitive", "params"), CAPS)
def test_a_rule_may_begin_with_the_first_talk(
    primitive: str, params: dict[str, Any], more: tuple[Any, ...], counted: bool
) -> None:
    rule = a_cap(primitive, after_outcome=["conversation", "inbound_conversation"], **params)

    assert counts({}, rule, {}, more=more) is counted


@pytest.mark.parametrize(
    ("wait", "at", "until"),
    [
        pytest.param(72, "2026-06-08", chicago("2026-06-11", "09:00"), id="72 hours"),
        pytest.param(24, "2026-06-08", None, id="24 hours are over"),
    ],
)
def test_a_wait_may_be_about_automatic_calls(wait: int, at: str, until: datetime | None) -> None:
    rule = a_rule(
        "cooldown_after_outcome",
        applies_to={"dial_mode": ["predictive", "atds"]},
        outcomes=["abandoned"],
        dial_modes=["predictive", "atds"],
        duration={"n": wait, "unit": "hours"},
        unit="endpoint",
    )

    def until_after(mode: str | None, ours: str) -> datetime | None:
        call = a_call(chicago(at, "09:00"), "abandoned", dial_mode=mode, endpoint="P")
        action = an_action(dial_mode=ours, endpoint="P")
        return judge(action, some_facts(ledger=(call,)), rule).until

    assert until_after("predictive", "predictive") == until
    assert until_after("predictive", "manual") is None
    assert until_after("manual", "predictive") is None


def test_a_wait_may_leave_out_strangers() -> None:
    rule = a_rule(
        "cooldown_after_outcome",
        outcomes=["conversation"],
        duration={"n": 7, "unit": "days"},
        exclude=["endpoint_not_persons"],
    )
    call = a_call(MORNING, "conversation", excluded_reason="endpoint_not_persons")

    assert judge(an_action(), some_facts(ledger=(call,)), rule).verdict is Verdict.ALLOW


def test_a_calendar_cap_counts_in_the_zone_of_the_later_end() -> None:
    facts = some_facts(ledger=(a_call(MORNING),), zones=["America/Chicago", "America/Los_Angeles"])

    rule = a_cap("calendar_cap", period="day")

    assert judge(an_action(), facts, rule).until == utc("2026-06-11", "07:00")


@pytest.mark.parametrize(
    ("entry", "counted"),
    [
        pytest.param({}, True, id="a mobile, or nobody knows"),
        pytest.param({"place": "work"}, False, id="work"),
        pytest.param({"place": "other"}, False, id="another place"),
        pytest.param({"place": "home"}, True, id="home"),
        pytest.param({"endpoint": "W1"}, False, id="the number of the office"),
        pytest.param({"endpoint": "P9"}, True, id="a number of which nothing is known"),
    ],
)
def test_contacts_that_surely_went_elsewhere(entry: dict[str, Any], counted: bool) -> None:
    known = {"W1": Endpoint(kind="work_phone")}

    assert counts(entry, a_cap(exclude=["elsewhere"]), {}, endpoints=known) is counted


@pytest.mark.parametrize(("group", "waits"), [("ACC", True), (None, False)])
def test_a_wait_per_group_is_for_grouped_debts_only(group: str | None, waits: bool) -> None:
    rule = a_rule(
        "cooldown_after_outcome",
        outcomes=["conversation"],
        duration={"n": 7, "unit": "days"},
        unit="debt_group",
    )
    facts = some_facts(ledger=(a_call(MORNING, "conversation"),), debts={"D1": Debt(group=group)})

    assert (judge(an_action(), facts, rule).verdict is Verdict.DEFER) is waits
