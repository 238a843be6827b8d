"""Log entries as a page shows them: in the reader's language, at the borrower's local time."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

import msgspec

from outreach.compliance.pack import Pack
from outreach.domain.contacts import attempt_id
from outreach.domain.records import dataclass
from outreach.domain.vocabulary import EventKind
from outreach.rendering.verdicts import (
    ReasonWords,
    index_rules,
    list_needs,
    say_cause,
    say_hold,
    say_reason,
)
from outreach.usecases.read_log import Entry, kept_reason
from outreach.web.console.words import Language, say, say_or

_WEEKDAYS: Final = "一二三四五六日"
# Delivery state → tone of its tag and its sign; the word always stands beside them.
_TONES: Final = {
    "delivered": ("ok", "✓✓"),
    "read": ("ok", "✓✓"),
    "accepted": ("info", "▶"),
    "queued": ("info", "▶"),
    "sending": ("info", "▶"),
    "sent": ("info", "▶"),
    "undelivered": ("stop", "✕"),
    "failed": ("stop", "✕"),
    "expired": ("stop", "✕"),
    "canceled": ("off", "⊘"),
    "reserved": ("off", "…"),
    "released": ("off", "⊘"),
    "unknown": ("off", "?"),
}
_KINDS: Final = {
    EventKind.DEFERRED: ("wait", "◷"),
    EventKind.BLOCKED: ("stop", "⬢"),
    EventKind.INBOUND: ("info", "↩"),
}
_TAIL: Final = 4


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant for people, and for machines."""

    iso: str
    text: str
    zone: str


@dataclass(frozen=True, slots=True)
class Tag:
    """A state: a tone, a sign and a word."""

    tone: str
    sign: str
    word: str


@dataclass(frozen=True, slots=True)
class Because:
    """One reason in words, and when it clears by itself."""

    said: ReasonWords
    clears: Moment | None


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a list."""

    address: str
    when: Moment
    loans: tuple[str, ...]
    what: str
    step: str
    tag: Tag
    why: str
    rules: tuple[str, ...]


def show_moment(language: Language, at: datetime, zone: str) -> Moment:
    """Return an instant as a reader of a language writes it, in a zone."""
    local = at.astimezone(ZoneInfo(zone))
    offset = local.utcoffset() or timedelta(0)
    hours, minutes = divmod(int(offset.total_seconds()) // 60, 60)
    shown = f"GMT{hours:+d}" + (f":{minutes:02}" if minutes else "")
    if language == "zh":
        day = f"{local.year}年{local.month}月{local.day}日（周{_WEEKDAYS[local.weekday()]}）"
        return Moment(at.isoformat(), f"{day}{local:%H:%M}", shown)
    return Moment(at.isoformat(), f"{local:%a} {local.day} {local:%b %Y, %H:%M}", shown)


class Shower:
    """Puts entries into words.

    Args:
        language: Of the reader.
        zone: The lender's, where the borrower's isn't known.
        packs: In force now, for the names behind rule ids.
    """

    def __init__(self, language: Language, zone: str, packs: Sequence[Pack]) -> None:
        self._language = language
        self._zone = zone
        self._rules = index_rules(packs)

    def line(self, entry: Entry) -> Line:
        """Return an entry as a row of a list."""
        step = entry.contact.step if entry.contact else str(entry.body.get("step", ""))
        return Line(
            address_of(entry),
            self.moment(entry.at, entry.zone),
            entry.loans,
            self._channel(entry),
            step,
            self.tag(entry),
            self._why(entry),
            tuple(reason["rule"] for reason in entry.reasons),
        )

    def tag(self, entry: Entry) -> Tag:
        """Return what an entry came to."""
        if entry.kind in _KINDS:
            tone, sign = _KINDS[EventKind(entry.kind)]
            return Tag(tone, sign, say(self._language, f"tag.{entry.kind}"))
        state = str(entry.contact.state if entry.contact else "unknown")
        return self.state_tag(state)

    def state_tag(self, state: str) -> Tag:
        """Return the tag of a delivery state."""
        tone, sign = _TONES.get(state, ("off", "?"))
        return Tag(tone, sign, say_or(self._language, f"tag.{state}", state))

    def moment(self, at: datetime, zone: str | None) -> Moment:
        """Return an instant in a zone, else in the lender's."""
        return show_moment(self._language, at, zone or self._zone)

    def because(self, reason: Mapping[str, Any], entry: Entry) -> Because:
        """Return a reason in words, as of when it was decided."""
        zone = entry.zone or self._zone
        kept = kept_reason(reason)
        said = say_reason(kept, self._rules, at=entry.at, zone=zone, language=self._language)
        until = self.moment(kept.until, zone) if kept.until else None
        return Because(said, until)

    def needs(self, entry: Entry) -> str:
        """Return what would clear what was tried."""
        needed = {need for one in entry.body.get("tried", ()) for need in one.get("needs", ())}
        return list_needs(sorted(needed), self._language)

    def hold(self, kind: str) -> str:
        """Return what kind of hold it is."""
        return say_hold(kind, self._language)

    def sentence(self, reason: Mapping[str, Any], entry: Entry) -> str:
        """Return why, in one sentence."""
        return self.because(reason, entry).said.sentence

    def _channel(self, entry: Entry) -> str:
        channel = entry.contact.channel if entry.contact else _first_tried(entry).get("channel")
        if entry.kind == EventKind.INBOUND:
            channel = entry.body.get("channel", "sms")
        return say_or(self._language, f"channel.{channel}", str(channel or "–"))

    def _why(self, entry: Entry) -> str:
        if not entry.readable:
            return say(self._language, "unreadable")
        if entry.kind == EventKind.INBOUND:
            kind = str(entry.body.get("reply", {}).get("kind", "unclear"))
            return say_or(self._language, f"reply.{kind}", kind)
        if entry.reasons:
            return self.sentence(entry.reasons[0], entry)
        if refusal := entry.body.get("refusal"):
            return say_cause(str(refusal), self._language)
        if entry.contact and entry.contact.error_class:
            return self.error(entry.contact.error_class)
        purpose = entry.contact.purpose if entry.contact else ""
        return say_or(self._language, f"purpose.{purpose}", purpose)

    def error(self, error_class: str) -> str:
        """Return what a carrier's error means."""
        return say_or(self._language, f"error.{error_class}", error_class)


def address_of(entry: Entry) -> str:
    """Return the page of an entry: its contact's, or that of the decision itself."""
    if entry.contact_id is not None and entry.person_id > 0:
        return f"/contacts/{attempt_id(entry.person_id, entry.contact_id)}"
    return f"/decisions/{entry.person_id}-{entry.event_id}"


def masked(address: str | None) -> str:
    """Return a number with its country and last four digits alone, and so on for the others.

    Of an e-mail the first letter and the domain, of a push token the last four characters.
    """
    if not address:
        return "–"
    name, at, domain = address.rpartition("@")
    if at:
        return f"{name[:1]}•••@{domain}"
    if not address.startswith("+"):
        return f"••• {address[-_TAIL:]}"
    country = "+86" if address.startswith("+86") else address[:2]
    return f"{country} ••• •••• {address[-_TAIL:]}"


def reply_text(body: Mapping[str, Any]) -> str | None:
    """Return what the borrower wrote; of older rows, out of the callback as it came."""
    if isinstance(body.get("text"), str):
        return str(body["text"])
    raw = body.get("raw", {}).get("body", "")
    try:
        told = msgspec.json.decode(raw)
    except (msgspec.DecodeError, TypeError):
        return next(iter(parse_qs(str(raw)).get("Body", ())), None)
    return str(told["text"]) if isinstance(told, dict) and "text" in told else None


def _first_tried(entry: Entry) -> Mapping[str, Any]:
    tried: Sequence[Mapping[str, Any]] = entry.body.get("tried") or ({},)
    return tried[0]
