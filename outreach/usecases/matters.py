"""Hardship, disputes and complaints: whoever brings them, they are one signal each.

A reply, a call, the self-service page, an operator and a platform all tell the same canonical
signal. Folding it places the hold that packs rule on and opens the task with its deadline; the
platform's later word on the same reference, a release, or for hardship a new schedule of the loan,
ends both (docs/tasks.md).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from outreach.domain.records import dataclass
from outreach.domain.signals import Signal
from outreach.domain.vocabulary import ContactPolicy, Intent

_TYPES: Final = {
    Intent.DISPUTE: ("borrower.dispute", "dispute", "opened"),
    Intent.HARDSHIP: ("borrower.hardship", "hardship", "requested"),
    Intent.COMPLAINT: ("complaint.received", "complaint", "opened"),
}


@dataclass(frozen=True, slots=True)
class Matter:
    """What a borrower brings forward.

    Attributes:
        kind: `dispute`, `hardship` or `complaint`.
        ref: Business key; the same matter told again is the same.
        borrower: The platform's reference of the borrower.
        loans: References of the loans it is about; empty: every loan.
        statement: In their own words.
        channel: By which it came.
    """

    kind: Intent
    ref: str
    borrower: str
    loans: Sequence[str] = ()
    statement: str = ""
    channel: str = ""


def matter_signals(matter: Matter, *, source: str, now: datetime) -> list[Signal]:
    """Return a matter as canonical signals: one, or one a loan where loans are disputed.

    Args:
        matter: What was brought forward.
        source: URI of who tells it.
        now: Business time at which it was received.

    Raises:
        KeyError: It is no matter for people: another intent.
    """
    type_, name, word = _TYPES[matter.kind]
    told: dict[str, Any] = {
        "id": matter.ref,
        "status": word,
        "received_at": now.isoformat(),
        "contact_policy": ContactPolicy.PAUSE_COLLECTION,
        "statement": matter.statement,
        "channel": matter.channel,
        "loans": list(matter.loans),
    }
    # A dispute names its loan beside it; the others list theirs, and name a single one.
    if matter.kind is Intent.DISPUTE:
        named = [[loan] for loan in matter.loans] or [[]]
    else:
        named = [list(matter.loans) if len(matter.loans) == 1 else []]
    return [
        Signal(
            id=f"{matter.ref}:{number}",
            source=source,
            type=type_,
            subject=f"borrower/{matter.borrower}",
            time=now,
            sequence=None,
            data={
                "borrower": {"id": matter.borrower},
                name: told,
                **({"loan": {"id": loan[0]}} if loan else {}),
            },
        )
        for number, loan in enumerate(named)
    ]
