"""Providers: one file a vendor, one line each in the registry below."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol

import aiohttp
from pydantic import BaseModel, ValidationError

from outreach.channels import (
    aliyun_sms,
    apns,
    app_inbox,
    fcm,
    gateway_file,
    letter_files,
    sandbox,
    smtp_options,
    tencent_sms,
    twilio_sms,
    twilio_voice,
    twilio_whatsapp,
    web_push,
)
from outreach.channels.aliyun_sms import AliyunSms
from outreach.channels.apns import Apns
from outreach.channels.app_inbox import AppInbox
from outreach.channels.fcm import Fcm
from outreach.channels.http_gateway import HttpGateway
from outreach.channels.letter_files import LetterFiles
from outreach.channels.provider import Capabilities, Provider, ProviderConfig, WallClock
from outreach.channels.sandbox import PaceOfTime, Sandbox
from outreach.channels.smtp_email import SmtpEmail
from outreach.channels.tencent_sms import TencentSms
from outreach.channels.twilio_sms import TwilioSms
from outreach.channels.twilio_voice import TwilioVoice
from outreach.channels.twilio_whatsapp import TwilioWhatsapp
from outreach.channels.web_push import WebPush
from outreach.domain.vocabulary import Channel


class ProviderSettings(Protocol):
    """The part of the settings that providers are built from."""

    @property
    def providers(self) -> Mapping[str, ProviderConfig]:
        """Accounts by slug."""

    @property
    def public_base_url(self) -> str:
        """Where vendors reach us, without a trailing slash."""

    @property
    def config_dir(self) -> Path:
        """Folder of descriptions, among others."""


class SigningKeys(Protocol):
    """Derives secrets that nobody has to configure."""

    def signing_key(self, label: str) -> bytes:
        """Return 32 bytes for one use, the same in every process."""


class UnknownAdapterError(ValueError):
    """The settings name an adapter that isn't in the registry."""


class WrongOptionsError(ValueError):
    """An account's options are wrong; `outreach check-config` says how to mend them."""

    def __init__(self, name: str, error: ValidationError) -> None:
        lines = [
            f"providers.{name}.options.{'.'.join(map(str, one['loc']))}: {one['msg']}"
            for one in error.errors(include_url=False, include_context=False, include_input=False)
        ]
        super().__init__("\n".join([*lines, "`outreach check-config` says how to mend it"]))


class WrongChannelError(ValueError):
    """A sender's provider can't send on its channel: what it would send would go astray."""


TOKENS: Mapping[str, tuple[str, ...]] = {
    "fcm": ("fcm",),
    "apns": ("apns",),
    "web_push": ("webpush",),
    "app_inbox": ("inbox",),
}
"""Kinds of push token that an adapter's accounts send to; those not named here send to any."""


def check_channel(where: str, channel: Channel, provider: Provider) -> None:
    """Make sure that a sender's provider sends on its channel.

    Raises:
        WrongChannelError: It doesn't; `where` names the sender.
    """
    able = provider.capabilities.channels
    if channel not in able:
        named = ", ".join(sorted(able))
        msg = f"{where}.channel: provider {provider.name!r} sends {named}, not {channel}"
        raise WrongChannelError(msg)


class Clock(PaceOfTime, WallClock, Protocol):
    """Both clocks, as far as providers need them."""


class Ground(NamedTuple):
    """What providers are built on."""

    settings: ProviderSettings
    session: aiohttp.ClientSession
    keys: SigningKeys
    clock: Clock


def build_providers(
    settings: ProviderSettings, session: aiohttp.ClientSession, keys: SigningKeys, clock: Clock
) -> dict[str, Provider]:
    """Return the configured providers by slug.

    Raises:
        UnknownAdapterError: `adapter` isn't one of `ADAPTERS`.
        WrongOptionsError: An adapter's options are wrong; no secret is shown.
        DescriptionError: A gateway's description is wrong.
    """
    ground = Ground(settings, session, keys, clock)
    built: dict[str, Provider] = {}
    for name, config in settings.providers.items():
        adapter = REGISTRY.get(config.adapter)
        if adapter is None:
            known = ", ".join(ADAPTERS)
            msg = f"providers.{name}.adapter: {config.adapter!r} isn't one of {known}"
            raise UnknownAdapterError(msg)
        try:
            built[name] = adapter.build(name, config.options, ground)
        except ValidationError as error:
            raise WrongOptionsError(name, error) from None
    return built


def build_simulator(
    settings: ProviderSettings, session: aiohttp.ClientSession, keys: SigningKeys, clock: Clock
) -> Provider:
    """Return the sandbox that contacts go to which must not leave: everybody is reached."""
    calm = {"failure_rate": 0.0, "reply_rate": 0.0}
    return _sandbox("simulated", calm, Ground(settings, session, keys, clock))


def _twilio_sms(name: str, options: Mapping[str, Any], on: Ground) -> Provider:
    return TwilioSms(name, options, on.session, on.settings.public_base_url)


def _twilio_voice(name: str, options: Mapping[str, Any], on: Ground) -> Provider:
    return TwilioVoice(name, options, on.session, on.settings.public_base_url)


def _twilio_whatsapp(name: str, options: Mapping[str, Any], on: Ground) -> Provider:
    return TwilioWhatsapp(name, options, on.session, on.settings.public_base_url)


def _sandbox(name: str, options: Mapping[str, Any], on: Ground) -> Provider:
    key = on.keys.signing_key(f"provider:{name}")
    base = on.settings.public_base_url
    return Sandbox(name, options, on.session, base, key=key, clock=on.clock)


def _smtp_email(name: str, options: Mapping[str, Any], on: Ground) -> Provider:
    key = on.keys.signing_key(f"provider:{name}")
    return SmtpEmail(name, options, on.settings.public_base_url, key=key, clock=on.clock)


def _http_gateway(name: str, options: Mapping[str, Any], on: Ground) -> Provider:
    base, folder = on.settings.public_base_url, on.settings.config_dir / "providers"
    return HttpGateway(name, options, on.session, base, clock=on.clock, folder=folder)


def _letter_files(name: str, options: Mapping[str, Any], on: Ground) -> Provider:
    return LetterFiles(name, options, key=on.keys.signing_key(f"provider:{name}"))


def _aliyun_sms(name: str, options: Mapping[str, Any], on: Ground) -> Provider:
    return AliyunSms(name, options, on.session, clock=on.clock)


def _tencent_sms(name: str, options: Mapping[str, Any], on: Ground) -> Provider:
    return TencentSms(name, options, on.session, clock=on.clock)


def _fcm(name: str, options: Mapping[str, Any], on: Ground) -> Provider:
    return Fcm(name, options, on.session, on.clock)


def _apns(name: str, options: Mapping[str, Any], on: Ground) -> Provider:
    return Apns(name, options, on.clock)


def _web_push(name: str, options: Mapping[str, Any], on: Ground) -> Provider:
    return WebPush(name, options, on.clock)


def _app_inbox(name: str, options: Mapping[str, Any], _: Ground) -> Provider:
    return AppInbox(name, options)


class Adapter(NamedTuple):
    """One line of the registry: what an adapter is, what it is told, how it is built."""

    made: type[Any]
    options: type[BaseModel]
    build: Callable[[str, Mapping[str, Any], Ground], Provider]

    @property
    def capabilities(self) -> Capabilities | None:
        """What all its accounts can do; None where each account's description says it."""
        found = getattr(self.made, "capabilities", None)
        return found if isinstance(found, Capabilities) else None


REGISTRY: Final[Mapping[str, Adapter]] = {
    "twilio_sms": Adapter(TwilioSms, twilio_sms.Options, _twilio_sms),
    "twilio_voice": Adapter(TwilioVoice, twilio_voice.Options, _twilio_voice),
    "sandbox": Adapter(Sandbox, sandbox.Options, _sandbox),
    "http_gateway": Adapter(HttpGateway, gateway_file.Options, _http_gateway),
    "aliyun_sms": Adapter(AliyunSms, aliyun_sms.Options, _aliyun_sms),
    "tencent_sms": Adapter(TencentSms, tencent_sms.Options, _tencent_sms),
    "fcm": Adapter(Fcm, fcm.Options, _fcm),
    "apns": Adapter(Apns, apns.Options, _apns),
    "web_push": Adapter(WebPush, web_push.Options, _web_push),
    "smtp_email": Adapter(SmtpEmail, smtp_options.Options, _smtp_email),
    "app_inbox": Adapter(AppInbox, app_inbox.Options, _app_inbox),
    "letter_files": Adapter(LetterFiles, letter_files.Options, _letter_files),
    "twilio_whatsapp": Adapter(TwilioWhatsapp, twilio_whatsapp.Options, _twilio_whatsapp),
}
ADAPTERS: Final = tuple(REGISTRY)
