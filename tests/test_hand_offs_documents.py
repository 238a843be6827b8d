"""docs/referrals.md, visits.md and agencies.md: tables are complete."""

import re
from pathlib import Path
from typing import Final

import pytest

from outreach.domain.hand_offs import COURSES, PROPOSED, HandOffKind
from outreach.domain.placements import PlacedField
from outreach.domain.signals import SIGNAL_TYPES
from outreach.domain.visits import STAFF, VisitOutcome
from outreach.rendering.paper_words import WORDS
from outreach.usecases.following_up import NOT_WRITTEN, POINTLESS, WITHOUT_RIGHT
from outreach.usecases.hand_off_steps import UNKNOWN_CASE
from outreach.web.metrics import Metrics

ROOT: Final = Path(__file__).parents[1]
DOCS: Final = {
    kind: (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")
    for kind, name in (
        (HandOffKind.REFERRAL, "referrals"),
        (HandOffKind.VISIT, "visits"),
        (HandOffKind.PLACEMENT, "agencies"),
    )
}


@pytest.mark.parametrize("kind", HandOffKind)
def test_every_state_and_what_follows_on_it_has_its_row(kind: HandOffKind) -> None:
    moves = COURSES[kind].moves
    rows = dict(re.findall(r"^\| `(\w+)` \| [^|]+ \| ([^|]+) \|$", DOCS[kind], re.MULTILINE))

    assert moves.keys() <= rows.keys()
    assert PROPOSED in rows
    for state, following in moves.items():
        assert tuple(re.findall(r"`(\w+)`", rows[state])) == following, state


def test_outcomes_duties_fields_signals_and_alerts_are_named() -> None:
    visits, agencies = DOCS[HandOffKind.VISIT], DOCS[HandOffKind.PLACEMENT]
    everything = "\n".join(DOCS.values())

    assert all(f"| `{one}` |" in visits for one in VisitOutcome)
    duties = {key.removeprefix("duty.") for key in WORDS if key.startswith("duty.")}
    assert duties >= STAFF.keys()
    assert all(f"| `{one}` |" in visits for one in duties)
    assert all(f"`{one}`" in agencies for one in PlacedField)
    assert all(f"`{one}`" in everything for one in SIGNAL_TYPES if one.startswith("referral."))
    assert "`outreach_hand_offs`" in everything
    assert "# HELP outreach_hand_offs " in Metrics().exposition().decode()
    alerts = (NOT_WRITTEN, POINTLESS, WITHOUT_RIGHT, UNKNOWN_CASE)
    assert all(f"`{one}`" in everything for one in alerts)


def test_papers_say_everything_in_both_languages_and_nothing_else() -> None:
    folder = ROOT / "templates" / "hand_offs"
    text = "".join(file.read_text("utf-8") for file in sorted(folder.glob("*.html")))
    named = set(re.findall(r'say\("([\w.]+)"', text))
    made = {"duty.", "outcome."}
    shown = {"visit.done", "visit.over", "visit.lapsed"}  # chosen by the handler

    assert named - made <= WORDS.keys()
    assert not [key for key, both in WORDS.items() if not all(both)]
    unused = WORDS.keys() - named - shown
    assert not [key for key in unused if not key.startswith(tuple(made))]
    assert {f"outcome.{one}" for one in VisitOutcome} <= WORDS.keys()
