"""What text messages to China's mainland have in common, whoever sends them.

Only registered words may go out, under a registered signature that the vendor puts in front of them
as 【…】. `registered_words` sees to it that they are the words that the rules were asked about.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta, timezone
from hashlib import sha256
from typing import Any, ClassVar, Final

import msgspec
from pydantic import BaseModel, ConfigDict, Field, field_validator

from outreach.channels.provider import Attempt, CallbackEvent, Ignored, Rejected
from outreach.channels.registered_words import ApprovedText, ApprovedTexts, Filled, not_approved
from outreach.channels.secret_path import PathSecrets
from outreach.domain.vocabulary import ErrorClass

BEIJING: Final = timezone(timedelta(hours=8))
"""China's vendors write times without a zone; there is one, and no summer time."""

_MAINLAND: Final = re.compile(r"1[3-9]\d{9}", re.ASCII)


class RegisteredTemplate(ApprovedText):
    """One text as the vendor approved it, without the signature."""

    locale: str = Field("zh-CN", min_length=1, description="Its language.")


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
        self._texts = ApprovedTexts(templates, placeholder)
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
            return not_approved("other_signature")
        return self._texts.fill(attempt.body[len(front) :], attempt.template, attempt.locale)


class AccountOptions(BaseModel):
    """What every account needs; a vendor adds its credentials and where it is reached."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    placeholder: ClassVar[re.Pattern[str]]
    """What a variable looks like in the vendor's texts."""

    path_secrets: PathSecrets
    sign_names: dict[str, str] = Field(
        min_length=1,
        description="Approved signature, without 【】, by the address of the sender that writes"
        " under it.",
    )
    templates: tuple[RegisteredTemplate, ...] = Field(min_length=1)

    @field_validator("templates")
    @classmethod
    def _comparable(cls, templates: tuple[RegisteredTemplate, ...]) -> Any:
        Register(templates, cls.placeholder, {})
        return templates

    @property
    def register(self) -> "Register":
        """The approved texts and signatures, ready to fill."""
        return Register(self.templates, self.placeholder, self.sign_names)


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
