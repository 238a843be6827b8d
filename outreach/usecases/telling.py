"""What the words of a due contact may say, from what is known of the person and the lender."""

from datetime import date, datetime, tzinfo
from typing import Final

from outreach.domain.borrowers import Endpoint
from outreach.domain.loans import LoanState
from outreach.domain.local_time import local_date
from outreach.domain.payment_history import Payer
from outreach.domain.standing import Due
from outreach.domain.vocabulary import Channel
from outreach.facts.addresses import PHONE, addresses_of
from outreach.facts.attributes import loan_attributes
from outreach.rendering.context import MessageFacts
from outreach.rendering.itemization import Itemization, itemization_of
from outreach.store.books import PersonBook
from outreach.usecases.lenders import LenderPlan, LetterPlan
from outreach.usecases.telling_repayment import repayment_facts

_TAIL: Final = 4
_LINK: Final = "self_service_link"


def message_facts(
    due: Due,
    book: PersonBook,
    lender: LenderPlan,
    endpoint_id: str,
    *,
    first: bool,
    now: datetime,
    link: str = "",
) -> MessageFacts:
    """Return what the words may say about a due contact that goes to an endpoint.

    `link` is that of `self_service_link`, for words that name it.
    """
    standing = due.standing
    loan = book.loans[standing.loan_id]
    quote = loan.quotes.get(due.occurrence) if due.occurrence != standing.occurrence else None
    today = local_date(now, standing.lender_zone)
    covered = (standing, *due.merged)
    due_on = min((one.due_on for one in covered if one.due_on), default=today)
    creditor = loan.creditor or lender.name
    own_name = "" if lender.name == creditor else lender.name
    owed = sum(one.outstanding_minor for one in covered)
    parts = Itemization()
    if len(covered) == 1:
        parts = itemization_of(loan_attributes(loan), owed)
    return MessageFacts(
        lender_name=creditor,
        role=lender.role,
        amount_minor=owed,
        currency=loan.currency,
        due_on=due_on,
        today=today,
        as_of=_told_on(loan, standing.lender_zone, today),
        account_tail=loan.account_tail,
        sender_name=own_name,
        signature=lender.signature,
        phone=lender.phone,
        complaint_phone=lender.complaint_phone,
        contact_person=lender.contact_person,
        neutral_name=lender.neutral_name,
        dfpi_license=lender.dfpi_license(book.person.profile.residence),
        pay_channel=lender.pay_channel,
        repay_link=lender.pay_url,
        borrower_name=_display_name(book),
        form_of_address=_form_of_address(book),
        first_time_late=all(one.history.payer is Payer.FIRST_TIME for one in covered),
        often_late=standing.history.payer is Payer.CHRONIC,
        borrower_tail=_number_tail(book, endpoint_id),
        loan_count=len(covered),
        first_communication=first,
        quote_minor=quote.amount_minor if quote else None,
        quote_valid_until=quote.valid_until if quote else None,
        may_show_details=_may_show_details(book),
        self_service_link=link,
        repayment=repayment_facts(due, loan, lender, today),
        itemization=parts,
        **_of_letters(lender.letters),
    )


def _of_letters(plan: LetterPlan) -> dict[str, str]:
    told = {"postal_address": ", ".join(plan.address)}
    firm = plan.law_firm
    if firm is not None:
        told |= {
            "law_firm": firm.name,
            "law_firm_licence": firm.licence,
            "law_firm_phone": firm.phone,
            "lawyer": firm.lawyer,
            "lawyer_licence": firm.lawyer_licence,
        }
    return told


def self_service_link(
    due: Due, lender: LenderPlan, channel: Channel, uses: tuple[str, ...], now: datetime
) -> str:
    """Return the link to the page about a due contact's primary loan; "" where none is wanted.

    Args:
        due: The contact.
        lender: Whose page it is; one without makes no link.
        channel: Text messages carry it only where the lender says so.
        uses: Variables that the words name.
        now: Business time.
    """
    maker = lender.links
    if maker is None or _LINK not in uses or (channel is Channel.SMS and not maker.in_texts):
        return ""
    return maker.link(due.standing.person_id, due.standing.loan_id, now)


def _told_on(loan: LoanState, lender_zone: tzinfo, today: date) -> date:
    """Return the date that the quoted amounts are of, at the latest today."""
    unpaid = (one.as_of for one in loan.installments if one.outstanding_minor > 0)
    told = max(unpaid, default=None)
    return min(local_date(told, lender_zone), today) if told else today


def endpoint_of(book: PersonBook, endpoint_id: str) -> Endpoint:
    """Return one of the person's endpoints.

    Raises:
        KeyError: There is none of that id.
    """
    for endpoint in book.person.profile.endpoints:
        if endpoint.endpoint_id == endpoint_id:
            return endpoint
    raise KeyError(endpoint_id)


def _number_tail(book: PersonBook, endpoint_id: str) -> str:
    """Return the last digits of the number that is written to, else of the person's first one."""
    endpoint = endpoint_of(book, endpoint_id)
    if endpoint.medium != PHONE:
        numbers = addresses_of(book.person).get(Channel.CALL)
        if not numbers:
            return ""
        endpoint = endpoint_of(book, numbers[0])
    return endpoint.address[-_TAIL:]


def _may_show_details(book: PersonBook) -> bool:
    """Say whether the person asked to see details on a locked screen."""
    told = book.person.profile.fields.get("preferences")
    return isinstance(told, dict) and told.get("notification_details") is True


def _form_of_address(book: PersonBook) -> str:
    """Return title and family name as the language orders them; "" where no title was told."""
    name = book.person.profile.fields.get("name")
    if not isinstance(name, dict) or not name.get("title") or not name.get("family"):
        return ""
    title, family = str(name["title"]), str(name["family"])
    return f"{title} {family}" if title.isascii() else f"{family}{title}"


def _display_name(book: PersonBook) -> str:
    name = book.person.profile.fields.get("name")
    if not isinstance(name, dict):
        return ""
    if display := name.get("display"):
        return str(display)
    return " ".join(str(name[part]) for part in ("given", "family") if name.get(part))
