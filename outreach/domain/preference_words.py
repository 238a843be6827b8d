"""Readers of signals about preferences. See `reading`."""

from datetime import datetime
from typing import Final

from outreach.domain.hold_details import FORMS
from outreach.domain.members import Json, block, day, moment, moment_or, text, text_or, texts, wrong
from outreach.domain.preferences import CONTACT_HOURS, EVERY_DAY, Preference
from outreach.domain.promises import end_of_day
from outreach.domain.signals import Signal
from outreach.domain.vocabulary import Channel, PreferenceKind

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MINUTES_PER_DAY: Final = 24 * 60
_CHANNELS: Final = {"voice": Channel.CALL.value}


def read_preference(signal: Signal, zone: str) -> Preference:
    """Return what `preference.set` or `preference.removed` states.

    Args:
        signal: Canonical.
        zone: The source's business zone, for an end that is a date.

    Raises:
        SignalError: `malformed`, with the member's name.
    """
    told = block(signal.data, "preference")
    ref = text(told, "id")
    if signal.type == "preference.removed":
        at = moment_or(told, "removed_at", signal.time)
        return Preference(ref, PreferenceKind.AGAINST, at, removed=True)
    kind = _kind(told)
    start, end = read_minutes(told)
    channel = text_or(told, "channel")
    form = text_or(told, "form")
    if form and form not in FORMS:
        raise wrong("form")
    said = Preference(
        ref,
        kind,
        signal.time,
        expires_at=read_end(told, zone),
        start_minute=start,
        end_minute=end,
        days=read_days(told),
        place=text_or(told, "place") or None,
        channel=_channel(channel) if channel else None,
        endpoint_id=text_or(told, "endpoint") or None,
        about=text_or(told, "about", CONTACT_HOURS),
        form=form,
        by=text_or(told, "by"),
        evidence=text_or(told, "evidence"),
    )
    _check(said)
    return said


def _check(said: Preference) -> None:
    """Refuse what says nothing, or what its kind can't say."""
    narrowed = said.place or said.channel or said.endpoint_id
    if said.kind is PreferenceKind.AGREED:
        has_hours = said.start_minute != said.end_minute
        if narrowed or has_hours != (said.about == CONTACT_HOURS):
            raise wrong("preference")
    elif not (narrowed or said.names_time):
        raise wrong("preference")
    elif said.kind is PreferenceKind.ONLY and said.place:
        raise wrong("place")


def _kind(told: Json) -> PreferenceKind:
    try:
        return PreferenceKind(text(told, "kind"))
    except ValueError:
        raise wrong("preference.kind") from None


def _channel(word: str) -> str:
    try:
        return Channel(_CHANNELS.get(word, word)).value
    except ValueError:
        raise wrong("preference.channel") from None


def read_end(told: Json, zone: str) -> datetime | None:
    """Return `until`, an instant or a date through whose end it holds; None where it isn't told.

    Raises:
        SignalError: `malformed`.
    """
    if told.get("until") is None:
        return None
    if len(text(told, "until")) > len("YYYY-MM-DD"):
        return moment(told, "until")
    return end_of_day(day(told, "until"), zone)


def read_days(told: Json) -> frozenset[int]:
    """Return the weekdays that are named; all where none is.

    Raises:
        SignalError: `malformed`.
    """
    named = texts(told, "days")
    if not set(named) <= set(WEEKDAYS):
        raise wrong("days")
    return frozenset(map(WEEKDAYS.index, named)) or EVERY_DAY


def read_minutes(told: Json) -> tuple[int, int]:
    """Return `from` and `to` in minutes after midnight, both 0 where neither is told.

    Raises:
        SignalError: `malformed`: one without the other, or no time of day.
    """
    if told.get("from") is None and told.get("to") is None:
        return 0, 0
    return _minute(told, "from"), _minute(told, "to")


def _minute(told: Json, name: str) -> int:
    hours, _, minutes = text(told, name).partition(":")
    if len(hours) == len(minutes) == len("00") and (hours + minutes).isascii():
        if not (hours + minutes).isdigit():
            raise wrong(name)
        total = int(hours) * 60 + int(minutes)
        if int(minutes) < 60 and total <= _MINUTES_PER_DAY:
            return total
    raise wrong(name)
