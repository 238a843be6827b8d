"""What can be seen from outside while it runs: counts by rule, outcome and queue, never a name."""

from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import msgspec
from cryptography.exceptions import InvalidTag

from outreach.domain.vocabulary import EventKind
from outreach.store.bodies import decode_body
from outreach.store.overview import (
    LoggedRow,
    OutcomeCount,
    Queues,
    count_outcomes,
    count_waiting,
    list_logged,
    read_queues,
)
from outreach.store.pool import Pool
from outreach.store.vault import ErasedError, Vault
from outreach.usecases.receipt_effects import event_aad

_PAGE: Final = 2_000
# A row may become visible after one with a higher id: this many ids back are read again.
_OVERLAP: Final = 400
_LAST_LINES: Final = 4
_LONGEST_LINE: Final = 400
_SPOKEN: Final = ("WARNING", "ERROR", "CRITICAL", "serving", "working", "finishing")
_POSTPONED: Final = (EventKind.DEFERRED, EventKind.BLOCKED)


@dataclass(slots=True)
class Figures:
    """One look at the installation, at a business time and a wall time."""

    now: datetime
    wall: datetime
    verdicts: Counter[str] = field(default_factory=Counter)
    rules: dict[str, Counter[str]] = field(default_factory=dict)
    """By `deferred` and `blocked`: how often each rule was a reason."""
    replies: Counter[str] = field(default_factory=Counter)
    outcomes: Sequence[OutcomeCount] = ()
    waiting: Mapping[str, int] = field(default_factory=dict)
    queues: Queues | None = None
    lines: Sequence[str] = ()

    @property
    def contacts(self) -> int:
        """Contacts that were handed to a carrier."""
        return sum(one.contacts for one in self.outcomes if one.state != "released")


class Watcher:
    """Follows one installation.

    Args:
        pool: Read only.
        vault: Opens the log's rows; their rules and kinds are counted, nothing else is kept.
        log: File that the processes write to.
    """

    def __init__(self, pool: Pool, vault: Vault, log: Path) -> None:
        self._pool = pool
        self._vault = vault
        self._log = log
        self._log_at = log.stat().st_size if log.exists() else 0
        self._lines: deque[str] = deque(maxlen=_LAST_LINES)
        self._last = 0
        self._seen: set[int] = set()
        self._verdicts: Counter[str] = Counter()
        self._rules: dict[str, Counter[str]] = {kind: Counter() for kind in _POSTPONED}
        self._replies: Counter[str] = Counter()

    async def look(self, now: datetime, wall: datetime) -> Figures:
        """Read everything anew at a business time and a wall time."""
        async with self._pool.acquire() as conn, conn.transaction(readonly=True):
            while True:
                rows = await list_logged(conn, after=self._last - _OVERLAP, limit=_PAGE)
                self._count(rows)
                if len(rows) < _PAGE:
                    break
            outcomes = await count_outcomes(conn)
            waiting = await count_waiting(conn)
            queues = await read_queues(conn, now=now)
        self._follow_log()
        return Figures(
            now,
            wall,
            self._verdicts,
            self._rules,
            self._replies,
            outcomes,
            _by_cause(waiting),
            queues,
            tuple(self._lines),
        )

    def _count(self, rows: Sequence[LoggedRow]) -> None:
        for row in rows:
            if row.event_id in self._seen:
                continue
            self._seen.add(row.event_id)
            self._last = max(self._last, row.event_id)
            if row.kind in {EventKind.DECIDED, *_POSTPONED}:
                self._verdicts[row.kind] += 1
            if row.kind in _POSTPONED:
                self._rules[row.kind].update(_rules(self._open(row)))
            if row.kind == EventKind.INBOUND:
                reply = self._open(row).get("reply", {})
                self._replies[str(reply.get("kind", "unclear"))] += 1
        self._seen = {one for one in self._seen if one > self._last - 2 * _OVERLAP}

    def _open(self, row: LoggedRow) -> dict[str, Any]:
        try:
            key = self._vault.open(row.wrapped_key)
            return decode_body(key.decrypt(row.body, event_aad(row.person_id)))
        except (ErasedError, InvalidTag):
            return {}  # under no person's key: a reply from a stranger

    def _follow_log(self) -> None:
        if not self._log.exists():
            return
        with self._log.open("rb") as file:
            file.seek(self._log_at)
            for raw in file.read().splitlines():
                if line := _readable(raw[:_LONGEST_LINE]):
                    self._lines.append(line)
            self._log_at = file.tell()


def _rules(body: Mapping[str, Any]) -> set[str]:
    """Return the rules that one postponement names, each once."""
    rules = {reason["rule"] for one in body.get("tried", ()) for reason in one["reasons"]}
    if refusal := body.get("refusal"):
        rules.add(str(refusal))
    return rules


def _by_cause(waiting: Mapping[str, int]) -> Counter[str]:
    """Add up waits by their cause; the step they wait for is left out."""
    causes: Counter[str] = Counter()
    for why, persons in waiting.items():
        cause, _, step = why.partition(":")
        if step or cause.startswith("dispatch."):
            causes[cause] += persons
    return causes


def _readable(raw: bytes) -> str:
    """Return a log line in short; the logs hold no personal data, whatever they are about."""
    try:
        entry = msgspec.json.decode(raw)
    except msgspec.DecodeError:
        text = raw.decode(errors="replace")
        return text.strip() if text.startswith(_SPOKEN) else ""  # no tracebacks
    if not isinstance(entry, dict):
        return ""
    rest = " ".join(
        f"{key}={value}"
        for key, value in entry.items()
        if key not in {"event", "level", "timestamp", "logger", "exception"}
    )
    return f"{entry.get('level', 'info')} {entry.get('event', '')} {rest}".strip()
