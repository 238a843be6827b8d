"""docs/replies.md and docs/tasks.md: kinds, intents and settings exist."""

import re
from pathlib import Path
from typing import Final

from outreach.domain.tasks import DEADLINES
from outreach.domain.vocabulary import Intent, TaskKind
from outreach.settings.lenders import Lender
from outreach.usecases.confirming_judgment import TEMPLATES

DOCS: Final = Path(__file__).parents[1] / "docs"
REPLIES, TASKS = (
    (DOCS / f"{name}.md").read_text(encoding="utf-8") for name in ("replies", "tasks")
)


def test_every_intent_has_its_row() -> None:
    rows = re.findall(r"^\| `(\w+)` \| [^|]*[?;,]", REPLIES, re.MULTILINE)
    assert {one.value for one in Intent} <= set(rows) | {"opt_in"}


def test_every_kind_of_work_has_its_row_and_deadline() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \|[^|]*\| (\d+) days? \|", TASKS, re.MULTILINE))
    assert rows == {kind.value: str(wait.days) for kind, wait in DEADLINES.items()}
    assert DEADLINES.keys() == set(TaskKind)


def test_settings_and_templates_that_are_named_exist() -> None:
    for name in ("paid_claim_hold", "automatic_answers", "task_deadlines"):
        assert name in Lender.model_fields
        assert f"`{name}`" in REPLIES + TASKS
    answered = {template for kind, template in TEMPLATES.items() if kind != "opt_out"}
    assert all(f"`{one}`" in REPLIES for one in answered)
