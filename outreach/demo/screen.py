"""The live view: panels in a terminal, plain lines of progress anywhere else."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from outreach.demo.figures import Figures
from outreach.demo.portfolio import Book
from outreach.demo.posting import Posted

_ROWS: Final = 7
_WIDE: Final = 110
OK: Final = "green"
_WAIT: Final = "yellow"
STOP: Final = "red"
_QUIET: Final = "dim"
STATE_STYLE: Final = {
    "delivered": OK,
    "read": OK,
    "undelivered": STOP,
    "failed": STOP,
    "expired": STOP,
    "unknown": _WAIT,
    "released": _QUIET,
}
NOT_SENT: Final = "released"
_CHANNELS: Final = {"sms": "text", "push": "app", "email": "e-mail", "whatsapp": "WhatsApp"}
_NEVER: Final = 9_000  # years: where nobody is due, the agenda says infinity
_ACCEPTED: Final = (200, 202)


def clock_line(now: datetime, books: tuple[Book, ...]) -> str:
    """Return business time in each lender's zone."""
    parts = []
    for book in books:
        local = now.astimezone(book.zone)
        parts.append(f"{book.zone.key.rpartition('/')[2].replace('_', ' ')} {local:%a %d %b %H:%M}")
    return " · ".join(parts)


def pace_line(speed: float) -> str:
    """Return what a second on the wall is in business time."""
    minutes = speed / 60
    return "1 s = " + (f"{minutes:.0f} min" if minutes >= 1 else f"{speed:.0f} s")


def live(
    figures: Figures, posted: Posted, clock: str, pace: str, *, left: float | None, width: int
) -> RenderableType:
    """Return the whole view for a terminal of this width."""
    ends = "" if left is None else f", ends in {left:.0f} s"
    head = Text.assemble(("Outreach demo  ", "bold"), clock, (f"\n{pace}{ends}", _QUIET))
    panels = [
        _panel("Signals in", _signals(posted)),
        _panel("Decisions", _decisions(figures)),
        _panel("Sent, and what came of it", _outcomes(figures)),
        _panel("Why not (rules)", _rules(figures)),
        _panel("Replies · waiting for", _replies(figures)),
        _panel("Queues", _queues(figures)),
    ]
    columns = 3 if width >= _WIDE else 2
    grid = Table.grid(expand=True, padding=(0, 0))
    for _ in range(columns):
        grid.add_column(ratio=1)
    for start in range(0, len(panels), columns):
        grid.add_row(*panels[start : start + columns])
    lines = [Text(line, style=_QUIET, no_wrap=True, overflow="ellipsis") for line in figures.lines]
    foot = lines or [Text("nothing to report", style=_QUIET)]
    return Group(head, grid, Text("Log", style="bold"), *foot)


def _panel(title: str, body: RenderableType) -> Panel:
    return Panel(body, title=title, title_align="left", height=_ROWS + 2, padding=(0, 1))


def _table(rows: list[tuple[str, int | str, str]]) -> Table:
    table = Table.grid(expand=True, padding=(0, 1))
    table.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
    table.add_column(justify="right", no_wrap=True)
    for name, value, style in rows[:_ROWS]:
        table.add_row(Text(name, style=style), Text(str(value), style=style))
    return table


def _top(counts: Mapping[str, int], rows: int, style: str = "") -> list[tuple[str, int | str, str]]:
    ranked: list[tuple[str, int | str, str]] = [
        (name, number, style) for name, number in Counter(counts).most_common()
    ]
    if len(ranked) <= rows:
        return ranked
    rest = sum(int(number) for _, number, _ in ranked[rows - 1 :])
    return [*ranked[: rows - 1], (f"{len(ranked) - rows + 1} more", rest, _QUIET)]


def _signals(posted: Posted) -> Table:
    refused = sum(n for status, n in posted.answers.items() if status not in _ACCEPTED)
    total = sum(posted.by_type.values())
    rows: list[tuple[str, int | str, str]] = [
        (f"{total} in {posted.requests} requests", f"{refused} refused", "bold")
    ]
    return _table(rows + _top(posted.by_type, _ROWS - 1))


def _decisions(figures: Figures) -> Table:
    found = figures.verdicts
    queues = figures.queues
    return _table([
        ("allowed", found["decided"], OK),
        ("deferred", found["deferred"], _WAIT),
        ("blocked", found["blocked"], STOP),
        ("", "", ""),
        ("borrowers", queues.persons if queues else 0, _QUIET),
        ("loans", queues.loans if queues else 0, _QUIET),
        ("due to be looked at", queues.due if queues else 0, _QUIET),
    ])  # fmt: skip


def _outcomes(figures: Figures) -> Table:
    states: Counter[str] = Counter()
    channels: Counter[str] = Counter()
    for one in figures.outcomes:
        states[one.state] += one.contacts
        if one.state != NOT_SENT:
            channels[one.channel] += one.contacts
    rows: list[tuple[str, int | str, str]] = [("handed over", figures.contacts, "bold")]
    rows += [(f"  by {said(name)}", number, "") for name, number in channels.most_common()]
    rows += [(state, number, STATE_STYLE.get(state, "")) for state, number in states.most_common()]
    return _table(rows)


def said(channel: str) -> str:
    """Return what people call a channel."""
    return _CHANNELS.get(channel, channel)


def _rules(figures: Figures) -> Table:
    rows: list[tuple[str, int | str, str]] = []
    deferred, blocked = by_verdict(figures)
    rows += [(f"◷ {name}", number, _WAIT) for name, number, _ in _top(deferred, 4)]
    rows += [(f"⬢ {name}", number, STOP) for name, number, _ in _top(blocked, _ROWS - len(rows))]
    return _table(rows or [("nothing was held back yet", "", _QUIET)])


def by_verdict(figures: Figures) -> tuple[Counter[str], Counter[str]]:
    """Return how often each rule deferred, and how often each blocked."""
    nothing: Counter[str] = Counter()
    return figures.rules.get("deferred", nothing), figures.rules.get("blocked", nothing)


def _replies(figures: Figures) -> Table:
    rows = [(f"reply: {name}", number, "") for name, number, _ in _top(figures.replies, 3)]
    waits = [
        (name.replace("_", " "), number, _QUIET)
        for name, number, _ in _top(figures.waiting, _ROWS - len(rows))
    ]
    return _table([*rows, *waits])


def _queues(figures: Figures) -> Table:
    queues = figures.queues
    if queues is None:
        return _table([])
    known = queues.next_due is not None and queues.next_due.year < _NEVER
    ahead = queues.next_due - figures.now if queues.next_due and known else None
    return _table([
        ("signals waiting", queues.inbox, ""),
        ("  the oldest since", _age(queues.inbox_since, figures.wall), _QUIET),
        ("callbacks waiting", queues.callbacks, ""),
        ("  the oldest since", _age(queues.callbacks_since, figures.wall), _QUIET),
        ("quarantined", queues.quarantined, _WAIT if queues.quarantined else ""),
        ("replies for people", queues.tasks, ""),
        ("next look in", _short(ahead), ""),
    ])  # fmt: skip


def _age(since: datetime | None, wall: datetime) -> str:
    return "–" if since is None else f"{max(0.0, (wall - since).total_seconds()):.1f} s"


def _short(span: timedelta | None) -> str:
    if span is None:
        return "–"
    minutes = int(span.total_seconds() // 60)
    if minutes <= 0:
        return "now"
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"


def progress_line(figures: Figures, posted: Posted, clock: str) -> str:
    """Return one line for where no terminal is."""
    found = figures.verdicts
    return (
        f"{clock} | signals {sum(posted.by_type.values())} | allowed {found['decided']},"
        f" deferred {found['deferred']}, blocked {found['blocked']}"
        f" | sent {figures.contacts} | replies {figures.replies.total()}"
        f" | waiting {figures.queues.inbox if figures.queues else 0}"
    )
