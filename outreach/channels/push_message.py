"""What notifications have in common, whichever service takes them.

A notification shows an attempt's subject and words, both made to be seen on a locked screen, and
nothing else; its data are our attempt id, which the app sends back when it shows or opens it.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from outreach.channels.code_table import CodeTable, read_table, refusal
from outreach.channels.exchange import RECONNECT_AFTER, Answer
from outreach.channels.provider import Attempt, Rejected, SendResult
from outreach.domain.vocabulary import ErrorClass

LONGEST_LIFE: Final = timedelta(days=28)
"""What the services keep a notification at most."""
LARGEST: Final = 4096
"""Bytes of a payload that every service takes."""
# Too short for a queue: a device that isn't reached at once must not show it after the window.
_NOW_OR_NEVER: Final = timedelta(minutes=1)


class Life(NamedTuple):
    """How long a service may try to deliver a notification."""

    seconds: int
    """From now on; 0: now or never."""
    ends_at: int
    """The same as Unix time; 0: now or never."""


def life_of(attempt: Attempt, now: datetime) -> Life | Rejected:
    """Return the life that ends with the contact window; a refusal if it has closed already.

    Args:
        attempt: Its window ends `valid_for` after `reserved_at`.
        now: Wall time; a send may have waited.
    """
    ends = attempt.reserved_at + attempt.valid_for
    left = min(ends - now, LONGEST_LIFE)
    if left <= timedelta(0):
        return Rejected(ErrorClass.EXPIRED, "window_closed")
    if left < _NOW_OR_NEVER:
        return Life(0, 0)
    seconds = int(left.total_seconds())
    return Life(seconds, int(now.timestamp()) + seconds)


def alert_of(attempt: Attempt) -> dict[str, str]:
    """Return what is shown: the title, if there is one, and the words."""
    shown = {"title": attempt.subject} if attempt.subject else {}
    return {**shown, "body": attempt.body}


def data_of(attempt: Attempt) -> Mapping[str, str]:
    """Return what the app is told besides."""
    return {"attempt": attempt.attempt_id}


def topic_of(attempt: Attempt) -> str:
    """Return a name for the attempt in 32 characters, for services that allow no more."""
    return attempt.attempt_id.rpartition("-")[2]


def too_long() -> Rejected:
    """Return the refusal of words that no service takes; they stay the same on every try."""
    return Rejected(ErrorClass.REQUEST_BUG, "too_long", scope="request", alert=True)


def not_connected(code: str = "connect") -> Rejected:
    """Return the refusal for a request that never left this machine."""
    return Rejected(ErrorClass.UNAVAILABLE, code, RECONNECT_AFTER, "account")


def members_of(found: object) -> dict[str, Any]:
    """Return a JSON object's members; none where it is something else."""
    return found if isinstance(found, dict) else {}


@cache
def code_table(vendor: str) -> CodeTable:
    """Return a push service's codes, from `<vendor>_errors.yaml`."""
    return read_table(Path(__file__).with_name(f"{vendor}_errors.yaml"))


def refused(vendor: str, answer: Answer, code: str, now: datetime) -> SendResult:
    """Return what an answer that isn't 2xx comes to: by its code, else by its status."""
    table = code_table(vendor)
    meaning = table.of_code(code) if code else table.of_status(answer.status)
    told = answer.retry_after(now) if meaning.retry_after is not None else None
    return refusal(meaning, code or str(answer.status), told)


def no_address(why: str) -> Rejected:
    """Return the refusal of a recipient that can't be one."""
    return Rejected(ErrorClass.INVALID_ADDRESS, why, scope="address")
