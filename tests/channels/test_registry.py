"""Providers are built from the settings by adapter, or refused with a word on how to mend them."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from outreach.channels import (
    ADAPTERS,
    TOKENS,
    UnknownAdapterError,
    WrongChannelError,
    WrongOptionsError,
    build_providers,
    check_channel,
)
from outreach.channels.gateway_file import DescriptionError
from outreach.channels.http_gateway import HttpGateway
from outreach.channels.sandbox import Sandbox
from outreach.channels.twilio_sms import TwilioSms
from outreach.domain.vocabulary import Channel
from tests.channels.test_sandbox import Pace
from tests.fakes.twilio import ACCOUNT

CONFIG = Path(__file__).parents[2] / "config"


@dataclass
class AProvider:
    """One table of the settings."""

    adapter: str
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class SomeSettings:
    """Two accounts."""

    providers: Mapping[str, AProvider]
    public_base_url: str = "https://cb.collector.example"
    config_dir: Path = Path("/nowhere")


class Keys:
    """Derives keys from labels, as the vault does."""

    def signing_key(self, label: str) -> bytes:
        return label.encode().ljust(32)[:32]


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as found:
        yield found


async def test_each_account_gets_its_adapter(session: aiohttp.ClientSession) -> None:
    settings = SomeSettings(
        {
            "carrier": AProvider("sandbox", {"seed": 3}),
            "twilio": AProvider("twilio_sms", {"account_sid": ACCOUNT, "auth_tokens": ["t"]}),
        }
    )

    built = build_providers(settings, session, Keys(), Pace())

    assert isinstance(built["carrier"], Sandbox)
    assert isinstance(built["twilio"], TwilioSms)
    assert {name: provider.name for name, provider in built.items()} == {
        "carrier": "carrier",
        "twilio": "twilio",
    }
    assert set(built["carrier"].callback_paths) == {
        "/providers/carrier/status",
        "/providers/carrier/inbound",
    }
    assert set(built["twilio"].callback_paths) == {
        f"/twilio/{kind}"
        for kind in (
            "sms/status",
            "sms/inbound",
            "events",
        )
    }


async def test_an_unknown_adapter_is_named_with_the_known_ones(
    session: aiohttp.ClientSession,
) -> None:
    settings = SomeSettings({"fax": AProvider("fax_machine")})

    with pytest.raises(UnknownAdapterError, match=r"'fax_machine' isn't one of twilio_sms, "):
        build_providers(settings, session, Keys(), Pace())
    assert {"twilio_sms", "sandbox", "http_gateway", "aliyun_sms", "tencent_sms"} <= set(ADAPTERS)


async def test_a_sender_of_a_channel_that_its_provider_lacks_is_refused(
    session: aiohttp.ClientSession,
) -> None:
    """A token handed to a carrier as if it were a number would be given up as a dead address."""
    settings = SomeSettings(
        {"twilio": AProvider("twilio_sms", {"account_sid": ACCOUNT, "auth_tokens": ["t"]})}
    )
    twilio = build_providers(settings, session, Keys(), Pace())["twilio"]

    check_channel("lenders.acme.senders.text", Channel.SMS, twilio)
    with pytest.raises(
        WrongChannelError, match=r"senders.app.channel: provider 'twilio' sends sms, not push"
    ):
        check_channel("lenders.acme.senders.app", Channel.PUSH, twilio)


def test_only_adapters_of_the_registry_are_bound_to_a_push_service() -> None:
    assert TOKENS.keys() <= set(ADAPTERS)
    assert {kind for kinds in TOKENS.values() for kind in kinds} == {
        "fcm",
        "apns",
        "webpush",
        "inbox",
    }


async def test_wrong_options_are_named_without_their_values(
    session: aiohttp.ClientSession,
) -> None:
    settings = SomeSettings({"china": AProvider("tencent_sms", {"secret_key": "hidden"})})

    with pytest.raises(
        WrongOptionsError, match=r"providers\.china\.options\.secret_id: .*"
    ) as refused:
        build_providers(settings, session, Keys(), Pace())
    assert "check-config" in str(refused.value)
    assert "hidden" not in str(refused.value)


async def test_a_gateway_is_built_from_the_description_beside_the_settings(
    session: aiohttp.ClientSession,
) -> None:
    given = {"secrets": {"api_key": "k", "webhook": "w"}}
    settings = SomeSettings(
        {"example_gateway": AProvider("http_gateway", given)}, config_dir=CONFIG
    )

    built = build_providers(settings, session, Keys(), Pace())

    assert isinstance(built["example_gateway"], HttpGateway)
    with pytest.raises(DescriptionError, match=r"nowhere/providers/example_gateway\.yaml"):
        build_providers(SomeSettings(settings.providers), session, Keys(), Pace())
