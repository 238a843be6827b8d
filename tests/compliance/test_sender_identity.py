"""What must be true of the number, header, template and license that is used."""

from typing import Any

import pytest

from outreach.compliance import compile_packs, needed_sender
from outreach.compliance.pack import Pack
from outreach.domain.decisions import Verdict
from outreach.domain.known import UNKNOWN
from tests.compliance.builders import a_rule, an_action, codes, judge, some_facts


def asked(rule: dict[str, Any], attributes: dict[str, Any]) -> Any:
    return judge(
        an_action(sender_attributes=attributes), some_facts(), a_rule("sender_identity", **rule)
    )


@pytest.mark.parametrize(
    ("rule", "attributes", "code"),
    [
        pytest.param({"licence": True}, {"licence": "L-1"}, None, id="licensed"),
        pytest.param({"licence": True}, {"licence": False}, "missing", id="not licensed"),
        pytest.param({"licence": True}, {}, "unknown", id="nobody told"),
        pytest.param({"licence": True}, {"licence": UNKNOWN}, "unknown", id="said to be unknown"),
        pytest.param(
            {"header_id": True, "template_id": True}, {"header_id": "H"}, "unknown", id="half"
        ),
        pytest.param(
            {"header_id": True, "template_id": True},
            {"header_id": "H", "template_id": ""},
            "missing",
            id="no template",
        ),
        pytest.param({"caller_id_shown": True}, {"caller_id_shown": True}, None, id="shown"),
        pytest.param({"caller_id_shown": True}, {"caller_id_shown": False}, "missing", id="hidden"),
        pytest.param(
            {"registration": ["a2p_campaign"]},
            {"registration_a2p_campaign": True},
            None,
            id="registered",
        ),
        pytest.param(
            {"registration": ["a2p_campaign"]},
            {"registration_dlt_entity": True},
            "unknown",
            id="registered elsewhere",
        ),
        pytest.param(
            {"registration": ["a2p_campaign"], "unknown": "ignore"}, {}, None, id="left to others"
        ),
        pytest.param(
            {"registration": ["a2p_campaign"], "unknown": "ignore"},
            {"registration_a2p_campaign": False},
            "missing",
            id="known not to be, all the same",
        ),
        pytest.param({"number_prefix": ["1600"]}, {"number": "1600 123 456"}, None, id="series"),
        pytest.param({"number_prefix": ["1600"]}, {"number": "9812345678"}, "number", id="other"),
        pytest.param({"number_prefix": ["1600"]}, {"number": "masked"}, "number", id="masked"),
        pytest.param({"number_prefix": ["1600"]}, {}, "unknown", id="number unknown"),
        pytest.param({"number_prefix": ["95", "106"]}, {"number": "10690001"}, None, id="either"),
        pytest.param(
            {"number_prefix": ["1600"], "country_code": "91"},
            {"number": "+91 (1600) 12-34.56"},
            None,
            id="international",
        ),
        pytest.param(
            {"number_prefix": ["1600"], "country_code": "91"},
            {"number": "+1 600 123 4567"},
            "number",
            id="of another country",
        ),
        pytest.param(
            {"forbidden_number_kinds": ["personal_mobile"]},
            {"number_kind": "personal_mobile"},
            "number_kind",
            id="a private telephone",
        ),
        pytest.param(
            {"forbidden_number_kinds": ["personal_mobile"]},
            {"number_kind": "registered"},
            None,
            id="the firm's",
        ),
        pytest.param(
            {"forbidden_number_kinds": ["personal_mobile"]}, {}, "unknown", id="of unknown kind"
        ),
        pytest.param({}, {}, None, id="a rule that asks for nothing"),
    ],
)
def test_the_sender(rule: dict[str, Any], attributes: dict[str, Any], code: str | None) -> None:
    decision = asked(rule, attributes)

    assert codes(decision) == ([f"sender_identity.{code}"] if code else [])


def test_the_block_names_what_is_unknown() -> None:
    decision = asked({"licence": True, "number_prefix": ["1600"], "needs": "a number"}, {})

    assert decision.reasons[0].parameters == {"unknown": ["licence", "number"]}
    assert decision.needs == ("a number",)


@pytest.mark.parametrize("channel", ["call", "sms"])
def test_what_rules_ask_of_a_sender_can_be_asked_for(channel: str) -> None:
    rules = (
        a_rule(
            "sender_identity",
            applies_to={"channel": ["call"]},
            number_prefix=["1600"],
            caller_id_shown=True,
        ),
        a_rule(
            "sender_identity",
            applies_to={"channel": ["sms"]},
            header_id=True,
            template_id=True,
            registration="dlt_entity",
            forbidden_number_kinds=["personal_mobile"],
        ),
        a_rule(
            "sender_identity", applies_to={"endpoint_status": ["invalid"]}, registration="other"
        ),
        a_rule("opt_out"),
    )
    packs = compile_packs([Pack("x", "2026.11", rules)])
    action = an_action(channel=channel)

    asked_for = needed_sender(action, some_facts(), packs)

    assert "registration_other" not in asked_for
    proper = an_action(channel=channel, sender_attributes=asked_for)
    assert judge(action, some_facts(), *rules).verdict is Verdict.BLOCK
    assert judge(proper, some_facts(), *rules).verdict is Verdict.ALLOW
