"""docs/risk.md and reports.md: what they list is all there is."""

import re
from pathlib import Path
from typing import Final

import click

from outreach.cli.report import report
from outreach.domain.scorecard import Derived, Refused

DOCS: Final = Path(__file__).parents[1] / "docs"
RISK, REPORTS = ((DOCS / f"{name}.md").read_text(encoding="utf-8") for name in ("risk", "reports"))


def test_every_fact_reason_and_table_has_its_row() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", RISK, re.MULTILINE)
    assert set(rows) == {*(one.value for one in Derived), *(one.value for one in Refused)}
    [only] = [one for one in report.params if one.name == "keys"]
    assert isinstance(only.type, click.Choice)
    tables = re.findall(r"^\| `(\w+)` \|", REPORTS, re.MULTILINE)
    assert tables == list(only.type.choices)
