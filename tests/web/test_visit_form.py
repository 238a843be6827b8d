"""The form of a visit: what is read out of it, and what is sent back to be mended."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from outreach.domain.hand_offs import PROPOSED, HandOff, HandOffKind, Mark
from outreach.domain.tokens import Tokens
from outreach.domain.visits import VisitOutcome
from outreach.usecases.visiting import VisitNow
from outreach.web.visit_form import read_form

NOW = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)
"""14:30 in Shanghai."""
ORDERED = NOW - timedelta(days=1)
REF = "1-" + "0" * 32
FILLED = {"outcome": "spoke", "at": "2026-11-24T14:00", "by": "Wu Gang"}


def a_visit() -> VisitNow:
    marks = {step: Mark(step, ORDERED, "Ann") for step in (PROPOSED, "ordered")}
    return VisitNow(
        hand_off=HandOff(
            ref=REF,
            kind=HandOffKind.VISIT,
            loan_id=1,
            channel="visit",
            purpose="collection",
            opened_by="Ann",
            marks=marks,
        ),
        tenant="acme",
        name="",
        address=(),
        loan="LN-1",
        past_due_minor=24750,
        currency="CNY",
        zone="Asia/Shanghai",
        may=True,
        until=None,
        reasons=(),
        hours=(),
        staff=("Wu Gang",),
        duties=("two_staff",),
        ends=NOW + timedelta(days=7),
    )


def test_a_filled_form_tells_what_came_of_the_visit() -> None:
    told = read_form(
        FILLED | {"promised_on": "2026-11-30", "promised": "1,247.5", "note": " said so "},
        a_visit(),
        NOW,
    ).told

    assert told is not None
    assert (told.outcome, told.by, told.note) == (VisitOutcome.SPOKE, "Wu Gang", "said so")
    assert told.at == datetime(2026, 11, 24, 6, tzinfo=UTC)
    assert told.promised == (date(2026, 11, 30), 124750)
    assert (told.disputes, told.hardship, told.left_alone) == (False, False, False)


def test_somebody_else_who_refuses_is_left_alone() -> None:
    told = read_form(FILLED | {"outcome": "somebody_else", "left_alone": "1"}, a_visit(), NOW).told

    assert told is not None
    assert told.left_alone


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        pytest.param({"outcome": ""}, "outcome", id="no outcome"),
        pytest.param({"outcome": "bribed"}, "outcome", id="another outcome"),
        pytest.param({"by": " "}, "by", id="nobody"),
        pytest.param({"at": "noon"}, "at", id="no time"),
        pytest.param({"at": "2026-11-24T14:00Z"}, "at", id="a time with its zone"),
        pytest.param({"at": "2026-11-24T15:30"}, "at", id="in the future"),
        pytest.param({"at": "2026-11-22T15:30"}, "at", id="before the order"),
        pytest.param({"promised": "10"}, "promise", id="a promise without a date"),
        pytest.param({"promised_on": "2026-11-30"}, "promise", id="and without an amount"),
        pytest.param({"promised_on": "2026-11-23", "promised": "1"}, "promise", id="for yesterday"),
        pytest.param({"promised_on": "2026-11-30", "promised": "0"}, "promise", id="of nothing"),
        pytest.param({"promised_on": "2026-11-30", "promised": "-5"}, "promise", id="negative"),
        pytest.param({"promised_on": "2028-11-30", "promised": "1"}, "promise", id="too far ahead"),
        pytest.param({"outcome": "nobody", "dispute": "1"}, "told", id="who disputed?"),
    ],
)
def test_what_can_not_be_so_is_sent_back(changed: dict[str, Any], wrong: str) -> None:
    read = read_form(FILLED | changed, a_visit(), NOW)

    assert read.told is None
    assert read.wrong == frozenset({wrong})
    assert read.given["at"] == (FILLED | changed)["at"]


def test_too_few_people_make_no_visit() -> None:
    assert not a_visit().is_staffed


def test_a_link_names_a_visit_until_it_lapses_and_bears_no_change() -> None:
    links = Tokens(b"k" * 32, b"visit")
    token = links.issue(REF, NOW)

    assert links.read(token, NOW - timedelta(seconds=1)) == REF
    assert links.read(token, NOW) is None
    assert Tokens(b"o" * 32, b"visit").read(token, ORDERED) is None
    for place, letter in enumerate(token):
        other = "x" if letter != "x" else "y"
        changed = token[:place] + other + token[place + 1 :]
        assert links.read(changed, ORDERED) is None, place
    assert [links.read(one, ORDERED) for one in ("", "a.b.c", "é", "a" * 500)] == [None] * 4
