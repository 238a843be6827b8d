"""docs/today.md names states and numbers that there are."""

import re
from pathlib import Path
from typing import Final

from outreach.store.today import MOST
from outreach.usecases.signal_inbox import MOST_AT_ONCE
from outreach.usecases.today import BEHIND_AFTER, FAILED_LEAST, FAILED_SHARE
from outreach.web.console.live_page import MOST_LISTENERS
from outreach.web.console.signals_page import SHOWN_SECONDS
from outreach.web.console.signals_showing import STATES

TEXT: Final = (Path(__file__).parents[1] / "docs/today.md").read_text(encoding="utf-8")


def test_every_state_of_a_signal_has_its_row() -> None:
    assert tuple(re.findall(r"^\| `(\w+)` \|", TEXT, re.MULTILINE)) == STATES


def test_the_numbers_are_those_of_the_code() -> None:
    said = " ".join(TEXT.split())

    assert f"more than {MOST:,}" in said
    assert BEHIND_AFTER.total_seconds() == 600
    assert "more than ten minutes" in said
    assert (FAILED_SHARE, FAILED_LEAST) == (0.1, 10)
    assert "a tenth of the contacts failed (ten at least)" in said
    assert f"a process serves {MOST_LISTENERS} of them" in said
    assert f"for {SHOWN_SECONDS} seconds after they said why" in said
    assert f"up to {MOST_AT_ONCE} at once" in said
