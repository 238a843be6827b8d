"""What is printed: a title, blocks of text and tables, and for a letter its head.

Plain values, no markup: facts that go into them can't change the layout. A template writes blocks
as text, see `parse_blocks`; code makes them directly.
"""

from collections.abc import Iterable, Iterator
from dataclasses import field
from datetime import datetime
from typing import Final

from outreach.domain.records import dataclass

_CELL: Final = "|"
_HEADING: Final = "# "
_ITEM: Final = "- "
_AT_THE_END: Final = "> "


@dataclass(frozen=True, slots=True)
class Heading:
    """A line that stands over what follows it."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text; `at_the_end` sets it at the line's end, as a signature and a date are."""

    text: str = field(repr=False)
    at_the_end: bool = False


@dataclass(frozen=True, slots=True)
class Items:
    """A list of short points."""

    texts: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of equal length; the first is the heading if `has_heading`.

    The last column stands at the right, so that amounts line up.
    """

    rows: tuple[tuple[str, ...], ...] = field(repr=False)
    has_heading: bool = True


Block = Heading | Paragraph | Items | Table


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What makes a sheet a letter.

    Attributes:
        sender: Who writes: name, postal address, one line each.
        recipient: What the envelope's window shows, one line each; never anything of a debt.
        marks: Number, date and reference: pairs of a name and a value.
    """

    sender: tuple[str, ...]
    recipient: tuple[str, ...] = field(repr=False)
    marks: tuple[tuple[str, str], ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One document to print.

    Attributes:
        title: In its properties, and over the text.
        locale: Tag such as `zh-CN`: language of the text, and size of the paper.
        created_at: Aware; the only time in the file, so that the same sheet makes the same bytes.
        blocks: The text.
        head: A letter's head; None for any other document.
        foot: On every page, before the page's number.
    """

    title: str = field(repr=False)
    locale: str
    created_at: datetime
    blocks: tuple[Block, ...] = field(repr=False)
    head: Letterhead | None = None
    foot: str = field(default="", repr=False)


def parse_blocks(text: str) -> tuple[Block, ...]:
    """Read blocks from text whose paragraphs are parted by an empty line.

    A paragraph that begins with `# ` is a heading, with `- ` a point of a list, with `> ` stands at
    the line's end, and `| one | two |` is a row of a table, the first of them its heading. Whatever
    else it begins with, it is running text.
    """
    parts = [part.strip() for part in text.split("\n\n")]
    return tuple(_grouped(part for part in parts if part))


def _grouped(parts: Iterable[str]) -> Iterator[Block]:
    rows: list[tuple[str, ...]] = []
    points: list[str] = []
    for part in (*parts, ""):
        row = _cells(part)
        if rows and (row is None or len(row) != len(rows[0])):
            yield Table(tuple(rows))
            rows = []
        if points and not part.startswith(_ITEM):
            yield Items(tuple(points))
            points = []
        if row is not None:
            rows.append(row)
        elif part.startswith(_ITEM):
            points.append(part.removeprefix(_ITEM))
        elif part.startswith(_HEADING):
            yield Heading(part.removeprefix(_HEADING))
        elif part.startswith(_AT_THE_END):
            yield Paragraph(part.removeprefix(_AT_THE_END), at_the_end=True)
        elif part:
            yield Paragraph(part)


def _cells(part: str) -> tuple[str, ...] | None:
    if len(part) < 2 or not (part.startswith(_CELL) and part.endswith(_CELL)):
        return None
    return tuple(cell.strip() for cell in part[1:-1].split(_CELL))
