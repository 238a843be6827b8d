"""What is kept of a hold beyond its kind and span."""

from typing import Any

import pytest

from outreach.domain.hold_details import read_details
from outreach.domain.signals import SignalError


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        pytest.param({}, {}, id="nothing told, nothing kept"),
        pytest.param({"by": "Li Wei"}, {"by": "Li Wei"}, id="who"),
        pytest.param({"form": "oral"}, {"form": "oral"}, id="the form"),
        pytest.param({"channel": "letter"}, {"form": "written"}, id="a letter is written"),
        pytest.param({"channel": "voice"}, {"form": "oral"}, id="a call is spoken"),
        pytest.param({"channel": "pigeon"}, {}, id="a channel that tells nothing"),
        pytest.param(
            {"allowed_purposes": ["legal_notice", "legal_notice"]},
            {"allowed_purposes": ["legal_notice"]},
            id="what it lets through",
        ),
        pytest.param({"recipients": ["executor"]}, {"recipients": ["executor"]}, id="whom"),
        pytest.param(
            {"in_validation_period": False},
            {"attributes": {"in_validation_period": False}},
            id="a flag of a dispute",
        ),
        pytest.param(
            {"attributes": {"treatment_ended": "2026-07-01", "days": 3, "final": True}},
            {"attributes": {"treatment_ended": "2026-07-01", "days": 3, "final": True}},
            id="what a kind knows more",
        ),
    ],
)
def test_each_detail_is_kept_where_it_was_told(told: dict[str, Any], kept: dict[str, Any]) -> None:
    assert read_details(told) == kept


@pytest.mark.parametrize(
    "told",
    [
        pytest.param({"form": "shouted"}, id="another form"),
        pytest.param({"attributes": ["a"]}, id="no object"),
        pytest.param({"attributes": {"a": None}}, id="no scalar"),
        pytest.param({"recipients": "executor"}, id="no list"),
        pytest.param({"arguable": "yes"}, id="no flag"),
    ],
)
def test_what_is_no_detail_is_refused(told: dict[str, Any]) -> None:
    with pytest.raises(SignalError, match="malformed"):
        read_details(told)
