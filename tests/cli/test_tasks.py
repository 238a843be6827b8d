"""`outreach tasks`: one list of what only people can do, on a real database."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from outreach.cli import main
from tests.cli.installation import point_commands
from tests.e2e.service import NOON, Service, a_service
from tests.e2e.signals import a_dispute


@pytest.fixture
async def service(
    database_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> AsyncIterator[Service]:
    """A service with one borrower who disputes a loan, and the command pointed at it."""
    point_commands(monkeypatch, tmp_path, database_url, redis_url)
    deadlines = {"task_deadlines": {"dispute": "P2D"}}
    async with a_service(database_url, redis_url, lender=deadlines) as running:
        await running.post(running.borrower(), running.overdue(days=3), a_dispute(running))
        await running.fold()
        yield running


async def run(*arguments: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, main, ["tasks", *arguments])


async def metrics(service: Service) -> str:
    async with service.runtime.http.get(f"{service.base_url}/metrics") as answer:
        return str(await answer.text())


async def test_a_task_is_listed_taken_closed_and_stays_on_record(service: Service) -> None:
    listed = await run("list")
    assert listed.exit_code == 0, listed.output
    assert "by 2026-11-25" in listed.output
    assert "dispute  open  acme borrower BR-1 loan LN-1" in listed.output
    number = listed.output.split()[0]
    assert 'outreach_tasks{kind="dispute",state="open"} 1.0' in await metrics(service)

    taken = await run("take", number, "--by", "Li Wei")
    assert "taken" in taken.output
    assert "(Li Wei)" in taken.output
    other = await run("take", number, "--by", "Ada")
    assert "Li Wei has task" in other.output
    assert (await run("take", number, "--by", "Ada", "--over")).exit_code == 0

    await service.move_to(NOON + timedelta(days=3))
    late = await run("list", "--overdue", "--kind", "dispute", "--lender", "acme")
    assert late.exit_code == 1
    assert "OVERDUE" in late.output
    assert 'outreach_tasks{kind="dispute",state="overdue"} 1.0' in await metrics(service)

    closed = await run("close", number, "--by", "Ada", "--outcome", "rejected", "--why", "no proof")
    assert "done: rejected" in closed.output
    shown = await run("show", number)
    assert "statement: I paid this in October" in shown.output
    assert "closed.by: Ada" in shown.output
    assert "closed.why: no proof" in shown.output
    assert (await run("list")).output == "nothing waits for people\n"
    assert "done: rejected" in (await run("list", "--all")).output
    said = [row["type"] for row in await service.log() if row["kind"] == "operator"]
    assert said == ["task.taken", "task.taken", "task.closed"]
    [stored] = await service.rows("SELECT note FROM tasks")
    assert b"October" not in stored["note"]


async def test_the_platforms_word_closes_a_task(service: Service) -> None:
    await service.post(a_dispute(service, "rejected"))
    await service.fold()

    assert (await run("list")).output == "nothing waits for people\n"
    [task] = await service.rows("SELECT state, outcome FROM tasks")
    assert task == {"state": "done", "outcome": "rejected"}


async def test_what_cant_be_done_is_said(service: Service) -> None:
    number = str((await service.rows("SELECT task_id FROM tasks"))[0]["task_id"])
    for words, said in (
        (("close", "999", "--by", "Ada", "--outcome", "done"), "no task 999 waits"),
        (("close", number, "--by", "Ada", "--outcome", "Not A Word"), "one plain word"),
        (("close", number, "--by", " ", "--outcome", "done"), "--by is empty"),
    ):
        answer = await run(*words)
        assert answer.exit_code != 0
        assert said in answer.output
    canceled = await run("close", number, "--by", "Ada", "--outcome", "mistaken", "--cancel")
    assert "canceled: mistaken" in canceled.output
    await service.rows("UPDATE persons SET wrapped_key = NULL")
    assert "(erased)" in (await run("show", number)).output


async def test_what_somebody_tells_an_operator_is_held_and_waits(service: Service) -> None:
    brought = await run(
        "bring", "hardship", "--loan", "LN-1", "--by", "Ada", "--statement", "lost my job"
    )

    assert brought.exit_code == 0, brought.output
    holds = await service.rows("SELECT kind, word FROM holds WHERE kind = 'hardship'")
    assert holds == [{"kind": "hardship", "word": "requested"}]
    listed = await run("list", "--kind", "hardship")
    assert "hardship  open  acme borrower BR-1 loan LN-1" in listed.output
    assert "statement: lost my job" in (await run("show", listed.output.split()[0])).output
    nobody = await run("bring", "dispute", "--borrower", "BR-9", "--by", "Ada")
    assert "nobody of this lender is known" in nobody.output
    stranger = await run(
        "bring", "complaint", "--borrower", "BR-1", "--only-loan", "LN-9", "--by", "Ada"
    )
    assert "not a loan of this person" in stranger.output
