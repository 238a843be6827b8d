"""docs/self-service.md: what it names exists."""

from pathlib import Path
from typing import Final

from outreach.domain.signals import SIGNAL_TYPES
from outreach.settings.installation import Settings
from outreach.settings.selfservice import SelfService
from outreach.usecases.selfservice import TOLD_TYPES
from outreach.usecases.selfservice_access import GUESSING_ALERT, LOCKED_ALERT
from outreach.web.metrics import Metrics
from outreach.web.selfservice.actions import ACTIONS

PAGE: Final = (Path(__file__).parents[1] / "docs" / "self-service.md").read_text(encoding="utf-8")


def test_settings_signals_alerts_and_metrics_that_it_names_exist() -> None:
    fields = {*SelfService.model_fields, *Settings.model_fields}
    named = {
        "life", "generation", "check", "check_attribute", "in_texts", "session", "rate_per_second",
        "client_address_header",
    }  # fmt: skip
    assert named <= fields
    assert all(f"`{one}" in PAGE for one in named | {LOCKED_ALERT, GUESSING_ALERT})
    assert all(f"`{one}`" in PAGE for one in TOLD_TYPES)
    assert SIGNAL_TYPES.keys() >= set(TOLD_TYPES)
    assert all(f"| {name} |" in PAGE for name in ACTIONS)
    metrics = Metrics()
    metrics.self_service("acme", "opened")
    assert b'outreach_self_service_total{event="opened",tenant="acme"} 1' in metrics.exposition()
    assert "`outreach_self_service`" in PAGE
