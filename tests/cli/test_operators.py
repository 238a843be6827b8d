"""`outreach holds`, `preferences`, `approvals`, and `explain` in words, on a real database."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from outreach.cli import main
from tests.cli.installation import point_commands
from tests.e2e.service import Service, a_service

WHO = ("--loan", "LN-1", "--by", "Li Wei", "--evidence", "letter 7")


@pytest.fixture
async def service(
    database_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> AsyncIterator[Service]:
    """A service with one borrower who is due, and the command pointed at it."""
    point_commands(monkeypatch, tmp_path, database_url, redis_url)
    async with a_service(database_url, redis_url) as running:
        await running.post(running.borrower(), running.overdue(days=3))
        await running.fold()
        yield running


async def run(*arguments: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, main, arguments)


async def test_a_hold_is_placed_listed_and_released(service: Service) -> None:
    placed = await run(
        "holds", "place", *WHO, "--kind", "deceased", "--may-speak-to", "executor",
        "--only-loan", "LN-1", "--form", "written", "--start", "2026-11-20", "--end", "2026-12-31",
    )  # fmt: skip
    listed = await run("holds", "list", "--borrower", "BR-1")

    assert placed.exit_code == 0, placed.output
    assert "placed deceased deceased" in placed.output
    assert listed.exit_code == 1
    for shown in ("deceased", "LN-1", "stop_all", "2026-11-20", "2027-01-01", "Li Wei", "letter 7"):
        assert shown in listed.output

    released = await run("holds", "release", *WHO, "--case", "deceased")
    again = await run("holds", "list", "--loan", "LN-1")
    ended = await run("holds", "list", "--loan", "LN-1", "--all")

    assert released.exit_code == 0, released.output
    assert (again.exit_code, again.output) == (0, "no hold\n")
    assert "released" in ended.output


async def test_a_bankruptcy_is_released_only_when_it_ended(service: Service) -> None:
    await run("holds", "place", *WHO, "--kind", "bankruptcy")

    silent = await run("holds", "release", *WHO, "--case", "bankruptcy")
    dismissed = await run(
        "holds", "release", *WHO, "--case", "bankruptcy", "--because", "dismissed"
    )

    assert silent.exit_code == 2
    assert "--because" in silent.output
    assert dismissed.exit_code == 0, dismissed.output


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        pytest.param(("holds", "place", "--loan", "LN-1", "--kind", "cease"), 2, "--by", id="nobody speaks"),
        pytest.param(("holds", "place", "--loan", "LN-1", "--kind", "cease", "--by", " "), 2, "say who", id="an empty name"),
        pytest.param(("holds", "place", "--by", "x", "--kind", "cease"), 2, "--borrower", id="about nobody"),
        pytest.param(("holds", "place", "--by", "x", "--kind", "cease", "--loan", "LN-9"), 1, "LN-9", id="a strange loan"),
        pytest.param(("holds", "list", "--loan", "LN-9"), 1, "LN-9", id="nothing to list"),
        pytest.param(("holds", "list", "--loan", "LN-1", "--lender", "x"), 2, "acme", id="another lender"),
        pytest.param(("holds", "place", *WHO, "--kind", "cease", "--end", "soon"), 1, "not recorded", id="no date"),
        pytest.param(("holds", "release", *WHO, "--case", "H-9"), 1, "H-9", id="no such hold"),
        pytest.param(("preferences", "set", "against", *WHO), 1, "not recorded", id="against nothing"),
        pytest.param(("preferences", "remove", "p9", *WHO), 1, "p9", id="no such preference"),
    ],
)  # fmt: skip
async def test_what_is_wrong_is_said(
    service: Service, arguments: tuple[str, ...], status: int, words: str
) -> None:
    result = await run(*arguments)

    assert result.exit_code == status, result.output
    assert words in result.output


async def test_preferences_are_set_listed_and_removed(service: Service) -> None:
    hours = await run(
        "preferences", "set", "against", *WHO, "--id", "p1", "--hours", "12:00-14:00",
        "--days", "mon,tue", "--until", "2026-12-31",
    )  # fmt: skip
    agreed = await run("preferences", "set", "agreed", *WHO, "--id", "p2", "--about", "attempt_cap")
    listed = await run("preferences", "list", "--borrower", "BR-1")

    assert (hours.exit_code, agreed.exit_code) == (0, 0), hours.output + agreed.output
    for shown in ("p1", "mon,tue 12:00-14:00", "2027-01-01", "attempt_cap", "Li Wei", "letter 7"):
        assert shown in listed.output

    for ref in ("p1", "p2"):
        assert (await run("preferences", "remove", ref, *WHO)).exit_code == 0
    assert (await run("preferences", "list", "--loan", "LN-1")).output == "no preference\n"


async def test_explain_says_it_in_words_and_keeps_the_ids(service: Service) -> None:
    await run("holds", "place", *WHO, "--kind", "cease")

    english = await run("explain", "LN-1")
    chinese = await run("explain", "LN-1", "--lang", "zh")

    assert english.exit_code == 0, english.output
    said = " ".join(english.output.split())
    assert "The person asked for all contact to stop." in said
    assert "outreach.cease" in said
    assert "cease.requested" in said
    assert "outreach-base applies: It applies everywhere." in said
    assert "New York (GMT-5)" in said
    assert "借款人要求停止一切联系" in "".join(chinese.output.split())
    assert "已拦截" in chinese.output


async def test_approvals_are_granted_listed_and_revoked(service: Service) -> None:
    granted = await run(
        "approvals", "grant", *WHO, "--for", "uk.conc.vulnerable", "--role", "compliance",
        "--id", "a1", "--channel", "sms", "--until", "2026-12-31", "--requested-by", "Ann",
    )  # fmt: skip
    listed = await run("approvals", "list", "--borrower", "BR-1")

    assert granted.exit_code == 0, granted.output
    for shown in ("a1", "vulnerable_customer", "sms LN-1", "compliance", "Li Wei", "Ann", "2027-01-01", "letter 7"):  # fmt: skip
        assert shown in listed.output

    assert (await run("approvals", "revoke", "a1", *WHO)).exit_code == 0
    assert (await run("approvals", "list", "--loan", "LN-1")).output == "no approval\n"
    assert "revoked" in (await run("approvals", "list", "--loan", "LN-1", "--all")).output


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        pytest.param(("grant", *WHO, "--role", "x", "--for", "y"), 2, "visit_order", id="no rule asks"),
        pytest.param(("grant", *WHO, "--role", "x", "--for", "visit_order", "--requested-by", "li wei"), 1, "who asked", id="their own request"),
        pytest.param(("grant", *WHO, "--for", "visit_order"), 2, "--role", id="no role"),
        pytest.param(("grant", "--loan", "LN-1", "--role", "x", "--for", "visit_order"), 2, "--by", id="nobody speaks"),
        pytest.param(("revoke", "a9", *WHO), 1, "a9", id="no such approval"),
    ],
)  # fmt: skip
async def test_what_is_wrong_with_an_approval_is_said(
    service: Service, arguments: tuple[str, ...], status: int, words: str
) -> None:
    result = await run("approvals", *arguments)

    assert result.exit_code == status, result.output
    assert words in result.output
    assert "no approval" in (await run("approvals", "list", "--loan", "LN-1")).output
