"""`outreach users` on a real database."""

import asyncio
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from outreach.cli import main
from outreach.store.operators import find_account
from outreach.store.pool import open_pool
from outreach.usecases.signing_in import hash_password
from tests.cli.installation import point_commands

PASSWORD = "nine green lamps"


@pytest.fixture
def database(
    database_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> str:
    """The command, pointed at an empty database."""
    point_commands(monkeypatch, tmp_path, database_url, redis_url)
    return database_url


async def run(*arguments: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, main, ["users", *arguments])


async def test_an_account_is_added_changed_and_disabled(database: str) -> None:
    account = ("Li.Wei", "--name", "Li Wei", "--role", "acme:operator")
    added = await run("add", *account, "--password", PASSWORD)
    again = await run("add", *account, "--password", PASSWORD)
    granted = await run("roles", "li.wei", "--role", "acme:approver", "--role", "acme:admin")
    listed = await run("list")
    changed = await run("password", "li.wei", "--password", "seven blue doors")
    disabled = await run("disable", "li.wei")
    gone = await run("list")

    assert (added.exit_code, changed.exit_code, disabled.exit_code) == (0, 0, 0), added.output
    assert again.exit_code == 1
    assert "outreach users roles" in again.output
    assert granted.exit_code == 0
    assert "acme:admin, acme:approver" in listed.output
    assert "disabled" in gone.output
    pool = await open_pool(database, size=1)
    async with pool.acquire() as conn:
        found = await find_account(conn, "li.wei")
    await pool.close()
    assert found is not None
    assert found.password_hash != hash_password(PASSWORD)
    assert found.operator.generation == 2
    assert PASSWORD not in repr(found)
    assert "argon2" not in repr(found)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(("--role", "acme:boss", "--password", PASSWORD), "LENDER:ROLE", id="role"),
        pytest.param(("--role", "other:admin", "--password", PASSWORD), "lenders are", id="lender"),
        pytest.param(("--role", "acme:admin", "--password", "short"), "12 to 200", id="short"),
        pytest.param(
            ("--role", "acme:admin", "--password", "li.wei-li.wei-li.wei"), "isn't the", id="login"
        ),
        pytest.param(
            ("--role", "acme:admin", "--password", "aaaaaaaaaaaaaa"), "repeat", id="one letter"
        ),
    ],
)
async def test_what_makes_no_sense_is_refused(
    database: str, arguments: tuple[str, ...], said: str
) -> None:
    refused = await run("add", "li.wei", "--name", "Li Wei", *arguments)

    assert refused.exit_code == 2
    assert said in refused.output
    assert "There is no account" in (await run("list")).output


async def test_an_unknown_login_is_said(database: str) -> None:
    for arguments in (("disable", "nobody"), ("roles", "nobody", "--role", "acme:admin")):
        refused = await run(*arguments)
        assert refused.exit_code == 1
        assert "outreach users list" in refused.output


async def test_nobody_did_anything_at_first(database: str) -> None:
    assert "Nobody did anything yet" in (await run("audit")).output
