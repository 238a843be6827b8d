"""What every answer carries, and the endpoints beside the webhooks."""

import re
from typing import Any

import jsonschema_rs
import pytest
from aiohttp import web

from outreach.sources.schema import TYPES
from outreach.sources.source import Source
from tests.sources.builders import a_source, an_event
from tests.sources.samples import SAMPLES
from tests.web.builders import a_web, problem_of


@pytest.fixture
def core() -> Source:
    return a_source("cloudevents")


@pytest.mark.parametrize("path", ["/healthz", "/v1/openapi.json", "/v1/docs", "/nothing"])
async def test_every_answer_has_an_id_and_security_headers(
    path: str, database_url: str, redis_url: str, core: Source
) -> None:
    async with a_web(database_url, redis_url, core) as (_, client):
        response = await client.get(path)
        named = await client.get(path, headers={"X-Request-Id": "abc-1"})
        forged = await client.get(path, headers={"X-Request-Id": "a b<script>"})

    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    assert response.headers["X-Request-Id"]
    assert named.headers["X-Request-Id"] == "abc-1"
    assert "<" not in forged.headers["X-Request-Id"]


async def test_the_schemas_are_published_and_accept_the_samples(
    database_url: str, redis_url: str, core: Source
) -> None:
    async with a_web(database_url, redis_url, core) as (_, client):
        index = (await (await client.get("/v1/schemas/")).json())["schemas"]
        schemas: dict[str, Any] = {}
        for name, path in index.items():
            response = await client.get(path)
            assert response.content_type == "application/schema+json"
            schemas[name] = await response.json(content_type=None)
        missing = await client.get("/v1/schemas/nothing")
        assert (await problem_of(missing))["status"] == 404

    assert set(TYPES) < set(schemas)
    signal = jsonschema_rs.Draft202012Validator(schemas["signal"])
    for one in SAMPLES.values():
        if one.said["source"] == "canonical.cloudevent.structured":
            assert signal.is_valid(an_event(one.name[:3])), one.name
    for schema in schemas.values():
        jsonschema_rs.Draft202012Validator(schema)


async def test_the_openapi_document_describes_every_route_that_is_served(
    database_url: str, redis_url: str, core: Source
) -> None:
    async with a_web(database_url, redis_url, core) as (_, client):
        document = await (await client.get("/v1/openapi.json")).json()
        routes = {
            (route.method, route.resource.canonical)
            for route in client.app.router.routes()
            if route.resource is not None and route.method not in {"HEAD", "*"}
        }

    described = {
        (method.upper(), path) for path, methods in document["paths"].items() for method in methods
    }
    assert document["openapi"].startswith("3.1")
    assert described == routes
    post = document["paths"]["/v1/signals/{source}"]["post"]
    assert {"200", "202", "400", "401", "413", "415", "422", "429", "503"} <= set(post["responses"])


async def test_the_page_needs_nothing_from_elsewhere_and_no_script(
    database_url: str, redis_url: str, core: Source
) -> None:
    async with a_web(database_url, redis_url, core) as (_, client):
        response = await client.get("/v1/docs")
        page = await response.text()

    assert "/v1/signals/{source}" in page
    assert "<script" not in page
    assert not re.findall(r"""(?:src|href)=["'](?:https?:)?//""", page)
    assert "script-src" not in response.headers["Content-Security-Policy"]
    assert "unsafe" not in response.headers["Content-Security-Policy"]


async def test_a_live_process_with_both_servers_is_ready(
    database_url: str, redis_url: str, core: Source
) -> None:
    async with a_web(database_url, redis_url, core) as (_, client):
        assert (await client.get("/healthz")).status == 200
        response = await client.get("/readyz")

        assert response.status == 200
        assert await response.json() == {
            "status": "ready",
            "checks": {"database": "ok", "redis": "ok"},
        }


async def test_without_redis_it_still_takes_signals_and_says_so(
    database_url: str, core: Source
) -> None:
    async with a_web(database_url, "redis://127.0.0.1:1", core) as (_, client):
        response = await client.get("/readyz")

        assert response.status == 200
        assert (await response.json())["checks"] == {"database": "ok", "redis": "ConnectionError"}


async def test_without_the_database_it_is_not_ready(
    database_url: str, redis_url: str, core: Source
) -> None:
    async with a_web(database_url, redis_url, core) as (runtime, client):
        await runtime.db.close()
        response = await client.get("/readyz")

        assert response.status == 503
        assert (await response.json())["checks"]["database"] == "InterfaceError"


async def test_a_defect_of_ours_is_a_problem_document_that_tells_nothing(
    database_url: str, redis_url: str, core: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_web(database_url, redis_url, core) as (runtime, client):

        def broken() -> None:
            raise RuntimeError("+12025550143")

        monkeypatch.setattr(runtime.clock, "webhook_now", broken)
        response = await client.post("/v1/signals/core/some-secret", json=an_event())

        assert "555" not in str(await problem_of(response))
        assert response.status == 500


async def test_routes_of_other_parts_are_answered_alike(
    database_url: str, redis_url: str, core: Source
) -> None:
    async def broken(_: web.Request) -> web.Response:
        raise RuntimeError("defect")

    async def page(_: web.Request) -> web.Response:
        return web.Response(text="page", headers={"Content-Security-Policy": "default-src 'self'"})

    routes = [web.get("/page", page), web.post("/broken", broken)]
    async with a_web(database_url, redis_url, core, routes=routes) as (_, client):
        found = await client.get("/page")
        head = await client.head("/page")
        failed = await client.post("/broken")
        refused = await client.delete("/page")

        assert found.headers["Content-Security-Policy"] == "default-src 'self'"
        assert found.headers["X-Content-Type-Options"] == "nosniff"
        assert head.status == 200
        assert (await problem_of(failed))["status"] == 500
        assert (await problem_of(refused))["status"] == 405
        assert refused.headers["Allow"] == "GET,HEAD"
