"""What is kept with a decision gives back exactly the facts it was made on."""

import json
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta

import pytest

from outreach.domain import known as d
from outreach.facts.snapshot import restore, snapshot

AT = datetime(2026, 6, 10, 17, 0, 0, 250, tzinfo=UTC)
LATER = AT + timedelta(days=3)
ONE = frozenset({"1"})
FULL = d.Facts(
    lender_role="third_party",
    zones=(d.ZoneEvidence("America/Chicago", "declared"), d.ZoneEvidence("Asia/Tokyo", "address")),
    residence="US-NY-NYC",
    lender_class="card_issuer",
    stage="servicing",
    ledger=(
        d.LedgerEntry(AT, "call", "out", "no_answer", ("1", "2"), "P1", "collection"),
        d.LedgerEntry(AT, "sms", "in", "inbound_message", (), sender="us"),
        d.LedgerEntry(
            AT,
            "call",
            "out",
            "conversation",
            ("1",),
            recipient_role="spouse",
            dial_mode="ai_voice",
            place="other",
            excluded_reason="endpoint_not_persons",
            key="K",
        ),
    ),
    consents=(
        d.Consent("express", AT),
        d.Consent("sms_consent", AT, "sms", "P1", "creditor", "web", "m", ONE, AT, LATER, "e"),
    ),
    opt_outs=(d.OptOut(AT, "sms", "P1", "marketing", "1", source="keyword"),),
    preferences=(
        d.Preference(AT, 60, 120, frozenset({6}), "work", "oral", "file", "sms", "P1", AT, LATER),
    ),
    promises=(d.PromisedDate(AT, date(2026, 6, 25), ONE, LATER),),
    agreements=(d.Agreement("contact_hours", AT, 1_320, 1_380, frozenset({0})),),
    holds=(
        d.Hold("cease", AT),
        d.Hold(
            "dispute",
            AT,
            AT,
            LATER,
            ONE,
            frozenset({"sms"}),
            "pause_collection",
            frozenset({"reply_to_debtor"}),
            LATER,
            {"form": "written", "in_validation_period": True, "verified": d.UNKNOWN},
            frozenset({"executor"}),
        ),
    ),
    endpoints={
        "P1": d.Endpoint("mobile", "debtor", "invalid", AT, "no", AT, LATER, {"x": d.UNKNOWN}),
        "P2": d.Endpoint(d.UNKNOWN),
    },
    debts={
        "1": d.Debt(dpd=3),
        "2": d.Debt(),
        "3": d.Debt(-2, "G", "C", "card", {"time_barred": d.UNKNOWN, "n": 3}, {"due": AT}),
    },
    person_flags={"deceased": True, "minor": d.UNKNOWN},
    person_dates={"last_record_at": AT},
    notices=(d.Notice("assignment_notice", AT, undeliverable=True, debts=frozenset({"1"})),),
    inbound=(d.InboundMessage(AT, "sms", opt_out=True, endpoint="P1"),),
    holidays=frozenset({date(2026, 7, 3)}),
    approvals=(d.Approval("visit", AT, "team_lead", debts=frozenset({"1"})),),
    lender_zone="America/New_York",
    refusals=(("F1", AT),),
    lender_flags={"no_entrustment_agreement": True},
)


@pytest.mark.parametrize(
    "facts",
    [
        pytest.param(FULL, id="everything"),
        pytest.param(d.Facts("first_party"), id="nothing"),
        pytest.param(d.Facts("first_party", holidays=None), id="no calendar"),
    ],
)
def test_facts_come_back_as_they_were(facts: d.Facts) -> None:
    assert restore(json.loads(json.dumps(snapshot(facts)))) == facts


def test_the_example_sets_every_field_there_is() -> None:
    bare = d.Facts("first_party")

    left = [
        one.name for one in fields(d.Facts) if getattr(FULL, one.name) == getattr(bare, one.name)
    ]
    assert left == []
    for kind, example in (
        (d.LedgerEntry, FULL.ledger[2]),
        (d.Consent, FULL.consents[1]),
        (d.OptOut, FULL.opt_outs[0]),
        (d.Preference, FULL.preferences[0]),
        (d.PromisedDate, FULL.promises[0]),
        (d.Agreement, FULL.agreements[0]),
        (d.Hold, FULL.holds[1]),
        (d.Endpoint, FULL.endpoints["P1"]),
        (d.Debt, FULL.debts["3"]),
        (d.Notice, FULL.notices[0]),
        (d.InboundMessage, FULL.inbound[0]),
    ):
        unset = [one.name for one in fields(kind) if getattr(example, one.name) == one.default]
        assert unset in ([], ["endpoint", "purpose", "sender"]), kind


def test_little_is_kept_of_little() -> None:
    facts = d.Facts("first_party", debts={"1": d.Debt(dpd=3)}, ledger=FULL.ledger[:1])

    assert snapshot(facts) == {
        "lender_role": "first_party",
        "zones": [],
        "debts": {"1": 3},
        "ledger": [[d.epoch_of(AT), "call", "out", "no_answer", ["1", "2"], "P1", "collection"]],
    }
