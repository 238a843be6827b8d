"""What a rule means that leaves a parameter out: the same as with the default its schema states.

Each row has a situation in which the parameter decides: with another value the decision differs.
"""

from datetime import date, timedelta
from typing import Any

import pytest

from outreach.compliance.pack import Rule
from outreach.domain.decisions import Decision
from outreach.domain.known import (
    Consent,
    Endpoint,
    Hold,
    Notice,
    OptOut,
    Preference,
    PromisedDate,
    ZoneEvidence,
)
from tests.compliance.builders import a_call, an_action, chicago, judge, some_facts

NOON = chicago("2026-06-10")
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
OTHER_DEBT = (a_call(NOON - HOUR, "conversation", debts=("D2",)),)
OTHER_SENDER = (a_call(NOON - HOUR, "conversation", sender="somebody"),)
SECOND_DEBT = (a_call(NOON - HOUR, debts=("D2", "D1")),)
SUNDAY = (a_call(chicago("2026-06-07"), "conversation"),)
YESTERDAY = (a_call(NOON - DAY + HOUR, "conversation"),)
TALKED = (a_call(NOON - HOUR, "conversation"),)
REFEREE = {"recipient_role": "referee"}
FRIDAY = (Notice("n", chicago("2026-06-05")),)
SPLIT = (ZoneEvidence("America/Chicago", "address"), ZoneEvidence("America/Denver", "area_code"))


def failures(way: str, **given: Any) -> dict[str, Any]:
    unreachable = {"unreachable_when": {way: given}}
    return {"allowed_roles": [], "conditional_roles": {"referee": unreachable}}


# primitive | rule without the parameter | its default | another value | action | facts
ROWS: dict[str, tuple[str, dict[str, Any], Any, Any, dict[str, Any], dict[str, Any]]] = {
    "calendar_cap period": ("calendar_cap", {"limit": 1}, "day", "week", {}, {"ledger": YESTERDAY}),
    "calendar_cap week_start": (
        "calendar_cap",
        {"limit": 1, "period": "week"},
        "mon",
        "sun",
        {},
        {"ledger": SUNDAY},
    ),
    "calendar_cap unit": (
        "calendar_cap",
        {"limit": 1, "period": "day"},
        "debt",
        "person",
        {},
        {"ledger": OTHER_DEBT},
    ),
    "calendar_cap pool": (
        "calendar_cap",
        {"limit": 1, "period": "day"},
        "collector",
        "principal_and_agents",
        {"sender": "us"},
        {"ledger": OTHER_SENDER},
    ),
    "calendar_cap multi_debt": (
        "calendar_cap",
        {"limit": 1, "period": "day"},
        "each",
        "primary",
        {},
        {"ledger": SECOND_DEBT},
    ),
    "rolling_cap unit": (
        "rolling_cap",
        {"limit": 1, "window": {"n": 1, "unit": "days"}},
        "debt",
        "person",
        {},
        {"ledger": OTHER_DEBT},
    ),
    "rolling_cap basis": (
        "rolling_cap",
        {"limit": 1, "window": {"n": 1, "unit": "days"}},
        "local_date",
        "duration",
        {},
        {"ledger": YESTERDAY},
    ),
    "cooldown_after_outcome unit": (
        "cooldown_after_outcome",
        {"outcomes": ["conversation"], "duration": {"n": 1, "unit": "days"}},
        "debt",
        "person",
        {},
        {"ledger": OTHER_DEBT},
    ),
    "cooldown_after_outcome basis": (
        "cooldown_after_outcome",
        {"outcomes": ["conversation"], "duration": {"n": 1, "unit": "days"}},
        "local_date",
        "duration",
        {},
        {"ledger": YESTERDAY},
    ),
    "cooldown_after_outcome day_one": (
        "cooldown_after_outcome",
        {"outcomes": ["conversation"], "duration": {"n": 1, "unit": "days"}},
        "event_date",
        "next_date",
        {},
        {"ledger": YESTERDAY},
    ),
    "cooldown_after_outcome directions": (
        "cooldown_after_outcome",
        {"outcomes": ["conversation"], "duration": {"n": 1, "unit": "days"}},
        ["in", "out"],
        ["out"],
        {},
        {"ledger": (a_call(NOON - HOUR, "conversation", direction="in"),)},
    ),
    "min_gap basis": (
        "min_gap",
        {"gap": {"n": 1, "unit": "days"}},
        "local_date",
        "duration",
        {},
        {"ledger": YESTERDAY},
    ),
    "channel_lock period": (
        "channel_lock",
        {"after_outcome": ["conversation"]},
        "week",
        "day",
        {"channel": "sms"},
        {"ledger": YESTERDAY},
    ),
    "channel_lock week_start": (
        "channel_lock",
        {"after_outcome": ["conversation"]},
        "mon",
        "sun",
        {"channel": "sms"},
        {"ledger": SUNDAY},
    ),
    "channel_lock directions": (
        "channel_lock",
        {"after_outcome": ["conversation"]},
        ["out"],
        ["in"],
        {"channel": "sms"},
        {"ledger": TALKED},
    ),
    "channel_lock unit": (
        "channel_lock",
        {"after_outcome": ["conversation"]},
        "person",
        "debt",
        {"channel": "sms"},
        {"ledger": OTHER_DEBT},
    ),
    "holiday_block day_types": (
        "holiday_block",
        {},
        ["holiday"],
        ["sun"],
        {},
        {"holidays": frozenset({NOON.date()})},
    ),
    "quiet_hours time_of": (
        "quiet_hours",
        {"windows": {"all": [["08:00", "13:00"]]}},
        "send",
        "deliver",
        {"expected_delivery": NOON + 2 * HOUR},
        {},
    ),
    "quiet_hours multi_zone": (
        "quiet_hours",
        {"windows": {"all": [["12:00", "13:00"]]}},
        "all",
        "any",
        {},
        {"zones": SPLIT},
    ),
    "quiet_hours tz_basis": (
        "quiet_hours",
        {"windows": {"all": [["12:00", "13:00"]]}},
        ["declared", "address", "area_code"],
        ["address"],
        {},
        {"zones": SPLIT},
    ),
    "quiet_hours unknown_zone": (
        "quiet_hours",
        {"windows": {"all": [["08:00", "20:00"]]}, "national_zones": ["America/Chicago"]},
        "block",
        "all_national_zones",
        {},
        {"zones": ()},
    ),
    "quiet_hours end_guard": (
        "quiet_hours",
        {"windows": {"all": [["08:00", "12:01"]]}},
        0,
        1,
        {},
        {},
    ),
    "person_preference kind": (
        "person_preference",
        {},
        "designated",
        "promise",
        {},
        {
            "preferences": (Preference(NOON - DAY, 600, 900),),
            "promises": (PromisedDate(NOON - DAY, date(2026, 7, 1)),),
        },
    ),
    "person_preference respects": (
        "person_preference",
        {},
        ["time", "place", "channel", "endpoint"],
        ["time"],
        {"endpoint": "E1"},
        {
            "preferences": (
                Preference(NOON - 4 * DAY, 600, 900),
                Preference(NOON - 3 * DAY, channel="call"),
                Preference(NOON - 2 * DAY, endpoint="E1"),
            ),
        },
    ),
    "person_preference ttl": (
        "person_preference",
        {},
        None,
        {"n": 2, "unit": "days"},
        {},
        {"preferences": (Preference(NOON - DAY, channel="call", form="oral"),)},
    ),
    "precondition day_kind": (
        "precondition",
        {"event": {"notice": ["n"]}, "min_elapsed": {"n": 4, "unit": "days"}},
        "calendar",
        "business",
        {},
        {"notices": FRIDAY},
    ),
    "precondition day_one": (
        "precondition",
        {"event": {"notice": ["n"]}, "min_elapsed": {"n": 5, "unit": "days"}},
        "event_date",
        "next_date",
        {},
        {"notices": FRIDAY},
    ),
    "precondition weekend": (
        "precondition",
        {
            "event": {"notice": ["n"]},
            "min_elapsed": {"n": 4, "unit": "days"},
            "day_kind": "business",
        },
        ["sat", "sun"],
        ["sun"],
        {},
        {"notices": FRIDAY},
    ),
    "consent_required given_to": (
        "consent_required",
        {"kinds": ["calls"]},
        ["sender"],
        ["creditor"],
        {},
        {"consents": (Consent("calls", NOON - DAY),)},
    ),
    "consent_required transferable": (
        "consent_required",
        {"kinds": ["calls"]},
        False,
        True,
        {},
        {"consents": (Consent("calls", NOON - DAY, given_to="creditor"),)},
    ),
    "number_freshness given_to": (
        "number_freshness",
        {"max_age": {"n": 9, "unit": "days"}, "renewed_by": ["calls"]},
        ["sender"],
        ["creditor"],
        {},
        {"consents": (Consent("calls", NOON - DAY),)},
    ),
    "number_freshness result_policy": (
        "number_freshness",
        {"max_age": {"n": 9, "unit": "days"}},
        {"yes": "block", "no": "ok", "no_data": "ignore"},
        {"no": "ignore"},
        {"endpoint": "E1"},
        {"endpoints": {"E1": Endpoint(checked_at=NOON - DAY, checked_result="no")}},
    ),
    "opt_out scope": (
        "opt_out",
        {},
        "endpoint",
        "medium",
        {"endpoint": "E2"},
        {"opt_outs": (OptOut(NOON - HOUR, "call", "E1"),)},
    ),
    "opt_out re_opt_in": (
        "opt_out",
        {},
        [],
        ["opt_in"],
        {},
        {
            "opt_outs": (OptOut(NOON - DAY, "call"),),
            "consents": (Consent("calls", NOON - HOUR),),
        },
    ),
    "cease form": (
        "cease",
        {},
        "any",
        "written",
        {},
        {"holds": (Hold("cease", NOON - DAY, attributes={"form": "oral"}),)},
    ),
    "cease scope": (
        "cease",
        {},
        "debt",
        "person",
        {},
        {"holds": (Hold("cease", NOON - DAY, debts=frozenset({"D2"})),)},
    ),
    "dispute_hold trigger": (
        "dispute_hold",
        {},
        ["dispute"],
        ["complaint"],
        {},
        {"holds": (Hold("dispute", NOON - DAY),)},
    ),
    "dispute_hold scope": (
        "dispute_hold",
        {},
        "debt",
        "agent_handoff",
        {},
        {"holds": (Hold("dispute", NOON - DAY),)},
    ),
    "dispute_hold form": (
        "dispute_hold",
        {},
        "any",
        "written",
        {},
        {"holds": (Hold("dispute", NOON - DAY, attributes={"form": "oral"}),)},
    ),
    "moratorium scope": (
        "moratorium",
        {"kinds": ["review"]},
        "listed_debts",
        "person",
        {},
        {"holds": (Hold("review", NOON - DAY, debts=frozenset({"D2"})),)},
    ),
    "representation_redirect kinds": (
        "representation_redirect",
        {},
        ["attorney"],
        ["executor"],
        {},
        {"holds": (Hold("attorney", NOON - DAY),)},
    ),
    "representation_redirect allowed_recipients": (
        "representation_redirect",
        {},
        ["attorney"],
        ["executor"],
        {"recipient_role": "attorney"},
        {"holds": (Hold("attorney", NOON - DAY),)},
    ),
    "retention what": (
        "retention",
        {"min": {"n": 1, "unit": "days"}, "from": ["paid"]},
        ["collection_records"],
        ["recordings"],
        {"purpose": "purge", "content": frozenset({"collection_records"})},
        {},
    ),
    "retention legal_hold": (
        "retention",
        {"min": {"n": 1, "unit": "days"}, "from": ["paid"]},
        ["legal_hold"],
        ["audit"],
        {"purpose": "purge"},
        {"holds": (Hold("legal_hold", NOON - DAY),)},
    ),
    "sender_identity unknown": ("sender_identity", {"header_id": True}, "block", "ignore", {}, {}),
    "recipient_block stop_on_refusal": (
        "recipient_block",
        {"allowed_roles": [], "conditional_roles": {"referee": {}}},
        True,
        False,
        REFEREE,
        {"refusals": (("E9", NOON - DAY),)},
    ),
    "recipient_block disclosure": (
        "recipient_block",
        {"allowed_roles": [], "conditional_roles": {"referee": {}}},
        "none",
        "full",
        {**REFEREE, "content": frozenset({"amount"})},
        {},
    ),
}
# Parts of a parameter: the whole with the part left out, with its default, with another value.
PARTS: dict[str, tuple[str, dict[str, Any], dict[str, Any], dict[str, Any], Any, Any]] = {
    "the unit of a window": (
        "rolling_cap",
        {"limit": 1, "window": {"n": 1}},
        {"limit": 1, "window": {"n": 1, "unit": "days"}},
        {"limit": 1, "window": {"n": 1, "unit": "hours"}},
        {},
        {"ledger": (a_call(NOON - 2 * HOUR),)},
    ),
    "the unit of a gap": (
        "min_gap",
        {"gap": {"n": 1}},
        {"gap": {"n": 1, "unit": "days"}},
        {"gap": {"n": 1, "unit": "hours"}},
        {},
        {"ledger": (a_call(NOON - 2 * HOUR),)},
    ),
    "the unit of a wait": (
        "cooldown_after_outcome",
        {"outcomes": ["no_answer"], "duration": {"n": 1}},
        {"outcomes": ["no_answer"], "duration": {"n": 1, "unit": "days"}},
        {"outcomes": ["no_answer"], "duration": {"n": 1, "unit": "hours"}},
        {},
        {"ledger": (a_call(NOON - 2 * HOUR),)},
    ),
    "the unit of a length": (
        "moratorium",
        {"kinds": ["review"], "length": {"n": 1}},
        {"kinds": ["review"], "length": {"n": 1, "unit": "days"}},
        {"kinds": ["review"], "length": {"n": 1, "unit": "months"}},
        {},
        {"holds": (Hold("review", NOON - HOUR),)},
    ),
    "the unit of a term": (
        "precondition",
        {"event": {"notice": ["n"]}, "min_elapsed": {"n": 6}},
        {"event": {"notice": ["n"]}, "min_elapsed": {"n": 6, "unit": "days"}},
        {"event": {"notice": ["n"]}, "min_elapsed": {"n": 6, "unit": "hours"}},
        {},
        {"notices": FRIDAY},
    ),
    "the first day of a request's time": (
        "person_preference",
        {"ttl": {"n": 1, "unit": "days"}},
        {"ttl": {"n": 1, "unit": "days", "day_one": "event_date"}},
        {"ttl": {"n": 1, "unit": "days", "day_one": "next_date"}},
        {},
        {"preferences": (Preference(NOON - DAY, channel="call", form="oral"),)},
    ),
    "how many dials": (
        "recipient_block",
        failures("failed_attempts"),
        failures("failed_attempts", n=1),
        failures("failed_attempts", n=2),
        REFEREE,
        {"ledger": (a_call(NOON - 2 * DAY),)},
    ),
    "on how many dates": (
        "recipient_block",
        failures("failed_dates"),
        failures("failed_dates", n=1),
        failures("failed_dates", n=2),
        REFEREE,
        {"ledger": (a_call(NOON - 2 * DAY),)},
    ),
    "when failed dials may be relied on": (
        "recipient_block",
        failures("failed_attempts", n=1),
        failures("failed_attempts", n=1, usable="next_date"),
        failures("failed_attempts", n=1, usable="same_date"),
        REFEREE,
        {"ledger": (a_call(NOON - HOUR),)},
    ),
    "when failed dates may be relied on": (
        "recipient_block",
        failures("failed_dates", n=1),
        failures("failed_dates", n=1, usable="same_date"),
        failures("failed_dates", n=1, usable="next_date"),
        REFEREE,
        {"ledger": (a_call(NOON - HOUR),)},
    ),
}


def rows() -> list[Any]:
    found = [pytest.param(*row, id=name) for name, row in PARTS.items()]
    for name, (primitive, rule, default, other, action, facts) in ROWS.items():
        key = name.split()[1]
        usual = rule if default is None else {**rule, key: default}
        found.append(
            pytest.param(primitive, rule, usual, {**rule, key: other}, action, facts, id=name)
        )
    return found


@pytest.mark.parametrize(("primitive", "without", "usual", "other", "action", "facts"), rows())
def test_what_is_left_out_is_the_default(
    primitive: str,
    without: dict[str, Any],
    usual: dict[str, Any],
    other: dict[str, Any],
    action: dict[str, Any],
    facts: dict[str, Any],
) -> None:
    def decide_by(parameters: dict[str, Any]) -> Decision:
        return judge(an_action(**action), some_facts(**facts), Rule("x", primitive, parameters))

    assert decide_by(without) == decide_by(usual)
    assert decide_by(without) != decide_by(other)
