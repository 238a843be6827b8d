"""A token names what it was made for, until it lapses, and nothing else does."""

from datetime import UTC, datetime, timedelta

import pytest

from outreach.domain.tokens import Tokens

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
REF = "7-" + "0" * 32
TOKENS = Tokens(b"k" * 32, b"visit")
TOKEN = TOKENS.issue(REF, NOW + timedelta(days=1))


def test_it_is_read_until_it_lapses() -> None:
    assert TOKENS.read(TOKEN, NOW) == REF
    assert TOKENS.read(TOKEN, NOW + timedelta(days=1)) is None
    assert b"k" * 32 not in repr(TOKENS).encode()


@pytest.mark.parametrize(
    "token",
    [
        pytest.param(TOKEN[:-1], id="cut off"),
        pytest.param(TOKEN.replace("7-", "8-", 1), id="another person"),
        pytest.param("é" + TOKEN, id="not ASCII"),
        pytest.param(TOKEN + "x" * 128, id="too long"),
        pytest.param("", id="nothing"),
        pytest.param(Tokens(b"o" * 32, b"visit").issue(REF, NOW), id="another key"),
        pytest.param(Tokens(b"k" * 32, b"other").issue(REF, NOW), id="another use"),
        pytest.param(TOKENS.issue("7", NOW + timedelta(days=1)), id="no public id"),
    ],
)
def test_what_is_not_ours_names_nothing(token: str) -> None:
    assert TOKENS.read(token, NOW) is None
