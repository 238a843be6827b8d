"""What a mail server's refusal means: codes as data, and the time that its words may name."""

import re
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Final

from outreach.channels.code_table import BACK_OFF, CodeTable, read_table, refusal
from outreach.channels.provider import Rejected, SendResult
from outreach.channels.smtp_connections import Refusal
from outreach.domain.vocabulary import ErrorClass

_FILE: Final = Path(__file__).parent / "smtp_errors.yaml"
_ENHANCED: Final = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?![\d.])", re.ASCII)
_WAIT: Final = re.compile(
    r"\b(\d{1,5})\s*(s|secs?|seconds?|m|mins?|minutes?|h|hours?)\b", re.ASCII | re.IGNORECASE
)
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600}
_LONGEST: Final = timedelta(days=1)
_PASSING: Final = frozenset(
    {ErrorClass.UNREACHABLE_RETRY, ErrorClass.THROTTLED, ErrorClass.UNAVAILABLE}
)


@cache
def smtp_codes() -> CodeTable:
    """Read the data file once; raises as `read_table`."""
    return read_table(_FILE)


def code_of(refused: Refusal) -> str:
    """Return the enhanced code of an answer, or where it came with its basic one.

    An enhanced code whose class isn't that of the basic one is somebody's mistake and left aside.
    """
    found = _ENHANCED.match(refused.text)
    if found is not None and found[1][0] == str(refused.status)[0]:
        return found[1]
    return f"{refused.phase}:{refused.status}"


def refused_send(refused: Refusal) -> SendResult:
    """Return what a refused submission comes to; a wait that the server names stands.

    Where it was the sender or the session that was refused, it says nothing of the recipient.
    """
    code = code_of(refused)
    meaning = smtp_codes().of_code(code)
    wait = _wait_in(refused.text) if meaning.error in _PASSING else None
    result = refusal(meaning, code, wait)
    if (
        refused.phase in {"connect", "login"}
        and isinstance(result, Rejected)
        and result.error not in {ErrorClass.ACCOUNT, ErrorClass.THROTTLED, ErrorClass.UNAVAILABLE}
    ):
        error = ErrorClass.ACCOUNT if refused.status >= 500 else ErrorClass.UNAVAILABLE
        return Rejected(error, code, wait, "account", alert=True)
    if refused.phase == "mail" and isinstance(result, Rejected) and result.scope == "address":
        if refused.status < 500:
            return Rejected(ErrorClass.THROTTLED, code, result.retry_after or BACK_OFF, "sender")
        return Rejected(ErrorClass.SENDER_CONFIG, code, None, "sender", alert=True)
    return result


def _wait_in(text: str) -> timedelta | None:
    """Return the time that an answer asks for, as in `try again in 300 seconds`; at most a day."""
    found = _WAIT.search(text)
    if found is None:
        return None
    return min(timedelta(seconds=int(found[1]) * _SECONDS[found[2][0].lower()]), _LONGEST)
