"""How a finding may move, and what each move takes."""

from datetime import date

import pytest

from outreach.domain.findings import Change, FindingError, FindingState, check_change, following

OPEN, WORKING, CLOSED = FindingState


def test_each_state_is_followed_by_itself_and_by_what_may_come_next() -> None:
    assert following(OPEN) == (OPEN, WORKING, CLOSED)
    assert following(WORKING) == (WORKING, CLOSED)
    assert following(CLOSED) == (CLOSED, WORKING)


@pytest.mark.parametrize(
    ("state", "change"),
    [
        pytest.param(OPEN, Change(OPEN, "", date(2026, 12, 1), ""), id="a date set"),
        pytest.param(OPEN, Change(WORKING, "Li Wei", None, ""), id="somebody takes it"),
        pytest.param(WORKING, Change(CLOSED, "Li Wei", None, "mended"), id="closed with a reason"),
        pytest.param(CLOSED, Change(CLOSED, "", None, ""), id="nothing changes"),
        pytest.param(CLOSED, Change(WORKING, "Li Wei", None, "it came back"), id="opened again"),
    ],
)
def test_a_change_that_may_be_made(state: FindingState, change: Change) -> None:
    check_change(state, change)


@pytest.mark.parametrize(
    ("state", "change", "reason"),
    [
        pytest.param(WORKING, Change(OPEN, "Li Wei", None, "no"), "state", id="back to open"),
        pytest.param(OPEN, Change(CLOSED, "", None, ""), "note", id="closed without a reason"),
        pytest.param(CLOSED, Change(WORKING, "Li Wei", None, ""), "note", id="opened without one"),
        pytest.param(OPEN, Change(WORKING, "", None, ""), "owner", id="nobody works on it"),
    ],
)
def test_a_change_that_may_not(state: FindingState, change: Change, reason: str) -> None:
    with pytest.raises(FindingError) as caught:
        check_change(state, change)

    assert caught.value.reason == reason
