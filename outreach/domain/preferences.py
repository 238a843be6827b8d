"""Preferences: what a person asked for or against, or agreed to, joined word by word in any order.

What they mean for a contact is for the rules to say; `outreach.facts.preferences` hands them over.
"""

from dataclasses import field
from datetime import datetime
from json import dumps
from typing import Final

from outreach.domain.records import dataclass
from outreach.domain.vocabulary import PreferenceKind

CONTACT_HOURS: Final = "contact_hours"
EVERY_DAY: Final = frozenset(range(7))


@dataclass(frozen=True, slots=True)
class Preference:
    """The newest word on one preference of a person; `ref` is unique for them.

    A time is [`start_minute`, `end_minute`) of the local day on `days` (Monday 0); an end that
    isn't later lies on the next day, and two equal minutes mean the whole day. `place`, `channel`
    and `endpoint_id` narrow it to that place, channel or address. `about` names what was agreed,
    for an agreement. It holds from `at` until `expires_at`, if that is set, or until it is
    `removed`. `by` is who recorded it, `form` whether it was said or written.
    """

    ref: str
    kind: PreferenceKind
    at: datetime
    removed: bool = False
    expires_at: datetime | None = None
    start_minute: int = 0
    end_minute: int = 0
    days: frozenset[int] = EVERY_DAY
    place: str | None = None
    channel: str | None = None
    endpoint_id: str | None = None
    about: str = CONTACT_HOURS
    form: str = ""
    by: str = ""
    evidence: str = field(default="", repr=False)

    @property
    def names_time(self) -> bool:
        """Whether it is about some hours or days, and not always."""
        return self.start_minute != self.end_minute or self.days != EVERY_DAY

    def holds(self, now: datetime) -> bool:
        """Whether it is to be respected at an instant."""
        return not self.removed and (self.expires_at is None or now < self.expires_at)


def merge_preference(known: Preference | None, told: Preference) -> Preference:
    """Join two words on one preference; of two at one instant, the one that protects stands."""
    return told if known is None else max(known, told, key=_precedence)


def _precedence(said: Preference) -> tuple[datetime, int, str, str]:
    protects = 1 if said.removed else 0 if said.kind is PreferenceKind.AGREED else 2
    forever = "9999" if said.expires_at is None else said.expires_at.isoformat()
    rest = dumps(
        [
            said.kind, said.start_minute, said.end_minute, sorted(said.days), said.place,
            said.channel, said.endpoint_id, said.about, said.form, said.by, said.evidence,
        ]
    )  # fmt: skip
    return said.at, protects, forever, rest
