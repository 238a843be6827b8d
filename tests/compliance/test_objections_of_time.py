"""What each objection hands on: its code, its parameters to the letter, and what would clear it.

Records, reports and words for people are made of these, so each cause of each primitive has a row.
"""

from datetime import date, timedelta
from typing import Any

import pytest

from outreach.compliance.pack import Rule
from outreach.domain.known import InboundMessage, Notice, Preference, PromisedDate, epoch_of
from tests.compliance.builders import a_call, an_action, chicago, judge, some_facts

NOON = chicago("2026-06-10")
NIGHT = chicago("2026-06-10", "22:00")
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
ZONES = ("America/Chicago",)
OPEN = {"all": [["08:00", "20:00"]]}
TALKED = (a_call(NOON - HOUR, "conversation"),)


# cause | rule | action | facts | parameters | needs
TIME_AND_COUNT = {
    "calendar_cap.reached": (
        {"limit": 1, "period": "day"},
        {},
        {"ledger": TALKED},
        {"limit": 1, "counted": 1, "unit": "debt", "period": "day"},
    ),
    "rolling_cap.reached": (
        {"limit": 1, "window": {"n": 7, "unit": "days"}, "unit": "person"},
        {},
        {"ledger": (*TALKED, a_call(NOON - DAY))},
        {"limit": 1, "counted": 2, "unit": "person"},
    ),
    "cooldown_after_outcome.cooling_down": (
        {"outcomes": ["conversation"], "duration": {"n": 7, "unit": "days"}},
        {},
        {"ledger": TALKED},
        {"since": epoch_of(NOON - HOUR)},
    ),
    "min_gap.too_soon": (
        {"gap": {"n": 3, "unit": "hours"}},
        {},
        {"ledger": TALKED},
        {"n": 3, "measure": "hours", "since": epoch_of(NOON - HOUR)},
    ),
    "channel_lock.other_channel_used": (
        {"after_outcome": ["conversation"]},
        {"channel": "sms"},
        {"ledger": TALKED},
        {"used": ("call",), "period": "week"},
    ),
    "holiday_block.zone_unknown": ({}, {}, {"zones": ()}, {"missing": "zone"}, "location"),
    "holiday_block.closed_day": (
        {"day_types": ["wed", "holiday"]},
        {},
        {},
        {"zones": ZONES, "day_types": ("holiday", "wed")},
    ),
    "holiday_block.calendar_unknown": (
        {},
        {},
        {"holidays": None},
        {"missing": "holidays"},
        "holiday_calendar",
    ),
    "holiday_block.never_open": ({"day_types": ["all"]}, {}, {}, {"zones": ZONES}),
    "quiet_hours.zone_unknown": (
        {"windows": OPEN},
        {},
        {"zones": ()},
        {"missing": "zone"},
        "location",
    ),
    "quiet_hours.closed": (
        {"windows": OPEN},
        {"at": NIGHT},
        {},
        {"zones": ZONES, "closed": ZONES},
    ),
    "quiet_hours.zone_conflict": (
        {"windows": {"all": [["13:00", "20:00"]]}},
        {},
        {"zones": ("America/Chicago", "America/New_York")},
        {"zones": ("America/Chicago", "America/New_York"), "closed": ZONES},
    ),
    "quiet_hours.never_open": ({"windows": {}}, {}, {}, {"zones": ZONES}),
    "quiet_hours.already_answered": (
        {"windows": OPEN, "exceptions": ["respond_once"]},
        {"at": NIGHT, "purpose": "reply_to_debtor"},
        {
            "inbound": (InboundMessage(NIGHT - HOUR, "call"),),
            "ledger": (a_call(NIGHT - HOUR / 2),),
        },
        {"zones": ZONES, "closed": ZONES},
    ),
    "person_preference.zone_unknown": (
        {},
        {},
        {"zones": (), "preferences": (Preference(NOON - DAY, 600, 900),)},
        {"missing": "zone"},
        "location",
    ),
    "person_preference.barred_time": (
        {},
        {},
        {"preferences": (Preference(NOON - DAY, 600, 900),)},
        {"since": epoch_of(NOON - DAY)},
    ),
    "person_preference.barred_channel": (
        {},
        {},
        {"preferences": (Preference(NOON - DAY, channel="call"),)},
        {"since": epoch_of(NOON - DAY)},
    ),
    "person_preference.promised": (
        {"kind": "promise"},
        {},
        {"promises": (PromisedDate(NOON - DAY, date(2026, 6, 12)),)},
        {"through": date(2026, 6, 12).toordinal()},
    ),
    "precondition.missing": (
        {"event": {"notice": ["assignment"]}, "needs": "the notice"},
        {},
        {},
        {"event": "assignment"},
        "the notice",
    ),
    "precondition.undeliverable": (
        {"event": {"notice": ["assignment"]}},
        {},
        {"notices": (Notice("assignment", NOON - DAY, undeliverable=True),)},
        {"event": "assignment"},
        "assignment",
    ),
    "precondition.too_early": (
        {"event": {"notice": ["assignment"]}, "min_elapsed": {"n": 3, "unit": "days"}},
        {},
        {"notices": (Notice("assignment", NOON - DAY),)},
        {"event": "assignment"},
    ),
    "precondition.expired": (
        {"event": {"notice": ["assignment"]}, "max_age": {"n": 3, "unit": "days"}},
        {},
        {"notices": (Notice("assignment", NOON - 9 * DAY),)},
        {"event": "assignment"},
        "assignment",
    ),
    "precondition.calendar_unknown": (
        {
            "event": {"notice": ["assignment"]},
            "min_elapsed": {"n": 3, "unit": "days"},
            "day_kind": "business",
        },
        {},
        {"notices": (Notice("assignment", NOON - DAY),), "holidays": None},
        {"missing": "holidays"},
        "holiday_calendar",
    ),
}

ROWS = [
    pytest.param(code, *row, *([""] if len(row) == 4 else []), id=code)
    for table in (TIME_AND_COUNT,)
    for code, row in table.items()
]


@pytest.mark.parametrize(("code", "rule", "action", "facts", "parameters", "needs"), ROWS)
def test_an_objection_says_what_it_rests_on(
    code: str,
    rule: dict[str, Any],
    action: dict[str, Any],
    facts: dict[str, Any],
    parameters: dict[str, object],
    needs: str,
) -> None:
    asked = Rule("x.rule", code.partition(".")[0], rule)

    decision = judge(an_action(**action), some_facts(**facts), asked)

    (reason,) = decision.reasons
    assert (reason.code, dict(reason.parameters)) == (code, parameters)
    assert decision.needs == ((needs,) if needs else ())
