"""Links to a borrower's self-service page: short, signed, expiring, about one loan.

A link is computed, never stored: the same loan, hour and key make the same link. It holds the ids
of person and loan and the hour it ends, masked, so that it tells a reader nothing, and 80 bits of
HMAC-SHA256 over them. Layout, most significant bit first: 3 bits of version, 16 bits of the hour
(since 1970, the low ones), the two ids in equally many bits, 80 bits of MAC; written in base 62.
Ids below 2**30 make at most 27 characters, and small ones 25, so that they don't tell their number.
"""

from collections.abc import Iterable, Sequence
from dataclasses import field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from hmac import compare_digest
from hmac import digest as hmac_digest
from typing import Final
from unicodedata import normalize

from outreach.domain.records import dataclass

PATH: Final = "/s/"
"""What stands between the host and the token."""

LONGEST_LIFE: Final = timedelta(days=90)
DIGITS: Final = 4
"""How many last digits are asked for."""

MOST_FAILURES: Final = 15
"""Wrong digits, over all links of a loan, after which only a person opens it again."""

_LOCKS: Final = {5: timedelta(hours=1), 10: timedelta(hours=24)}
_VERSION: Final = 0b100  # the top bit is set, so that the length tells how wide the ids are
_VERSION_BITS: Final = 3
_HOUR_BITS: Final = 16
_MAC_BITS: Final = 80
_MAC_BYTES: Final = _MAC_BITS // 8
_FIXED_BITS: Final = _VERSION_BITS + _HOUR_BITS + _MAC_BITS
_NARROWEST: Final = 24
_WIDEST: Final = 63
_LONGEST: Final = 40
_HOUR: Final = timedelta(hours=1)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_VALUES: Final = {letter: value for value, letter in enumerate(_ALPHABET)}


@dataclass(frozen=True, slots=True)
class LinkRef:
    """What a link that we signed is about; `expires_at` is the full hour (UTC) it ends at."""

    person_id: int
    loan_id: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class LinkMaker:
    """Makes the links of one lender.

    `keys` are 32 bytes each, the one that signs first; links of the others are still read.
    `base_url` is the lender's public address of the pages, without a final slash; `life` at most
    `LONGEST_LIFE`; `in_texts` whether text messages carry the link.
    """

    base_url: str
    life: timedelta
    keys: tuple[bytes, ...] = field(repr=False)
    in_texts: bool = True

    def link(self, person_id: int, loan_id: int, now: datetime) -> str:
        """Return the address to put into a message that is made at business time `now`."""
        token = make_token(self.keys[0], person_id, loan_id, now + self.life)
        return f"{self.base_url}{PATH}{token}"


def make_token(key: bytes, person_id: int, loan_id: int, expires_at: datetime) -> str:
    """Return the token of a loan; it ends with the hour that `expires_at` lies in.

    Raises:
        ValueError: An id is not positive, or beyond 63 bits.
    """
    width = max(_NARROWEST, person_id.bit_length(), loan_id.bit_length())
    if person_id <= 0 or loan_id <= 0 or width > _WIDEST:
        raise ValueError("ids are positive and have at most 63 bits")
    hour = -((_EPOCH - expires_at) // _HOUR)
    mac = _mac(key, hour, person_id, loan_id)
    hidden = ((hour % (1 << _HOUR_BITS)) << 2 * width) | (person_id << width) | loan_id
    hidden ^= _mask(key, mac, _HOUR_BITS + 2 * width)
    masked = (_VERSION << (_HOUR_BITS + 2 * width)) | hidden
    return _written((masked << _MAC_BITS) | int.from_bytes(mac, "big"))


def read_token(keys: Sequence[bytes], token: str, now: datetime) -> LinkRef | None:
    """Return what a token is about, expired or not; None if none of the keys made it.

    Every key is tried, whichever fits: how long it takes says nothing about them.
    """
    number = _read(token)
    if number is None:
        return None
    width, odd = divmod(number.bit_length() - _FIXED_BITS, 2)
    masked, mac = number >> _MAC_BITS, (number % (1 << _MAC_BITS)).to_bytes(_MAC_BYTES, "big")
    if odd or not _NARROWEST <= width <= _WIDEST or masked >> (_HOUR_BITS + 2 * width) != _VERSION:
        return None
    found = None
    for key in keys:
        hidden = masked % (1 << (_HOUR_BITS + 2 * width))
        hidden ^= _mask(key, mac, _HOUR_BITS + 2 * width)
        person_id, loan_id = hidden >> width & ((1 << width) - 1), hidden & ((1 << width) - 1)
        hour = _nearest(hidden >> 2 * width, now)
        if compare_digest(_mac(key, hour, person_id, loan_id), mac):
            found = LinkRef(person_id, loan_id, _EPOCH + hour * _HOUR)
    return found


def _nearest(low: int, now: datetime) -> int:
    """Return the hour with these low bits that is nearest to now; the MAC covers all of it."""
    here, span = (now - _EPOCH) // _HOUR, (1 << _HOUR_BITS)
    return here + (low - here + span // 2) % span - span // 2


def _mac(key: bytes, hour: int, person_id: int, loan_id: int) -> bytes:
    said = f"link v1 {hour} {person_id} {loan_id}".encode()
    return hmac_digest(key, said, sha256)[:_MAC_BYTES]


def _mask(key: bytes, mac: bytes, bits: int) -> int:
    stream = hmac_digest(key, b"mask v1 " + mac, sha256)
    return int.from_bytes(stream, "big") % (1 << bits)


def _written(number: int) -> str:
    letters = []
    while number:
        number, rest = divmod(number, len(_ALPHABET))
        letters.append(_ALPHABET[rest])
    return "".join(reversed(letters))


def _read(token: str) -> int | None:
    if not token or len(token) > _LONGEST or token[0] == _ALPHABET[0]:
        return None
    number = 0
    for letter in token:
        value = _VALUES.get(letter)
        if value is None:
            return None
        number = number * len(_ALPHABET) + value
    return number


def is_match(expected: Iterable[str], given: str) -> bool:
    """Say whether the digits that somebody typed are among those expected, in constant time.

    Full-width digits count as digits. Of each expected text the last `DIGITS` count; one that is
    shorter matches nothing.
    """
    typed = normalize("NFKC", given).strip().encode()
    fits = False
    for one in expected:
        tail = one[-DIGITS:].encode()
        equal = compare_digest(tail, typed)
        fits |= equal and len(tail) == DIGITS
    return fits


@dataclass(frozen=True, slots=True)
class Guard:
    """What is kept of a loan's links: wrong digits, and what was revoked.

    `failures` are those since digits were right last; `locked_until` is wall time. Links that end
    at `revoked_until` (business time) or before it are revoked.
    """

    failures: int = 0
    locked_until: datetime | None = None
    revoked_until: datetime | None = None

    def is_locked(self, wall_now: datetime) -> bool:
        """Say whether no digits are taken now, right or wrong."""
        if self.failures >= MOST_FAILURES:
            return True
        return self.locked_until is not None and wall_now < self.locked_until

    def opens(self, ref: LinkRef, now: datetime) -> bool:
        """Say whether a link is neither expired nor revoked at business time `now`."""
        if not now < ref.expires_at <= now + LONGEST_LIFE + 2 * _HOUR:
            return False
        return self.revoked_until is None or ref.expires_at > self.revoked_until


NO_GUARD: Final = Guard()


def lock_after(failures: int, wall_now: datetime) -> datetime | None:
    """Return until when wrong digits close a loan's links, after so many; None: not yet.

    Five cost an hour, ten a day; from `MOST_FAILURES` on a person has to open them again.
    """
    wait = _LOCKS.get(failures)
    return wall_now + wait if wait else None
