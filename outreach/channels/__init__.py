"""Providers: one file a vendor, one line each in the registry below."""

from collections.abc import Mapping
from typing import Any, Protocol

import aiohttp

from outreach.channels.provider import Provider, ProviderConfig
from outreach.channels.sandbox import PaceOfTime, Sandbox
from outreach.channels.twilio_sms import TwilioSms


class ProviderSettings(Protocol):
    """The part of the settings that providers are built from."""

    @property
    def providers(self) -> Mapping[str, ProviderConfig]:
        """Accounts by slug."""

    @property
    def public_base_url(self) -> str:
        """Where vendors reach us, without a trailing slash."""


class SigningKeys(Protocol):
    """Derives secrets that nobody has to configure."""

    def signing_key(self, label: str) -> bytes:
        """Return 32 bytes for one use, the same in every process."""


class UnknownAdapterError(ValueError):
    """The settings name an adapter that isn't in the registry."""


def build_providers(
    settings: ProviderSettings, session: aiohttp.ClientSession, keys: SigningKeys, clock: PaceOfTime
) -> dict[str, Provider]:
    """Return the configured providers by slug.

    Raises:
        UnknownAdapterError: `adapter` isn't one of `ADAPTERS`.
        pydantic.ValidationError: An adapter's options are wrong; no secret is shown.
    """
    built: dict[str, Provider] = {}
    for name, config in settings.providers.items():
        options: Mapping[str, Any] = config.options
        match config.adapter:
            case "twilio_sms":
                built[name] = TwilioSms(name, options, session, settings.public_base_url)
            case "sandbox":
                key = keys.signing_key(f"provider:{name}")
                built[name] = Sandbox(
                    name, options, session, settings.public_base_url, key=key, clock=clock
                )
            case other:
                msg = f"providers.{name}.adapter: {other!r} isn't one of {', '.join(ADAPTERS)}"
                raise UnknownAdapterError(msg)
    return built


ADAPTERS = ("twilio_sms", "sandbox")
