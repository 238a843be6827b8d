"""Comparing packs, beginning one, saying a rule in words, finding lines."""

from datetime import date
from pathlib import Path
from textwrap import dedent

import pytest

from outreach.compliance import PRIMITIVES
from outreach.compliance.pack import Effective, OnFail, Pack, Requires, Rule
from outreach.config_files.pack_changes import changes
from outreach.config_files.pack_lint import lint_packs
from outreach.config_files.pack_template import new_cases, new_pack, prefix_of
from outreach.config_files.packs import ENVELOPE, parse_pack, parse_raw, read_packs
from outreach.config_files.yaml_lines import Lines
from outreach.rendering.rule_words import dates_in_words, in_words, rule_in_words

ROOT = Path(__file__).parents[2]
SHIPPED = read_packs(ROOT / "config" / "compliance")
TODAY = date(2026, 11, 23)


def a_rule(name: str = "x.cap", limit: int = 7) -> Rule:
    return Rule(name, "rolling_cap", {"limit": limit})


def a_pack(*rules: Rule, name: str = "x", countries: str = "") -> Pack:
    return Pack(name, "2026.11", rules, Requires(countries=frozenset(countries.split())))


def test_nothing_changes_between_a_pack_and_itself() -> None:
    assert changes(SHIPPED, SHIPPED) == ()


def test_changes_are_named_rule_by_rule() -> None:
    old = a_pack(a_rule(), a_rule("x.gone"), a_rule("x.two", 1), a_rule("x.two", 2))
    new = a_pack(a_rule(limit=3), a_rule("x.new"), a_rule("x.two", 1), a_rule("x.two", 4))

    found = [(one.rule, one.kind, one.details) for one in changes([old], [new])]

    assert found == [
        ("x.cap", "changed", (("limit", 7, 3),)),
        ("x.gone", "removed", ()),
        ("x.two", "changed", (("limit", 2, 4),)),
        ("x.new", "added", ()),
    ]


def test_a_pack_that_comes_or_goes_is_named_with_its_rules() -> None:
    found = changes([a_pack(a_rule(), name="a")], [a_pack(a_rule(), name="b")])

    assert [(one.pack, one.rule, one.kind) for one in found] == [
        ("a", "", "removed"),
        ("a", "x.cap", "removed"),
        ("b", "", "added"),
        ("b", "x.cap", "added"),
    ]


def test_whom_a_pack_is_for_is_compared_and_its_version_is_not() -> None:
    old = a_pack(countries="US")
    new = Pack("x", "2027.01", (), Requires(countries=frozenset({"US", "CA"})))

    [found] = changes([old], [new])

    assert found.details == (("requires.countries", ["US"], ["CA", "US"]),)


@pytest.mark.parametrize("like", [None, "us-dc", "us-regf", "cn-consumer-lending"])
def test_a_new_pack_can_be_read_and_enforces_nothing(tmp_path: Path, like: str | None) -> None:
    model = None
    if like:
        text = (ROOT / "config/compliance" / f"{like}.yaml").read_text(encoding="utf-8")
        model = parse_raw(text, like)
    file = tmp_path / "us-me.yaml"
    file.write_text(new_pack("us-me", "US", TODAY, schema="../s.json", like=model), "utf-8")

    found, [pack] = lint_packs([file], TODAY)

    assert [one.text for one in found if one.level == "error"] == []
    assert (pack.id, pack.version) == ("us-me", "2026.11")
    assert pack.rules
    assert not any(rule.enforce for rule in pack.rules)
    assert all(rule.id.startswith("us.me.") for rule in pack.rules)
    if like == "us-regf":
        assert "debt_buyer" in pack.requires.roles


def test_new_cases_name_the_pack_and_its_rule() -> None:
    text = new_cases("us-me", rule="us.me.hours", zone="America/New_York", offset="-04:00")

    assert "packs: [us-me]" in text
    assert "exercises: [us.me.hours]" in text
    assert '"2026-06-10T21:00:00-04:00"' in text


def test_a_rules_id_has_at_least_two_parts() -> None:
    assert [prefix_of(name) for name in ("us-ma", "firm")] == ["us.ma", "firm.firm"]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        pytest.param({"n": 7, "unit": "days"}, "7 days", id="length"),
        pytest.param({"mon-fri": [["08:00", "21:00"]]}, "mon-fri 08:00 to 21:00", id="hours"),
        pytest.param(
            {"sat": [["08:00", "12:00"], ["13:00", "15:00"]], "sun": []},
            "sat 08:00 to 12:00 and 13:00 to 15:00, sun none",
            id="two windows",
        ),
        pytest.param({"any_of": ["minor", "student"]}, "minor, student", id="flags"),
        pytest.param({"min": 31}, "from 31", id="lower bound"),
        pytest.param({"min": 1, "max": 30}, "from 1 to 30", id="bounds"),
        pytest.param(True, "yes", id="yes"),
        pytest.param(False, "no", id="no"),
        pytest.param(None, "none", id="nothing"),
        pytest.param([], "none", id="empty"),
        pytest.param({"channel": ["sms"], "max": 1}, "channel: sms; max: 1", id="nested"),
        pytest.param({}, "", id="empty mapping"),
    ],
)
def test_values_are_said_in_words(value: object, words: str) -> None:
    assert in_words(value) == words


def test_dates_are_said_in_words() -> None:
    whole = Effective(date(2026, 1, 1), date(2027, 1, 1), date(2026, 6, 1))

    assert dates_in_words(Effective()) == "always"
    assert dates_in_words(whole) == (
        "from 2026-01-01, until the day before 2027-01-01, "
        "waived until 2026-06-01, mentioned until then"
    )


def test_a_rule_is_said_in_words() -> None:
    rule = Rule(
        "x.cap",
        "rolling_cap",
        {"limit": 7},
        enforce=False,
        unless=({"consent": "express"},),
        on_fail=OnFail.WARN,
        checked=None,
    )

    said = {one.key: one.value for one in rule_in_words(rule)}

    assert said["limit"] == "7"
    assert said["not where"] == "consent: express"
    assert said["whom and what it is about"] == "every contact"
    assert said["enforced"].startswith("no")
    assert said["where it fails"].startswith("is mentioned")
    assert said["last checked"] == "never"
    assert "source" not in said


@pytest.mark.parametrize(
    "rule",
    [
        pytest.param(rule, id=f"{pack.id}-{number}")
        for pack in SHIPPED
        for number, rule in enumerate(pack.rules)
    ],
)
def test_every_shipped_rule_can_be_said(rule: Rule) -> None:
    said = {one.key: one for one in rule_in_words(rule)}

    assert said["what it does"].value
    assert [key for key in rule.parameters if key in said and not said[key].meaning] == []


def test_no_parameter_is_called_like_a_key_that_every_rule_has() -> None:
    assert {name for name, one in PRIMITIVES.items() if one.schema.keys() & ENVELOPE} == set()


def test_lines_are_found_through_merges_and_to_the_nearest() -> None:
    text = dedent(
        """\
        a:
          - &one
            x: 1
            y: {z: 2}
          - <<: *one
            w: 3
          - <<: [*one]
        """
    )
    lines = Lines(text)

    paths: tuple[list[str | int], ...] = (
        [],
        ["a"],
        ["a", 0, "y", "z"],
        ["a", 1, "x"],
        ["a", 2, "y"],
        ["a", 9, "b"],
    )
    assert [lines.of(path) for path in paths] == [1, 1, 4, 3, 4, 1]
    assert Lines("").of(["a"]) == 1


def test_a_draft_and_an_opt_in_are_read() -> None:
    pack = parse_pack(
        "{pack: x, version: '2026.11', draft: true, opt_in: true, sufficient: false, rules: [],"
        " requires: {region: US-NY-NYC, product: card, stage: [servicing]}}"
    )

    assert (pack.draft, pack.opt_in, pack.sufficient) == (True, True, False)
    assert pack.requires.regions == {"US-NY-NYC"}
    assert [*pack.requires.products, *pack.requires.stages] == ["card", "servicing"]
