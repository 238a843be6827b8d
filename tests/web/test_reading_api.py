"""What machines may read with a key: their lender's contacts and borrowers, and no others."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from outreach.domain.api_keys import KeyMode, Scope
from outreach.store.operators import list_actions
from outreach.usecases import api_keys
from outreach.usecases.api_keys import By, make_key, revoke_key, rotate_key
from outreach.web.api.machines import PER_SECOND
from tests.e2e.service import Service, a_service


@pytest.fixture
async def service(database_url: str, redis_url: str) -> AsyncIterator[Service]:
    """A lender, `acme`: one contact made, one blocked for want of a phone."""
    async with a_service(database_url, redis_url) as running:
        await running.post(running.borrower(), running.overdue(days=3))
        await running.post(
            running.borrower("BR-2", phones=[]),
            running.overdue(days=3, loan="LN-2", borrower="BR-2"),
        )
        await running.fold()
        await running.dispatch()
        await running.fold_contact_log()
        yield running


async def a_key(
    service: Service,
    *scopes: Scope,
    tenant: str = "acme",
    mode: KeyMode = KeyMode.LIVE,
    lasts: timedelta | None = None,
) -> api_keys.NewKey:
    now = service.runtime.clock.wall_now()
    async with service.runtime.db.acquire() as conn:
        return await make_key(
            conn,
            tenant,
            "the dialer",
            scopes or Scope,
            mode=mode,
            expires_at=now + lasts if lasts else None,
            by=By("li.wei", now),
        )


async def ask(
    service: Service, token: str, path: str, method: str = "GET", **query: str
) -> tuple[int, Any, Any]:
    """Return status, JSON and headers."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    url = f"{service.base_url}{path}"
    async with service.runtime.http.request(method, url, headers=headers, params=query) as answer:
        return answer.status, await answer.json(content_type=None), answer.headers


async def test_a_dialer_reads_contacts_and_asks_before_it_dials(service: Service) -> None:
    token = (await a_key(service)).token
    status, listed, headers = await ask(service, token, "/v1/contacts")
    assert status == 200
    assert headers["Cache-Control"] == "no-store"
    by_verdict = {one["verdict"]: one for one in listed["contacts"]}
    assert set(by_verdict) == {"allowed", "blocked"}
    assert listed["next"] is None
    assert by_verdict["allowed"]["channel"] == "sms"
    assert by_verdict["blocked"]["rule"] == "treatment.no_address"
    assert by_verdict["blocked"]["status"] is None
    assert "212555" not in str(listed)

    for one in listed["contacts"]:
        status, whole, _ = await ask(service, token, f"/v1/contacts/{one['id']}")
        assert status == 200
        assert whole["id"] == one["id"]
        assert whole["verdict"] == one["verdict"]
        assert len(whole["events"]) >= 1
        assert all(reason["words"]["zh"] for reason in whole["reasons"])

    status, stands, _ = await ask(service, token, "/v1/borrowers/BR-1")
    assert status == 200
    assert stands["loans"] == [
        {
            "loan": "LN-1",
            "status": "active",
            "currency": "USD",
            "past_due_minor": 24750,
            "days_past_due": 3,
            "oldest_unpaid_due_on": "2026-11-20",
        }
    ]
    assert stands["next_contact"]["at"] > stands["as_of"]
    assert stands["next_contact"]["loan"] == "LN-1"

    status, check, _ = await ask(service, token, "/v1/borrowers/BR-1/check", "POST")
    assert status == 200
    people = next(one for one in check["channels"] if one["by"] == "people")
    assert people["channel"] == "call"
    assert check["may_contact"] is any(one["may_contact"] for one in check["channels"])
    for one in check["channels"]:
        if one["verdict"] in {"defer", "block"}:
            assert all(reason["words"]["zh"] for reason in one["reasons"])

    async with service.runtime.db.acquire() as conn:
        kept = await list_actions(conn, None, 9)
    actions = [(one.login, one.tenant, one.action) for one in kept]
    login = f"key:{token.split('_')[2]}"
    assert (login, "acme", "POST /v1/borrowers/{borrower}/check") in actions
    assert (login, "acme", "GET /v1/contacts/{contact}") in actions
    assert not [one for one in kept if "BR-1" in one.subject], "the record outlives borrowers"


async def test_pages_go_on_where_the_one_before_ended(service: Service) -> None:
    token = (await a_key(service)).token
    seen, query = [], {"limit": "1"}
    for _ in range(3):
        status, page, _ = await ask(service, token, "/v1/contacts", **query)
        assert status == 200
        seen += [one["id"] for one in page["contacts"]]
        if page["next"] is None:
            break
        query["before"] = page["next"]
    assert len(seen) == len(set(seen)) == 2

    for wrong in (
        {"limit": "0"},
        {"limit": "x"},
        {"before": "-1"},
        {"verdict": "maybe"},
        {"from": "x"},
    ):
        assert (await ask(service, token, "/v1/contacts", **wrong))[0] == 400
    for query, count in (
        ({"verdict": "blocked"}, 1),
        ({"channel": "sms", "verdict": "allowed"}, 1),
        ({"from": "2020-01-01", "to": "2020-02-01"}, 0),
        ({"loan": "LN-1"}, 1),
        ({"borrower": "BR-1", "loan": "LN-1"}, 1),
        ({"borrower": "BR-2"}, 1),
        ({"borrower": "BR-1", "loan": "LN-2"}, 0),
        ({"borrower": "BR-9"}, 0),
    ):
        _, page, _ = await ask(service, token, "/v1/contacts", **query)
        assert len(page["contacts"]) == count, query


async def test_only_a_key_in_force_with_the_scope_gets_an_answer(service: Service) -> None:
    good = await a_key(service, Scope.CONTACTS_READ)
    short = await a_key(service, lasts=timedelta(microseconds=1))
    forged = good.token[:-1] + ("A" if good.token[-1] != "A" else "B")
    for token in ("", "x", "ork_live_nothere_secret", "ork_none_a_b", forged, short.token):
        status, problem, headers = await ask(service, token, "/v1/contacts")
        assert (status, problem["status"]) == (401, 401), token
        assert headers["WWW-Authenticate"].startswith("Bearer")
    status, problem, headers = await ask(service, good.token, "/v1/borrowers/BR-1")
    assert (status, problem["scope"]) == (403, "borrowers:read")
    assert "insufficient_scope" in headers["WWW-Authenticate"]
    rehearsal = await a_key(service, mode=KeyMode.TEST)
    assert (await ask(service, rehearsal.token, "/v1/contacts"))[0] == 403
    lender = service.runtime.settings.lenders["acme"].model_copy(update={"mode": "test"})
    changed = service.runtime.settings.model_copy(update={"lenders": {"acme": lender}})
    service.runtime.settings = changed
    assert (await ask(service, rehearsal.token, "/v1/contacts"))[0] == 200


async def test_another_lenders_key_finds_nothing(service: Service) -> None:
    settings = service.runtime.settings
    lenders = {**settings.lenders, "other": settings.lenders["acme"]}
    service.runtime.settings = settings.model_copy(update={"lenders": lenders})
    own = (await a_key(service)).token
    others = (await a_key(service, tenant="other")).token
    _, listed, _ = await ask(service, own, "/v1/contacts")
    assert (await ask(service, others, "/v1/contacts"))[1]["contacts"] == []
    for one in listed["contacts"]:
        assert (await ask(service, others, f"/v1/contacts/{one['id']}"))[0] == 404
    assert (await ask(service, others, "/v1/borrowers/BR-1"))[0] == 404
    assert (await ask(service, others, "/v1/borrowers/BR-1/check", "POST"))[0] == 404
    assert (await ask(service, own, "/v1/contacts/nothing"))[0] == 404
    assert (await ask(service, own, "/v1/contacts/1-9"))[0] == 404


async def test_a_revoked_key_is_refused_and_a_rotated_one_overlaps(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api_keys, "BELIEVED", timedelta(0))  # as if the second were over
    old = await a_key(service, lasts=timedelta(days=90))
    by = By("li.wei", service.runtime.clock.wall_now())
    async with service.runtime.db.acquire() as conn:
        new = await rotate_key(conn, old.key.prefix, ["acme"], by=by)
        for token in (old.token, new.token):
            assert (await ask(service, token, "/v1/contacts"))[0] == 200
        with pytest.raises(api_keys.KeyUnknownError):
            await revoke_key(conn, new.key.prefix, ["other"], by=by)
        await revoke_key(conn, new.key.prefix, ["acme"], by=by)
        with pytest.raises(api_keys.KeyUnknownError):
            await rotate_key(conn, new.key.prefix, ["acme"], by=by)
        kept = await conn.fetchrow("SELECT * FROM api_keys WHERE prefix = $1", old.key.prefix)
    assert (await ask(service, new.token, "/v1/contacts"))[0] == 401
    assert kept is not None
    assert kept["expires_at"] == by.at + api_keys.OVERLAP
    assert kept["last_used_at"].minute == 0
    assert old.token.encode() not in bytes(kept["secret_hash"])
    assert old.token not in repr(old)


async def test_a_key_that_asks_too_much_waits(service: Service) -> None:
    token = (await a_key(service)).token
    asked = (ask(service, token, "/v1/contacts/1-9") for _ in range(int(PER_SECOND * 12)))
    answers = await asyncio.gather(*asked)
    assert {status for status, _, _ in answers} == {404, 429}
    assert all(int(headers["Retry-After"]) for status, _, headers in answers if status == 429)


async def test_what_makes_no_key(service: Service) -> None:
    now = service.runtime.clock.wall_now()
    async with service.runtime.db.acquire() as conn:
        for name, scopes, ends in (
            (" ", [Scope.CONTACTS_READ], None),
            ("x" * 81, [Scope.CONTACTS_READ], None),
            ("dialer", [], None),
            ("dialer", [Scope.CONTACTS_READ], now),
        ):
            with pytest.raises(ValueError, match=r"name|scope|expired"):
                await make_key(
                    conn, "acme", name, scopes, mode=KeyMode.LIVE, expires_at=ends, by=By("a", now)
                )


async def test_the_description_says_how_a_key_is_sent(service: Service) -> None:
    async with service.runtime.http.get(f"{service.base_url}/v1/openapi.json") as answer:
        document: Any = await answer.json()
    assert document["components"]["securitySchemes"]["apiKey"]["scheme"] == "bearer"
    operation = document["paths"]["/v1/borrowers/{borrower}/check"]["post"]
    assert operation["security"] == [{"apiKey": []}]
    assert "borrowers:check" in operation["description"]
    assert {"401", "403", "404", "429"} <= set(operation["responses"])
