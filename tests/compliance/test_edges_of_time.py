"""Edges of rules about time and number that no other table names.

One row per edge, often in pairs that lie a microsecond, a date or a channel apart.
"""

from datetime import timedelta
from typing import Any

import pytest

from outreach.compliance.pack import Rule
from outreach.domain.known import Agreement, InboundMessage, Notice, OptOut, Preference
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
SMS = {"channel": "sms"}


Row = tuple[str, dict[str, Any], dict[str, Any], dict[str, Any], str]
EDGES: dict[str, Row] = {
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
