"""The contact log's pages over HTTP, after real contacts."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest

from outreach.domain.operators import Role
from outreach.domain.vocabulary import (
    Channel,
    DeliveryState,
    ErrorClass,
    EventKind,
    Purpose,
    ReplyKind,
    TaskKind,
)
from outreach.store import contact_log_search
from outreach.store.pool import reading_as
from outreach.usecases.read_log import list_entries
from outreach.web.console.words import LANGUAGES, WORDS, language_of
from tests.e2e.service import NOON, Service, a_service
from tests.e2e.signals import a_consent, a_phone
from tests.web.console import an_account, production

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
    await service.fold_contact_log()


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


def link_to(html: str, rel: str) -> str:
    found = re.search(rf'<a rel="{rel}" href="([^"]+)"', html)
    assert found, html
    return found[1].replace("&amp;", "&")


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
    _, listed, _ = await get(service, "/contacts?verdict=blocked")

    status, html, _ = await get(service, first_link(listed, "/decisions/"))

    assert status == 200
    assert "Not sent: blocked" in html
    assert "outreach.opt_out" in html
    assert "not by waiting" in html


@pytest.mark.parametrize(
    ("path", "inside", "outside"),
    [
        pytest.param("/contacts?verdict=allowed", "LN-1", "LN-2", id="what was sent"),
        pytest.param("/contacts?verdict=blocked", "LN-2", "LN-1", id="what was blocked"),
        pytest.param("/contacts?rule=outreach.opt_out", "LN-2", "LN-1", id="by rule"),
        pytest.param("/contacts?status=delivered&status=read", "LN-1", "LN-2", id="either state"),
        pytest.param("/contacts?status=failed", "Nothing matches", "LN-1", id="what failed"),
        pytest.param(
            "/contacts?channel=sms&verdict=inbound", "Nothing matches", "LN-1", id="no replies"
        ),
        pytest.param("/contacts?from=-0d", "LN-1", "Nothing matches", id="today"),
        pytest.param("/contacts?to=2026-11-20", "Nothing matches", "LN-1", id="an earlier day"),
        pytest.param(
            "/contacts?verdict=odd", "Verdict has no value called odd", "Traceback", id="a typo"
        ),
        pytest.param("/contacts?from=soon", "From: soon is no day", "Traceback", id="no day"),
        pytest.param(
            "/contacts?template=x&template=y@1&treatment=z",
            "Nothing matches",
            "LN-1",
            id="versions",
        ),
        pytest.param(
            "/contacts?operator=li&outcome=sent", "Nothing matches", "LN-1", id="an operator"
        ),
        pytest.param(
            "/contacts?after=zz&before=1-zz", "LN-1", "Traceback", id="places that are none"
        ),
        pytest.param(
            "/contacts?s=made-up", "This search has ended", "Traceback", id="a search that lapsed"
        ),
        pytest.param(
            "/contacts?lender=other", "There is no lender called other", "Traceback", id="no lender"
        ),
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
    assert outside not in body


async def test_an_empty_log_says_what_to_do(service: Service) -> None:
    _, before, _ = await get(service, "/contacts")
    await service.fold_contact_log()
    _, html, _ = await get(service, "/contacts")

    assert "Nothing was contacted or held back yet." in html
    assert "made searchable yet" in before
    assert "made searchable yet" not in html


async def test_facets_count_and_chips_remove_themselves(service: Service) -> None:
    await a_contact_and_a_block(service)

    _, html, _ = await get(service, "/contacts?verdict=blocked&channel=sms&from=-30d")
    links = [
        link.replace("&amp;", "&") for link in re.findall(r'<a class="chip" href="([^"]+)"', html)
    ]
    facets = html[html.index('class="facets"') :]

    assert "1 contact<" in html
    assert links == [
        "/contacts?lender=acme&verdict=blocked&channel=sms",
        "/contacts?lender=acme&channel=sms&from=-30d",
        "/contacts?lender=acme&verdict=blocked&from=-30d",
    ]
    counts = dict(re.findall(r">([^<>]+)</a> <span class=\"quiet\">([\d,]+)</span>", facets))
    assert counts["Allowed"] == counts["Blocked"] == counts["Text message"] == "1"
    assert "Delivered" not in counts, "the verdict's filter holds for the others"


async def test_facets_of_what_is_not_counted_by_day_are_counted_live(service: Service) -> None:
    await a_contact_and_a_block(service)

    _, html, _ = await get(service, "/contacts?outcome=delivered")
    counts = dict(re.findall(r">([^<>]+)</a> <span class=\"quiet\">([\d,]+)</span>", html))

    assert counts["Allowed"] == counts["Delivered"] == "1"


@pytest.mark.parametrize(
    ("kind", "text", "inside", "outside"),
    [
        pytest.param("phone", BORIS, "LN-2", "LN-1", id="a number"),
        pytest.param("phone", " (212) 555-0177 ", "LN-2", "LN-1", id="as it is written at home"),
        pytest.param("phone", "+12125550199", "Nothing matches", "LN-1", id="nobody's number"),
        pytest.param("loan", "LN-2", "LN-2", "LN-1", id="a loan"),
        pytest.param("borrower", "BR-1", "LN-1", "LN-2", id="a borrower"),
        pytest.param("loan", "LN-9", "Nothing matches", "LN-1", id="a loan nobody knows"),
    ],
)
async def test_somebody_is_found_and_no_address_says_whom(
    service: Service, kind: str, text: str, inside: str, outside: str
) -> None:
    await a_contact_and_a_block(service)
    await an_account(service)
    async with production(service) as browser:
        await browser.sign_in()
        form = {"lender": "acme", "query": "channel=sms", "kind": kind, "text": text}
        status, location, _ = await browser.submit("/contacts", "/contacts/search", **form)
        found, _, html = await browser.get(location)
        await an_account(service, "wang.min")
        await browser.sign_in("wang.min")
        _, _, others = await browser.get(location)

    assert (status, found) == (303, 200)
    assert re.fullmatch(r"/contacts\?lender=acme&channel=sms&s=[\w-]+", location)
    body = html[html.index("<main") :]
    assert inside in body
    assert outside not in body
    assert "•••• 0177" in body or kind != "phone" or "0199" in body
    assert "This search has ended" in others


@pytest.mark.parametrize(
    ("form", "problem"),
    [
        pytest.param({"kind": "phone", "text": "0177"}, "Numbers must be complete", id="a part"),
        pytest.param({"kind": "phone", "text": "x"}, "Numbers must be complete", id="no number"),
        pytest.param({"kind": "odd", "text": "x"}, "Enter a number", id="no such kind"),
        pytest.param({"kind": "loan", "text": " "}, "Enter a number", id="nothing"),
    ],
)
async def test_half_a_number_finds_nobody(
    service: Service, form: dict[str, str], problem: str
) -> None:
    await an_account(service)
    async with production(service) as browser:
        await browser.sign_in()
        status, _, html = await browser.submit(
            "/contacts", "/contacts/search", lender="acme", query="", **form
        )
        other, _, _ = await browser.submit("/contacts", "/contacts/search", lender="other", **form)

    assert (status, other) == (422, 404)
    assert problem in html


async def test_pages_are_turned_by_place_both_ways_and_say_what_came_since(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    await a_contact_and_a_block(service)
    monkeypatch.setattr("outreach.usecases.search_log.search_log.__kwdefaults__", {"limit": 1})

    _, first, _ = await get(service, "/contacts")
    _, second, _ = await get(service, link_to(first, "next"))
    _, back, _ = await get(service, link_to(second, "prev"))
    cleo = service.borrower("BR-3", phones=[a_phone("ph-5", "+12125550188")])
    await tell(service, cleo, service.overdue(days=3, loan="LN-3", borrower="BR-3"))
    _, later, _ = await get(service, link_to(first, "next"))

    assert ("LN-2" in first, "LN-1" in first) == (True, False)
    assert ("LN-2" in second, "LN-1" in second) == (False, True)
    assert ("LN-2" in back, "LN-1" in back) == (True, False)
    assert 'rel="next"' not in second
    assert 'rel="prev"' not in back
    assert "newer – Show" not in second
    assert "1 newer – Show" in later


async def test_a_date_is_jumped_to(service: Service) -> None:
    await a_contact_and_a_block(service)

    _, today, _ = await get(service, "/contacts?verdict=allowed&jump=2026-11-23")
    _, before, _ = await get(service, "/contacts?jump=2026-10-01")
    _, odd, _ = await get(service, "/contacts?jump=tomorrow")

    assert "LN-1" in today
    assert "LN-1" not in before
    assert "LN-1" in odd


async def test_filters_are_kept_under_names_and_shared_with_a_role(service: Service) -> None:
    await a_contact_and_a_block(service)
    await an_account(service)
    await an_account(service, "wang.min", acme={Role.COMPLIANCE})
    await an_account(service, "chen.jie", acme={Role.OPERATOR})
    kept = {"lender": "acme", "query": "verdict=blocked&from=-30d"}
    async with production(service) as browser:
        await browser.sign_in()
        location = ""
        for name, shared in (("Refused", "compliance"), ("Mine", "")):
            status, location, _ = await browser.submit(
                "/contacts", "/contacts/filters", name=name, shared=shared, **kept
            )
            assert (status, location) == (303, "/contacts?lender=acme&verdict=blocked&from=-30d")
        unnamed, _, _ = await browser.submit("/contacts", "/contacts/filters", name=" ", **kept)
        odd, _, _ = await browser.submit(
            "/contacts", "/contacts/filters", name="x", shared="all", **kept
        )
        _, _, own = await browser.get(location)
        seen = {}
        for login in ("wang.min", "chen.jie"):
            await browser.sign_in(login)
            _, _, seen[login] = await browser.get("/contacts")
        await browser.sign_in("wang.min")
        [number] = re.findall(r'name="filter" value="(\d+)"', own)[:1]
        await browser.submit("/contacts", "/contacts/filters/delete", lender="acme", filter=number)
        await browser.sign_in()
        _, _, still = await browser.get("/contacts")
        await browser.submit("/contacts", "/contacts/filters/delete", lender="acme", filter=number)
        none, _, _ = await browser.submit(
            "/contacts", "/contacts/filters/delete", lender="acme", filter="x"
        )
        _, _, gone = await browser.get("/contacts")

    assert (unnamed, odd, none) == (422, 422, 404)
    assert own.count('aria-current="true">Mine<') == own.count('aria-current="true">Refused<') == 1
    assert (">Refused<" in seen["wang.min"], ">Mine<" in seen["wang.min"]) == (True, False)
    assert (">Refused<" in seen["chen.jie"], ">Mine<" in seen["chen.jie"]) == (False, False)
    assert (">Mine<" in still, ">Refused<" in still) == (True, True), "only one's own is removed"
    assert (">Mine<" in gone) != (">Refused<" in gone)


async def test_what_takes_too_long_is_said(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    await a_contact_and_a_block(service)

    def delay(*names: str) -> None:
        for name in names:
            slow = getattr(contact_log_search, name).replace(
                "tenant_id = $1", "tenant_id = $1 AND (SELECT true FROM pg_sleep(30))"
            )
            monkeypatch.setattr(contact_log_search, name, slow)

    delay("SQL_COUNT", "SQL_FACET_BY_DAY", "SQL_FACETS_BY_DAY")
    _, uncounted, _ = await get(service, "/contacts")
    delay("SQL_OLDER")
    status, late, _ = await get(service, "/contacts")

    assert "LN-1" in uncounted
    assert "Counting took too long" in uncounted
    assert "Counts took too long" in uncounted
    assert status == 200
    assert "Finding these took too long" in late


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
    assert headers["Content-Encoding"] == "gzip"
    assert len(css) < 35_000
    assert int(headers["Content-Length"]) < 8_000
    assert re.findall(r"<script(?![^>]* src=)", html) == []
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
