"""docs/facts.md names signals that exist."""

import re
from pathlib import Path
from typing import Final

from outreach.domain.signals import SIGNAL_TYPES

TEXT: Final = (Path(__file__).parents[1] / "docs/facts.md").read_text(encoding="utf-8")


def test_the_signals_it_names_exist() -> None:
    named = set(re.findall(r"`((?:approval|borrower|contact|letter|preference)\.\w+)`", TEXT))

    assert len(named) > 6
    assert named <= SIGNAL_TYPES.keys()
