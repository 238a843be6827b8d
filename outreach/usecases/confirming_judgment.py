"""Whether a reply may be answered: who, where to, with which words, and what the rules say."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

import msgspec
import structlog

from outreach.domain.borrowers import GRANTED
from outreach.domain.decisions import Decision, ProposedAction
from outreach.domain.known import Facts
from outreach.domain.ledger import PastContact
from outreach.domain.local_time import local_date
from outreach.domain.records import dataclass
from outreach.domain.vocabulary import Channel, EventKind, Outcome, Purpose
from outreach.facts.assemble import facts_of
from outreach.facts.snapshot import snapshot
from outreach.facts.standings import zone
from outreach.rendering.context import MessageFacts
from outreach.rendering.errors import RenderError
from outreach.rendering.message import Rendered, render
from outreach.store.bodies import encode_body
from outreach.store.books import PersonBook
from outreach.store.confirmations import AnswerKind, Confirmation, about_aad
from outreach.store.contacts import LogEvent, Reservation
from outreach.store.vault import PersonKey
from outreach.usecases.considering import Considering, lender_facts
from outreach.usecases.lenders import LenderPlan, SenderPlan
from outreach.usecases.receipt_effects import event_aad
from outreach.usecases.recording import VERSIONS, asked_body, refused_body

log = structlog.get_logger(__name__)

TEMPLATES: Final[Mapping[AnswerKind, str]] = {
    "opt_out": "opt_out_confirmation",
    "promise": "promise_confirmation",
    "help": "help_answer",
    "language": "language_changed",
}
"""Key of the words that each is answered with; it is the step's name as well."""
PURPOSES: Final[Mapping[AnswerKind, Purpose]] = {
    "opt_out": Purpose.OPT_OUT_CONFIRMATION,
    "promise": Purpose.REPLY_TO_DEBTOR,
    "help": Purpose.REPLY_TO_DEBTOR,
    "language": Purpose.REPLY_TO_DEBTOR,
}


@dataclass(frozen=True, slots=True)
class Judged:
    """One confirmation as it was judged, with all that sending it takes.

    `address` is the number that the request came from, `template` the key of the words, `debts`
    the loans that they are about. `packs` are (id, content hash).
    """

    book: PersonBook
    key: PersonKey
    lender: LenderPlan
    sender: SenderPlan
    address: str
    template: str
    debts: tuple[int, ...]
    facts: Facts
    action: ProposedAction
    rendered: Rendered
    decision: Decision
    packs: tuple[tuple[str, str], ...]


def judge(
    considering: Considering,
    hashed: Callable[[str], bytes],
    request: Confirmation,
    book: PersonBook,
    past: Sequence[PastContact],
    now: datetime,
) -> Judged | None:
    """Judge one request; None where there is nothing to judge: nobody, no words, no need.

    Args:
        considering: Packs, templates and lenders.
        hashed: Keyed hash of an address.
        request: What may be confirmed.
        book: The person, as on record after the request.
        past: Their earlier contacts, oldest first.
        now: Business time.
    """
    lender = considering.rulebook.lenders.get(request.tenant_id)
    endpoint = _endpoint_of(hashed, book, request)
    if lender is None or endpoint is None or book.key is None or not book.loans:
        return None
    endpoint_id, address = endpoint
    sender = _sender_of(lender, request, address)
    if sender is None or (request.by_keyword and sender.answers_keywords):
        return None
    if request.kind == "opt_out" and _was_confirmed(book, past, endpoint_id):
        return None
    if request.kind != "opt_out" and request.kind not in lender.automatic_answers:
        return None
    about = _about(book.key, request)
    debts = (int(about["loan"]),) if "loan" in about else tuple(book.loans)
    if not set(debts) <= book.loans.keys():
        return None
    facts = facts_of(
        book.person,
        tuple(book.loans.values()),
        book.cases,
        past=past,
        suppressed=book.suppressions,
        lender=lender_facts(lender),
        now=now,
    )
    key = TEMPLATES[request.kind]
    locale = book.person.profile.locale or lender.locale
    # That another language is used now can only be said in it.
    locales = (locale,) if request.kind == "language" else (locale, lender.locale)
    try:
        template = considering.catalog.pick(
            key, Channel.SMS, locales, lender=lender.slug, person_id=book.person_id
        )
        rendered = render(template, _message_facts(book, lender, debts[0], about, now))
    except RenderError as exc:
        log.warning("confirmation_not_rendered", cause=str(exc.cause))
        return None
    known = facts.endpoints.get(endpoint_id)
    action = ProposedAction(
        at=now,
        channel=Channel.SMS,
        purpose=PURPOSES[request.kind],
        debts=tuple(map(str, debts)),
        endpoint=endpoint_id,
        endpoint_kind=known.kind if known else None,
        first_communication=False,
        sender=lender.slug,
        sender_attributes=sender.attributes,
        content=rendered.content,
        template_class=rendered.template_class,
    )
    judgment = considering.rulebook.judgment(lender, facts)
    packs = tuple((pack.id, pack.content_hash) for pack in judgment.selection.packs)
    decision = judgment.decide(action, facts)
    return Judged(
        book,
        book.key,
        lender,
        sender,
        address,
        key,
        debts,
        facts,
        action,
        rendered,
        decision,
        packs,
    )


def _endpoint_of(
    hashed: Callable[[str], bytes], book: PersonBook, request: Confirmation
) -> tuple[str, str] | None:
    """Return the id and the number that the request came from, as the person's file has them."""
    for one in book.person.profile.endpoints:
        if one.medium == "phone" and hashed(one.address) == request.address_hmac:
            return one.endpoint_id, one.address
    return None


def _sender_of(lender: LenderPlan, request: Confirmation, address: str) -> SenderPlan | None:
    """Return the sender that was written to, or the one that writes to this number."""
    for one in lender.senders:
        if one.channel is Channel.SMS and one.address == request.sender:
            return one
    return lender.sender_for(Channel.SMS, address)


def _was_confirmed(book: PersonBook, past: Sequence[PastContact], endpoint_id: str) -> bool:
    """Say whether this address was told already, and nobody allowed texts since."""
    told = [
        one.at
        for one in past
        if one.purpose == Purpose.OPT_OUT_CONFIRMATION
        and one.endpoint_id == endpoint_id
        and one.outcome != Outcome.RELEASED
    ]
    if not told:
        return False
    allowed = [one.at for one in book.person.consents.values() if one.status == GRANTED]
    return max(told) >= max(allowed, default=max(told))


def _about(key: PersonKey, request: Confirmation) -> Mapping[str, Any]:
    """Return the details of what is answered."""
    if request.about is None:
        return {}
    plain = key.decrypt(request.about, about_aad(request.person_id))
    found: dict[str, Any] = msgspec.json.decode(plain)
    return found


def _message_facts(
    book: PersonBook, lender: LenderPlan, debt: int, about: Mapping[str, Any], now: datetime
) -> MessageFacts:
    """Return what the words may say: who writes, and of the debt only what was promised."""
    loan = book.loans[debt]
    creditor = loan.creditor or lender.name
    today = local_date(now, zone(lender.timezone))
    return MessageFacts(
        lender_name=creditor,
        role=lender.role,
        amount_minor=about.get("amount", 0),
        currency=loan.currency,
        due_on=date.fromisoformat(about["day"]) if "day" in about else today,
        today=today,
        as_of=today,
        sender_name="" if lender.name == creditor else lender.name,
        signature=lender.signature,
        account_tail=loan.account_tail if "amount" in about else "",
        phone=lender.phone,
        complaint_phone=lender.complaint_phone,
        dfpi_license=lender.dfpi_license(book.person.profile.residence),
    )


def decision_event(
    judged: Judged, row: Reservation | None, kind: EventKind, now: datetime
) -> LogEvent:
    """Return the log row of a decision: what was asked, on what facts, with which words."""
    book = judged.book
    asked = asked_body(judged.action, judged.template, judged.rendered)
    body: dict[str, object] = {
        "step": judged.template,
        "debts": list(judged.debts),
        "versions": VERSIONS,
        "packs": [list(pack) for pack in judged.packs],
        "facts": snapshot(judged.facts),
    }
    if row is not None:
        body |= {"verdict": judged.decision.verdict, "words": judged.rendered.text, "action": asked}
    else:
        body["tried"] = [refused_body(asked, judged.decision)]
    blob = judged.key.encrypt(encode_body(body), event_aad(book.person_id))
    contact = row.contact_id if row is not None else None
    return LogEvent(book.tenant_id, book.person_id, contact, kind, now, blob)
