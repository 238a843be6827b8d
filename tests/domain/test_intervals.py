"""Intervals, held against the figures that Newcombe published for them."""

import pytest

from outreach.domain.intervals import Interval, Share, newcombe, wilson

# Newcombe 1998, "Two-sided confidence intervals for the single proportion: comparison of seven
# methods", Statistics in Medicine 17:857-872, table I, method 3 (score, uncorrected).
SINGLE = [
    (Share(81, 263), 0.2553, 0.3662),
    (Share(15, 148), 0.0624, 0.1605),
    (Share(0, 20), 0.0000, 0.1611),
    (Share(1, 29), 0.0061, 0.1718),
]
# Newcombe 1998, "Interval estimation for the difference between independent proportions: comparison
# of eleven methods", Statistics in Medicine 17:873-890, table II, method 10 (hybrid score).
DIFFERENCE = [
    (Share(56, 70), Share(48, 80), 0.0524, 0.3339),
    (Share(9, 10), Share(3, 10), 0.1705, 0.8090),
    (Share(6, 7), Share(2, 7), 0.0582, 0.8062),
    (Share(5, 56), Share(0, 29), -0.0381, 0.1926),
    (Share(0, 10), Share(0, 20), -0.1611, 0.2775),
    (Share(0, 10), Share(0, 10), -0.2775, 0.2775),
    (Share(10, 10), Share(0, 20), 0.6791, 1.0000),
    (Share(10, 10), Share(0, 10), 0.6075, 1.0000),
]


def test_single_shares_have_the_published_intervals() -> None:
    found = [tuple(round(bound, 4) for bound in wilson(share)) for share, _, _ in SINGLE]

    assert found == [(low, high) for _, low, high in SINGLE]


def test_differences_have_the_published_intervals() -> None:
    found = [tuple(round(bound, 4) for bound in newcombe(a, b)) for a, b, _, _ in DIFFERENCE]

    assert found == [(low, high) for _, _, low, high in DIFFERENCE]


def test_a_group_of_nobody_says_nothing() -> None:
    nobody = Share(0, 0)

    assert nobody.rate is None
    assert wilson(nobody) == Interval(0.0, 1.0)
    assert newcombe(nobody, Share(5, 10)) == newcombe(Share(5, 10), nobody) == Interval(-1.0, 1.0)


def test_a_share_knows_whether_it_is_small_and_an_interval_whether_it_has_zero() -> None:
    assert Share(1, 19).is_small
    assert not Share(1, 20).is_small
    assert Share(1, 4).rate == 0.25
    assert Interval(-0.1, 0.1).has_zero
    assert not Interval(0.01, 0.1).has_zero


@pytest.mark.parametrize("share", [Share(3, 2), Share(-1, 2)])
def test_more_hits_than_members_are_refused(share: Share) -> None:
    with pytest.raises(ValueError, match="between 0 and the total"):
        wilson(share)
