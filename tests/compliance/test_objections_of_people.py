"""What each objection hands on: its code, its parameters to the letter, and what would clear it.

Records, reports and words for people are made of these, so each cause of each primitive has a row.
"""

from datetime import timedelta
from typing import Any

import pytest

from outreach.compliance.pack import Rule
from outreach.domain.known import (
    UNKNOWN,
    Consent,
    Debt,
    Endpoint,
    Hold,
    LedgerEntry,
    OptOut,
    epoch_of,
)
from tests.compliance.builders import a_call, an_action, chicago, judge, some_facts

NOON = chicago("2026-06-10")
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
BEYOND = Endpoint("mobile", checked_at=NOON - DAY, checked_result="yes")
SILENT = Endpoint("mobile", checked_at=NOON - DAY, checked_result="no_data")
OLD = Endpoint("mobile", last_text_at=NOON - 90 * DAY)
STOP = (OptOut(NOON - HOUR, "call"),)
LAWYER = Hold("attorney", NOON - 60 * DAY)
SINCE = {"n": 30, "unit": "days"}
PAID = {"D1": Debt(dates={"paid_off": NOON - DAY})}
ASKED = LedgerEntry(NOON - 50 * DAY, "letter", "out", "sent", ("D1",), recipient_role="attorney")


def said(at: Any, outcome: str = "sent", **given: Any) -> LedgerEntry:
    return a_call(at, outcome, **{"purpose": "opt_out_confirmation", **given})


# cause | rule | action | facts | parameters | needs
PERMISSION = {
    "channel_forbidden.forbidden": ({"needs": "a licence"}, {}, {}, {}, "a licence"),
    "consent_required.missing": ({"kinds": ["calls"]}, {}, {}, {}, "consent"),
    "consent_required.exemption_void": (
        {"kinds": ["calls"], "needs": "leave"},
        {"sender_attributes": {"claimed_exemption": True}},
        {},
        {},
        "leave",
    ),
    "consent_required.given_to_other": (
        {"kinds": ["calls"]},
        {},
        {"consents": (Consent("calls", NOON - DAY, given_to="creditor"),)},
        {},
        "consent",
    ),
    "consent_required.unproven": (
        {"kinds": ["calls"], "evidence_required": True},
        {},
        {"consents": (Consent("calls", NOON - DAY),)},
        {},
        "consent",
    ),
    "consent_required.revoked": (
        {"kinds": ["calls"]},
        {},
        {"consents": (Consent("calls", NOON - DAY),), "opt_outs": STOP},
        {},
        "consent",
    ),
    "consent_required.expired": (
        {"kinds": ["calls"]},
        {},
        {"consents": (Consent("calls", NOON - DAY, expires=NOON),)},
        {},
        "consent",
    ),
    "consent_required.not_yet": (
        {"kinds": ["calls"]},
        {},
        {"consents": (Consent("calls", NOON - DAY, starts=NOON + HOUR),)},
        {},
    ),
    "human_approval_required.needs_approval": (
        {"subject": "visit", "approver_role": ["manager", "counsel"]},
        {},
        {},
        {"subject": "visit", "approver_role": ["counsel", "manager"]},
        "human_approval_required",
    ),
    "content_forbidden.present": (
        {"elements": ["threat"], "tags": ["shaming"]},
        {"content": frozenset({"threat", "amount"}), "content_tags": frozenset({"shaming"})},
        {},
        {"found": ["shaming", "threat"]},
        "content",
    ),
    "content_required.missing": (
        {"all_of": ["name", "amount"], "any_of": ["site", "phone"]},
        {"content": frozenset({"name"})},
        {},
        {"missing": ["amount", "phone|site"]},
        "content",
    ),
    "content_required.not_allowed": (
        {"all_of": ["name"], "any_of": ["site"], "optional": ["greeting"], "closed": True},
        {"content": frozenset({"name", "site", "greeting", "amount"})},
        {},
        {"extra": ["amount"]},
        "content",
    ),
    "number_freshness.reassigned": (
        {},
        {"endpoint": "E1"},
        {"endpoints": {"E1": BEYOND}},
        {},
        "fresh check",
    ),
    "number_freshness.unproven": (
        {"max_age": SINCE},
        {"endpoint": "E1"},
        {"endpoints": {"E1": SILENT}},
        {"max_age": [30, "days"]},
        "fresh check",
    ),
    "number_freshness.stale": (
        {"max_age": SINCE, "needs": "a look-up"},
        {"endpoint": "E1"},
        {"endpoints": {"E1": OLD}},
        {"max_age": [30, "days"]},
        "a look-up",
    ),
    "number_freshness.inconclusive": (
        {"result_policy": {"no_data": "human_approval"}},
        {"endpoint": "E1"},
        {"endpoints": {"E1": SILENT}},
        {"subject": "number_freshness"},
        "human_approval_required",
    ),
    "opt_out.opted_out": (
        {"outer_limit": {"n": 1, "unit": "business_days"}},
        {},
        {
            "opt_outs": (OptOut(chicago("2026-06-05"), "call"),),
            "ledger": (
                a_call(chicago("2026-06-08", "23:59")),
                a_call(chicago("2026-06-09", "00:00")),
                a_call(NOON),
                a_call(NOON, "released"),
                a_call(NOON, channel="sms"),
                a_call(NOON, direction="in"),
                said(NOON),
            ),
        },
        {
            "since": epoch_of(chicago("2026-06-05")),
            "honor_by": "2026-06-09T05:00:00+00:00",
            "late_contacts": 2,
        },
        "opt_in",
    ),
    "opt_out.confirmation_content": (
        {"confirmation": {"max": 1, "extra_content": ["name"]}},
        {
            "purpose": "opt_out_confirmation",
            "content": frozenset({"name", "opt_out_confirmed", "amount"}),
        },
        {"opt_outs": STOP},
        {"extra": ["amount"]},
    ),
    "opt_out.confirmation_repeated": (
        {"confirmation": {"max": 1}},
        {"purpose": "opt_out_confirmation"},
        {"opt_outs": STOP, "ledger": (said(NOON),)},
        {"limit": 1},
    ),
    "opt_out.confirmation_late": (
        {"confirmation": {"max": 1, "within": {"n": 5, "unit": "minutes"}}},
        {"purpose": "opt_out_confirmation"},
        {"opt_outs": STOP},
        {},
    ),
}

WHO_AND_WHERE = {
    "cease.requested": ({}, {}, {"holds": (Hold("cease", NOON - DAY),)}, {}),
    "dispute_hold.open": (
        {"release_event": "verification"},
        {},
        {"holds": (Hold("dispute", NOON - DAY),)},
        {"trigger": "dispute"},
        "verification",
    ),
    "moratorium.in_force": (
        {"kinds": ["review"]},
        {},
        {"holds": (Hold("review", NOON - DAY),)},
        {"kind": "review"},
    ),
    "place_block.barred": ({"places": ["work"]}, {"place": "work"}, {}, {"place": "work"}),
    "place_block.not_chosen": (
        {"order": ["home", "work"]},
        {"place": "work"},
        {"person_flags": {"chosen_place": "home"}},
        {"place": "work", "chosen": "home"},
    ),
    "place_block.not_in_order": (
        {"order": ["home", "work"]},
        {},
        {},
        {"place": "", "order": ["home", "work"]},
    ),
    "place_block.out_of_turn": (
        {"order": ["home", "work"]},
        {"place": "work"},
        {},
        {"place": "work", "first": "home"},
    ),
    "recipient_block.role": (
        {"allowed_roles": ["debtor", "attorney"]},
        {"recipient_role": "employer"},
        {},
        {"role": "employer", "allowed": ["attorney", "debtor"]},
    ),
    "recipient_block.refused": (
        {"allowed_roles": ["debtor"], "conditional_roles": {"referee": {}}},
        {"recipient_role": "referee", "endpoint": "E9"},
        {"refusals": (("E9", NOON),)},
        {"role": "referee"},
    ),
    "recipient_block.repeated": (
        {"allowed_roles": [], "conditional_roles": {"referee": {}}, "max_per_recipient": 1},
        {"recipient_role": "referee"},
        {"ledger": (a_call(NOON, "conversation", recipient_role="referee"),)},
        {"role": "referee", "limit": 1},
    ),
    "recipient_block.condition": (
        {"allowed_roles": [], "conditional_roles": {"referee": {"named_by_debtor": True}}},
        {"recipient_role": "referee"},
        {},
        {"role": "referee"},
    ),
    "recipient_block.discloses": (
        {"allowed_roles": [], "conditional_roles": {"referee": {}}},
        {"recipient_role": "referee", "content": frozenset({"name", "amount", "balance"})},
        {},
        {"role": "referee", "extra": ["amount", "balance"]},
        "content",
    ),
    "recipient_block.not_yet": (
        {
            "allowed_roles": [],
            "conditional_roles": {"referee": {"unreachable_when": {"failed_attempts": {"n": 1}}}},
        },
        {"recipient_role": "referee"},
        {"ledger": (a_call(NOON - HOUR),)},
        {"role": "referee"},
    ),
    "representation_redirect.represented": (
        {"allowed_recipients": ["executor", "attorney"]},
        {},
        {"holds": (LAWYER,)},
        {"recipients": ["attorney", "executor"]},
        "attorney",
    ),
    "representation_redirect.silent": (
        {"fallback": {"after": SINCE, "requires": "human_approval"}},
        {},
        {"holds": (LAWYER,), "ledger": (ASKED,)},
        {"subject": "representative_silent"},
        "human_approval_required",
    ),
    "retention.legal_hold": (
        {"min": SINCE, "from": ["paid_off"], "what": ["recordings", "letters"]},
        {"purpose": "purge"},
        {"holds": (Hold("legal_hold", NOON),), "debts": PAID},
        {"hold": "legal_hold", "what": ["letters", "recordings"]},
    ),
    "retention.event_unknown": (
        {"min": SINCE, "from": ["paid_off", "closed"]},
        {"purpose": "purge"},
        {},
        {"event": "closed|paid_off", "what": ["collection_records"]},
        "closed|paid_off",
    ),
    "retention.kept": (
        {"min": SINCE, "from": ["paid_off"], "purge_after": {"n": 60, "unit": "days"}},
        {"purpose": "purge"},
        {"debts": PAID},
        {
            "event": "paid_off",
            "what": ["collection_records"],
            "purge_by": "2026-08-08T05:00:00+00:00",
        },
    ),
    "sender_identity.number": (
        {"number_prefix": ["1600", "140"], "country_code": "91"},
        {"sender_attributes": {"number": "+91 98-20"}},
        {},
        {"number_prefix": ["140", "1600"]},
        "sender_identity",
    ),
    "sender_identity.number_kind": (
        {"forbidden_number_kinds": ["personal"], "needs": "a registered line"},
        {"sender_attributes": {"number_kind": "personal"}},
        {},
        {"kind": "personal"},
        "a registered line",
    ),
    "sender_identity.missing": (
        {"header_id": True, "licence": True},
        {"sender_attributes": {"header_id": False, "licence": ""}},
        {},
        {"missing": ["header_id", "licence"]},
        "sender_identity",
    ),
    "sender_identity.unknown": (
        {
            "template_id": True,
            "caller_id_shown": True,
            "registration": ["dlt"],
            "number_prefix": ["140"],
            "forbidden_number_kinds": ["personal"],
        },
        {"sender_attributes": {"caller_id_shown": UNKNOWN}},
        {},
        {
            "unknown": [
                "caller_id_shown",
                "number",
                "number_kind",
                "registration_dlt",
                "template_id",
            ]
        },
        "sender_identity",
    ),
}

ROWS = [
    pytest.param(code, *row, *([""] if len(row) == 4 else []), id=code)
    for table in (PERMISSION, WHO_AND_WHERE)
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


def test_an_objection_without_a_limit_gives_no_alarm() -> None:
    decision = judge(an_action(), some_facts(opt_outs=STOP), Rule("x.rule", "opt_out", {}))

    assert dict(decision.reasons[0].parameters) == {"since": epoch_of(NOON - HOUR)}


def test_a_place_that_nobody_knows_is_called_unknown() -> None:
    rule = Rule("x.rule", "place_block", {"places": ["work"]})

    decision = judge(an_action(endpoint="E1"), some_facts(), rule)

    assert dict(decision.reasons[0].parameters) == {"place": "unknown"}


def test_a_moratorium_that_ends_names_the_hold_that_ends_last() -> None:
    holds = (Hold("death", NOON - DAY, ends=NOON + DAY), Hold("review", NOON, ends=NOON + HOUR))
    rule = Rule("x.rule", "moratorium", {"kinds": ["death", "review"]})

    decision = judge(an_action(), some_facts(holds=holds), rule)

    assert dict(decision.reasons[0].parameters) == {"kind": "death"}
