"""`outreach demo` as somebody would run it: a process of its own, on servers of its own."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time as wall
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from outreach.embedded import start
from outreach.embedded.processes import is_running, wait_until
from outreach.rendering.verdicts import LANGUAGES, say_cause
from outreach.settings.credentials import master_key
from outreach.store.bodies import decode_body
from outreach.store.pool import open_pool
from outreach.store.vault import Vault
from outreach.usecases.proving import prove
from outreach.usecases.receipt_effects import event_aad
from outreach.usecases.seal import verify_log

ROOT = Path(__file__).resolve().parents[2]
# What the law or the standard allows, whatever the treatments narrow it to.
HOURS = {"harbor": (time(8), time(21)), "minghe": (time(8), time(22))}
SQL_CONTACTS = """
    SELECT c.tenant_id, c.at, c.delivery_state, p.declared_zone, p.residence,
           array(SELECT DISTINCT z FROM endpoints e, unnest(e.zones) z
                  WHERE e.person_id = c.person_id AND e.status = 'active') AS zones
      FROM contacts c JOIN persons p USING (person_id)
"""


@dataclass(frozen=True)
class Played:
    """A demo that ran to its end."""

    data_dir: Path
    output: str
    seconds: float


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "outreach", "demo", "--loans", "60", *arguments]


def environment(data_dir: Path) -> dict[str, str]:
    own = {
        "OUTREACH_DATA_DIR": str(data_dir),
        "OUTREACH_CONFIG": str(ROOT / "config/outreach.toml"),
    }
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OUTREACH_")}  # noqa: TID251 - for a child process
    return {**kept, **own}


@contextmanager
def a_folder() -> Iterator[Path]:
    """Make a folder for a demo's servers, and remove it."""
    data_dir = Path(tempfile.mkdtemp(prefix="outreach-demo-"))
    data_dir.chmod(0o711)  # `nobody` runs the servers under root
    try:
        yield data_dir
    finally:
        shutil.rmtree(data_dir, ignore_errors=True)


@pytest.fixture(scope="module")
def played() -> Iterator[Played]:
    """Run a small demo once: a day's waking hours in twenty seconds."""
    began = wall.monotonic()
    with a_folder() as data_dir:
        done = subprocess.run(
            command("--for", "20"),
            env=environment(data_dir),
            cwd=ROOT,
            check=False,
            capture_output=True,
            text=True,
            timeout=90,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        yield Played(data_dir / "demo", done.stdout, wall.monotonic() - began)


def rows(data_dir: Path, sql: str) -> list[dict[str, Any]]:
    async def read(url: str) -> list[dict[str, Any]]:
        conn = await asyncpg.connect(url)
        try:
            return [dict(row) for row in await conn.fetch(sql)]
        finally:
            await conn.close()

    with start(data_dir) as servers:
        return asyncio.run(read(servers.database_url))


@pytest.mark.slow
def test_borrowers_of_both_lenders_are_contacted_and_some_are_not(played: Played) -> None:
    sent = rows(played.data_dir, "SELECT tenant_id, delivery_state FROM contacts")
    kinds = rows(played.data_dir, "SELECT kind, count(*) AS n FROM contact_events GROUP BY kind")
    counted = {row["kind"]: row["n"] for row in kinds}

    assert {row["tenant_id"] for row in sent} == {"harbor", "minghe"}
    assert sum(row["delivery_state"] == "delivered" for row in sent) > 5
    assert counted["deferred"] > 0
    assert counted["blocked"] > 0
    assert "allowed" in played.output


@pytest.mark.slow
def test_every_source_told_of_its_loans_and_nothing_was_lost_on_the_way(played: Played) -> None:
    told = rows(played.data_dir, "SELECT source, signals FROM source_state WHERE signals > 0")
    aside = rows(played.data_dir, "SELECT reason FROM quarantine")

    assert {row["source"] for row in told} >= {
        "harbor_core", "harbor_events", "minghe_core", "minghe_bridge",
    }  # fmt: skip
    assert {row["reason"] for row in aside} <= {"unknown_type"}  # told on purpose
    assert rows(played.data_dir, "SELECT 1 FROM inbox") == []


@pytest.mark.slow
def test_nobody_is_contacted_outside_the_hours_of_any_place_they_may_be_in(played: Played) -> None:
    contacts = rows(played.data_dir, SQL_CONTACTS)

    assert contacts
    for row in contacts:
        zones = [row["declared_zone"]] if row["declared_zone"] else row["zones"]
        opens, closes = HOURS[row["tenant_id"]]
        for zone in zones or ["Asia/Shanghai"]:
            local = row["at"].astimezone(ZoneInfo(zone)).time()
            assert opens <= local < closes, (row["tenant_id"], zone, local)


@pytest.mark.slow
def test_the_log_it_leaves_verifies(played: Played) -> None:
    async def check(url: str) -> None:
        pool = await open_pool(url, size=1)
        try:
            found = await verify_log(pool)
        finally:
            await pool.close()
        assert found.broken == ""
        assert found.rows > 50

    with start(played.data_dir) as servers:
        asyncio.run(check(servers.database_url))


@pytest.mark.slow
def test_each_reason_it_meets_has_words_in_both_languages(played: Played) -> None:
    vault = Vault(master_key((played.data_dir / "master.key").read_text()))
    found = rows(
        played.data_dir,
        "SELECT e.person_id, e.body, p.wrapped_key FROM contact_events e"
        " JOIN persons p USING (person_id) WHERE e.kind IN ('deferred', 'blocked')",
    )
    codes = set()
    for row in found:
        key = vault.open(row["wrapped_key"])
        body = decode_body(key.decrypt(row["body"], event_aad(row["person_id"])))
        codes |= {reason["code"] for one in body.get("tried", ()) for reason in one["reasons"]}

    assert codes
    assert {
        (code, language)
        for code in codes
        for language in LANGUAGES
        if say_cause(code, language) == code
    } == set()


@pytest.mark.slow
def test_a_letter_and_a_case_for_court_can_be_opened(played: Played) -> None:
    shown = [Path(line.strip()) for line in played.output.splitlines() if line.startswith("    /")]
    [letter] = [path for path in shown if path.suffix == ".pdf"]
    [package] = [path for path in shown if path.name.startswith("referral-")]

    assert letter.read_bytes().startswith(b"%PDF")
    assert (package / "summary.pdf").read_bytes().startswith(b"%PDF")
    assert prove(package) == []
    assert f"outreach referrals verify {package}" in played.output


@pytest.mark.slow
def test_plain_lines_without_a_terminal_name_nobody_and_fit_what_was_promised(
    played: Played,
) -> None:
    assert "\x1b" not in played.output
    assert "+1" not in played.output.replace("+1 ", "")
    assert "Sample" not in played.output
    assert "outreach explain" in played.output
    assert "outreach log verify" in played.output


@pytest.mark.slow
def test_ctrl_c_ends_everything_it_started() -> None:
    with a_folder() as folder:
        _interrupt(folder)


def _interrupt(folder: Path) -> None:
    demo = subprocess.Popen(
        command("--for", "300", "--serve"),
        env=environment(folder),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    pids = folder / "demo" / "logs" / "demo.pids"
    try:
        assert demo.stdout is not None
        first = demo.stdout.readline()
        children = [int(pid) for pid in pids.read_text().split()]
        assert "signals" in first
        assert all(is_running(pid) for pid in children)
        os.killpg(demo.pid, signal.SIGINT)
        _, _ = demo.communicate(timeout=45)
    finally:
        demo.kill()

    assert demo.returncode == 0
    assert wait_until(lambda: not any(is_running(pid) for pid in children), 20)
    assert not pids.exists()
    assert not (folder / "demo" / "postgres" / "postmaster.pid").exists()
