"""Papers for people who take a step: addresses in the manner of their country, two languages."""

from pathlib import Path
from typing import Any

import pytest
from jinja2 import UndefinedError

from outreach.rendering.papers import LANGUAGES, Papers, language_of, lines_of, name_of, say

FOLDER = Path(__file__).parents[2] / "templates" / "hand_offs"


@pytest.mark.parametrize(
    ("address", "lines"),
    [
        pytest.param(
            {
                "country": "US",
                "region": "US-OH",
                "city": "Erie",
                "postal_code": "4",
                "line1": "1 A",
            },
            ["1 A", "Erie, OH 4"],
            id="United States",
        ),
        pytest.param(
            {"country": "CN", "region": "CN-SC", "city": "成都市", "street": "人民路1号"},
            ["成都市人民路1号"],
            id="China, from the widest part to the narrowest",
        ),
        pytest.param(
            {"country": "GB", "city": "Leeds", "postal_code": "LS1", "lines": ["Flat 2", "1 Way"]},
            ["Flat 2", "1 Way", "LS1 Leeds"],
            id="elsewhere",
        ),
        pytest.param({"country": "US", "region": "US-NY"}, ["NY"], id="a region alone"),
        pytest.param(None, [], id="none"),
    ],
)
def test_an_address_is_written_as_its_country_does(address: Any, lines: list[str]) -> None:
    assert lines_of(address) == lines


def test_a_name_is_written_as_its_owner_does() -> None:
    assert name_of({"display": "Ada Sample", "given": "A"}) == "Ada Sample"
    assert name_of({"given": "Ada", "family": "Sample"}) == "Ada Sample"
    assert name_of(None) == ""


def test_a_locale_has_a_language() -> None:
    assert [language_of(one) for one in ("zh-CN", "zh", "en-GB", "es-MX")] == [
        "zh",
        "zh",
        "en",
        "en",
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_escapes_what_it_is_given_and_refuses_what_it_lacks(language: Any) -> None:
    papers = Papers(FOLDER)
    known: dict[str, Any] = {
        "message": "visit.done",
        "visit": None,
        "lender": "",
        "outcomes": [],
        "given": {},
        "wrong": frozenset(),
        "lang": "<script>",
        "other": "<b>",
    }
    page = papers.page("visit", known, language)

    assert say("visit.done", language) in page
    assert "<b>" not in page
    with pytest.raises(UndefinedError):
        papers.page("visit", {"message": ""}, language)
