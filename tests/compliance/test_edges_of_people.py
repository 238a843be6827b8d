"""Edges of rules about people, permission and place that no other table names.

One row per edge, often in pairs that lie a microsecond, a date or a word apart.
"""

from datetime import datetime, timedelta
from typing import Any

import pytest

from outreach.compliance.pack import Rule
from outreach.domain.known import Consent, Hold, InboundMessage, LedgerEntry, OptOut
from tests.compliance.builders import a_call, an_action, chicago, codes, judge, some_facts

NOON = chicago("2026-06-10")
MICROSECOND = timedelta(microseconds=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
DAILY = {"limit": 1, "period": "day"}
REQUESTED = {**DAILY, "exclude": ["debtor_requested"]}
FALLBACK = {"fallback": {"after": {"n": 1, "unit": "hours"}, "requires": "human_approval"}}
WRITTEN = {"form": "written"}


def to_lawyer(at: datetime, direction: str = "out", outcome: str = "sent") -> LedgerEntry:
    return a_call(at, outcome, channel="letter", direction=direction, recipient_role="attorney")


def lawyer(*ledger: LedgerEntry, **attributes: Any) -> dict[str, Any]:
    hold = Hold("attorney", NOON - 9 * DAY, attributes=attributes)
    return {"holds": (hold,), "ledger": ledger}


def hold(kind: str = "dispute", **attributes: Any) -> dict[str, Any]:
    return {"holds": (Hold(kind, NOON - DAY, attributes=attributes),)}


Row = tuple[str, dict[str, Any], dict[str, Any], dict[str, Any], str]
EDGES: dict[str, Row] = {
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
