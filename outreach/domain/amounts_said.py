"""How much money somebody speaks of: `$1,200.50`, `200 dollars`, `两千块`, `half`, `in full`."""

import re
import unicodedata
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from outreach.domain.records import dataclass

_NUMBER: Final = r"(\d{1,3}(?:,\d{3}){1,3}|\d{1,9})(?:\.(\d{1,2}))?(?!\d)"
_AMOUNTS: Final = (
    re.compile(r"(?:us ?\$|\$|usd ?|¥ ?|￥ ?|rmb ?)" + _NUMBER, re.IGNORECASE),
    re.compile(
        _NUMBER + r" ?(?:dollars?|bucks|usd|d[oó]lar(?:es)?|元|块钱?|塊|rmb|人民币|yuan)",
        re.IGNORECASE,
    ),
    re.compile(
        r"(?:pay|paying|send|make|put|pagar|pago|pagar[eé]|abonar|abono|还|付|转|存)"
        r" ?(?:you |les )?"
        + _NUMBER
        + r"(?! ?(?:st|nd|rd|th|号|日|天|月|点|days?|d[ií]as?|weeks?|semanas?|am|pm|%|:|/|-))\b",
        re.IGNORECASE,
    ),
)
_IN_CHARACTERS: Final = re.compile(r"([一二两三四五六七八九十百千万零]{1,10})(?:元|块钱?|塊)")
_WHOLE: Final = re.compile(
    r"\bin full\b|\b(?:the )?(?:full|whole|entire) (?:amount|thing|balance)\b|\ball of it\b"
    r"|\beverything\b|全部|全额|全款|都还|还清|\bcompleto\b|\btod[oa]\b|\btotalidad\b",
    re.IGNORECASE,
)
_HALF: Final = re.compile(r"\bhalf\b|一半|\bla mitad\b", re.IGNORECASE)
_DIGITS: Final = {char: number for number, char in enumerate("零一二三四五六七八九")} | {"两": 2}
_UNITS: Final = {"十": 10, "百": 100, "千": 1000, "万": 10_000}


@dataclass(frozen=True, slots=True)
class AmountSaid:
    """An amount in somebody's words. Nothing said: all three are empty.

    `value` is in the currency's major unit; `half` and `whole` are of what is owed.
    """

    value: Decimal | None = None
    half: bool = False
    whole: bool = False

    def minor(self, owed_minor: int, exponent: int) -> int:
        """Return it in minor units, never more than what is owed; all of that if nothing was said.

        Args:
            owed_minor: What is owed by the day that is promised.
            exponent: Of the currency's minor unit, as in 2 for USD.
        """
        if self.value is not None:
            said = int((self.value.scaleb(exponent)).to_integral_value(ROUND_HALF_UP))
            return min(said, owed_minor)
        return (owed_minor + 1) // 2 if self.half else owed_minor


def read_amount(text: str) -> tuple[AmountSaid, str]:
    """Return the amount that a text speaks of, and the text without it.

    Two different amounts are none: nobody can tell which one is promised.
    """
    plain = unicodedata.normalize("NFKC", text)
    values: set[Decimal] = set()
    for amount, span in _found(plain):
        values.add(amount)
        plain = plain.replace(span, " ")
    if values:
        said = AmountSaid(values.pop()) if len(values) == 1 else AmountSaid()
    else:
        half = _HALF.search(plain) is not None
        said = AmountSaid(half=half, whole=not half and _WHOLE.search(plain) is not None)
    return said, plain


def _found(text: str) -> Iterator[tuple[Decimal, str]]:
    for pattern in _AMOUNTS:
        for found in pattern.finditer(text):
            whole, fraction = found[1].replace(",", ""), found[2] or "0"
            yield Decimal(f"{whole}.{fraction}"), found[0]
            text = text.replace(found[0], " ")
    for found in _IN_CHARACTERS.finditer(text):
        yield Decimal(_of_characters(found[1])), found[0]


def _of_characters(word: str) -> int:
    """Read a number written in characters: 三百, 一千二, 两万."""
    total, section, digit, last = 0, 0, 0, 1
    for char in word:
        if char in _DIGITS:
            digit = _DIGITS[char]
            continue
        last = _UNITS[char]
        if last == _UNITS["万"]:
            total += (section + digit or 1) * last
            section = digit = 0
        else:
            section += (digit or 1) * last
            digit = 0
    # 一千二 is 1,200: a digit alone after a unit counts the next lower one.
    tail = digit * (
        last // 10 if last > 10 and not word.endswith(("零",)) and "零" not in word else 1
    )
    return total + section + tail
