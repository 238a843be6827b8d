"""An opt-out in any words: what it binds, the one confirmation, and the review by a person."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from outreach.cli import main
from outreach.store.bodies import decode_body
from outreach.usecases.confirming import confirm_opt_outs
from tests.cli.installation import point_commands
from tests.e2e.service import NOON, US_NUMBER, Service, a_service
from tests.e2e.test_way import ADA, run

CONFIRMED = "Acme Lending: You are opted out. We will send no more text messages."


@pytest.fixture
async def service(
    database_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> AsyncIterator[Service]:
    """A borrower who was written to once, and the commands pointed at the same database."""
    point_commands(monkeypatch, tmp_path, database_url, redis_url)
    async with a_service(database_url, redis_url) as running:
        await run(running, running.borrower(), running.overdue(days=3))
        yield running


async def says(service: Service, text: str, *, opt_out: str = "") -> None:
    assert await service.twilio.inbound(ADA, US_NUMBER, text, opt_out=opt_out or None) == 200  # fmt: skip
    await service.receipts()


async def confirm(service: Service) -> int:
    taken = await confirm_opt_outs(service.runtime, service.sender)
    await service.receipts()
    return taken


async def confirmations(service: Service) -> list[Any]:
    return [row for row in await service.contacts() if row["purpose"] == "opt_out_confirmation"]


async def command(*arguments: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, main, arguments)


async def waiting(service: Service) -> list[Any]:
    return await service.rows("SELECT * FROM tasks WHERE done_at IS NULL")


async def test_a_request_in_words_is_confirmed_once_and_ends_texting(service: Service) -> None:
    await says(service, "please stop texting me")

    assert await confirm(service) == 1
    [made] = await confirmations(service)
    assert made["outcome"] in {"sent", "delivered", "pending"}
    assert [one.form["Body"] for one in service.twilio.creates][-1] == CONFIRMED
    [decided] = [row for row in await service.log() if row.get("step") == "opt_out_confirmation"]
    assert decided["words"] == CONFIRMED
    assert decided["action"]["content"] == ["agent_name", "lender_name", "opt_out_confirmed", "signature"]  # fmt: skip

    await says(service, "I said stop texting me")
    await confirm(service)
    assert len(await confirmations(service)) == 1
    await service.move_to(NOON + timedelta(days=4))
    await run(service, service.overdue(days=7))
    assert len(await service.contacts()) == 2


async def test_what_the_provider_answered_is_not_confirmed_again(service: Service) -> None:
    await says(service, "Stop", opt_out="STOP")
    assert await confirm(service) == 0

    await says(service, "STOP")
    assert await confirm(service) == 1  # taken, and left to the carrier
    assert await confirmations(service) == []


async def test_a_word_that_no_carrier_knows_is_confirmed(service: Service) -> None:
    await says(service, "退订")
    await confirm(service)
    assert len(await confirmations(service)) == 1


async def test_a_confirmation_that_comes_too_late_isnt_sent(service: Service) -> None:
    await says(service, "please stop texting me")
    await service.move_to(NOON + timedelta(minutes=6))

    await confirm(service)

    assert await confirmations(service) == []
    blocked = (await service.log())[-1]
    assert blocked["kind"] == "blocked"
    assert "opt_out.confirmation_late" in str(blocked["tried"])


async def test_a_request_about_calls_is_not_confirmed_by_text(service: Service) -> None:
    await says(service, "no more calls, text only")

    assert await confirm(service) == 0
    rows = await service.rows(
        "SELECT channel, purpose, endpoint_id FROM consents WHERE status = 'revoked'"
    )
    assert rows == [{"channel": "call", "purpose": "*", "endpoint_id": ""}]
    await service.move_to(NOON + timedelta(days=4))
    assert len(await run(service, service.overdue(days=7))) == 2


async def test_a_cease_ends_everything_and_is_told_as_one(service: Service) -> None:
    await says(service, "do not contact me again in any way")

    rows = await service.rows("SELECT kind, policy, channel, case_ref FROM holds")
    assert [(row["kind"], row["policy"], row["channel"]) for row in rows] == [("cease", "stop_all", "")]  # fmt: skip
    [suppressed] = await service.rows("SELECT medium FROM suppressions")
    assert suppressed["medium"] == "all"


async def test_a_doubtful_reply_waits_until_an_operator_says_it_was_none(service: Service) -> None:
    await says(service, "ugh these texts")
    await service.move_to(NOON + timedelta(days=4))
    assert len(await run(service, service.overdue(days=7))) == 1

    listed = await command("replies", "list")
    assert listed.exit_code == 0, listed.output
    assert "ugh these texts" in listed.output
    assert "channel held" in listed.output
    assert "read as unclear" in listed.output
    [task] = await waiting(service)
    settled = await command("replies", "resolve", str(task["task_id"]), "--no-opt-out", "--by", "Li Wei", "--why", "a sigh")  # fmt: skip
    assert settled.exit_code == 0, settled.output
    assert "no opt-out" in settled.output

    assert await waiting(service) == []
    [hold] = await service.rows("SELECT released_at FROM holds")
    assert hold["released_at"] is not None
    said = (await service.log())[-1]
    assert (said["kind"], said["by"], said["type"]) == ("operator", "Li Wei", "reply.settled")
    assert said["said"]["why"] == "a sigh"
    await service.dispatch()
    assert len(await service.contacts()) == 2
    assert "no reply is waiting" in (await command("replies", "list", "--lender", "acme")).output
    gone = await command(
        "replies", "resolve", str(task["task_id"]), "--no-opt-out", "--by", "Li Wei"
    )
    assert gone.exit_code == 1
    assert "no reply" in gone.output


async def test_an_operator_may_say_that_it_was_one_after_all(service: Service) -> None:
    await says(service, "ugh these texts")
    [task] = await waiting(service)

    settled = await command("replies", "resolve", str(task["task_id"]), "--opt-out", "medium", "--by", "Li Wei")  # fmt: skip

    assert settled.exit_code == 0, settled.output
    [revoked] = await service.rows("SELECT channel FROM consents WHERE status = 'revoked'")
    [suppressed] = await service.rows("SELECT medium, origin FROM suppressions")
    assert (revoked["channel"], suppressed["medium"], suppressed["origin"]) == ("sms", "sms", "operator")  # fmt: skip
    await service.move_to(NOON + timedelta(days=4))
    assert len(await run(service, service.overdue(days=7))) == 1


@pytest.mark.parametrize(("scope", "held", "wide"), [("endpoint", 0, 0), ("all", 1, 1)])
async def test_an_operator_says_how_much_it_was_about(
    service: Service, scope: str, held: int, wide: int
) -> None:
    await says(service, "ugh these texts")
    [task] = await waiting(service)

    settled = await command(
        "replies",
        "resolve",
        str(task["task_id"]),
        "--opt-out",
        scope,
        "--medium",
        "call",
        "--by",
        "Li Wei",
    )

    assert settled.exit_code == 0, settled.output
    assert len(await service.rows("SELECT 1 FROM suppressions")) == 1
    assert len(await service.rows("SELECT 1 FROM consents WHERE status = 'revoked'")) == wide
    assert len(await service.rows("SELECT 1 FROM holds WHERE kind = 'cease'")) == held


async def test_a_misread_request_is_taken_back(service: Service) -> None:
    await says(service, "do not contact me again in any way")
    [task] = await waiting(service)

    settled = await command("replies", "resolve", str(task["task_id"]), "--no-opt-out", "--by", "Li Wei")  # fmt: skip

    assert settled.exit_code == 0, settled.output
    assert await service.rows("SELECT 1 FROM suppressions") == []
    assert await service.rows("SELECT 1 FROM consents WHERE status = 'revoked'") == []
    assert await service.rows("SELECT 1 FROM holds WHERE released_at IS NULL") == []


async def test_what_was_asked_at_another_time_stays_bound(service: Service) -> None:
    await says(service, "退订")
    await says(service, "stop texting me lol")
    await says(service, "stop texting me")
    tasks = await waiting(service)

    last = await command("replies", "resolve", str(tasks[-1]["task_id"]), "--no-opt-out", "--by", "Li Wei")  # fmt: skip

    assert "stays closed by another request" in last.output
    assert len(await service.rows("SELECT 1 FROM suppressions")) == 1


async def test_what_is_said_is_checked_first(service: Service) -> None:
    await says(service, "ugh these texts")
    for wrong in (
        ("1", "--by", "Li Wei"),
        ("1", "--by", "Li Wei", "--no-opt-out", "--opt-out", "all"),
        ("1", "--by", "Li Wei", "--no-opt-out", "--medium", "sms"),
        ("1", "--by", " ", "--no-opt-out"),
    ):
        assert (await command("replies", "resolve", *wrong)).exit_code == 2


async def test_the_words_of_an_erased_person_are_gone(service: Service) -> None:
    await says(service, "ugh these texts")
    async with service.runtime.db.acquire() as conn:
        await conn.execute("UPDATE persons SET wrapped_key = NULL")
    [task] = await waiting(service)

    assert "(erased)" in (await command("replies", "list")).output
    settled = await command("replies", "resolve", str(task["task_id"]), "--no-opt-out", "--by", "Li Wei")  # fmt: skip
    assert settled.exit_code == 1
    assert "erased" in settled.output


async def test_what_an_agent_noted_binds_and_is_reviewed(service: Service) -> None:
    contact = {
        "id": "crm-1", "channel": "call", "direction": "in", "outcome": "inbound_conversation",
        "at": NOON.isoformat(), "note": "Cust asked not be texted any more",
    }  # fmt: skip
    await service.post(
        service.signal(
            "contact.recorded", "borrower/BR-1", borrower={"id": "BR-1"}, contact=contact
        )
    )
    await service.fold()

    [revoked] = await service.rows("SELECT channel FROM consents WHERE status = 'revoked'")
    assert revoked["channel"] == "sms"
    listed = await command("replies", "list")
    assert "Cust asked not be texted any more" in listed.output
    assert "nothing held" in listed.output
    await service.move_to(NOON + timedelta(days=4))
    await run(service, service.overdue(days=7))
    assert [row["channel"] for row in await service.contacts()].count("sms") == 1


async def test_how_many_replies_wait_and_since_when_is_shown(service: Service) -> None:
    await says(service, "ugh these texts")
    await service.move_to(NOON + timedelta(hours=2))

    async with service.runtime.http.get(f"{service.base_url}/metrics") as answer:
        text = await answer.text()

    assert 'outreach_waiting{queue="replies"} 1.0' in text
    assert 'outreach_waiting_oldest_seconds{queue="replies"} 7200.0' in text


async def test_no_word_of_a_note_lies_open(service: Service) -> None:
    await says(service, "ugh these texts")
    [task] = await waiting(service)
    assert b"ugh" not in task["note"]
    assert decode_body(b'{"a":1}') == {"a": 1}
