"""Vendors' codes → what they mean to us, read from data files that all providers share the form of.

A file has `groups` of codes with one meaning, `unknown` meanings by the first characters of a code,
and `statuses` for HTTP answers that carry no code. Vendors split and add codes as they like: one
that nobody classified always asks for an alert.
"""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol

import yaml

from outreach.channels.provider import Rejected, Scope, SendResult, Unknown
from outreach.domain.contacts import Report
from outreach.domain.vocabulary import DeliveryState, ErrorClass

# Said where the vendor doesn't say it, so that an outage isn't met by a loop of attempts.
BACK_OFF: Final = timedelta(seconds=5)
_MISSED: Final = frozenset({DeliveryState.UNDELIVERED, DeliveryState.FAILED})


class CodeMeaning(NamedTuple):
    """What a code says about the contact, the address and the next move."""

    error: ErrorClass
    scope: Scope
    counted: bool
    """Whether a contact that ended so counts toward legal caps."""
    alert: bool = False
    confirmations: int = 1
    """Reports needed before an address is given up."""
    retry_after: timedelta | None = None
    """How long the vendor keeps refusing, where that is known."""
    ambiguous: bool = False
    """In answer to a create: the message may have been taken all the same."""


class Codes(Protocol):
    """Whatever can tell codes' meanings."""

    def of_code(self, code: str) -> CodeMeaning:
        """Return the meaning of a vendor's code."""


class CodeTable(NamedTuple):
    """One vendor's data files, ready to be asked."""

    codes: Mapping[str, CodeMeaning]
    prefixes: tuple[tuple[str, CodeMeaning], ...]
    """Unknown codes, longest prefix first; the last prefix is empty."""
    statuses: Mapping[int, CodeMeaning]

    def of_code(self, code: str) -> CodeMeaning:
        """Return the meaning of a vendor's code."""
        found = self.codes.get(code)
        if found is not None:
            return found
        return next(meaning for prefix, meaning in self.prefixes if code.startswith(prefix))

    def of_status(self, status: int) -> CodeMeaning:
        """Return the meaning of a 4xx answer that carries no code; by default our own mistake."""
        return self.statuses.get(status) or _BAD_REQUEST


class Reading(NamedTuple):
    """A report with what an error code says besides."""

    report: Report
    scope: Scope = "request"
    alert: bool = False
    confirmations: int = 1


_BAD_REQUEST: Final = CodeMeaning(ErrorClass.REQUEST_BUG, "request", counted=False, alert=True)
NO_CODE: Final = CodeMeaning(ErrorClass.UNKNOWN, "address", counted=True)
"""A failure that gives no reason."""


def refusal(meaning: CodeMeaning, code: str, retry_after: timedelta | None = None) -> SendResult:
    """Return what a refused create comes to.

    Nothing was placed, so it doesn't count, whatever the code counts for later on; unless the code
    is one that vendors give for what they did carry out.

    Args:
        meaning: Of the code.
        code: As the vendor wrote it.
        retry_after: What the answer itself says; it stands over the table.
    """
    if meaning.ambiguous:
        return Unknown(code)
    wait = meaning.retry_after if retry_after is None else retry_after
    if wait is None and meaning.error is ErrorClass.THROTTLED:
        wait = BACK_OFF
    return Rejected(
        meaning.error, code, wait, meaning.scope, contact_counted=False, alert=meaning.alert
    )


def reading(state: DeliveryState | None, code: str, table: Codes) -> Reading:
    """Read a state with its code; a code matters only where the message was missed."""
    if state is None or state not in _MISSED:
        return Reading(Report(state))
    meaning = table.of_code(code) if code else NO_CODE
    if meaning.error is ErrorClass.EXPIRED:
        state = DeliveryState.EXPIRED
    return meant(state, meaning, code)


def meant(state: DeliveryState, meaning: CodeMeaning, code: str) -> Reading:
    """Return what a state means with the meaning of its code."""
    report = Report(state, meaning.error, code or None, counted=meaning.counted)
    return Reading(report, meaning.scope, meaning.alert, meaning.confirmations)


def read_table(*files: Path) -> CodeTable:
    """Read a vendor's files as one.

    Raises:
        ValueError, KeyError: A file is wrong, or a code is listed twice; the tests read them too.
    """
    codes: dict[str, CodeMeaning] = {}
    prefixes: list[tuple[str, CodeMeaning]] = []
    statuses: dict[int, CodeMeaning] = {}
    for file in files:
        data = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        for group in data.get("groups", ()):
            meaning = _meaning(group)
            for code in group["codes"]:
                if codes.setdefault(str(code), meaning) is not meaning:
                    raise ValueError(f"{file.name}: code {code} is listed twice")
        prefixes += [
            (row["prefix"], _meaning(row)._replace(alert=True)) for row in data.get("unknown", ())
        ]
        for status, row in data.get("statuses", {}).items():
            statuses[int(status)] = _meaning({**row, "counted": False})
    prefixes.sort(key=lambda item: -len(item[0]))
    if not prefixes or prefixes[-1][0]:
        raise ValueError(f"{files[0].name}: `unknown` must end with an empty prefix")
    return CodeTable(codes, tuple(prefixes), statuses)


def _meaning(row: Mapping[str, Any]) -> CodeMeaning:
    seconds = row.get("retry_after")
    return CodeMeaning(
        ErrorClass(row["class"]),
        row["scope"],
        counted=row["counted"],
        alert=row.get("alert", False),
        confirmations=row.get("confirmations", 1),
        retry_after=None if seconds is None else timedelta(seconds=seconds),
        ambiguous=row.get("ambiguous", False),
    )
