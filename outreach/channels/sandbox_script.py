"""What the sandbox does with an address: its last four digits choose, else chance does.

The digits are those of a number or token, and of an e-mail those before the `@`: `ada9004@…`.

| last four | text, WhatsApp | notification | e-mail | call |
|---|---|---|---|---|
| 9001 | create refused: no such address | token unregistered | no such domain | no such number |
| 9002 | create refused: recipient has opted out | – | opted out | – |
| 9003 | undelivered: out of reach | – | bounces: mailbox full | nobody answers |
| 9004 | undelivered: unknown | – | bounces: no such mailbox | not in service |
| 9005 | undelivered: filtered by the carrier | – | refused as spam | busy |
| 9006 | create refused: too many requests, come back in 2 s | same | same | same |
| 9007 | create taken but never answered; a lookup finds it, callbacks come | same | same | same |
| 9008 | expires in the queue | – | same | same |
| 9009 | delivered, and each callback comes twice, in reverse order | – | same | same |
| 9010 | sent, and no receipt ever | – | same | rings, and nothing more is told |
| 9011 | delivered, replies STOP | – | same | a person answers |
| 9012 | delivered, asks in words of its own to be left alone | – | same | a person answers |
| 9013 | delivered, promises to pay | – | same | a person answers |
| 9014 | delivered, replies STOP and later START | – | same | a person answers |
| 9015 | delivered, replies HELP | – | same | voicemail |
| 9016 | create fails before anything left: provider unavailable | same | same | same |

A notification that is taken is heard of no more: its vendors tell nothing. Other addresses: mostly
delivered; some fail or reply, at the rates of the options; half of the calls reach a person.
"""

import random
from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

from outreach.domain.records import dataclass
from outreach.domain.vocabulary import Channel, DeliveryState, ErrorClass, Outcome

Create = Literal["taken", "invalid", "opted_out", "throttled", "unanswered", "unavailable"]


class Step(NamedTuple):
    """One status that is reported, `after` seconds (business time) from the create."""

    after: float
    state: DeliveryState
    error: ErrorClass | None = None
    code: str | None = None
    outcome: Outcome | None = None
    """What a call came to."""


class Reply(NamedTuple):
    """One message that the person sends back, `after` seconds (business time) from the create."""

    after: float
    text: str


@dataclass(frozen=True, slots=True)
class Script:
    """Everything that will happen to one message or call."""

    create: Create
    steps: tuple[Step, ...] = ()
    replies: tuple[Reply, ...] = ()
    scrambled: bool = False
    """Callbacks come twice and in reverse order."""


class Rates(NamedTuple):
    """Shares of ordinary addresses, 0 to 1: not reached; of those reached, writing back."""

    failure: float
    reply: float


_TEXTS: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "zh": {
        "stop": ("退订", "T", "取消订阅"),
        "revoke": ("别再发短信了", "请不要再联系我"),
        "promise": ("周五一定还款", "发了工资就还，月底之前"),
        "start": ("恢复",),
        "help": ("帮助",),
        "other": ("你是谁？", "我已经还过了"),
    },
    "en": {
        "stop": ("STOP", "Unsubscribe", "stop."),
        "revoke": ("pls stop texting me", "leave me alone"),
        "promise": ("I will pay on Friday", "can pay half next week, rest at month end"),
        "start": ("START",),
        "help": ("HELP",),
        "other": ("who is this?", "I already paid this"),
    },
}
_OUT_OF_REACH: Final = (DeliveryState.UNDELIVERED, ErrorClass.UNREACHABLE_RETRY)
_DEAD: Final = (DeliveryState.UNDELIVERED, ErrorClass.INVALID_ADDRESS)
_TEXT_ENDS: Final = (
    (*_OUT_OF_REACH, "unreachable"),
    (*_OUT_OF_REACH, "unreachable"),
    (*_DEAD, "unknown_handset"),
)
_EMAIL_ENDS: Final = (
    (*_DEAD, "no_such_mailbox"),
    (*_DEAD, "no_such_mailbox"),
    (*_OUT_OF_REACH, "mailbox_full"),
)
_REFUSED: Final[Mapping[str, Create]] = {
    "9001": "invalid",
    "9002": "opted_out",
    "9006": "throttled",
    "9016": "unavailable",
}
_FILTERED: Final = (DeliveryState.UNDELIVERED, ErrorClass.REPUTATION)
_FAILING_TEXTS: Final = {
    "9003": Step(9, *_OUT_OF_REACH, "unreachable"),
    "9004": Step(6, *_DEAD, "unknown_handset"),
    "9005": Step(4, *_FILTERED, "filtered"),
}
_FAILING_EMAILS: Final = {
    "9003": Step(9, *_OUT_OF_REACH, "mailbox_full"),
    "9004": Step(6, *_DEAD, "no_such_mailbox"),
    "9005": Step(4, *_FILTERED, "spam"),
}
_ANSWERED: Final = (DeliveryState.DELIVERED, None, None)
_PERSON: Final = Step(70, *_ANSWERED, Outcome.CONVERSATION)
_VOICEMAIL: Final = Step(55, *_ANSWERED, Outcome.VOICEMAIL_OTHER)
_NO_ANSWER: Final = Step(30, *_OUT_OF_REACH, "no_answer", Outcome.NO_ANSWER)
_BUSY: Final = Step(6, *_OUT_OF_REACH, "busy", Outcome.NOT_CONNECTED)
_NO_SERVICE: Final = Step(4, *_DEAD, "not_in_service", Outcome.NOT_CONNECTED)
_CALLS: Final = {
    "9003": _NO_ANSWER,
    "9004": _NO_SERVICE,
    "9005": _BUSY,
    "9015": _VOICEMAIL,
    **dict.fromkeys(("9007", "9009", "9011", "9012", "9013", "9014"), _PERSON),
}
_CALL_ENDS: Final = (_PERSON, _VOICEMAIL, _NO_ANSWER, _BUSY)
_CALL_WEIGHTS: Final = (50, 28, 18, 4)
_REPLYING: Final = {
    "9011": ("stop",),
    "9012": ("revoke",),
    "9013": ("promise",),
    "9014": ("stop", "start"),
    "9015": ("help",),
}


def digits_of(recipient: str) -> str:
    """Return the four characters that choose: an e-mail's are those before the `@`."""
    return recipient.partition("@")[0][-4:]


def script_for(
    channel: Channel,
    recipient: str,
    rng: random.Random,
    *,
    valid_seconds: float,
    rates: Rates,
) -> Script:
    """Return what will happen to a message or call.

    Args:
        channel: How the person is reached.
        recipient: E.164 number, e-mail or token; numbers in China are answered in Chinese.
        rng: Seeded by the caller, so that the same attempt always meets the same fate.
        valid_seconds: How long it may wait in the queue, business time.
        rates: Of ordinary addresses.
    """
    digits = digits_of(recipient)
    if digits in _REFUSED:
        return Script(_REFUSED[digits])
    create: Create = "unanswered" if digits == "9007" else "taken"
    if channel is Channel.PUSH:
        # Its vendors tell at once that a token is dead, and of the others nothing.
        return Script("invalid" if rng.random() < rates.failure else create)
    queued = Step(rng.uniform(0.2, 1.0), DeliveryState.QUEUED)
    if digits == "9008":
        end = Step(valid_seconds, DeliveryState.EXPIRED, ErrorClass.EXPIRED, "expired")
        return Script("taken", (queued, end))
    if channel is Channel.CALL:
        return _call(digits, create, queued, rng, rates)
    begun = (queued, Step(rng.uniform(1.0, 3.0), DeliveryState.SENT))
    failing = _FAILING_EMAILS if channel is Channel.EMAIL else _FAILING_TEXTS
    if digits in failing:
        return Script("taken", (*begun, failing[digits]))
    if digits == "9010":
        return Script("taken", begun)
    delivered = Step(rng.uniform(3.0, 30.0), DeliveryState.DELIVERED)
    if digits not in _REPLYING and digits not in {"9007", "9009"}:
        ends = _EMAIL_ENDS if channel is Channel.EMAIL else _TEXT_ENDS
        return _by_chance(recipient, rng, begun, delivered, rates, ends)
    replies = _replies(recipient, _REPLYING.get(digits, ()), rng)
    return Script(create, (*begun, delivered), replies, scrambled=digits == "9009")


def _call(digits: str, create: Create, queued: Step, rng: random.Random, rates: Rates) -> Script:
    ringing = Step(rng.uniform(1.0, 3.0), DeliveryState.SENDING)
    if digits == "9010":
        return Script(create, (queued, ringing))
    end = _CALLS.get(digits)
    if end is None:
        failed = rng.random() < rates.failure
        end = _NO_SERVICE if failed else rng.choices(_CALL_ENDS, _CALL_WEIGHTS)[0]
    return Script(create, (queued, ringing, end), scrambled=digits == "9009")


def _by_chance(
    recipient: str,
    rng: random.Random,
    begun: tuple[Step, ...],
    delivered: Step,
    rates: Rates,
    ends: tuple[tuple[DeliveryState, ErrorClass, str], ...],
) -> Script:
    if rng.random() < rates.failure:
        state, error, code = rng.choice(ends)
        return Script("taken", (*begun, Step(delivered.after, state, error, code)))
    kinds: tuple[str, ...] = ()
    if rng.random() < rates.reply:
        kinds = (
            rng.choices(("promise", "other", "stop", "revoke", "help"), (50, 25, 12, 8, 5))[0],
        )
    return Script("taken", (*begun, delivered), _replies(recipient, kinds, rng))


def _replies(recipient: str, kinds: tuple[str, ...], rng: random.Random) -> tuple[Reply, ...]:
    texts = _TEXTS["zh" if recipient.startswith("+86") else "en"]
    after, found = 60.0, []
    for kind in kinds:
        after += rng.uniform(30.0, 900.0)
        found.append(Reply(after, rng.choice(texts[kind])))
    return tuple(found)
