"""Signals in our own schema: checked at the door, so that what is stored can always be mapped."""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

import msgspec

from outreach.domain.signals import Signal, lane_of
from outreach.sources.contradictions import contradictions
from outreach.sources.payload import read_items, read_json_counting, texts_with_nul
from outreach.sources.schema import (
    TYPES,
    cloudevent_checker,
    kind_of,
    standard_checker,
)
from outreach.sources.source import (
    ContentKind,
    Envelope,
    FieldProblem,
    MappingError,
    RawSignal,
    SchemaError,
    SourceOptions,
    fingerprint,
)

LARGEST_BATCH: Final = 1000

_KNOWN: Final = frozenset(TYPES)
_NUL_ESCAPE: Final = b"\\u0000"


class Told(msgspec.Struct, frozen=True):
    """One signal as a sender said it, in whichever form, before it is checked.

    `members` are those of the CloudEvents envelope, or of a `{type, timestamp, data}` body with
    `standard_id` as its id.
    """

    members: Any
    fractions: bool
    raw: bytes
    kind: ContentKind
    prefix: str = ""
    standard_id: str | None = None
    headers: Mapping[str, str] | None = None

    def __repr__(self) -> str:
        return f"<Told {self.kind}>"


def split_body(body: bytes, *, standard_id: str | None, batch_allowed: bool = True) -> list[Told]:
    """Return the signals of a JSON body: one object, or an array of them.

    Args:
        body: Raw bytes.
        standard_id: The `webhook-id`, for signals that bring no envelope of their own; None where
            only CloudEvents are taken.
        batch_allowed: Whether an array is taken.

    Raises:
        UnreadableError: Not JSON.
        SchemaError: Neither an object nor, where allowed, an array of 1 to 1000.
    """
    content, fractions = read_json_counting(body)
    if isinstance(content, dict):
        return [_told(content, fractions, body, "", standard_id)]
    if not isinstance(content, list) or not batch_allowed:
        allowed = "one signal as an object" + (", or an array of them" if batch_allowed else "")
        raise SchemaError((FieldProblem("(the body)", "is " + kind_of(content), allowed),))
    if not 0 < len(content) <= LARGEST_BATCH:
        allowed = f"an array of 1 to {LARGEST_BATCH} signals"
        raise SchemaError((FieldProblem("(the body)", "is out of bounds", allowed),))
    own = standard_id
    return [
        _told(item, fractions, raw, f"[{index}]", f"{own}#{index}" if own else None)
        for index, (item, raw) in enumerate(zip(content, read_items(body), strict=True))
    ]


def _told(content: Any, fractions: bool, raw: bytes, prefix: str, standard_id: str | None) -> Told:  # noqa: FBT001 - private, called by position for speed
    if standard_id is not None and not (isinstance(content, dict) and "specversion" in content):
        return Told(content, fractions, raw, ContentKind.STANDARD, prefix, standard_id)
    return Told(content, fractions, raw, ContentKind.CLOUDEVENT, prefix)


def check(told: list[Told], options: SourceOptions) -> list[Envelope]:
    """Check every signal of a request and return their envelopes.

    Raises:
        SchemaError: Any of them breaks the schema; all problems of all of them are named.
    """
    envelopes: list[Envelope] = []
    problems: list[FieldProblem] = []
    for one in told:
        wrong = _problems(one)
        if wrong:
            problems += wrong
        elif not problems:
            envelopes.append(_envelope(one, options))
    if problems:
        raise SchemaError(tuple(problems))
    return envelopes


def _problems(told: Told) -> list[FieldProblem]:
    members = told.members
    if not isinstance(members, dict):
        return [
            FieldProblem(
                told.prefix or "(the body)", "is " + kind_of(members), "one signal as an object"
            )
        ]
    named = members.get("type")
    type_ = named if isinstance(named, str) and named in _KNOWN else None
    checker = standard_checker(type_) if told.standard_id else cloudevent_checker(type_)
    wrong = list(checker.problems(members, fractions=told.fractions, prefix=told.prefix))
    if _NUL_ESCAPE in told.raw:
        wrong += [
            FieldProblem(path, "holds a NUL character", "text without control character 0")
            for path in texts_with_nul(members, told.prefix)
        ]
    if wrong or type_ is None:
        return wrong
    return contradictions(type_, members, told.prefix)


def _envelope(told: Told, options: SourceOptions) -> Envelope:
    members = told.members
    type_, data, own = members["type"], members["data"], told.standard_id
    subjects = _subjects(data)
    if own is not None:
        # One way of saying it, so the bytes are what it says; a retry repeats them.
        said = sha256(told.raw).digest()
        return Envelope(
            own, options.uri, type_, tuple(subjects), lane_of(type_), said, told.kind, told.raw
        )
    subject, time = members["subject"], datetime.fromisoformat(members["time"]).timestamp()
    if subject not in subjects:
        subjects.append(subject)
    return Envelope(
        members["id"],
        members["source"],
        type_,
        tuple(subjects),
        lane_of(type_),
        fingerprint([type_, subject, time, members.get("sequence"), data]),
        told.kind,
        told.raw,
        told.headers or {},
    )


def _signal(members: Mapping[str, Any], standard_id: str | None, options: SourceOptions) -> Signal:
    data = members["data"]
    if standard_id is None:
        return Signal(
            id=members["id"],
            source=members["source"],
            type=members["type"],
            subject=members["subject"],
            time=datetime.fromisoformat(members["time"]),
            sequence=members.get("sequence"),
            data=data,
        )
    return Signal(
        id=standard_id,
        source=options.uri,
        type=members["type"],
        subject=_standard_subject(members["type"], _subjects(data)),
        time=datetime.fromisoformat(members["timestamp"]),
        sequence=members.get("sequence"),
        data=data,
    )


def _standard_subject(type_: str, subjects: list[str]) -> str:
    """Return whom a signal without a subject of its own is about; empty if it names nobody."""
    wanted = "borrower/" if type_.startswith("borrower.") else "loan/"
    named = next((subject for subject in subjects if subject.startswith(wanted)), None)
    return named or (subjects[0] if subjects else "")


def _subjects(data: Mapping[str, Any]) -> list[str]:
    """Return every loan and borrower that the data names, under each of their names."""
    found: list[str] = []
    for kind in ("loan", "borrower"):
        about = data.get(kind)
        if isinstance(about, dict):
            name = about.get("id")
            if isinstance(name, str) and name:
                found.append(f"{kind}/{name}")
            if "aliases" in about:
                found += _refs(kind, about["aliases"])
    if "hardship" in data and isinstance(data["hardship"], dict):
        found += _refs("loan", data["hardship"].get("loans"))
    return found


def _refs(kind: str, names: Any) -> list[str]:
    if not isinstance(names, list):
        return []
    return [f"{kind}/{name}" for name in names if isinstance(name, str) and name]


def map_canonical(
    raw: RawSignal, members: Mapping[str, Any], options: SourceOptions
) -> list[Signal]:
    """Return the signal that was checked at the door.

    Raises:
        MappingError: `unknown_type`.
    """
    if raw.type not in _KNOWN:
        raise MappingError(
            "unknown_type",
            f"no signal type is called {raw.type}; /v1/schemas/ lists those that take effect",
        )
    own = raw.signal_id if raw.kind is ContentKind.STANDARD else None
    if raw.type == "borrower.updated":
        members = {**members, "data": _with_consents(members["data"])}
    return [_signal(members, own, options)]


def _with_consents(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the data with every consent in one shape, whichever of the two it came in."""
    borrower = data["borrower"]
    if not borrower.get("consents"):
        return data
    consents = [
        {
            **consent,
            "status": consent.get("status", "granted"),
            "address_id": consent.get("endpoint", consent.get("address_id", "")),
            "expires_at": consent.get("expires", consent.get("expires_at")),
        }
        for consent in borrower["consents"]
    ]
    return {**data, "borrower": {**borrower, "consents": consents}}
