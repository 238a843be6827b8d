"""Instants and dates as golden cases write them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

Raw = Mapping[str, Any]
EVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""Stands for the date of what a case states without one."""


def instant(text: str) -> datetime:
    """Read an instant; one without an offset stays naive, for the engine to refuse."""
    return datetime.fromisoformat(text)


def local(text: str, zones: tuple[str, ...]) -> datetime:
    """Read an instant, or a date as its first moment in the first plausible zone."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(zones[0] if zones else "UTC"))
    return moment
