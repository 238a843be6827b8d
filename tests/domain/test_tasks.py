"""By when work has to be done, and in which words it ends."""

from datetime import UTC, datetime, timedelta

import pytest

from outreach.domain.tasks import DEADLINES, STANDARD, Deadlines, check_outcome
from outreach.domain.vocabulary import TaskKind

AT = datetime(2026, 11, 23, 17, tzinfo=UTC)


def test_every_kind_has_a_deadline() -> None:
    assert DEADLINES.keys() == set(TaskKind)


def test_a_lenders_own_deadline_stands_over_the_standard() -> None:
    own = Deadlines({"acme": {TaskKind.DISPUTE: timedelta(days=2)}})

    assert own.due("acme", "dispute", AT) == AT + timedelta(days=2)
    assert own.due("acme", "hardship", AT) == STANDARD.due("acme", "hardship", AT)
    assert own.due("harbor", "dispute", AT) == AT + timedelta(days=5)
    with pytest.raises(ValueError, match="no_such_kind"):
        own.due("acme", "no_such_kind", AT)


@pytest.mark.parametrize("word", ["", "Granted", "two words", "x" * 41, "é"])
def test_an_outcome_is_one_plain_word(word: str) -> None:
    with pytest.raises(ValueError, match="outcome"):
        check_outcome(word)
    assert check_outcome("not_paid") == "not_paid"
