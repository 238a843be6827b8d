"""Edges of rules about who and where, and of some permissions, that no other table names.

One row per edge, often in pairs that lie a microsecond, a date or a word apart.
"""

from datetime import datetime, timedelta
from typing import Any

import pytest

from outreach.compliance.pack import Rule
from outreach.domain.known import (
    Approval,
    Consent,
    Debt,
    Endpoint,
    Hold,
    InboundMessage,
    LedgerEntry,
    Preference,
)
from tests.compliance.builders import a_call, an_action, chicago, codes, judge, some_facts

NOON = chicago("2026-06-10")
MICROSECOND = timedelta(microseconds=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
DAILY = {"limit": 1, "period": "day"}
REPLY = {"purpose": "reply_to_debtor"}
FALLBACK = {"fallback": {"after": {"n": 1, "unit": "hours"}, "requires": "human_approval"}}
REFEREE = {"recipient_role": "referee", "endpoint": "E9"}
PAID = {"D1": Debt(dates={"paid": NOON - DAY})}
KEEP = {"min": {"n": 0, "unit": "days"}, "from": ["paid"]}
WORK = {"places": ["work"], "condition": {"only_if": ["employer_prohibits"]}}
SOLE = {"places": ["work"], "condition": {"unless": ["sole_number"]}}


def to_lawyer(at: datetime, direction: str = "out", outcome: str = "sent") -> LedgerEntry:
    return a_call(at, outcome, channel="letter", direction=direction, recipient_role="attorney")


def lawyer(*ledger: LedgerEntry, **attributes: Any) -> dict[str, Any]:
    hold = Hold("attorney", NOON - 9 * DAY, attributes=attributes)
    return {"holds": (hold,), "ledger": ledger}


def failing(n: int) -> dict[str, Any]:
    way = {"unreachable_when": {"failed_attempts": {"n": n, "usable": "same_date"}}}
    return {"allowed_roles": [], "conditional_roles": {"referee": way}}


def dates_failing(n: int) -> dict[str, Any]:
    way = {"unreachable_when": {"failed_dates": {"n": n}}}
    return {"allowed_roles": [], "conditional_roles": {"referee": way}}


def reaching(at: datetime, **given: Any) -> LedgerEntry:
    return a_call(at, "conversation", **{"recipient_role": "referee", **given})


def hold(kind: str = "dispute", **attributes: Any) -> dict[str, Any]:
    return {"holds": (Hold(kind, NOON - DAY, attributes=attributes),)}


def work(endpoints: dict[str, Endpoint], **flags: Any) -> dict[str, Any]:
    return {"endpoints": endpoints, "person_flags": flags}


Row = tuple[str, dict[str, Any], dict[str, Any], dict[str, Any], str]
EDGES: dict[str, Row] = {
    "a dial that failed in the instant the debtor wrote": (
        "recipient_block",
        failing(1),
        REFEREE,
        {"ledger": (a_call(NOON - HOUR),), "inbound": (InboundMessage(NOON - HOUR, "sms"),)},
        "condition",
    ),
    "a failed call to the debtor that came in": (
        "recipient_block",
        failing(1),
        REFEREE,
        {"ledger": (a_call(NOON - HOUR, direction="in"),)},
        "condition",
    ),
    "a failed call to somebody else": (
        "recipient_block",
        failing(1),
        REFEREE,
        {"ledger": (a_call(NOON - HOUR, recipient_role="referee"),)},
        "condition",
    ),
    "dials that failed on two dates with one between": (
        "recipient_block",
        dates_failing(2),
        REFEREE,
        {"ledger": (a_call(NOON - 3 * DAY), a_call(NOON - DAY))},
        "condition",
    ),
    "dials that failed twice on one date": (
        "recipient_block",
        dates_failing(2),
        REFEREE,
        {"ledger": (a_call(NOON - 2 * HOUR), a_call(NOON - HOUR))},
        "condition",
    ),
    "dials that failed on two dates in a row": (
        "recipient_block",
        dates_failing(2),
        REFEREE,
        {"ledger": (a_call(NOON - DAY), a_call(NOON - HOUR))},
        "",
    ),
    "somebody reached in the instant they asked": (
        "recipient_block",
        {"allowed_roles": [], "conditional_roles": {"referee": {}}, "max_per_recipient": 1},
        REFEREE,
        {
            "ledger": (
                reaching(NOON - HOUR, direction="in"),
                reaching(NOON - HOUR),
            )
        },
        "",
    ),
    "somebody reached once of two times": (
        "recipient_block",
        {"allowed_roles": [], "conditional_roles": {"referee": {}}, "max_per_recipient": 2},
        REFEREE,
        {"ledger": (reaching(NOON - HOUR),)},
        "",
    ),
    "somebody reached for another purpose": (
        "recipient_block",
        {"allowed_roles": [], "conditional_roles": {"referee": {}}, "max_per_recipient": 1},
        REFEREE,
        {"ledger": (reaching(NOON - HOUR, purpose="location"),)},
        "",
    ),
    "a hold for lawyers on another debt": (
        "retention",
        KEEP,
        {"purpose": "purge"},
        {"holds": (Hold("legal_hold", NOON, debts=frozenset({"D2"})),), "debts": PAID},
        "",
    ),
    "a hold for lawyers on this debt": (
        "retention",
        KEEP,
        {"purpose": "purge"},
        {"holds": (Hold("legal_hold", NOON, debts=frozenset({"D1"})),), "debts": PAID},
        "legal_hold",
    ),
    "a hold for lawyers on some debt, and a purge of all": (
        "retention",
        KEEP,
        {"purpose": "purge", "debts": ()},
        {
            "holds": (Hold("legal_hold", NOON, debts=frozenset({"D2"})),),
            "person_dates": {"paid": NOON - DAY},
        },
        "legal_hold",
    ),
    "a place of work where no address is known": ("place_block", WORK, {"place": "work"}, {}, ""),
    "a place of work whose employer forbids it": (
        "place_block",
        WORK,
        {"place": "work"},
        work({}, employer_prohibits=True),
        "barred",
    ),
    "a telephone at work beside one of the debtor's": (
        "place_block",
        SOLE,
        {"endpoint": "E1"},
        work({"E1": Endpoint("work_phone"), "E2": Endpoint("mobile", owner="debtor")}),
        "barred",
    ),
    "a telephone at work beside one of a neighbor's": (
        "place_block",
        SOLE,
        {"endpoint": "E1"},
        work({"E1": Endpoint("work_phone"), "E2": Endpoint("mobile", owner="neighbor")}),
        "",
    ),
    "a telephone at work beside one that is dead": (
        "place_block",
        SOLE,
        {"endpoint": "E1"},
        work({"E1": Endpoint("work_phone"), "E2": Endpoint("mobile", status="invalid")}),
        "",
    ),
    "a telephone that nobody knows the place of may be at work": (
        "place_block",
        {"places": ["work"]},
        {"endpoint": "E1"},
        {},
        "barred",
    ),
    "a refusal that ended this instant": (
        "cease",
        {},
        {},
        {"holds": (Hold("cease", NOON - DAY, ends=NOON),)},
        "",
    ),
    "a refusal that ends a microsecond from now": (
        "cease",
        {},
        {},
        {"holds": (Hold("cease", NOON - DAY, ends=NOON + MICROSECOND),)},
        "requested",
    ),
    "a lawyer who lets through, and another who doesn't": (
        "representation_redirect",
        {"kinds": ["attorney", "advisor"]},
        {},
        {
            "holds": (
                Hold("advisor", NOON - DAY, allowed_purposes=frozenset({"collection"})),
                Hold("attorney", NOON - DAY),
            )
        },
        "represented",
    ),
    "an approval for a silent lawyer": (
        "representation_redirect",
        {"fallback": {**FALLBACK["fallback"], "ttl": {"n": 2, "unit": "hours"}}},
        {},
        {
            **lawyer(to_lawyer(NOON - DAY)),
            "approvals": (Approval("representative_silent", NOON - HOUR, "manager"),),
        },
        "",
    ),
    "an approval for a silent lawyer that lapsed": (
        "representation_redirect",
        {"fallback": {**FALLBACK["fallback"], "ttl": {"n": 1, "unit": "hours"}}},
        {},
        {
            **lawyer(to_lawyer(NOON - DAY)),
            "approvals": (Approval("representative_silent", NOON - HOUR, "manager"),),
        },
        "silent",
    ),
    "a number that a consent to the creditor proves": (
        "number_freshness",
        {
            "max_age": {"n": 9, "unit": "days"},
            "renewed_by": ["calls"],
            "given_to": ["creditor"],
        },
        {},
        {"consents": (Consent("calls", NOON - DAY, given_to="creditor"),)},
        "",
    ),
    "a debt on its first day past due": (
        "precondition",
        {"event": {"debt_date": ["overdue_since"]}},
        {},
        {"debts": {"D1": Debt(dpd=1)}},
        "",
    ),
    "a debt on its due date": (
        "precondition",
        {"event": {"debt_date": ["overdue_since"]}},
        {},
        {"debts": {"D1": Debt(dpd=0)}},
        "missing",
    ),
    "a date that days past due say nothing of": (
        "precondition",
        {"event": {"debt_date": ["validation_sent_at"]}},
        {},
        {"debts": {"D1": Debt(dpd=30)}},
        "missing",
    ),
    "a contact never placed, where unreached ones are left out": (
        "calendar_cap",
        {**DAILY, "exclude": ["unreached_no_message"]},
        {},
        {"ledger": (a_call(NOON - HOUR, "released"),)},
        "",
    ),
    "a consent to any telephone covers a call to one": (
        "calendar_cap",
        {**DAILY, "exclude": ["within_direct_consent_7d"]},
        {},
        {
            "ledger": (a_call(NOON - HOUR, endpoint="E1"),),
            "consents": (Consent("direct_call_consent", NOON - DAY),),
        },
        "",
    ),
    "what arrives at once arrives in the last open microsecond": (
        "quiet_hours",
        {"windows": {"all": [["08:00", "12:00"]]}, "time_of": "deliver"},
        {"at": NOON - MICROSECOND, "expected_delivery": NOON - HOUR},
        {},
        "",
    ),
    "what nobody expects an arrival of arrives at once": (
        "quiet_hours",
        {"windows": {"all": [["08:00", "12:00"]]}, "time_of": "deliver"},
        {"at": NOON - MICROSECOND},
        {},
        "",
    ),
    "words that one way of speaking to somebody allows": (
        "recipient_block",
        {"allowed_roles": [], "conditional_roles": {"referee": {"may_say": ["name"]}}},
        {**REFEREE, "content": frozenset({"greeting"})},
        {},
        "discloses",
    ),
    "a way's own words stand before the rule's": (
        "recipient_block",
        {
            "allowed_roles": [],
            "conditional_roles": {"referee": {"may_say": ["name"]}},
            "may_say": ["greeting"],
        },
        {**REFEREE, "content": frozenset({"name"})},
        {},
        "",
    ),
    "a count that starts for the second debt alone": (
        "calendar_cap",
        {**DAILY, "after_outcome": ["conversation"]},
        {"debts": ("D1", "D2")},
        {"ledger": (a_call(NOON - HOUR, "conversation", debts=("D2",)),)},
        "reached",
    ),
    "a consent after one to another channel": (
        "consent_required",
        {"kinds": ["calls"]},
        {},
        {"consents": (Consent("calls", NOON - DAY, channel="sms"), Consent("calls", NOON - DAY))},
        "",
    ),
    "a debt marked as disputed": (
        "dispute_hold",
        {},
        {},
        {"debts": {"D1": Debt(flags={"dispute": True})}},
        "open",
    ),
    "a message at one barred time isn't answered at another": (
        "person_preference",
        {"exceptions": ["respond_once"]},
        REPLY,
        {
            "preferences": (Preference(NOON - 9 * DAY, 720, 780),),
            "inbound": (InboundMessage(NOON - DAY, "call"),),
        },
        "barred_time",
    ),
}


@pytest.mark.parametrize(
    ("primitive", "parameters", "action", "facts", "cause"),
    [pytest.param(*row, id=name) for name, row in EDGES.items()],
)
def test_an_edge(
    primitive: str,
    parameters: dict[str, Any],
    action: dict[str, Any],
    facts: dict[str, Any],
    cause: str,
) -> None:
    rule = Rule("x.rule", primitive, parameters)

    decision = judge(an_action(**action), some_facts(**facts), rule)

    assert codes(decision) == ([f"{primitive}.{cause}"] if cause else [])
