"""What a borrower tells on their page, posted as signals into the same inbox as a platform's.

The service is a source of its own for it, one a lender, that takes nothing from outside. What is
told folds as every signal does; a form that is posted twice is told once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any, Final

import msgspec

from outreach.domain.affordability import Suggestion
from outreach.domain.money import Money
from outreach.domain.records import dataclass
from outreach.sources.canonical import check, split_body
from outreach.sources.source import RawSignal, SourceOptions, fingerprint
from outreach.store.inbox import Stored
from outreach.usecases.receive import Arrival, GroupCommit

URI: Final = "urn:outreach:self-service"
CHANNEL: Final = "self_service"
REF: Final = "ss-"
"""What the ids of promises, disputes and requests made on the page begin with."""

STOPS: Final = ("sms", "call", "email", "whatsapp", "push", "all")
"""What a borrower may stop; a call's stop is a voicemail's as well."""

SHUNNED: Final = ("sms", "call", "email", "whatsapp", "push")
"""Channels that a borrower may ask to be left out, without stopping them."""

_ENCODE: Final = msgspec.json.Encoder().encode
_HOURS_REF: Final = f"{REF}hours"


@dataclass(frozen=True, slots=True)
class Teller:
    """Who tells: the borrower by the platform's name, about their loan, in the lender's zone.

    `form` is the form's own key: what it tells has ids made from it, the same however often it is
    posted.
    """

    borrower: str
    loan: str
    currency: str
    zone: str
    form: str

    @property
    def ref(self) -> str:
        """Id of what this form tells."""
        return f"{REF}{self.form}"


@dataclass(frozen=True, slots=True)
class Said:
    """One signal to be: its type, whether it is about the loan or the person, and its data."""

    type: str
    about: str
    data: Mapping[str, Any] = field(repr=False)


def promise(teller: Teller, amount_minor: int, due_on: date, now: datetime) -> list[Said]:
    """Promise to pay an amount by a date in the lender's calendar."""
    told = {
        "id": teller.ref,
        "amount": amount_minor,
        "currency": teller.currency,
        "due_on": due_on.isoformat(),
        "made_at": now.isoformat(),
        "channel": CHANNEL,
    }
    return [Said("promise_to_pay.created", "loan", {"promise": told})]


def hardship(teller: Teller, kind: str, note: str, wish: Suggestion | None = None) -> list[Said]:
    """Say that paying is hard: outreach pauses until the lender has answered.

    `wish` is the suggestion that the borrower asks for; a person decides on it.
    """
    told = {
        "id": teller.ref,
        "status": "requested",
        "kind": kind,
        "contact_policy": "pause_collection",
        "loans": [teller.loan],
        "channel": CHANNEL,
        **({"wish": _asked_for(wish, teller.currency)} if wish is not None else {}),
        **_noted(note),
    }
    return [Said("borrower.hardship", "borrower", {"hardship": told})]


def dispute(teller: Teller, kind: str, note: str, now: datetime) -> list[Said]:
    """Dispute the debt, in writing: outreach about it pauses until it was looked into."""
    told = {
        "id": teller.ref,
        "status": "opened",
        "kind": kind,
        "channel": CHANNEL,
        "form": "written",
        "received_at": now.isoformat(),
        "contact_policy": "pause_collection",
        **_noted(note),
    }
    return [Said("borrower.dispute", "borrower", {"dispute": told})]


def complaint(teller: Teller, kind: str, note: str, now: datetime) -> list[Said]:
    """Complain; a person at the lender has to answer in time."""
    told = {
        "id": teller.ref,
        "status": "opened",
        "kind": kind,
        "channel": CHANNEL,
        "received_at": now.isoformat(),
        "loans": [teller.loan],
        **_noted(note),
    }
    return [Said("complaint.received", "loan", {"complaint": told})]


def stop(teller: Teller, channel: str, now: datetime) -> list[Said]:
    """Take back every permission on a channel; on `all`, in writing, ask for no contact at all."""
    at = now.isoformat()
    media = ("call", "voicemail") if channel == "call" else (channel,)
    said = [
        Said(
            "consent.revoked", "borrower",
            {"consent": {"channel": one, "at": at, "evidence": CHANNEL}},
        )
        for one in media
    ]  # fmt: skip
    if channel == "all":
        hold = {
            "id": teller.ref,
            "kind": "cease",
            "contact_policy": "stop_all",
            "form": "written",
            "evidence": CHANNEL,
        }
        said.append(Said("hold.placed", "borrower", {"hold": hold}))
    return said


def prefer(
    hours: tuple[str, str] | None, shunned: Sequence[str], known: Sequence[str]
) -> list[Said]:
    """Ask for contact within some local hours only, and not by some channels.

    Args:
        hours: From and to, as `09:00`; None for any.
        shunned: Channels that are to be left out.
        known: Ids of what was asked on the page before and still holds: what isn't asked again is
            taken back.
    """
    asked: dict[str, dict[str, Any]] = {
        f"{REF}not-{one}": {"kind": "against", "channel": one} for one in shunned
    }
    if hours is not None:
        asked[_HOURS_REF] = {"kind": "only", "from": hours[0], "to": hours[1]}
    said = [
        Said("preference.set", "borrower", {"preference": _wish(ref, wish)})
        for ref, wish in sorted(asked.items())
    ]
    return said + [
        Said("preference.removed", "borrower", {"preference": {"id": ref, "by": CHANNEL}})
        for ref in sorted(known)
        if ref not in asked
    ]


def speak(teller: Teller, locale: str, version: int) -> list[Said]:
    """Ask for another language; as the profile of this version, told later."""
    told = {"id": teller.borrower, "locale": locale, "partial": True}
    data = {"borrower": told, "changed": ["locale"], "version": max(version, 1)}
    return [Said("borrower.updated", "borrower", data)]


def statement(teller: Teller, now: datetime) -> list[Said]:
    """Ask for a statement of the loan."""
    told = {"id": teller.ref, "requested_at": now.isoformat(), "channel": CHANNEL}
    return [Said("statement.requested", "loan", {"statement": told})]


def _wish(ref: str, wish: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": ref, **wish, "form": "written", "by": CHANNEL}


def _asked_for(wish: Suggestion, currency: str) -> str:
    """Write what the borrower asks for, for the person who decides."""
    day = [] if wish.due_day is None else [f"due day {wish.due_day}"]
    parts = [str(Money(one, currency)) for one in wish.parts]
    plan = [f"monthly parts beside the installment: {', '.join(parts)}"] if parts else []
    return "; ".join(day + plan)


def _noted(note: str) -> dict[str, str]:
    """Return the borrower's own words, as the work that comes of them shows them."""
    return {"statement": note} if note else {}


async def tell(
    source: SourceOptions,
    commit: GroupCommit,
    teller: Teller,
    said: Sequence[Said],
    *,
    now: datetime,
    wall_now: datetime,
) -> list[Stored]:
    """Post what was said; returns after it is on disk.

    What was said by the same form before, with the same content, is a duplicate; with another
    content it is told anew.

    Args:
        source: The service's own source for the lender.
        commit: Where signals are stored.
        teller: Who tells.
        said: What.
        now: Business time.
        wall_now: The machine's time.

    Raises:
        StoreAwayError: Nothing was stored.
    """
    arrivals = []
    for number, one in enumerate(said):
        envelope, raw = _envelope(source, teller, one, number, now)
        arrivals.append(
            Arrival(source.tenant, source.slug, envelope, raw.pack(), wall_now),
        )
    return await commit.put(arrivals)


def _envelope(
    source: SourceOptions, teller: Teller, said: Said, number: int, now: datetime
) -> tuple[Any, RawSignal]:
    about = {
        "loan": {"id": teller.loan, "currency": teller.currency},
        "borrower": {"id": teller.borrower},
        "lender_timezone": teller.zone,
    }
    data = {**about, **said.data}
    content = sha256(fingerprint([said.type, _timeless(said.data)])).hexdigest()[:12]
    subject = f"loan/{teller.loan}" if said.about == "loan" else f"borrower/{teller.borrower}"
    signal_id = f"{teller.form}-{number}-{content}"
    body = _ENCODE(
        {
            "specversion": "1.0",
            "id": signal_id,
            "source": URI,
            "type": said.type,
            "subject": subject,
            "time": now.astimezone(UTC).isoformat(),
            "datacontenttype": "application/json",
            "data": data,
        }
    )
    [envelope] = check(split_body(body, standard_id=None), source)
    # The second post of a form is the same telling, though its time is another.
    envelope = msgspec.structs.replace(envelope, fingerprint=fingerprint(signal_id))
    return envelope, RawSignal.of(envelope, source, now)


_TIMES: Final = frozenset({"at", "made_at", "received_at", "requested_at"})


def _timeless(told: Any) -> Any:
    """Return what was said without when: that differs each time a form is posted."""
    if isinstance(told, Mapping):
        return {name: _timeless(one) for name, one in told.items() if name not in _TIMES}
    return told
