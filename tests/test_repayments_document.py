"""docs/repayments.md names kinds and settings that there are."""

import re
import tomllib
from pathlib import Path
from typing import Final

from outreach.domain.loan_books import DiscrepancyKind
from outreach.settings.lenders import Lender
from outreach.settings.repayments import Repayment
from outreach.usecases.reading_books import ESSENTIALS, INCOME, INCOME_DAY, OBLIGATIONS

ROOT: Final = Path(__file__).parents[1]
TEXT: Final = (ROOT / "docs/repayments.md").read_text(encoding="utf-8")


def test_every_kind_of_difference_has_its_row() -> None:
    assert set(re.findall(r"^\| `(\w+)` \|", TEXT, re.MULTILINE)) == {*DiscrepancyKind}


def test_every_setting_of_an_example_is_one_and_every_setting_is_named() -> None:
    for block in re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL):
        told = tomllib.loads(block)["lenders"]["harbor"]
        assert told.keys() <= Lender.model_fields.keys()
        Repayment.model_validate(told["repayment"])
        for product in told.get("products", {}).values():
            Repayment.model_validate(product)
    for name in Repayment.model_fields:
        assert name in TEXT


def test_the_kinds_of_facts_are_named() -> None:
    for kind in (INCOME, INCOME_DAY, OBLIGATIONS, ESSENTIALS):
        assert f"`{kind}`" in TEXT
