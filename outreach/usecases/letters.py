"""Letters: whom they go to, what is printed, who approved them, and their numbers.

A letter is judged and reserved as every contact is. Its number is taken in the transaction that
reserves it, and what is printed is kept, under the person's key: the same file comes of it again.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from outreach.channels.provider import Document
from outreach.domain.borrowers import Endpoint
from outreach.domain.decisions import Decision, Reason, Verdict
from outreach.domain.known import Facts
from outreach.domain.local_time import local_date
from outreach.domain.records import dataclass
from outreach.domain.standing import Due
from outreach.domain.vocabulary import Channel, TaskKind
from outreach.facts.standings import zone
from outreach.rendering.letter_address import address_lines
from outreach.rendering.letter_pdf import print_sheet
from outreach.rendering.letter_sheet import Letterhead, Sheet, parse_blocks
from outreach.rendering.letter_words import DATE, NUMBER, word
from outreach.rendering.locales import format_letter_day
from outreach.rendering.message import Rendered
from outreach.store.books import PersonBook
from outreach.store.contacts import Reservation
from outreach.store.letters import NewLetter, keep_letters, take_numbers
from outreach.store.pool import Connection
from outreach.store.tasks import Settled
from outreach.store.vault import PersonKey
from outreach.usecases.lenders import LenderPlan
from outreach.usecases.tasks import Work

NO_ADDRESS: Final = "letter.no_address"
NO_SENDER_ADDRESS: Final = "letter.no_sender_address"
LEGAL: Final = "legal_notice"
"""Class of templates whose words a law firm writes, where they name it."""
SUBJECTS: Final = {LEGAL: "lawyers_letter"}
_SUBJECT: Final = "collection_letter"
APPROVALS: Final = frozenset({*SUBJECTS.values(), _SUBJECT})
"""Words that an approval of ours is for."""
_NEEDS_APPROVAL: Final = "human_approval_required.needs_approval"
_BY: Final = "letter.approval"
LIVE: Final = "live"
# A letter that went out this shortly before an approval, by our clock, went out by it.
_CLOCKS_DIFFER: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Draft:
    """What is printed, as plain values; `number` is "" until it is given."""

    title: str = field(repr=False)
    locale: str
    created_at: datetime
    body: str = field(repr=False)
    sender: tuple[str, ...]
    recipient: tuple[str, ...] = field(repr=False)
    on: str
    template: str
    number: str = ""

    def sheet(self) -> Sheet:
        """Lay it out."""
        number = (word(NUMBER, self.locale), self.number)
        return Sheet(
            title=self.title,
            locale=self.locale,
            created_at=self.created_at,
            blocks=parse_blocks(self.body),
            head=Letterhead(
                self.sender, self.recipient, (number, (word(DATE, self.locale), self.on))
            ),
            foot="".join(number),
        )


def letter_lines(book: PersonBook, endpoint: Endpoint, lender: LenderPlan) -> tuple[str, ...]:
    """Return what the envelope's window shows; nothing where the address isn't whole."""
    try:
        address: Any = msgspec.json.decode(endpoint.address)
    except msgspec.DecodeError:
        return ()
    if not isinstance(address, dict):
        return ()
    return address_lines(_name(book), address, lender.country)


def draft_of(
    rendered: Rendered, recipient: tuple[str, ...], lender: LenderPlan, now: datetime
) -> Draft:
    """Return what is printed of rendered words; `now` is business time, and the letter's date."""
    firm = lender.letters.law_firm
    if firm is not None and rendered.template_class == LEGAL:
        head = (firm.name, *firm.address, firm.phone)
    else:
        head = (lender.name, *lender.letters.address, *filter(None, [lender.phone]))
    return Draft(
        title=rendered.subject,
        locale=rendered.locale,
        created_at=now.replace(microsecond=0),
        body=rendered.text,
        sender=head,
        recipient=recipient,
        on=format_letter_day(local_date(now, zone(lender.timezone)), rendered.locale),
        template=rendered.template,
    )


def approval_missing(
    lender: LenderPlan,
    template_class: str,
    debts: Sequence[str],
    facts: Facts,
    *,
    asked: bool | None,
) -> Decision | None:
    """Return why a letter that the rules allow still waits; None where it needn't.

    An approval is for one letter: the next one about the same debts needs another.

    Args:
        lender: Its settings say which letters somebody approves.
        template_class: Of the words.
        debts: What the letter is about.
        facts: As of now, the approvals and earlier contacts among them.
        asked: What the treatment says; None: as the lender settled.
    """
    settled = lender.letters.approve
    if not (settled in {"every", template_class} if asked is None else asked):
        return None
    subject = SUBJECTS.get(template_class, _SUBJECT)
    last = max(
        (
            one.at
            for one in facts.ledger
            if one.channel == Channel.LETTER
            and one.outcome != "released"
            and not set(one.debts).isdisjoint(debts)
        ),
        default=None,
    )
    for approval in facts.approvals:
        concerns = not approval.debts or approval.debts.issuperset(debts)
        fits = approval.subject == subject and approval.channel in {None, Channel.LETTER}
        if fits and concerns and (last is None or approval.at > last + _CLOCKS_DIFFER):
            return None
    told = {"subject": subject, "approver_role": []}
    reason = Reason(_BY, _NEEDS_APPROVAL, Verdict.BLOCK, told)
    return Decision(Verdict.BLOCK, (reason,), needs=("human_approval_required",))


def approval_task(tenant: str, due: Due, reasons: Sequence[Reason], now: datetime) -> Work | None:
    """Return the work of approving a letter that waits for nothing else; None for other waits."""
    wanted = next((one for one in reasons if one.rule == _BY), None)
    if wanted is None:
        return None
    about = {"needs": wanted.parameters["subject"], "step": due.step_key}
    return Work(
        tenant,
        due.standing.person_id,
        TaskKind.LETTER_APPROVAL,
        approval_ref(due.standing.case_id, due.step_key, due.occurrence),
        now,
        about,
        loan_id=due.standing.loan_id,
        case_id=due.standing.case_id,
    )


def approval_ref(case: int, step: str, occurrence: str) -> str:
    """Return the key of the work of approving a letter."""
    return f"letter:{case}:{step}:{occurrence}"


def approved(row: Reservation) -> Settled:
    """Return the word that ends that work: the letter is on its way."""
    ref = approval_ref(row.case_id, row.step, row.occurrence)
    return Settled(row.tenant_id, row.person_id, TaskKind.LETTER_APPROVAL, ref, "approved", row.at)


async def number_letters(
    conn: Connection, drafted: Sequence[tuple[Reservation, PersonKey, Draft]]
) -> list[Draft]:
    """Give each letter its number and keep it; in the transaction that reserves the contacts."""
    places: Mapping[tuple[str, str], list[int]] = defaultdict(list)
    for place, (row, _, _) in enumerate(drafted):
        places[row.tenant_id, LIVE if row.mode == LIVE else "test"].append(place)
    done: dict[int, Draft] = {}
    kept = []
    # In order of the series, so that two transactions never wait for each other.
    for (tenant, series), listed in sorted(places.items()):
        numbers = await take_numbers(conn, tenant, series, len(listed))
        for place, number in zip(listed, numbers, strict=True):
            row, key, draft = drafted[place]
            done[place] = replace(draft, number=letter_name(tenant, series, number))
            sheet = key.encrypt(msgspec.json.encode(done[place]), sheet_aad(row.person_id))
            kept.append(
                NewLetter(tenant, row.person_id, row.contact_id, series, number, row.at, sheet)
            )
    await keep_letters(conn, kept)
    return [done[place] for place in range(len(drafted))]


async def print_letter(draft: Draft) -> Document:
    """Return the document of a numbered letter.

    Raises:
        PrintError: See `outreach.rendering.letter_pdf`.
    """
    pdf, pages = await print_sheet(draft.sheet())
    return Document(draft.number, pdf, pages, draft.template)


def letter_name(tenant: str, series: str, number: int) -> str:
    """Return a letter's number as people read it, `acme-000017`; also the name of its file."""
    return f"{tenant}-{'' if series == LIVE else f'{series}-'}{number:06d}"


def parse_letter_name(text: str) -> tuple[str, str, int] | None:
    """Return lender, series and number of what `letter_name` wrote; None of anything else."""
    front, _, digits = text.rpartition("-")
    if not (front and digits.isascii() and digits.isdigit()):
        return None
    tenant = front.removesuffix("-test")
    return tenant, LIVE if tenant == front else "test", int(digits)


def sheet_aad(person: int) -> bytes:
    """Return what ties a kept sheet to its person."""
    return f"letters:{person}".encode()


def read_draft(data: bytes) -> Draft:
    """Return a kept draft.

    Raises:
        msgspec.DecodeError: Written by something else.
    """
    return msgspec.json.decode(data, type=Draft)


def _name(book: PersonBook) -> str:
    name = book.person.profile.fields.get("name")
    if not isinstance(name, dict):
        return ""
    if display := name.get("display"):
        return str(display)
    return " ".join(str(name[part]) for part in ("given", "family") if name.get(part))
