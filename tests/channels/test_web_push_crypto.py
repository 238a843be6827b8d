"""Web Push encrypts as the standard's example does, and takes keys in the forms there are."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    SECP384R1,
    derive_private_key,
    generate_private_key,
)
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pydantic import SecretStr

from outreach.channels.web_push import read_subscription
from outreach.channels.web_push_crypto import (
    LARGEST_TEXT,
    Subscription,
    browser_key,
    browser_secret,
    encrypt,
    from_base64,
    point_of,
    unpadded,
    vapid_key,
)
from tests.fakes.web_push import Browser, FakePushService, sender_key


def test_a_known_message_has_the_known_bytes() -> None:
    # RFC 8291, section 5.
    to = Subscription(
        "https://push.example.net/push/JzLQ3raZJfFBR0aqvOMsLrt54w4rJUsV",
        browser_key(
            "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
        ),
        browser_secret("BTBZMqHH6r4Tts7J_aSIgg"),
    )
    scalar = from_base64("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw")
    own = derive_private_key(int.from_bytes(scalar, "big"), SECP256R1())

    body = encrypt(
        b"When I grow up, I want to be a watermelon",
        to,
        own=own,
        salt=from_base64("DGv6ra1nlYgDCS1FRnbzlw"),
    )

    assert unpadded(body) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS"
        "6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qu"
        "lcy4a-fN"
    )


def test_no_two_messages_look_alike() -> None:
    to = read_subscription(Browser("ada").subscription)
    assert to is not None

    bodies = {encrypt(b"x" * LARGEST_TEXT, to) for _ in range(5)}

    assert len(bodies) == 5
    assert {len(body) for body in bodies} == {4096}


def test_a_subscription_shows_nothing() -> None:
    found = read_subscription(Browser("ada").subscription)

    assert repr(found) == "<Subscription>"


def test_the_key_is_read_as_pem_and_as_bytes() -> None:
    bare = unpadded(sender_key().private_numbers().private_value.to_bytes(32, "big"))
    pem = FakePushService().options["private_key"]

    for text in (bare, bare + "=", pem, pem.replace("\n", "\\n")):
        assert point_of(vapid_key(SecretStr(text)).public_key()) == point_of(
            sender_key().public_key()
        )


def test_a_key_of_another_curve_is_refused() -> None:
    pem = generate_private_key(SECP384R1()).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )

    with pytest.raises(ValueError, match="P-256"):
        vapid_key(SecretStr(pem.decode()))
