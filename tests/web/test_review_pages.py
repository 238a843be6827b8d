"""Samples, findings and exports over HTTP: who may, what is kept, and nothing of another lender's."""

import csv
import io
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from outreach.domain.operators import EVERYBODY, Role
from outreach.store.pool import reading_as
from outreach.store.samples import find_sample
from outreach.usecases.exporting import Exporter
from outreach.usecases.sampling import draw_again
from tests.e2e.service import NOON, Service, a_service
from tests.e2e.signals import a_consent, a_phone
from tests.web.console import Browser, an_account, production

SQL_LINES = """
    INSERT INTO contact_log (tenant_id, at, event_id, recorded_at, day, person_id, verdict, rule,
                             channel, sample_key)
    SELECT 'acme', $1::timestamptz - make_interval(mins => n::int), 1000 + n, $2::timestamptz,
           $1::date, 0, CASE WHEN n % 2 = 0 THEN 'blocked' ELSE 'allowed' END, '', 'sms',
           hashint8extended(n, 7)
      FROM generate_series(1, 40) AS n
"""


@pytest.fixture
async def service(database_url: str, redis_url: str) -> AsyncIterator[Service]:
    """A lender with two borrowers who asked for no texts."""
    async with a_service(database_url, redis_url) as running:
        for number in ("1", "2"):
            person = running.borrower(
                f"BR-{number}",
                phones=[a_phone(f"ph-{number}", f"+1212555017{number}")],
                consents=[a_consent(NOON, status="revoked")],
            )
            late = running.overdue(days=3, loan=f"LN-{number}", borrower=f"BR-{number}")
            await running.post(person, late)
        await running.fold()
        await running.dispatch()
        await running.fold_contact_log()
        for login, roles in (
            ("zhao.lan", {"acme": {Role.COMPLIANCE}}),
            ("wang.min", {"acme": {Role.OPERATOR}}),
            ("of.another", {"other": set(EVERYBODY)}),
        ):
            await an_account(running, login, **roles)
        yield running


def links(html: str, prefix: str) -> list[str]:
    return re.findall(rf'href="({prefix}[^"]+)"', html)


async def test_a_sample_is_drawn_reviewed_to_its_end_and_can_be_drawn_again(
    service: Service,
) -> None:
    async with service.runtime.db.acquire() as conn:
        clock = service.runtime.clock
        recorded = clock.wall_now() - timedelta(minutes=1)
        await conn.execute(SQL_LINES, clock.business_now(), recorded)
    async with production(service) as browser:
        await browser.sign_in("zhao.lan")
        wrong = {
            "no such filter": {"name": "A", "stratum": "verdict=odd", "size": "5"},
            "no name": {"name": "", "stratum": "", "size": "5"},
            "too many": {"name": "A", "stratum": "", "size": "501"},
            "no seed": {"name": "A", "stratum": "", "size": "5", "seed": "x"},
            "nothing": {"name": "A", "stratum": "channel=letter", "size": "5"},
        }
        for what, form in wrong.items():
            assert (await browser.submit("/samples/new", "/samples", **form))[0] == 422, what
        _, location, _ = await browser.submit(
            "/samples/new", "/samples", name="Blocked", stratum="?verdict=blocked", size="12"
        )
        _, _, page = await browser.get(location)
        status, following, _ = await browser.get(location + "/next")
        _, _, listed = await browser.get("/samples")
        await browser.sign_in("wang.min")
        refused = (await browser.get(location))[0]
        await browser.sign_in("of.another")
        absent = (await browser.get(location))[0]

    number = int(location.rsplit("/", 1)[1])
    async with reading_as(service.runtime.db, "acme") as conn:
        sample = await find_sample(conn, number)
        assert sample is not None
        members = await conn.fetch(
            "SELECT person_id, event_id FROM sample_members WHERE sample_id = $1 ORDER BY position",
            number,
        )
        again = await draw_again(
            conn, sample, zone="America/New_York", now=service.runtime.clock.business_now()
        )
        verdicts = await conn.fetch(
            "SELECT DISTINCT verdict FROM contact_log WHERE event_id = ANY($1::bigint[])",
            [row["event_id"] for row in members],
        )
    assert len(members) == 12
    assert [tuple(row) for row in members] == [tuple(one) for one in again]
    assert [row["verdict"] for row in verdicts] == ["blocked"]
    assert "0 of 12" in page
    assert "0 of 12" in listed
    assert (status, following.split("?")[1]) == (303, f"sample={number}")
    assert (refused, absent) == (403, 404)


async def test_reviewing_leads_through_the_sample_and_a_finding_to_its_end(
    service: Service,
) -> None:
    async with production(service) as browser:
        await browser.sign_in("zhao.lan")
        _, sample, _ = await browser.submit(
            "/samples/new", "/samples", name="All", stratum="", size="50"
        )
        page = ""
        for mark in ("in_order", "not_in_order"):
            _, page, _ = await browser.get(sample + "/next")
            number = sample.rsplit("/", 1)[1]
            status, to, _ = await browser.submit(
                page, page.split("?")[0] + "/marks", mark=mark, sample=number
            )
            assert (status, to) == (303, sample + "/next")
        _, after, _ = await browser.get(sample + "/next")
        _, _, done = await browser.get(sample)
        assert after == sample
        assert "2 of 2" in done
        assert "All of it is reviewed." in done
        assert "fewer than the 50 asked for" in done

        [contact] = {link.split("?")[0].removeprefix("/decisions/") for link in links(done, "/decisions/")} - {page.split("?")[0].removeprefix("/decisions/")}  # fmt: skip
        form = {"what": "No number asked for", "severity": "high", "contact": contact}
        new = f"/findings/new?contact={contact}"
        assert (await browser.submit(new, "/findings", **{**form, "what": ""}))[0] == 422
        assert (await browser.submit(new, "/findings", **{**form, "due": "soon"}))[0] == 422
        assert (await browser.submit(new, "/findings", **{**form, "contact": "9-9"}))[0] == 404
        _, location, _ = await browser.submit(new, "/findings", **form)
        finding = location.split("?")[0]
        change = finding + "/change"
        for form, status in (
            ({"state": "closed"}, 422),  # closing takes a reason
            ({"state": "in_progress"}, 422),  # somebody has to see to it
            ({"state": "in_progress", "owner": "Li Wei", "due": "2026-01-01"}, 303),
        ):
            assert (await browser.submit(finding, change, **form))[0] == status
        _, _, late = await browser.get("/findings?state=in_progress")
        await browser.submit(finding, change, state="closed", owner="Li Wei", note="asked now")
        _, _, closed = await browser.get(finding)
        _, _, of_contact = await browser.get(f"/decisions/{contact}")
        await browser.sign_in("wang.min")
        read = await browser.get(finding)
        changed = await browser.submit(finding, change, state="open")
        await browser.sign_in("of.another")
        absent = (await browser.get(finding))[0]

    assert "Late" in late
    assert "asked now" in closed
    assert "LN-" in closed
    assert "No number asked for" in of_contact
    assert read[0] == 200
    assert change not in read[2]
    assert changed[0] == 403
    assert absent == 404


async def exported(service: Service, browser: Browser, tmp_path: Path, **form: str) -> str:
    """Ask for an export, let a worker write it, and return its page's address."""
    _, location, _ = await browser.submit("/exports/new", "/exports", **form)
    exporter = Exporter(service.runtime, tmp_path, {"acme": "USD"})
    while await exporter.advance():
        pass
    return location


async def test_an_export_is_made_downloaded_and_both_are_kept(
    service: Service, tmp_path: Path
) -> None:
    update = {"export_dir": tmp_path}
    service.runtime.settings = service.runtime.settings.model_copy(update=update)
    async with production(service) as browser:
        await browser.sign_in("wang.min")
        refused = await browser.submit("/exports/new", "/exports", filter="", unmasked="1")
        unknown = await browser.submit("/exports/new", "/exports", filter="verdict=odd")
        location = await exported(service, browser, tmp_path, filter="verdict=blocked")
        _, _, page = await browser.get(location)
        files = links(page, "/exports/[0-9]+/files/")
        contents = {path: await browser.get(path) for path in files}
        await browser.sign_in("zhao.lan")
        full = await exported(
            service, browser, tmp_path, filter="", unmasked="1", reason="audit of November"
        )
        own = links((await browser.get(full))[2], "/exports/[0-9]+/files/")
        await browser.sign_in("wang.min")
        _, _, of_others = await browser.get(full)
        taken = [(await browser.get(path))[0] for path in own]
        strays = [(await browser.get(f"{location}/files/{name}"))[0] for name in ("x", "..%2fx")]
        _, late, _ = await browser.submit("/exports/new", "/exports", filter="", format="jsonl")
        pages = [(await browser.get(late))[2]]
        await browser.submit(late, late + "/stop")
        pages.append((await browser.get(late))[2])
        await browser.submit(late, late + "/resume")
        await Exporter(service.runtime, tmp_path, {"acme": "USD"}).advance()
        pages.append((await browser.get(late))[2])
        await browser.sign_in("of.another")
        absent = [(await browser.get(path))[0] for path in (location, *files)]
    async with service.runtime.db.acquire() as conn:
        kept: Any = await conn.fetch(
            "SELECT login, action, subject, tenant_id FROM operator_audit WHERE action LIKE '%exports%'"
        )

    assert (refused[0], unknown[0]) == (422, 422)
    assert [path.rsplit("/", 1)[1] for path in files] == [
        "manifest.json",
        "contacts-acme-1-001.csv",
    ]
    text = contents[files[1]][2].lstrip("\ufeff")
    assert [row["loans"] for row in csv.DictReader(io.StringIO(text))] == ["LN-2", "LN-1"]
    assert len(own) == 2
    assert "for whoever asked for them" in of_others
    assert taken == [404, 404]
    assert strays == [404, 404]
    assert absent == [404, 404, 404]
    done = [(row["login"], row["action"]) for row in kept]
    assert ("wang.min", "POST /exports") in done
    assert done.count(("wang.min", "GET /exports/{number}/files/{name}")) == 2
    assert {row["tenant_id"] for row in kept} == {"acme"}
    for said, html in zip(("close this page", "was stopped", "-001.jsonl"), pages, strict=True):
        assert said in html
