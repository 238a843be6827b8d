"""What an answer wants, read by rules: promises, payments made, disputes, hardship and the rest.

It goes by what `replies` heard, so that an answer which asks to stop is only ever that: nothing in
it is acted on without a person. Days and amounts are read here.
"""

import re
from collections.abc import Mapping
from datetime import date
from typing import Final

from outreach.domain.amounts_said import AmountSaid, read_amount
from outreach.domain.records import dataclass
from outreach.domain.replies import Reply
from outreach.domain.spoken_days import read_day
from outreach.domain.vocabulary import Heard, Intent, ReplyKind
from outreach.domain.wording import wording_of

_OF_KIND: Final[Mapping[ReplyKind, Intent]] = {
    ReplyKind.OPT_OUT: Intent.OPT_OUT,
    ReplyKind.OPT_IN: Intent.OPT_IN,
    ReplyKind.HELP: Intent.HELP,
}
_OF_HEARD: Final[Mapping[Heard, Intent]] = {
    Heard.PROMISE: Intent.PROMISE,
    Heard.PAID: Intent.PAID,
    Heard.DISPUTE: Intent.DISPUTE,
    Heard.HARDSHIP: Intent.HARDSHIP,
    Heard.COMPLAINT: Intent.COMPLAINT,
    Heard.WRONG_PARTY: Intent.WRONG_NUMBER,
    Heard.QUESTION: Intent.HELP,
    Heard.LANGUAGE: Intent.LANGUAGE,
    Heard.PAYOFF: Intent.PAYOFF,
}
_BESIDE: Final = {Intent.PROMISE: Heard.TIME, Intent.HARDSHIP: Heard.PLACE}
"""What is heard in passing: `Friday morning`, `lost my job`."""

PROTECTIVE: Final = frozenset({Intent.DISPUTE, Intent.HARDSHIP, Intent.COMPLAINT})
"""What stops collection, so that it is acted on even where the rest isn't clear."""

_ASKS: Final = re.compile(r"[?？¿]|吗|呢")

_LANGUAGES: Final = (
    ("en-US", re.compile(r"\b(?:english|ingles)\b|英文|英语")),
    ("es-US", re.compile(r"\b(?:spanish|espanol)\b|西班牙语")),
    ("zh-CN", re.compile(r"\b(?:chinese|mandarin|chino)\b|中文|汉语|普通话|国语")),
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What one answer wants.

    Attributes:
        intents: Everything it wants; empty: nothing is asked, or nothing was understood.
        is_whole: Whether that is all of it; else a person has to read the rest.
        amount: How much it speaks of.
        language: BCP 47 tag of the language it asks for; "" if none, or more than one.
        day: On which it promises to pay, where a person has read that; None: as the words say.
    """

    intents: frozenset[Intent] = frozenset()
    is_whole: bool = False
    amount: AmountSaid = AmountSaid()
    language: str = ""
    day: date | None = None


def read_wanted(text: str, reply: Reply) -> Wanted:
    """Read what an answer wants.

    Args:
        text: As it was written or transcribed.
        reply: As `replies.read_reply` read it; an opt-out is never read as something else.
    """
    if (kind := _OF_KIND.get(reply.kind)) is not None:
        return Wanted(frozenset({kind}), is_whole=not reply.needs_reading)
    found = {_OF_HEARD[one] for one in reply.heard if one in _OF_HEARD}
    if found & {Intent.LANGUAGE, Intent.PAYOFF, *PROTECTIVE}:
        found.discard(Intent.HELP)  # how they ask for it is part of it, and somebody answers
    if Intent.PROMISE in found and not _ASKS.search(text):
        found.discard(Intent.HELP)  # `puedo pagar el viernes`
    if Intent.PAID in found:
        found.discard(Intent.PROMISE)  # what was paid needs no promise
    if Intent.PROMISE in found:
        found.discard(Intent.PAYOFF)  # `I'll pay it off on Friday` says when
    language = _language(text) if Intent.LANGUAGE in found else ""
    unread = reply.heard - _OF_HEARD.keys()
    for intent, beside in _BESIDE.items():
        if intent in found:
            unread -= {beside}
    whole = (
        reply.kind is ReplyKind.OTHER
        and not unread
        and Intent.HELP not in found
        and (bool(language) or Intent.LANGUAGE not in found)
    )
    return Wanted(frozenset(found), whole, read_amount(text)[0], language)


def promised_day(text: str, today: date) -> date | None:
    """Return the day that a promise names; None if it names none, or one that is too far off.

    Args:
        text: As it was written.
        today: In the borrower's calendar.
    """
    return read_day("", read_amount(text)[1], today)


def _language(text: str) -> str:
    wording = wording_of(text)
    named = [
        tag
        for tag, pattern in _LANGUAGES
        if pattern.search(wording.words) or pattern.search(wording.compact)
    ]
    return named[0] if len(named) == 1 else ""
