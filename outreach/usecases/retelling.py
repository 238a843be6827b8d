"""One contact with all that belongs to it: what its page and the document of one case tell."""

from collections.abc import Sequence
from dataclasses import field, replace
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from cryptography.exceptions import InvalidTag

from outreach.domain.records import dataclass
from outreach.domain.sealing import LEAF_BYTES, SealedRow
from outreach.domain.vocabulary import EventKind
from outreach.store import story as store
from outreach.store.marks import FindingOf, find_key, list_findings_of
from outreach.store.people import event_aad
from outreach.store.pool import Connection, Pool
from outreach.store.seals import Seal
from outreach.store.vault import PersonKey, Vault
from outreach.usecases.marking import Said, read_marks
from outreach.usecases.read_log import Entry, Story, find_decision
from outreach.usecases.rejudging import Rejudged, packs_of, rejudge
from outreach.usecases.rulebook import Rulebook

_SIGNALS: Final = 20
# Something written within this time is taken for an answer to the contact.
_ANSWERS: Final = timedelta(days=7)
_DECISIONS: Final = (EventKind.DECIDED, EventKind.DEFERRED, EventKind.BLOCKED)


@dataclass(frozen=True, slots=True)
class Cause:
    """The signal that was folded last before a decision, about its loans or the person."""

    type: str
    source: str
    time: str
    """As the platform told it."""
    recorded_at: datetime
    """Wall time at which it took effect."""


@dataclass(frozen=True, slots=True)
class Proof:
    """Where one row stands in the chain of checkpoints.

    `holds` says that the row, hashed just now, is the leaf that its checkpoint has.
    """

    event_id: int
    leaf: str
    seal_id: int
    sealed_at: datetime
    root: str
    position: int
    holds: bool


@dataclass(frozen=True, slots=True)
class Whole:
    """A story with what stands around it.

    Attributes:
        story: Its rows, and the person's others.
        cause: The signal before it; None where none is kept.
        rejudged: Its decision made again; None where that can't be.
        replies: What the person wrote within a week of it, oldest first.
        later: The person's next decision; None if there is none yet.
        cost: What it cost; None where nothing was sent.
        proofs: By row; a row that isn't among them was sealed by no checkpoint within an hour.
        marks: What reviewers said, oldest first.
        findings: That it belongs to.
    """

    story: Story
    cause: Cause | None
    rejudged: Rejudged | None
    replies: tuple[Entry, ...]
    later: Entry | None
    cost: store.Cost | None
    proofs: dict[int, Proof]
    marks: tuple[Said, ...] = field(repr=False)
    findings: tuple[FindingOf, ...] = ()


async def retell(conn: Connection, vault: Vault, rulebook: Rulebook, story: Story) -> Whole:
    """Return a story with what stands around it.

    Args:
        conn: Sees the lender's rows.
        vault: Keys of the people.
        rulebook: Packs to make the decision again by; see `by_packs_of_then`.
        story: See `read_log.find_contact` and `find_decision`.
    """
    first = story.first
    key = await find_key(conn, vault, first.person_id)
    later = await store.find_later(conn, first.person_id, first.event_id, _DECISIONS)
    following = await find_decision(conn, vault, first.person_id, later) if later else None
    cost = None
    if first.contact_id is not None:
        cost = await store.find_cost(conn, first.person_id, first.contact_id)
    return Whole(
        story,
        await _cause(conn, key, first) if first.kind != EventKind.INBOUND else None,
        rejudge(rulebook, first.tenant, first.body),
        tuple(_answers(story)),
        following.first if following else None,
        cost,
        await _proofs(conn, first.person_id, [row.event_id for row in story.rows]),
        await read_marks(conn, key, first.person_id, first.event_id),
        tuple(await list_findings_of(conn, first.person_id, first.event_id)),
    )


async def by_packs_of_then(db: Pool, rulebook: Rulebook, whole: Whole) -> Whole:
    """Return a story whose decision was made again by the packs of then, where they are on record.

    Ask it when no connection is held: it borrows one where packs have changed since.
    """
    first, found = whole.story.first, whole.rejudged
    if found is None or found.has_same_packs:
        return whole
    packs = await packs_of(db, first.body)
    if not packs:
        return whole
    return replace(whole, rejudged=rejudge(rulebook, first.tenant, first.body, packs=packs))


def _answers(story: Story) -> list[Entry]:
    since = story.first.at
    return [
        row
        for row in reversed(story.history)
        if row.kind == EventKind.INBOUND and since <= row.at <= since + _ANSWERS
    ]


async def _cause(conn: Connection, key: PersonKey | None, first: Entry) -> Cause | None:
    if key is None:
        return None
    rows = await store.list_signals(conn, first.person_id, first.recorded_at, limit=_SIGNALS)
    for row in rows:
        try:
            said = msgspec.json.decode(key.decrypt(row.body, event_aad(first.person_id)))
        except (InvalidTag, msgspec.DecodeError):
            continue
        if _is_about(said.get("data"), first.loans):
            time = str(said.get("time") or "")
            return Cause(row.signal_type, str(said.get("via", "")), time, row.recorded_at)
    return None


def _is_about(data: Any, loans: Sequence[str]) -> bool:
    """Say whether a signal's data names one of the loans, or none at all."""
    if not isinstance(data, dict) or not isinstance(data.get("loan"), dict):
        return True
    return data["loan"].get("id") in loans


async def _proofs(conn: Connection, person_id: int, event_ids: Sequence[int]) -> dict[int, Proof]:
    rows = await store.list_sealed_rows(conn, person_id, event_ids)
    found: dict[int, Proof] = {}
    if not rows:
        return found
    for seal in await store.list_seals_of(conn, rows):
        places = {event_id: place for place, event_id in enumerate(seal.event_ids)}
        for row in rows:
            if row.event_id in places:
                found[row.event_id] = _proof(row, seal, places[row.event_id])
    return found


def _proof(row: SealedRow, seal: Seal, place: int) -> Proof:
    leaf = row.leaf()
    kept = seal.leaves[place * LEAF_BYTES : (place + 1) * LEAF_BYTES]
    return Proof(
        row.event_id,
        leaf.hex(),
        seal.seal_id,
        seal.sealed_at,
        seal.root.hex(),
        place,
        holds=leaf == kept,
    )
