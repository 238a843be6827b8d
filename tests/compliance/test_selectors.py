"""Which actions a rule is about, and what lifts it."""

from collections.abc import Mapping
from typing import Any

import pytest

from outreach.compliance.selectors import _endpoint_word, _flags
from outreach.compliance.view import View
from outreach.domain.decisions import Verdict
from outreach.domain.known import UNKNOWN, Agreement, Consent, Debt, Endpoint, Flag, Hold
from tests.compliance.builders import a_rule, an_action, chicago, judge, some_facts

NOON = chicago("2026-06-10")
P1 = {"P1": Endpoint(kind="work_phone", owner="friend", status="invalid", flags={"shared": True})}


BOTH_FLAGS: list[tuple[str, dict[str, Flag], dict[str, Flag], bool | str]] = [
    ("both flags", {"barred": True, "refused": True}, {}, True),
    ("one flag each", {"barred": True}, {"refused": True}, False),
    (
        "one unknown",
        {"barred": UNKNOWN, "refused": True},
        {"barred": True},
        "debt_flags.barred",
    ),
    ("one off", {"barred": UNKNOWN, "refused": False}, {}, False),
]


@pytest.mark.parametrize(
    ("applies_to", "action", "facts", "answer"),
    [
        pytest.param({}, {}, {}, True, id="no selector matches all"),
        pytest.param({"channel": "call"}, {}, {}, True, id="one word"),
        pytest.param({"channel": ["sms", "call"]}, {}, {}, True, id="one of several"),
        pytest.param({"channel": ["sms"]}, {}, {}, False, id="none of them"),
        pytest.param({"channel": 7}, {}, {}, False, id="a selector that is no text"),
        pytest.param({"dial_mode": ["manual"]}, {}, {}, False, id="a word that wasn't said"),
        pytest.param({"role": "third_party"}, {}, {}, True, id="the lender's role"),
        pytest.param({"stage": "mid"}, {"at": NOON}, {}, True, id="stage"),
        pytest.param({"stage": "late"}, {}, {}, False, id="another stage"),
        pytest.param({"stage": "late"}, {}, {"stage": None}, "stage", id="stage unknown"),
        pytest.param({"residence": "US"}, {}, {}, True, id="country holds the region"),
        pytest.param({"residence": ["US-MA", "US-IL"]}, {}, {}, True, id="region"),
        pytest.param({"residence": "US-MA"}, {}, {}, False, id="another region"),
        pytest.param(
            {"residence": "US-MA"}, {}, {"residence": "US"}, "residence", id="region unknown"
        ),
        pytest.param({"residence": "US"}, {}, {"residence": None}, "residence", id="unknown"),
        pytest.param({"residence": "CN"}, {}, {}, False, id="another country"),
        pytest.param({"first_communication": False}, {}, {}, True, id="not the first"),
        pytest.param({"first_communication": True}, {}, {}, False, id="not the first, either"),
        pytest.param(
            {"first_communication": True},
            {"first_communication": None},
            {},
            "first_communication",
            id="first or not is unknown",
        ),
        pytest.param(
            {"content_tags": "marketing"},
            {"content_tags": frozenset({"marketing"})},
            {},
            True,
            id="tag",
        ),
        pytest.param({"content_tags": "marketing"}, {}, {}, False, id="no tag"),
        pytest.param({"content": "x"}, {"content": frozenset("x")}, {}, True, id="element"),
        pytest.param({"content": "x"}, {}, {}, False, id="no element"),
        pytest.param(
            {"endpoint_kind": "work_phone"}, {"endpoint": "P1"}, {"endpoints": P1}, True, id="kind"
        ),
        pytest.param(
            {"endpoint_kind": "work_phone"}, {"endpoint_kind": "mobile"}, {}, False, id="said kind"
        ),
        pytest.param({"endpoint_kind": "work_phone"}, {}, {}, False, id="no address"),
        pytest.param(
            {"endpoint_kind": "work_phone"},
            {"endpoint_kind": UNKNOWN},
            {},
            "endpoint_kind",
            id="kind unknown",
        ),
        pytest.param(
            {"endpoint_status": "invalid", "endpoint_owner": "friend"},
            {"endpoint": "P1"},
            {"endpoints": P1},
            True,
            id="status and owner",
        ),
        pytest.param({"endpoint_status": "invalid"}, {}, {}, False, id="no address, no status"),
        pytest.param(
            {"endpoint_flags": {"any_of": ["shared"]}},
            {"endpoint": "P1"},
            {"endpoints": P1},
            True,
            id="a flag of the address",
        ),
        pytest.param({"dpd": {"min": 1}}, {}, {"debts": {"D1": Debt(dpd=1)}}, True, id="dpd"),
        pytest.param({"dpd": {"min": 1}}, {}, {"debts": {"D1": Debt(dpd=0)}}, False, id="too few"),
        pytest.param(
            {"dpd": {"max": 9}}, {}, {"debts": {"D1": Debt(dpd=10)}}, False, id="too many"
        ),
        pytest.param({"dpd": {"min": 1}}, {}, {}, "days_past_due", id="debt unknown"),
        pytest.param(
            {"dpd": {"min": 1}}, {}, {"debts": {"D1": Debt()}}, "days_past_due", id="dpd unknown"
        ),
        pytest.param(
            {"dpd": {"min": 1}},
            {"debts": ("D1", "D2")},
            {"debts": {"D2": Debt(dpd=5)}},
            True,
            id="one debt is enough",
        ),
        pytest.param({"dpd": 3}, {}, {"debts": {"D1": Debt(dpd=5)}}, True, id="no bounds"),
        pytest.param(
            {"debt_flags": {"any_of": ["barred"]}},
            {},
            {"debts": {"D1": Debt(flags={"barred": True})}},
            True,
            id="debt flag",
        ),
        pytest.param({"debt_flags": {"any_of": ["barred"]}}, {}, {}, False, id="no debt flag"),
        pytest.param(
            {"debt_flags": ["barred"]},
            {},
            {"debts": {"D1": Debt(flags={"barred": UNKNOWN})}},
            "debt_flags.barred",
            id="debt flag unknown",
        ),
        pytest.param(
            {"person_flags": {"any_of": ["a", "b"]}},
            {},
            {"person_flags": {"a": UNKNOWN, "b": True}},
            True,
            id="a known flag outweighs an unknown one",
        ),
        pytest.param(
            {"lender_flags": {"any_of": ["a"]}}, {}, {"lender_flags": {"a": False}}, False, id="off"
        ),
        *(
            pytest.param(
                {"debt_flags": {"all_of": ["barred", "refused"]}},
                {"debts": ("D1", "D2")},
                {"debts": {"D1": Debt(flags=first), "D2": Debt(flags=second)}},
                answer,
                id=name,
            )
            for name, first, second, answer in BOTH_FLAGS
        ),
        pytest.param(
            {"sender_attributes": {"any_of": ["masked"]}},
            {"sender_attributes": {"masked": True}},
            {},
            True,
            id="sender attribute",
        ),
    ],
)
def test_applies_to(
    applies_to: dict[str, Any],
    action: dict[str, Any],
    facts: dict[str, Any],
    answer: bool | str,
) -> None:
    rule = a_rule("channel_forbidden", applies_to=applies_to)

    decision = judge(an_action(**action), some_facts(**facts), rule)

    assert (decision.verdict is Verdict.BLOCK) is bool(answer)
    if isinstance(answer, str):
        assert decision.reasons[0].parameters["unknown"] == (answer,)


@pytest.mark.parametrize(
    ("unless", "action", "facts", "lifted"),
    [
        pytest.param([], {}, {}, False, id="nothing lifts it"),
        pytest.param([{"channel": "call"}], {}, {}, True, id="a selector"),
        pytest.param([{"channel": "sms"}], {}, {}, False, id="another channel"),
        pytest.param([{"channel": "sms"}, {"purpose": "collection"}], {}, {}, True, id="any item"),
        pytest.param([{"stage": "mid"}], {}, {"stage": None}, False, id="unknown lifts nothing"),
        pytest.param(
            [{"agreement": "attempt_cap"}],
            {},
            {"agreements": (Agreement("attempt_cap", chicago("2026-06-01")),)},
            True,
            id="an agreement",
        ),
        pytest.param(
            [{"agreement": "attempt_cap"}],
            {},
            {"agreements": (Agreement("attempt_cap", chicago("2026-06-11")),)},
            False,
            id="an agreement of the future",
        ),
        pytest.param(
            [{"agreement": "attempt_cap"}],
            {},
            {"agreements": (Agreement("contact_hours", chicago("2026-06-01")),)},
            False,
            id="another agreement",
        ),
        pytest.param([{"consent": "c"}], {}, {}, False, id="no consent"),
        pytest.param(
            [{"consent": "c"}], {}, {"consents": (Consent("c", NOON),)}, True, id="a consent"
        ),
        pytest.param(
            [{"consent": "c", "given_to": "sender"}],
            {},
            {"consents": (Consent("c", NOON, given_to="creditor"),)},
            False,
            id="a consent to somebody else",
        ),
        pytest.param(
            [{"consent": "c", "max_age_days": 7}],
            {},
            {"consents": (Consent("c", chicago("2026-06-04")),)},
            True,
            id="its seventh date",
        ),
        pytest.param(
            [{"consent": "c", "max_age_days": 7}],
            {},
            {"consents": (Consent("c", chicago("2026-06-03")),)},
            False,
            id="its eighth date",
        ),
    ],
)
def test_unless(
    unless: list[dict[str, Any]], action: dict[str, Any], facts: dict[str, Any], lifted: bool
) -> None:
    rule = a_rule("channel_forbidden", unless=tuple(unless))

    decision = judge(an_action(**action), some_facts(**facts), rule)

    assert (decision.verdict is Verdict.ALLOW) is lifted


def test_a_consent_that_begins_later_turns_a_block_into_a_deferral() -> None:
    begins = chicago("2026-06-11", "14:00")
    facts = some_facts(consents=(Consent("c", chicago("2026-06-09"), starts=begins),))

    decision = judge(an_action(), facts, a_rule("channel_forbidden", unless=({"consent": "c"},)))

    assert decision.until == begins
    assert decision.reasons[0].until == begins


def test_a_consent_that_begins_after_the_rule_clears_changes_nothing() -> None:
    facts = some_facts(
        holds=(Hold("review", NOON, ends=chicago("2026-06-11")),),
        consents=(Consent("c", NOON, starts=chicago("2026-06-12")),),
    )

    decision = judge(
        an_action(), facts, a_rule("moratorium", kinds=["review"], unless=({"consent": "c"},))
    )

    assert decision.until == chicago("2026-06-11")


@pytest.mark.parametrize(
    ("asked", "groups", "answer"),
    [
        ("a", [{"a": True}], True),
        (["a", "b"], [{"b": 1}], True),
        ("a", [{}], False),
        ("a", [{"a": False}, {"a": True}], True),
        ("a", [{"a": UNKNOWN}], "group.a"),
        ("a", [{"a": UNKNOWN}, {"b": True}], "group.a"),
        ("a", [{"a": UNKNOWN}, {"a": True}], True),
        ({"any_of": ["a", "b"]}, [{"a": False, "b": True}], True),
        ({"all_of": ["a", "b"]}, [{"a": True, "b": True}], True),
        ({"all_of": ["a", "b"]}, [{"a": True}], False),
        ({"all_of": ["a", "b"]}, [{"a": True}, {"b": True}], False),
        ({"all_of": ["a", "b"]}, [{"a": True, "b": UNKNOWN}], "group.b"),
    ],
)
def test_flags_are_asked_per_debt(
    asked: object, groups: list[dict[str, Any]], answer: bool | str
) -> None:
    view = View(an_action(), some_facts())

    assert _flags("group", lambda _: list[Mapping[str, object]](groups))(asked)(view) == answer


@pytest.mark.parametrize(
    ("endpoint", "answer"), [("E1", True), ("E2", False), ("E3", False), (None, False)]
)
def test_a_word_of_the_address(endpoint: str | None, answer: bool) -> None:
    known = {"E1": Endpoint(owner="debtor"), "E2": Endpoint(owner="spouse")}
    view = View(an_action(endpoint=endpoint), some_facts(endpoints=known))

    assert _endpoint_word("owner")(["debtor"])(view) is answer
