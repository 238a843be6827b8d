"""Charts as SVG, for reports now and pages later: few series, said in words, readable in grey.

At most four series; each is labeled where it ends and told from the others by its pattern or its
dashes as well as by its colour. Bars and lines begin at zero. The title states the finding.
"""

from collections.abc import Sequence
from math import ceil, floor, log10
from pathlib import Path
from typing import Final, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined

MOST_SERIES: Final = 4
WIDTH: Final = 720
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 120, 56, 48
_HEIGHT: Final = 360
_ROW: Final = 30
_LABEL: Final = 180
_CROSSED: Final = 14


class Bar(NamedTuple):
    """One bar: `value` from zero, `low` to `high` the interval around it, `note` beside it."""

    label: str
    value: float
    low: float | None = None
    high: float | None = None
    note: str = ""
    faint: bool = False


class Series(NamedTuple):
    """One line; a point is where on the axis (0, 1, …) and its value."""

    label: str
    points: Sequence[tuple[int, float]]


class ChartError(ValueError):
    """A chart would mislead or couldn't be read: too many series, or nothing to show."""


_environment: Final = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def bars(title: str, said: str, rows: Sequence[Bar], *, unit: str = "", key: str = "chart") -> str:
    """Return horizontal bars, one a row, in the order given.

    Args:
        title: The finding, in a sentence.
        said: What is shown, of when and of whom; for whoever doesn't see it.
        rows: At least one.
        unit: Written after each number on the axis, such as `%`.
        key: Begins the chart's ids, so that several may stand in one page.

    Raises:
        ChartError: There is no row.
    """
    if not rows:
        raise ChartError("there is nothing to show")
    top = max(max(one.value, one.high or 0.0) for one in rows)
    ticks = ticks_to(top)
    width = WIDTH - _LABEL - _RIGHT
    scale = width / ticks[-1]
    height = _TOP + _ROW * len(rows) + _BOTTOM
    return _environment.get_template("bars.svg.jinja").render(
        title=title, said=said, unit=unit, key=key, width=WIDTH,
        height=height, left=_LABEL, top=_TOP,
        bottom=height - _BOTTOM, ticks=[(_LABEL + t * scale, _number(t)) for t in ticks],
        rows=[
            {
                "label": one.label,
                "note": one.note,
                "faint": one.faint,
                "y": _TOP + _ROW * place,
                "length": round(one.value * scale, 1),
                "low": None if one.low is None else round(_LABEL + one.low * scale, 1),
                "high": None if one.high is None else round(_LABEL + one.high * scale, 1),
            }
            for place, one in enumerate(rows)
        ],
    )  # fmt: skip


def lines(
    title: str,
    said: str,
    series: Sequence[Series],
    axis: Sequence[str],
    *,
    unit: str = "",
    key: str = "chart",
) -> str:
    """Return lines over an axis of words; see `bars` for the arguments.

    Raises:
        ChartError: There is no point, or there are more than four series.
    """
    if len(series) > MOST_SERIES:
        raise ChartError(f"{len(series)} series are more than can be told apart ({MOST_SERIES})")
    shown = [one for one in series if one.points]
    if not shown or not axis:
        raise ChartError("there is nothing to show")
    ticks = ticks_to(max(value for one in shown for _, value in one.points))
    bottom = _HEIGHT - _BOTTOM
    across = (WIDTH - _LEFT - _RIGHT) / max(1, len(axis) - 1)
    up = (bottom - _TOP) / ticks[-1]

    def place(point: tuple[int, float]) -> tuple[float, float]:
        return round(_LEFT + point[0] * across, 1), round(bottom - point[1] * up, 1)

    drawn = [(one.label, [place(point) for point in one.points]) for one in shown]
    labels = _spread([points[-1][1] for _, points in drawn])
    return _environment.get_template("lines.svg.jinja").render(
        title=title, said=said, unit=unit, key=key, width=WIDTH,
        height=_HEIGHT, left=_LEFT, top=_TOP,
        bottom=bottom, right=WIDTH - _RIGHT,
        ticks=[(round(bottom - t * up, 1), _number(t)) for t in ticks],
        axis=_thinned([(round(_LEFT + n * across, 1), word) for n, word in enumerate(axis)]),
        series=[
            {"label": label, "points": points, "end": points[-1], "label_y": y}
            for (label, points), y in zip(drawn, labels, strict=True)
        ],
    )  # fmt: skip


def ticks_to(top: float) -> list[float]:
    """Return round numbers from zero to at least `top`: at most six of them."""
    if top <= 0:
        return [0.0, 1.0]
    rough = top / 5
    size = 10 ** floor(log10(rough))
    step = next(size * factor for factor in (1, 2, 5, 10) if size * factor >= rough)
    return [round(step * n, 10) for n in range(ceil(top / step - 1e-9) + 1)]


def _number(value: float) -> str:
    return f"{value:,.10g}"


def _thinned(words: list[tuple[float, str]]) -> list[tuple[float, str]]:
    every = ceil(len(words) / _CROSSED)
    return words[::every]


def _spread(heights: list[float]) -> list[float]:
    """Return where labels go so that none covers another, each as near its line as may be."""
    order = sorted(range(len(heights)), key=heights.__getitem__)
    placed: dict[int, float] = {}
    last = float("-inf")
    for one in order:
        last = placed[one] = max(heights[one], last + 16)
    return [round(placed[one], 1) for one in range(len(heights))]
