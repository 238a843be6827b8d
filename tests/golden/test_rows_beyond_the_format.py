"""Rows of China, India, the United Kingdom and Europe that the closed format of cases can't write.

Each has a contact that is stopped, warned of or only recorded, and one beside it that is not.
"""

from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from outreach.compliance import compile_packs, decide, select_packs
from outreach.config_files.packs import read_packs
from outreach.domain.decisions import Decision, ProposedAction, Verdict
from outreach.domain.known import (
    Approval,
    Consent,
    Debt,
    Endpoint,
    Facts,
    Hold,
    Notice,
    ZoneEvidence,
)

PACKS = {pack.id: pack for pack in read_packs(Path(__file__).parents[2] / "config" / "compliance")}
CN, UK = "cn-consumer-lending", "uk-conc"
ZONES = {
    "cn": "Asia/Shanghai",
    "in": "Asia/Kolkata",
    "uk": "Europe/London",
    "eu": "Europe/Rome",
    "ro": "Europe/Bucharest",
    "it": "Europe/Rome",
}
EVERYONE_IN_THE_UNION = (
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
)
IDENTIFIED = frozenset({"agent_name", "lender_name", "signature"})
OVERDUE = Debt(dpd=40)
IN_ORDER = {
    "number": "02885550142",
    "number_kind": "fixed_line",
    "caller_id_shown": True,
    "recording": True,
    "agent_certificate": True,
}


def at(pack: str, day: str, clock: str = "10:00") -> datetime:
    """Return an instant by the wall clock of a pack's country."""
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=ZoneInfo(ZONES[pack[:2]]))


def judged(pack: str, day: str = "2026-12-09", debt: Debt = OVERDUE, **given: Any) -> Decision:
    """Decide a call about D1 by one pack; keys of `Facts` are facts, all others the action's."""
    zone = ZONES[pack[:2]]
    facts: dict[str, Any] = {
        "lender_role": "first_party",
        "zones": (ZoneEvidence(zone, "address"),),
        "lender_class": "consumer_finance_company",
        "stage": "mid",
        "notices": tuple(
            Notice(kind, at(pack, "2026-03-02"))
            for kind in ("negative_credit_notice", "outsourcing_notice")
        ),
        "debts": {"D1": debt},
    }
    action: dict[str, Any] = {
        "at": at(pack, day),
        "channel": "call",
        "purpose": "collection",
        "debts": ("D1",),
        "first_communication": False,
        "content": IDENTIFIED,
        "sender_attributes": IN_ORDER,
    }
    for key, value in given.items():
        (facts if key in Facts.__slots__ else action)[key] = value
    return decide(ProposedAction(**action), Facts(**facts), compile_packs([PACKS[pack]]))


def consent(kind: str) -> Consent:
    return Consent(kind, at(CN, "2026-01-05"))


def approval(subject: str) -> Approval:
    return Approval(subject, at(CN, "2026-12-01"), approver_role="compliance")


def hold(kind: str, **given: Any) -> Hold:
    return Hold(kind, at(UK, "2026-12-01"), starts=at(UK, "2026-12-01", "00:00"), **given)


STOPPED = [
    pytest.param(
        CN,
        "cn.cba.volunteer_payer",
        {"recipient_role": "volunteer_payer"},
        {"consents": (consent("volunteer_payer"),)},
        id="somebody who offered to pay",
    ),
    pytest.param(
        CN,
        "cn.cba.contact_sources_6",
        {"endpoint": "P1", "endpoints": {"P1": Endpoint(flags={"source_unlawful": True})}},
        {"endpoints": {"P1": Endpoint(flags={"source_unlawful": False})}},
        id="a number of unlawful origin",
    ),
    pytest.param(
        CN,
        "cn.civil.guarantee_692",
        {
            "recipient_role": "guarantor",
            "debt": Debt(dpd=200, flags={"guarantee_expired": True}),
        },
        {"debt": Debt(dpd=200)},
        id="a guarantor who is released",
    ),
    pytest.param(
        CN,
        "cn.student_minor",
        {"recipient_role": "school"},
        {"recipient_role": "debtor"},
        id="a school",
    ),
    pytest.param(
        CN,
        "cn.cost.disclosure_2026",
        {"content": IDENTIFIED | {"instalment_offer"}},
        {"content": IDENTIFIED | {"instalment_offer", "cost_table_shown"}},
        id="an offer of instalments",
    ),
    pytest.param(
        CN,
        "cn.cost.disclosure_2026",
        {"content": IDENTIFIED | {"restructure_offer"}, "day": "2026-08-01"},
        {"day": "2026-07-31"},
        id="the table of cost is due from 1 August 2026",
    ),
    pytest.param(
        CN,
        "cn.credit.one_off_repair",
        {"content": IDENTIFIED | {"credit_repair_offer"}, "day": "2026-04-01"},
        {"day": "2026-03-31"},
        id="credit repair ended on 31 March 2026",
    ),
    *(
        pytest.param(CN, rule, {"content": IDENTIFIED | {word}}, {"content": IDENTIFIED}, id=word)
        for rule, word in (
            ("cn.credit.retention_5y", "permanent_record_claim"),
            ("cn.cba.no_threat_privacy", "threat"),
            ("cn.cba.no_threat_privacy", "insult"),
            ("cn.cba.no_threat_privacy", "disclosure"),
            ("cn.cba.no_entry", "photo_of_home"),
            ("cn.cba.no_impersonation", "poses_as_lender"),
            ("cn.cba.no_false_consequence", "false_consequence"),
            ("cn.cba.no_fee_no_new_debt", "collection_fee"),
        )
    ),
    pytest.param(
        CN,
        "cn.cba.no_false_consequence",
        {"content": IDENTIFIED | {"suit_threat"}},
        {"approvals": (approval("decision_to_sue"),)},
        id="a suit that was decided on",
    ),
    pytest.param(
        CN,
        "cn.credit.no_health_data",
        {"channel": "credit_bureau", "purpose": "credit_report", "content": frozenset({"assets"})},
        {"consents": (consent("credit_data_written"),)},
        id="assets to a bureau",
    ),
    pytest.param(
        CN,
        "cn.cba.whitelist_public",
        {"channel": "agency_handoff", "lender_flags": {"agency_not_listed": True}},
        {"lender_flags": {"agency_not_listed": False}},
        id="an agency that isn't listed",
    ),
    pytest.param(
        CN,
        "cn.pipl.entrust_21",
        {"channel": "agency_handoff", "lender_flags": {"sub_agency": True}},
        {"lender_flags": {}},
        id="an agency of an agency",
    ),
    pytest.param(
        CN,
        "cn.sms.commercial_consent",
        {
            "channel": "sms",
            "purpose": "servicing_reminder",
            "content": IDENTIFIED | {"unsubscribe_td"},
            "content_tags": frozenset({"marketing"}),
            "debt": Debt(dpd=-5),
            "consents": (consent("marketing_request"),),
            "day": "2026-05-01",
        },
        {"day": "2026-04-30"},
        id="a request is enough until 30 April 2026",
    ),
    pytest.param(
        CN,
        "cn.pipl.impact_3y",
        {
            "channel": "records",
            "purpose": "purge",
            "content": frozenset({"impact_assessment"}),
            "person_dates": {"impact_assessed_at": at(CN, "2024-01-05")},
        },
        {"person_dates": {"impact_assessed_at": at(CN, "2023-12-09")}},
        id="an assessment of less than three years ago",
    ),
    pytest.param(
        UK,
        "uk.scot.moratorium",
        {"residence": "GB-SCT", "holds": (hold("moratorium"),)},
        {"residence": "GB-ENG"},
        id="the Scottish moratorium",
    ),
    pytest.param(
        UK,
        "uk.breathing.standard_60d",
        {"residence": "GB-WLS", "holds": (hold("breathing_space_standard"),)},
        {"residence": "GB-SCT"},
        id="breathing space in Wales",
    ),
    pytest.param(
        UK,
        "uk.breathing.standard_60d",
        {"residence": "GB", "holds": (hold("breathing_space_standard"),)},
        {"holds": ()},
        id="breathing space somewhere in the United Kingdom",
    ),
    pytest.param(
        UK,
        "uk.conc.forbearance",
        {"content": frozenset({"pressure_to_pay_in_full"})},
        {"content": frozenset()},
        id="pressure to pay in one go",
    ),
    pytest.param(
        UK,
        "uk.conc.vulnerable",
        {"person_flags": {"vulnerable": True}},
        {"approvals": (approval("vulnerable_customer"),)},
        id="a vulnerable customer, approved",
    ),
    pytest.param(
        "eu-ccd2",
        "eu.ccd2.forbearance",
        {
            "channel": "letter",
            "purpose": "legal_notice",
            "content": frozenset({"debt_advice_reference"}),
        },
        {"approvals": (approval("forbearance_considered"),)},
        id="forbearance was considered",
    ),
    pytest.param(
        "eu-ccd2",
        "eu.ccd2.forbearance",
        {
            "channel": "letter",
            "purpose": "legal_notice",
            "content": frozenset(),
            "approvals": (approval("forbearance_considered"),),
        },
        {"content": frozenset({"debt_advice_reference"})},
        id="debt advice is pointed to",
    ),
    pytest.param(
        "ro-oug52",
        "ro.oug52.standstill_30d",
        {"lender_role": "debt_buyer"},
        {"lender_role": "third_party"},
        id="a bought claim without a notice",
    ),
    pytest.param(
        "it-unirec",
        "it.unirec.workplace",
        {
            "lender_role": "third_party",
            "endpoint": "W1",
            "endpoints": {"W1": Endpoint(kind="work_phone")},
        },
        {"endpoints": {"W1": Endpoint(kind="work_phone", flags={"given_by_debtor": True})}},
        id="a number at work that the debtor gave",
    ),
    pytest.param(
        "in-rbi-2026",
        "in.rbi2026.recording",
        {"sender_attributes": {"recording": True}},
        {"sender_attributes": IN_ORDER},
        id="an agent without a certificate",
    ),
]


@pytest.mark.parametrize(("pack", "rule", "stopped", "free"), STOPPED)
def test_a_contact_is_stopped_and_the_one_beside_it_is_not(
    pack: str, rule: str, stopped: dict[str, Any], free: dict[str, Any]
) -> None:
    decision = judged(pack, **stopped)
    other = judged(pack, **{**stopped, **free})

    assert decision.verdict is not Verdict.ALLOW
    assert rule in decision.rules
    assert other.verdict is Verdict.ALLOW, other.reasons


def test_the_scottish_moratorium_ends_after_six_months() -> None:
    decision = judged(UK, residence="GB-SCT", holds=(hold("moratorium"),))

    assert decision.until == at(UK, "2027-06-01", "00:00")


@pytest.mark.parametrize(
    ("rule", "given", "quiet"),
    [
        pytest.param(
            "cn.civil.guarantee_692",
            {"debt": Debt(dpd=150, flags={"guaranteed": True})},
            {"debt": Debt(dpd=149, flags={"guaranteed": True})},
            id="the guarantee runs out soon",
        ),
        pytest.param(
            "cn.complaint.deadlines",
            {"holds": (Hold("complaint", at(CN, "2026-12-01")),)},
            {"holds": ()},
            id="a complaint is open",
        ),
    ],
)
def test_a_warning_stops_nothing(rule: str, given: dict[str, Any], quiet: dict[str, Any]) -> None:
    decision = judged(CN, **given)

    assert decision.verdict is Verdict.ALLOW
    assert rule in {reason.rule for reason in decision.warnings}
    assert rule not in {reason.rule for reason in judged(CN, **quiet).warnings}


@pytest.mark.parametrize(
    ("rule", "given"),
    [
        pytest.param(
            "cn.visit.rules",
            {"channel": "visit", "content": IDENTIFIED | {"visit_order"}},
            id="that a person ordered a visit",
        ),
        pytest.param(
            "cn.retention.max_rule",
            {
                "channel": "records",
                "purpose": "purge",
                "content": frozenset({"collection_records"}),
                "lender_class": "micro_lender",
                "person_dates": {"last_record_at": at(CN, "2026-01-05")},
            },
            id="three years for every lender",
        ),
        pytest.param(
            "cn.sms.consent_proof_5m",
            {
                "channel": "records",
                "purpose": "purge",
                "content": frozenset({"consent_proof"}),
                "person_dates": {"consent_ended_at": at(CN, "2026-11-05")},
            },
            id="proof of consent",
        ),
        pytest.param(
            "cn.sms.service_not_limited",
            {
                "channel": "sms",
                "purpose": "servicing_reminder",
                "content": IDENTIFIED | {"unsubscribe_td"},
                "content_tags": frozenset({"marketing"}),
                "consents": (consent("marketing_sms"),),
                "debt": Debt(dpd=-5),
                "sender_attributes": {**IN_ORDER, "service_port": True},
            },
            id="an offer from a service port",
        ),
    ],
)
def test_what_was_not_read_yet_is_recorded(rule: str, given: dict[str, Any]) -> None:
    decision = judged(CN, **given)

    assert decision.verdict is Verdict.ALLOW
    assert rule in {reason.rule for reason in decision.shadow}


@pytest.mark.parametrize(
    ("granted", "enforced"),
    [pytest.param((), False, id="by default"), pytest.param(("in-rbi-2026",), True, id="by name")],
)
def test_the_draft_for_india_is_recorded_until_a_lender_asks_for_it(
    granted: tuple[str, ...], enforced: bool
) -> None:
    chosen = {p.id: p for p in select_packs(PACKS.values(), "first_party", "IN", granted).packs}

    assert set(chosen) >= {"in-rbi", "in-rbi-2026", "in-trai"}
    assert all(rule.enforce is enforced for rule in chosen["in-rbi-2026"].rules)
    assert any(rule.enforce for rule in chosen["in-rbi"].rules)


@pytest.mark.parametrize("country", EVERYONE_IN_THE_UNION.split())
def test_the_rules_of_the_union_reach_every_member(country: str) -> None:
    selection = select_packs(PACKS.values(), "first_party", country)

    assert {"eu-ccd2", "eu-common"} <= {pack.id for pack in selection.packs}
    # They are too little to contact anybody by: a country needs a pack of its own.
    assert (selection.refusal is None) is (country == "GR")


@pytest.mark.parametrize("country", ["NO", "IS", "LI"])
def test_data_protection_reaches_further_than_the_union(country: str) -> None:
    chosen = {pack.id for pack in select_packs(PACKS.values(), "first_party", country).packs}

    assert "eu-common" in chosen
    assert "eu-ccd2" not in chosen


def test_hours_alone_are_no_law_of_the_united_kingdom() -> None:
    hours = PACKS["uk-policy-8-21"]

    assert select_packs([hours], "first_party", "GB").refusal is not None
    assert select_packs([hours, PACKS[UK]], "first_party", "GB-ENG").refusal is None
