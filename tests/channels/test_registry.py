"""Providers are built from the settings by adapter, or refused with a word on how to mend them."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest

from outreach.channels import ADAPTERS, UnknownAdapterError, build_providers
from outreach.channels.sandbox import Sandbox
from outreach.channels.twilio_sms import TwilioSms
from tests.channels.test_sandbox import Pace
from tests.fakes.twilio import ACCOUNT


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
            "voice/status",
            "voice/amd",
            "voice/gather",
            "events",
        )
    }


async def test_an_unknown_adapter_is_named_with_the_known_ones(
    session: aiohttp.ClientSession,
) -> None:
    settings = SomeSettings({"fax": AProvider("fax_machine")})

    with pytest.raises(
        UnknownAdapterError, match=r"'fax_machine' isn't one of twilio_sms, sandbox"
    ):
        build_providers(settings, session, Keys(), Pace())
    assert ADAPTERS == ("twilio_sms", "sandbox")
