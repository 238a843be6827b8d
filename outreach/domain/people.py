"""Readers of signals about the person: profile and permissions. See `reading`."""

from collections.abc import Callable, Mapping
from hashlib import sha256
from json import dumps
from typing import Any, Final
from zoneinfo import ZoneInfo

from outreach.domain.asked import ANY_PURPOSE
from outreach.domain.attributes import read_attributes
from outreach.domain.borrowers import REVOKED, SECTIONS, Consent, Endpoint, Profile, Task
from outreach.domain.hold_readers import CHANNELS, HOLD_READERS, PersonTold, Read, choice
from outreach.domain.members import (
    Json,
    block,
    flag,
    items,
    moment,
    moment_or,
    text,
    text_or,
    wrong,
)
from outreach.domain.residences import residence_of
from outreach.domain.signals import Signal, stamp_of
from outreach.domain.statements import PURPOSES
from outreach.domain.vocabulary import (
    EndpointStatus,
)

_FIELDS: Final = ("name", "address", "preferences", "represented_by")
# Ways in which a consent is given in writing, electronically or not.
_WRITTEN: Final = frozenset({"app", "email", "online", "paper", "portal", "sms", "web"})
_ADDRESS: Final = ("country", "region", "city", "postal_code")


def _updated(read: Read) -> PersonTold:
    told = block(read.signal.data, "borrower")
    order = (
        _version(read.signal.data),
        f"{stamp_of(read.signal.time)} {_digest(told)}",
    )
    # A platform that only tells changes marks the profile as partial: the rest stays as it was.
    sections = [one for one in SECTIONS if one in told] if flag(told, "partial") else SECTIONS
    profile = Profile(
        told=dict.fromkeys(sections, order),
        locale=text_or(told, "locale") or None,
        timezone=_zone(told),
        residence=_residence(told),
        fields={
            **{name: told.get(name) for name in _FIELDS},
            "attributes": dict(read_attributes(told)) or None,
            **{name: _marks(told, name) for name in ("phones", "emails")},
        },
        endpoints=tuple(_endpoints(told)),
        consents=tuple(_consent(one) for one in items(told, "consents")),
    )
    return profile, (), None


def _version(data: Json) -> int:
    found = data.get("version")
    if type(found) is not int or not 1 <= found < 2**63:
        raise wrong("version")
    return found


def _digest(told: Json) -> str:
    content = dumps(told, sort_keys=True, default=str, separators=(",", ":"))
    return sha256(content.encode()).hexdigest()[:16]


def _zone(told: Json) -> str | None:
    name = text_or(told, "timezone")
    if not name:
        return None
    try:
        return ZoneInfo(name).key
    except (ValueError, OSError, KeyError):
        raise wrong("borrower.timezone") from None


def _residence(told: Json) -> str | None:
    if told.get("address") is None:
        return None
    address = block(told, "address")
    return residence_of(*(text_or(address, part) for part in _ADDRESS))


def _endpoints(told: Json) -> list[Endpoint]:
    found = [
        Endpoint(
            text(one, "id"),
            "phone",
            text_or(one, "type", "unknown"),
            text(one, "e164"),
            _status(one),
            flag(one, "primary"),
            moment(one, "verified_at") if one.get("verified_at") else None,
        )
        for one in items(told, "phones")
    ]
    found += [
        Endpoint(
            text(one, "id"), "push", text(one, "provider"), text(one, "token"), _status(one),
            verified_at=moment(one, "updated_at") if one.get("updated_at") else None,
        )
        for one in items(told, "push")
    ]  # fmt: skip
    found += [
        Endpoint(
            text(one, "id"), "email", "email", text(one, "address").lower(), _status(one),
            flag(one, "primary"), moment(one, "verified_at") if one.get("verified_at") else None,
        )
        for one in items(told, "emails")
    ]  # fmt: skip
    if told.get("address") is not None:
        lines = dumps(told["address"], sort_keys=True, ensure_ascii=False, default=str)
        found.append(
            Endpoint("postal", "postal", "home", lines, EndpointStatus.ACTIVE, is_primary=True)
        )
    if len({one.endpoint_id for one in found}) != len(found):
        raise wrong("borrower.phones.id")
    return found


def _marks(told: Json, name: str) -> dict[str, Json] | None:
    """Return what is told of addresses beyond their columns, by id; None where nothing is."""
    found = {text(one, "id"): _mark(one) for one in items(told, name)}
    return {ref: mark for ref, mark in found.items() if mark} or None


def _mark(told: Json) -> Json:
    mark: dict[str, Any] = {}
    if owner := text_or(told, "owner"):
        mark["owner"] = owner
    if attributes := read_attributes(told):
        mark["attributes"] = dict(attributes)
    if told.get("reassignment_check") is not None:
        check = block(told, "reassignment_check")
        result = choice(check, "result", _CHECKED)
        mark["reassignment_check"] = {"at": moment(check, "at").isoformat(), "result": result}
    return mark


_CHECKED: Final = frozenset({"yes", "no", "no_data"})


def _status(told: Json) -> EndpointStatus:
    try:
        return EndpointStatus(text_or(told, "status", EndpointStatus.ACTIVE))
    except ValueError:
        raise wrong("status") from None


def _consent(told: Json) -> Consent:
    channel, purpose = text(told, "channel"), text(told, "purpose")
    status = text_or(told, "status", "granted")
    if status not in {"granted", "revoked", "unknown"}:
        raise wrong("consents.status")
    return Consent(
        CHANNELS.get(channel, channel),
        PURPOSES.get(purpose, purpose),
        text_or(told, "endpoint", text_or(told, "address_id")),
        status,
        moment(told, "at"),
        kind=text_or(told, "kind") or _strength(told),
        given_to=text_or(told, "given_to", "creditor"),
        expires_at=moment(told, "expires") if told.get("expires") else None,
        evidence=text_or(told, "evidence"),
    )


def _strength(told: Json) -> str:
    """Return how strong a consent is whose kind wasn't told: what was written, or just express."""
    form = text_or(told, "form") or text_or(told, "source")
    return "express_written" if form in _WRITTEN else "express"


def _revoked(read: Read) -> PersonTold:
    """Read a request to stop on a channel, or all; like a profile's, and without a profile."""
    told = block(read.signal.data, "consent")
    purpose = text_or(told, "purpose", ANY_PURPOSE)
    revoked = Consent(
        CHANNELS.get(text(told, "channel"), text(told, "channel")),
        PURPOSES.get(purpose, purpose),
        text_or(told, "endpoint"),
        REVOKED,
        moment_or(told, "at", read.signal.time),
        evidence=text_or(told, "evidence"),
    )
    return Profile(consents=(revoked,)), (), None


def _statement(read: Read) -> PersonTold:
    told = block(read.signal.data, "statement")
    return None, (), Task("statement", text(told, "id"), read.signal.time)


def read_person(signal: Signal, zone: str) -> PersonTold | None:
    """Return what a signal states of the person; None if its type is about something else.

    Raises:
        SignalError: `malformed`, with the member's name.
    """
    reader = _READERS.get(signal.type)
    return reader(Read(signal, zone)) if reader else None


_READERS: Final[Mapping[str, Callable[[Read], PersonTold]]] = {
    "borrower.updated": _updated,
    **HOLD_READERS,
    "consent.revoked": _revoked,
    "statement.requested": _statement,
}
