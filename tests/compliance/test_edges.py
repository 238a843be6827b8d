"""Edges that no other table names: the first and the last instant, and who or what isn't meant.

One row per edge, often in pairs that lie a microsecond, a date or a word apart.
"""

from datetime import datetime, timedelta
from typing import Any

import pytest

from outreach.compliance.pack import Rule
from outreach.domain.decisions import (
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
)
from tests.compliance.builders import a_call, an_action, chicago, codes, judge, some_facts, utc

NOON = chicago("2026-06-10")
MONDAY = chicago("2026-06-08", "00:00")
TODAY = chicago("2026-06-10", "00:00")
MICROSECOND = timedelta(microseconds=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
# The date of 25 hours: its first and its last minutes.
LONG_DAY_BEGINS = chicago("2026-11-01", "00:10")
LONG_DAY_ENDS = chicago("2026-11-01", "23:50")
# 01:30 and 01:45 come twice that night.
FIRST_0145 = utc("2026-11-01", "06:45")
SECOND_0130 = utc("2026-11-01", "07:30")
LOCK = {"after_outcome": ["conversation"]}
WAIT = {"outcomes": ["no_answer"], "duration": {"n": 1, "unit": "days"}}
DAILY = {"limit": 1, "period": "day"}
HOURLY = {"limit": 1, "window": {"n": 1, "unit": "hours"}}
REPLY = {"purpose": "reply_to_debtor"}
ONCE = {"windows": {"all": [["13:00", "20:00"]]}, "exceptions": ["respond_once"]}
AGREED = {"windows": {"all": [["13:00", "20:00"]]}, "exceptions": ["agreed_hours"]}
REQUESTED = {**DAILY, "exclude": ["debtor_requested"]}
SMS = {"channel": "sms"}
LAWYER = Hold("attorney", NOON - 9 * DAY)
FALLBACK = {"fallback": {"after": {"n": 1, "unit": "hours"}, "requires": "human_approval"}}
REFEREE = {"recipient_role": "referee", "endpoint": "E9"}
PAID = {"D1": Debt(dates={"paid": NOON - DAY})}
KEEP = {"min": {"n": 0, "unit": "days"}, "from": ["paid"]}
WRITTEN = {"form": "written"}
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
TIME: dict[str, Row] = {
    "a lock holds from the week's first instant": (
        "channel_lock",
        LOCK,
        SMS,
        {"ledger": (a_call(MONDAY, "conversation"),)},
        "other_channel_used",
    ),
    "a lock ends with the week": (
        "channel_lock",
        LOCK,
        SMS,
        {"ledger": (a_call(MONDAY - MICROSECOND, "conversation"),)},
        "",
    ),
    "a voicemail is the call's own channel": (
        "channel_lock",
        LOCK,
        {"channel": "voicemail"},
        {"ledger": (a_call(NOON - HOUR, "conversation"),)},
        "",
    ),
    "a call after a voicemail is on the same channel": (
        "channel_lock",
        {"after_outcome": ["sent"]},
        {},
        {"ledger": (a_call(NOON - HOUR, "sent", channel="voicemail"),)},
        "",
    ),
    "a day counts from its first instant": (
        "calendar_cap",
        DAILY,
        {},
        {"ledger": (a_call(TODAY),)},
        "reached",
    ),
    "a day ends with its last instant": (
        "calendar_cap",
        DAILY,
        {},
        {"ledger": (a_call(TODAY - MICROSECOND),)},
        "",
    ),
    "a window of dates counts from the first one's first instant": (
        "rolling_cap",
        {"limit": 1, "window": {"n": 1, "unit": "days"}},
        {},
        {"ledger": (a_call(TODAY),)},
        "reached",
    ),
    "a window of hours is over to the microsecond": (
        "rolling_cap",
        HOURLY,
        {},
        {"ledger": (a_call(NOON - HOUR),)},
        "",
    ),
    "a window of hours lasts to its last microsecond": (
        "rolling_cap",
        HOURLY,
        {},
        {"ledger": (a_call(NOON - HOUR + MICROSECOND),)},
        "reached",
    ),
    "a window covers all of a date of 25 hours": (
        "rolling_cap",
        {"limit": 1, "window": {"n": 1, "unit": "days"}},
        {"at": LONG_DAY_ENDS},
        {"ledger": (a_call(LONG_DAY_BEGINS),)},
        "reached",
    ),
    "a gap covers all of a date of 25 hours": (
        "min_gap",
        {"gap": {"n": 1, "unit": "days"}},
        {"at": LONG_DAY_ENDS},
        {"ledger": (a_call(LONG_DAY_BEGINS),)},
        "too_soon",
    ),
    "a wait covers all of a date of 25 hours": (
        "cooldown_after_outcome",
        WAIT,
        {"at": LONG_DAY_ENDS},
        {"ledger": (a_call(LONG_DAY_BEGINS),)},
        "cooling_down",
    ),
    "a wait from the next date on lasts longer than its days": (
        "cooldown_after_outcome",
        {**WAIT, "day_one": "next_date"},
        {},
        {"ledger": (a_call(chicago("2026-06-09", "00:30")),)},
        "cooling_down",
    ),
    "a wait to the second is over to the microsecond": (
        "cooldown_after_outcome",
        {**WAIT, "basis": "duration"},
        {},
        {"ledger": (a_call(NOON - DAY),)},
        "",
    ),
    "a gap to the second is over to the microsecond": (
        "min_gap",
        {"gap": {"n": 30, "unit": "minutes"}},
        {},
        {"ledger": (a_call(NOON - HOUR / 2),)},
        "",
    ),
    "a gap to the second lasts to its last microsecond": (
        "min_gap",
        {"gap": {"n": 30, "unit": "minutes"}},
        {},
        {"ledger": (a_call(NOON - HOUR / 2 + MICROSECOND),)},
        "too_soon",
    ),
    "what is excluded starts no wait": (
        "cooldown_after_outcome",
        {**WAIT, "exclude": ["unreached_no_message"]},
        {},
        {"ledger": (a_call(NOON - HOUR),)},
        "",
    ),
    "a wait starts on the channels named": (
        "cooldown_after_outcome",
        {**WAIT, "channels": ["sms"]},
        {},
        {"ledger": (a_call(NOON - HOUR),)},
        "",
    ),
    "somebody's message on another channel isn't answered here": (
        "quiet_hours",
        ONCE,
        REPLY,
        {"ledger": (a_call(NOON - HOUR, "inbound_message", direction="in", channel="sms"),)},
        "closed",
    ),
    "our own contact is no question": (
        "quiet_hours",
        ONCE,
        REPLY,
        {"ledger": (a_call(NOON - HOUR),)},
        "closed",
    ),
    "a request about another medium isn't answered here": (
        "quiet_hours",
        ONCE,
        {"purpose": "opt_out_confirmation"},
        {"opt_outs": (OptOut(NOON - HOUR, "sms"),)},
        "closed",
    ),
    "a contact before the question was no answer": (
        "quiet_hours",
        ONCE,
        REPLY,
        {"inbound": (InboundMessage(NOON, "call"),), "ledger": (a_call(NOON - MICROSECOND),)},
        "",
    ),
    "an answer that was released was none": (
        "quiet_hours",
        ONCE,
        REPLY,
        {"inbound": (InboundMessage(NOON, "call"),), "ledger": (a_call(NOON, "released"),)},
        "",
    ),
    "agreed hours begin at their first minute": (
        "quiet_hours",
        AGREED,
        {},
        {"agreements": (Agreement("contact_hours", NOON - DAY, 720, 780),)},
        "",
    ),
    "agreed hours end as their last minute ends": (
        "quiet_hours",
        AGREED,
        {},
        {"agreements": (Agreement("contact_hours", NOON - DAY, 660, 720),)},
        "closed",
    ),
    "agreed hours that begin at an hour that comes twice begin at the second": (
        "quiet_hours",
        AGREED,
        {"at": FIRST_0145},
        {"agreements": (Agreement("contact_hours", NOON, 105, 150),)},
        "closed",
    ),
    "agreed hours that end at an hour that comes twice end at the first": (
        "quiet_hours",
        AGREED,
        {"at": SECOND_0130},
        {"agreements": (Agreement("contact_hours", NOON, 30, 105),)},
        "closed",
    ),
    "a barred time that begins at an hour that comes twice begins at the first": (
        "person_preference",
        {},
        {"at": FIRST_0145},
        {"preferences": (Preference(NOON, 105, 150),)},
        "barred_time",
    ),
    "a barred time that ends at an hour that comes twice ends at the second": (
        "person_preference",
        {},
        {"at": SECOND_0130},
        {"preferences": (Preference(NOON, 30, 105),)},
        "barred_time",
    ),
    "a barred time ends with its last minute": (
        "person_preference",
        {},
        {},
        {"preferences": (Preference(NOON - DAY, 660, 720),)},
        "",
    ),
    "a barred time of one minute is one": (
        "person_preference",
        {},
        {},
        {"preferences": (Preference(NOON - DAY, 720, 721),)},
        "barred_time",
    ),
    "a barred time of one minute is over in the next": (
        "person_preference",
        {},
        {"at": chicago("2026-06-10", "12:01")},
        {"preferences": (Preference(NOON - DAY, 720, 721),)},
        "",
    ),
    "an undeliverable letter is no matter where no letter is asked for": (
        "precondition",
        {"event": {"debt_flag": ["sued"]}},
        {},
        {"notices": (Notice("assignment", NOON - DAY, undeliverable=True),)},
        "missing",
    ),
    "a calendar of holidays is no matter where all days count": (
        "precondition",
        {"event": {"notice": ["n"]}, "min_elapsed": {"n": 1, "unit": "days"}},
        {},
        {"notices": (Notice("n", NOON - DAY),), "holidays": None},
        "",
    ),
    "something just old enough": (
        "precondition",
        {"event": {"notice": ["n"]}, "min_elapsed": {"n": 1, "unit": "hours"}},
        {},
        {"notices": (Notice("n", NOON - HOUR),)},
        "",
    ),
    "something just too old": (
        "precondition",
        {"event": {"notice": ["n"]}, "max_age": {"n": 1, "unit": "hours"}},
        {},
        {"notices": (Notice("n", NOON - HOUR),)},
        "expired",
    ),
    "a time of grace is over to the microsecond": (
        "precondition",
        {
            "event": {"notice": ["n"]},
            "grace": {"after": {"notice": ["first"]}, "within": {"n": 1, "unit": "hours"}},
        },
        {},
        {"notices": (Notice("first", NOON - HOUR),)},
        "missing",
    ),
    "a time of grace lasts to its last microsecond": (
        "precondition",
        {
            "event": {"notice": ["n"]},
            "grace": {"after": {"notice": ["first"]}, "within": {"n": 1, "unit": "hours"}},
        },
        {},
        {"notices": (Notice("first", NOON - HOUR + MICROSECOND),)},
        "",
    ),
}
PEOPLE: dict[str, Row] = {
    "what was asked for goes through for 7 dates": (
        "calendar_cap",
        REQUESTED,
        {},
        {
            "ledger": (a_call(NOON - HOUR),),
            "consents": (Consent("contact_request", NOON - 6 * DAY),),
        },
        "",
    ),
    "what was asked for 7 dates ago is over": (
        "calendar_cap",
        REQUESTED,
        {},
        {
            "ledger": (a_call(NOON - HOUR),),
            "consents": (Consent("contact_request", NOON - 7 * DAY),),
        },
        "reached",
    ),
    "what was asked for by another telephone is not asked for here": (
        "calendar_cap",
        {**DAILY, "exclude": ["within_direct_consent_7d"]},
        {"endpoint": "E1"},
        {
            "ledger": (a_call(NOON - HOUR, endpoint="E1"),),
            "consents": (Consent("direct_call_consent", NOON - DAY, endpoint="E2"),),
        },
        "reached",
    ),
    "a consent to one telephone stands though another was stopped": (
        "consent_required",
        {"kinds": ["calls"]},
        {"endpoint": "E1"},
        {
            "consents": (Consent("calls", NOON - DAY),),
            "opt_outs": (OptOut(NOON - HOUR, "call", "E2"),),
        },
        "",
    ),
    "a consent and a stop of one instant": (
        "consent_required",
        {"kinds": ["calls"]},
        {},
        {
            "consents": (Consent("calls", NOON - DAY),),
            "opt_outs": (OptOut(NOON - DAY, "call"),),
        },
        "revoked",
    ),
    "a new start in the instant of the stop lifts nothing": (
        "opt_out",
        {},
        {},
        {
            "consents": (Consent("opt_in", NOON - DAY),),
            "opt_outs": (OptOut(NOON - DAY, "call"),),
        },
        "opted_out",
    ),
    "a stop in a text from another telephone": (
        "opt_out",
        {},
        {"endpoint": "E1"},
        {"inbound": (InboundMessage(NOON - DAY, "call", opt_out=True, endpoint="E2"),)},
        "",
    ),
    "a dispute whose form nobody kept may be in writing": (
        "dispute_hold",
        WRITTEN,
        {},
        hold(),
        "open",
    ),
    "a dispute that was only said": ("dispute_hold", WRITTEN, {}, hold(form="oral"), ""),
    "a refusal whose form nobody kept may be in writing": (
        "cease",
        WRITTEN,
        {},
        hold("cease"),
        "requested",
    ),
    "a dispute whose time nobody kept may be in the period": (
        "dispute_hold",
        {"in_validation_period": True},
        {},
        hold(),
        "open",
    ),
    "a dispute on grounds nobody judged": (
        "dispute_hold",
        {"arguable": True},
        {},
        hold(),
        "open",
    ),
    "a dispute of which nobody said that it is about a part": (
        "dispute_hold",
        {"scope": "disputed_part"},
        {"content": frozenset({"undisputed_part_only"})},
        hold(),
        "open",
    ),
    "what a hold lets through once, before the hold": (
        "cease",
        {"allowed_purposes": ["collection"], "max_each": 1},
        {},
        {**hold("cease"), "ledger": (a_call(NOON - DAY - MICROSECOND),)},
        "",
    ),
    "what a hold lets through once, in the instant of the hold": (
        "cease",
        {"allowed_purposes": ["collection"], "max_each": 1},
        {},
        {**hold("cease"), "ledger": (a_call(NOON - DAY),)},
        "requested",
    ),
    "what a hold lets through twice, used once": (
        "cease",
        {"allowed_purposes": ["collection"], "max_each": 2},
        {},
        {**hold("cease"), "ledger": (a_call(NOON - HOUR),)},
        "",
    ),
    "a letter to a lawyer in the instant of the hold": (
        "representation_redirect",
        FALLBACK,
        {},
        lawyer(to_lawyer(NOON - 9 * DAY)),
        "silent",
    ),
    "a letter to a lawyer before the hold": (
        "representation_redirect",
        FALLBACK,
        {},
        lawyer(to_lawyer(NOON - 9 * DAY - MICROSECOND)),
        "represented",
    ),
    "a letter that waited to the microsecond": (
        "representation_redirect",
        FALLBACK,
        {},
        lawyer(to_lawyer(NOON - HOUR)),
        "silent",
    ),
    "a letter that waited a microsecond less": (
        "representation_redirect",
        FALLBACK,
        {},
        lawyer(to_lawyer(NOON - HOUR + MICROSECOND)),
        "represented",
    ),
    "a lawyer who wrote back": (
        "representation_redirect",
        FALLBACK,
        {},
        lawyer(to_lawyer(NOON - 3 * DAY), to_lawyer(NOON - DAY, "in", "delivered")),
        "represented",
    ),
    "a letter in the instant of the answer": (
        "representation_redirect",
        FALLBACK,
        {},
        lawyer(to_lawyer(NOON - DAY), to_lawyer(NOON - DAY, "in", "delivered")),
        "represented",
    ),
    "a letter that only the hold tells of": (
        "representation_redirect",
        FALLBACK,
        {},
        lawyer(last_contacted_at=(NOON - DAY).isoformat()),
        "silent",
    ),
    "a letter that was never sent": (
        "representation_redirect",
        FALLBACK,
        {},
        lawyer(to_lawyer(NOON - DAY, outcome="released")),
        "represented",
    ),
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
    [pytest.param(*row, id=name) for name, row in (TIME | PEOPLE).items()],
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
