"""What the sandbox carrier does with a number: the last four digits choose, else chance does.

| last four | what happens |
|---|---|
| 9001 | create refused: no such number |
| 9002 | create refused: recipient has opted out |
| 9003 | undelivered: handset out of reach |
| 9004 | undelivered: handset unknown to the carrier |
| 9005 | undelivered: filtered by the carrier |
| 9006 | create refused: too many requests, come back in 2 s |
| 9007 | create taken but never answered; a lookup finds it, callbacks come |
| 9008 | expires in the queue |
| 9009 | delivered, and each callback comes twice, in reverse order |
| 9010 | sent, and no receipt ever |
| 9011 | delivered, replies STOP |
| 9012 | delivered, asks in words of its own to be left alone |
| 9013 | delivered, promises to pay |
| 9014 | delivered, replies STOP and later START |
| 9015 | delivered, replies HELP |
| 9016 | create fails before anything left: provider unavailable |

Other numbers: mostly delivered; some fail or reply, at the rates of the options.
"""

import random
from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

from outreach.domain.records import dataclass
from outreach.domain.vocabulary import DeliveryState, ErrorClass

Create = Literal["taken", "invalid", "opted_out", "throttled", "unanswered", "unavailable"]


class Step(NamedTuple):
    """One status that the carrier reports, `after` seconds (business time) from the create."""

    after: float
    state: DeliveryState
    error: ErrorClass | None = None
    code: str | None = None


class Reply(NamedTuple):
    """One text that the person sends back, `after` seconds (business time) from the create."""

    after: float
    text: str


@dataclass(frozen=True, slots=True)
class Script:
    """Everything that will happen to one message."""

    create: Create
    steps: tuple[Step, ...] = ()
    replies: tuple[Reply, ...] = ()
    scrambled: bool = False
    """Callbacks come twice and in reverse order."""


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
_ENDS: Final = (
    (DeliveryState.UNDELIVERED, ErrorClass.UNREACHABLE_RETRY, "unreachable"),
    (DeliveryState.UNDELIVERED, ErrorClass.UNREACHABLE_RETRY, "unreachable"),
    (DeliveryState.UNDELIVERED, ErrorClass.INVALID_ADDRESS, "unknown_handset"),
)
_REFUSED: Final[Mapping[str, Create]] = {
    "9001": "invalid",
    "9002": "opted_out",
    "9006": "throttled",
    "9016": "unavailable",
}
_FAILING: Final = {
    "9003": Step(9, DeliveryState.UNDELIVERED, ErrorClass.UNREACHABLE_RETRY, "unreachable"),
    "9004": Step(6, DeliveryState.UNDELIVERED, ErrorClass.INVALID_ADDRESS, "unknown_handset"),
    "9005": Step(4, DeliveryState.UNDELIVERED, ErrorClass.REPUTATION, "filtered"),
}
_REPLYING: Final = {
    "9011": ("stop",),
    "9012": ("revoke",),
    "9013": ("promise",),
    "9014": ("stop", "start"),
    "9015": ("help",),
}


def script_for(
    recipient: str,
    rng: random.Random,
    *,
    valid_seconds: float,
    failure_rate: float,
    reply_rate: float,
) -> Script:
    """Return what will happen to a message.

    Args:
        recipient: E.164 number; numbers in China are answered in Chinese.
        rng: Seeded by the caller, so that the same attempt always meets the same fate.
        valid_seconds: How long it may wait in the queue, business time.
        failure_rate: Share of ordinary numbers that aren't reached, 0 to 1.
        reply_rate: Share of reached ordinary numbers that write back, 0 to 1.
    """
    digits = recipient[-4:]
    if digits in _REFUSED:
        return Script(_REFUSED[digits])
    begun = (
        Step(rng.uniform(0.2, 1.0), DeliveryState.QUEUED),
        Step(rng.uniform(1.0, 3.0), DeliveryState.SENT),
    )
    if digits == "9008":
        return Script(
            "taken",
            (begun[0], Step(valid_seconds, DeliveryState.EXPIRED, ErrorClass.EXPIRED, "expired")),
        )
    if digits in _FAILING:
        return Script("taken", (*begun, _FAILING[digits]))
    if digits == "9010":
        return Script("taken", begun)
    delivered = Step(rng.uniform(3.0, 30.0), DeliveryState.DELIVERED)
    if digits not in _REPLYING and digits not in {"9007", "9009"}:
        return _by_chance(recipient, rng, begun, delivered, (failure_rate, reply_rate))
    return Script(
        "unanswered" if digits == "9007" else "taken",
        (*begun, delivered),
        _replies(recipient, _REPLYING.get(digits, ()), rng),
        scrambled=digits == "9009",
    )


def _by_chance(
    recipient: str,
    rng: random.Random,
    begun: tuple[Step, ...],
    delivered: Step,
    rates: tuple[float, float],
) -> Script:
    failure_rate, reply_rate = rates
    if rng.random() < failure_rate:
        state, error, code = rng.choice(_ENDS)
        return Script("taken", (*begun, Step(delivered.after, state, error, code)))
    kinds: tuple[str, ...] = ()
    if rng.random() < reply_rate:
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
