"""Recorded callbacks of vendors that have no adapter here are read by a description alone."""

import base64
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import yaml

from outreach.channels.http_gateway import HttpGateway
from outreach.channels.provider import (
    BadSignatureError,
    InboundMessage,
    RawCallback,
    StatusUpdate,
)
from outreach.domain.vocabulary import DeliveryState, ErrorClass
from tests.channels.samples import FOLDER, index

DESCRIPTIONS = Path(__file__).parents[1] / "data/gateways"
NOW = datetime.fromtimestamp(index()["clock"]["unix"], UTC)
SECRETS = index()["secrets_all_invented"]


class Clock:
    """A clock that stands."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def wall_now(self) -> datetime:
        return self.now


def a_provider(name: str, *, now: datetime = NOW, **secrets: str) -> HttpGateway:
    return HttpGateway(
        name,
        {"secrets": secrets},
        None,  # type: ignore[arg-type] # callbacks need no session
        "https://cb.collector.example",
        clock=Clock(now),
        folder=DESCRIPTIONS,
    )


def whatsapp(**changes: Any) -> HttpGateway:
    return a_provider("whatsapp_cloud", token="t", app_secret=SECRETS["whatsapp_app_secret"], **changes)  # fmt: skip


def vonage(**changes: Any) -> HttpGateway:
    return a_provider(
        "vonage_sms", api_key="k", api_secret="s", signature=SECRETS["vonage"], **changes
    )


def recorded(number: int, provider: HttpGateway) -> RawCallback:
    [row] = [one for one in index()["samples"] if one["file"].startswith(f"{number}-")]
    body = (FOLDER / row["file"]).read_bytes()
    return RawCallback("status", f"/providers/{provider.name}/status", row["headers"], body)


def test_a_recorded_whatsapp_status_reads() -> None:
    provider = whatsapp()

    [event] = provider.parse_callback(recorded(162, provider))

    assert isinstance(event, StatusUpdate)
    assert event.attempt_id == "att-4001"
    assert (event.report.state, event.report.error_code) == (DeliveryState.FAILED, "131026")
    assert event.report.error_class is ErrorClass.INVALID_ADDRESS
    assert provider.ack("status", [event]).status == 200


def test_a_recorded_vonage_status_reads() -> None:
    provider = vonage()

    [event] = provider.parse_callback(recorded(163, provider))

    assert isinstance(event, StatusUpdate)
    assert event.attempt_id == "att-5001"
    assert event.ref == "aaaaaaaa-bbbb-cccc-dddd-0123456789ab"
    assert (event.report.state, event.report.error_code) == (DeliveryState.EXPIRED, "1360")
    assert (event.price_micros, event.price_currency) == (33_300, "EUR")
    assert not event.report.counted


@pytest.mark.parametrize("number", [162, 163])
def test_a_body_that_was_changed_is_refused(number: int) -> None:
    provider = whatsapp() if number == 162 else vonage()
    raw = recorded(number, provider)

    with pytest.raises(BadSignatureError):
        provider.parse_callback(replace(raw, body=raw.body.replace(b"12025550143", b"12025550144")))
    with pytest.raises(BadSignatureError):
        provider.parse_callback(replace(raw, body=raw.body + b" "))


def test_whatsapp_replies_come_to_the_same_address() -> None:
    message = {"from": "12025550143", "id": "wamid.1", "type": "text", "text": {"body": "stop pls"}}
    value = {"messages": [message]}
    body = json.dumps({"entry": [{"changes": [{"value": value}]}]}).encode()
    digest = hmac.new(SECRETS["whatsapp_app_secret"].encode(), body, sha256).hexdigest()
    headers = {"X-Hub-Signature-256": f"sha256={digest}"}

    [event] = whatsapp().parse_callback(
        RawCallback("status", "/providers/whatsapp_cloud/status", headers, body)
    )

    assert isinstance(event, InboundMessage)
    assert (event.ref, event.from_address, event.text) == ("wamid.1", "+12025550143", "stop pls")


def token(claims: dict[str, Any], *, alg: str = "HS256", key: str = SECRETS["vonage"]) -> str:
    def part(value: bytes) -> str:
        return base64.urlsafe_b64encode(value).rstrip(b"=").decode()

    head = part(json.dumps({"alg": alg, "typ": "JWT"}).encode())
    told = f"{head}.{part(json.dumps(claims).encode())}"
    return f"{told}.{part(hmac.new(key.encode(), told.encode(), sha256).digest())}"


BODY = b'{"status": "delivered", "client_ref": "att-1"}'
CLAIMS = {"iat": int(NOW.timestamp()), "payload_hash": sha256(BODY).hexdigest()}


def by_token(authorization: str, *, body: bytes = BODY, now: datetime = NOW) -> RawCallback:
    headers = {"Authorization": authorization}
    raw = RawCallback("status", "/providers/vonage_sms/status", headers, body)
    assert vonage(now=now).parse_callback(raw)
    return raw


def test_a_token_with_the_bodys_hash_is_accepted() -> None:
    by_token(f"Bearer {token(CLAIMS)}")
    by_token(f"Bearer {token({**CLAIMS, 'exp': CLAIMS['iat'] + 60})}")  # type: ignore[operator]


@pytest.mark.parametrize(
    "authorization",
    [
        pytest.param(f"Bearer {token(CLAIMS, alg='none')}", id="no algorithm"),
        pytest.param(f"Bearer {token(CLAIMS, alg='HS512')}", id="another algorithm"),
        pytest.param(f"Bearer {token(CLAIMS, key='guess')}", id="another key"),
        pytest.param(f"Bearer {token({'iat': CLAIMS['iat']})}", id="no hash"),
        pytest.param(f"Bearer {token({**CLAIMS, 'payload_hash': None})}", id="a hash of nothing"),
        pytest.param(f"Bearer {token({**CLAIMS, 'payload_hash': 'é'})}", id="a hash that is none"),
        pytest.param(f"Bearer {token({'payload_hash': CLAIMS['payload_hash']})}", id="no time"),
        pytest.param(f"Bearer {token({**CLAIMS, 'exp': 1})}", id="lapsed"),
        pytest.param(f"Bearer {token({**CLAIMS, 'exp': 'never'})}", id="lapses never"),
        pytest.param(token(CLAIMS), id="no scheme"),
        pytest.param("Bearer a.b", id="two parts"),
        pytest.param("Bearer é.b.c", id="no letters of ours"),
        pytest.param("Bearer !.!.!", id="no base64"),
        pytest.param(f"Bearer {'W10.W10.' + token(CLAIMS).split('.')[2]}", id="no object"),
        pytest.param("Bearer " + "a" * 9000, id="too long"),
        pytest.param("", id="nothing"),
    ],
)
def test_any_other_token_is_refused(authorization: str) -> None:
    with pytest.raises(BadSignatureError):
        by_token(authorization)


@pytest.mark.parametrize("seconds", [-301, 301])
def test_a_token_of_another_time_is_refused(seconds: int) -> None:
    with pytest.raises(BadSignatureError):
        by_token(f"Bearer {token(CLAIMS)}", now=NOW + timedelta(seconds=seconds))


def test_the_descriptions_are_named_like_their_files() -> None:
    for file in DESCRIPTIONS.glob("*.yaml"):
        assert yaml.safe_load(file.read_text("utf-8"))["gateway"] == file.stem
