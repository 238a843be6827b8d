"""Stacked columns: from zero, one upon the other, told apart without colour."""

from xml.etree import ElementTree as ET

import pytest

from outreach.rendering.charts import ChartError
from outreach.rendering.charts.columns import Column, columns


def drawn(svg: str) -> list[tuple[str | None, float, float]]:
    """Return each part's class, upper edge and height."""
    root = ET.fromstring(svg)  # noqa: S314 - our own text
    return [
        (one.get("class"), float(one.get("y", "nan")), float(one.get("height", "nan")))
        for one in root.findall(".//{*}rect")
        if (one.get("class") or "").startswith("part-")
    ]


def test_parts_stand_upon_each_other_from_zero() -> None:
    svg = columns("Most <at> noon", "said", [Column("12:00", (10, 0, 10)), Column("13:00", (5,))])

    assert drawn(svg) == [
        ("part-1", 102.0, 86.0),
        ("part-3", 16.0, 86.0),
        ("part-1", 145.0, 43.0),
    ]
    assert "Most &lt;at&gt; noon" in svg


def test_each_part_has_a_filling_of_its_own() -> None:
    svg = columns("t", "s", [Column("a", (1, 1, 1, 1))], key="k")
    root = ET.fromstring(svg)  # noqa: S314 - our own text
    fillings = [
        one.get("fill")
        for one in root.findall(".//{*}rect")
        if (one.get("class") or "").startswith("part-")
    ]

    assert fillings == ["#1f5fbf", "url(#k-2)", "url(#k-3)", "none"]


def test_words_on_the_axis_are_thinned_out() -> None:
    svg = columns("t", "s", [Column(f"{hour:02}:00", (hour,)) for hour in range(24)])

    assert "00:00" in svg
    assert "01:00" not in svg


@pytest.mark.parametrize("rows", [[], [Column("a", (1, 1, 1, 1, 1))]])
def test_nothing_and_too_much_are_refused(rows: list[Column]) -> None:
    with pytest.raises(ChartError):
        columns("t", "s", rows)


def test_what_is_counted_whole_has_whole_numbers_at_its_axis() -> None:
    whole = columns("t", "s", [Column("a", (1, 1))])
    split = columns("t", "s", [Column("a", (1.5,))])

    assert (">0.5<" in whole, ">1<" in whole, ">2<" in whole) == (False, True, True)
    assert ">0.5<" in split
