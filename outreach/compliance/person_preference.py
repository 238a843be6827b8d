"""`person_preference`: times, places, channels and addresses the person asked us to avoid."""

from typing import Final

from outreach.compliance.answering import MAY_ANSWER, answer_to_person
from outreach.compliance.clock import DAY, HOUR, MINUTE, MINUTES_PER_DAY, day_at, day_start, wall
from outreach.compliance.exceptions import NEVER
from outreach.compliance.lengths import Length
from outreach.compliance.opening import HORIZON_DAYS
from outreach.compliance.places import may_be_same, place_of_action
from outreach.compliance.stopping import binds_address
from outreach.compliance.view import Check, Objection, Parameters, Primitive, View, block, defer
from outreach.domain.known import EVERY_DAY, Preference, epoch_of

TIME, PLACE, CHANNEL, ENDPOINT = "time", "place", "channel", "endpoint"
SORTS: Final = (TIME, PLACE, CHANNEL, ENDPOINT)
_WEEK: Final = 7
_MINUTES_PER_HOUR: Final = HOUR // MINUTE
_HORIZON: Final = HORIZON_DAYS * DAY


def compile_person_preference(parameters: Parameters) -> Check:
    """Compile one rule; see `PERSON_PREFERENCE.schema` for the parameters."""
    if parameters.text("kind", "designated") == "promise":
        return _compile_promise(parameters)
    respects = parameters.texts("respects", SORTS)
    places = parameters.texts("places")
    once = "respond_once" in parameters.texts("exceptions")
    quota = parameters.part("quota").number("hours") * _MINUTES_PER_HOUR
    term = _Term(parameters)

    def respected(view: View) -> list[Preference]:
        known = [
            one
            for one in view.facts.preferences
            if epoch_of(one.at) <= view.known and _sort(one) in respects
        ]
        if quota:
            known = _within(quota, known)
        return [
            one for one in known if (not places or one.place in places) and _is_about(one, view)
        ]

    def check(view: View) -> Objection | None:
        if not view.facts.preferences:
            return None
        asked = respected(view)
        if not asked:
            return None
        if not view.zones and any(map(_names_time, asked)):
            return block("zone_unknown", needs="location", missing="zone")
        barred = [one for one in asked if _barred_until(one, view, view.now, term) > view.now]
        if not barred:
            return None
        cause = f"barred_{min(map(_sort, barred), key=SORTS.index)}"
        if once:
            answer = answer_to_person(view, lambda at: _next_free(asked, view, at, term))
            if answer == MAY_ANSWER:
                return None
            cause = answer or cause
        free = _next_free(asked, view, view.now, term)
        since = max(epoch_of(one.at) for one in barred)
        return block(cause, since=since) if free < 0 else defer(cause, free, since=since)

    return check


class _Term:
    """How long a request lasts that was only said, and not confirmed in writing in time."""

    __slots__ = ("_confirm", "_days", "_later")

    def __init__(self, parameters: Parameters) -> None:
        self._days = parameters.part("ttl").number("n")
        self._later = parameters.part("ttl").text("day_one", "event_date") == "next_date"
        self._confirm = parameters.part("confirm_within").number("n")

    def ends(self, one: Preference, view: View) -> int:
        """Return when the request ends; `NEVER` if it stands until changed."""
        ends = epoch_of(one.expires) if one.expires else NEVER
        if not self._days or one.form != "oral" or self._is_confirmed(one, view):
            return ends
        term = Length(self._days + self._later, "days")
        return min(ends, term.latest_end(view.counting_zones, epoch_of(one.at)))

    def _is_confirmed(self, one: Preference, view: View) -> bool:
        if one.confirmed_at is None or (at := epoch_of(one.confirmed_at)) > view.known:
            return False
        within = Length(self._confirm + 1, "days")
        return not self._confirm or at < within.latest_end(view.counting_zones, epoch_of(one.at))


def _names_time(one: Preference) -> bool:
    return one.start_minute != one.end_minute or one.days != EVERY_DAY


def _sort(one: Preference) -> str:
    """Return what a request is mainly about: the narrowest thing it names."""
    if one.endpoint is not None:
        return ENDPOINT
    if one.channel is not None:
        return CHANNEL
    return PLACE if one.place is not None else TIME


def _is_about(one: Preference, view: View) -> bool:
    """Tell whether a request is about the action's place, channel and address."""
    if one.place is not None and not may_be_same(one.place, place_of_action(view)):
        return False
    return binds_address(one.channel or "all", one.endpoint, view.action)


def _within(quota: int, asked: list[Preference]) -> list[Preference]:
    """Leave out times that would bring a week above the quota, in the order they were asked for.

    Requests without a time use nothing of it.
    """
    kept, week = [], 0
    for one in sorted(asked, key=_order):
        if _names_time(one):
            more = week | _minutes_of_week(one)
            if more.bit_count() > quota:
                continue
            week = more
        kept.append(one)
    return kept


def _order(one: Preference) -> tuple[int, int, int, list[int], str, str, str]:
    rest = (one.place or "", one.channel or "", one.endpoint or "")
    return (epoch_of(one.at), one.start_minute, one.end_minute, sorted(one.days), *rest)


def _minutes_of_week(one: Preference) -> int:
    """Return the barred minutes of a week as a bit mask, from Monday 00:00."""
    start, length = _span(one)
    whole = _WEEK * MINUTES_PER_DAY
    mask = 0
    for day in one.days:
        mask |= ((1 << length) - 1) << (day * MINUTES_PER_DAY + start)
    return (mask | mask >> whole) & ((1 << whole) - 1)


def _span(one: Preference) -> tuple[int, int]:
    """Return the first minute of the day and how many; an end before the start is tomorrow's."""
    length = one.end_minute - one.start_minute
    return one.start_minute, length if length > 0 else length + MINUTES_PER_DAY


def _next_free(asked: list[Preference], view: View, epoch: int, term: _Term) -> int:
    """Return the first moment from an epoch on at which no request bars the action; -1 if none."""
    moment = epoch
    while moment < epoch + _HORIZON:
        ends = max(_barred_until(one, view, moment, term) for one in asked)
        if ends <= moment:
            return moment
        moment = ends
    return -1


def _barred_until(one: Preference, view: View, epoch: int, term: _Term) -> int:
    """Return the end of the barred time that an epoch lies in, or the epoch if it lies in none.

    The first and the last minute are read so that the barred time is never shorter than any
    reading of a clock change allows.
    """
    last = term.ends(one, view)
    if epoch >= last:
        return epoch
    if not _names_time(one):
        return last
    start, length = _span(one)
    until = epoch
    for zone in view.zones:
        today = day_at(zone, epoch).ordinal
        for ordinal in (today - 1, today):
            if (ordinal - 1) % _WEEK not in one.days:
                continue
            begins = wall(zone, ordinal, start, closing=True)
            days, minute = divmod(start + length, MINUTES_PER_DAY)
            ends = wall(zone, ordinal + days, minute, closing=False)
            if begins <= epoch < ends:
                until = max(until, ends)
    return min(until, last)


def _compile_promise(parameters: Parameters) -> Check:
    farthest = parameters.part("max_ahead").number("n")

    def check(view: View) -> Objection | None:
        debts = frozenset(view.action.debts)
        dates = [
            one.on.toordinal()
            for one in view.facts.promises
            if (at := epoch_of(one.at)) <= view.known
            and (one.ended_at is None or epoch_of(one.ended_at) > view.known)
            and (not one.debts or not one.debts.isdisjoint(debts))
            and (not farthest or _is_near(one.on.toordinal(), at, farthest, view))
        ]
        if not dates:
            return None
        until = max(day_start(zone, max(dates) + 1) for zone in view.counting_zones)
        return defer("promised", until, through=max(dates)) if until > view.now else None

    return check


def _is_near(on: int, at: int, farthest: int, view: View) -> bool:
    """Tell whether a promised date lies at most so many dates after the promise, in some zone."""
    return any(on - day_at(zone, at).ordinal <= farthest for zone in view.counting_zones)


def _days_schema(description: str, **more: object) -> dict[str, object]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["n", "unit"],
        "description": description,
        "properties": {
            "n": {"type": "integer", "minimum": 1, "maximum": 400},
            "unit": {"enum": ["days"]},
            **more,
        },
    }


PERSON_PREFERENCE: Final = Primitive(
    "person_preference",
    compile_person_preference,
    {
        "kind": {
            "enum": ["designated", "promise"],
            "description": "designated (default): what the person asked us to avoid. promise: no "
            "contact until the date the person named is over.",
        },
        "respects": {
            "type": "array",
            "minItems": 1,
            "items": {"enum": list(SORTS)},
            "description": "Requests that the rule respects, by the narrowest thing they name "
            "(default all).",
        },
        "places": {
            "type": "array",
            "minItems": 1,
            "items": {"type": "string"},
            "description": "Only requests about these places; all requests if absent.",
        },
        "ttl": _days_schema(
            "How long a request lasts that was only said; until changed if absent. day_one: the "
            "date of the request (default) or the next.",
            day_one={"enum": ["event_date", "next_date"]},
        ),
        "confirm_within": _days_schema(
            "Within how many days after the request a written confirmation makes it lasting; at "
            "any time if absent."
        ),
        "quota": {
            "type": "object",
            "additionalProperties": False,
            "required": ["hours", "period"],
            "description": "Most hours a week a person may bar; a later request that would bring "
            "them above doesn't bind.",
            "properties": {
                "hours": {"type": "integer", "minimum": 1, "maximum": 168},
                "period": {"enum": ["week"]},
            },
        },
        "max_ahead": _days_schema("A promised date further ahead than this isn't waited for."),
        "exceptions": {
            "type": "array",
            "items": {"enum": ["respond_once"]},
            "description": "respond_once: one answer in the same medium to somebody who wrote at "
            "such a time.",
        },
    },
    description="Times, places, channels and addresses the person asked us to avoid, or the date "
    "they promised; defers to when none bars it, blocks if that never comes.",
)
