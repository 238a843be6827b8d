"""The packs we ship express every row of the rulebook, and say of every rule where it comes from."""

from datetime import date
from pathlib import Path

import pytest
import yaml

from outreach.compliance.pack import Force, Pack, Rule
from outreach.config_files.golden import read_cases
from outreach.config_files.packs import read_packs

ROOT = Path(__file__).parents[2]
PACKS = read_packs(ROOT / "config" / "compliance")
RULES = [
    pytest.param(pack, rule, id=f"{pack.id}-{rule.id}-{rule.primitive}-{place}")
    for pack in PACKS
    for place, rule in enumerate(pack.rules)
]
LISTS = yaml.safe_load((Path(__file__).parent / "rulebook_rows.yaml").read_text(encoding="utf-8"))
WITHOUT_CASE = frozenset(LISTS.pop("without_case"))
ROWS = sorted({row for sections in LISTS.values() for rows in sections.values() for row in rows})
GOVERNED = {row: reason for pack in PACKS for row, reason in pack.governance.items()}
EXPRESSED = {
    row for pack in PACKS for row in (*pack.scopes, *(row for r in pack.rules for row in r.ids))
}
EXERCISED = {
    row
    for file in (ROOT / "tests" / "golden").rglob("*.yaml")
    for case in read_cases(file)
    for row in case.rules
}


@pytest.mark.parametrize("row", ROWS)
def test_a_row_is_expressed_or_its_place_is_named(row: str) -> None:
    assert row in EXPRESSED or len(GOVERNED.get(row, "")) > len("a word or two")


def test_no_row_waits_for_a_primitive() -> None:
    assert {row: pack.id for pack in PACKS for row in pack.waiting} == {}


def test_the_packs_name_no_row_that_the_lists_do_not_have() -> None:
    """A rule may have a narrower id than its row; then it says which row it covers."""
    strays = [
        (pack.id, rule.id)
        for pack in PACKS
        for rule in pack.rules
        if not rule.id.startswith("outreach.") and rule.ids.isdisjoint(ROWS)
    ]

    assert strays == []
    assert sorted(GOVERNED.keys() - set(ROWS)) == []
    assert sorted({row for pack in PACKS for row in pack.scopes} - set(ROWS)) == []


@pytest.mark.parametrize(("pack", "rule"), RULES)
def test_a_rule_says_where_it_comes_from(pack: Pack, rule: Rule) -> None:
    assert len(rule.authority) > len("law")
    assert rule.source.strip()
    assert rule.checked is not None
    year, month, *_ = map(int, pack.version.split("."))
    assert date(2026, 1, 1) <= rule.checked < date(year + month // 12, month % 12 + 1, 1)
    assert (
        rule.effective.start is None
        or rule.effective.end is None
        or (rule.effective.start < rule.effective.end)
    )


@pytest.mark.parametrize(("pack", "rule"), RULES)
def test_a_rule_is_as_sure_as_its_source(pack: Pack, rule: Rule) -> None:
    """General knowledge alone is never of high confidence, and drafts stop nothing."""
    if rule.source == "verify":
        assert rule.confidence != "high", pack.id
    if rule.force is Force.DRAFT:
        assert pack.draft or not rule.enforce


def test_every_rule_of_the_law_is_exercised_by_a_case() -> None:
    idle = [
        (pack.id, rule.id)
        for pack in PACKS
        for rule in pack.rules
        if not rule.id.startswith("outreach.") and rule.id not in WITHOUT_CASE
        if rule.enforce and rule.ids.isdisjoint(EXERCISED)
    ]

    assert idle == []
    assert WITHOUT_CASE.issubset(ROWS)
