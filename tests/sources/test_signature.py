"""Who may speak: Standard Webhooks signatures and secret addresses."""

from base64 import b64encode
from datetime import timedelta

import pytest
from multidict import CIMultiDict
from standardwebhooks import Webhook

from outreach.sources.signature import secret_key, sign
from outreach.sources.source import ForgedError, IncomingRequest
from tests.sources.builders import SECRET, a_source, signed
from tests.sources.samples import NOW, PATH_SECRET, sample

BODY = sample("080").body
OTHER = "whsec_" + "b3RoZXItc2VjcmV0LW9mLXRoaXJ0eS10d28tYnl0ZXM="


def with_headers(**changes: str | None) -> IncomingRequest:
    """Return a signed request with headers replaced, or removed by None."""
    headers = CIMultiDict(signed(BODY).headers)
    for name, value in changes.items():
        headers.pop(name.replace("_", "-"), None)
        if value is not None:
            headers[name.replace("_", "-")] = value
    return IncomingRequest(headers, BODY, None, NOW)


def test_our_signature_is_the_one_that_the_published_library_makes() -> None:
    theirs = Webhook(SECRET).sign("msg_1", NOW, BODY.decode())

    assert sign(secret_key(SECRET), "msg_1", int(NOW.timestamp()), BODY) == theirs


@pytest.mark.parametrize("length", [16, 24, 64, 65, 200])
def test_a_key_of_any_length_verifies_what_the_library_signs(length: int) -> None:
    secret = "whsec_" + b64encode(bytes(range(length))).decode()
    theirs = Webhook(secret).sign("msg_1", NOW, BODY.decode())

    a_source("standard", secrets=(secret,)).authenticate(with_headers(webhook_signature=theirs))


@pytest.mark.parametrize("secrets", [(SECRET,), (OTHER, SECRET), (SECRET, OTHER)], ids=str)
def test_any_of_the_configured_secrets_is_accepted(secrets: tuple[str, ...]) -> None:
    a_source("standard", secrets=secrets).authenticate(signed(BODY))


def test_any_of_several_signatures_is_enough() -> None:
    stamp = int(NOW.timestamp())
    both = " ".join(sign(secret_key(one), "msg_1", stamp, BODY) for one in (OTHER, SECRET))

    a_source("standard", secrets=(SECRET,)).authenticate(
        with_headers(webhook_signature=f"v1a,xyz {both}")
    )


@pytest.mark.parametrize(
    ("seconds", "passes"),
    [(-301, False), (-300, True), (0, True), (300, True), (301, False)],
    ids=["301 s old", "300 s old", "now", "300 s ahead", "301 s ahead"],
)
def test_a_timestamp_may_be_300_seconds_off(seconds: int, passes: bool) -> None:
    request = signed(BODY, at=NOW + timedelta(seconds=seconds))
    source = a_source("standard", secrets=(SECRET,))

    if passes:
        source.authenticate(request)
    else:
        with pytest.raises(ForgedError, match="stale"):
            source.authenticate(request)


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"webhook_id": None}, id="no id"),
        pytest.param({"webhook_id": ""}, id="empty id"),
        pytest.param({"webhook_id": "x" * 201}, id="id too long"),
        pytest.param({"webhook_id": "\u00e9"}, id="id not ASCII"),
        pytest.param({"webhook_id": "msg_2"}, id="another id"),
        pytest.param({"webhook_timestamp": None}, id="no timestamp"),
        pytest.param({"webhook_timestamp": "soon"}, id="timestamp in words"),
        pytest.param({"webhook_timestamp": "1795424400.5"}, id="timestamp with a fraction"),
        pytest.param({"webhook_timestamp": "9" * 400}, id="timestamp beyond all numbers"),
        pytest.param({"webhook_timestamp": "\u0661\u0662"}, id="timestamp in other digits"),
        pytest.param({"webhook_timestamp": "-1"}, id="negative timestamp"),
        pytest.param({"webhook_timestamp": "1795424399"}, id="another timestamp"),
        pytest.param({"webhook_signature": None}, id="no signature"),
        pytest.param({"webhook_signature": ""}, id="empty signature"),
        pytest.param({"webhook_signature": "garbage"}, id="no comma"),
        pytest.param({"webhook_signature": "v1,a,b"}, id="two commas"),
        pytest.param({"webhook_signature": "v1,!!!"}, id="no base64"),
        pytest.param({"webhook_signature": "v1,\u00ff"}, id="not ASCII"),
        pytest.param({"webhook_signature": "v1a,AAAA"}, id="another version alone"),
        pytest.param({"webhook_signature": "v1,AAAA " * 17}, id="too many signatures"),
    ],
)
def test_anything_malformed_is_forged(headers: dict[str, str | None]) -> None:
    with pytest.raises(ForgedError):
        a_source("standard", secrets=(SECRET,)).authenticate(with_headers(**headers))


def test_one_changed_byte_is_forged() -> None:
    request = signed(BODY)
    tampered = IncomingRequest(request.headers, BODY.replace(b"24750", b"14750"), None, NOW)

    with pytest.raises(ForgedError, match="signature"):
        a_source("standard", secrets=(SECRET,)).authenticate(tampered)


@pytest.mark.parametrize(
    ("configured", "given", "passes"),
    [
        pytest.param(PATH_SECRET, PATH_SECRET, True, id="the right one"),
        pytest.param(PATH_SECRET, PATH_SECRET + "x", False, id="a longer one"),
        pytest.param(PATH_SECRET, "", False, id="an empty one"),
        pytest.param(PATH_SECRET, "\ud800", False, id="half a character"),
        pytest.param(PATH_SECRET, None, False, id="none"),
        pytest.param(None, PATH_SECRET, False, id="one where none is configured"),
        pytest.param(None, None, False, id="nothing is configured, nothing is given"),
    ],
)
def test_a_secret_address_is_the_only_other_proof(
    configured: str | None, given: str | None, passes: bool
) -> None:
    source = a_source("fineract_hook", path_secret=configured)
    request = IncomingRequest(CIMultiDict(), b"{}", given, NOW)

    if passes:
        source.authenticate(request)
    else:
        with pytest.raises(ForgedError, match="path_secret"):
            source.authenticate(request)


@pytest.mark.parametrize("secret", ["whsec_***", "whsec_AAAA"], ids=["no base64", "too short"])
def test_a_secret_that_cannot_be_one_is_refused_when_the_source_is_built(secret: str) -> None:
    with pytest.raises(ValueError):
        a_source("standard", secrets=(secret,))
