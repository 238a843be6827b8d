"""Where a person may not be contacted, and which place comes first."""

from datetime import timedelta
from typing import Any

import pytest

from outreach.domain.decisions import Verdict
from outreach.domain.known import UNKNOWN, Consent, Endpoint
from tests.compliance.builders import a_call, a_rule, an_action, chicago, codes, judge, some_facts

NOON = chicago("2026-06-10")
LAST_WEEK = chicago("2026-06-03")


def asked(rule: dict[str, Any], action: dict[str, Any], **facts: Any) -> Any:
    return judge(an_action(**action), some_facts(**facts), a_rule("place_block", **rule))


@pytest.mark.parametrize(
    ("action", "endpoint", "barred"),
    [
        pytest.param({"place": "work"}, None, True, id="named"),
        pytest.param({"place": "home"}, None, False, id="another place"),
        pytest.param({}, None, False, id="no place in particular"),
        pytest.param({"endpoint": "W1"}, Endpoint("work_phone"), True, id="a work telephone"),
        pytest.param({"endpoint": "W1"}, Endpoint("work_email"), True, id="a work address"),
        pytest.param({"endpoint": "W1"}, Endpoint("mobile"), False, id="a mobile telephone"),
        pytest.param({"endpoint": "W1"}, Endpoint(UNKNOWN), True, id="of unknown kind"),
        pytest.param({"endpoint": "W1"}, None, True, id="not on file"),
    ],
)
def test_a_barred_place(action: dict[str, Any], endpoint: Endpoint | None, barred: bool) -> None:
    endpoints = {"W1": endpoint} if endpoint else {}

    decision = asked({"places": ["work"]}, action, endpoints=endpoints)

    assert codes(decision) == (["place_block.barred"] if barred else [])


WORK: dict[str, Any] = {"endpoint": "W1"}


@pytest.mark.parametrize(
    ("condition", "facts", "barred"),
    [
        pytest.param({}, {}, True, id="unconditionally"),
        pytest.param({"only_if": ["employer_prohibits"]}, {}, False, id="nobody prohibits it"),
        pytest.param(
            {"only_if": ["employer_prohibits"]},
            {"flags": {"employer_prohibits": True}},
            True,
            id="the employer prohibits it",
        ),
        pytest.param(
            {"only_if": ["employer_prohibits"]},
            {"flags": {"employer_prohibits": UNKNOWN}},
            True,
            id="the employer may prohibit it",
        ),
        pytest.param(
            {"only_if": ["employer_prohibits"]},
            {"person_flags": {"employer_prohibits": True}},
            True,
            id="any employer of this person",
        ),
        pytest.param({"unless": ["sole_number"]}, {}, False, id="the sole number"),
        pytest.param(
            {"unless": ["sole_number"]}, {"P1": Endpoint("mobile")}, True, id="one of two"
        ),
        pytest.param(
            {"unless": ["sole_number"]},
            {"P1": Endpoint("mobile", status="invalid")},
            False,
            id="the sole number that works",
        ),
        pytest.param(
            {"unless": ["sole_number"]},
            {"P1": Endpoint("mobile", "friend")},
            False,
            id="the sole number of theirs",
        ),
        pytest.param(
            {"unless": ["sole_number"]}, {"P1": Endpoint("email")}, False, id="beside an e-mail"
        ),
        pytest.param({"unless": ["given_by_debtor"]}, {}, True, id="found elsewhere"),
        pytest.param(
            {"unless": ["given_by_debtor"]},
            {"flags": {"given_by_debtor": True}},
            False,
            id="given by the debtor",
        ),
        pytest.param(
            {"consent": ["work_contact"]},
            {"consents": (Consent("work_contact", LAST_WEEK),)},
            False,
            id="agreed to",
        ),
        pytest.param(
            {"consent": ["work_contact"]},
            {"consents": (Consent("work_contact", LAST_WEEK, endpoint="W2"),)},
            True,
            id="agreed to for another",
        ),
    ],
)
def test_when_a_place_is_barred(
    condition: dict[str, Any], facts: dict[str, Any], barred: bool
) -> None:
    endpoints = {"W1": Endpoint("work_phone", flags=facts.get("flags", {}))}
    if "P1" in facts:
        endpoints["P1"] = facts["P1"]

    decision = asked(
        {"places": ["work"], "condition": condition},
        WORK,
        endpoints=endpoints,
        person_flags=facts.get("person_flags", {}),
        consents=facts.get("consents", ()),
    )

    assert (decision.verdict is Verdict.BLOCK) is barred


def test_a_number_that_is_not_on_file_is_nobodys_sole_number() -> None:
    rule = {"places": ["work"], "condition": {"unless": ["sole_number"]}}

    assert asked(rule, {"place": "work", "endpoint": None}).verdict is Verdict.BLOCK


ORDER: dict[str, Any] = {"order": ["home", "work"]}


def tried(**given: Any) -> Any:
    usual: dict[str, Any] = {
        "at": LAST_WEEK,
        "outcome": "no_answer",
        "channel": "visit",
        "place": "home",
    }
    return {"ledger": (a_call(**{**usual, **given}),)}


@pytest.mark.parametrize(
    ("place", "facts", "code"),
    [
        pytest.param("home", {}, None, id="the first place"),
        pytest.param("work", {}, "out_of_turn", id="the second before the first"),
        pytest.param("cafe", {}, "not_in_order", id="a place not named"),
        pytest.param(None, {}, "not_in_order", id="nobody knows where"),
        pytest.param("work", tried(), None, id="not found at the first"),
        pytest.param("work", tried(outcome="conversation"), "out_of_turn", id="found there"),
        pytest.param("work", tried(place=None), "out_of_turn", id="sought who knows where"),
        pytest.param("work", tried(channel="call"), "out_of_turn", id="called there"),
        pytest.param("work", tried(direction="in"), "out_of_turn", id="they came"),
        pytest.param("work", tried(at=NOON + timedelta(days=1)), "out_of_turn", id="not known yet"),
        pytest.param("work", {"person_flags": {"residence_attempts": 1}}, None, id="told so"),
        pytest.param("work", {"person_flags": {"residence_attempts": 0}}, "out_of_turn", id="nil"),
        pytest.param("cafe", {"person_flags": {"chosen_place": "cafe"}}, None, id="chosen"),
        pytest.param("home", {"person_flags": {"chosen_place": "cafe"}}, "not_chosen", id="other"),
    ],
)
def test_the_order_of_places(place: str | None, facts: dict[str, Any], code: str | None) -> None:
    decision = asked(ORDER, {"channel": "visit", "place": place}, **facts)

    assert codes(decision) == ([f"place_block.{code}"] if code else [])


def test_a_place_that_is_third_comes_after_both() -> None:
    rule = {"order": ["home", "work", "cafe"]}
    flags = {"residence_attempts": 1}

    decision = asked(rule, {"channel": "visit", "place": "cafe"}, person_flags=flags)

    assert decision.reasons[0].parameters == {"place": "cafe", "first": "work"}
