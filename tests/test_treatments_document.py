"""docs/treatments.md names every fact, and its pictures are those of the shipped treatments."""

import re
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

import pytest

from outreach.config_files.treatments import read_treatment
from outreach.domain.conditions import FACTS
from outreach.domain.steps import OpenMatter
from outreach.domain.treatment import OnChange
from outreach.domain.vocabulary import Stage
from outreach.facts.conditions import compile_condition
from outreach.rendering.treatment_picture import draw

ROOT: Final = Path(__file__).parents[1]
TEXT: Final = (ROOT / "docs/treatments.md").read_text(encoding="utf-8")


def test_every_fact_has_its_row() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (int|string|bool) \| (.*) \|$", TEXT, re.MULTILINE)

    assert rows == [(fact.name, fact.type, fact.about) for fact in FACTS]


@pytest.mark.parametrize("words", [Stage, OpenMatter, OnChange])
def test_every_word_is_explained(words: type[Stage]) -> None:
    assert [word for word in words if f"`{word}`" not in TEXT] == []


@pytest.mark.parametrize("name", ["us-default", "cn-default"])
def test_the_pictures_are_current(name: str) -> None:
    file = ROOT / "config" / "treatments" / f"{name}.yaml"
    treatment = read_treatment(file, compile_condition).treatment

    drawn = draw(treatment, ROOT / "templates" / "console")

    assert (ROOT / "docs" / "treatments" / f"{name}.svg").read_text(encoding="utf-8") == drawn, (
        f"run: outreach treatments show {name} --svg docs/treatments/{name}.svg"
    )
    tree = ET.fromstring(drawn)  # noqa: S314 - drawn by us a line above
    said = "".join(tree.itertext())
    for span in treatment.stages:
        assert span.bucket in said
        assert all(step.key in said for step in span.steps)
