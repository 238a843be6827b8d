"""Opening hours that contradict themselves or never open, zones that don't exist."""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from outreach.compliance.clock import is_zone, minutes_of
from outreach.compliance.opening import days_named
from outreach.config_files.lint_dates import Found


def windows_of(rule: Mapping[str, Any]) -> Iterator[Found]:
    """Yield what is wrong with the windows and zones of one rule."""
    windows = rule.get("windows")
    if isinstance(windows, Mapping):
        yield from _days(windows)
        yield from _spans(windows, rule.get("end_guard", 0))
    for key in ("zone", "national_zones"):
        named = rule.get(key, ())
        for zone in (named,) if isinstance(named, str) else named:
            if not is_zone(zone):
                yield [key], "error", f"{zone!r} is no IANA time zone"
    if "fixed" in _texts(rule.get("tz_basis")) and "zone" not in rule:
        yield ["tz_basis"], "error", "is read in a fixed zone that `zone` doesn't name"


def _days(windows: Mapping[str, Any]) -> Iterator[Found]:
    """Find days that two keys name; `all` and day types stand behind what is named exactly."""
    named: dict[str, str] = {}
    for key in windows:
        for day in days_named(key):
            if day in named and key != "all" and named[day] != "all":
                yield ["windows", key], "error", f"{key} and {named[day]} both name {day}"
            named[day] = key


def _spans(windows: Mapping[str, Any], guard: int) -> Iterator[Found]:
    is_ever_open = False
    for key, spans in windows.items():
        times = sorted((minutes_of(opens), minutes_of(closes)) for opens, closes in spans)
        for opens, closes in times:
            if closes <= opens:
                said = "closes before it opens: hours over midnight are two windows"
                yield ["windows", key], "error", said
            elif closes - guard <= opens:
                yield ["windows", key], "error", f"is shorter than its end guard of {guard} minutes"
            else:
                is_ever_open = True
        if any(later[0] < earlier[1] for earlier, later in pairwise(times)):
            yield ["windows", key], "error", "has windows that overlap: write them as one"
    if not is_ever_open:
        yield ["windows"], "error", "never opens: to forbid a channel say `channel_forbidden`"


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    return tuple(value) if isinstance(value, list) else ()
