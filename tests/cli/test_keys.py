"""`outreach keys` on a real database."""

import asyncio
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from outreach.cli import main
from tests.cli.installation import point_commands

ADD = ("the dialer", "--lender", "acme", "--scope", "contacts:read")


@pytest.fixture(autouse=True)
def database(
    database_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The command, pointed at an empty database."""
    point_commands(monkeypatch, tmp_path, database_url, redis_url)


async def run(*arguments: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, main, ["keys", *arguments])


async def test_a_key_is_made_shown_once_rotated_and_revoked() -> None:
    assert "There is no key" in (await run("list")).output
    made = await run("add", *ADD, "--scope", "borrowers:check", "--days", "30")
    assert made.exit_code == 0, made.output
    [token] = re.findall(r"^ork_live_\S+$", made.output, re.MULTILINE)
    prefix = token.split("_")[2]
    listed = await run("list", "--lender", "acme")
    assert prefix in listed.output
    assert token not in listed.output
    assert "borrowers:check contacts:read" in listed.output
    assert "never used" in listed.output

    rotated = await run("rotate", prefix, "--overlap", "1")
    [fresh] = re.findall(r"^ork_live_(\w{10})_\S+$", rotated.output, re.MULTILINE)
    assert (await run("revoke", fresh)).output == f"{fresh} is revoked\n"
    listed = await run("list")
    assert re.search(rf"^{fresh} .*revoked", listed.output, re.MULTILINE)
    assert re.search(rf"^{prefix} .*until", listed.output, re.MULTILINE)


async def test_what_cant_be_done_says_why() -> None:
    wrong = []
    for arguments, said in (
        (("add", "x", "--lender", "acne", "--scope", "contacts:read"), "no lender is called acne"),
        (("add", "x", "--lender", "acme", "--scope", "everything"), "borrowers:check"),
        (("add", " ", "--lender", "acme", "--scope", "contacts:read"), "whose key"),
        (("revoke", "0000000000"), "outreach keys list"),
        (("rotate", "0000000000"), "outreach keys list"),
    ):
        result = await run(*arguments)
        if result.exit_code == 0 or said not in result.output:
            wrong.append((arguments, result.output))
    assert wrong == []
