"""A digit from 1 to 5 is a rating; whatever says more is left to be read."""

import pytest

from outreach.domain.ratings import read_rating
from outreach.domain.vocabulary import Disposition


@pytest.mark.parametrize("text", ["5", " 5 ", "５", "5分", "5/5", "5 stars", "5!", "rate: 5"])
def test_a_rating(text: str) -> None:
    assert read_rating(text) is Disposition.RATED_5


@pytest.mark.parametrize(
    "text", ["", "0", "6", "55", "5 STOP", "1 or 2", "I pay on the 5", "退订5"]
)
def test_no_rating(text: str) -> None:
    assert read_rating(text) is None


def test_every_digit_has_a_word() -> None:
    assert [read_rating(str(number)) for number in range(1, 6)] == [
        Disposition.RATED_1,
        Disposition.RATED_2,
        Disposition.RATED_3,
        Disposition.RATED_4,
        Disposition.RATED_5,
    ]
