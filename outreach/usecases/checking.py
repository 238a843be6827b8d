"""Whether a person may be contacted now, channel by channel: judged as dispatch judges, not sent.

The question is about the person, not about words: whatever the rules want a message to contain is
taken to be there. A hold, an opt-out, the hour, a cap or a pause answers as it would in earnest.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final, Protocol

from outreach.compliance import needed_content, needed_sender
from outreach.compliance.pack import Pack
from outreach.domain.decisions import Decision, ProposedAction
from outreach.domain.known import Facts
from outreach.domain.ledger import PastContact
from outreach.domain.loans import LoanState
from outreach.domain.records import dataclass
from outreach.domain.vocabulary import Channel, DialMode, Purpose
from outreach.facts.addresses import addresses_of
from outreach.facts.assemble import facts_of
from outreach.store.books import PersonBook, load_books
from outreach.store.contacts import list_ledger
from outreach.store.pauses import Stops, Use, list_stops
from outreach.store.pool import Pool
from outreach.store.vault import Vault
from outreach.usecases.choosing_senders import choose_sender
from outreach.usecases.considering import Considering, lender_facts
from outreach.usecases.lenders import LenderPlan
from outreach.usecases.modes import live_lenders
from outreach.usecases.planning import LEDGER_SPAN
from outreach.usecases.rulebook import Judgment
from outreach.usecases.telling import endpoint_of
from outreach.usecases.trying import stopped

BY_PEOPLE: Final = "by_people"
"""A call that somebody at the lender dials."""
_ASKED: Final = (
    Channel.SMS,
    Channel.CALL,
    Channel.EMAIL,
    Channel.WHATSAPP,
    Channel.PUSH,
    Channel.LETTER,
    Channel.VISIT,
)


class Outfit(Protocol):
    """What checking takes from the runtime."""

    @property
    def db(self) -> Pool:
        """Where everything is."""

    @property
    def vault(self) -> Vault:
        """Keys of the people."""

    @property
    def considering(self) -> Considering:
        """Packs and lenders."""


@dataclass(frozen=True, slots=True)
class ChannelCheck:
    """The rules' answer about one way to reach somebody.

    Attributes:
        channel: Which.
        way: `BY_PEOPLE` for a call that somebody dials, else "".
        endpoint_id: The address that was asked about; "" if there is none that may be used.
        has_sender: Whether the lender could send this way at all; people always can.
        decision: The answer; None without an address.
    """

    channel: Channel
    way: str
    endpoint_id: str
    has_sender: bool
    decision: Decision | None


@dataclass(frozen=True, slots=True)
class PersonCheck:
    """The answer for every channel at one business time; `zone` is where the borrower is."""

    at: datetime
    zone: str
    purpose: Purpose
    packs: tuple[Pack, ...]
    checks: tuple[ChannelCheck, ...]


async def check_person(outfit: Outfit, person_id: int, *, now: datetime) -> PersonCheck | None:
    """Judge every channel for one person at business time `now`; None where there is nobody."""
    async with outfit.db.acquire() as conn, conn.transaction(readonly=True):
        book = (await load_books(conn, outfit.vault, [person_id])).get(person_id)
        if book is None or book.key is None:
            return None
        rulebook = outfit.considering.rulebook
        lender = rulebook.lenders.get(book.tenant_id)
        if lender is None:
            return None
        cases = [case.case_id for case in book.cases.values()]
        live = live_lenders(rulebook.lenders.values())
        past = await list_ledger(
            conn, [person_id], since=now - LEDGER_SPAN, cases=[0, *cases], live=live
        )
        stops = await list_stops(conn)
    known = past.get(person_id, [])
    facts = facts_of(
        book.person,
        tuple(book.loans.values()),
        book.cases,
        past=known,
        suppressed=book.suppressions,
        lender=lender_facts(lender),
        now=now,
    )
    judgment = rulebook.judgment(lender, facts)
    purpose = _purpose(book, now)
    asker = _Asker(book, lender, facts, judgment, stops, purpose, known, now)
    checks = [asker.by_people()]
    checks += [asker.by_sender(channel) for channel in _ASKED]
    zone = facts.zones[0].zone if facts.zones else lender.timezone
    return PersonCheck(now, zone, purpose, tuple(judgment.selection.packs), tuple(checks))


def _purpose(book: PersonBook, now: datetime) -> Purpose:
    """Return why somebody would write: about what is overdue, else to remind."""
    late = any(_is_late(loan, now) for loan in book.loans.values())
    return Purpose.COLLECTION if late else Purpose.SERVICING_REMINDER


def _is_late(loan: LoanState, now: datetime) -> bool:
    today = loan.today(now)
    return loan.is_open and any(
        one.outstanding_minor > 0 and one.due_on < today for one in loan.installments
    )


@dataclass(frozen=True, slots=True)
class _Asker:
    """One person at one instant, with the facts and rules that every channel is judged by."""

    book: PersonBook
    lender: LenderPlan
    facts: Facts
    judgment: Judgment
    stops: Stops
    purpose: Purpose
    past: Sequence[PastContact]
    now: datetime

    def by_people(self) -> ChannelCheck:
        """Judge a call that somebody at the lender would dial."""
        endpoints = addresses_of(self.book.person).get(Channel.CALL, ())
        if not endpoints:
            return ChannelCheck(Channel.CALL, BY_PEOPLE, "", has_sender=True, decision=None)
        action = replace(self._action(Channel.CALL, endpoints[0]), dial_mode=DialMode.MANUAL)
        return ChannelCheck(
            Channel.CALL, BY_PEOPLE, endpoints[0], has_sender=True, decision=self._judge(action)
        )

    def by_sender(self, channel: Channel) -> ChannelCheck:
        """Judge what the service itself would send, to the first address that may be used."""
        endpoints = addresses_of(self.book.person).get(channel, ())
        if not endpoints:
            return ChannelCheck(channel, "", "", has_sender=False, decision=None)
        endpoint = endpoint_of(self.book, endpoints[0])
        sender = choose_sender(
            self.lender,
            channel,
            (endpoint.address, endpoint.kind),
            self.stops,
            person_id=self.book.person_id,
            past=self.past,
        )
        action = self._action(channel, endpoints[0])
        if sender is not None:
            action = replace(
                action, sender_attributes=sender.attributes, dial_mode=sender.dial_mode
            )
        decision = self._judge(action)
        if sender is not None:
            used = Use(self.lender.slug, channel, "", "", sender.address, sender.provider)
            decision = stopped(used, self.stops) or decision
        by_hand = channel is Channel.VISIT
        return ChannelCheck(channel, "", endpoints[0], sender is not None or by_hand, decision)

    def _action(self, channel: Channel, endpoint_id: str) -> ProposedAction:
        open_loans = [one for one in self.book.loans.values() if one.is_open]
        debts = tuple(str(one.loan_id) for one in open_loans)
        known = self.facts.endpoints.get(endpoint_id)
        return ProposedAction(
            at=self.now,
            channel=channel,
            purpose=self.purpose,
            debts=debts,
            endpoint=endpoint_id,
            endpoint_kind=known.kind if known else None,
            place="home" if channel is Channel.VISIT else None,
            first_communication=not any(
                one.direction == "out" and one.outcome != "released" for one in self.facts.ledger
            ),
            sender=self.lender.slug,
        )

    def _judge(self, action: ProposedAction) -> Decision:
        compiled = self.judgment.compiled
        wanted = needed_sender(action, self.facts, compiled)
        told = replace(
            action,
            content=needed_content(action, self.facts, compiled),
            sender_attributes={**wanted, **action.sender_attributes},
        )
        return self.judgment.decide(told, self.facts)
