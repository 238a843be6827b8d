"""Links to self-service pages: short, unforgeable, opaque, expiring, revocable."""

from datetime import UTC, datetime, timedelta
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.domain.links import (
    LONGEST_LIFE,
    MOST_FAILURES,
    NO_GUARD,
    PATH,
    Guard,
    LinkMaker,
    LinkRef,
    is_match,
    lock_after,
    make_token,
    read_token,
)

NOW: Final = datetime(2026, 11, 23, 17, 20, tzinfo=UTC)
MONTH: Final = timedelta(days=30)
KEYS: Final = (bytes(range(32)), bytes(32))
MAKER: Final = LinkMaker("https://pay.example", MONTH, KEYS)
IDS: Final = st.integers(1, 2**63 - 1)


@given(IDS, IDS)
def test_a_link_is_read_back_as_it_was_made(person: int, loan: int) -> None:
    ref = read_token(KEYS, make_token(KEYS[1], person, loan, NOW + MONTH), NOW)

    assert ref == LinkRef(person, loan, datetime(2026, 12, 23, 18, tzinfo=UTC))


def test_what_follows_the_host_fits_thirty_characters_up_to_a_billion_people() -> None:
    for person, loan in ((1, 1), (2**24, 3), (2**30 - 1, 2**30 - 1)):
        link = MAKER.link(person, loan, NOW)
        assert link.startswith(f"https://pay.example{PATH}")
        assert len(link.removeprefix("https://pay.example")) <= 30, link


def test_links_of_neighbors_have_nothing_in_common_and_small_ids_the_same_length() -> None:
    first, second = make_token(KEYS[0], 5, 7, NOW), make_token(KEYS[0], 5, 8, NOW)

    assert len(first) == len(second) == len(make_token(KEYS[0], 2**24 - 1, 1, NOW))
    assert sum(a == b for a, b in zip(first[2:], second[2:], strict=True)) < 10


def test_a_link_changed_anywhere_is_nobodys() -> None:
    token = MAKER.link(5, 7, NOW).rpartition("/")[2]

    for at in range(len(token)):
        for letter in "0aZ":
            changed = token[:at] + letter + token[at + 1 :]
            assert changed == token or read_token(KEYS, changed, NOW) is None, changed


def test_what_was_never_a_token_is_nobodys() -> None:
    longer = MAKER.link(5, 7, NOW).rpartition("/")[2] + "a"
    for text in ("", "0", "a", "0" * 27, "z" * 25, "z" * 26, "z" * 38, "z" * 41, "é" * 27, "a-b",
                 longer):  # fmt: skip
        assert read_token(KEYS, text, NOW) is None, text


def test_another_key_reads_nothing() -> None:
    token = make_token(KEYS[0], 5, 7, NOW + MONTH)

    assert read_token(KEYS[1:], token, NOW) is None
    assert read_token((), token, NOW) is None


def test_a_link_is_not_born_again_when_its_hours_come_round() -> None:
    token = make_token(KEYS[0], 5, 7, NOW + MONTH)

    again = NOW + timedelta(hours=2**16)
    assert read_token(KEYS, token, again) is None
    assert read_token(KEYS, token, NOW + timedelta(days=300)) is not None


@pytest.mark.parametrize("ids", [(0, 1), (1, 0), (-1, 1), (2**63, 1)])
def test_an_id_that_is_none_makes_no_link(ids: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="positive"):
        make_token(KEYS[0], *ids, NOW)


def test_a_link_opens_until_its_hour_unless_it_was_revoked() -> None:
    ref = LinkRef(5, 7, NOW + MONTH)
    revoked = Guard(revoked_until=NOW + MONTH)

    assert NO_GUARD.opens(ref, NOW)
    assert not NO_GUARD.opens(ref, ref.expires_at)
    assert not NO_GUARD.opens(LinkRef(5, 7, NOW + LONGEST_LIFE + timedelta(days=1)), NOW)
    assert not revoked.opens(ref, NOW)
    assert revoked.opens(LinkRef(5, 7, NOW + MONTH + timedelta(hours=1)), NOW)


def test_wrong_digits_lock_for_longer_and_longer() -> None:
    waits = [lock_after(failures, NOW) for failures in range(1, MOST_FAILURES)]

    assert [one for one in waits if one] == [NOW + timedelta(hours=1), NOW + timedelta(days=1)]
    assert waits.index(NOW + timedelta(hours=1)) == 4
    assert Guard(5, NOW + timedelta(hours=1)).is_locked(NOW)
    assert not Guard(5, NOW).is_locked(NOW)
    assert not Guard(4).is_locked(NOW)
    assert Guard(MOST_FAILURES).is_locked(NOW)


def test_digits_match_the_end_of_any_that_is_expected() -> None:
    numbers = ["+12025550143", "+8613800138000"]
    for given_, fits in (
        ("0143", True), ("8000", True), (" 0143 ", True), ("０１４３", True),
        ("0144", False), ("143", False), ("50143", False), ("", False), ("四三二一", False),
    ):  # fmt: skip
        assert is_match(numbers, given_) is fits, given_
    assert not is_match(["143"], "143")
    assert not is_match([], "0143")
