"""Stacked columns, one for each hour of a day: which part of it was what, readable in grey."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from outreach.rendering.charts import MOST_SERIES, ChartError, _environment, _number, ticks_to

WIDTH: Final = 720
_LEFT, _RIGHT, _TOP, _BOTTOM = 48, 8, 16, 32
_HEIGHT: Final = 220
_FILLED: Final = 0.72
_LABEL_EVERY: Final = 14


class Column(NamedTuple):
    """One column: its word on the axis, and the value of each part from the bottom up."""

    label: str
    parts: Sequence[float]


def columns(title: str, said: str, rows: Sequence[Column], *, key: str = "columns") -> str:
    """Return stacked columns; the parts' names stand in the page's own legend.

    Args:
        title: The finding, in a sentence.
        said: What is shown, of when and of whom; for whoever doesn't see it.
        rows: At least one, each with as many parts, at most four.
        key: Begins the chart's ids, so that several may stand in one page.

    Raises:
        ChartError: There is no column, or more parts than can be told apart.
    """
    if not rows or any(len(row.parts) > MOST_SERIES for row in rows):
        raise ChartError("there is nothing to show, or too much to be told apart")
    ticks = ticks_to(max(sum(row.parts) for row in rows))
    if all(isinstance(value, int) for row in rows for value in row.parts):
        ticks = [tick for tick in ticks if tick == int(tick)]  # nobody counts half a contact
    bottom = _HEIGHT - _BOTTOM
    up = (bottom - _TOP) / ticks[-1]
    step = (WIDTH - _LEFT - _RIGHT) / len(rows)
    every = -(-len(rows) // _LABEL_EVERY)
    drawn = []
    for place, row in enumerate(rows):
        x, y, boxes = _LEFT + step * (place + (1 - _FILLED) / 2), float(bottom), []
        for number, value in enumerate(row.parts, 1):
            height = value * up
            y -= height
            if value:
                boxes.append((number, round(y, 1), round(height, 1)))
        middle = round(_LEFT + step * (place + 0.5), 1)
        drawn.append((round(x, 1), boxes, middle, row.label if place % every == 0 else ""))
    return _environment.get_template("columns.svg.jinja").render(
        title=title, said=said, key=key, width=WIDTH, height=_HEIGHT, left=_LEFT, bottom=bottom,
        right=WIDTH - _RIGHT, thick=round(step * _FILLED, 1), columns=drawn,
        ticks=[(round(bottom - tick * up, 1), _number(tick)) for tick in ticks],
    )  # fmt: skip
