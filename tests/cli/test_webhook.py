"""`outreach serve` and `outreach webhook send`, as two processes that talk over HTTP."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sources.builders import SECRET
from tests.sources.samples import DATA, PATH_SECRET

ROOT = Path(__file__).parents[2]
OUTREACH = [sys.executable, "-m", "outreach"]
CONFIG = f"""
[lenders.acme]
name = "Acme"
role = "first_party"
country = "US"
timezone = "America/New_York"
locale = "en-US"
currency = "USD"

[lenders.acme.sources.core]
adapter = "standard"
secrets = ["{SECRET}"]

[lenders.acme.sources.events]
adapter = "cloudevents"
path_secret = "{PATH_SECRET}"
"""


@pytest.fixture
def environment(tmp_path: Path, database_url: str, redis_url: str) -> dict[str, str]:
    """Return the variables of an installation of this test's own."""
    path = tmp_path / "outreach.toml"
    path.write_text(CONFIG)
    return {
        "PATH": os.defpath,
        "PYTHONUNBUFFERED": "1",
        "OUTREACH_CONFIG": str(path),
        "OUTREACH_CONFIG_DIR": str(ROOT / "config"),
        "OUTREACH_TEMPLATES_DIR": str(ROOT / "templates"),
        "OUTREACH_DATABASE_URL": database_url,
        "OUTREACH_REDIS_URL": redis_url,
        "OUTREACH_MASTER_KEY": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
    }


@pytest.fixture
def server(environment: dict[str, str]) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Serve on a free port; yields its address and the process."""
    process = subprocess.Popen(
        [*OUTREACH, "serve", "--port", "0"], env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        line = next((one for one in process.stdout if "serving on" in one), "")
        found = re.search(r"http://[\d.]+:\d+", line)
        assert found is not None, line
        yield found[0], process
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def send(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `outreach webhook send`."""
    return subprocess.run(
        [*OUTREACH, "webhook", "send", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def sample_file(number: str) -> str:
    """Return the path of a recorded payload."""
    return str(next(DATA.glob(f"{number}-*")))


@pytest.mark.slow
def test_a_sample_is_signed_posted_and_answered_and_the_server_ends_cleanly(
    environment: dict[str, str],
    server: tuple[str, subprocess.Popen[str]],
    tmp_path: Path,
) -> None:
    url, process = server
    first = send(environment, sample_file("080"), "--source", "core", "--url", url, "--id", "msg_1")
    again = send(environment, sample_file("080"), "--source", "core", "--url", url, "--id", "msg_1")
    by_address = send(environment, sample_file("063"), "--source", "events", "--url", url)
    bad = tmp_path / "bad.json"
    bad.write_text('{"type": "risk.changed", "timestamp": "now", "data": {}}')
    refused = send(environment, str(bad), "--source", "core", "--url", url)
    stale = send(
        environment,
        sample_file("080"),
        "--source",
        "core",
        "--url",
        url,
        "--at",
        "2020-01-01T00:00:00Z",
    )

    assert (first.returncode, first.stdout[:3]) == (0, "202"), first.stderr
    assert (again.returncode, again.stdout[:3]) == (0, "200")
    assert (by_address.returncode, by_address.stdout[:3]) == (0, "202")
    assert PATH_SECRET not in by_address.stdout
    assert (refused.returncode, refused.stdout[:3]) == (1, "422")
    assert '"timestamp"' in refused.stdout
    assert (stale.returncode, stale.stdout[:3]) == (1, "401")

    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0


def test_a_source_must_be_named_when_there_are_several(environment: dict[str, str]) -> None:
    unnamed = send(environment, sample_file("080"))
    unknown = send(environment, sample_file("080"), "--source", "nobody")

    assert (unnamed.returncode, unknown.returncode) == (2, 2)
    assert "core, events" in unnamed.stderr
    assert "core, events" in unknown.stderr


def test_a_server_that_is_away_is_said_in_words(environment: dict[str, str]) -> None:
    away = send(environment, sample_file("080"), "--source", "core", "--url", "http://127.0.0.1:1")

    assert away.returncode == 1
    assert "Traceback" not in away.stderr
