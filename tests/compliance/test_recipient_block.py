"""Who may be spoken to about a debt, on what conditions, and what is said."""

from datetime import timedelta
from typing import Any

import pytest

from outreach.domain.decisions import Verdict
from outreach.domain.known import UNKNOWN, Consent, Endpoint
from tests.compliance.builders import a_call, a_rule, an_action, chicago, codes, judge, some_facts

NOON = chicago("2026-06-10")
LAST_WEEK = chicago("2026-06-03")


def asked(rule: dict[str, Any], action: dict[str, Any], **facts: Any) -> Any:
    given: dict[str, Any] = {"recipient_role": "contact_person", "purpose": "relay_request"}
    if "content" in action:
        action = {**action, "content": frozenset(action["content"])}
    return judge(
        an_action(**{**given, **action}),
        some_facts(**facts),
        a_rule("recipient_block", **{"allowed_roles": ["debtor"], **rule}),
    )


def code_of(decision: Any) -> str | None:
    found = codes(decision)
    return found[0].removeprefix("recipient_block.") if found else None


RELAY: dict[str, Any] = {"when": {"purpose": ["relay_request"]}}


@pytest.mark.parametrize(
    ("rule", "action", "facts", "code"),
    [
        pytest.param({}, {"recipient_role": "debtor"}, {}, None, id="the debtor"),
        pytest.param({}, {}, {}, "role", id="anybody else"),
        pytest.param({}, {"recipient_role": "unknown"}, {}, "role", id="nobody knows who"),
        pytest.param({"contact_person": {}}, {}, {}, None, id="no conditions"),
        pytest.param({"spouse": {}}, {}, {}, "role", id="conditions of another role"),
        pytest.param({"contact_person": RELAY}, {}, {}, None, id="a purpose"),
        pytest.param(
            {"contact_person": RELAY}, {"purpose": "collection"}, {}, "condition", id="another one"
        ),
        pytest.param({"other": RELAY}, {"recipient_role": "neighbor"}, {}, None, id="all others"),
        pytest.param(
            {"other": {}, "contact_person": {"when": {"purpose": "location_info"}}},
            {},
            {},
            "condition",
            id="a named role is no other",
        ),
        pytest.param(
            {"parent": {"when": {"person_flags": {"any_of": ["minor"]}}}},
            {"recipient_role": "parent"},
            {"person_flags": {"minor": True}},
            None,
            id="the parent of a minor",
        ),
        pytest.param(
            {"parent": {"when": {"person_flags": {"any_of": ["minor"]}}}},
            {"recipient_role": "parent"},
            {},
            "condition",
            id="the parent of an adult",
        ),
        pytest.param(
            {"parent": {"when": {"person_flags": {"any_of": ["minor"]}}}},
            {"recipient_role": "parent"},
            {"person_flags": {"minor": UNKNOWN}},
            "condition",
            id="an unknown age opens nothing",
        ),
        pytest.param(
            {
                "contact_person": [
                    {"when": {"person_flags": {"any_of": ["deceased"]}}},
                    {"unreachable_when": {"invalid_number": True}},
                ]
            },
            {},
            {"person_flags": {"debtor_number_invalid": True}},
            None,
            id="one of several ways",
        ),
        pytest.param(
            {"contact_person": {**RELAY, "unreachable_when": {"invalid_number": True}}},
            {},
            {},
            "condition",
            id="all conditions of a way",
        ),
    ],
)
def test_who_may_be_contacted(
    rule: dict[str, Any], action: dict[str, Any], facts: dict[str, Any], code: str | None
) -> None:
    given = {"conditional_roles": rule} if rule else {}

    assert code_of(asked(given, action, **facts)) == code


def test_a_condition_that_a_consent_opens_later_defers() -> None:
    begins = NOON + timedelta(days=1)
    volunteer = {"when": {"consent": "volunteer_payer"}}

    decision = asked(
        {"conditional_roles": {"volunteer": volunteer}},
        {"recipient_role": "volunteer"},
        consents=(Consent("volunteer_payer", LAST_WEEK, starts=begins),),
    )

    assert codes(decision) == ["recipient_block.not_yet"]
    assert decision.until == begins


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        pytest.param({}, "condition", id="not named"),
        pytest.param(
            {"endpoints": {"F1": Endpoint(flags={"named_by_debtor": True})}}, None, id="by address"
        ),
        pytest.param({"endpoints": {"F1": Endpoint()}}, "condition", id="an address not named"),
        pytest.param(
            {"consents": (Consent("third_party_contact", LAST_WEEK, endpoint="F1"),)},
            None,
            id="by consent",
        ),
        pytest.param(
            {"consents": (Consent("third_party_contact", LAST_WEEK, endpoint="F2"),)},
            "condition",
            id="another person by consent",
        ),
    ],
)
def test_a_person_whom_the_debtor_named(facts: dict[str, Any], code: str | None) -> None:
    rule = {"conditional_roles": {"contact_person": {"named_by_debtor": True}}}

    assert code_of(asked(rule, {"endpoint": "F1"}, **facts)) == code


OPEN: dict[str, Any] = {"conditional_roles": {"contact_person": {}}}


@pytest.mark.parametrize(
    ("rule", "content", "extra"),
    [
        pytest.param({}, ["ask_to_relay", "natural_person_name"], None, id="no word of the debt"),
        pytest.param({}, ["ask_to_relay", "amount"], ["amount"], id="the amount"),
        pytest.param({"disclosure": "none"}, ["payment_link"], ["payment_link"], id="none"),
        pytest.param({"disclosure": "full"}, ["amount", "due_date"], None, id="full"),
        pytest.param({"revealing": ["lender_name"]}, ["lender_name"], ["lender_name"], id="more"),
        pytest.param({"may_say": ["agent_name"]}, ["agent_name"], None, id="all that may be said"),
        pytest.param(
            {"may_say": ["agent_name"]}, ["agent_name", "greeting"], ["greeting"], id="more of it"
        ),
        pytest.param({"may_say": ["amount"]}, ["amount"], ["amount"], id="still reveals"),
    ],
)
def test_what_they_may_hear(
    rule: dict[str, Any], content: list[str], extra: list[str] | None
) -> None:
    decision = asked({**OPEN, **rule}, {"content": content})

    assert code_of(decision) == ("discloses" if extra else None)
    assert [reason.parameters.get("extra") for reason in decision.reasons] == (
        [extra] if extra else []
    )


def test_the_debtor_may_hear_it_all() -> None:
    action = {"recipient_role": "debtor", "content": ["amount"]}

    assert asked({"disclosure": "none"}, action).verdict is Verdict.ALLOW


def test_each_way_says_what_may_be_heard() -> None:
    joint = {"when": {"debt_flags": {"any_of": ["joint"]}}, "disclosure": "full"}
    rule = {"conditional_roles": {"spouse": [joint, {"may_say": ["ask_to_relay"]}]}}
    action = {"recipient_role": "spouse", "content": ["amount"]}

    assert code_of(asked(rule, action)) == "discloses"
    assert code_of(asked(rule, {**action, "content": ["ask_to_relay"]})) is None


@pytest.mark.parametrize(
    ("rule", "refusal", "endpoint", "code"),
    [
        pytest.param({}, ("F1", LAST_WEEK), "F1", "refused", id="this person"),
        pytest.param({}, ("F1", LAST_WEEK), "F2", None, id="another person"),
        pytest.param({}, ("F1", LAST_WEEK), None, "refused", id="perhaps this person"),
        pytest.param({}, ("F1", NOON + timedelta(seconds=1)), "F1", None, id="not known yet"),
        pytest.param(
            {"stop_on_refusal": False}, ("F1", LAST_WEEK), "F1", None, id="a rule that lets it be"
        ),
    ],
)
def test_a_refusal(rule: dict[str, Any], refusal: Any, endpoint: Any, code: str | None) -> None:
    decision = asked({**OPEN, **rule}, {"endpoint": endpoint}, refusals=(refusal,))

    assert code_of(decision) == code


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        pytest.param({}, "repeated", id="once already"),
        pytest.param({"outcome": "no_answer"}, None, id="not reached"),
        pytest.param({"outcome": "pending"}, "repeated", id="in flight"),
        pytest.param({"outcome": "released"}, None, id="never placed"),
        pytest.param({"purpose": None}, "repeated", id="for who knows what"),
        pytest.param({"purpose": "collection"}, None, id="for another purpose"),
        pytest.param({"recipient_role": "neighbor"}, None, id="somebody else"),
        pytest.param({"endpoint": "F2"}, None, id="another address"),
        pytest.param({"endpoint": None}, "repeated", id="perhaps this address"),
        pytest.param({"at": NOON + timedelta(seconds=1)}, None, id="not known yet"),
        pytest.param({"direction": "in"}, None, id="they called"),
    ],
)
def test_once_per_person(entry: dict[str, Any], code: str | None) -> None:
    given: dict[str, Any] = {
        "at": LAST_WEEK,
        "outcome": "third_party_spoken",
        "purpose": "relay_request",
        "recipient_role": "contact_person",
        "endpoint": "F1",
    }
    rule = {**OPEN, "max_per_recipient": 1}

    decision = asked(rule, {"endpoint": "F1"}, ledger=(a_call(**{**given, **entry}),))

    assert code_of(decision) == code


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        pytest.param({}, "repeated", id="they did not ask"),
        pytest.param({"asked": chicago("2026-06-05")}, None, id="they asked since"),
        pytest.param({"asked": chicago("2026-06-01")}, "repeated", id="they asked before"),
        pytest.param({"wrong": True}, None, id="the answer was wrong"),
        pytest.param({"wrong": False}, "repeated", id="the answer was right"),
    ],
)
def test_once_more(facts: dict[str, Any], code: str | None) -> None:
    who: dict[str, Any] = {"recipient_role": "contact_person", "endpoint": "F1"}
    ledger = [a_call(LAST_WEEK, "third_party_spoken", purpose="relay_request", **who)]
    if "asked" in facts:
        ledger.append(a_call(facts["asked"], "inbound_conversation", direction="in", **who))
    flags = {"earlier_answer_wrong": facts["wrong"]} if "wrong" in facts else {}

    decision = asked(
        {**OPEN, "max_per_recipient": 1},
        {"endpoint": "F1"},
        ledger=tuple(ledger),
        endpoints={"F1": Endpoint(flags=flags)},
    )

    assert code_of(decision) == code


def test_a_debtor_may_be_contacted_again() -> None:
    ledger = (a_call(LAST_WEEK, "conversation", purpose="relay_request"),)

    decision = asked({"max_per_recipient": 1}, {"recipient_role": "debtor"}, ledger=ledger)

    assert decision.verdict is Verdict.ALLOW
