"""What a printer or the post says of letters: posted, delivered, returned. As JSON or a table."""

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from outreach.channels.provider import CallbackEvent, Ignored, Scope, StatusUpdate
from outreach.domain.contacts import Report, parse_attempt_id
from outreach.domain.vocabulary import DeliveryState, ErrorClass

MOST: Final = 1000
"""Letters in one message; more are told in several."""
WORDS: Final[Mapping[str, Report]] = {
    "printed": Report(DeliveryState.QUEUED),
    "posted": Report(DeliveryState.SENT),
    "delivered": Report(DeliveryState.DELIVERED),
    "returned": Report(DeliveryState.UNDELIVERED, ErrorClass.INVALID_ADDRESS, "returned"),
    "refused": Report(DeliveryState.UNDELIVERED, ErrorClass.UNREACHABLE_RETRY, "refused"),
    "lost": Report(DeliveryState.UNDELIVERED, ErrorClass.UNREACHABLE_RETRY, "lost"),
    "spoiled": Report(DeliveryState.FAILED, ErrorClass.REQUEST_BUG, "spoiled", counted=False),
}
"""What may be said of a letter. Returned: the address is given up. Refused by whoever took it in,
or lost by the post: the address may be right. Spoiled: it never left the printer."""


class EvidenceError(ValueError):
    """A file says nothing that can be taken; the message names the row."""


def read_evidence(data: bytes) -> list[dict[str, str]]:
    """Return rows of a file, as the callback has them: `id`, `state`, and maybe `ref`.

    A table has a heading line; the `id` of a letter is the one in its manifest.

    Raises:
        EvidenceError: Neither JSON nor a table, or a row with an id or state that isn't known.
    """
    text = data.decode("utf-8-sig", "replace")
    rows = _from_json(text) if text.lstrip().startswith(("{", "[")) else _from_table(text)
    found = []
    for number, row in enumerate(rows, 1):
        state = row.get("state", "")
        if parse_attempt_id(row.get("id", "")) is None:
            raise EvidenceError(f"row {number}: `id` isn't that of a letter, as in the manifest")
        if state not in WORDS:
            raise EvidenceError(f"row {number}: {state!r} is no state; use {', '.join(WORDS)}")
        found.append({"id": row["id"], "state": state, "ref": row.get("ref", "")})
    if not found:
        raise EvidenceError("there are no rows: a table needs the heading `id,state,ref`")
    return found


def parse_evidence(body: bytes) -> list[CallbackEvent]:
    """Return what a verified message says; rows that can't be read are kept as such."""
    try:
        rows = _from_json(body.decode("utf-8", "replace"))
    except EvidenceError:
        return [Ignored("unreadable")]
    return [_event(row) for row in rows[:MOST]] or [Ignored("empty")]


def _event(row: Mapping[str, str]) -> CallbackEvent:
    attempt, report = row.get("id", ""), WORDS.get(row.get("state", ""))
    if parse_attempt_id(attempt) is None:
        return Ignored("names no letter")
    if report is None:
        return Ignored("says nothing we know", attempt)
    scope: Scope = "address" if report.error_class is ErrorClass.INVALID_ADDRESS else "request"
    alert = report.error_class is ErrorClass.REQUEST_BUG
    return StatusUpdate(attempt, None, report, scope, alert=alert)


def _from_json(text: str) -> list[dict[str, str]]:
    try:
        told = msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise EvidenceError("it isn't JSON") from error
    rows = told.get("letters") if isinstance(told, dict) else told
    if not isinstance(rows, list):
        raise EvidenceError("it has no list `letters`")
    return list(_texts(rows))


def _texts(rows: list[Any]) -> Iterator[dict[str, str]]:
    for row in rows:
        told = row if isinstance(row, dict) else {}
        yield {name: str(value) for name, value in told.items() if isinstance(value, str | int)}


def _from_table(text: str) -> list[dict[str, str]]:
    rows = csv.DictReader(io.StringIO(text))
    return [{name: value or "" for name, value in row.items() if name} for row in rows]
