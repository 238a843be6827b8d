"""Readers of signals about the person: profile, permissions, holds. See `reading`."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, time
from hashlib import sha256
from json import dumps
from typing import Any, Final
from zoneinfo import ZoneInfo

from outreach.domain.attributes import read_attributes
from outreach.domain.borrowers import SECTIONS, Consent, Endpoint, Profile, Task
from outreach.domain.hold_details import read_details
from outreach.domain.holds import EVERY_LOAN, LIFTING, RELEASE_ONLY, Hold
from outreach.domain.members import (
    Json,
    block,
    day,
    flag,
    items,
    moment,
    moment_or,
    text,
    text_or,
    wrong,
)
from outreach.domain.promises import end_of_day
from outreach.domain.records import dataclass
from outreach.domain.residences import residence_of
from outreach.domain.signals import Signal, stamp_of
from outreach.domain.statements import PURPOSES, HoldTold, listed_loans
from outreach.domain.vocabulary import Channel, ContactPolicy, EndpointStatus, HoldKind

PersonTold = tuple[Profile | None, tuple[HoldTold, ...], Task | None]

_CHANNELS: Final = {"voice": Channel.CALL.value}
_FIELDS: Final = ("name", "address", "preferences", "represented_by")
# Ways in which a consent is given in writing, electronically or not.
_WRITTEN: Final = frozenset({"app", "email", "online", "paper", "portal", "sms", "web"})
_ADDRESS: Final = ("country", "region", "city", "postal_code")


@dataclass(frozen=True, slots=True)
class _Read:
    signal: Signal
    zone: str


def _updated(read: _Read) -> PersonTold:
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
        result = _choice(check, "result", _CHECKED)
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
        _CHANNELS.get(channel, channel),
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


def _word(
    signal: Signal, kind: HoldKind, case_ref: str, word: str, policy: ContactPolicy, **more: Any
) -> Hold:
    return Hold(
        kind=kind,
        case_ref=case_ref,
        loan_id=EVERY_LOAN,
        policy=policy,
        channel=more.get("channel", ""),
        placed_at=signal.time,
        starts_at=more.get("starts_at", signal.time),
        ends_at=more.get("ends_at"),
        version_at=signal.time,
        word=word,
        evidence=more.get("evidence", ""),
        details=more.get("details", {}),
    )


def _told(hold: Hold, loans: tuple[str, ...] = ()) -> tuple[HoldTold, ...]:
    # A word that lifts is about the whole case, whichever loans it repeats.
    return (HoldTold(hold, () if hold.lifts else loans),)


def _policy(told: Json, default: ContactPolicy | None = None) -> ContactPolicy:
    try:
        return ContactPolicy(text_or(told, "contact_policy", default or ""))
    except ValueError:
        raise wrong("contact_policy") from None


def _choice(told: Json, name: str, allowed: frozenset[str]) -> str:
    found = text(told, name)
    if found not in allowed:
        raise wrong(name)
    return found


_DISPUTE: Final = LIFTING[HoldKind.DISPUTE] | {"opened"}
_HARDSHIP: Final = LIFTING[HoldKind.HARDSHIP] | {"requested", "granted"}
_BANKRUPTCY: Final = frozenset({"filed", "discharged", "dismissed", "closed"})
_COMPLAINT: Final = LIFTING[HoldKind.COMPLAINT] | {"opened"}


def _dispute(read: _Read) -> PersonTold:
    told = block(read.signal.data, "dispute")
    hold = _word(
        read.signal,
        HoldKind.DISPUTE,
        text(told, "id"),
        _choice(told, "status", _DISPUTE),
        _policy(told),
        evidence=text_or(told, "evidence", text_or(told, "kind")),
        details=read_details(told),
        starts_at=min(read.signal.time, moment(told, "received_at")),
    )
    return None, _told(hold, _loan_told(read.signal)), None


def _hardship(read: _Read) -> PersonTold:
    told = block(read.signal.data, "hardship")
    hold = _word(
        read.signal, HoldKind.HARDSHIP, text(told, "id"), _choice(told, "status", _HARDSHIP),
        _policy(told), evidence=text_or(told, "kind"), **_span(read.signal, told, read.zone),
    )  # fmt: skip
    return None, _told(hold, listed_loans(told)), None


def _span(signal: Signal, told: Json, zone: str) -> dict[str, datetime | None]:
    """Return when a hold acts: from when we hear of it, or from earlier if it says so."""
    starts_at, ends_at = signal.time, None
    if told.get("from") is not None:
        starts_at = min(starts_at, _bound(told, "from", zone, ends=False))
    if told.get("until") is not None:
        ends_at = _bound(told, "until", zone, ends=True)
    return {"starts_at": starts_at, "ends_at": ends_at}


def _bound(told: Json, name: str, zone: str, *, ends: bool) -> datetime:
    """Read a date (until: through its end) or an instant."""
    if len(text(told, name)) > len("YYYY-MM-DD"):
        return moment(told, name)
    on = day(told, name)
    if ends:
        return end_of_day(on, zone)
    return datetime.combine(on, time.min, ZoneInfo(zone)).astimezone(UTC)


def _deceased(read: _Read) -> PersonTold:
    told = block(read.signal.data, "deceased")
    confirmed, retracted = flag(told, "confirmed"), flag(told, "retracted")
    day(told, "reported_on")
    word = "retracted" if retracted else "confirmed" if confirmed else "reported"
    hold = _word(read.signal, HoldKind.DECEASED, "deceased", word, ContactPolicy.STOP_ALL)
    task = None if confirmed or retracted else Task("confirm_death", "deceased", read.signal.time)
    return None, _told(hold), task


def _bankruptcy(read: _Read) -> PersonTold:
    told = block(read.signal.data, "bankruptcy")
    attorney = isinstance(told.get("attorney"), dict)
    policy = ContactPolicy.ATTORNEY_ONLY if attorney else ContactPolicy.STOP_ALL
    hold = _word(
        read.signal, HoldKind.BANKRUPTCY, text_or(told, "case_ref", "bankruptcy"),
        _choice(told, "status", _BANKRUPTCY), policy, evidence=text_or(told, "jurisdiction"),
    )  # fmt: skip
    return None, _told(hold), None


def _complaint(read: _Read) -> PersonTold:
    told = block(read.signal.data, "complaint")
    case, word = text(told, "id"), "opened"
    if told.get("status") is not None:
        word = _choice(told, "status", _COMPLAINT)
    holds: tuple[HoldTold, ...] = ()
    if told.get("contact_policy") is not None or word == "closed":
        policy = _policy(told, ContactPolicy.PAUSE_COLLECTION)
        holds = _told(
            _word(read.signal, HoldKind.COMPLAINT, case, word, policy), listed_loans(told)
        )
    return None, holds, Task("complaint", case, read.signal.time) if word == "opened" else None


def _placed(read: _Read) -> PersonTold:
    told = block(read.signal.data, "hold")
    channel = text_or(told, "channel")
    hold = _word(
        read.signal,
        _kind(told),
        text(told, "id"),
        "placed",
        _policy(told, ContactPolicy.PAUSE_COLLECTION),
        channel=_CHANNELS.get(channel, channel),
        evidence=text_or(told, "evidence", text_or(told, "reason")),
        details=read_details({name: told[name] for name in told if name != "channel"}),
        **_span(read.signal, told, read.zone),
    )
    return None, _told(hold, listed_loans(told) or _loan_told(read.signal)), None


def _released(read: _Read) -> PersonTold:
    told = block(read.signal.data, "hold")
    kind, policy = _kind(told), ContactPolicy.PAUSE_COLLECTION
    hold = _word(read.signal, kind, text(told, "id"), RELEASE_ONLY, policy)
    at = moment_or(told, "released_at", read.signal.time)
    # A release is about the whole case, whichever loan it repeats.
    return None, _told(replace(hold, freed_at=at)), None


def _loan_told(signal: Signal) -> tuple[str, ...]:
    loan = signal.data.get("loan")
    return (text(loan, "id"),) if isinstance(loan, dict) else ()


def _kind(told: Json) -> HoldKind:
    try:
        return HoldKind(text_or(told, "kind", HoldKind.OPERATOR))
    except ValueError:
        raise wrong("hold.kind") from None


def read_person(signal: Signal, zone: str) -> PersonTold | None:
    """Return what a signal states of the person; None if its type is about something else.

    Raises:
        SignalError: `malformed`, with the member's name.
    """
    reader = _READERS.get(signal.type)
    return reader(_Read(signal, zone)) if reader else None


_READERS: Final[Mapping[str, Callable[[_Read], PersonTold]]] = {
    "borrower.updated": _updated,
    "borrower.dispute": _dispute,
    "borrower.hardship": _hardship,
    "borrower.deceased": _deceased,
    "borrower.bankruptcy": _bankruptcy,
    "complaint.received": _complaint,
    "hold.placed": _placed,
    "hold.released": _released,
}
