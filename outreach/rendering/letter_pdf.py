"""Sheets as PDF, set by Typst: fonts embedded, the same sheet always the same bytes.

    sheet = Sheet("Case summary", "en-US", created_at, (Heading("Loan"), Paragraph("…"),
                  Table((("Due", "Amount"), ("July 1", "$124.50")))))
    pdf, pages = await print_sheet(sheet)   # in a thread: a page takes some milliseconds

`render_pdf` does the same at once, for a command or a test. Nothing is fetched and no font of the
machine is used: Latin letters come with Typst (Libertinus), Chinese ones with the package of Noto
fonts named below. The file is PDF/A-2b, which may hold no character without a glyph: a name that
the fonts lack refuses the letter instead of printing a box.
"""

import asyncio
import json
from datetime import UTC
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Final, NamedTuple

import typst

from outreach.domain.records import dataclass
from outreach.rendering.letter_sheet import Block, Heading, Items, Paragraph, Sheet, Table

LAYOUT: Final = "letter_layout.typ"
FONT_PACKAGE: Final = "pylopdf_fonts_zh_cn"
_HAN_FAMILIES: Final = frozenset({"Noto Serif SC", "Noto Sans SC"})
_US_PAPER: Final = frozenset({"US", "CA", "MX"})
_ARCHIVE: Final = "a-2b"
_PICTURE_PPI: Final = 110


class PrintError(Exception):
    """A sheet can't be printed; `detail` says why, and holds nothing of its text."""

    def __init__(self, detail: str, *, missing_glyph: bool = False) -> None:
        super().__init__(detail)
        self.detail = detail
        self.missing_glyph = missing_glyph


@dataclass(frozen=True, slots=True)
class _Press:
    """What every sheet is printed with."""

    layout: Path
    fonts: typst.Fonts


class Printed(NamedTuple):
    """A sheet as it goes to the printer."""

    pdf: bytes
    pages: int


async def print_sheet(sheet: Sheet) -> Printed:
    """Return a sheet's PDF and its pages, made in a thread.

    Raises:
        PrintError: See `render_pdf`.
    """
    return await asyncio.to_thread(_print, sheet)


async def page_picture(sheet: Sheet) -> bytes:
    """Return a sheet's first page as PNG, of a size to be looked at beside its words.

    Raises:
        PrintError: See `render_pdf`.
    """
    return await asyncio.to_thread(_picture, sheet)


def render_pdf(sheet: Sheet) -> bytes:
    """Return the PDF of a sheet: the same sheet, the same bytes.

    Raises:
        PrintError: There is no Chinese font, a character that no font has, or the address is
            taller than the envelope's window.
    """
    return _print(sheet).pdf


def page_count(sheet: Sheet) -> int:
    """Return how many pages a sheet takes.

    Raises:
        PrintError: As `render_pdf`.
    """
    return _print(sheet).pages


def _compiler(sheet: Sheet) -> typst.Compiler:
    press = _press()
    told = {"sheet": json.dumps(_told(sheet), ensure_ascii=False)}
    return typst.Compiler(
        input=press.layout,
        root=press.layout.parent,
        font_paths=press.fonts,
        ignore_system_fonts=True,
        sys_inputs=told,
    )


def _picture(sheet: Sheet) -> bytes:
    try:
        pages = _compiler(sheet).compile(format="png", ppi=_PICTURE_PPI)
    except typst.TypstError as error:
        raise _refused(error) from None
    first = pages[0] if isinstance(pages, list) else pages
    if not isinstance(first, bytes):
        raise PrintError("nothing came out")
    return first


def _print(sheet: Sheet) -> Printed:
    compiler = _compiler(sheet)
    try:
        pdf = compiler.compile(
            format="pdf", pdf_standards=_ARCHIVE, timestamp=int(sheet.created_at.timestamp())
        )
        pages = compiler.query("<pages>", field="value", one=True)
    except typst.TypstError as error:
        raise _refused(error) from None
    if not isinstance(pdf, bytes):
        raise PrintError("nothing came out")
    return Printed(pdf, int(pages))


@cache
def _press() -> _Press:
    """Read layout and fonts once.

    Raises:
        PrintError: The package of Chinese fonts isn't installed, or has lost them.
    """
    layout = Path(__file__).with_name(LAYOUT)
    mend = f"install {FONT_PACKAGE.replace('_', '-')} (it comes with outreach)"
    try:
        folder = resources.files(FONT_PACKAGE)
    except ModuleNotFoundError:
        raise PrintError(f"there is no Chinese font: {mend}") from None
    with resources.as_file(folder) as path:
        fonts = typst.Fonts(
            include_system_fonts=False, include_embedded_fonts=True, font_paths=[str(path)]
        )
    if lacking := _HAN_FAMILIES - set(fonts.families()):
        raise PrintError(f"there is no {', '.join(sorted(lacking))}: {mend} again")
    return _Press(layout, fonts)


def _refused(error: typst.TypstError) -> PrintError:
    """Say why in few words; what Typst quotes of the text stays out of logs."""
    if "could not be displayed" in error.message:
        return PrintError("a character that no font has", missing_glyph=True)
    if "taller than the window" in error.message:
        return PrintError("the address is taller than the envelope's window")
    return PrintError("the layout refused it")


def _told(sheet: Sheet) -> dict[str, Any]:
    language, _, region = sheet.locale.partition("-")
    created, head = sheet.created_at.astimezone(UTC), sheet.head
    return {
        "title": sheet.title,
        "language": language,
        "region": region or None,
        "paper": "us-letter" if region in _US_PAPER else "a4",
        "created": {
            "year": created.year,
            "month": created.month,
            "day": created.day,
            "hour": created.hour,
            "minute": created.minute,
            "second": created.second,
        },
        "foot": sheet.foot,
        "head": head and {"sender": head.sender, "recipient": head.recipient, "marks": head.marks},
        "blocks": [_block(one) for one in sheet.blocks],
    }


def _block(one: Block) -> dict[str, Any]:
    match one:
        case Heading(text):
            return {"kind": "heading", "text": text}
        case Paragraph(text, at_the_end):
            return {"kind": "paragraph", "text": text, "end": at_the_end}
        case Items(texts):
            return {"kind": "items", "texts": texts}
        case Table(rows, has_heading):
            return {"kind": "table", "rows": rows, "heading": has_heading}
