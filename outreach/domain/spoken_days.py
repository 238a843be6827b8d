"""Which day somebody means who presses, says or writes one: `27`, `friday`, `12月5号`, `下周五`.

Days are read forward from today and at most a month ahead; whoever promises is told the day that
was understood, so the nearest day that fits is taken. `next` names a day of the week after this.
"""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from outreach.domain.wording import wording_of

HORIZON: Final = timedelta(days=31)
"""Latest day that a promise may name."""

_WEEK: Final = 7
_MONTHS: Final = 12
_WEEKDAYS: Final = {
    name: number
    for number, names in enumerate(
        (
            "monday mon lunes", "tuesday tue tues martes", "wednesday wed miercoles",
            "thursday thu thurs jueves", "friday fri viernes", "saturday sat sabado",
            "sunday sun domingo",
        )
    )
    for name in names.split()
}  # fmt: skip
_NUMBERS: Final = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14,
}  # fmt: skip
_ORDINALS: Final = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7,
    "eighth": 8, "ninth": 9, "tenth": 10, "eleventh": 11, "twelfth": 12, "thirteenth": 13,
    "fourteenth": 14, "fifteenth": 15, "sixteenth": 16, "seventeenth": 17, "eighteenth": 18,
    "nineteenth": 19, "twentieth": 20, "thirtieth": 30,
}  # fmt: skip
_TENS: Final = {"twenty": 20, "thirty": 30}
_MONTH_NAMES: Final = {
    name: number
    for number, names in enumerate(
        (
            "january jan enero", "february feb febrero", "march mar marzo", "april apr abril",
            "may mayo", "june jun junio", "july jul julio", "august aug agosto",
            "september sept sep septiembre", "october oct octubre", "november nov noviembre",
            "december dec diciembre",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_NAMED: Final = "|".join(sorted(_MONTH_NAMES, key=len, reverse=True))
_MONTH_DAY: Final = re.compile(rf"\b({_NAMED}) (\d{{1,2}})(?:st|nd|rd|th)?\b")
_DAY_MONTH: Final = re.compile(rf"\b(\d{{1,2}})(?:st|nd|rd|th)?(?: of| de)? ({_NAMED})\b")
_NUMERIC: Final = re.compile(r"(?<![\d/.-])(\d{1,2})[/.-](\d{1,2})(?![\d/.-])")
_NEXT_WEEKDAY: Final = re.compile(r"\bnext (?:week )?(?:on )?([a-z]+)\b")
_CHINESE_DIGITS: Final = {char: number for number, char in enumerate("零一二三四五六七八九十")}
_CHINESE_WEEKDAYS: Final = {char: number for number, char in enumerate("一二三四五六日")} | {
    "天": 6
}
_RELATIVE: Final = (
    (re.compile(r"大后天"), 3),
    (re.compile(r"后天|\bday after tomorrow\b|\bpasado manana\b"), 2),
    (re.compile(r"明天|明日|\btomorrow\b|(?<!por la )\bmanana\b"), 1),
    (re.compile(r"今天|今日|\btoday\b|\btonight\b|\bhoy\b"), 0),
)
_IN_DAYS: Final = re.compile(r"\b(?:in|within) (?:a )?(\d{1,2}|[a-z]+) days?\b")
_IN_A_WEEK: Final = re.compile(
    r"\bin (?:a|one) week\b|\ba week from (?:now|today)\b|一周后|一个星期后"
)
_MONTH_END: Final = re.compile(r"\bend of (?:the |this )?month\b|\bfin de mes\b|月底|月末")
_DAY_NUMBER: Final = re.compile(r"\b(\d{1,2})(?:st|nd|rd|th)?\b")
_CHINESE_DAY: Final = re.compile(r"([零一二三四五六七八九十]{1,3}|\d{1,2})[号日]")
_CHINESE_MONTH_DAY: Final = re.compile(
    r"([一二三四五六七八九十]{1,2}|\d{1,2})月([一二三四五六七八九十]{1,3}|\d{1,2})"
)
_CHINESE_IN_DAYS: Final = re.compile(
    r"([一二三四五六七八九十两]{1,3}|\d{1,2})天(?:后|内|之后|以后)"
)
_CHINESE_WEEKDAY: Final = re.compile(r"(下)?(?:个)?(?:周|星期|礼拜)([一二三四五六日天])")


def read_day(digits: str, speech: str, today: date) -> date | None:
    """Return the day that is meant; None if it can't be told or is too far off.

    Args:
        digits: Keys that were pressed: a day of the month, one digit or two.
        speech: What was said, as a recognizer wrote it.
        today: In the borrower's calendar.
    """
    if digits:
        found = _of_month(int(digits), today) if digits.isascii() and digits.isdigit() else None
    else:
        found = _said(speech, today)
    return found if found is not None and today <= found <= today + HORIZON else None


def _said(speech: str, today: date) -> date | None:
    wording = wording_of(speech)
    for pattern, days in _RELATIVE:
        if pattern.search(wording.words) or pattern.search(wording.compact):
            return today + timedelta(days=days)
    return (
        _chinese(wording.compact, today)
        or _in_words(wording.words, today)
        or _in_numbers(speech, today)
    )


def _in_words(words: str, today: date) -> date | None:
    if (found := _IN_DAYS.search(words)) is not None and (days := _number(found[1])):
        return today + timedelta(days=days)
    if _IN_A_WEEK.search(words):
        return today + timedelta(days=_WEEK)
    if _MONTH_END.search(words):
        return _month_end(today)
    if (dated := _named(words)) is not None:
        return _of_year(*dated, today)
    if (found := _NEXT_WEEKDAY.search(words)) is not None and found[1] in _WEEKDAYS:
        return _next_weeks(_WEEKDAYS[found[1]], today)
    said = words.split()
    for word in said:
        if word in _WEEKDAYS:
            return _next_weekday(_WEEKDAYS[word], today)
    numbers = [*_ordinals(said), *(int(one) for one in _DAY_NUMBER.findall(words))]
    return _of_month(numbers[0], today) if len(set(numbers)) == 1 else None


def _chinese(said: str, today: date) -> date | None:
    if _IN_A_WEEK.search(said):
        return today + timedelta(days=_WEEK)
    if (found := _CHINESE_IN_DAYS.search(said)) is not None:
        return today + timedelta(days=_chinese_number(found[1]))
    if (found := _CHINESE_WEEKDAY.search(said)) is not None:
        wanted = _CHINESE_WEEKDAYS[found[2]]
        if found[1]:
            return _next_weeks(wanted, today)
        return _next_weekday(wanted, today)
    if _MONTH_END.search(said):
        return _month_end(today)
    if (found := _CHINESE_MONTH_DAY.search(said)) is not None:
        return _of_year(_chinese_number(found[1]), _chinese_number(found[2]), today)
    if (found := _CHINESE_DAY.search(said)) is not None:
        return _of_month(_chinese_number(found[1]), today)
    return None


def _named(words: str) -> tuple[int, int] | None:
    """Return the month and day that are named: `december 5`, `5 de diciembre`."""
    if (found := _MONTH_DAY.search(words)) is not None:
        return _MONTH_NAMES[found[1]], int(found[2])
    if (found := _DAY_MONTH.search(words)) is not None:
        return _MONTH_NAMES[found[2]], int(found[1])
    return None


def _in_numbers(speech: str, today: date) -> date | None:
    """Read `12/5`: of its two meanings the one that is soon, if only one is."""
    found = _NUMERIC.search(speech)
    if found is None:
        return None
    one, other = int(found[1]), int(found[2])
    near = {
        day
        for day in (_of_year(one, other, today), _of_year(other, one, today))
        if day is not None and day <= today + HORIZON
    }
    return near.pop() if len(near) == 1 else None


def _ordinals(said: list[str]) -> Iterator[int]:
    for before, word in zip(["", *said], said, strict=False):
        if word in _ORDINALS:
            yield _TENS.get(before, 0) + _ORDINALS[word]


def _number(word: str) -> int:
    return int(word) if word.isdigit() else _NUMBERS.get(word, 0)


def _chinese_number(word: str) -> int:
    """Read a number below a hundred: 五, 十五, 二十, 二十七, or digits."""
    if word.isdigit():
        return int(word)
    tens, ten, ones = word.replace("两", "二").rpartition("十")
    value = _CHINESE_DIGITS.get(ones, 0)
    return value + 10 * _CHINESE_DIGITS.get(tens, 1) if ten else value


def _next_weekday(wanted: int, today: date) -> date:
    """Return the next day of that name, a week from now if it is today."""
    return today + timedelta(days=(wanted - today.weekday() - 1) % _WEEK + 1)


def _next_weeks(wanted: int, today: date) -> date:
    """Return a day of the week after this one, which begins on its Monday."""
    return today + timedelta(days=_WEEK - today.weekday() + wanted)


def _of_year(month: int, day: int, today: date) -> date | None:
    """Return the next day of that month and number; None if there is none this year or next."""
    for year in (today.year, today.year + 1):
        try:
            found = date(year, month, day)
        except ValueError:
            continue
        if found >= today:
            return found
    return None


def _of_month(number: int, today: date) -> date | None:
    """Return the next day of that number, of this month or the one after; None if there is none."""
    months = today.year * _MONTHS + today.month - 1
    for month in (months, months + 1):
        try:
            found = date(month // _MONTHS, month % _MONTHS + 1, number)
        except ValueError:
            continue
        if found >= today:
            return found
    return None


def _month_end(today: date) -> date:
    following = (today.replace(day=28) + timedelta(days=4)).replace(day=1)
    return following - timedelta(days=1)
