"""The files of a case's package: figures, steps, the log with its proof, a summary on paper."""

import csv
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from io import StringIO
from typing import Any, Final

import msgspec
from cryptography.exceptions import InvalidTag

from outreach.domain.hand_offs import HandOff
from outreach.domain.loans import LoanState, days_past_due, past_due_minor
from outreach.domain.records import dataclass
from outreach.domain.sealing import LEAF_BYTES, SealedRow
from outreach.domain.vocabulary import EventKind
from outreach.rendering.letter_sheet import Heading, Paragraph, Sheet, Table
from outreach.rendering.locales import format_day, format_money
from outreach.rendering.papers import LOCALES, Papers, language_of, lines_of, name_of, say
from outreach.store.bodies import decode_body
from outreach.store.books import PersonBook
from outreach.store.hand_offs import KeptHandOff
from outreach.store.seals import Seal
from outreach.store.vault import PersonKey
from outreach.usecases.lenders import LenderPlan
from outreach.usecases.letters import Draft
from outreach.usecases.receipt_effects import event_aad

_JSON: Final = msgspec.json.Encoder(order="sorted")
# What a decision was made on is for replay; it is in the ciphertext, and of no use on paper.
_LEFT_OUT: Final = frozenset({"facts", "versions", "packs"})


@dataclass(frozen=True, slots=True)
class Case:
    """All that a package is made of."""

    kept: KeptHandOff
    book: PersonBook
    loan: LoanState
    rows: tuple[SealedRow, ...]
    seals: tuple[Seal, ...]
    lender: LenderPlan
    now: datetime
    letters: tuple[Draft, ...] = ()


def package_of(case: Case, papers: Papers) -> dict[str, bytes]:
    """Return the files of a package by path."""
    hand_off, loan, key = case.kept.hand_off, case.loan, case.kept.key
    today = loan.today(case.now)
    entries = [_entry(row, key, case.seals) for row in case.rows]
    facts = loan_facts(loan, today)
    known = {
        "lender": case.lender.name,
        "counsel": hand_off.to,
        "case": hand_off.ref,
        "borrower": borrower_of(case.book),
        "loan": facts,
        "made_on": today,
        "contacts": _counted(entries),
        "steps": sorted(hand_off.marks.values(), key=lambda mark: mark.at),
        "locale": case.lender.locale,
    }
    files = papers.lay_out("summary", known, case.lender.locale)
    return {
        **files,
        "case.json": _json({"case": hand_off.ref, "to": hand_off.to, "steps": _steps(hand_off)}),
        "borrower.json": _json(borrower_of(case.book)),
        "loan.json": _json(facts),
        "schedule.csv": _csv(facts["schedule"]),
        "payments.csv": _csv(facts["payments"]),
        "contact-log.jsonl": b"".join(_json(one) for one in entries),
        "contact-log.csv": _csv([_line(one) for one in entries]),
        "seals.json": _json([_seal(one) for one in case.seals]),
    }


def borrower_of(book: PersonBook) -> dict[str, Any]:
    """Return who the borrower is and where they are reached."""
    profile = book.person.profile
    kinds: dict[str, list[str]] = {}
    for one in profile.endpoints:
        if one.medium != "push":
            kinds.setdefault(one.medium, []).append(one.address)
    return {
        "name": profile.fields.get("name"),
        "address": profile.fields.get("address"),
        "phones": kinds.get("phone", []),
        "emails": kinds.get("email", []),
        "residence": profile.residence,
        "language": profile.locale,
    }


def loan_facts(loan: LoanState, today: date) -> dict[str, Any]:
    """Return a loan with its schedule and payments; amounts in minor units of its currency."""
    schedule = [
        {
            "number": one.number,
            "due_on": one.due_on.isoformat(),
            "billed_minor": one.report.billed_minor,
            "outstanding_minor": one.outstanding_minor,
            "as_of": one.as_of.isoformat(),
        }
        for one in sorted(loan.installments, key=lambda one: one.number)
    ]
    payments = [
        {
            "id": one.ref,
            "value_on": one.value_on.isoformat() if one.value_on else None,
            "amount_minor": one.amount_minor,
            "provisional": one.provisional,
            "reversed_on": one.reversed_at.date().isoformat() if one.reversed_at else None,
            "allocation": dict(one.allocation) if one.allocation else None,
        }
        for one in sorted(loan.payments.values(), key=lambda one: (str(one.value_on), one.ref))
    ]
    return {
        "loan": loan.ref,
        "creditor": loan.creditor,
        "product": loan.product,
        "status": loan.status,
        "currency": loan.currency,
        "as_of": today.isoformat(),
        "days_past_due": days_past_due(loan.installments, today),
        "past_due_minor": past_due_minor(loan.installments, today),
        "outstanding_minor": sum(one.outstanding_minor for one in loan.installments),
        "schedule": schedule,
        "payments": payments,
    }


def summary_sheet(case: Case) -> Sheet:
    """Return the summary of a case as a sheet to print, in the lender's language."""
    hand_off, loan, lender, now = case.kept.hand_off, case.loan, case.lender, case.now
    today = loan.today(now)
    facts, who = loan_facts(loan, today), borrower_of(case.book)
    language = language_of(lender.locale)
    locale = LOCALES[language]

    def said(key: str, **known: object) -> str:
        return say(key, language, **known)

    def money(minor: int | None) -> str:
        return "" if minor is None else format_money(minor, loan.currency, locale)

    def day(text: str | None) -> str:
        return format_day(date.fromisoformat(text), locale) if text else ""

    head = [
        (said("case"), hand_off.ref),
        (said("lender"), loan.creditor or lender.name),
        (said("counsel"), hand_off.to),
        (said("borrower"), name_of(who["name"])),
        (said("address"), ", ".join(lines_of(who["address"]))),
        (said("phones"), ", ".join(who["phones"])),
        (said("loan"), loan.ref),
        (said("days_past_due"), str(facts["days_past_due"])),
        (said("past_due"), money(facts["past_due_minor"])),
        (said("outstanding"), money(facts["outstanding_minor"])),
    ]
    schedule = [
        (str(one["number"]), day(one["due_on"]), money(one["outstanding_minor"]))
        for one in facts["schedule"]
    ]
    payments = [(day(one["value_on"]), money(one["amount_minor"])) for one in facts["payments"]]
    entries = [_entry(row, case.kept.key, case.seals) for row in case.rows]
    counts = [(channel, str(count)) for channel, count in _counted(entries).items()]
    steps = [
        (one.step, one.by, format_day(one.at.date(), locale))
        for one in sorted(hand_off.marks.values(), key=lambda mark: mark.at)
    ]
    blocks = (
        Paragraph(said("confidential")),
        Table(tuple(row for row in head if row[1]), has_heading=False),
        Paragraph(said("as_of", day=format_day(today, locale))),
        Heading(said("schedule")),
        Table(((said("number"), said("due_on"), said("owed")), *schedule)),
        Heading(said("payments")),
        Table(((said("paid_on"), said("amount")), *payments))
        if payments
        else Paragraph(said("payments.none")),
        Heading(said("contacts")),
        *([Table(tuple(counts), has_heading=False)] if counts else []),
        Paragraph(said("contacts.note")),
        Heading(said("steps")),
        Table(tuple(steps), has_heading=False),
    )
    created = now.replace(microsecond=0)
    return Sheet(said("summary.title"), locale, created, blocks, foot=hand_off.ref)


def _steps(hand_off: HandOff) -> list[dict[str, Any]]:
    return [
        {"step": one.step, "at": one.at.isoformat(), "by": one.by, **one.told}
        for one in sorted(hand_off.marks.values(), key=lambda mark: mark.at)
    ]


def _entry(row: SealedRow, key: PersonKey, seals: Iterable[Seal]) -> dict[str, Any]:
    """Return one log row with all that proves it: its ciphertext, its leaf, its checkpoint."""
    body = {name: one for name, one in said_in(row, key).items() if name not in _LEFT_OUT}
    where = next((seal for seal in seals if row.event_id in seal.event_ids), None)
    return {
        "event_id": row.event_id,
        "tenant_id": row.tenant_id,
        "person_id": row.person_id,
        "contact_id": row.contact_id,
        "kind": row.kind,
        "at": row.at.isoformat(),
        "recorded_at": row.recorded_at.isoformat(),
        "said": body,
        "ciphertext": b64encode(row.body).decode(),
        "leaf": row.leaf().hex(),
        "seal_id": where.seal_id if where else None,
    }


def _line(entry: Mapping[str, Any]) -> dict[str, Any]:
    said = entry["said"]
    action = said.get("action") or said
    return {
        "event_id": entry["event_id"],
        "at": entry["at"],
        "kind": entry["kind"],
        "channel": action.get("channel", ""),
        "purpose": action.get("purpose", ""),
        "step": said.get("step", ""),
        "result": said.get("verdict") or said.get("state") or said.get("outcome") or "",
        "made_by": said.get("made_by") or said.get("by") or "",
        "words": said.get("words") or "",
        "leaf": entry["leaf"],
        "seal_id": entry["seal_id"],
    }


def _counted(entries: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for entry in entries:
        line = _line(entry)
        if line["channel"] and entry["kind"] in {EventKind.DECIDED, EventKind.RECORDED}:
            counts[line["channel"]] = counts.get(line["channel"], 0) + 1
    return dict(sorted(counts.items()))


def _seal(seal: Seal) -> dict[str, Any]:
    leaves = [
        seal.leaves[place : place + LEAF_BYTES].hex()
        for place in range(0, len(seal.leaves), LEAF_BYTES)
    ]
    return {
        "seal_id": seal.seal_id,
        "sealed_at": seal.sealed_at.isoformat(),
        "previous_root": seal.previous_root.hex(),
        "root": seal.root.hex(),
        "event_ids": list(seal.event_ids),
        "leaves": leaves,
    }


def _json(value: Any) -> bytes:
    return _JSON.encode(value) + b"\n"


def _csv(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Return rows as CSV that a spreadsheet takes for text: nothing in it is a formula."""
    out = StringIO()
    if rows:
        writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows)
    return ("\ufeff" + out.getvalue()).encode()


def _cell(value: Any) -> Any:
    if isinstance(value, dict):
        return _JSON.encode(value).decode()
    text = isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r"))
    return f"'{value}" if text else value


def said_in(row: SealedRow, key: PersonKey) -> dict[str, Any]:
    """Return what a log row says; that it is unreadable where another key sealed it."""
    try:
        return decode_body(key.decrypt(row.body, event_aad(row.person_id)))
    except InvalidTag:
        return {"unreadable": True}
