"""Every key of the closed case format has a meaning: without it the engine sees something else."""

import json
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from outreach.compliance import compile_packs, decide
from outreach.config_files.golden import GoldenError, parse_case
from outreach.config_files.golden_actions import action_of
from outreach.config_files.golden_facts import facts_of
from outreach.config_files.golden_notices import with_notices
from outreach.config_files.packs import read_packs
from outreach.domain import known as d

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "outreach/config_files/golden_case.schema.json").read_text("utf-8"))
PACKS = compile_packs(read_packs(ROOT / "config" / "compliance"))
AT, EARLIER, LATER = (
    "2026-06-10T12:00:00-05:00",
    "2026-06-01T10:00:00-05:00",
    "2026-06-05T10:00:00-05:00",
)

# Said for people, or of how a case came about; and what a comparison reads and not the engine.
FOR_PEOPLE = {
    "confidence",
    "description",
    "exercises",
    "id",
    "jurisdiction",
    "note",
    "packs",
    "time_arithmetic_checked",
    "facts.opt_ins.text",
    "facts.opt_outs.text",
    # Nobody has chosen a place: as if nothing were said.
    "facts.chosen_place",
    "facts.moratoria.decided",
    "proposed.planned_at",
    "proposed.queued_at",
    "proposed_concurrent.worker",
}

# The format has one value for these, which stands where they aren't said.
ONE_VALUE = {
    "facts.inbound.medium",
    "facts.opt_ins.medium",
    "proposed_concurrent.recipient_role",
}
# Each is without effect where the other makes it so; see the zones below.
TESTED_ALONE = {"facts.declared_location.at", "facts.declared_location.zone"}

FULL: dict[str, Any] = {
    "id": "full",
    "packs": ["us-regf"],
    "confidence": "high",
    "description": "every key there is",
    "exercises": ["us.regf.cease"],
    "jurisdiction": "US federal",
    "note": "none",
    "time_arithmetic_checked": True,
    "sender_role": "first_party",
    "plausible_zones": ["America/New_York", "America/Chicago"],
    "expect": {
        "decision": "block",
        "rule": "us.regf.cease",
        "also_acceptable_rules": ["x.y"],
        "needs": "x",
        "until": AT,
        "warnings": ["x.y"],
    },
    "expect_strict": {"decision": "defer", "rule": "us.regf.cease", "until": AT},
    "facts": {
        "address": "Brooklyn, NY",
        "area_codes": ["312"],
        "agent_notes": [{"at": EARLIER, "text": "stop calling"}],
        "utterances": [{"at": LATER, "text": "stop texting"}],
        "inbound": [{"at": LATER, "medium": "sms", "text": "stop"}],
        "agreements": [{"at": EARLIER, "kind": "contact_hours", "window": "sun 09:00-12:00"}],
        "chosen_place": None,
        "residence_attempts": 2,
        "consents": [
            {
                "kind": "direct_call_consent",
                "given_at": EARLIER,
                "channels": ["call", "sms"],
                "debts": ["D1"],
                "scope": "call 2026-06-10 14:00",
            }
        ],
        "debt_flags": {
            "D1": {
                "dpd": 40,
                "due": "2026-05-01",
                "overdue_since": "2026-05-03",
                "first_communication_at": EARLIER,
                "validation_sent_at": None,
                "grievance_open": True,
                "illegal": True,
                "payment_proposal_open": True,
                "refused_to_pay": True,
                "statute_barred": True,
                "time_barred": True,
                "dispute": {
                    "arguable": True,
                    "form": "written",
                    "in_validation_period": True,
                    "received_at": EARLIER,
                    "verification_sent_at": LATER,
                },
            }
        },
        "debt_groups": {"G": ["D1"]},
        "declared_location": {"zone": "America/Chicago", "at": "2026-06-11T12:00:00-05:00"},
        "endpoints": {
            "P1": {
                "kind": "mobile",
                "owner": "friend",
                "employer_prohibits": True,
                "dc_electronic_consent": True,
                "nyc_written_consent": ["sms"],
                "express_consent_at": EARLIER,
                "sms_consent_to_sender_at": EARLIER,
                "sms_consent_to_creditor_at": EARLIER,
                "last_consumer_text_at": EARLIER,
                "not_persons_learned_at": LATER,
                "reassignment_check": {"at": EARLIER, "result": "no"},
            }
        },
        "entrustment_agreement": False,
        "holidays": ["2026-06-12"],
        "last_collection_activity": EARLIER,
        "last_record_at": EARLIER,
        "lender_class": "card_issuer",
        "letters": [{"at": EARLIER, "kind": "assignment_notice", "undeliverable": True}],
        "moratoria": [
            {"kind": "life_event", "starts": "2026-06-01", "through": "2026-06-30"},
            {"kind": "debt_advice", "received": "2026-06-02", "days": 30, "debts": ["D1"]},
            {"kind": "adjustment_request", "received": "2026-06-03", "decided": None},
            {"kind": "breathing_space_mental_health", "treatment_ended": "2026-06-04"},
        ],
        "opt_ins": [{"at": EARLIER, "medium": "sms", "endpoint": "P1", "text": "START"}],
        "opt_outs": [
            {
                "at": EARLIER,
                "medium": "email",
                "endpoint": "E1",
                "scope": "marketing",
                "topic": "D1",
                "text": "STOP",
            }
        ],
        "person_flags": {
            "attorney": {
                "known_since": EARLIER,
                "last_contacted_at": LATER,
                "name": "on file",
                "notice": "verifiable",
            },
            "bankruptcy": {"filed_at": EARLIER, "status": "stay"},
            "bereavement": {"until": "2026-06-20"},
            "cease": {"form": "written", "received_at": EARLIER},
            "debtor_number_invalid": True,
            "deceased": True,
            "location_unknown": True,
            "minor": True,
            "student": True,
            "vulnerable": True,
        },
        "preferences": [
            {
                "barred": "12:00-13:00",
                "days": "tue",
                "form": "oral",
                "place": "work",
                "set_at": EARLIER,
                "source": "creditor_file",
            }
        ],
        "promises": [{"made_at": EARLIER, "pay_on": "2026-06-25"}],
        "sender_zone": "Australia/Sydney",
        "stage": "servicing",
        "third_party_refusals": [{"person": "F1", "at": EARLIER}],
    },
    "prior_contacts": [
        {
            "at": EARLIER,
            "channel": "call",
            "direction": "in",
            "outcome": "conversation",
            "debts": ["D1"],
            "dial_mode": "predictive",
            "excluded_reason": "endpoint_not_persons",
            "idempotency_key": "K0",
            "place": "other",
            "purpose": "location_info",
            "recipient_role": "contact_person",
            "sender": "agency-A",
            "to": "P1",
        }
    ],
    "proposed": {
        "at": AT,
        "channel": "call",
        "purpose": "collection",
        "debts": ["D1"],
        "recipient_role": "spouse",
        "call_kind": "notice",
        "claimed_exemption": "financial_alert",
        "content": ["amount"],
        "content_tags": ["marketing"],
        "dial_mode": "manual",
        "expected_delivery": AT,
        "first_communication": True,
        "idempotency_key": "K1",
        "place": "work",
        "planned_at": AT,
        "queued_at": AT,
        "recording": False,
        "sender": "agency-B",
        "sender_number": "personal_mobile",
        "sender_registered": False,
        "template_class": "lcm",
        "template_registered": False,
        "to": "P1",
    },
    "proposed_concurrent": [
        {
            "at": AT,
            "channel": "call",
            "purpose": "collection",
            "debts": ["D1"],
            "recipient_role": "debtor",
            "worker": "w1",
        }
    ],
}


def leaves(schema: dict[str, Any], path: str = "") -> Iterator[str]:
    """Yield the path of every key that holds a value; `*` stands for names that a case chooses."""
    if "items" in schema:
        yield from leaves(schema["items"], path)
    elif "properties" in schema:
        for key, inner in schema["properties"].items():
            yield from leaves(inner, f"{path}.{key}".lstrip("."))
    elif isinstance(schema.get("additionalProperties"), dict):
        yield from leaves(schema["additionalProperties"], f"{path}.*")
    else:
        yield path


PATHS = sorted(leaves(SCHEMA))


def without(case: dict[str, Any], path: str) -> tuple[dict[str, Any], int]:
    """Return the case without a key, wherever it stands, and how often it stood there."""
    changed = deepcopy(case)
    *way, last = path.split(".")
    places: list[Any] = [changed]
    for step in way:
        places = [
            inner
            for place in places
            for inner in (place.values() if step == "*" else [place[step]] if step in place else [])
        ]
        places = [
            one for place in places for one in (place if isinstance(place, list) else [place])
        ]
    removed = 0
    for place in places:
        for key in list(place) if last == "*" else [last]:
            removed += place.pop(key, None) is not None or key in FOR_PEOPLE
    return changed, removed


def holds(case: dict[str, Any], path: str) -> bool:
    return without(case, path)[0] != case


def seen(case: dict[str, Any]) -> object:
    """Return all that the engine is given for a case."""
    facts = with_notices(facts_of(case), case, PACKS)
    proposals = [case["proposed"], *case.get("proposed_concurrent", ())]
    return facts, [action_of(one, facts, PACKS) for one in proposals]


def test_the_example_holds_every_key_of_the_format() -> None:
    parse_case(FULL)

    assert [path for path in PATHS if not holds(FULL, path)] == []
    assert set(PATHS) >= FOR_PEOPLE


@pytest.mark.parametrize(
    "path",
    sorted(
        {path for path in PATHS if not path.startswith("expect")}
        - FOR_PEOPLE
        - ONE_VALUE
        - TESTED_ALONE
    ),
)
def test_a_key_reaches_the_engine(path: str) -> None:
    changed, _ = without(FULL, path)
    missing: list[object] = []
    found: object = None

    try:
        found = seen(changed)
    except KeyError as exc:
        missing += exc.args  # nothing can be judged without it

    assert missing in ([], [path.rpartition(".")[2]])
    assert found != seen(FULL)


@pytest.mark.parametrize("path", sorted((FOR_PEOPLE - {"packs"}) | ONE_VALUE))
def test_what_is_for_people_changes_nothing(path: str) -> None:
    assert seen(without(FULL, path)[0]) == seen(FULL)


def facts(**given: Any) -> d.Facts:
    case = {key: value for key, value in FULL.items() if key in {"plausible_zones", "proposed"}}
    return facts_of({**case, "facts": given})


@pytest.mark.parametrize(
    ("given", "evidence"),
    [
        pytest.param({}, ["a New_York", "a Chicago"], id="nothing suggests anything"),
        pytest.param({"area_codes": ["312"]}, ["a New_York", "n Chicago"], id="code"),
        pytest.param(
            {"area_codes": ["312"], "address": "New York, NY"},
            ["a New_York", "n Chicago"],
            id="code and address",
        ),
        pytest.param(
            {"area_codes": ["312", "212"], "address": "New York, NY"},
            ["n New_York", "a New_York", "n Chicago", "a Chicago"],
            id="code explains all, the address may be any",
        ),
        pytest.param({"area_codes": ["900-voip"]}, ["a New_York", "a Chicago"], id="no code"),
        pytest.param(
            {"declared_location": {"zone": "America/Chicago", "at": EARLIER}},
            ["a New_York", "d Chicago"],
            id="declared",
        ),
        pytest.param(
            {"declared_location": {"zone": "America/Chicago"}},
            ["a New_York", "d Chicago"],
            id="declared at some time",
        ),
        pytest.param(
            {"declared_location": {"zone": "America/Chicago", "at": "2026-06-11T12:00:00-05:00"}},
            ["a New_York", "a Chicago"],
            id="declared only later",
        ),
    ],
)
def test_each_zone_has_what_suggests_it(given: dict[str, Any], evidence: list[str]) -> None:
    kinds = {"address": "a", "area_code": "n", "declared": "d"}
    found = [f"{kinds[one.kind]} {one.zone.partition('/')[2]}" for one in facts(**given).zones]

    assert found == evidence


@pytest.mark.parametrize(
    ("address", "residence"),
    [
        pytest.param("Brooklyn, NY", "US-NY-NYC", id="city"),
        pytest.param("Los Angeles, CA", "US-CA", id="state"),
        pytest.param("Toronto, ON", "CA-ON", id="province"),
        pytest.param("Makassar", None, id="elsewhere"),
        pytest.param("Urumqi, Xinjiang", None, id="no code"),
    ],
)
def test_an_address_tells_the_residence(address: str, residence: str | None) -> None:
    assert facts(address=address).residence == residence


@pytest.mark.parametrize(
    ("debt", "since"),
    [
        pytest.param({"due": "2026-06-01"}, "2026-06-02", id="the day after it was due"),
        pytest.param({"dpd": 1}, "2026-06-10", id="today is the first day"),
        pytest.param({"dpd": 10}, "2026-06-01", id="ten days"),
        pytest.param({"dpd": 0}, None, id="not overdue"),
        pytest.param({"overdue_since": "2026-06-03", "dpd": 10}, "2026-06-03", id="said"),
    ],
)
def test_since_when_a_debt_is_overdue(debt: dict[str, Any], since: str | None) -> None:
    date = facts(debt_flags={"D1": debt}).debts["D1"].dates.get("overdue_since")

    assert (str(date.date()) if date else None) == since


def test_consents_stand_for_each_channel_they_name() -> None:
    found = facts(consents=[{"kind": "channel_authorised", "channels": ["call", "sms"]}]).consents

    assert [(one.channel, one.at.year) for one in found] == [("call", 1970), ("sms", 1970)]


def test_an_agreement_keeps_to_its_days() -> None:
    [found] = facts(
        agreements=[{"kind": "contact_hours", "window": "sat,sun 09:00-12:00", "at": EARLIER}]
    ).agreements

    assert (sorted(found.days), found.start_minute, found.end_minute) == ([5, 6], 540, 720)


def test_a_key_that_the_format_does_not_have_is_named() -> None:
    for place in ("facts", "proposed", "expect"):
        case = deepcopy(FULL)
        case[place]["surprise"] = 1
        with pytest.raises(GoldenError, match="surprise"):
            parse_case(case)


def test_notices_that_are_not_mentioned_were_given() -> None:
    case: dict[str, Any] = {
        "id": "x",
        "packs": ["us-regf"],
        "confidence": "high",
        "plausible_zones": ["America/Chicago"],
        "proposed": {
            "at": AT,
            "channel": "call",
            "purpose": "collection",
            "debts": ["D1"],
            "recipient_role": "debtor",
            "content": ["agent_name", "mini_miranda_subsequent"],
        },
    }
    packs = compile_packs(p for p in PACKS.packs if p.id == "us-regf")
    known = {"first_communication_at": "2026-05-01T10:00:00-05:00"}

    def rules(**flags: Any) -> frozenset[str]:
        told: dict[str, Any] = {**case, "facts": {"debt_flags": {"D1": flags}}}
        found = with_notices(facts_of(told), told, packs)
        return decide(action_of(told["proposed"], found, packs), found, packs).rules

    assert rules(**known) == set()
    assert rules(**known, validation_sent_at=None) == {"us.regf.validation_notice"}
