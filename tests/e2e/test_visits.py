"""Field visits, from outside: offered in hours, recorded by a form, counted."""

import re
from datetime import UTC, timedelta
from html import unescape
from pathlib import Path

import pytest

from outreach.domain.hand_offs import HandOffKind, state_of
from outreach.rendering.papers import LANGUAGES
from outreach.usecases.handing_off import (
    Approver,
    approve,
)
from outreach.usecases.visiting import PATH, look_at_visit, visits_of_day
from tests.e2e.late import COUNTRIES, late, only
from tests.e2e.service import Service


@pytest.mark.parametrize("country", COUNTRIES)
async def test_a_visit_is_offered_in_hours_alone_and_its_form_tells_what_came_of_it(
    database_url: str, redis_url: str, tmp_path: Path, country: str
) -> None:
    async with late((database_url, redis_url), tmp_path, country, 60) as service:
        runtime = service.runtime
        await service.dispatch()
        ref = (await only(service, HandOffKind.VISIT)).hand_off.ref
        staff = {"staff": ["Li Wei", "Zhang Min"]}
        await approve(runtime, ref, Approver("Bea", "field"), now=service.now, terms=staff)

        visit = await look_at_visit(runtime, ref, now=service.now)
        hours = {(one.opens.astimezone(UTC).hour + offset(country)) % 24 for one in visit.hours[1:]}
        assert (visit.may, hours) == (True, {8})
        assert country == "US" or {"two_staff", "badge"} <= set(visit.duties)
        night = await look_at_visit(runtime, ref, now=service.now + timedelta(hours=12))
        assert (night.may, night.until is not None) == (False, True)
        day = service.now.date()
        [on_sheet] = await visits_of_day(runtime, "acme", day, now=service.now)
        assert on_sheet.ref == ref

        lapses = service.now + timedelta(days=1)
        address = PATH + runtime.visit_links.issue(ref, lapses)
        status, page = await browse(service, address)
        assert status == 200
        assert "Ada Sample" in page
        assert "<script" not in page
        assert "not visit" not in page
        at = re.search(r'name="at" value="([^"]+)"', page)
        assert at is not None
        form = {"outcome": "spoke", "at": at[1], "by": "Li Wei", "note": "was friendly"}
        status, page = await browse(service, address, **form, promised_on="2026-11-28")
        assert (status, 'role="alert"' in page) == (422, True)
        assert await service.rows("SELECT 1 FROM promises") == []
        form |= {"promised_on": "2026-11-28", "promised": "247.50"}
        status, page = await browse(service, address, **form)
        assert status == 200
        status, _ = await browse(service, address, **form)
        assert status == 410

        made = [one for one in await service.contacts() if one["provider"] == "elsewhere"]
        assert [(one["channel"], one["outcome"], one["disposition"]) for one in made] == [
            ("visit", "conversation", "rpc_promise")
        ]
        [promise] = await service.rows("SELECT amount_minor, status FROM promises")
        assert promise == {"amount_minor": 24750, "status": "open"}
        assert state_of((await only(service, HandOffKind.VISIT)).hand_off) == "made"


def offset(country: str) -> int:
    return 8 if country == "CN" else -5


async def browse(service: Service, address: str, **form: str) -> tuple[int, str]:
    """Open the form, or send it."""
    method = "POST" if form else "GET"
    url = service.base_url + address
    async with service.runtime.http.request(
        method, url, params={"lang": "en"}, data=form or None
    ) as answer:
        return answer.status, unescape(await answer.text())


async def test_a_link_that_is_not_ours_or_has_lapsed_shows_nothing(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with late((database_url, redis_url), tmp_path, "US", 60) as service:
        await service.dispatch()
        ref = (await only(service, HandOffKind.VISIT)).hand_off.ref
        links = service.runtime.visit_links
        token = links.issue(ref, service.now + timedelta(hours=1))
        forged = token[:-1] + ("A" if token[-1] != "A" else "B")
        old = links.issue(ref, service.now)
        proposed_only = {forged: 404, old: 404, "x": 404, token: 410}
        for one, expected in proposed_only.items():
            for language in LANGUAGES:
                status, page = await browse(service, f"{PATH}{one}?lang={language}")
                assert (status, "Ada" in page) == (expected, False), one


async def test_a_dispute_at_the_door_stops_outreach_and_asks_somebody(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with late((database_url, redis_url), tmp_path, "US", 60) as service:
        await service.dispatch()
        ref = (await only(service, HandOffKind.VISIT)).hand_off.ref
        approver = Approver("Bea", "field")
        await approve(
            service.runtime, ref, approver, now=service.now, terms={"staff": ["Li", "Wu"]}
        )
        address = PATH + service.runtime.visit_links.issue(ref, service.now + timedelta(days=1))
        form = {"outcome": "refused", "at": "2026-11-23T12:00", "by": "Li", "dispute": "1"}
        status, _ = await browse(service, address, **form)

        assert status == 200
        holds = await service.rows("SELECT kind FROM holds WHERE released_at IS NULL")
        assert {one["kind"] for one in holds} == {"dispute"}
