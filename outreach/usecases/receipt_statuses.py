"""What a provider's report on one contact changes besides its state."""

from typing import Any
from uuid import UUID

from outreach.channels.provider import StatusUpdate
from outreach.domain.contacts import LATER_AFTER, NextMove, is_terminal, next_move
from outreach.domain.vocabulary import DeliveryState, ErrorClass, EventKind
from outreach.store.alerts import Alert
from outreach.store.pauses import Pause
from outreach.store.pool import Connection
from outreach.store.protections import Suppression
from outreach.store.receipts import ContactRow, count_confirmed
from outreach.store.vault import PersonKey
from outreach.usecases.receipt_effects import Bill, Effects

_FAILED = frozenset({DeliveryState.UNDELIVERED, DeliveryState.FAILED, DeliveryState.EXPIRED})


async def fold_status(
    conn: Connection,
    effects: Effects,
    key: PersonKey | None,
    at: tuple[int, UUID],
    update: StatusUpdate,
    raw: dict[str, Any],
    kind: EventKind = EventKind.RECEIPT,
) -> None:
    """Merge one report, log it as `kind`, and draw the consequences of an error once.

    Late, repeated and reordered reports are logged and otherwise change nothing.
    """
    before = effects.contacts[at]
    row = effects.merge(at, update.report, update.ref)
    if update.parts is not None or update.price_micros is not None:
        effects.bill(at, Bill(update.parts, update.price_micros, update.price_currency))
    moved = row.delivery_state != before.delivery_state
    error_is_new = row.error_code != before.error_code or row.error_class != before.error_class
    body: dict[str, Any] = {
        "report": update.report,
        "ref": update.ref,
        "parts": update.parts,
        "state": row.delivery_state,
        "outcome": row.outcome,
        "advanced": moved,
        "raw": raw,
    }
    if update.price_micros is not None:
        body["price"] = {"micros": update.price_micros, "currency": update.price_currency}
    if update.said is not None:
        body["said"] = update.said
    effects.log(key, row.tenant_id, row.person_id, row.contact_id, kind, body)
    error = update.report.error_class
    if error is None or not (moved or error_is_new) or update.report.state not in _FAILED:
        return
    if not is_terminal(DeliveryState(row.delivery_state)) or row.error_class != error:
        return  # another report won: it was delivered after all
    await _address_errors(conn, effects, row, update, error)
    if update.alert:
        effects.alerts.append(alert_for(row, error, update.report.error_code, update.scope))
    if (stopped := pause_for(row, error, update.scope)) is not None:
        effects.pauses[stopped] = f"{error}: {update.report.error_code or 'no code'}"
    _look_again(effects, row, error)


async def _address_errors(
    conn: Connection, effects: Effects, row: ContactRow, update: StatusUpdate, error: ErrorClass
) -> None:
    code = update.report.error_code or ""
    if error is ErrorClass.OPT_OUT:
        effects.suppressions.append(provider_opt_out(effects, row, code))
    if error is ErrorClass.INVALID_ADDRESS:
        # This contact's own code isn't in the table yet.
        seen = 1
        if update.confirmations > 1:
            seen += await count_confirmed(conn, row.person_id, row.address_hmac, code)
            seen += sum(
                other.address_hmac == row.address_hmac and other.error_code == code
                for at, other in effects.contacts.items()
                if at in effects.changed and other is not row and other.person_id == row.person_id
            )
        if seen >= update.confirmations:
            effects.dead_addresses.add((row.person_id, row.address_hmac))


def provider_opt_out(effects: Effects, row: ContactRow, code: str) -> Suppression:
    """Return the suppression for an opt-out that only the provider knows of.

    It holds for the sender that was refused. It doesn't prove that the person asked for it: the
    provider answers the same for numbers that changed hands.
    """
    evidence = f"provider refused with {code}; no message of the person seen"
    return Suppression(
        row.tenant_id, row.address_hmac, row.sender, row.channel, effects.now, "provider", evidence
    )


_PAUSING = frozenset({ErrorClass.SENDER_CONFIG, ErrorClass.ACCOUNT, ErrorClass.REPUTATION})


def pause_for(row: ContactRow, error: ErrorClass, scope: str) -> Pause | None:
    """Return what must not be used again before somebody has looked, if the error says so.

    Every further message would fail the same way, or cost reputation.
    """
    if error not in _PAUSING:
        return None
    match scope:
        case "sender":
            return Pause(row.tenant_id, scope, row.sender)
        case "template":
            return Pause(row.tenant_id, scope, row.template)
        case "account":
            return Pause(row.tenant_id, scope, row.provider)
        case _:
            return None


def alert_for(row: ContactRow, error: ErrorClass, code: str | None, scope: str) -> Alert:
    """Return the alert for an error that people must look at, by what is to be paused."""
    about = row.template if scope == "template" else row.sender
    subject = f"{row.provider}:{code or 'no code'}:{about}"
    return Alert(row.tenant_id, f"provider_{error}", subject, f"scope {scope}")


def _look_again(effects: Effects, row: ContactRow, error: ErrorClass) -> None:
    match next_move(error, row.tries):
        case NextMove.AGAIN | NextMove.OTHER:
            effects.look_again(row.person_id, effects.now)
        case NextMove.LATER:
            effects.look_again(row.person_id, effects.now + LATER_AFTER)
        case NextMove.STOP:
            pass
