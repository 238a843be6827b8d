"""What a gateway's answers come to, by its description."""

import re
from collections.abc import Collection
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final

from outreach.channels.code_table import CodeMeaning, reading, refusal
from outreach.channels.exchange import Answer
from outreach.channels.gateway_description import Description, ErrorRow, StatusRow
from outreach.channels.gateway_paths import select, text_at
from outreach.channels.gateway_requests import Check, Lookup, Reply, SentAt
from outreach.channels.gateway_templates import Facts, fill_text
from outreach.channels.provider import (
    Accepted,
    Attempt,
    Found,
    LookupResult,
    NotFound,
    SendResult,
    Unknown,
    Unsupported,
)
from outreach.domain.contacts import is_terminal
from outreach.domain.vocabulary import DeliveryState, ErrorClass

# A create follows its reservation by seconds; clocks differ by less than a minute.
_SENT_FROM: Final = timedelta(minutes=-1)
_SENT_UNTIL: Final = timedelta(minutes=5)
_MOST_PARTS: Final = 99

_COUNTED: Final = frozenset(
    {
        ErrorClass.UNREACHABLE_RETRY,
        ErrorClass.UNKNOWN,
        ErrorClass.INVALID_ADDRESS,
        ErrorClass.REPUTATION,
    }
)
_ALERTING: Final = frozenset(
    {
        ErrorClass.REPUTATION,
        ErrorClass.SENDER_CONFIG,
        ErrorClass.ACCOUNT,
        ErrorClass.REQUEST_BUG,
        ErrorClass.QUIET_HOURS,
    }
)
_UNCLASSIFIED: Final = CodeMeaning(ErrorClass.UNKNOWN, "address", counted=True, alert=True)
_ACCOUNT: Final = CodeMeaning(ErrorClass.ACCOUNT, "account", counted=False, alert=True)
_STATUSES: Final = {
    401: _ACCOUNT,
    403: _ACCOUNT,
    404: _ACCOUNT,
    429: CodeMeaning(ErrorClass.THROTTLED, "account", counted=False),
}
_OTHERWISE: Final = CodeMeaning(ErrorClass.REQUEST_BUG, "request", counted=False, alert=True)


class GatewayCodes:
    """The error codes of a description; a code that no row names always asks for an alert."""

    def __init__(self, description: Description) -> None:
        """Read the rows."""
        self._rows = [
            (
                frozenset(row.codes),
                re.compile(row.pattern) if row.pattern is not None else None,
                _meaning(row),
            )
            for row in description.errors
        ]
        self._statuses = _STATUSES | {
            status: _meaning(row) for status, row in description.http_errors.items()
        }
        self.refusing = frozenset(description.http_errors)

    def find(self, code: str) -> CodeMeaning | None:
        """Return the meaning of a code, if a row names it."""
        for codes, pattern, meaning in self._rows:
            if code in codes or (pattern is not None and pattern.fullmatch(code)):
                return meaning
        return None

    def of_code(self, code: str) -> CodeMeaning:
        """Return the meaning of a code."""
        return self.find(code) or _UNCLASSIFIED

    def of_refusal(self, status: int, code: str) -> CodeMeaning:
        """Return the meaning of a refusal by HTTP status: by its code, else by the status."""
        if code and (found := self.find(code)):
            return found
        return self._statuses.get(status) or (_UNCLASSIFIED if code else _OTHERWISE)


class AnswerReader:
    """Reads one gateway's answers."""

    def __init__(self, description: Description) -> None:
        """Keep the description."""
        self._description = description
        self._states = {
            word.lower(): DeliveryState(state) for word, state in description.states.items()
        }
        self.codes = GatewayCodes(description)

    def state(self, word: str | None) -> DeliveryState | None:
        """Return the state that a word of the gateway's means; None for one nobody described."""
        return self._states.get(word.lower()) if word is not None else None

    def created(self, answer: Answer, attempt: Attempt, now: datetime) -> SendResult:
        """Read the answer to a create: only what the description proves is taken or refused."""
        reply = self._description.send.reply
        wait = answer.retry_after(now, reply.retry_after)
        document = _document(answer, reply)
        code = text_at(reply.error, document) or ""
        if answer.status not in reply.success:
            status = answer.status
            if not answer.is_refusal and status not in self.codes.refusing:
                return Unknown(f"http {status}")
            return refusal(self.codes.of_refusal(status, code), code or str(status), wait)
        if reply.accepted is not None:
            told = text_at(reply.accepted.path, document)
            if told is None:
                return Unknown("no word of acceptance")
            if told not in reply.accepted.equals:
                return refusal(self.codes.of_code(code or told), code or told, wait)
        state = self.state(text_at(reply.state, document)) or DeliveryState.ACCEPTED
        if is_terminal(state) and state not in {DeliveryState.DELIVERED, DeliveryState.READ}:
            return refusal(self.codes.of_code(code), code or state, wait)
        ref = text_at(reply.ref, document) if reply.ref is not None else attempt.attempt_id
        if not ref:
            known = self.codes.find(code) if code else None
            return Unknown("no reference") if known is None else refusal(known, code, wait)
        return Accepted(ref, state, _parts(reply, document))

    def found(
        self,
        answer: Answer,
        lookup: Lookup,
        attempt: Attempt,
        facts: Facts,
        taken: Collection[str],
    ) -> LookupResult:
        """Read the answer to a look-up; of several records the nearest in time is meant.

        Raises:
            TemplateFailedError: What records must say can't be told for this attempt.
        """
        if answer.status in lookup.missing:
            return NotFound()
        document = _document(answer, lookup.reply)
        if answer.status not in lookup.success or document is None:
            return Unsupported("no answer")
        expected = {path: fill_text(text, facts) for path, text in lookup.match.items()}
        candidates: list[tuple[timedelta, Any, str]] = []
        for record in select(lookup.records, document):
            ref = self._ref(lookup.reply, record, attempt)
            away = _away(lookup.sent_at, record, attempt.reserved_at)
            if (
                ref
                and away is not None
                and (ref == attempt.ref or ref not in taken)
                and all(text_at(path, record) == text for path, text in expected.items())
            ):
                candidates.append((away, record, ref))
        if not candidates:
            return NotFound()
        _, record, ref = min(candidates, key=lambda one: one[0])
        state = self.state(text_at(lookup.reply.state, record))
        if state is None:
            return Unsupported("unknown state")
        report = reading(state, text_at(lookup.reply.error, record) or "", self.codes).report
        return Found(ref, report, _parts(lookup.reply, record))

    @staticmethod
    def _ref(reply: Reply, record: Any, attempt: Attempt) -> str | None:
        return text_at(reply.ref, record) if reply.ref is not None else attempt.attempt_id


def holds(answer: Answer, check: Check | None) -> bool:
    """Tell whether an answer says what it must."""
    return check is None or text_at(check.path, answer.json()) in check.equals


def _document(answer: Answer, reply: Reply) -> Any:
    if reply.pattern is None:
        return answer.json()
    found = re.search(reply.pattern, answer.body.decode("utf-8", "replace"))
    return found.groupdict() if found else None


def _parts(reply: Reply, document: Any) -> int | None:
    return whole_number(text_at(reply.parts, document))


def whole_number(text: str | None) -> int | None:
    """Return a count of parts; None for nothing, zero and what is none."""
    if text is None or not text.isascii() or not text.isdigit() or len(text) > 2:
        return None
    return int(text) or None


def _away(sent_at: SentAt | None, record: Any, reserved_at: datetime) -> timedelta | None:
    """Return how far from the reservation a record was made; None if it can't be the one."""
    if sent_at is None:
        return timedelta(0)
    text = text_at(sent_at.path, record) or ""
    try:
        if sent_at.format == "iso8601":
            moment = datetime.fromisoformat(text)
            if moment.tzinfo is None:
                zone = timezone(timedelta(hours=sent_at.utc_offset_hours))
                moment = moment.replace(tzinfo=zone)
        else:
            seconds = float(text) / (1000 if sent_at.format == "unix_ms" else 1)
            moment = datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    distance = moment - reserved_at
    return abs(distance) if _SENT_FROM <= distance <= _SENT_UNTIL else None


def _meaning(row: ErrorRow | StatusRow) -> CodeMeaning:
    seconds = row.retry_after_seconds
    counted, confirmations, ambiguous = False, 1, False
    if isinstance(row, ErrorRow):
        counted = row.error in _COUNTED if row.counted is None else row.counted
        confirmations, ambiguous = row.confirmations, row.ambiguous
    return CodeMeaning(
        row.error,
        row.scope,
        counted=counted,
        alert=row.error in _ALERTING if row.alert is None else row.alert,
        confirmations=confirmations,
        retry_after=None if seconds is None else timedelta(seconds=seconds),
        ambiguous=ambiguous,
    )
