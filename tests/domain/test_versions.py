"""A running case follows the version that it began with, until another says otherwise."""

from datetime import date, timedelta
from typing import Any

import pytest

from outreach.domain.treatment import OnChange, Treatment
from outreach.domain.versions import Version, by_name, in_force, version_for
from tests.domain.plans import a_treatment

MAY = date(2026, 5, 1)


def a_version(content: str, since: date, **changes: Any) -> Version:
    return Version(a_treatment(content_hash=content, **changes), since)


def test_versions_are_in_order_and_of_one_day_the_last_stands() -> None:
    first, second = a_version("a", date.min), a_version("b", MAY)
    again = a_version("c", MAY)
    other = Version(a_treatment(name="other"), MAY)

    assert by_name([second, first, again, other]) == {"test": (first, again), "other": (other,)}


def test_which_version_is_in_force() -> None:
    begun = a_version("a", MAY, effective_to=MAY + timedelta(days=10))

    assert in_force([begun], MAY - timedelta(days=1)) is None
    assert in_force([begun], MAY) is begun.treatment
    assert in_force([begun], MAY + timedelta(days=10)) is None


@pytest.mark.parametrize(
    ("on_change", "opened", "entered", "chosen"),
    [
        pytest.param(OnChange.FINISH, -9, 9, "old", id="a case that runs is finished"),
        pytest.param(OnChange.FINISH, 0, 0, "new", id="a case of the day has the new one"),
        pytest.param(OnChange.AT_ONCE, -9, -9, "new", id="a case that runs moves at once"),
        pytest.param(OnChange.NEXT_STAGE, -9, -1, "old", id="its stage began before"),
        pytest.param(OnChange.NEXT_STAGE, -9, 0, "new", id="its stage begins now"),
    ],
)
def test_when_a_case_moves(on_change: OnChange, opened: int, entered: int, chosen: str) -> None:
    versions = [a_version("old", date.min), a_version("new", MAY, on_change=on_change)]

    def stage_entered(treatment: Treatment) -> date:
        assert treatment.content_hash == "old"
        return MAY + timedelta(days=entered)

    opened_on, today = MAY + timedelta(days=opened), MAY + timedelta(days=20)
    found = version_for(versions, opened_on, today, stage_entered)

    assert found is not None
    assert found.content_hash == chosen
    before = version_for(versions, opened_on, MAY - timedelta(days=1), stage_entered)
    assert before is versions[0].treatment


def test_without_a_case_or_a_choice_the_newest_holds() -> None:
    versions = [a_version("old", date.min), a_version("new", MAY, on_change=OnChange.FINISH)]

    def unasked(treatment: Treatment) -> date:
        raise AssertionError(treatment.name)

    assert version_for(versions, None, MAY, unasked) is versions[1].treatment
    assert version_for(versions[:1], MAY, MAY, unasked) is versions[0].treatment
    assert version_for([], MAY, MAY, unasked) is None


def test_a_case_of_before_the_first_version_begins_with_that() -> None:
    versions = [a_version("a", MAY), a_version("b", MAY + timedelta(days=9))]

    found = version_for(versions, MAY - timedelta(days=5), MAY + timedelta(days=3), lambda _: MAY)

    assert found is versions[0].treatment
