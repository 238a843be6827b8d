"""A call's turns: what somebody means who presses a key or speaks, and what is said next.

Nothing is remembered between turns: what was asked comes back with the answer, so that a call
survives a restart. Nothing of the debt is said before somebody said that it is they who are asked
for, and a request not to be called again is taken at any turn.
"""

import re
from collections.abc import Callable
from datetime import date
from enum import StrEnum
from typing import Final

from outreach.domain.call_scripts import CallScript, Piece
from outreach.domain.records import dataclass
from outreach.domain.replies import WITHOUT_A_PERSON, classify
from outreach.domain.spoken_days import read_day
from outreach.domain.vocabulary import CallAnswer, Heard, ReplyKind, ReplyMedium
from outreach.domain.wording import wording_of


class Question(StrEnum):
    """What a turn asked."""

    PARTY = "party"
    MENU = "menu"
    DAY = "day"
    CONFIRM = "confirm"


@dataclass(frozen=True, slots=True)
class Understood:
    """What an answer means, and whether its words are for a person to read as any reply is."""

    answer: CallAnswer
    is_reply: bool = False


@dataclass(frozen=True, slots=True)
class Turn:
    """What a call does next: says these pieces, then asks, puts through, or ends.

    `day` is the day that a confirmation asks about; `again` says that the question is repeated, and
    so isn't a third time.
    """

    says: tuple[str, ...] = ()
    asks: Question | None = None
    day: date | None = None
    again: bool = False
    dials: str = ""


ENDED: Final = Turn()
"""Nothing may be said: the call ends."""

_KEYS: Final = {
    Question.PARTY: {
        "1": CallAnswer.RIGHT_PARTY, "2": CallAnswer.WRONG_PARTY, "9": CallAnswer.OPT_OUT,
    },
    Question.MENU: {
        "1": CallAnswer.PROMISE, "2": CallAnswer.LINK, "3": CallAnswer.PERSON,
        "8": CallAnswer.WRONG_PARTY, "9": CallAnswer.OPT_OUT,
    },
    Question.CONFIRM: {"1": CallAnswer.PROMISED, "2": CallAnswer.PROMISE},
    Question.DAY: {},
}  # fmt: skip
_YES: Final = re.compile(
    r"^(?:yes|yeah|yep|yup|correct|right|speaking|si|claro)\b|\bi am\b|\bits me\b"
    r"|\b(?:this is|thats) (?:he|she|me|him|her)\b|^(?:是|对|没错|嗯)|^我是|我就是|是我|本人"
)
_NO: Final = re.compile(
    r"^(?:no|nope|nah)\b|\b(?:not|isnt|arent) (?:here|in|home|me|him|her|available)\b"
    r"|^(?:不|没有)|不在"
)
_WRONG: Final = re.compile(
    r"\bwrong (?:number|person)\b|\bno ?(?:body|one) (?:here )?(?:by|of|with) that name\b"
    r"|\bno such person\b|打错|错了|没有这个人|不认识"
)
_ANSWERED: Final = WITHOUT_A_PERSON | {Heard.REFUSAL, Heard.THIRD_PARTY, Heard.QUESTION}
"""What may be heard in words that were understood as an answer, without anybody reading them."""
_SPOKEN: Final = (
    (CallAnswer.PERSON, re.compile(
        r"\b(?:person|agent|representative|human|operator|somebody|someone)\b|人工|客服|转接")),
    (CallAnswer.LINK, re.compile(
        r"\b(?:link|text me|send me (?:a )?text|message me)\b|链接|发短信")),
    (CallAnswer.PROMISE, re.compile(r"\b(?:promise|pay)\b|还款|还钱|付款|承诺")),
)  # fmt: skip


def understand(asked: Question, digits: str, speech: str) -> Understood:
    """Say what an answer to a question means; keys stand over words.

    A request to stop, or words that need somebody, are for a person to read as well as any text
    that was sent back, whatever was asked. So are words that aren't understood as an answer.
    """
    if digits:
        known = _KEYS[asked].get(digits)
        if known is None and asked is Question.DAY:
            known = CallAnswer.DAY
        return Understood(known or CallAnswer.UNCLEAR)
    if not speech.strip():
        return Understood(CallAnswer.SILENCE)
    reply = classify(speech, ReplyMedium.VOICE_TRANSCRIPT)
    if reply.kind is ReplyKind.OPT_OUT:
        return Understood(CallAnswer.OPT_OUT, is_reply=True)
    if Heard.WRONG_PARTY in reply.heard:
        return Understood(CallAnswer.WRONG_PARTY)
    answer = _spoken(asked, speech, reply.heard)
    is_reply = not reply.heard <= _ANSWERED or answer is CallAnswer.UNCLEAR
    return Understood(answer, is_reply=is_reply)


def _spoken(asked: Question, speech: str, heard: frozenset[Heard]) -> CallAnswer:
    wording = wording_of(speech)

    def says(pattern: re.Pattern[str]) -> bool:
        return any(pattern.search(form) for form in (wording.words, wording.compact))

    match asked:
        case Question.DAY:
            return CallAnswer.DAY
        case Question.PARTY:
            if says(_WRONG):
                return CallAnswer.WRONG_PARTY
            if says(_NO) or Heard.THIRD_PARTY in heard:
                return CallAnswer.SOMEBODY_ELSE
            return CallAnswer.RIGHT_PARTY if says(_YES) else CallAnswer.UNCLEAR
        case Question.CONFIRM:
            if says(_NO):
                return CallAnswer.PROMISE
            return CallAnswer.PROMISED if says(_YES) else CallAnswer.UNCLEAR
        case _:
            if Heard.REFUSAL in heard:
                return CallAnswer.REFUSED
            found = next((answer for answer, pattern in _SPOKEN if says(pattern)), None)
            return found or (CallAnswer.PROMISE if Heard.PROMISE in heard else CallAnswer.UNCLEAR)


def opening(script: CallScript) -> Turn:
    """Return what is said to whoever picks up."""
    return Turn(
        script.words(Piece.IDENTIFY, Piece.RECORDING, Piece.RIGHT_PARTY), asks=Question.PARTY
    )


_ASKED_BY: Final = {
    Question.PARTY: Piece.RIGHT_PARTY,
    Question.MENU: Piece.MENU,
    Question.DAY: Piece.DAY,
    Question.CONFIRM: Piece.CONFIRM,
}
_ENDINGS: Final = {
    CallAnswer.PROMISED: (Piece.PROMISED,),
    CallAnswer.LINK: (Piece.LINK,),
    CallAnswer.WRONG_PARTY: (Piece.WRONG_PARTY,),
    CallAnswer.OPT_OUT: (Piece.OPTED_OUT,),
    CallAnswer.PERSON: (Piece.CALL_US,),
}


@dataclass(frozen=True, slots=True)
class Given:
    """An answer as it came.

    `day` is the one that was to be confirmed; `again` says that the question had been repeated.
    """

    asked: Question
    digits: str = ""
    speech: str = ""
    day: date | None = None
    again: bool = False


def following(
    script: CallScript, given: Given, today: date, write_day: Callable[[date], str]
) -> Turn:
    """Return what is said next.

    Args:
        script: Of this call.
        given: The answer.
        today: In the lender's calendar.
        write_day: Writes a day in the script's language.
    """
    answer = understand(given.asked, given.digits, given.speech).answer
    pieces = script.pieces
    if answer is CallAnswer.RIGHT_PARTY:
        turn = Turn(script.words(Piece.MESSAGE, Piece.MENU), asks=Question.MENU)
    elif answer is CallAnswer.PROMISE and Piece.DAY in pieces and Piece.CONFIRM in pieces:
        turn = Turn(script.words(Piece.DAY), asks=Question.DAY)
    elif answer is CallAnswer.DAY:
        day = read_day(given.digits, given.speech, today)
        if day is None or Piece.CONFIRM not in pieces:
            return _once_more(script, given)
        said = pieces[Piece.CONFIRM].replace("*", write_day(day))
        turn = Turn((said,), asks=Question.CONFIRM, day=day)
    elif answer is CallAnswer.PERSON and script.dials:
        turn = Turn(script.words(Piece.TRANSFER), dials=script.dials)
    elif answer is CallAnswer.UNCLEAR:
        turn = _once_more(script, given)
    else:
        turn = Turn(script.words(*_ENDINGS.get(answer, ()), Piece.GOODBYE))
    return turn


def after_transfer(script: CallScript, *, connected: bool) -> Turn:
    """Return what is said once being put through has ended; a talk needs no more words."""
    return ENDED if connected else Turn(script.words(Piece.CALL_US, Piece.GOODBYE))


def _once_more(script: CallScript, given: Given) -> Turn:
    """Ask the same again, once; whoever is misheard twice isn't kept on the line."""
    if given.again or given.asked is Question.CONFIRM:
        return Turn(script.words(Piece.GOODBYE))
    says = script.words(Piece.AGAIN, _ASKED_BY[given.asked])
    return Turn(says, asks=given.asked, again=True)
