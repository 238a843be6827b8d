"""`outreach providers`: how accounts fare, checks that send nothing, tests that are no contacts."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from click.testing import CliRunner, Result

from outreach.channels.provider import RawCallback, StatusUpdate
from outreach.cli import main
from outreach.domain.contacts import TESTER, Report, attempt_id
from outreach.domain.vocabulary import DeliveryState
from outreach.store.circuits import open_circuit
from outreach.usecases.senders import SenderBook
from outreach.usecases.take_callback import Arrival, CallbackDesk
from tests.cli.installation import point_commands
from tests.e2e.service import Service, a_service

GUEST = "+12125550111"
BORROWER = "+12125550143"
BY = ("--by", "Ada")


@pytest.fixture
async def service(
    database_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> AsyncIterator[Service]:
    """A service with one borrower, and the command pointed at it; it knows one guest."""
    point_commands(monkeypatch, tmp_path, database_url, redis_url)
    monkeypatch.setenv("OUTREACH_LENDERS__ACME__GUESTS", json.dumps([GUEST, "Ada@acme.example"]))
    async with a_service(database_url, redis_url) as running:
        await running.post(running.borrower())
        await running.fold()
        yield running


async def run(*arguments: str, said: str = "") -> Result:
    return await asyncio.to_thread(CliRunner().invoke, main, arguments, said)


async def send(*arguments: str, said: str = "") -> Result:
    return await run("providers", "send-test", "acme", "main", *arguments, said=said)


async def test_accounts_are_listed_with_how_they_fare(service: Service) -> None:
    usual = (await run("providers", "list")).output
    assert "carrier" in usual
    assert "acme.main (sms)" in usual
    assert "answers" in usual

    now = service.runtime.clock.wall_now()
    async with service.runtime.db.acquire() as conn:
        await open_circuit(conn, "carrier", at=now, wait=timedelta(seconds=15), reason="timeout")
        await conn.execute(
            "INSERT INTO account_health VALUES ('carrier', 0.25, 4, '9 of 20 failed', $1)", now
        )
    await service.post(service.overdue())
    await service.fold()
    await service.dispatch()
    await service.rows(
        "UPDATE contacts SET provider = 'carrier', error_class = 'unknown' RETURNING 1"
    )

    shown = " ".join((await run("providers", "list")).output.split())
    assert "circuit open since" in shown
    assert "25% since" in shown
    async with service.runtime.http.get(f"{service.base_url}/metrics") as answer:
        assert 'outreach_account_share{account="carrier"} 0.25' in await answer.text()
    assert "1 contacts, 1 failed, 0 unknown" in shown


async def test_an_account_without_a_call_that_sends_nothing_is_said_to_have_none(
    service: Service,
) -> None:
    checked = await run("providers", "check")
    assert checked.exit_code == 0
    assert checked.output == "carrier: cannot tell (the vendor has no call that sends nothing)\n"
    unknown = await run("providers", "check", "nobody")
    assert unknown.exit_code == 2
    assert "there are carrier" in unknown.output
    assert await service.contacts() == []


async def test_a_refused_account_is_shown_in_red_and_by_the_exit_status(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = {
        "account_sid": "AC" + "1" * 32,
        "auth_tokens": ["t"],
        "base_url": service.twilio.base_url,
    }
    monkeypatch.setenv("OUTREACH_PROVIDERS__TWILIO__ADAPTER", "twilio_sms")
    for name, value in options.items():
        text = value if isinstance(value, str) else json.dumps(value)
        monkeypatch.setenv(f"OUTREACH_PROVIDERS__TWILIO__OPTIONS__{name.upper()}", text)

    checked = await run("providers", "check", "twilio")

    assert (checked.exit_code, checked.output) == (1, "twilio: refused (error 20003)\n")


async def test_a_test_goes_to_a_guest_and_is_logged_as_what_it_is(service: Service) -> None:
    sent = await send(GUEST, *BY)
    assert sent.exit_code == 0, sent.output
    assert sent.output.startswith("accepted as SB")
    registered = await send(GUEST, *BY, "--template", "overdue_early")
    assert registered.exit_code == 0, registered.output

    assert await service.contacts() == []
    lines = (await run("pauses", "history")).output.splitlines()
    assert len(lines) == 4
    assert all("sender.tested sender +12125550100  by Ada: " in line for line in lines)
    assert "about to be sent" in lines[1]
    assert GUEST not in "".join(lines)


async def test_others_only_get_one_after_a_question_and_borrowers_never(service: Service) -> None:
    stranger = await send("+12125550112", *BY)
    assert (stranger.exit_code, "isn't among the lender's `guests`" in stranger.output) == (1, True)
    unsure = await send("+12125550112", *BY, "--live", said="n\n")
    assert unsure.exit_code == 1
    assert await service.rows("SELECT 1 FROM contact_events WHERE kind = 'operator'") == []

    borrower = await send(BORROWER, *BY, "--live", said="y\n")
    assert (borrower.exit_code, "is a borrower's" in borrower.output) == (1, True)
    asked = await send("+12125550112", *BY, "--live", said="y\n")
    assert asked.exit_code == 0, asked.output


async def test_the_kill_switch_holds_for_tests(service: Service) -> None:
    await run("pauses", "place", "everything", *BY, "--reason", "stop")

    stopped = await send(GUEST, *BY)

    assert (stopped.exit_code, "everything is paused" in stopped.output) == (1, True)


async def test_what_makes_no_sense_is_refused(service: Service) -> None:
    for arguments, said in (
        ((GUEST, "--by", " "), "--by is empty"),
        ((GUEST, *BY, "--template", "pre_due", "--locale", "fr-FR"), "fr-FR"),
    ):
        result = await send(*arguments)
        assert result.exit_code != 0
        assert said in result.output or said in str(result.exception)
    wrong = await run("providers", "send-test", "nobody", "main", GUEST, *BY)
    assert "there are acme" in wrong.output
    wrong = await run("providers", "send-test", "acme", "nobody", GUEST, *BY)
    assert "there are main" in wrong.output
    assert await service.contacts() == []


async def test_what_came_of_a_test_is_logged_and_nothing_waits_for_it(service: Service) -> None:
    event = StatusUpdate(attempt_id(TESTER, uuid4()), "SM1", Report(DeliveryState.DELIVERED))
    runtime = service.runtime
    desk = CallbackDesk(runtime.db, runtime.vault, SenderBook(runtime.settings))
    raw = RawCallback("sms/status", "/twilio/sms/status", {}, b"MessageStatus=delivered")
    await desk.put(Arrival("twilio", raw, [event], runtime.clock.wall_now()))

    await service.receipts()

    assert await service.rows("SELECT 1 FROM callbacks") == []
    assert await service.rows("SELECT 1 FROM alerts") == []
    [line] = (await run("pauses", "history")).output.splitlines()
    assert "sender.test_report sender  by twilio: delivered" in line
