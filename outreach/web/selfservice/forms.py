"""What a borrower typed, read: values, or what is wrong with each field and how to mend it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Final
from unicodedata import normalize

from outreach.domain.links import DIGITS
from outreach.domain.money import exponent_of
from outreach.domain.records import dataclass

LONGEST_NOTE: Final = 1000
_LONGEST_FIELD: Final = 4000
_FORM_KEY: Final = re.compile(r"[0-9a-f]{16}")
_DAY: Final = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
_NOT_AMOUNT: Final = re.compile(r"[\s,'元$¥€£]")
_HOUR: Final = re.compile(r"([01]\d|2[0-4]):00")
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class FormError:
    """One thing to mend: the field, and the key of the words that say how, with their values."""

    name: str
    key: str
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(slots=True)
class Form:
    """The fields of one post, and what was found wrong with them while reading.

    What was typed is kept as it was, to be shown again.
    """

    fields: Mapping[str, Sequence[str]] = field(repr=False)
    errors: list[FormError] = field(default_factory=list)

    def text(self, name: str) -> str:
        """Return a field without control characters; "" if it wasn't sent."""
        values = self.fields.get(name, ())
        return _CONTROLS.sub("", values[0][:_LONGEST_FIELD]).strip() if values else ""

    def texts(self, name: str) -> list[str]:
        """Return every value of a field."""
        return [one[:_LONGEST_FIELD] for one in self.fields.get(name, ())]

    @property
    def key(self) -> str:
        """The form's own key; "" if it isn't one of ours."""
        given = self.text("key")
        return given if _FORM_KEY.fullmatch(given) else ""

    def wrong(self, name: str, key: str, **values: object) -> None:
        """Note what is wrong with a field."""
        self.errors.append(FormError(name, key, values))

    def choice(self, name: str, allowed: Sequence[str]) -> str:
        """Return which one was chosen."""
        given = self.text(name)
        if given not in allowed:
            self.wrong(name, "error.choose")
            return ""
        return given

    def note(self, name: str = "note") -> str:
        """Return what was written freely."""
        given = self.text(name)
        if len(given) > LONGEST_NOTE:
            self.wrong(name, "error.note")
        return given

    def digits(self, name: str = "digits") -> str:
        """Return four digits, whichever script they were typed in."""
        given = normalize("NFKC", self.text(name)).replace(" ", "")
        if len(given) != DIGITS or not (given.isascii() and given.isdigit()):
            self.wrong(name, "check.malformed")
        return given

    def amount(self, name: str, currency: str, most: int) -> int:
        """Return an amount in minor units, from 1 to `most`; 0 where it is wrong."""
        minor = read_amount(self.text(name), currency)
        if minor is None or minor < 1:
            self.wrong(name, "error.amount", example=_example(currency))
        elif minor > most:
            self.wrong(name, "error.amount_most", most=most)
        else:
            return minor
        return 0

    def day(self, name: str, first: date, last: date) -> date:
        """Return a date from `first` to `last`; `first` where it is wrong."""
        on = read_day(self.text(name))
        if on is None or not first <= on <= last:
            self.wrong(name, "error.day", first=first, last=last)
            return first
        return on

    def hours(self) -> tuple[str, str] | None:
        """Return between which full hours, as `09:00`; None where any will do."""
        begins, ends = self.text("from"), self.text("to")
        if not begins and not ends:
            return None
        if not (_HOUR.fullmatch(begins) and _HOUR.fullmatch(ends) and begins < ends <= "24:00"):
            self.wrong("from", "error.hours")
            return None
        return begins, ends


def read_amount(text: str, currency: str) -> int | None:
    """Read an amount as people type it, in major units; None for anything else.

    Commas part thousands: `1,234.50` and `１２３４．５元` are 123450 minor units of CNY.
    """
    plain = _NOT_AMOUNT.sub("", normalize("NFKC", text))
    try:
        major = (
            Decimal(plain) if plain.isascii() and len(plain) <= len("9007199254740991") else None
        )
    except InvalidOperation:
        return None
    if major is None or not major.is_finite():
        return None
    minor = major.scaleb(exponent_of(currency))
    whole = minor.quantize(Decimal(1), ROUND_HALF_UP)
    return int(whole) if whole == minor else None


def plain_amount(minor: int, currency: str) -> str:
    """Write an amount as a field holds it: `1234.50`."""
    return f"{Decimal(minor).scaleb(-exponent_of(currency)):f}"


def _example(currency: str) -> str:
    return plain_amount(12050, currency) if exponent_of(currency) else "12050"


def read_day(text: str) -> date | None:
    """Read `2026-11-27`, `2026/11/27` or `2026年11月27日`; None for anything else."""
    match = _DAY.fullmatch(normalize("NFKC", text))
    if match is None:
        return None
    try:
        return date(*map(int, match.groups()))
    except ValueError:
        return None
