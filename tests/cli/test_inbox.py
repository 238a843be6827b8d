"""`outreach inbox`: what could not take effect is shown to people, and tried again."""

import asyncio
import re
from pathlib import Path

import asyncpg
import pytest
from click.testing import CliRunner, Result
from pydantic import SecretStr

from outreach.cli import main
from outreach.settings.credentials import master_key
from outreach.store.pool import open_pool
from outreach.store.vault import Vault
from outreach.usecases.receive import GroupCommit, receive
from tests.sources.builders import a_request, a_source, an_event, put
from tests.sources.samples import NOW, PATH_SECRET

KEY = SecretStr("MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=")


@pytest.fixture(autouse=True)
def installation(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, database_url: str, redis_url: str
) -> None:
    """Point the command at this test's servers."""
    path = tmp_path / "outreach.toml"
    path.write_text("")
    monkeypatch.setenv("OUTREACH_CONFIG", str(path))
    monkeypatch.setenv("OUTREACH_DATABASE_URL", database_url)
    monkeypatch.setenv("OUTREACH_REDIS_URL", redis_url)
    monkeypatch.setenv("OUTREACH_MASTER_KEY", KEY.get_secret_value())


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["inbox", *arguments])


def receive_a_conflict(database_url: str) -> None:
    """Tell one signal, then another under its id."""

    async def tell() -> None:
        pool = await open_pool(database_url, size=1)
        commit = GroupCommit(
            pool, Vault(master_key(KEY.get_secret_value())), wake=lambda kind: None
        )
        for days in (30, 31):
            request = a_request(put(an_event(), "data.days_past_due", days))
            await receive(
                a_source("cloudevents"),
                commit,
                headers=request.headers,
                body=request.body,
                path_secret=PATH_SECRET,
                webhook_now=NOW,
                business_now=NOW,
                wall_now=NOW,
            )
        await pool.close()

    asyncio.run(tell())


def test_an_empty_inbox_says_so() -> None:
    assert "quarantine is empty" in run("list").output
    assert "nothing is waiting" in run("list", "--pending").output


def test_a_conflict_is_listed_with_its_reason_and_the_way_out(database_url: str) -> None:
    receive_a_conflict(database_url)

    listed = run("list").output

    assert "acme/core  installment.overdue" in listed
    assert "conflict: this id came before with another body" in listed
    assert "mend: " in listed
    assert "acme/core  installment.overdue" in run("list", "--pending", "--lender", "acme").output
    assert "empty" in run("list", "--lender", "another").output


def test_a_row_is_shown_as_it_was_sent_and_replayed_with_a_new_try(database_url: str) -> None:
    receive_a_conflict(database_url)
    number = re.search(r"\d+", run("list").output)
    assert number is not None

    shown = run("show", number[0])
    replayed = run("replay", number[0])
    again = run("replay", number[0])

    assert '"days_past_due": 31' in shown.output
    assert "urn:lender:acme:core" in shown.output
    assert (replayed.exit_code, again.exit_code) == (0, 1)
    assert "back in the inbox" in replayed.output
    assert "not in quarantine" in again.output
    assert '"days_past_due": 31' in run("show", number[0]).output

    async def tries() -> list[int]:
        conn = await asyncpg.connect(database_url)
        try:
            return [row["tries"] for row in await conn.fetch("SELECT tries FROM inbox")]
        finally:
            await conn.close()

    assert asyncio.run(tries()) == [0, 0]


def test_a_row_that_is_not_there_and_a_wrong_key_are_said_in_words(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    receive_a_conflict(database_url)
    monkeypatch.setenv("OUTREACH_MASTER_KEY", "MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI=")
    number = re.search(r"\d+", run("list").output)
    assert number is not None

    missing, unreadable = run("show", "999999"), run("show", number[0])

    assert (missing.exit_code, unreadable.exit_code) == (1, 1)
    assert "no row 999999" in missing.output
    assert "another master key" in unreadable.output
