"""docs/holds.md says of every kind of hold what it stops, and what it says is so."""

import re
from pathlib import Path
from typing import Final

import yaml

from outreach.domain.signals import SIGNAL_TYPES
from outreach.domain.vocabulary import ContactPolicy, HoldKind, PreferenceKind

ROOT: Final = Path(__file__).parents[1]
TEXT: Final = (ROOT / "docs/holds.md").read_text(encoding="utf-8")
BASE: Final = yaml.safe_load((ROOT / "config/compliance/outreach-base.yaml").read_text("utf-8"))
OF_ONE_KIND: Final = {"dispute_hold": {"dispute"}, "cease": {"cease"}}


def rows() -> set[str]:
    return set(re.findall(r"^\| `(\w+)` \|", TEXT, re.MULTILINE))


def test_every_kind_policy_and_kind_of_preference_has_its_row() -> None:
    assert rows() == {*HoldKind, *ContactPolicy, *PreferenceKind}


def test_every_kind_of_hold_is_stopped_by_a_rule_that_applies_everywhere() -> None:
    stopped: set[str] = set()
    for rule in BASE["rules"]:
        stopped |= set(rule.get("kinds", ())) | OF_ONE_KIND.get(rule["primitive"], set())

    assert set(HoldKind) <= stopped


def test_what_a_policy_lets_through_is_what_the_rules_let_through() -> None:
    rules = [one for one in BASE["rules"] if one["id"] == "outreach.hold"]
    assert rules
    for rule in rules:
        assert rule["allowed_by_policy"].keys() <= set(ContactPolicy)
        for policy, purposes in rule["allowed_by_policy"].items():
            [said] = re.findall(rf"^\| `{policy}` \| (.*) \|$", TEXT, re.MULTILINE)
            assert ("repl" in said) == ("reply_to_debtor" in purposes), policy
            assert ("legal notices" in said) == ("legal_notice" in purposes), policy


def test_the_signals_it_names_exist() -> None:
    named = set(re.findall(r"`((?:borrower|hold|complaint|preference)\.\w+)`", TEXT))

    assert named
    assert named <= SIGNAL_TYPES.keys()
