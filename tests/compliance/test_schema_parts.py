"""The JSON Schemas that functions make for several rules: what each takes, and what it refuses."""

from collections.abc import Mapping
from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator

from outreach.compliance.lengths import length_schema
from outreach.compliance.person_preference import _days_schema
from outreach.compliance.sender_identity import _flag
from outreach.compliance.unreachable import _run_schema

LENGTHS = [
    ({"n": 0, "unit": "days"}, True),
    ({"n": 1000, "unit": "seconds"}, True),
    ({"n": 1, "unit": "minutes"}, True),
    ({"n": 1, "unit": "hours"}, True),
    ({"n": 1, "unit": "months"}, True),
    ({"n": 1, "unit": "years"}, True),
    ({"n": 1, "unit": "weeks"}, False),
    ({"n": -1, "unit": "days"}, False),
    ({"n": 1001, "unit": "days"}, False),
    ({"n": 1.5, "unit": "days"}, False),
    ({"n": 1}, False),
    ({"unit": "days"}, False),
    ({"n": 1, "unit": "days", "more": 1}, False),
    (1, False),
]
DAYS = [
    ({"n": 1, "unit": "days"}, True),
    ({"n": 400, "unit": "days"}, True),
    ({"n": 1, "unit": "days", "day_one": "next_date"}, True),
    ({"n": 1, "unit": "days", "day_one": "any"}, False),
    ({"n": 0, "unit": "days"}, False),
    ({"n": 401, "unit": "days"}, False),
    ({"n": 1.5, "unit": "days"}, False),
    ({"n": 1, "unit": "hours"}, False),
    ({"n": 1}, False),
    ({"unit": "days"}, False),
    ({"n": 1, "unit": "days", "more": 1}, False),
    (1, False),
]
RUNS = [
    ({"n": 1}, True),
    ({"n": 9, "usable": "same_date"}, True),
    ({"n": 9, "usable": "next_date"}, True),
    ({"n": 0}, False),
    ({"n": 1.5}, False),
    ({"n": 1, "usable": "at_once"}, False),
    ({"usable": "same_date"}, False),
    ({"n": 1, "more": 1}, False),
    (1, False),
]
FLAGS = [(True, True), (False, False)]


def length() -> Mapping[str, object]:
    return length_schema("How long.")


def days() -> Mapping[str, object]:
    return _days_schema("How many.", day_one={"enum": ["event_date", "next_date"]})


def run() -> Mapping[str, object]:
    return _run_schema("same_date", "How often.")


def flag() -> Mapping[str, object]:
    return _flag("Must be.")


@pytest.mark.parametrize(
    ("make", "value", "fits"),
    [
        pytest.param(make, value, fits, id=f"{make.__name__} {value}")
        for make, rows in ((length, LENGTHS), (days, DAYS), (run, RUNS), (flag, FLAGS))
        for value, fits in rows
    ],
)
def test_what_a_schema_takes(make: Any, value: object, fits: bool) -> None:
    assert Draft202012Validator(make()).is_valid(value) is fits


def test_each_schema_describes_itself() -> None:
    described = [make()["description"] for make in (length, days, run, flag)]

    assert described == ["How long.", "How many.", "How often.", "Must be."]
    usable: Any = run()["properties"]
    assert usable["usable"]["description"] == "From when it may be relied on (default same_date)."
