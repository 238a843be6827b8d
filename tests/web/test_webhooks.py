"""POST /v1/signals/{source} over real HTTP and real PostgreSQL."""

import asyncio
import json
from collections import Counter
from typing import Any

import aiohttp
import pytest

from outreach.sources.signature import secret_key, sign
from outreach.sources.source import RawSignal, Source, inbox_aad
from tests.sources.builders import SECRET, a_source, an_event, put
from tests.sources.samples import NOW, PATH_SECRET, SAMPLES, Sample, sample
from tests.web.builders import Client, WebOnly, a_web, problem_of

CORE = f"/v1/signals/core/{PATH_SECRET}"
EVENT = {"Content-Type": "application/cloudevents+json"}


def address(one: Sample) -> str:
    """Return where this sample is posted."""
    slug = one.source().options.slug
    return f"/v1/signals/{slug}" if one.signed else f"/v1/signals/{slug}/{PATH_SECRET}"


async def post(client: Client, event: Any, *, to: str = CORE) -> aiohttp.ClientResponse:
    """Post one event and return the answer, read."""
    response = await client.post(to, data=json.dumps(event).encode(), headers=EVENT)
    await response.read()
    return response


async def rows(runtime: WebOnly, table: str = "inbox") -> int:
    """Return how many rows a table has."""
    count: int = await runtime.db.fetchval(f"SELECT count(*) FROM {table}")
    return count


@pytest.mark.parametrize("one", SAMPLES.values(), ids=lambda one: one.name)
async def test_a_sample_is_on_disk_once_it_was_answered(
    one: Sample, database_url: str, redis_url: str
) -> None:
    async with a_web(database_url, redis_url, one.source()) as (runtime, client):
        runtime.clock.at = one.at

        first = await client.post(address(one), data=one.body, headers=one.headers)
        stored = await rows(runtime)
        again = await client.post(address(one), data=one.body, headers=one.headers)

        if one.said.get("valid") is False or "415" in one.said["expected"]:
            assert first.status == (415 if "415" in one.said["expected"] else 401)
            await problem_of(first)
            assert (stored, runtime.woken) == (0, [])
        else:
            assert (first.status, again.status) == (202, 200)
            assert stored == len(one.source().split(one.request()))
            assert await rows(runtime) == stored
            assert runtime.woken == ["intake"]


@pytest.fixture
def core() -> Source:
    return a_source("cloudevents")


async def test_what_is_stored_is_encrypted_and_reads_back_byte_for_byte(
    database_url: str, redis_url: str, core: Source
) -> None:
    async with a_web(database_url, redis_url, core) as (runtime, client):
        body = sample("068").body
        assert (await client.post(CORE, data=body, headers=EVENT)).status == 202

        async with runtime.db.acquire() as conn:
            row = await conn.fetchrow("SELECT * FROM inbox")
            assert row is not None
            key = await runtime.vault.day_key(conn, "acme", NOW.date())

    assert b"+12025550143" not in row["body"]
    raw = RawSignal.unpack(key.decrypt(row["body"], inbox_aad("acme")))
    assert raw.body == body
    assert (row["lane"], row["signal_type"], row["source"]) == (0, "borrower.updated", "core")


async def test_one_event_in_binary_and_structured_mode_is_stored_once(
    database_url: str, redis_url: str
) -> None:
    one = sample("063").source()
    async with a_web(database_url, redis_url, one) as (runtime, client):
        results: list[Any] = []
        for told in map(sample, ("063", "077", "079")):
            response = await client.post(address(told), data=told.body, headers=told.headers)
            results.append([one["result"] for one in (await response.json())["signals"]])

        assert results == [["stored"], ["duplicate"], ["duplicate", "stored", "stored"]]
        assert await rows(runtime) == 3


async def test_a_used_id_with_another_body_is_kept_aside_once_and_alerted(
    database_url: str, redis_url: str, core: Source
) -> None:
    async with a_web(database_url, redis_url, core) as (runtime, client):
        other = put(an_event(), "data.days_past_due", 31)
        statuses = [(await post(client, event)).status for event in (an_event(), other, other)]
        again = await post(client, an_event())

        assert statuses == [202, 202, 202]
        assert again.status == 200
        assert (await rows(runtime), await rows(runtime, "quarantine")) == (1, 1)
        kept = await runtime.db.fetchrow("SELECT reason, subjects FROM quarantine")
        assert kept is not None
        assert (kept["reason"], len(kept["subjects"])) == ("conflict", 2)
        assert await runtime.db.fetchval("SELECT kind FROM alerts") == "signal_conflict"


async def test_a_batch_with_one_bad_item_stores_nothing(
    database_url: str, redis_url: str, core: Source
) -> None:
    headers = {"Content-Type": "application/cloudevents-batch+json"}
    batch = json.dumps([an_event("063"), put(an_event(), "data.days_past_due", 0)]).encode()
    async with a_web(database_url, redis_url, core) as (runtime, client):
        response = await client.post(CORE, data=batch, headers=headers)

        assert response.status == 422
        fields = [one["field"] for one in (await problem_of(response))["errors"]]
        assert fields == ["[1].data.days_past_due"]
        assert await rows(runtime) == 0


async def test_a_batch_that_repeats_itself_is_stored_once(
    database_url: str, redis_url: str, core: Source
) -> None:
    headers = {"Content-Type": "application/cloudevents-batch+json"}
    other = put(an_event(), "data.days_past_due", 31)
    batch = json.dumps([an_event(), an_event(), other]).encode()
    async with a_web(database_url, redis_url, core) as (runtime, client):
        response = await client.post(CORE, data=batch, headers=headers)

        results = [one["result"] for one in (await response.json())["signals"]]
        assert results == ["stored", "duplicate", "conflict"]
        assert (await rows(runtime), await rows(runtime, "quarantine")) == (1, 1)


async def test_a_money_float_is_refused_by_its_field(
    database_url: str, redis_url: str, core: Source
) -> None:
    async with a_web(database_url, redis_url, core) as (_, client):
        event = put(an_event(), "data.installment.outstanding", 242.5)

        problem = await problem_of(await post(client, event))

    assert problem["status"] == 422
    assert problem["errors"] == [
        {
            "field": "data.installment.outstanding",
            "wrong": "is a number with a fraction or exponent",
            "allowed": "a whole number of minor units, 0 to 9007199254740991",
        }
    ]


async def test_an_unknown_type_and_an_unmappable_payload_are_taken(
    database_url: str, redis_url: str, core: Source
) -> None:
    bridge = a_source("fineract_events", slug="bridge")
    async with a_web(database_url, redis_url, core, bridge) as (runtime, client):
        unknown = await post(client, an_event(type="loan.teleported"))
        foreign = await client.post(
            f"/v1/signals/bridge/{PATH_SECRET}", json={"type": "NewBusinessEvent", "data": {}}
        )

        assert (unknown.status, foreign.status) == (202, 202)
        assert await rows(runtime) == 2


@pytest.mark.parametrize(
    ("path", "status"),
    [
        pytest.param("/v1/signals/nobody", 404, id="no such source"),
        pytest.param("/v1/signals/core", 401, id="no proof at all"),
        pytest.param("/v1/signals/core/a-path-secret-of-24-characterz", 401, id="wrong address"),
        pytest.param("/v1/signals/core/a/b", 404, id="too many parts"),
        pytest.param("/v1/signals/", 404, id="no source named"),
        pytest.param("/v1/signals/core/%ff%00", 401, id="address that is no text"),
    ],
)
async def test_an_address_that_is_wrong_is_a_problem_document(
    path: str, status: int, database_url: str, redis_url: str, core: Source
) -> None:
    async with a_web(database_url, redis_url, core) as (_, client):
        response = await post(client, an_event(), to=path)

        assert (await problem_of(response))["status"] == status


async def test_other_methods_are_refused_with_those_that_are_taken(
    database_url: str, redis_url: str, core: Source
) -> None:
    async with a_web(database_url, redis_url, core) as (_, client):
        response = await client.put("/v1/signals/core")

        assert response.status == 405
        assert "POST" in response.headers["Allow"]
        await problem_of(response)


async def test_a_body_over_256_kib_is_too_large(
    database_url: str, redis_url: str, core: Source
) -> None:
    async with a_web(database_url, redis_url, core) as (runtime, client):
        event = put(an_event(), "data.note", "x" * 256 * 1024)
        too_large = await post(client, event)
        fits = await post(client, put(event, "data.note", "x" * 250 * 1024))

        assert (await problem_of(too_large))["status"] == 413
        assert fits.status == 202
        assert await rows(runtime) == 1


async def test_a_compressed_body_is_refused_since_the_signature_covers_raw_bytes(
    database_url: str, redis_url: str, core: Source
) -> None:
    async with a_web(database_url, redis_url, core) as (_, client):
        headers = EVENT | {"Content-Encoding": "gzip"}
        response = await client.post(CORE, data=b"{}", headers=headers)

        assert response.status == 415


async def test_a_source_over_its_rate_is_told_when_to_come_back(
    database_url: str, redis_url: str
) -> None:
    slow = a_source("cloudevents", rate_per_second=1)
    async with a_web(database_url, redis_url, slow) as (_, client):
        statuses = [(await post(client, an_event())).status for _ in range(3)]
        last = await post(client, an_event())

    assert statuses[:2] == [202, 200]
    assert last.status == 429
    assert int(last.headers["Retry-After"]) >= 1


async def test_the_cloudevents_handshake_allows_the_origin_that_asks(
    database_url: str, redis_url: str, core: Source
) -> None:
    async with a_web(database_url, redis_url, core) as (_, client):
        asked = {"WebHook-Request-Origin": "events.example"}
        response = await client.options("/v1/signals/core", headers=asked)
        unknown = await client.options("/v1/signals/nobody", headers=asked)

    assert response.status == 204
    assert response.headers["WebHook-Allowed-Origin"] == "events.example"
    assert int(response.headers["WebHook-Allowed-Rate"]) > 0
    assert unknown.status == 404


async def test_the_database_away_is_503_and_comes_back_by_itself(
    database_url: str, redis_url: str, core: Source
) -> None:
    async with a_web(database_url, redis_url, core) as (runtime, client):
        assert (await post(client, an_event())).status == 202
        await runtime.db.execute("ALTER TABLE signal_keys RENAME TO signal_keys_away")
        away = await post(client, an_event("063"))
        await runtime.db.execute("ALTER TABLE signal_keys_away RENAME TO signal_keys")
        back = await post(client, an_event("063"))

    assert (await problem_of(away))["status"] == 503
    assert int(away.headers["Retry-After"]) > 0
    assert back.status == 202


async def test_lost_connections_cost_one_retry(
    database_url: str, redis_url: str, core: Source
) -> None:
    end_all = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
    end_all += " AND datname = current_database()"
    async with a_web(database_url, redis_url, core) as (runtime, client):
        assert (await post(client, an_event())).status == 202
        async with runtime.db.acquire() as conn:
            await conn.execute(end_all)
        statuses = [(await post(client, an_event("063"))).status for _ in range(3)]

        assert set(statuses) <= {202, 200, 503}
        assert statuses[-1] in {200, 202}
        assert await rows(runtime) == 2


async def test_many_at_once_are_committed_in_few_statements(
    database_url: str, redis_url: str
) -> None:
    standard = a_source("standard", secrets=(SECRET,))
    body, stamp = sample("080").body, int(NOW.timestamp())
    async with a_web(database_url, redis_url, standard) as (runtime, client):

        async def send(number: int) -> int:
            headers = {
                "Content-Type": "application/json",
                "webhook-id": f"msg_{number}",
                "webhook-timestamp": str(stamp),
                "webhook-signature": sign(secret_key(SECRET), f"msg_{number}", stamp, body),
            }
            async with client.post("/v1/signals/core", data=body, headers=headers) as response:
                await response.read()
                return response.status

        statuses = Counter(await asyncio.gather(*(send(number % 150) for number in range(300))))
        assert statuses == {202: 150, 200: 150}
        assert await rows(runtime) == 150
        text = await (await client.get("/metrics")).text()

    counted = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    assert float(counted["outreach_commit_rows_sum"]) == 300
    assert float(counted["outreach_commit_rows_count"]) < 150
    name = 'outreach_signals_total{result="stored",source="core",type="installment.overdue"}'
    assert float(counted[name]) == 150
