"""What is wrong with a letter: too many pages, characters without a glyph, a subject that tells."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from outreach.rendering.letter_pdf import PrintError, page_count
from outreach.rendering.letter_sheet import Letterhead, Sheet, parse_blocks
from outreach.rendering.letter_words import NUMBER, word
from outreach.rendering.lint_wrong import Wrong
from outreach.rendering.message import Rendered

MOST_PAGES: Final = 2
"""One sheet of paper, printed on both sides: more costs more postage, and is read less."""
_AT: Final = datetime(2026, 1, 1, tzinfo=UTC)
_LINE: Final = {
    "zh": "四川省成都市锦江区某某街道一号院二号楼三单元",
    "en": "1234 Northwest Longest Avenue",
}


def lint_letter(rendered: Rendered) -> Iterator[Wrong]:
    """Say what is wrong with a letter of these words: it is laid out as it would be printed."""
    try:
        pages = page_count(sample_sheet(rendered))
    except PrintError as error:
        yield Wrong(f"it can't be printed: {error.detail}", "unprintable", {"said": error.detail})
        return
    if pages > MOST_PAGES:
        said = f"{pages} pages, at most {MOST_PAGES}"
        yield Wrong(said, "pages", {"pages": str(pages), "most": str(MOST_PAGES)})


def sample_sheet(rendered: Rendered) -> Sheet:
    """Lay words out with a head and an address that take as much room as any."""
    language = "zh" if rendered.locale.startswith("zh") else "en"
    line, number = _LINE[language], (word(NUMBER, rendered.locale), "sample-000001")
    return Sheet(
        title=rendered.subject,
        locale=rendered.locale,
        created_at=_AT,
        blocks=parse_blocks(rendered.text),
        head=Letterhead((line,) * 5, (line,) * 4, (number,)),
        foot="".join(number),
    )
