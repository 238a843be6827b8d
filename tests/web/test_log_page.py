"""The contact log's pages over HTTP, after real contacts."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest

from outreach.domain.vocabulary import (
    Channel,
    DeliveryState,
    ErrorClass,
    EventKind,
    Purpose,
    ReplyKind,
    TaskKind,
)
from outreach.store.pool import reading_as
from outreach.usecases.read_log import list_entries
from outreach.web.console.words import LANGUAGES, WORDS, language_of
from tests.e2e.service import NOON, Service, a_service
from tests.e2e.signals import a_consent, a_phone

TEMPLATES = Path(__file__).resolve().parents[2] / "templates" / "console"
BORIS = "+12125550177"


@pytest.fixture
async def service(database_url: str, redis_url: str) -> AsyncIterator[Service]:
    """A lender with one contact made, one deferred and one blocked."""
    async with a_service(database_url, redis_url) as running:
        yield running


async def tell(service: Service, *signals: dict[str, Any]) -> None:
    await service.post(*signals)
    await service.fold()
    await service.dispatch()
    await service.receipts()


async def a_contact_and_a_block(service: Service) -> None:
    await tell(service, service.borrower(), service.overdue(days=3))
    boris = service.borrower(
        "BR-2",
        phones=[a_phone("ph-9", BORIS)],
        consents=[a_consent(NOON, status="revoked")],
        name={"display": "Boris Example"},
    )
    await tell(service, boris, service.overdue(days=3, loan="LN-2", borrower="BR-2"))


async def get(service: Service, path: str, **headers: str) -> tuple[int, str, dict[str, str]]:
    async with service.runtime.http.get(service.base_url + path, headers=headers) as answer:
        return answer.status, await answer.text(), dict(answer.headers)


def first_link(html: str, prefix: str) -> str:
    found = re.search(rf'href="({prefix}[^"]+)"', html)
    assert found, html
    return found[1]


async def test_the_list_shows_contacts_made_and_not_made_and_why(service: Service) -> None:
    await a_contact_and_a_block(service)

    status, html, headers = await get(service, "/contacts")

    assert status == 200
    assert "LN-1" in html
    assert "Delivered" in html
    assert "LN-2" in html
    assert "not to be contacted this way." in html
    assert "outreach.opt_out" in html
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "private, no-store"


async def test_a_page_shows_neither_names_nor_numbers_and_words_only_on_demand(
    service: Service,
) -> None:
    await a_contact_and_a_block(service)

    _, listed, _ = await get(service, "/contacts")
    _, contact, _ = await get(service, first_link(listed, "/contacts/"))

    assert "Ada" not in listed + contact
    assert "5550143" not in listed + contact
    assert "$247.50" not in listed
    assert "$247.50" in contact
    assert "0143" in contact


async def test_a_contacts_page_tells_its_story_from_decision_to_receipt(service: Service) -> None:
    await a_contact_and_a_block(service)
    _, listed, _ = await get(service, "/contacts")

    status, html, _ = await get(service, first_link(listed, "/contacts/"))

    assert status == 200
    steps = ["Decided and reserved", "The carrier took it", "Receipt", "Delivered"]
    places = [html.index(step, html.index('class="timeline"')) for step in steps]
    assert places == sorted(places)
    assert "America/New_York" in html
    assert "us-firstparty-policy@" in html


async def test_a_blocked_decision_says_which_rule_and_whether_it_clears(service: Service) -> None:
    await a_contact_and_a_block(service)
    _, listed, _ = await get(service, "/contacts?kind=blocked")

    status, html, _ = await get(service, first_link(listed, "/decisions/"))

    assert status == 200
    assert "Not sent: blocked" in html
    assert "outreach.opt_out" in html
    assert "not by waiting" in html


@pytest.mark.parametrize(
    ("path", "inside", "outside"),
    [
        pytest.param("/contacts?kind=sent", "LN-1", "LN-2", id="what was sent"),
        pytest.param("/contacts?kind=blocked", "LN-2", "LN-1", id="what was blocked"),
        pytest.param("/contacts?loan=LN-2", "LN-2", "LN-1", id="one loan"),
        pytest.param("/contacts?loan=LN-9", "No loan of this lender", "LN-1", id="a loan nobody knows"),
        pytest.param("/contacts?kind=inbound", "Nothing matches", "LN-1", id="no replies"),
        pytest.param("/contacts?kind=odd", "There is no filter called odd", "Traceback", id="a typo"),
    ],
)
async def test_filters_are_in_the_address(
    service: Service, path: str, inside: str, outside: str
) -> None:
    await a_contact_and_a_block(service)

    status, html, _ = await get(service, path)

    body = html[html.index("<main") :]
    assert status == 200
    assert inside in body
    assert outside not in body.replace('value="LN-1"', "")


async def test_an_empty_log_says_what_to_do(service: Service) -> None:
    _, html, _ = await get(service, "/contacts")

    assert "Nothing was contacted or held back yet." in html


async def test_chinese_by_accept_language_and_english_by_the_switch(service: Service) -> None:
    await a_contact_and_a_block(service)

    _, chinese, headers = await get(service, "/contacts", **{"Accept-Language": "zh-CN,en;q=0.5"})
    _, english, switched = await get(service, "/contacts?lang=en", **{"Accept-Language": "zh-CN"})

    assert "联系记录" in chinese
    assert "要求不再以此方式联系。" in chinese
    assert headers["Content-Language"] == "zh-CN"
    assert "Contact log" in english
    assert "language=en" in switched["Set-Cookie"]


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("/contacts/1-00000000000000000000000000000000", id="no such contact"),
        pytest.param("/contacts/nonsense", id="no id at all"),
        pytest.param("/decisions/1-99999999", id="no such decision"),
        pytest.param("/decisions/x-y", id="no numbers"),
    ],
)
async def test_an_address_of_nothing_is_a_page_with_404(service: Service, path: str) -> None:
    status, html, _ = await get(service, path)

    assert status == 404
    assert "There is no such contact here." in html


async def test_the_style_sheet_is_a_file_of_ours_that_may_be_kept(service: Service) -> None:
    _, html, _ = await get(service, "/contacts")

    status, css, headers = await get(service, first_link(html, "/static/"))

    assert status == 200
    assert "immutable" in headers["Cache-Control"]
    assert len(css) < 25_000
    assert "<script" not in html
    assert "style=" not in html


async def test_a_reader_of_another_lender_sees_nothing(service: Service) -> None:
    await a_contact_and_a_block(service)

    async with reading_as(service.runtime.db, "other") as conn:
        page = await list_entries(conn, service.runtime.vault, "acme")

    assert page.entries == ()


async def test_pages_by_keyset_go_both_ways_without_gap_or_repetition(service: Service) -> None:
    await a_contact_and_a_block(service)
    await service.move_to(NOON + timedelta(days=4))
    await tell(service, service.overdue(days=7), service.overdue(days=7, loan="LN-2", borrower="BR-2"))  # fmt: skip
    vault = service.runtime.vault

    async with reading_as(service.runtime.db, "acme") as conn:
        whole = await list_entries(conn, vault, "acme")
        ids = [entry.event_id for entry in whole.entries]
        forward, before = [], None
        while True:
            page = await list_entries(conn, vault, "acme", before=before, limit=1)
            forward += [entry.event_id for entry in page.entries]
            if not page.older:
                break
            before = forward[-1]
        back = await list_entries(conn, vault, "acme", after=ids[-1], limit=1)

    assert len(ids) >= 3
    assert forward == ids
    assert [entry.event_id for entry in back.entries] == [ids[-2]]
    assert back.newer


async def test_an_erased_borrowers_rows_stay_and_say_so(service: Service) -> None:
    await a_contact_and_a_block(service)
    async with service.runtime.db.acquire() as conn:
        await conn.execute("UPDATE persons SET wrapped_key = NULL, profile = NULL")

    status, listed, _ = await get(service, "/contacts")
    _, contact, _ = await get(service, first_link(listed, "/contacts/"))

    assert status == 200
    assert "Erased, or under another key." in listed
    assert "$247.50" not in contact


def test_each_word_is_there_in_both_languages_and_each_template_uses_known_ones() -> None:
    for key, words in WORDS.items():
        assert len(words) == len(LANGUAGES), key
        assert all(words), key
        assert re.findall(r"\{\w+\}", words[0]) == re.findall(r"\{\w+\}", words[1]) or sorted(
            re.findall(r"\{\w+\}", words[0])
        ) == sorted(re.findall(r"\{\w+\}", words[1])), key
    for template in TEMPLATES.glob("*.html"):
        for key in re.findall(r"\bt\('([a-z_.]+)'[,)]", template.read_text()):
            assert key in WORDS, (template.name, key)


@pytest.mark.parametrize(
    ("chosen", "accepted", "language"),
    [
        pytest.param("zh", "en", "zh", id="the choice wins"),
        pytest.param(None, "zh-TW,zh;q=0.9", "zh", id="any Chinese"),
        pytest.param(None, "en;q=0.4, zh-CN;q=0.8", "zh", id="the greater weight"),
        pytest.param(None, "fr,de", "en", id="neither"),
        pytest.param("xx", "", "en", id="an unknown choice"),
        pytest.param(None, "zh;q=x,en", "en", id="a weight that is no number"),
    ],
)
def test_language(chosen: str | None, accepted: str, language: str) -> None:
    assert language_of(chosen, accepted) == language


@pytest.mark.parametrize(
    ("prefix", "words"),
    [
        ("reply", ReplyKind),
        ("purpose", Purpose),
        ("channel", Channel),
        ("tag", DeliveryState),
        ("error", ErrorClass),
        ("event", EventKind),
        ("task", TaskKind),
    ],
)
def test_every_word_of_the_log_is_said_in_both_languages(prefix: str, words: type[StrEnum]) -> None:
    assert [word for word in words if f"{prefix}.{word}" not in WORDS] == []
