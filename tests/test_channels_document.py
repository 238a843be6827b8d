"""docs/channels.md says what the code does."""

import re
from pathlib import Path

from outreach.config_files.treatment_schema import treatment_schema
from outreach.domain.vocabulary import Channel
from outreach.rendering.lock_screen import ASKED_FOR
from outreach.rendering.shapes import MOST_OF_A_SUBJECT, shape_of

TEXT = (Path(__file__).parents[1] / "docs" / "channels.md").read_text(encoding="utf-8")
ROWS = [line.split("|")[1:-1] for line in TEXT.splitlines() if line.startswith("| `")]


def rows(columns: int) -> dict[Channel, list[str]]:
    """Return the rows of the table that has so many columns, by channel."""
    return {
        Channel(row[0].strip(" `")): [cell.strip() for cell in row[1:]]
        for row in ROWS
        if len(row) == columns
    }


def numbers(text: str) -> list[int]:
    return [int(found.replace(",", "")) for found in re.findall(r"\d[\d,]*", text)]


def test_it_lists_the_channels_that_a_treatment_may_use() -> None:
    routes = treatment_schema()["$defs"]["RouteFile"]["properties"]["channel"]["enum"]

    assert set(rows(3)) == set(routes)


def test_its_bounds_are_those_of_the_words() -> None:
    for channel, (most, subject, warned) in rows(4).items():
        shape = shape_of(channel)
        assert numbers(most) == [shape.most]
        assert numbers(subject) == ([MOST_OF_A_SUBJECT] if shape.has_subject else [])
        if channel is not Channel.SMS:
            bounds = [shape.comfortable, shape.comfortable_subject]
            assert numbers(warned) == [one for one in bounds if one]


def test_it_names_what_people_ask_for_details_with() -> None:
    assert ASKED_FOR in TEXT
    assert "notification_details" in TEXT
