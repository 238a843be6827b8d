"""What the words must and must not contain."""

from typing import Any

import pytest

from outreach.compliance import compile_packs, needed_content
from outreach.compliance.pack import Pack
from tests.compliance.builders import a_rule, an_action, codes, judge, some_facts


@pytest.mark.parametrize(
    ("rule", "content", "code"),
    [
        pytest.param({"all_of": ["a", "b"]}, "a b c", None, id="all there"),
        pytest.param({"all_of": ["a", "b"]}, "a", "missing", id="one missing"),
        pytest.param({"any_of": ["a", "b"]}, "b", None, id="one of the alternatives"),
        pytest.param({"any_of": ["a", "b"]}, "c", "missing", id="none of the alternatives"),
        pytest.param({"any_of": [["a", "b"], ["c"]]}, "a c", None, id="one of each"),
        pytest.param({"any_of": [["a", "b"], ["c"]]}, "a", "missing", id="not one of each"),
        pytest.param({"all_of": ["a"], "closed": True}, "a", None, id="closed and complete"),
        pytest.param(
            {"all_of": ["a"], "closed": True}, "a b", "not_allowed", id="closed, and more"
        ),
        pytest.param(
            {"all_of": ["a"], "optional": ["b"], "closed": True}, "a b", None, id="closed, optional"
        ),
        pytest.param({}, "", None, id="a rule that asks for nothing"),
        pytest.param({"any_of": "a"}, "", None, id="alternatives that are no list"),
    ],
)
def test_content_required(rule: dict[str, Any], content: str, code: str | None) -> None:
    action = an_action(content=frozenset(content.split()))

    decision = judge(action, some_facts(), a_rule("content_required", **rule))

    assert codes(decision) == ([f"content_required.{code}"] if code else [])


def test_what_is_missing_is_named() -> None:
    rule = a_rule("content_required", all_of=["b", "a"], any_of=["d", "c"])

    decision = judge(an_action(), some_facts(), rule)

    assert decision.reasons[0].parameters == {"missing": ["a", "b", "c|d"]}
    assert decision.needs == ("content",)


@pytest.mark.parametrize(
    ("content", "tags", "found"),
    [
        pytest.param("a", "", ["a"], id="an element"),
        pytest.param("", "m", ["m"], id="a tag"),
        pytest.param("b", "n", None, id="neither"),
    ],
)
def test_content_forbidden(content: str, tags: str, found: list[str] | None) -> None:
    action = an_action(content=frozenset(content.split()), content_tags=frozenset(tags.split()))

    decision = judge(action, some_facts(), a_rule("content_forbidden", elements=["a"], tags=["m"]))

    assert [reason.parameters for reason in decision.reasons] == (
        [{"found": found}] if found else []
    )


def test_needed_content_satisfies_every_rule_that_applies() -> None:
    rules = (
        a_rule("content_required", all_of=["a"], any_of=[["c", "b"], ["d"]]),
        a_rule("content_required", all_of=["e"], applies_to={"channel": "sms"}),
        a_rule("content_required", all_of=["f"], applies_to={"content": ["g"]}),
        a_rule("channel_forbidden"),
    )
    packs = compile_packs([Pack("x", "2026.11", rules)])

    assert needed_content(an_action(), some_facts(), packs) == {"a", "b", "d"}


def test_what_is_lifted_asks_for_no_content() -> None:
    rules = (
        a_rule("content_required", all_of=["a"], unless=({"template_class": ["lcm"]},)),
        a_rule("content_required", all_of=["b"]),
    )
    packs = compile_packs([Pack("x", "2026.11", rules)])

    assert needed_content(an_action(template_class="lcm"), some_facts(), packs) == {"b"}
    assert needed_content(an_action(), some_facts(), packs) == {"a", "b"}
