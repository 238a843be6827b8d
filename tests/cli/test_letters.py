"""`outreach letters`, on a real database: listed, opened, batched, and evidence taken in."""

import asyncio
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from outreach.cli import main
from tests.cli.installation import CONFIG, ROOT, SECRET, point_commands
from tests.e2e.test_letters import AMERICA, HOME, letters

PRINTER = """
[providers.post]
adapter = "letter_files"
[providers.post.options]
folder = "{folder}"
[lenders.acme.senders.post]
channel = "letter"
provider = "post"
address = "acme"
"""


async def run(*arguments: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, main, arguments)


def point(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, urls: tuple[str, str]) -> None:
    point_commands(monkeypatch, tmp_path, *urls)
    text = CONFIG.format(secret=SECRET, root=ROOT) + PRINTER.format(folder=tmp_path / "letters")
    (tmp_path / "outreach.toml").write_text(text)


async def test_a_letter_is_approved_listed_batched_opened_and_told_of(
    database_url: str, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    point(monkeypatch, tmp_path, (database_url, redis_url))
    async with letters(
        database_url, redis_url, tmp_path, template="overdue_letter", **AMERICA
    ) as channels:
        await channels.tell(channels.service.borrower(address=HOME), channels.due(65))
        assert "no letter" in (await run("letters", "list")).output
        assert "nothing waits" in (await run("letters", "batch")).output

        approved = await run(
            "approvals", "grant", "--loan", "LN-1", "--for", "collection_letter", "--role",
            "compliance", "--by", "Kim Lee", "--evidence", "file 7", "--channel", "letter",
        )  # fmt: skip
        assert approved.exit_code == 0, approved.output
        [row] = await channels.work()
        assert row["channel"] == "letter"

        listed = await run("letters", "list", "--state", "accepted")
        assert "acme-000001" in listed.output
        shown = await run("letters", "show", "acme-000001")
        assert "12 Elm Street" in shown.output
        batched = await run("letters", "batch", "--provider", "post")
        assert "1 letters" in batched.output
        assert batched.output == (await run("letters", "batch", "--all")).output
        folder = Path(batched.output.split("  ")[0])
        target = tmp_path / "again.pdf"
        opened = await run("letters", "open", "acme-000001", "--out", str(target))
        assert opened.exit_code == 0, opened.output
        assert read(target) == read(folder / "acme-000001.pdf")

        [entry] = json.loads(read(folder / "manifest.json"))["letters"]
        file = tmp_path / "evidence.csv"
        write(file, f"id,state\n{entry['id']},delivered\n")
        assert "took in 1" in (await run("letters", "evidence", str(file))).output
        [row] = await channels.work()
        assert row["delivery_state"] == "delivered"

        write(file, "id,state\nacme-000001,delivered\n")
        assert "row 1" in (await run("letters", "evidence", str(file))).output
        for wrong in ("acme-000009", "nothing"):
            refused = await run("letters", "show", wrong)
            assert refused.exit_code == 1
            assert "there is no letter" in refused.output


@pytest.mark.parametrize(("locale", "code"), [("zh-CN", 0), ("fr-FR", 2)])
def test_a_template_is_previewed(tmp_path: Path, locale: str, code: int) -> None:
    target = tmp_path / "sample.pdf"
    arguments = ["letters", "preview", "lawyers_letter", "--locale", locale, "--out", str(target)]

    made = CliRunner().invoke(main, arguments)

    assert made.exit_code == code, made.output
    assert target.is_file() == (code == 0)


def read(path: Path) -> bytes:
    return path.read_bytes()


def write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
