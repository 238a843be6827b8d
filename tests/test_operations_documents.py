"""docs/pauses.md, modes.md and costs.md: what they name exists."""

import re
from pathlib import Path
from typing import Final, get_args

from outreach.settings.lenders import Lender, Provider, Sender
from outreach.store.costs import By
from outreach.store.pauses import ACCOUNT_OPEN, Scope
from outreach.usecases.brakes import CLOSED, OPENED, Patience
from outreach.usecases.error_brake import ALERT
from outreach.web.metrics import Metrics

DOCS: Final = Path(__file__).parents[1] / "docs"
PAUSES, MODES, COSTS = (
    (DOCS / f"{name}.md").read_text(encoding="utf-8") for name in ("pauses", "modes", "costs")
)


def test_every_scope_of_a_pause_has_its_row() -> None:
    assert set(re.findall(r"^\| `(\w+)` \|", PAUSES, re.MULTILINE)) == set(get_args(Scope))


def test_every_mode_has_its_row() -> None:
    modes = get_args(Lender.model_fields["mode"].annotation)
    assert set(re.findall(r"^\| `(\w+)` \|", MODES, re.MULTILINE)) == set(modes)


def test_every_grouping_of_costs_is_named() -> None:
    assert all(f"`{one}`" in COSTS for one in get_args(By))


def test_settings_reasons_alerts_and_metrics_that_are_named_exist() -> None:
    fields = {*Lender.model_fields, *Provider.model_fields, *Sender.model_fields}
    named = {"breaker_failures", "breaker_wait", "ramp_from", "ramp_start", "ramp_growth"}
    assert named <= fields
    assert all(f"`{one}`" in PAUSES for one in named | {ACCOUNT_OPEN, OPENED, CLOSED, ALERT})
    assert Patience().failures == Provider.model_fields["breaker_failures"].default == 5
    assert Patience().wait == Provider.model_fields["breaker_wait"].default
    shown = Metrics().exposition().decode()
    assert "outreach_circuit_open" in PAUSES
    assert "# HELP outreach_circuit_open " in shown
    assert "# HELP outreach_contacts_last_hour " in shown
