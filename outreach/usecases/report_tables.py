"""What every table of the report shares: its shape, its shares with their intervals, its bars."""

from collections.abc import Callable, Sequence
from typing import Final

from outreach.domain.intervals import SMALL, Share, wilson
from outreach.domain.records import dataclass
from outreach.rendering.charts import Bar, bars
from outreach.rendering.verdicts.sentences import Language
from outreach.store.reports import Cured
from outreach.usecases.report_words import say
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


def about(figures: Figures, language: Language = "en") -> str:
    """Say of whom and of when the report is."""
    period = figures.period
    return say(
        language, "about", tenant=period.tenant, mode=period.mode, since=period.since,
        until=period.until, as_of=period.as_of,
    )  # fmt: skip


def percent(share: Share) -> str:
    """Return a share as per cent with one digit; a dash for a group of nobody."""
    return "–" if share.rate is None else f"{share.rate * 100:.1f} %"


def range_of(share: Share, language: Language = "en") -> str:
    """Return the interval of a share in words; a dash for a group of nobody."""
    if not share.total:
        return "–"
    found = wilson(share)
    low, high = f"{found.low * 100:.1f}", f"{found.high * 100:.1f}"
    return say(language, "range", low=low, high=high)


def mark(share: Share) -> str:
    """Return the mark of a small group, or nothing."""
    return SMALL_MARK if share.is_small else ""


def cured_row(one: Cured, language: Language = "en") -> Row:
    """Return the cells under `cure_headings`, after the group's name."""
    share = Share(one.cured, one.cases)
    interval = range_of(share, language)
    return one.what, str(one.cases), str(one.cured), percent(share), interval, mark(share)


def headings(language: Language, *keys: str) -> Row:
    """Return the words above columns."""
    return tuple(say(language, key) for key in keys)


def cure_headings(language: Language) -> Row:
    """Return what stands above the cells of `cured_row`, after the group's name."""
    return headings(language, "cases", "cured", "rate", "interval", "small")


def points_of(low: float, high: float, language: Language) -> str:
    """Return the interval of a difference of two shares, in percentage points."""
    return say(language, "arms.points", low=f"{low * 100:+.1f}", high=f"{high * 100:+.1f}")


def bars_of(
    found: Sequence[Cured], finding: str, said: str, key: str, language: Language = "en"
) -> Callable[[], str] | None:
    """Return what draws cure rates with their intervals; None where there is nothing."""
    shown = [one for one in found if one.cases][:_MOST_BARS]
    if not shown:
        return None

    def bar(one: Cured) -> Bar:
        share = Share(one.cured, one.cases)
        within = wilson(share)
        few = f" {say(language, 'few')}" if share.is_small else ""
        note = (
            f"{percent(share)} / {one.cases}{few}"
            if language == "zh"
            else (f"{percent(share)} of {one.cases}{few}")
        )
        low, high = within.low * 100, within.high * 100
        return Bar(one.what, (share.rate or 0) * 100, low, high, note, faint=share.is_small)

    return lambda: bars(finding, said, [bar(one) for one in shown], unit=" %", key=key)


def plain_cell(value: str) -> str:
    """Keep a spreadsheet from taking words that the platform chose for a formula."""
    return f"'{value}" if value[:1] in {"=", "@", "\t"} else value
