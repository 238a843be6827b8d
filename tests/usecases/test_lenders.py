"""What rules may ask about a lender's senders, and which of them may reach an address."""

import pytest

from outreach.domain.known import Flag
from outreach.domain.vocabulary import Channel, LenderRole
from outreach.usecases.lenders import LenderPlan, SenderPlan, sender_attributes


@pytest.mark.parametrize(
    ("number_kind", "registrations", "told"),
    [
        pytest.param("", (), {}, id="nothing but its number"),
        pytest.param("port", (), {"number_kind": "port", "number_port": True}, id="kind of number"),
        pytest.param(
            "", ("a2p_campaign",), {"registration_a2p_campaign": True}, id="a register by its name"
        ),
        pytest.param(
            "",
            ("header_id", "dlt_entity"),
            {"header_id": True, "registration_dlt_entity": True},
            id="what rules know by a word of its own",
        ),
    ],
)
def test_a_sender_is_described(
    number_kind: str, registrations: tuple[str, ...], told: dict[str, Flag]
) -> None:
    found = sender_attributes("10690555010142", number_kind, registrations)

    assert found == {"number": "10690555010142", "caller_id_shown": True, **told}


@pytest.mark.parametrize(
    ("channel", "address", "kind", "slug"),
    [
        pytest.param(
            Channel.SMS, "+8613800000000", "mobile", "china", id="by the number's country"
        ),
        pytest.param(Channel.SMS, "+12125550100", "mobile", "america", id="another country"),
        pytest.param(Channel.SMS, "+442079460000", "mobile", None, id="a country nobody serves"),
        pytest.param(Channel.PUSH, "token", "apns", "ios", id="by the token's service"),
        pytest.param(Channel.PUSH, "token", "fcm", "android", id="another service"),
        pytest.param(Channel.PUSH, "token", "webpush", None, id="a service nobody serves"),
        pytest.param(Channel.EMAIL, "ada@example.com", "email", "mail", id="any address"),
        pytest.param(Channel.WHATSAPP, "+12125550100", "mobile", None, id="no sender at all"),
    ],
)
def test_the_sender_is_the_first_that_may_reach_the_address(
    channel: Channel, address: str, kind: str, slug: str | None
) -> None:
    lender = LenderPlan(
        slug="acme",
        name="Acme",
        role=LenderRole.FIRST_PARTY,
        country="US",
        timezone="America/New_York",
        locale="en-US",
        senders=(
            SenderPlan("china", Channel.SMS, "a", "1069", 1, prefixes=("+86",)),
            SenderPlan("america", Channel.SMS, "a", "+1212", 1, prefixes=("+1",)),
            SenderPlan("ios", Channel.PUSH, "b", "com.acme", 1, kinds=("apns",)),
            SenderPlan("android", Channel.PUSH, "c", "com.acme", 1, kinds=("fcm",)),
            SenderPlan("mail", Channel.EMAIL, "d", "hello@acme.example", 1),
        ),
    )

    found = lender.sender_for(channel, address, kind)

    assert (found.slug if found else None) == slug
