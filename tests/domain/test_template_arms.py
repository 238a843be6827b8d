"""While two versions are tried, everybody gets one of them, and always the same."""

from collections import Counter
from datetime import UTC, datetime

from outreach.domain.experiments import HOLD_OUT, arm_of
from outreach.domain.template_arms import number_for, standing_number, trial_of
from outreach.domain.template_versions import Place, State, Version
from outreach.domain.vocabulary import Channel

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
PLACE = Place("acme", "pre_due", "en-US", Channel.SMS)


def live(number: int, percent: int, hold_out: int = 0) -> Version:
    return Version(
        number, PLACE, number, State.LIVE, 1, "x\n", "", NOW, NOW,
        percent=percent, hold_out=hold_out,
    )  # fmt: skip


def shares(versions: list[Version]) -> Counter[int]:
    return Counter(number_for(versions, person) for person in range(1, 4001))


def test_one_version_is_for_everybody_and_none_means_the_file() -> None:
    assert trial_of([]) is None
    assert (number_for([], 7), standing_number([])) == (0, 0)
    assert trial_of([live(4, 100)]) is None
    assert number_for([live(4, 100)], 7) == 4


def test_two_versions_share_people_by_their_percentages() -> None:
    tried = [live(3, 70), live(5, 30)]

    found = shares(tried)

    assert standing_number(tried) == 3
    assert set(found) == {3, 5}
    assert 1050 < found[5] < 1350
    assert [number_for(tried, person) for person in range(50)] == [
        number_for(tried[::-1], person) for person in range(50)
    ]


def test_a_version_may_be_tried_beside_the_file() -> None:
    found = shares([live(1, 50)])

    assert standing_number([live(1, 50)]) == 0
    assert set(found) == {0, 1}
    assert 1850 < found[1] < 2150


def test_who_is_held_out_keeps_what_stood() -> None:
    tried = [live(3, 50), live(5, 30, 20)]
    experiment = trial_of(tried)
    assert experiment is not None

    held = [one for one in range(500) if arm_of(experiment, one) == HOLD_OUT]

    assert 60 < len(held) < 140
    assert {number_for(tried, one) for one in held} == {3}
