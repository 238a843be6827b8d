"""docs/reviewing.md tells of formats, limits and options that there are."""

import re
from pathlib import Path
from typing import Final

from outreach.domain.findings import Mark
from outreach.rendering.tables import Format
from outreach.usecases.exporting import KEPT
from outreach.usecases.sampling import MOST

TEXT: Final = (Path(__file__).parents[1] / "docs/reviewing.md").read_text(encoding="utf-8")


def test_every_format_has_its_row() -> None:
    assert set(re.findall(r"^\| `(\w+)` \|", TEXT, re.MULTILINE)) == set(Format)


def test_the_limits_are_those_that_hold() -> None:
    assert f"Up to {MOST} are drawn" in TEXT
    assert f"deleted after {KEPT.days} days" in TEXT


def test_every_mark_is_named() -> None:
    assert [one for one in Mark if f"*{one.replace('_', ' ')}*" not in TEXT] == []
