"""Twilio's callbacks about a call: how it goes, who picked up, what they answered.

What a turn asked is in the address that its answer comes to, which we wrote and Twilio signs; so
nothing has to be remembered between two turns.
"""

from collections.abc import Mapping
from datetime import date
from typing import Final
from urllib.parse import urlencode

from outreach.channels.code_table import Reading
from outreach.channels.provider import CallbackEvent, Ignored, RawCallback, Said, StatusUpdate
from outreach.channels.twilio_callbacks import (
    SignatureKeys,
    query_of,
    status_update,
    verified_form,
)
from outreach.channels.twilio_statuses import answered_report, call_report
from outreach.domain.call_scripts import CallScript, Piece
from outreach.domain.call_turns import Given, Question, Turn, understand
from outreach.domain.contacts import Report
from outreach.domain.vocabulary import CallAnswer, DeliveryState, Outcome

CALL_KINDS: Final = (
    "voice/script",
    "voice/gather",
    "voice/dialed",
    "voice/status",
    "voice/amd",
    "voice/recording",
)
_LIMITED: Final = "lcm"
_MOST_WORDS: Final = 4000

# Who was spoken to, as they say themselves; a machine's finding never outranks it.
_SPOKEN_TO: Final[Mapping[CallAnswer, Outcome]] = {
    CallAnswer.RIGHT_PARTY: Outcome.CONVERSATION,
    CallAnswer.PROMISE: Outcome.CONVERSATION,
    CallAnswer.DAY: Outcome.CONVERSATION,
    CallAnswer.PROMISED: Outcome.CONVERSATION,
    CallAnswer.LINK: Outcome.CONVERSATION,
    CallAnswer.PERSON: Outcome.CONVERSATION,
    CallAnswer.REFUSED: Outcome.CONVERSATION,
    CallAnswer.WRONG_PARTY: Outcome.WRONG_PARTY,
    CallAnswer.SOMEBODY_ELSE: Outcome.THIRD_PARTY_SPOKEN,
}


def voice_path(kind: str, attempt: str, script: CallScript | None = None) -> str:
    """Return the path that a call's callback of a kind comes to.

    With a script it says as well whether a machine is left no more than a limited-content message.
    """
    query = {"a": attempt}
    if script is not None and script.on_a_machine is Piece.LIMITED_VOICEMAIL:
        query["v"] = _LIMITED
    return f"/twilio/{kind}?{urlencode(query)}"


def answer_path(attempt: str, turn: Turn) -> str:
    """Return the path that the answer to a turn comes to."""
    query = {"a": attempt, "q": str(turn.asks)}
    if turn.day is not None:
        query["d"] = turn.day.isoformat()
    if turn.again:
        query["n"] = "2"
    return f"/twilio/voice/gather?{urlencode(query)}"


def given_in(raw: RawCallback, form: Mapping[str, str]) -> Given | None:
    """Return an answer with what had been asked; None if the address doesn't say what was."""
    query = query_of(raw)
    try:
        asked = Question(query.get("q", ""))
        day = date.fromisoformat(query["d"]) if "d" in query else None
    except ValueError:
        return None
    return Given(
        asked,
        form.get("Digits", ""),
        form.get("SpeechResult", "")[:_MOST_WORDS],
        day,
        again="n" in query,
    )


def read_call_events(raw: RawCallback, keys: SignatureKeys) -> list[CallbackEvent]:
    """Verify one callback about a call and read it.

    Raises:
        BadSignatureError: No key of this account signed it, or it can't be read enough to tell.
    """
    form, query = verified_form(raw, keys), query_of(raw)
    attempt, ref = query.get("a"), form.get("CallSid")
    limited = query.get("v") == _LIMITED
    match raw.kind:
        case "voice/status":
            return [status_update(attempt, ref, call_report(form, limited=limited))]
        case "voice/amd":
            report = answered_report(form.get("AnsweredBy", ""), limited=limited)
            return [status_update(attempt, ref, Reading(report))]
        case "voice/gather":
            return [_answer(attempt, ref, raw, form)]
        case "voice/recording":  # its id and address stay in the log with the raw callback
            return [status_update(attempt, ref, Reading(Report(None)))]
        case kind:
            return [Ignored(kind, attempt)]


def _answer(
    attempt: str | None, ref: str | None, raw: RawCallback, form: Mapping[str, str]
) -> StatusUpdate:
    given = given_in(raw, form)
    if given is None:
        return status_update(attempt, ref, Reading(Report(None)))
    understood = understand(given.asked, given.digits, given.speech)
    # Whatever is answered to the menu and after it, the person said before that it is they.
    outcome = _SPOKEN_TO.get(understood.answer)
    if outcome is None and given.asked is not Question.PARTY:
        outcome = Outcome.CONVERSATION
    state = DeliveryState.READ if outcome else None
    said = Said(
        understood.answer,
        given.speech if understood.is_reply else "",
        given.day if understood.answer is CallAnswer.PROMISED else None,
        f"{given.asked}{2 if given.again else ''}",
    )
    return StatusUpdate(attempt, ref or None, Report(state, outcome=outcome), said=said)
