"""Keys of machines: how they are written, and until when they are good."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from outreach.domain.api_keys import ApiKey, KeyMode, Scope, parse_token, token_of

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
KEY = ApiKey(
    1, "acme", "the dialer", "0a1b2c", frozenset({Scope.CONTACTS_READ}), KeyMode.LIVE, "li", NOW
)


def test_a_token_is_read_as_it_was_written() -> None:
    token = token_of(KeyMode.TEST, "0a1b2c", "a_secret-with_marks")
    assert token == "ork_test_0a1b2c_a_secret-with_marks"
    assert parse_token(token) == ("0a1b2c", "a_secret-with_marks")


@pytest.mark.parametrize(
    "token",
    [
        "",
        "ork",
        "ork_live",
        "ork_live_x",
        "ork_live_x_",
        "ork_live__x",
        "ork_other_x_y",
        "sk_live_x_y",
    ],
)
def test_what_can_be_no_token(token: str) -> None:
    assert parse_token(token) is None


def test_a_key_is_good_until_it_is_revoked_or_expires() -> None:
    assert KEY.is_good(NOW)
    ending = replace(KEY, expires_at=NOW + timedelta(days=1))
    assert ending.is_good(NOW)
    assert not ending.is_good(NOW + timedelta(days=1))
    assert not replace(KEY, revoked_at=NOW).is_good(NOW)
    assert KEY.login == "key:0a1b2c"
