"""`outreach templates`, as the people of a lender work on their own words."""

import asyncio
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from outreach.cli import main
from outreach.domain.operators import Role
from outreach.store.operators import add_account, set_roles
from outreach.store.pool import open_pool
from tests.cli.installation import point_commands
from tests.usecases.template_office import NOW

WORDS = Path("overdue_early/en-US/sms.txt.j2")
OLD = "It may have slipped by."


@pytest.fixture
async def database(
    database_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> str:
    """The command, pointed at a database with two people."""
    point_commands(monkeypatch, tmp_path, database_url, redis_url)
    pool = await open_pool(database_url, size=1)
    async with pool.acquire() as conn, conn.transaction():
        for login, role in (("ann", Role.OPERATOR), ("ben", Role.APPROVER)):
            found = await add_account(conn, login, login.title(), None, at=NOW)
            assert found is not None
            await set_roles(conn, found, {"acme": frozenset({role})})
    await pool.close()
    return database_url


async def run(*words: str, status: int = 0) -> str:
    result: Result = await asyncio.to_thread(CliRunner().invoke, main, ["templates", *words])
    assert result.exit_code == status, result.output
    return result.output


async def test_words_go_out_to_files_and_come_back_as_a_version_that_goes_live(
    database: str, tmp_path: Path
) -> None:
    folder = str(tmp_path / "words")
    ann, ben = ("--by", "ann"), ("--by", "Ben")

    said = await run("export", folder, "--all")
    assert "overdue_early/en-US/sms as installed" in said
    path = tmp_path / "words" / WORDS
    path.write_text(path.read_text().replace(OLD, "Call us."))
    said = await run("import", folder, *ann)
    assert "draft: overdue_early/en-US/sms: draft v1" in said
    assert "1 drafts, 0 conflicts" in said
    assert "-{{ sender_name }}" in await run("diff", "overdue_early", status=1)
    assert "v1 waits for approval" in await run("submit", "overdue_early", *ann)
    said = await run("approve", "overdue_early", *ben, status=1)
    assert "--why" in said
    ids = [line.split()[2].rstrip(":") for line in said.splitlines() if "to consider" in line]
    whys = [word for one in ids for word in ("--why", f"{one}=as before")]
    assert "is approved" in await run("approve", "overdue_early", *ben, *whys)
    assert "goes live at 2126-" in await run(
        "publish", "overdue_early", *ann, "--at", "2126-01-01T08:00:00+00:00"
    )
    assert "v1 is live for 50 %" in await run("publish", "overdue_early", *ann, "--share", "50")
    assert "50 %" in await run("versions", "overdue_early")
    said = await run("rollback", "overdue_early", "--to", "1", "--reason", "better", *ben)
    assert "v1 is live" in said
    assert "nobody was contacted" in await run("report", "overdue_early")
    assert "say the same" in await run("diff", "overdue_early", "--new", "1")


async def test_what_cannot_be_done_is_said_in_words(database: str, tmp_path: Path) -> None:
    folder = tmp_path / "words"
    folder.mkdir()

    assert "there is no account eve" in await run("import", str(folder), "--by", "eve", status=1)
    (folder / "versions.yaml").write_text("lender: other\nwords: {}\n")
    assert "export of other" in await run("import", str(folder), "--by", "ann", status=1)
    assert "name the lender" in await run("versions", "--lender", "nobody", status=2)
    assert "has no v7" in await run("diff", "pre_due", "--new", "7", status=1)
    never = await run("rollback", "pre_due", "--to", "3", "--reason", "x", "--by", "ben", status=1)
    assert "no such version" in never
    wrong = ("--at", "2126-01-01T08:00:00+00:00", "--share", "5")
    assert "don't go together" in await run("publish", "pre_due", "--by", "ann", *wrong, status=2)
