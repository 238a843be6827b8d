"""docs/templates.md names commands, states, alerts and limits that there are."""

import re
from pathlib import Path
from typing import Final

from outreach.cli.templates import templates
from outreach.domain.template_versions import State
from outreach.rendering.context import VARIABLES
from outreach.rendering.errors import RenderCause
from outreach.usecases.template_approving import NOT_PUBLISHED
from outreach.usecases.template_checks import LEGAL_VARIABLES
from outreach.usecases.template_files import VERSIONS_FILE
from outreach.usecases.template_live import FILE_CHANGED, UNUSABLE
from outreach.usecases.template_testing import CODES_AN_HOUR, TESTS_AN_HOUR
from outreach.web.metrics import Metrics

ROOT: Final = Path(__file__).parents[1]
TEXT: Final = (ROOT / "docs/templates.md").read_text(encoding="utf-8")


def test_every_state_has_its_row() -> None:
    assert re.findall(r"^\| `(\w+)` \|", TEXT, re.MULTILINE) == [*State]


def test_every_command_that_it_names_exists_with_its_options() -> None:
    named = re.findall(r"outreach templates (\w+)([^`\n]*)", TEXT)
    assert {name for name, _ in named} >= {"approve", "publish", "rollback", "versions", "diff"}
    for name, rest in named:
        options = {option for one in templates.commands[name].params for option in one.opts}
        assert set(re.findall(r"--[a-z-]+", rest)) <= options, name


def test_alerts_metric_limits_and_names_are_the_ones_in_use() -> None:
    metrics = Metrics()
    metrics.failed_words({"acme": 3})

    for name in (NOT_PUBLISHED, UNUSABLE, FILE_CHANGED, VERSIONS_FILE, RenderCause.UNREADABLE):
        assert f"`{name}`" in TEXT
    assert f"Codes ({CODES_AN_HOUR} an hour) and tests ({TESTS_AN_HOUR} an hour)" in TEXT
    assert "`outreach_template_load_failures_total{tenant}`" in TEXT
    shown = metrics.exposition().decode()
    assert 'outreach_template_load_failures_total{tenant="acme"} 3.0' in shown


def test_legal_variables_are_variables() -> None:
    assert VARIABLES.keys() >= LEGAL_VARIABLES
