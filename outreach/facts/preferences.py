"""What a person asked for or against, as the facts that decide() looks at.

Rules know one form: what is barred, in spans of one local day. Hours over midnight become two
spans; `only` becomes a bar on everything else.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from outreach.domain import known as d
from outreach.domain.borrowers import PersonState, Profile
from outreach.domain.preference_words import read_days, read_minutes
from outreach.domain.preferences import Preference
from outreach.domain.signals import SignalError
from outreach.domain.vocabulary import Channel, PreferenceKind

REACHES: Final = (
    Channel.SMS, Channel.CALL, Channel.VOICEMAIL, Channel.PUSH, Channel.EMAIL, Channel.WHATSAPP,
    Channel.PRIVATE_MESSAGE, Channel.LETTER, Channel.VISIT,
)  # fmt: skip
"""Channels that reach the person; the others are acts that no preference is about."""

_CALLS: Final = frozenset({Channel.CALL.value, Channel.VOICEMAIL.value})

PROFILE: Final = "profile"
"""`source` of what the platform's profile says."""

UNREADABLE: Final = "unreadable"
"""`source` of hours that nobody can read: every hour is barred until they are mended."""

_DAY: Final = 24 * 60
_WEEK: Final = 7
_Spans = Mapping[int, Sequence[tuple[int, int]]]


def preferences_of(person: PersonState, now: datetime) -> tuple[d.Preference, ...]:
    """Return everything that the person asked not to be done, as of `now`."""
    found = list(_of_profile(person.profile, now))
    if not person.preferences:
        return tuple(found)
    stated = [one for one in person.preferences.values() if one.holds(now)]
    for one in stated:
        if one.kind is PreferenceKind.AGAINST:
            found += _against(one, now)
    only = [one for one in stated if one.kind is PreferenceKind.ONLY]
    found += _only_hours([one for one in only if one.names_time], now)
    found += _only_channels([one for one in only if one.channel], now)
    found += _only_endpoints(person, [one for one in only if one.endpoint_id], now)
    return tuple(found)


def agreements_of(person: PersonState, now: datetime) -> tuple[d.Agreement, ...]:
    """Return what was agreed with the person, as of `now`."""
    return tuple(
        d.Agreement(one.about, min(one.at, now), start, end, days)
        for one in person.preferences.values()
        if one.kind is PreferenceKind.AGREED and one.holds(now)
        for start, end, days in _agreed(one)
    )


def _agreed(said: Preference) -> list[tuple[int, int, frozenset[int]]]:
    """Cut agreed hours at midnight; what isn't about hours has none."""
    start, end = said.start_minute, said.end_minute
    if start <= end:
        return [(start, end, said.days)]
    following = frozenset((day + 1) % _WEEK for day in said.days)
    cut = [(start, _DAY, said.days), (0, end, following)]
    return [one for one in cut if one[0] < one[1]]


def _of_profile(profile: Profile, now: datetime) -> Iterable[d.Preference]:
    told = profile.fields.get("preferences")
    hours = told.get("quiet_hours") if isinstance(told, dict) else None
    if not hours:
        return
    at = min(_told_at(profile), now)
    try:
        for one in hours:
            days, (start, end) = read_days(one), read_minutes(one)
            yield from _barred(_spans(days, start, end), at, source=PROFILE)
    except (SignalError, AttributeError, TypeError):
        yield d.Preference(at, 0, _DAY, source=UNREADABLE)


def _told_at(profile: Profile) -> datetime:
    """Return when the profile's newest word on preferences was told."""
    _, stamp = profile.told.get("preferences", (0, ""))
    try:
        return datetime.fromisoformat(stamp.partition(" ")[0]).astimezone(UTC)
    except ValueError:
        return d.EPOCH


def _spans(days: Iterable[int], start: int, end: int) -> _Spans:
    """Spread hours over the days they touch.

    Hours over midnight bar the small hours of the day they are named for too: "mon-fri 17 to 9"
    may mean either morning, so both are kept free.
    """
    spans: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for day in days:
        if start < end:
            spans[day].append((start, end))
            continue
        spans[day] += [(start, _DAY), (0, end)]
        spans[(day + 1) % _WEEK].append((0, end))
    return spans


def _barred(spans: _Spans, at: datetime, **more: Any) -> Iterable[d.Preference]:
    """Yield one fact for each distinct span, with all of its days."""
    days: dict[tuple[int, int], set[int]] = defaultdict(set)
    for day, each in spans.items():
        for start, end in each:
            if start < end:
                days[start, end].add(day)
    for (start, end), on in sorted(days.items()):
        yield d.Preference(at, start, end, frozenset(on), **more)


def _against(said: Preference, now: datetime) -> Iterable[d.Preference]:
    more = {
        "place": said.place,
        "channel": said.channel,
        "endpoint": said.endpoint_id,
        "form": said.form,
        "expires": said.expires_at,
    }
    at = min(said.at, now)
    if not said.names_time:
        return (d.Preference(at, **more),)  # type: ignore[arg-type]  # each has its field's type
    return _barred(_spans(said.days, said.start_minute, said.end_minute), at, **more)


def _only_hours(stated: Sequence[Preference], now: datetime) -> Iterable[d.Preference]:
    """Bar all hours outside those that were asked for; several of them add up."""
    if not stated:
        return ()
    allowed: dict[int, list[tuple[int, int]]] = {day: [] for day in range(_WEEK)}
    for one in stated:
        for day in one.days:
            if one.start_minute < one.end_minute:
                allowed[day].append((one.start_minute, one.end_minute))
            else:
                allowed[day].append((one.start_minute, _DAY))
                allowed[(day + 1) % _WEEK].append((0, one.end_minute))
    barred = {day: _gaps(spans) for day, spans in allowed.items()}
    return _barred(barred, min(*(one.at for one in stated), now), expires=_last(stated))


def _gaps(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    gaps, reached = [], 0
    for start, end in sorted(spans):
        if start > reached:
            gaps.append((reached, start))
        reached = max(reached, end)
    return [*gaps, (reached, _DAY)] if reached < _DAY else gaps


def _last(stated: Iterable[Preference]) -> datetime | None:
    ends = [one.expires_at for one in stated]
    return None if None in ends else max(end for end in ends if end)


def _only_channels(stated: Sequence[Preference], now: datetime) -> Iterable[d.Preference]:
    wanted: set[str | None] = {one.channel for one in stated}
    if not wanted:
        return ()
    if wanted & _CALLS:  # a voicemail is a call that nobody picked up
        wanted |= _CALLS
    at, expires = min(*(one.at for one in stated), now), _last(stated)
    return [d.Preference(at, channel=c, expires=expires) for c in REACHES if c not in wanted]


def _only_endpoints(
    person: PersonState, stated: Sequence[Preference], now: datetime
) -> Iterable[d.Preference]:
    """Bar the other addresses of the same medium."""
    wanted = {one.endpoint_id for one in stated}
    if not wanted:
        return ()
    at, expires = min(*(one.at for one in stated), now), _last(stated)
    known = person.profile.endpoints
    media = {one.medium for one in known if one.endpoint_id in wanted}
    return [
        d.Preference(at, endpoint=one.endpoint_id, expires=expires)
        for one in known
        if one.endpoint_id not in wanted and one.medium in media
    ]
