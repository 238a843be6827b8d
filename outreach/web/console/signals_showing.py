"""Signals as the pages show them, and what an address of their list asks for."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlencode

from aiohttp import web

from outreach.domain.records import dataclass
from outreach.store.signal_list import FIRST, ReceiptRow, SignalRow
from outreach.usecases.signal_inbox import Kept
from outreach.web.console.showing import Moment, show_moment
from outreach.web.console.whose import Whose
from outreach.web.console.words import Language, say, say_or

PATH: Final = "/signals"
STATES: Final = ("quarantined", "waiting", "late", "receipts")
_LONGEST: Final = 120
_NEWEST: Final = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address asks for."""

    lender: str
    state: str
    source: str
    type: str
    reason: str
    before: tuple[datetime, int]

    def address(self, **changes: str) -> str:
        """Return the list's address with some of it changed; empty values are left out."""
        asked = {
            "lender": self.lender, "state": self.state, "source": self.source, "type": self.type,
            "reason": self.reason, **changes,
        }  # fmt: skip
        if asked["state"] == STATES[0]:
            asked["state"] = ""
        return PATH + "?" + urlencode({name: value for name, value in asked.items() if value})

    @property
    def narrow(self) -> tuple[str, ...]:
        """Filters that are set, by name."""
        return tuple(name for name in ("source", "type", "reason") if getattr(self, name))


@dataclass(frozen=True, slots=True)
class SignalShown:
    """One signal as the list shows it."""

    number: int
    received: Moment
    source: str
    type: str
    reason: str
    detail: str
    mend: str
    tries: int
    again: Moment | None


@dataclass(frozen=True, slots=True)
class ReceiptShown:
    """One receipt that found no contact."""

    number: int
    received: Moment
    provider: str
    kind: str
    contact: str
    tries: int
    is_parked: bool


@dataclass(frozen=True, slots=True)
class SourceShown:
    """One source; counts are texts."""

    name: str
    adapter: str
    last: str
    today: str
    refused: str
    waiting: str


def mend_of(language: Language, reason: str) -> str:
    """Return how to mend what a signal was set aside for."""
    return say_or(language, f"signal.mend.{reason}", say(language, "signal.mend.otherwise"))


def reason_of(language: Language, reason: str) -> str:
    """Return why a signal was set aside, in words; the code where there are none yet."""
    return say_or(language, f"signal.reason.{reason}", reason)


def asked_for(request: web.Request, about: Whose) -> Filters:
    """Read the address; what is unknown in it is left out."""
    query: Mapping[str, str] = request.query
    state = query.get("state", "")
    return Filters(
        about.slug,
        state if state in STATES else STATES[0],
        query.get("source", "")[:_LONGEST],
        query.get("type", "")[:_LONGEST].strip(),
        query.get("reason", "")[:_LONGEST],
        _before(query.get("before", "")),
    )


def _before(text: str) -> tuple[datetime, int]:
    """Return the row after which the list goes on; the newest where the text names none."""
    stamp, _, number = text.partition("_")
    usable = number.isascii() and number.isdigit() and len(number) < len(str(FIRST))
    try:
        at = datetime.fromisoformat(stamp)
    except ValueError:
        return _NEWEST, FIRST
    return (at, int(number)) if usable and at.tzinfo is not None else (_NEWEST, FIRST)


def older_than(asked: Filters, last: SignalRow | ReceiptRow) -> str:
    """Return the address of the rows after the last one shown."""
    stamp = last.received_at.astimezone(UTC).isoformat()
    return asked.address(before=f"{stamp}_{last[0]}")


def show_signal(language: Language, one: SignalRow, zone: str) -> SignalShown:
    """Return one signal in words."""
    return SignalShown(
        one.inbox_id,
        show_moment(language, one.received_at, zone),
        one.source,
        one.type,
        reason_of(language, one.reason) if one.reason else "",
        one.detail,
        mend_of(language, one.reason) if one.reason else "",
        one.tries,
        show_moment(language, one.not_before, zone) if one.not_before else None,
    )


def row_of(kept: Kept) -> SignalRow:
    """Return a signal that was looked up by its number as a list has it."""
    row = kept.row
    return SignalRow(
        row.inbox_id, row.received_at, row.source, row.type, row.reason, row.detail, row.tries, None
    )


def show_receipt(language: Language, one: ReceiptRow, zone: str) -> ReceiptShown:
    """Return one receipt in words."""
    return ReceiptShown(
        one.callback_id,
        show_moment(language, one.received_at, zone),
        one.provider,
        one.kind,
        one.attempt or "",
        one.tries,
        one.is_parked,
    )
