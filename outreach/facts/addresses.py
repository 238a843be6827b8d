"""Which of a person's addresses a channel may use, the best first."""

from collections.abc import Mapping
from typing import Final

from outreach.domain.borrowers import Endpoint, PersonState
from outreach.domain.vocabulary import Channel, EndpointStatus

PHONE: Final = "phone"
ON_FILE: Final = {Channel.AGENCY_HANDOFF: ("file",), Channel.RECORDS: ("file",)}
"""What stands for an address where the file itself is handed on: everybody has one."""
_NO_TEXTS: Final = frozenset({"landline", "landline_residential", "work_phone"})
_TEXTED: Final = (Channel.SMS, Channel.WHATSAPP, Channel.CALL)
_CALLED: Final = (Channel.CALL,)
_CHANNELS: Final[Mapping[str, tuple[Channel, ...]]] = {
    "push": (Channel.PUSH,),
    "email": (Channel.EMAIL,),
    "postal": (Channel.LETTER, Channel.VISIT),
}


def addresses_of(person: PersonState) -> dict[Channel, tuple[str, ...]]:
    """Return usable endpoint ids by channel: the primary first, then the latest verified.

    A mobile number takes texts, WhatsApp and calls, any other number calls only. An address that
    isn't active is none. Where somebody lives they may be written to
    and visited.
    """
    found: dict[Channel, list[str]] = {}
    for endpoint in sorted(person.profile.endpoints, key=_preference):
        if endpoint.status is EndpointStatus.ACTIVE:
            for channel in _channels_of(endpoint):
                found.setdefault(channel, []).append(endpoint.endpoint_id)
    return {channel: tuple(each) for channel, each in found.items()}


def _channels_of(endpoint: Endpoint) -> tuple[Channel, ...]:
    if endpoint.medium == PHONE:
        return _CALLED if endpoint.kind in _NO_TEXTS else _TEXTED
    return _CHANNELS.get(endpoint.medium, ())


def _preference(endpoint: Endpoint) -> tuple[bool, float, str]:
    verified = endpoint.verified_at.timestamp() if endpoint.verified_at else 0.0
    return not endpoint.is_primary, -verified, endpoint.endpoint_id
