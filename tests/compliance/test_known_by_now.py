"""What happened by the very instant of the action counts; what a microsecond later brings does not.

One row per kind of record and rule that reads it: the codes of the reasons with the record known
by now, and with the same record not known yet.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from outreach.compliance.pack import Rule
from outreach.domain.decisions import Verdict
from outreach.domain.known import (
    Agreement,
    Approval,
    Consent,
    Debt,
    Endpoint,
    Hold,
    InboundMessage,
    LedgerEntry,
    Notice,
    OptOut,
    Preference,
    PromisedDate,
)
from tests.compliance.builders import a_call, an_action, chicago, codes, judge, some_facts

NOON = chicago("2026-06-10")
MICROSECOND = timedelta(microseconds=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
REPLY = {"purpose": "reply_to_debtor"}
CLOSED = {"windows": {"all": [["13:00", "20:00"]]}}
ONCE = {**CLOSED, "exceptions": ["respond_once"]}
SOMEBODY = {"recipient_role": "referee", "endpoint": "E9"}
REFEREE = {"allowed_roles": [], "conditional_roles": {"referee": {}}}
NAMED = {"allowed_roles": [], "conditional_roles": {"referee": {"named_by_debtor": True}}}
DAILY = {"limit": 1, "period": "day"}
STOP = OptOut(NOON - HOUR, "call")
LAWYER = Hold("attorney", NOON - 9 * DAY)
SILENCE = {
    "after": {"n": 0, "unit": "hours"},
    "requires": "human_approval",
}


def failing(n: int = 1) -> dict[str, Any]:
    way = {"unreachable_when": {"failed_attempts": {"n": n, "usable": "same_date"}}}
    return {"allowed_roles": [], "conditional_roles": {"referee": way}}


def confirmation(at: datetime) -> LedgerEntry:
    return a_call(at, "sent", purpose="opt_out_confirmation")


Row = tuple[str, dict[str, Any], dict[str, Any], Callable[[datetime], dict[str, Any]], str, str]
ROWS: dict[str, Row] = {
    "an earlier contact": (
        "calendar_cap",
        DAILY,
        {},
        lambda t: {"ledger": (a_call(t),)},
        "reached",
        "",
    ),
    "the contact that a count starts from": (
        "calendar_cap",
        {**DAILY, "after_outcome": ["conversation"]},
        {},
        lambda t: {"ledger": (a_call(t, "conversation"),)},
        "reached",
        "",
    ),
    "a message to answer": (
        "quiet_hours",
        ONCE,
        REPLY,
        lambda t: {"inbound": (InboundMessage(t, "call"),)},
        "",
        "closed",
    ),
    "a call to answer": (
        "quiet_hours",
        ONCE,
        REPLY,
        lambda t: {"ledger": (a_call(t, "inbound_conversation", direction="in"),)},
        "",
        "closed",
    ),
    "a request to answer": (
        "quiet_hours",
        ONCE,
        {"purpose": "opt_out_confirmation"},
        lambda t: {"opt_outs": (OptOut(t, "call"),)},
        "",
        "closed",
    ),
    "an answer given at once": (
        "quiet_hours",
        ONCE,
        REPLY,
        lambda t: {"inbound": (InboundMessage(NOON, "call"),), "ledger": (a_call(t),)},
        "already_answered",
        "",
    ),
    "agreed hours": (
        "quiet_hours",
        {**CLOSED, "exceptions": ["agreed_hours"]},
        {},
        lambda t: {"agreements": (Agreement("contact_hours", t, 0, 1440),)},
        "",
        "closed",
    ),
    "an approval": (
        "human_approval_required",
        {"subject": "visit"},
        {},
        lambda t: {"approvals": (Approval("visit", t, "manager"),)},
        "",
        "needs_approval",
    ),
    "a consent": (
        "consent_required",
        {"kinds": ["calls"]},
        {},
        lambda t: {"consents": (Consent("calls", t),)},
        "",
        "missing",
    ),
    "a consent revoked": (
        "consent_required",
        {"kinds": ["calls"]},
        {},
        lambda t: {"consents": (Consent("calls", NOON),), "opt_outs": (OptOut(t, "call"),)},
        "revoked",
        "",
    ),
    "a request to stop": (
        "opt_out",
        {},
        {},
        lambda t: {"opt_outs": (OptOut(t, "call"),)},
        "opted_out",
        "",
    ),
    "a request to stop in a text": (
        "opt_out",
        {},
        {},
        lambda t: {"inbound": (InboundMessage(t, "call", opt_out=True),)},
        "opted_out",
        "",
    ),
    "a new start": (
        "opt_out",
        {},
        {},
        lambda t: {"opt_outs": (STOP,), "consents": (Consent("opt_in", t),)},
        "",
        "opted_out",
    ),
    "a confirmation sent": (
        "opt_out",
        {"confirmation": {"max": 1}},
        {"purpose": "opt_out_confirmation"},
        lambda t: {"opt_outs": (STOP,), "ledger": (confirmation(t),)},
        "confirmation_repeated",
        "",
    ),
    "a confirmation sent at once": (
        "opt_out",
        {"confirmation": {"max": 1}},
        {"purpose": "opt_out_confirmation"},
        lambda t: {
            "opt_outs": (OptOut(NOON, "call"),),
            "ledger": (confirmation(t),),
        },
        "confirmation_repeated",
        "",
    ),
    "a notice": (
        "precondition",
        {"event": {"notice": ["assignment"]}},
        {},
        lambda t: {"notices": (Notice("assignment", t),)},
        "",
        "missing",
    ),
    "a preference": (
        "person_preference",
        {},
        {},
        lambda t: {"preferences": (Preference(t, 600, 900),)},
        "barred_time",
        "",
    ),
    "a confirmation in writing": (
        "person_preference",
        {"ttl": {"n": 1, "unit": "days"}},
        {},
        lambda t: {"preferences": (Preference(NOON - DAY, 600, 900, form="oral", confirmed_at=t),)},
        "barred_time",
        "",
    ),
    "a promised date": (
        "person_preference",
        {"kind": "promise"},
        {},
        lambda t: {"promises": (PromisedDate(t, NOON.date()),)},
        "promised",
        "",
    ),
    "a promise that became moot": (
        "person_preference",
        {"kind": "promise"},
        {},
        lambda t: {"promises": (PromisedDate(NOON - DAY, NOON.date(), ended_at=t),)},
        "",
        "promised",
    ),
    "a hold": (
        "moratorium",
        {"kinds": ["x"]},
        {},
        lambda t: {"holds": (Hold("x", t),)},
        "in_force",
        "",
    ),
    "a hold lifted": (
        "moratorium",
        {"kinds": ["x"]},
        {},
        lambda t: {"holds": (Hold("x", NOON - DAY, released=t),)},
        "",
        "in_force",
    ),
    "a contact that used up what a hold lets through": (
        "cease",
        {"allowed_purposes": ["collection"], "max_each": 1},
        {},
        lambda t: {"holds": (Hold("cease", NOON),), "ledger": (a_call(t),)},
        "requested",
        "",
    ),
    "a check of a number": (
        "number_freshness",
        {},
        {"endpoint": "E1"},
        lambda t: {"endpoints": {"E1": Endpoint("mobile", checked_at=t, checked_result="yes")}},
        "reassigned",
        "",
    ),
    "a text from a number": (
        "number_freshness",
        {"max_age": {"n": 1, "unit": "days"}},
        {"endpoint": "E1"},
        lambda t: {"endpoints": {"E1": Endpoint("mobile", last_text_at=t)}},
        "",
        "unproven",
    ),
    "a number known to be somebody else's": (
        "calendar_cap",
        {**DAILY, "exclude": ["endpoint_not_persons"]},
        {},
        lambda t: {
            "ledger": (a_call(NOON, endpoint="E1"),),
            "endpoints": {"E1": Endpoint("mobile", not_persons_at=t)},
        },
        "",
        "reached",
    ),
    "a refusal by somebody else": (
        "recipient_block",
        REFEREE,
        SOMEBODY,
        lambda t: {"refusals": (("E9", t),)},
        "refused",
        "",
    ),
    "a contact with somebody else": (
        "recipient_block",
        {**REFEREE, "max_per_recipient": 1},
        SOMEBODY,
        lambda t: {"ledger": (a_call(t, "conversation", recipient_role="referee"),)},
        "repeated",
        "",
    ),
    "a person named by the debtor": (
        "recipient_block",
        NAMED,
        SOMEBODY,
        lambda t: {"consents": (Consent("third_party_contact", t),)},
        "",
        "condition",
    ),
    "a dial that failed": (
        "recipient_block",
        failing(),
        SOMEBODY,
        lambda t: {"ledger": (a_call(t),)},
        "",
        "condition",
    ),
    "a message from the debtor who was not reached": (
        "recipient_block",
        failing(),
        SOMEBODY,
        lambda t: {"ledger": (a_call(NOON),), "inbound": (InboundMessage(t, "sms"),)},
        "condition",
        "",
    ),
    "a visit that found nobody": (
        "place_block",
        {"order": ["home", "work"]},
        {"place": "work"},
        lambda t: {"ledger": (a_call(t, channel="visit", place="home"),)},
        "",
        "out_of_turn",
    ),
    "a letter to a lawyer": (
        "representation_redirect",
        {"fallback": SILENCE},
        {},
        lambda t: {
            "holds": (LAWYER,),
            "ledger": (a_call(t, "sent", channel="letter", recipient_role="attorney"),),
        },
        "silent",
        "represented",
    ),
    "a legal hold": (
        "retention",
        {"min": {"n": 0, "unit": "days"}, "from": ["paid"]},
        {"purpose": "purge"},
        lambda t: {
            "holds": (Hold("legal_hold", t),),
            "debts": {"D1": Debt(dates={"paid": NOON - DAY})},
        },
        "legal_hold",
        "",
    ),
    "a legal hold lifted": (
        "retention",
        {"min": {"n": 0, "unit": "days"}, "from": ["paid"]},
        {"purpose": "purge"},
        lambda t: {
            "holds": (Hold("legal_hold", NOON - DAY, released=t),),
            "debts": {"D1": Debt(dates={"paid": NOON - DAY})},
        },
        "",
        "legal_hold",
    ),
    "a legal hold that ended": (
        "retention",
        {"min": {"n": 0, "unit": "days"}, "from": ["paid"]},
        {"purpose": "purge"},
        lambda t: {
            "holds": (Hold("legal_hold", NOON - DAY, ends=t),),
            "debts": {"D1": Debt(dates={"paid": NOON - DAY})},
        },
        "",
        "legal_hold",
    ),
    "the event that records are kept from": (
        "retention",
        {"min": {"n": 0, "unit": "hours"}, "from": ["paid"]},
        {"purpose": "purge"},
        lambda t: {"debts": {"D1": Debt(dates={"paid": t})}},
        "",
        "event_unknown",
    ),
    "a message that makes it a reply": (
        "calendar_cap",
        {**DAILY, "exclude": ["same_day_replies"]},
        REPLY,
        lambda t: {"ledger": (a_call(NOON),), "inbound": (InboundMessage(t, "sms"),)},
        "",
        "reached",
    ),
    "a consent that an earlier contact rested on": (
        "calendar_cap",
        {**DAILY, "exclude": ["within_direct_consent_7d"]},
        {},
        lambda t: {"ledger": (a_call(NOON),), "consents": (Consent("direct_call_consent", t),)},
        "",
        "reached",
    ),
}


@pytest.mark.parametrize(
    ("primitive", "parameters", "action", "facts", "now", "later"),
    [pytest.param(*row, id=name) for name, row in ROWS.items()],
)
def test_a_record_counts_from_its_own_instant_on(
    primitive: str,
    parameters: dict[str, Any],
    action: dict[str, Any],
    facts: Callable[[datetime], dict[str, Any]],
    now: str,
    later: str,
) -> None:
    rule = Rule("x.rule", primitive, parameters)

    def causes(at: datetime) -> list[str]:
        return codes(judge(an_action(**action), some_facts(**facts(at)), rule))

    assert causes(NOON) == ([f"{primitive}.{now}"] if now else [])
    assert causes(NOON + MICROSECOND) == ([f"{primitive}.{later}"] if later else [])


@pytest.mark.parametrize(
    ("decided", "verdict"), [(NOON, Verdict.DEFER), (NOON + MICROSECOND, Verdict.BLOCK)]
)
def test_the_event_that_ends_a_hold_counts_once_it_is_known(
    decided: datetime, verdict: Verdict
) -> None:
    hold = Hold("x", NOON - DAY, attributes={"decided": decided.isoformat()})
    rule = Rule("x.rule", "moratorium", {"kinds": ["x"], "end_event": "decided"})

    assert judge(an_action(), some_facts(holds=(hold,)), rule).verdict is verdict
