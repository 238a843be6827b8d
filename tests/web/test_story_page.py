"""A contact's page: every rule, the facts, what happened, the proof, reviews, the document."""

import io
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from pypdf import PdfReader

from outreach.domain.operators import Role
from outreach.usecases.pack_versions import keep_packs
from outreach.usecases.rulebook import Rulebook
from outreach.usecases.seal import seal_log
from tests.e2e.service import NOON, Service, a_service
from tests.web.console import Browser, an_account, production


@pytest.fixture
async def service(database_url: str, redis_url: str) -> AsyncIterator[Service]:
    """A lender with one contact made and delivered, and sealed; another borrower has no number."""
    async with a_service(database_url, redis_url) as running:
        await running.post(running.borrower(), running.overdue(days=3))
        nobody = running.borrower("BR-2", phones=[])
        await running.post(nobody, running.overdue(days=3, loan="LN-2", borrower="BR-2"))
        await running.fold()
        await running.dispatch()
        await running.receipts()
        await seal_log(running.runtime.db, wall_now=running.runtime.clock.wall_now())
        yield running


async def addresses(service: Service) -> tuple[str, str]:
    """Return the page of the contact, and that of the row that begins it."""
    [contact] = await service.contacts()
    [first] = await service.rows(
        "SELECT event_id FROM contact_events WHERE contact_id = $1 AND kind = 'decided'",
        contact["contact_id"],
    )
    person = contact["person_id"]
    return (
        f"/contacts/{person}-{contact['contact_id'].hex}",
        f"/decisions/{person}-{first['event_id']}",
    )


async def get(service: Service, path: str, language: str = "en") -> str:
    async with service.runtime.http.get(
        service.base_url + path, headers={"Accept-Language": language}
    ) as answer:
        assert answer.status == 200, path
        return await answer.text()


async def test_every_rule_is_shown_and_the_decision_comes_out_the_same(service: Service) -> None:
    contact, decision = await addresses(service)
    async with service.runtime.db.acquire() as conn:
        await conn.execute("UPDATE contacts SET price_micros = 7900, price_currency = 'USD'")

    html = await get(service, contact)

    assert re.search(r"Rules that passed: \d{2,}", html)
    assert "The same comes of it again." in html
    assert "The rule packs are those of then." in html
    assert "Hours of contact, 08:00–21:00" in html
    assert "3 days past due" in html
    assert "America/New_York" in html
    assert "Signal: instalment overdue" in html
    assert "USD 0.0079" in html
    assert "as the carrier charged" in html
    other = await get(service, decision)
    assert "Every rule asked" in other


async def test_a_changed_pack_is_said_and_the_stored_verdict_stands(service: Service) -> None:
    contact, _ = await addresses(service)
    rulebook = service.runtime.considering.rulebook
    others = Rulebook(
        [pack.shadowed() for pack in rulebook.packs], rulebook.treatments, rulebook.lenders
    )
    considering: Any = service.runtime.considering
    considering.rulebook = others

    html = await get(service, contact)

    assert "The rule packs have changed since" in html
    assert "Allowed and made" in html
    # Once what packs said is on record, the decision is made again by what they said then.
    folder = service.runtime.settings.config_dir / "compliance"
    now = service.runtime.clock.business_now()
    await keep_packs(service.runtime.db, sorted(folder.glob("*.yaml")), now=now)
    html = await get(service, contact)
    assert "The rule packs are those of then." in html
    assert "The same comes of it again." in html


async def test_the_rows_are_proved_to_be_as_they_were_sealed(service: Service) -> None:
    contact, _ = await addresses(service)

    before = await get(service, contact)
    async with service.runtime.db.acquire() as conn:
        await conn.execute(
            "UPDATE contact_events SET body = body || '\\x00'::bytea WHERE kind = 'decided'"
        )
    after = await get(service, contact)

    assert "Hashed just now, it is as it was sealed." in before
    assert "outreach log verify" in before
    assert "NOT as it was sealed" in after


async def test_the_timeline_shows_people_or_the_system_alone(service: Service) -> None:
    contact, _ = await addresses(service)

    everything, system, people = [
        (await get(service, f"{contact}?show={one}")) for one in ("all", "system", "people")
    ]

    for html, has_system in ((everything, True), (system, True), (people, False)):
        timeline = html[html.index('<ol class="timeline">') :]
        assert ("Decided and reserved" in timeline[: timeline.index("</ol>")]) is has_system


async def test_a_later_decision_is_linked(service: Service) -> None:
    contact, _ = await addresses(service)
    await service.move_to(NOON + timedelta(days=4))
    await service.post(service.overdue(days=7))
    await service.fold()
    await service.dispatch()

    html = await get(service, contact)

    assert "The next decision about this borrower" in html


async def test_the_document_of_one_case(service: Service) -> None:
    _, decision = await addresses(service)
    async with service.runtime.http.get(
        f"{service.base_url}{decision}/case.pdf", headers={"Accept-Language": "en"}
    ) as answer:
        assert answer.status == 200
        assert answer.content_type == "application/pdf"
        assert "attachment" in answer.headers["Content-Disposition"]
        pdf = await answer.read()
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)

    for said in ("One contact of the log", "$247.50", "Every rule asked", "What happened", "outreach log verify"):  # fmt: skip
        assert said in text, said
    assert "5550143" not in text.replace(" ", "")
    assert "0143" in text
    async with service.runtime.http.get(
        f"{service.base_url}{decision}/case.pdf", headers={"Accept-Language": "zh-CN"}
    ) as answer:
        assert answer.status == 200


async def sign_in(service: Service, browser: Browser, login: str, role: Role) -> None:
    await an_account(service, login, acme={role})
    await browser.sign_in(login)


async def test_compliance_marks_and_comments_and_everybody_reads_it(service: Service) -> None:
    contact, decision = await addresses(service)
    async with production(service) as browser:
        await sign_in(service, browser, "zhao.lan", Role.COMPLIANCE)
        empty = await browser.submit(contact, f"{decision}/marks")
        kept = await browser.submit(
            contact, f"{decision}/marks", mark="not_in_order", comment="Sent to Ada too early"
        )
        await sign_in(service, browser, "wang.min", Role.OPERATOR)
        _, _, read = await browser.get(contact)
        refused = await browser.submit(contact, f"{decision}/marks", mark="in_order")
    stored: Any = await service.rows("SELECT mark, comment, by_login FROM contact_marks")

    assert empty[0] == 422
    assert "Choose what you find" in empty[2]
    assert kept[:2] == (303, f"{contact}?done=1#review")
    assert "Not in order" in read
    assert "Sent to Ada too early" in read
    assert 'name="mark"' not in read
    assert refused[0] == 403
    assert [(one["mark"], one["by_login"]) for one in stored] == [("not_in_order", "zhao.lan")]
    assert b"Ada" not in stored[0]["comment"]


async def test_a_comment_goes_with_the_borrowers_key(service: Service) -> None:
    contact, decision = await addresses(service)
    async with production(service) as browser:
        await sign_in(service, browser, "zhao.lan", Role.COMPLIANCE)
        await browser.submit(contact, f"{decision}/marks", comment="Called twice")
        async with service.runtime.db.acquire() as conn:
            await conn.execute("UPDATE persons SET wrapped_key = NULL, profile = NULL")
        _, _, html = await browser.get(contact)
        problem = await browser.submit(contact, f"{decision}/marks", comment="More")

    assert "The comment went with the borrower&#39;s key." in html
    assert "Called twice" not in html
    assert problem[0] == 422
    assert "no comment can be kept" in problem[2]


async def test_another_lenders_case_is_not_there(service: Service) -> None:
    contact, decision = await addresses(service)
    await an_account(service, "of.another", other={Role.COMPLIANCE})
    async with production(service) as browser:
        await browser.sign_in("of.another")
        found = [
            (await browser.get(path))[0] for path in (contact, decision, decision + "/case.pdf")
        ]

    assert found == [404, 404, 404]
