"""The installation that commands are pointed at, beside a running service."""

import base64
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SECRET = "whsec_" + base64.b64encode(b"acme-core-secret-of-32-bytes-xyz").decode()
CONFIG = """
config_dir = "{root}/config"
templates_dir = "{root}/templates"
[lenders.acme]
name = "Acme Lending"
role = "first_party"
mode = "live"
country = "US"
timezone = "America/New_York"
locale = "en-US"
currency = "USD"
phone = "+1 212 555 0199"
[providers.carrier]
adapter = "sandbox"
[lenders.acme.senders.main]
channel = "sms"
provider = "carrier"
address = "+12125550100"
[lenders.acme.sources.core]
adapter = "standard"
secrets = ["{secret}"]
order = "time"
"""


def point_commands(
    monkeypatch: pytest.MonkeyPatch, folder: Path, database_url: str, redis_url: str
) -> None:
    """Let `outreach` commands of this test work on the service's database, as lender `acme`."""
    path = folder / "outreach.toml"
    path.write_text(CONFIG.format(secret=SECRET, root=ROOT))
    monkeypatch.setenv("OUTREACH_CONFIG", str(path))
    monkeypatch.setenv("OUTREACH_DATABASE_URL", database_url)
    monkeypatch.setenv("OUTREACH_REDIS_URL", redis_url)
    monkeypatch.setenv("OUTREACH_MASTER_KEY", base64.b64encode(bytes(range(32))).decode())
    monkeypatch.setenv("COLUMNS", "200")
