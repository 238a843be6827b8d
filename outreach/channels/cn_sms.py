"""What text messages to China's mainland have in common, whoever sends them.

Only registered words may go out, under a registered signature that the vendor puts in front of them
as 【…】. The words that the rules were asked about must be the ones that arrive: so the vendor's
variables are read back out of our own words by the registered text, and words that no registered
text gives aren't sent.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta, timezone
from hashlib import sha256
from typing import Any, Final, NamedTuple

import msgspec
from pydantic import BaseModel, ConfigDict, Field

from outreach.channels.provider import Attempt, CallbackEvent, Ignored, Rejected
from outreach.domain.vocabulary import ErrorClass

BEIJING: Final = timezone(timedelta(hours=8))
"""China's vendors write times without a zone; there is one, and no summer time."""

_MAINLAND: Final = re.compile(r"1[3-9]\d{9}", re.ASCII)
_MOST_VARIABLES: Final = 30


class RegisteredTemplate(BaseModel):
    """One text as the vendor approved it. A template of ours with conditions needs several."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    template: str = Field(min_length=1, description="Key of our template, as in `overdue_early`.")
    locale: str = Field("zh-CN", description="Its language.")
    code: str = Field(min_length=1, description="The vendor's id of the approved text.")
    text: str = Field(
        min_length=1,
        description="The approved text with its variables, without the signature: what our words"
        " are compared with.",
    )


class Filled(NamedTuple):
    """What the vendor is told instead of the words."""

    code: str
    values: Mapping[str, str]
    """In the order of the text."""


class Register:
    """All approved texts of one account.

    Args:
        templates: As configured.
        placeholder: What a variable looks like; its only group is the name.
        sign_names: Approved signature by our sender's address.

    Raises:
        ValueError: A text that can't be compared with; says which and how to mend it.
    """

    def __init__(
        self,
        templates: Sequence[RegisteredTemplate],
        placeholder: re.Pattern[str],
        sign_names: Mapping[str, str],
    ) -> None:
        """See the class."""
        self._texts = [(one, _pattern(one, placeholder)) for one in templates]
        self._sign_names = sign_names

    def sign_name(self, sender: str) -> str | None:
        """Return the signature that a sender writes under."""
        return self._sign_names.get(sender)

    def senders(self, sign_name: str) -> tuple[str, ...]:
        """Return the senders that write under a signature."""
        return tuple(one for one, name in self._sign_names.items() if name == sign_name)

    def fill(self, attempt: Attempt) -> Filled | Rejected:
        """Return what to tell the vendor so that exactly the attempt's words go out.

        An attempt that names no template is told by its words alone.
        """
        sign = self.sign_name(attempt.sender)
        if sign is None:
            return Rejected(ErrorClass.SENDER_CONFIG, "no_sign_name", scope="sender", alert=True)
        front = f"【{sign}】"
        if not attempt.body.startswith(front):
            return _unregistered("other_signature")
        words, key = attempt.body[len(front) :], attempt.template.partition("@")[0]
        for registered, pattern in self._texts:
            if key not in {"", registered.template} or attempt.locale not in {
                "",
                registered.locale,
            }:
                continue
            if match := pattern.fullmatch(words):
                return Filled(registered.code, {
                    name.removeprefix("v_"): value for name, value in match.groupdict().items()
                })  # fmt: skip
        return _unregistered("words_not_registered")


def _unregistered(code: str) -> Rejected:
    return Rejected(ErrorClass.REQUEST_BUG, code, scope="template", alert=True)


def _pattern(registered: RegisteredTemplate, placeholder: re.Pattern[str]) -> re.Pattern[str]:
    """Return what matches exactly the words that a text can give."""
    source, seen, end = "", set(), -1
    for variable in placeholder.finditer(registered.text):
        if variable.start() == end:
            raise ValueError(
                f"template {registered.code}: two variables touch; no text between them tells where"
                " one ends: register them as one"
            )
        source += re.escape(registered.text[max(end, 0) : variable.start()])
        name = f"v_{variable[1]}"
        source += f"(?P={name})" if name in seen else f"(?P<{name}>.+?)"
        seen.add(name)
        end = variable.end()
    if len(seen) > _MOST_VARIABLES:
        raise ValueError(f"template {registered.code}: more than {_MOST_VARIABLES} variables")
    return re.compile(source + re.escape(registered.text[max(end, 0) :]), re.DOTALL)


def read_batch(
    body: bytes, read: Callable[[Mapping[str, Any]], CallbackEvent]
) -> list[CallbackEvent]:
    """Read a callback of several reports, or of one; never empty, so that all of it is kept."""
    try:
        found = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return [Ignored("unreadable")]
    events = [
        read(row) if isinstance(row, dict) else Ignored("not a report")
        for row in (found if isinstance(found, list) else [found])
    ]
    return events or [Ignored("empty")]


def reply_id(*told: object) -> str:
    """Return an id of a reply that shows nothing of it; the same one told twice gets the same."""
    return sha256("\n".join(map(str, told)).encode()).hexdigest()[:32]


def mainland(number: str) -> str:
    """Return a number as China's vendors write it: 11 digits at home, else with its country."""
    return number.removeprefix("+86") if number.startswith("+86") else number.removeprefix("+")


def international(digits: str, country: str = "") -> str:
    """Return a vendor's number in E.164.

    Args:
        digits: As the vendor wrote them, with or without their country.
        country: Its calling code, where the vendor tells it apart.
    """
    plain = digits.strip().removeprefix("+").removeprefix("00")
    if country:
        return f"+{country}{plain}"
    return f"+86{plain}" if _MAINLAND.fullmatch(plain) else f"+{plain}"
