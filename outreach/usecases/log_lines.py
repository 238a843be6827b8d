"""What a row of the contact log says to whoever searches: its line in the read model.

Bodies are decrypted once, here, and of them only what people search by is read.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, tzinfo
from hmac import digest
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap

from outreach.domain.vocabulary import EventKind
from outreach.store.bodies import decode_text
from outreach.store.contact_log_folding import LogEvent
from outreach.store.contact_log_lines import Line
from outreach.store.vault import ErasedError, PersonKey, Vault
from outreach.usecases.receipt_effects import event_aad

VERDICTS: Final = {
    EventKind.DECIDED: "allowed",
    EventKind.DEFERRED: "deferred",
    EventKind.BLOCKED: "blocked",
    EventKind.INBOUND: "inbound",
}
"""Kinds of rows that get a line, and what it is called."""
_UTC: Final = ZoneInfo("UTC")
_NEVER: Final = "9"
_KEY_BYTES: Final = 8


class _Reason(msgspec.Struct):
    rule: str
    until: str | None = None


class _Asked(msgspec.Struct):
    channel: str = ""
    purpose: str = ""
    endpoint: str | None = None
    template: str = ""
    template_ref: str | None = None
    reasons: tuple[_Reason, ...] = ()


class _Thread(msgspec.Struct):
    debts: tuple[int, ...] = ()


class _Reply(msgspec.Struct):
    kind: str = ""


class _Body(msgspec.Struct):
    step: str = ""
    stage: str = ""
    treatment: str = ""
    debts: tuple[int, ...] = ()
    refusal: str = ""
    by: str = ""
    mode: str = ""
    channel: str = ""
    action: _Asked | None = None
    tried: tuple[_Asked, ...] = ()
    shadow: tuple[_Reason, ...] = ()
    thread: _Thread | None = None
    reply: _Reply | None = None


_NOTHING: Final = _Body()
_DECODER: Final = msgspec.json.Decoder(_Body)


class LineMaker:
    """Makes lines of log rows.

    Args:
        vault: Opens the borrowers' keys.
        zones: Each lender's calendar.
    """

    def __init__(self, vault: Vault, zones: Mapping[str, tzinfo]) -> None:
        self._vault = vault
        self._zones = zones
        self._sampling = vault.signing_key("contact log samples")

    def make(self, event: LogEvent, wrapped: bytes | None) -> Line:
        """Return the line of a row; `wrapped` is its person's key, None once erased."""
        body, is_known = self._read(event, wrapped)
        asked = body.action or (body.tried[0] if body.tried else _Asked())
        verdict = VERDICTS[EventKind(event.kind)]
        reasons = _by_clearing(reason for one in body.tried for reason in one.reasons)
        lead = reasons[0] if reasons and verdict != VERDICTS[EventKind.DECIDED] else None
        treatment, _, treatment_hash = body.treatment.partition("@")
        template, _, template_hash = (asked.template_ref or asked.template).partition("@")
        debts = body.debts or (body.thread.debts if body.thread else ())
        zone = self._zones.get(event.tenant_id, _UTC)
        return Line(
            tenant_id=event.tenant_id,
            at=event.at,
            event_id=event.event_id,
            recorded_at=event.recorded_at,
            day=event.at.astimezone(zone).date(),
            person_id=event.person_id,
            contact_id=event.contact_id,
            loan_ids=",".join(map(str, debts)) or None,
            verdict=verdict,
            rule=lead.rule if lead else body.refusal,
            rules=",".join(one.rule for one in reasons) or None,
            shadow=",".join(dict.fromkeys(one.rule for one in body.shadow)) or None,
            until=datetime.fromisoformat(lead.until) if lead and lead.until else None,
            channel=asked.channel or body.channel,
            purpose=asked.purpose,
            step=body.step,
            stage=body.stage,
            treatment=treatment,
            treatment_hash=treatment_hash,
            template=template,
            template_hash=template_hash,
            mode=body.mode,
            operator=body.by,
            reply=body.reply.kind if body.reply else "",
            is_known=is_known,
            sample_key=self._sample_key(event.event_id),
            endpoint=asked.endpoint or "",
        )

    def _read(self, event: LogEvent, wrapped: bytes | None) -> tuple[_Body, bool]:
        """Return what is inside; nothing where the person was erased or the row is another's."""
        try:
            key: PersonKey = self._vault.open(wrapped)
            plain = key.decrypt(event.body or b"", event_aad(event.person_id))
        except (ErasedError, InvalidTag, InvalidUnwrap):
            return _NOTHING, False
        try:
            return _DECODER.decode(decode_text(plain)), True
        except msgspec.DecodeError:
            return _NOTHING, True

    def _sample_key(self, event_id: int) -> int:
        """Return a number that nobody can foresee or choose, and that a rebuild finds again."""
        found = digest(self._sampling, event_id.to_bytes(8, "big"), "sha256")
        return int.from_bytes(found[:_KEY_BYTES], "big", signed=True)


def _by_clearing(reasons: Iterable[Any]) -> list[_Reason]:
    """Return each rule once, the last to clear first; what doesn't clear by waiting leads."""
    found: dict[str, _Reason] = {}
    for one in reasons:
        found.setdefault(one.rule, one)
    return sorted(found.values(), key=lambda one: one.until or _NEVER, reverse=True)
