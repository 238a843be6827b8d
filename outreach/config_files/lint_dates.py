"""Dates of a rule that contradict each other, or that are over."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any, Final, Literal

Found = tuple[list[str | int], Literal["error", "warning"], str]

LASTS: Final = timedelta(days=400)
"""How long a check of a source is good for: a little more than a year."""


def dates_of(rule: Mapping[str, Any], today: date) -> Iterator[Found]:
    """Yield what is wrong with the dates of one rule."""
    effective = rule.get("effective", {})
    start, end, waived = (_date(effective.get(key)) for key in ("from", "to", "waived_until"))
    if start and end and end <= start:
        yield (
            ["effective"],
            "error",
            f"is in force from {start} and no longer from {end}: never. Turn the dates round",
        )
    if waived and ((start and waived <= start) or (end and waived >= end)):
        yield (
            ["effective", "waived_until"],
            "error",
            f"is waived until {waived}, which doesn't lie between the dates it is in force",
        )
    elif waived and waived <= today:
        yield (
            ["effective", "waived_until"],
            "warning",
            f"the waiver ended on {waived}: check whether it was prolonged, else remove it",
        )
    checked = _date(rule["checked"])
    if checked is None:
        yield ["checked"], "error", "nobody checked it: write the date on which somebody did"
    elif checked > today:
        yield ["checked"], "error", f"was checked on {checked}, which is yet to come"
    elif today - checked > LASTS and not (end and end <= today):
        yield ["checked"], "warning", f"was checked on {checked}: check the source again"


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
