"""Charts: few series, from zero, labeled, and safe with whatever a platform calls its products."""

import re
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest

from outreach.rendering.charts import Bar, ChartError, Series, bars, lines, ticks_to


def test_ticks_are_round_begin_at_zero_and_reach_the_top() -> None:
    found = {top: ticks_to(top) for top in (0, 0.3, 1, 7, 83.2, 100, 12_345)}

    for top, ticks in found.items():
        assert ticks[0] == 0
        assert ticks[-1] >= top
        assert 2 <= len(ticks) <= 6
    assert found[83.2] == [0, 20, 40, 60, 80, 100]


def test_bars_begin_at_zero_and_say_their_words() -> None:
    svg = bars(
        "One half", "said", [Bar("a", 50, 40, 60, "50 %"), Bar("b", 100, faint=True)], unit=" %"
    )

    root = ET.fromstring(svg)  # noqa: S314 - our own text
    drawn = [one for one in root.findall(".//{*}rect") if one.get("class") == "chart-bar"]
    assert [(one.get("x"), one.get("width")) for one in drawn] == [
        ("180", "210.0"),
        ("180", "420.0"),
    ]
    assert drawn[1].get("fill") == "url(#chart-faint)"  # a pattern, not only a paler shade
    assert "50 %" in [one.text for one in root.findall(".//{*}text")]


def test_lines_are_told_apart_without_colour_and_labeled_apart() -> None:
    series = [Series(name, [(0, 1.0), (1, 5.0)]) for name in "abcd"]

    root = ET.fromstring(lines("t", "s", series, ["x", "y"]))  # noqa: S314 - our own text

    drawn = root.findall(".//{*}polyline")
    assert len({one.get("stroke-dasharray") for one in drawn}) == 4
    heights = [
        float(one.get("y", "")) for one in root.findall(".//{*}text") if one.text in set("abcd")
    ]
    assert all(later - earlier >= 16 for earlier, later in pairwise(heights))


def test_words_of_strangers_stay_words() -> None:
    svg = bars("<script>", "a & b", [Bar('"><script>alert(1)</script>', 1)])

    assert "<script>" not in svg
    ET.fromstring(svg)  # noqa: S314 - our own text


def test_ids_of_two_charts_differ() -> None:
    one, other = (bars("t", "s", [Bar("a", 1)], key=key) for key in ("one", "other"))

    assert not set(re.findall(r' id="([^"]+)"', one)) & set(re.findall(r' id="([^"]+)"', other))


@pytest.mark.parametrize(
    ("series", "axis"),
    [
        pytest.param([Series(str(n), [(0, 1.0)]) for n in range(5)], ["x"], id="five series"),
        pytest.param([], ["x"], id="no series"),
        pytest.param([Series("a", [])], ["x"], id="no point"),
        pytest.param([Series("a", [(0, 1.0)])], [], id="no axis"),
    ],
)
def test_what_could_not_be_read_is_refused(series: list[Series], axis: list[str]) -> None:
    with pytest.raises(ChartError):
        lines("t", "s", series, axis)


def test_no_bars_are_refused() -> None:
    with pytest.raises(ChartError):
        bars("t", "s", [])


def test_a_long_axis_is_thinned() -> None:
    axis = [f"w{n}" for n in range(60)]

    root = ET.fromstring(lines("t", "s", [Series("a", [(59, 1.0)])], axis))  # noqa: S314 - ours

    assert sum(1 for one in root.findall(".//{*}text") if (one.text or "").startswith("w")) <= 14
