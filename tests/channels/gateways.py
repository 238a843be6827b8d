"""Gateways that tests describe: the shipped example, and one that speaks as gateways used to."""

from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp
import yaml

from outreach.channels.http_gateway import HttpGateway
from tests.channels.contract import NOW
from tests.fakes.gateway import API_KEY, WEBHOOK

FOLDER = Path(__file__).parents[2] / "config/providers"
EXAMPLE: dict[str, Any] = yaml.safe_load((FOLDER / "example_gateway.yaml").read_text("utf-8"))
PUBLIC = "https://cb.collector.example"
NUMBER = "+12025550143"
UNIX = int(NOW.timestamp())
SECRETS = {"api_key": API_KEY, "webhook": WEBHOOK}


class Clock:
    """A clock that stands."""

    def wall_now(self) -> datetime:
        return NOW


def a_provider(
    session: aiohttp.ClientSession, base_url: str, *, name: str = "example_gateway", **given: Any
) -> HttpGateway:
    options = {"secrets": SECRETS, "base_url": base_url, **given}
    return HttpGateway(name, options, session, PUBLIC, clock=Clock(), folder=FOLDER)


def described(session: aiohttp.ClientSession, base_url: str, **changes: Any) -> HttpGateway:
    """Return the example with other tables; `None` leaves one out."""
    told = {name: value for name, value in (EXAMPLE | changes).items() if value is not None}
    return a_provider(session, base_url, description=told)


OLD = {
    "gateway": "old_gateway",
    "base_url": "http://127.0.0.1:9",
    "channels": ["sms"],
    "send": {
        "request": {
            "method": "GET",
            "path": "/send",
            "query": {
                "mobile": "{{ recipient | without('+86') }}",
                "content": "{{ body }}",
                "time": "{{ now | time('%Y%m%d%H%M%S', 8) }}",
                "sign": "{{ (secrets.user ~ secrets.key ~ now) | md5 }}",
            },
        },
        "reply": {
            "format": "text",
            "pattern": r"^(?P<word>\w+) ?(?P<rest>\S*)$",
            "accepted": {"path": "$.word", "equals": ["OK"]},
            "ref": "$.rest",
            "error": "$.rest",
        },
    },
    "states": {"1": "delivered", "0": "sent"},
    "errors": [{"codes": ["17"], "class": "opt_out"}],
    "lookup": {
        "request": {"method": "GET", "path": "/list", "query": {"mobile": "{{ recipient | digits }}"}},
        "records": "$[*]",
        "match": {"$.text": "{{ body }}"},
        "sent_at": {"path": "$.at", "utc_offset_hours": 8},
        "reply": {"ref": "$.no", "state": "$.ok"},
    },
    "callbacks": {
        "signature": {"kind": "path"},
        "status": {
            "format": "form",
            "attempt_query": "a",
            "ref": "$.msgid",
            "state": "$.stat",
        },
        "inbound": {"format": "form", "from": "$.mobile", "text": "$.words", "country_code": "86"},
        "acknowledge": {"status": 200, "content_type": "text/plain", "body": "success"},
    },
}  # fmt: skip
PATH_SECRET = "0a1b" * 8


def an_old_one(session: aiohttp.ClientSession, base_url: str) -> HttpGateway:
    options = {
        "description": OLD,
        "base_url": base_url,
        "secrets": {"user": "u", "key": "k"},
        "path_secrets": [PATH_SECRET],
    }
    return HttpGateway("old", options, session, PUBLIC, clock=Clock(), folder=FOLDER)
