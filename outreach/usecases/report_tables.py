"""What every table of the report shares: its shape, its shares with their intervals, its bars."""

from collections.abc import Callable, Sequence
from typing import Final

from outreach.domain.intervals import SMALL, Share, wilson
from outreach.domain.records import dataclass
from outreach.rendering.charts import Bar, bars
from outreach.store.reports import Cured
from outreach.usecases.reporting import Figures

SMALL_MARK: Final = f"n<{SMALL}"
_MOST_BARS: Final = 12

Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """One table of the report.

    Attributes:
        key: Of its files: `<key>.csv`, `<key>.svg`.
        title: What it shows.
        finding: What it says, in a sentence; the chart's title.
        note: How to read it.
        headings: Of the columns.
        rows: As text; the same in the terminal and in CSV.
        svg: Draws its chart; None where there is nothing to draw.
    """

    key: str
    title: str
    finding: str
    note: str
    headings: Row
    rows: tuple[Row, ...]
    svg: Callable[[], str] | None = None


def about(figures: Figures) -> str:
    """Say of whom and of when the report is."""
    period = figures.period
    return (
        f"{period.tenant} · mode {period.mode} · {period.since} to {period.until} (not included)"
        f" · as of {period.as_of}"
    )


def percent(share: Share) -> str:
    """Return a share as per cent with one digit; a dash for a group of nobody."""
    return "–" if share.rate is None else f"{share.rate * 100:.1f} %"


def range_of(share: Share) -> str:
    """Return the interval of a share in words; a dash for a group of nobody."""
    if not share.total:
        return "–"
    found = wilson(share)
    return f"{found.low * 100:.1f} to {found.high * 100:.1f} %"


def mark(share: Share) -> str:
    """Return the mark of a small group, or nothing."""
    return SMALL_MARK if share.is_small else ""


def cured_row(one: Cured) -> Row:
    """Return the cells under `CURE_HEADINGS`, after the group's name."""
    share = Share(one.cured, one.cases)
    return one.what, str(one.cases), str(one.cured), percent(share), range_of(share), mark(share)


CURE_HEADINGS: Final = ("cases", "cured", "rate", "95 % interval", "small")


def bars_of(found: Sequence[Cured], finding: str, said: str, key: str) -> Callable[[], str] | None:
    """Return what draws cure rates with their intervals; None where there is nothing."""
    shown = [one for one in found if one.cases][:_MOST_BARS]
    if not shown:
        return None

    def bar(one: Cured) -> Bar:
        share = Share(one.cured, one.cases)
        within = wilson(share)
        note = f"{percent(share)} of {one.cases}" + (" (few)" if share.is_small else "")
        low, high = within.low * 100, within.high * 100
        return Bar(one.what, (share.rate or 0) * 100, low, high, note, faint=share.is_small)

    return lambda: bars(finding, said, [bar(one) for one in shown], unit=" %", key=key)
