"""Every step must have words, and words for its purpose."""

from dataclasses import replace
from datetime import time
from pathlib import Path

from outreach.config_files.treatments import load_treatments
from outreach.domain.segments import Selector
from outreach.domain.steps import LocalWindow, Route, StageSpan, Step
from outreach.domain.treatment import Treatment
from outreach.domain.vocabulary import Channel, Purpose, Stage
from outreach.facts.conditions import compile_condition
from outreach.rendering.catalog import load_catalog
from outreach.usecases.check_words import words_missing

ROOT = Path(__file__).parents[2]
CATALOG = load_catalog(ROOT / "templates" / "messages")
STEP = Step(
    "x",
    1,
    Purpose.COLLECTION,
    LocalWindow(time(9), time(20)),
    (Route(Channel.SMS, "overdue_early"),),
)


def a_plan(step: Step) -> Treatment:
    stages = (StageSpan(Stage.EARLY, "M1", 1, 30, (step,)),)
    return Treatment("test", "0", "en-US", (Selector(),), stages)


def test_the_shipped_treatments_have_all_their_words() -> None:
    assert (
        list(
            words_missing(
                load_treatments(ROOT / "config" / "treatments", compile_condition), CATALOG
            )
        )
        == []
    )


def test_a_missing_template_is_named_with_its_path() -> None:
    step = replace(STEP, routes=(Route(Channel.WHATSAPP, "early_payoff_quote"),))

    (problem,) = words_missing([a_plan(step)], CATALOG)

    assert "templates/messages/early_payoff_quote/en-US/whatsapp.txt.j2" in problem


def test_words_for_another_purpose_are_named() -> None:
    step = replace(STEP, purpose=Purpose.LEGAL_NOTICE)

    (problem,) = words_missing([a_plan(step)], CATALOG)

    assert "overdue_early is for collection, not for legal_notice" in problem
