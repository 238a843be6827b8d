"""The packs that protect people everywhere, asked as the service asks them."""

from pathlib import Path
from typing import Any

import pytest

from outreach.compliance import compile_packs, decide, select_packs
from outreach.compliance.view import Parameters
from outreach.config_files.packs import read_packs
from outreach.domain.decisions import Verdict
from outreach.domain.known import Consent, Endpoint, Hold, OptOut
from outreach.domain.replies import classify
from outreach.domain.vocabulary import ReplyKind
from tests.compliance.builders import an_action, chicago, some_facts

PACKS = read_packs(Path(__file__).parents[2] / "config" / "compliance")
LAST_WEEK = chicago("2026-06-03")
SENDER: dict[str, dict[str, Any]] = {
    "US": {"number_kind": "ten_digit", "registration_a2p_campaign": True},
    "CN": {"number_kind": "port"},
}


def asked(
    facts: dict[str, Any], role: str = "first_party", residence: str = "US-IL", **action: Any
) -> Any:
    """Decide a text to somebody's phone by the packs of their residence."""
    known = some_facts(
        **{
            "lender_role": role,
            "residence": residence,
            "endpoints": {"P1": Endpoint(kind="mobile")},
            **facts,
        }
    )
    proposed: dict[str, Any] = {
        "channel": "sms",
        "endpoint": "P1",
        "content": frozenset({"signature", "opt_out_instructions", "mini_miranda_subsequent"}),
        "sender_attributes": {"caller_id_shown": True, **SENDER[residence[:2]]},
        **action,
    }
    packs = select_packs(PACKS, role, residence).packs
    return decide(an_action(**proposed), known, compile_packs(packs))


KEYWORDS = [
    pytest.param(word, id=f"{rule.id}-{word}")
    for pack in PACKS
    for rule in pack.rules
    if rule.primitive == "opt_out"
    for word in Parameters(rule.parameters).part("triggers").texts("keywords")
]


@pytest.mark.parametrize("word", KEYWORDS)
def test_a_word_that_a_pack_takes_for_a_request_to_stop_is_read_as_one(word: str) -> None:
    assert classify(f" {word.upper()}. ").kind is ReplyKind.OPT_OUT


@pytest.mark.parametrize("residence", ["US-IL", "CN"])
@pytest.mark.parametrize(
    ("facts", "rule"),
    [
        pytest.param({"opt_outs": (OptOut(LAST_WEEK, "sms", "P1"),)}, "opt_out", id="opt-out"),
        pytest.param({"opt_outs": (OptOut(LAST_WEEK, "phone"),)}, "opt_out", id="phone"),
        *(
            pytest.param(
                {"holds": (Hold(kind, LAST_WEEK, policy="pause_collection"),)}, rule, id=kind
            )
            for kind, rule in {
                "deceased": "deceased",
                "bankruptcy": "bankruptcy",
                "attorney": "attorney",
                "cease": "cease",
                "dispute": "dispute",
                "hardship": "hold",
                "complaint": "hold",
                "moratorium": "hold",
                "review": "hold",
                "operator": "hold",
            }.items()
        ),
        pytest.param({"person_flags": {"deceased": True}}, "deceased", id="deceased by flag"),
        pytest.param(
            {"endpoints": {"P1": Endpoint(status="wrong_party")}}, "endpoint_unusable", id="wrong"
        ),
        pytest.param({"zones": ()}, "waking_hours", id="no known place"),
    ],
)
def test_who_is_protected_is_left_alone_anywhere(
    residence: str, facts: dict[str, Any], rule: str
) -> None:
    decision = asked(facts, residence=residence)

    assert decision.verdict is Verdict.BLOCK
    assert f"outreach.{rule}" in decision.rules


def test_a_review_of_one_channel_leaves_the_others() -> None:
    facts = {"holds": (Hold("review", LAST_WEEK, channels=frozenset({"sms"})),)}

    assert asked(facts).verdict is Verdict.BLOCK
    assert asked(facts, channel="push").verdict is Verdict.ALLOW


@pytest.mark.parametrize(
    ("residence", "zone"),
    [
        pytest.param("US-IL", "America/Chicago", id="US"),
        pytest.param("CN", "Asia/Shanghai", id="CN"),
    ],
)
def test_a_reminder_by_day_goes_out(residence: str, zone: str) -> None:
    at = chicago("2026-06-10", "20:30")  # 09:30 the next morning in Shanghai

    assert asked({"zones": (zone,)}, residence=residence, at=at).verdict is Verdict.ALLOW


def test_the_confirmation_of_an_opt_out_passes_every_pack() -> None:
    facts = {"opt_outs": (OptOut(chicago("2026-06-10", "11:59"), "sms", "P1"),)}
    content = frozenset({"opt_out_confirmed", "signature", "lender_name", "agent_name"})

    for role, residence in (("first_party", "CN"), ("first_party", "US"), ("third_party", "US")):
        decision = asked(
            facts, role=role, residence=residence, purpose="opt_out_confirmation", content=content
        )
        assert decision.verdict is Verdict.ALLOW, decision.rules


@pytest.mark.parametrize(
    ("given_to", "verdict"),
    [
        pytest.param("sender", Verdict.ALLOW, id="to the collector"),
        pytest.param("creditor", Verdict.BLOCK, id="to the creditor only"),
    ],
)
def test_a_collector_texts_on_its_own_consent(given_to: str, verdict: Verdict) -> None:
    consent = Consent("express", LAST_WEEK, "sms", "P1", given_to)

    assert asked({"consents": (consent,)}, role="third_party").verdict is verdict
