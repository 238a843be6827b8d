"""What a call does next, as the TwiML that Twilio carries out."""

from typing import Any, Final

from twilio.twiml import voice_response

from outreach.channels.provider import Acknowledgment
from outreach.domain.call_turns import Question, Turn
from outreach.domain.records import dataclass

_VERBS: Final[Any] = voice_response  # the SDK doesn't type it
_LONGEST_SAY: Final = 4000  # the vendor takes 4096
_ANSWER_SECONDS: Final = 6
_PERSON_SECONDS: Final = 30
_KEYS_OF: Final = {Question.DAY: 2}
# The vendor's names for a language, where they aren't ours: to speak in, to listen for.
_SPEAKS: Final = {"zh-CN": "cmn-CN"}
_HEARS: Final = {"zh-CN": "cmn-Hans-CN"}
_HINTS: Final = {
    "en": "yes, no, wrong number, promise, link, person, never call again, tomorrow, friday",
    "zh": "是我, 打错了, 承诺还款, 发链接, 转人工, 不要再打电话, 明天, 周五",
    "es": "sí, no, número equivocado, prometo, enlace, agente, no me llamen más, viernes",
}


@dataclass(frozen=True, slots=True)
class Voice:
    """How a script is spoken: `name` is the vendor's voice, "" for its default."""

    locale: str
    name: str = ""


def twiml(
    turn: Turn, voice: Voice, *, answer_url: str = "", dialed_url: str = "", caller: str = ""
) -> Acknowledgment:
    """Return the answer that carries a turn out.

    Args:
        turn: What comes next. A turn that asks ends politely on silence: the call's own goodbye
            is said by the answer to an empty one.
        voice: Who says it.
        answer_url: Where an answer goes.
        dialed_url: Where it is told how being put through ended.
        caller: The number that somebody who is put through sees.
    """
    response: Any = _VERBS.VoiceResponse()
    said: Any = response
    if turn.asks is not None:
        said = _VERBS.Gather(
            input="dtmf speech",
            action=answer_url,
            method="POST",
            timeout=_ANSWER_SECONDS,
            num_digits=_KEYS_OF.get(turn.asks, 1),
            speech_timeout="auto",
            language=_HEARS.get(voice.locale, voice.locale),
            hints=_HINTS.get(voice.locale.partition("-")[0]),
            action_on_empty_result=True,
        )
        response.append(said)
    for words in turn.says:
        _say(said, words, voice)
    if turn.dials:
        dial = _VERBS.Dial(
            action=dialed_url,
            method="POST",
            timeout=_PERSON_SECONDS,
            caller_id=caller or None,
            answer_on_bridge=True,
        )
        dial.number(turn.dials)
        response.append(dial)
    elif turn.asks is None:
        response.hangup()
    return Acknowledgment(200, "text/xml", str(response).encode())


def _say(verb: Any, words: str, voice: Voice) -> None:
    language = _SPEAKS.get(voice.locale, voice.locale)
    for start in range(0, len(words), _LONGEST_SAY):
        verb.say(
            words[start : start + _LONGEST_SAY],
            voice=voice.name or None,
            language=language,
        )
