"""What the log keeps of a hand-off that a person asked for: proposed, or refused by a rule."""

from datetime import datetime
from typing import Any, Final
from uuid import uuid4

from outreach.domain.decisions import Verdict
from outreach.domain.tasks import Deadlines
from outreach.domain.vocabulary import EventKind
from outreach.facts.snapshot import snapshot
from outreach.store.bodies import encode_body
from outreach.store.books import PersonBook
from outreach.store.contacts import LogEvent, append_events
from outreach.store.pool import Connection
from outreach.store.vault import PersonKey
from outreach.usecases.lenders import LenderPlan
from outreach.usecases.people_steps import Proposal
from outreach.usecases.proposing import Proposed
from outreach.usecases.receipt_effects import event_aad
from outreach.usecases.recording import VERSIONS, asked_body, refused_body

BY_HAND: Final = "by_hand"
"""Step of a hand-off that no treatment asked for."""


def by_hand(
    book: PersonBook,
    key: PersonKey,
    proposal: Proposal,
    lender: LenderPlan,
    by: str,
    now: datetime,
    wall: datetime,
) -> Proposed:
    """Return what is written of a proposal that a person made."""
    return Proposed(
        book=book,
        key=key,
        proposal=proposal,
        by=by,
        at=now,
        wall=wall,
        mode=lender.mode,
        body=_asked(proposal)
        | {
            "verdict": proposal.decision.verdict,
            "by": by,
            "action": asked_body(proposal.action, proposal.to, None),
        },
        step=BY_HAND,
        occurrence=uuid4().hex,
        deadlines=Deadlines({lender.slug: lender.task_deadlines}),
    )


def _asked(proposal: Proposal) -> dict[str, Any]:
    """Return what the log keeps of what was asked by hand: enough to decide it again."""
    return {
        "step": BY_HAND,
        "debts": [int(debt) for debt in proposal.action.debts],
        "versions": VERSIONS,
        "packs": [list(pack) for pack in proposal.decision.packs],
        "facts": snapshot(proposal.facts),
    }


async def log_refusal(
    conn: Connection, book: PersonBook, key: PersonKey, proposal: Proposal, now: datetime
) -> None:
    """Keep that a proposal by hand was refused, with enough to decide it again."""
    deferred = proposal.decision.verdict is Verdict.DEFER
    kind = EventKind.DEFERRED if deferred else EventKind.BLOCKED
    asked = asked_body(proposal.action, proposal.to, None)
    body = _asked(proposal) | {"tried": [refused_body(asked, proposal.decision)]}
    blob = key.encrypt(encode_body(body), event_aad(book.person_id))
    await append_events(conn, [LogEvent(book.tenant_id, book.person_id, None, kind, now, blob)])
