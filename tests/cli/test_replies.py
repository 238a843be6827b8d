"""`outreach replies read`: what somebody read takes effect as if it had been understood."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from outreach.cli import main
from tests.cli.installation import point_commands
from tests.e2e.service import US_NUMBER, Service, a_service


@pytest.fixture
async def service(
    database_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> AsyncIterator[Service]:
    """A service with one borrower, whose reply wasn't understood."""
    point_commands(monkeypatch, tmp_path, database_url, redis_url)
    async with a_service(database_url, redis_url) as running:
        await running.post(running.borrower(), running.overdue(days=3))
        await running.fold()
        await running.dispatch()
        await running.twilio.inbound("+12125550143", US_NUMBER, "qwerty asdf zxcv")
        await running.receipts()
        yield running


async def run(*arguments: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, main, ["replies", "read", *arguments])


async def test_a_reply_is_read_as_a_promise(service: Service) -> None:
    [task] = await service.rows("SELECT task_id FROM tasks")
    promise = (str(task["task_id"]), "--as", "promise", "--by", "Li Wei")
    for wrong, words in (
        ((*promise,), "needs an open loan"),
        ((*promise, "--loan", "LN-9"), "no loan of this borrower"),
        ((*promise, "--loan", "LN-1"), "needs a day"),
        ((*promise, "--loan", "LN-1", "--amount", "ten"), "is no amount"),
        ((*promise[:-1], " "), "say who settles"),
        (("99", *promise[1:], "--day", "2026-11-27"), "no reply 99"),
    ):
        result = await run(*wrong)
        assert result.exit_code != 0
        assert words in result.output, result.output
    done = await run(*promise, "--loan", "LN-1", "--amount", "200", "--day", "2026-11-27")

    assert done.output == f"{task['task_id']}: promise\n"
    [kept] = await service.rows("SELECT amount_minor, status FROM promises")
    assert tuple(kept.values()) == (20000, "open")
    assert await service.rows("SELECT FROM tasks WHERE done_at IS NULL") == []
