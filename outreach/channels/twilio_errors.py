"""Codes → error classes, from the data file beside this module."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

import yaml

from outreach.channels.provider import Scope
from outreach.domain.vocabulary import ErrorClass

_FILE: Final = Path(__file__).with_name("twilio_errors.yaml")


class CodeMeaning(NamedTuple):
    """What a code says about the contact, the address and the next move."""

    error: ErrorClass
    scope: Scope
    counted: bool
    """Whether a contact that ended so counts toward legal caps."""
    alert: bool
    confirmations: int
    """Reports needed before an address is given up."""


class ErrorTable(NamedTuple):
    """The data file, ready to be asked."""

    codes: Mapping[str, CodeMeaning]
    prefixes: tuple[tuple[str, CodeMeaning], ...]
    """Unknown codes, longest prefix first."""
    statuses: Mapping[int, CodeMeaning]

    def of_code(self, code: str) -> CodeMeaning:
        """Return the meaning of a vendor code; unknown ones always ask for an alert."""
        found = self.codes.get(code)
        if found is not None:
            return found
        return next(meaning for prefix, meaning in self.prefixes if code.startswith(prefix))

    def of_status(self, status: int) -> CodeMeaning:
        """Return the meaning of a 4xx answer that carries no vendor code."""
        return self.statuses.get(status) or self.of_code("2")


NO_CODE: Final = CodeMeaning(
    ErrorClass.UNKNOWN, "address", counted=True, alert=False, confirmations=1
)
"""A failure that gives no reason."""


@cache
def error_table() -> ErrorTable:
    """Read the data file once.

    Raises:
        ValueError, KeyError: The file is wrong, or lists a code twice; the tests read it too.
    """
    data = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    codes: dict[str, CodeMeaning] = {}
    for group in data["groups"]:
        meaning = _meaning(group)
        for code in group["codes"]:
            if codes.setdefault(str(code), meaning) is not meaning:
                msg = f"{_FILE.name}: code {code} is listed twice"
                raise ValueError(msg)
    prefixes = sorted(
        ((row["prefix"], _meaning(row)._replace(alert=True)) for row in data["unknown"]),
        key=lambda item: -len(item[0]),
    )
    statuses = {
        int(status): _meaning({**row, "counted": False}) for status, row in data["statuses"].items()
    }
    return ErrorTable(codes, tuple(prefixes), statuses)


def _meaning(row: Mapping[str, Any]) -> CodeMeaning:
    return CodeMeaning(
        ErrorClass(row["class"]),
        row["scope"],
        counted=row["counted"],
        alert=row.get("alert", False),
        confirmations=row.get("confirmations", 1),
    )
