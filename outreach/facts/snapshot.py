"""The facts of a decision, small enough to keep with it: replay decides on exactly these again.

Only what is set is kept, ledger entries as short rows. Instants are whole microseconds since 1970.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from outreach.domain import decisions as d

_PLAIN: Final = ("lender_role", "residence", "lender_class", "stage", "lender_zone")
_ZONE_KINDS: Final = {"declared": "d", "address": "a", "area_code": "n"}
_ZONE_WORDS: Final = {short: word for word, short in _ZONE_KINDS.items()}


def snapshot(facts: d.Facts) -> dict[str, Any]:
    """Return `facts` as JSON-ready values; `restore` gives them back."""
    kept: dict[str, Any] = {
        name: value for name in _PLAIN if (value := getattr(facts, name)) is not None
    }
    kept["zones"] = [[one.zone, _ZONE_KINDS[one.kind]] for one in facts.zones]
    if facts.ledger:
        kept["ledger"] = [_entry(one) for one in facts.ledger]
    if facts.consents:
        kept["consents"] = [_record(one) for one in facts.consents]
    if facts.opt_outs:
        kept["opt_outs"] = [_record(one) for one in facts.opt_outs]
    if facts.holds:
        kept["holds"] = [_record(one) for one in facts.holds]
    if facts.endpoints:
        kept["endpoints"] = {name: _record(one) for name, one in facts.endpoints.items()}
    kept["debts"] = {name: debt.dpd for name, debt in facts.debts.items()}
    if facts.holidays is None:
        kept["holidays"] = None
    elif facts.holidays:
        kept["holidays"] = sorted(day.isoformat() for day in facts.holidays)
    return kept


def restore(kept: Mapping[str, Any]) -> d.Facts:
    """Return the facts that `snapshot` kept."""
    days = kept.get("holidays", ())
    return d.Facts(
        **{name: kept[name] for name in _PLAIN if name in kept},
        zones=tuple(d.ZoneEvidence(zone, _ZONE_WORDS[kind]) for zone, kind in kept["zones"]),  # type: ignore[arg-type]  # the words are those of _ZONE_KINDS
        ledger=tuple(map(_entry_back, kept.get("ledger", ()))),
        consents=tuple(d.Consent(**_record_back(one)) for one in kept.get("consents", ())),
        opt_outs=tuple(d.OptOut(**_record_back(one)) for one in kept.get("opt_outs", ())),
        holds=tuple(d.Hold(**_record_back(one)) for one in kept.get("holds", ())),
        endpoints={
            name: d.Endpoint(**_record_back(one)) for name, one in kept.get("endpoints", {}).items()
        },
        debts={name: d.Debt(dpd=dpd) for name, dpd in kept["debts"].items()},
        holidays=None if days is None else frozenset(map(date.fromisoformat, days)),
    )


def _entry(entry: d.LedgerEntry) -> list[Any]:
    row = [entry.epoch, entry.channel, entry.direction, entry.outcome, list(entry.debts)]
    row += [entry.endpoint, entry.purpose]
    if (entry.recipient_role, entry.dial_mode, entry.sender) != ("debtor", None, None):
        row += [entry.recipient_role, entry.dial_mode, entry.sender]
    return row


def _entry_back(row: Sequence[Any]) -> d.LedgerEntry:
    at, channel, direction, outcome, debts, endpoint, purpose, *rest = row
    role, dial_mode, sender = rest or ("debtor", None, None)
    return d.LedgerEntry(
        at=d.instant_of(at),
        channel=channel,
        direction=direction,
        outcome=outcome,
        debts=tuple(debts),
        endpoint=endpoint,
        purpose=purpose,
        recipient_role=role,
        dial_mode=dial_mode,
        sender=sender,
    )


_INSTANTS: Final = frozenset(
    {"at", "starts", "ends", "expires", "released", "checked_at", "last_text_at"}
)
_SETS: Final = frozenset({"debts", "channels", "allowed_purposes"})


def _record(record: Any) -> dict[str, Any]:
    """Return what is set of a small record; `epoch` follows from `at`."""
    kept: dict[str, Any] = {}
    for name in record.__dataclass_fields__:
        value = getattr(record, name)
        if name == "epoch" or value in (None, "", frozenset(), {}):
            continue
        if isinstance(value, datetime):
            value = d.epoch_of(value)
        elif isinstance(value, frozenset):
            value = sorted(value)
        elif value is d.UNKNOWN:
            value = {"unknown": True}
        kept[name] = value
    return kept


def _record_back(kept: Mapping[str, Any]) -> dict[str, Any]:
    back: dict[str, Any] = {}
    for name, value in kept.items():
        if name in _INSTANTS:
            back[name] = d.instant_of(value)
        elif name in _SETS:
            back[name] = frozenset(value)
        else:
            back[name] = d.UNKNOWN if value == {"unknown": True} else value
    return back
