"""Readers of signals that place, answer or lift holds. See `people`."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, time
from json import dumps
from typing import Any, Final
from zoneinfo import ZoneInfo

from outreach.domain.borrowers import Profile, Task
from outreach.domain.hold_details import read_details
from outreach.domain.holds import EVERY_LOAN, LIFTING, RELEASE_ONLY, Hold
from outreach.domain.members import Json, block, day, flag, moment, moment_or, text, text_or, wrong
from outreach.domain.promises import end_of_day
from outreach.domain.records import dataclass
from outreach.domain.signals import Signal
from outreach.domain.statements import HoldTold, listed_loans
from outreach.domain.vocabulary import Channel, ContactPolicy, HoldKind, TaskKind

PersonTold = tuple[Profile | None, tuple[HoldTold, ...], Task | None]
CHANNELS: Final = {"voice": Channel.CALL.value}
"""Platforms' words for a channel, as ours."""


@dataclass(frozen=True, slots=True)
class Read:
    """A signal about a person, and the zone of dates that end in a day."""

    signal: Signal
    zone: str


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


def choice(told: Json, name: str, allowed: frozenset[str]) -> str:
    """Return one of the allowed words.

    Raises:
        SignalError: `malformed`: it is another.
    """
    found = text(told, name)
    if found not in allowed:
        raise wrong(name)
    return found


_DISPUTE: Final = LIFTING[HoldKind.DISPUTE] | {"opened"}
_HARDSHIP: Final = LIFTING[HoldKind.HARDSHIP] | {"requested", "granted"}
_BANKRUPTCY: Final = frozenset({"filed", "discharged", "dismissed", "closed"})
_COMPLAINT: Final = LIFTING[HoldKind.COMPLAINT] | {"opened"}


def _dispute(read: Read) -> PersonTold:
    told = block(read.signal.data, "dispute")
    hold = _word(
        read.signal,
        HoldKind.DISPUTE,
        text(told, "id"),
        choice(told, "status", _DISPUTE),
        _policy(told),
        evidence=text_or(told, "evidence", text_or(told, "kind")),
        details=read_details(told),
        starts_at=min(read.signal.time, moment(told, "received_at")),
    )
    task = _work(read.signal, TaskKind.DISPUTE, told) if hold.word == "opened" else None
    return None, _told(hold, _loan_told(read.signal)), task


def _work(signal: Signal, kind: TaskKind, told: Json) -> Task:
    """Return the work that a borrower's word is, with what they said where that was told."""
    said = {name: text_or(told, name) for name in ("statement", "wish", "kind", "channel", "by")}
    known = {name: value for name, value in said.items() if value}
    return Task(kind, text(told, "id"), signal.time, dumps(known, ensure_ascii=False))


def _hardship(read: Read) -> PersonTold:
    told = block(read.signal.data, "hardship")
    hold = _word(
        read.signal, HoldKind.HARDSHIP, text(told, "id"), choice(told, "status", _HARDSHIP),
        _policy(told), evidence=text_or(told, "kind"), **_span(read.signal, told, read.zone),
    )  # fmt: skip
    task = _work(read.signal, TaskKind.HARDSHIP, told) if hold.word == "requested" else None
    return None, _told(hold, listed_loans(told)), task


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


def _deceased(read: Read) -> PersonTold:
    told = block(read.signal.data, "deceased")
    confirmed, retracted = flag(told, "confirmed"), flag(told, "retracted")
    day(told, "reported_on")
    word = "retracted" if retracted else "confirmed" if confirmed else "reported"
    hold = _word(read.signal, HoldKind.DECEASED, "deceased", word, ContactPolicy.STOP_ALL)
    task = (
        None
        if confirmed or retracted
        else Task(TaskKind.CONFIRM_DEATH, "deceased", read.signal.time)
    )
    return None, _told(hold), task


def _bankruptcy(read: Read) -> PersonTold:
    told = block(read.signal.data, "bankruptcy")
    attorney = isinstance(told.get("attorney"), dict)
    policy = ContactPolicy.ATTORNEY_ONLY if attorney else ContactPolicy.STOP_ALL
    hold = _word(
        read.signal, HoldKind.BANKRUPTCY, text_or(told, "case_ref", "bankruptcy"),
        choice(told, "status", _BANKRUPTCY), policy, evidence=text_or(told, "jurisdiction"),
    )  # fmt: skip
    return None, _told(hold), None


def _complaint(read: Read) -> PersonTold:
    told = block(read.signal.data, "complaint")
    case, word = text(told, "id"), "opened"
    if told.get("status") is not None:
        word = choice(told, "status", _COMPLAINT)
    holds: tuple[HoldTold, ...] = ()
    if told.get("contact_policy") is not None or word == "closed":
        policy = _policy(told, ContactPolicy.PAUSE_COLLECTION)
        holds = _told(
            _word(read.signal, HoldKind.COMPLAINT, case, word, policy), listed_loans(told)
        )
    task = _work(read.signal, TaskKind.COMPLAINT, told) if word == "opened" else None
    return None, holds, task


def _placed(read: Read) -> PersonTold:
    told = block(read.signal.data, "hold")
    channel = text_or(told, "channel")
    hold = _word(
        read.signal,
        _kind(told),
        text(told, "id"),
        "placed",
        _policy(told, ContactPolicy.PAUSE_COLLECTION),
        channel=CHANNELS.get(channel, channel),
        evidence=text_or(told, "evidence", text_or(told, "reason")),
        details=read_details({name: told[name] for name in told if name != "channel"}),
        **_span(read.signal, told, read.zone),
    )
    return None, _told(hold, listed_loans(told) or _loan_told(read.signal)), None


def _released(read: Read) -> PersonTold:
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


HOLD_READERS: Final[Mapping[str, Callable[[Read], PersonTold]]] = {
    "borrower.dispute": _dispute,
    "borrower.hardship": _hardship,
    "borrower.deceased": _deceased,
    "borrower.bankruptcy": _bankruptcy,
    "complaint.received": _complaint,
    "hold.placed": _placed,
    "hold.released": _released,
}
