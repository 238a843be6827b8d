"""Reading members of a parsed signal: each either has its type and bounds, or is named as wrong.

Errors name the member, never its value: they are shown and logged.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from outreach.domain.money import MAX_MINOR
from outreach.domain.signals import SignalError, instant

Json = Mapping[str, Any]


def wrong(member: str) -> SignalError:
    """Return the error for a member that is missing or isn't what it must be."""
    return SignalError("malformed", member)


def block(data: Json, name: str) -> Json:
    """Return a required object."""
    found = data.get(name)
    if not isinstance(found, dict):
        raise wrong(name)
    return found


def text(data: Json, name: str) -> str:
    """Return a required text, not empty."""
    found = data.get(name)
    if not isinstance(found, str) or not found:
        raise wrong(name)
    return found


def text_or(data: Json, name: str, default: str = "") -> str:
    """Return an optional text."""
    return default if data.get(name) in (None, "") else text(data, name)


def minor(data: Json, name: str) -> int:
    """Return a required amount in minor units, 0 … 2**53 - 1."""
    found = data.get(name)
    if type(found) is not int or not 0 <= found <= MAX_MINOR:
        raise wrong(name)
    return found


def ordinal(data: Json, name: str) -> int:
    """Return a required number from 1 (installment, schedule version), as large as the column."""
    found = data.get(name)
    if type(found) is not int or not 1 <= found < 2**31:
        raise wrong(name)
    return found


def day(data: Json, name: str) -> date:
    """Return a required date, YYYY-MM-DD."""
    found = data.get(name)
    if isinstance(found, str) and len(found) == len("YYYY-MM-DD"):
        try:
            return date.fromisoformat(found)
        except ValueError:
            pass
    raise wrong(name)


def day_or_none(data: Json, name: str) -> date | None:
    """Return an optional date."""
    return day(data, name) if data.get(name) is not None else None


def moment(data: Json, name: str) -> datetime:
    """Return a required instant, with offset, as UTC."""
    return instant(data.get(name), name)


def moment_or(data: Json, name: str, default: datetime) -> datetime:
    """Return an optional instant."""
    return moment(data, name) if data.get(name) is not None else default.astimezone(UTC)


def items(data: Json, name: str) -> list[Json]:
    """Return an optional list of objects; empty when absent."""
    found = data.get(name)
    if found is None:
        return []
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise wrong(name)
    return found


def texts(data: Json, name: str) -> tuple[str, ...]:
    """Return an optional list of texts; empty when absent."""
    found = data.get(name)
    if found is None:
        return ()
    if not isinstance(found, list) or not all(isinstance(one, str) and one for one in found):
        raise wrong(name)
    return tuple(found)


def flag(data: Json, name: str) -> bool:
    """Return an optional boolean; False when absent."""
    found = data.get(name, False)
    if not isinstance(found, bool):
        raise wrong(name)
    return found
