"""Callbacks of vendors that sign nothing, over real HTTP: the secret address is all there is."""

import json
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from outreach.channels.aliyun_sms import AliyunSms
from outreach.usecases.receipts import fold_receipts
from outreach.web.callbacks import routes
from tests.channels.samples import FOLDER
from tests.channels.test_aliyun_sms import PATH_SECRET, Clock, options
from tests.usecases.builders import NOW, WALL, Office, an_office, attempt_of

PERSON = 7


@pytest.fixture
async def office(database_url: str) -> AsyncIterator[Office]:
    async with an_office(database_url) as found:
        yield found


@pytest.fixture
async def base(office: Office) -> AsyncIterator[str]:
    async with aiohttp.ClientSession() as session:
        office.providers["aliyun"] = AliyunSms("aliyun", options(), session, clock=Clock())
        app = web.Application()
        app.add_routes(routes(office))
        async with TestServer(app) as server:
            yield str(server.make_url("/providers/aliyun")).rstrip("/")


async def test_receipts_settle_contacts_and_are_answered_as_the_vendor_wants(
    office: Office, base: str
) -> None:
    await office.a_person(PERSON)
    reached, missed = [await office.a_contact(PERSON) for _ in range(2)]
    rows = json.loads((FOLDER / "160-aliyun-smsreport.json").read_text("utf-8"))
    for row, contact in zip(rows, (reached, missed), strict=True):
        row["out_id"] = attempt_of(PERSON, contact)

    async with aiohttp.ClientSession() as session:
        for _ in range(2):  # the vendor repeats itself
            async with session.post(f"{base}/status/{PATH_SECRET}", json=rows) as response:
                assert response.status == 200
                assert response.content_type == "application/json"
                assert await response.json() == {"code": 0, "msg": "成功"}

    assert await fold_receipts(office, now=NOW, wall_now=WALL) == 4
    states = [(await office.contact(one))["delivery_state"] for one in (reached, missed)]
    assert states == ["delivered", "undelivered"]
    assert (await office.contact(missed))["error_class"] == "invalid_address"


async def test_another_address_is_refused_and_the_right_one_is_kept_nowhere(
    office: Office, base: str
) -> None:
    async with aiohttp.ClientSession() as session:
        for secret in (PATH_SECRET[:-1], PATH_SECRET + "0", "secret", "%00"):
            async with session.post(f"{base}/status/{secret}", json=[]) as response:
                assert response.status == 403
        async with session.post(f"{base}/status", json=[]) as response:
            assert response.status == 404
        assert await office.rows("callbacks") == []
        async with session.post(f"{base}/status/{PATH_SECRET}?x=1", json=[]) as response:
            assert response.status == 200

    [kept] = await office.kept()
    assert PATH_SECRET.encode() not in kept
    assert b"status/?x=1" in kept.replace(b"\\/", b"/")
