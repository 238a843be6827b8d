"""Letters on paper: blocks, the address window, fonts, and the same bytes for the same facts."""

from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pypdf import PageObject, PdfReader
from pypdf.generic import DictionaryObject

from outreach.rendering.catalog import load_catalog
from outreach.rendering.errors import RenderError
from outreach.rendering.itemization import ATTRIBUTES, Itemization, itemization_of
from outreach.rendering.letter_address import address_lines
from outreach.rendering.letter_pdf import PrintError, page_count, print_sheet, render_pdf
from outreach.rendering.letter_sheet import (
    Heading,
    Items,
    Letterhead,
    Paragraph,
    Sheet,
    Table,
    parse_blocks,
)
from outreach.rendering.lint import lint_template
from outreach.rendering.lint_letters import lint_letter
from outreach.rendering.message import render

MESSAGES = Path(__file__).parents[2] / "templates/messages"
AT = datetime(2026, 3, 10, 2, tzinfo=UTC)
HEAD = Letterhead(
    ("晨光消费金融",), ("100000", "北京市建国路88号", "张晓 收"), (("编号：", "a-1"),)
)
SHEET = Sheet(
    "律师函",
    "zh-CN",
    AT,
    parse_blocks("张晓：\n\n截至2026年3月10日，您应还1,234.50元。"),
    HEAD,
    "编号：a-1",
)


def words(pdf: bytes) -> str:
    text = "".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)
    return "".join(text.split())


def fonts_of(page: PageObject) -> list[Any]:
    resources = page["/Resources"]
    assert isinstance(resources, DictionaryObject)
    fonts = resources["/Font"]
    assert isinstance(fonts, DictionaryObject)
    return [one.get_object() for one in fonts.values()]


def test_text_is_read_as_blocks_and_never_as_markup() -> None:
    text = (
        "# One\n\nSome *text* #panic().\n\n| A | B |\n\n| 1 | 2 |\n\n- x\n\n- y\n\n> End\n\n"
        "| A | B |\n\n| only one |\n\n|"
    )

    assert parse_blocks(text) == (
        Heading("One"),
        Paragraph("Some *text* #panic()."),
        Table((("A", "B"), ("1", "2"))),
        Items(("x", "y")),
        Paragraph("End", at_the_end=True),
        Table((("A", "B"),)),
        Table((("only one",),)),
        Paragraph("|"),
    )
    printed = words(render_pdf(replace(SHEET, blocks=parse_blocks(text))))
    assert "Some*text*#panic()." in printed


def test_the_same_sheet_makes_the_same_bytes_with_embedded_fonts() -> None:
    pdf = render_pdf(SHEET)

    assert pdf == render_pdf(SHEET)
    assert pdf != render_pdf(replace(SHEET, foot="编号：a-2"))
    [page] = PdfReader(BytesIO(pdf)).pages
    assert "张晓：截至2026年3月10日，您应还1,234.50元。" in words(pdf)
    fonts = fonts_of(page)
    assert fonts
    for font in fonts:
        descendant = font["/DescendantFonts"][0].get_object()
        descriptor = descendant["/FontDescriptor"].get_object()
        assert {"/FontFile2", "/FontFile3"} & descriptor.keys()
    told = PdfReader(BytesIO(pdf)).metadata
    assert told is not None
    assert told.creation_date == AT


async def test_it_is_printed_off_the_event_loop_with_its_pages_counted() -> None:
    long = replace(SHEET, blocks=(Paragraph("您好，感谢支持。" * 900),))

    pdf, pages = await print_sheet(long)

    assert pages == len(PdfReader(BytesIO(pdf)).pages) == page_count(long) > 1


def test_no_box_is_ever_printed_and_no_address_leaves_the_window() -> None:
    with pytest.raises(PrintError, match="no font has") as refused:
        render_pdf(replace(SHEET, blocks=(Paragraph("张𠮷先生"),)))
    assert refused.value.missing_glyph
    assert "𠮷" not in str(refused.value)
    with pytest.raises(PrintError, match="taller than"):
        render_pdf(replace(SHEET, head=replace(HEAD, recipient=("一",) * 20)))


@pytest.mark.parametrize("locale", ["en-US", "zh-CN", "en-GB"])
def test_paper_and_window_follow_the_country(locale: str) -> None:
    [page] = PdfReader(BytesIO(render_pdf(replace(SHEET, locale=locale)))).pages

    height = round(float(page.mediabox.height))
    assert height == (792 if locale == "en-US" else 842)


def test_an_address_is_whole_or_none() -> None:
    america = {
        "line1": "12 Elm St",
        "line2": "Apt 4",
        "city": "Albany",
        "region": "US-NY",
        "postal_code": "12207",
    }
    china = {
        "country": "CN",
        "region": "CN-SC",
        "city": "四川省成都市",
        "district": "锦江区",
        "line1": "红星路88号",
        "postal_code": "610000",
    }
    table: list[tuple[dict[str, Any], str, tuple[str, ...]]] = [
        (america, "US", ("Ada", "12 Elm St", "Apt 4", "Albany, NY 12207")),
        (america | {"country": "CA", "region": "CA-ON"}, "US", ("Ada", "12 Elm St", "Apt 4", "Albany, ON 12207", "CA")),
        (china, "CN", ("610000", "四川省成都市锦江区红星路88号", "Ada 收")),
        (china | {"region": "四川省", "city": "成都市"}, "CN", ("610000", "四川省成都市锦江区红星路88号", "Ada 收")),
        ({"lines": ["1 High St", ""], "city": "Leeds", "postal_code": "LS1"}, "GB", ("Ada", "1 High St", "LS1 Leeds")),
        ({"country": "US", "region": "US-NY"}, "US", ()),
        ({"line1": "12 Elm St", "city": " "}, "US", ()),
        ({"lines": list("abcdefg"), "city": "Leeds"}, "GB", ()),
        ({"line1": 7, "city": "Leeds"}, "GB", ()),
    ]  # fmt: skip

    wrong = [
        (address, found)
        for address, country, wanted in table
        if (found := address_lines("Ada", address, country)) != wanted
    ]

    assert not wrong
    assert address_lines("", america, "US") == ()


def test_every_letter_that_ships_is_clean_fits_and_says_what_cards_must_say() -> None:
    shipped = [one for one in load_catalog(MESSAGES) if one.channel == "letter"]

    assert {(one.key, one.locale) for one in shipped} >= {
        ("overdue_letter", "en-US"),
        ("overdue_letter", "zh-CN"),
        ("lawyers_letter", "en-US"),
        ("lawyers_letter", "zh-CN"),
    }
    assert [finding for one in shipped for finding in lint_template(one)] == []
    card = {
        "name", "balance", "reason", "legal_basis", "rights_and_duties", "how_to_check_and_repay",
        "how_to_object", "issuer_contact", "seal",
    }  # fmt: skip
    for template in shipped:
        if template.locale == "zh-CN":
            for facts in template.meta.samples["zh-CN"].values():
                assert card <= render(template, facts).content


def test_an_itemization_comes_to_what_is_owed_or_is_none() -> None:
    told: dict[str, Any] = dict.fromkeys(ATTRIBUTES, 100) | {"itemization_date": "2026-01-01"}

    found = itemization_of(told, 100)

    assert (found.since, found.total_minor) == (date(2026, 1, 1), 100)
    wrong: list[dict[str, Any]] = [
        {"itemization_date": "January"},
        {"itemization_date": None},
        {"itemization_fees_minor": True},
        {"itemization_fees_minor": "1"},
        {"itemization_fees_minor": -1},
        {"itemization_minor": 101},
    ]
    assert [one for one in wrong if itemization_of(told | one, 100).since] == []


def test_a_validation_notice_carries_all_its_information_or_is_not_written() -> None:
    template = next(one for one in load_catalog(MESSAGES) if one.key == "validation_notice")
    facts = template.meta.samples["en-US"]["first letter"]

    rendered = render(template, facts)

    assert rendered.notice == "validation_notice"
    assert {"validation_information", "mini_miranda_first"} <= rendered.content
    assert "Total amount of the debt now | $2,515.00" in rendered.text
    assert "by April 24, 2026" in rendered.text
    with pytest.raises(RenderError, match="itemization_"):
        render(template, replace(facts, itemization=Itemization()))


def test_the_lint_prints_a_letter_and_says_what_is_wrong() -> None:
    template = next(one for one in load_catalog(MESSAGES) if one.key == "overdue_letter")
    rendered = render(template, next(iter(template.meta.samples["en-US"].values())))

    assert list(lint_letter(rendered)) == []
    [pages] = lint_letter(replace(rendered, text="Some words. " * 2000))
    assert "at most 2" in pages.said
    [glyph] = lint_letter(replace(rendered, text="𠮷"))
    assert "can't be printed" in glyph.said
