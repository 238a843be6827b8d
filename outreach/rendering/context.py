"""The facts that words may use, and how they are written in a language."""

from dataclasses import field
from datetime import date
from types import MappingProxyType
from typing import Final

from outreach.domain.records import dataclass
from outreach.domain.vocabulary import LenderRole
from outreach.rendering import itemization
from outreach.rendering.itemization import Itemization, itemization_context
from outreach.rendering.locales import (
    format_day,
    format_letter_day,
    format_money,
    format_short_day,
)
from outreach.rendering.phrases import Phrases
from outreach.rendering.repayment_words import (
    REPAYMENT_VARIABLES,
    RepaymentFacts,
    repayment_context,
)

COLLECTOR_ROLES: Final = frozenset(
    {LenderRole.THIRD_PARTY, LenderRole.DEBT_BUYER, LenderRole.CREDITOR_USING_OTHER_NAME},
)
"""Roles that must say that they collect a debt (12 CFR 1006.18(e))."""

VARIABLES: Final = MappingProxyType(
    {
        "lender_name": "To whom the debt is owed.",
        "sender_name": "Who writes: the lender, or the agency working for it.",
        "by_agent": "True when somebody other than the lender writes.",
        "signature": "The registered SMS signature in its brackets.",
        "borrower_name": "The borrower's name; not for Chinese text messages.",
        "form_of_address": "How the borrower wants to be addressed: Ms. Sample, 王女士.",
        "borrower_tail": "Last four digits of the borrower's number.",
        "account_tail": "Last digits of the account.",
        "amount": "What is due or past due, all debts of the message together.",
        "minor": "The same amount as a whole number of minor units, for comparisons.",
        "due_date": "Due date of the oldest installment named.",
        "as_of": "Date that the amount is of, without the year.",
        "days_past_due": "Whole days since the due date; 0 before.",
        "days_until_due": "Whole days to the due date; 0 after.",
        "first_time_late": "True where they weren't late in the year before.",
        "often_late": "True where they were late three times or more in the year before.",
        "several": "True when the message is about more than one loan.",
        "loan_count": "How many loans the message is about.",
        "phone": "The sender's number for customers.",
        "complaint_phone": "The number for complaints.",
        "contact_person": "A natural person to ask for; for answering machines.",
        "neutral_name": "A business name that tells of no debt; for answering machines.",
        "reply_request": "Please call back; for answering machines.",
        "dfpi_license": "The California license; only where the borrower may live there.",
        "pay_channel": "Where to pay, in words: the lender's app.",
        "repay_link": "Address of the payment page.",
        "self_service_link": "Address of the borrower's own page; made when the words are.",
        **REPAYMENT_VARIABLES,
        "quote_amount": "What pays the loan off early.",
        "quote_valid_until": "Last date on which that amount holds.",
        "first_communication": "True in the first contact about the debt.",
        "may_show_details": "True where the person asked for details on a locked screen.",
        "opt_out_instructions": "How to stop such messages.",
        "opt_out_confirmed": "That they are stopped; for confirmations of an opt-out alone.",
        "mini_miranda": "Debt collectors' disclosure; absent where a lender writes.",
        "if_paid_ignore": "Please ignore this if you have paid.",
        "date": "The lender's date, written out; for letters.",
        "postal_address": "The lender's own postal address, in one line; for letters.",
        "law_firm": "The law firm that writes; for lawyers' letters.",
        "law_firm_licence": "Number of that firm's licence.",
        "law_firm_phone": "Number on which the firm can be asked whether it wrote.",
        "lawyer": "The lawyer who signs.",
        "lawyer_licence": "Number of that lawyer's certificate.",
        "reason": "Why the amount is owed; for letters.",
        "legal_basis": "On which law the claim rests; for letters.",
        "rights_and_duties": "What the borrower must do and may ask for; for letters.",
        "how_to_check_and_repay": "How to check the account and repay; for letters.",
        "how_to_object": "How to object and send evidence; for letters.",
        "seal": "That the letter bears a seal; for letters.",
        **itemization.VARIABLES,
    }
)
"""Every variable a template may use, with its meaning."""

ELEMENTS: Final = (
    ("lender_name", "lender_name"),
    ("agent_name", "sender_name"),
    ("amount", "amount"),
    ("amount", "payment_amount"),
    ("amount", "opening_amount"),
    ("debt_amount", "amount"),
    ("balance", "amount"),
    ("account_reference", "account_tail"),
    ("phone_number", "phone"),
    ("name", "borrower_name"),
    ("repay_link", "repay_link"),
    ("payment_link", "repay_link"),
    # Our own page leads to that one, so what forbids the one forbids the other.
    ("repay_link", "self_service_link"),
    ("opt_out_instructions", "opt_out_instructions"),
    # Every wording of ours asks for one word, or one letter, in reply; see `message` for push.
    ("opt_out_one_word", "opt_out_instructions"),
    ("opt_out_confirmed", "opt_out_confirmed"),
    ("dfpi_license", "dfpi_license"),
    ("signature", "signature"),
    ("natural_person_name", "contact_person"),
    ("business_name_neutral", "neutral_name"),
    ("reply_request", "reply_request"),
)
"""Content elements that rules ask for, and the variable of which the words prove each."""

LETTER_ELEMENTS: Final = (
    ("reason", "reason"),
    ("legal_basis", "legal_basis"),
    ("rights_and_duties", "rights_and_duties"),
    ("how_to_check_and_repay", "how_to_check_and_repay"),
    ("how_to_object", "how_to_object"),
    ("issuer_contact", "phone"),
    ("seal", "seal"),
    ("law_firm", "law_firm"),
    ("lawyer_license_number", "lawyer_licence"),
)
"""Those that only a letter carries."""


@dataclass(frozen=True, slots=True)
class MessageFacts:
    """Plain values for one message; dispatch fills it. Never shown by `repr`.

    Attributes:
        lender_name: Creditor, as the borrower knows it.
        role: What the sender is to the debt.
        amount_minor: Sum over all debts of the message, in minor units.
        currency: ISO 4217.
        due_on: Due date of the oldest installment named.
        today: The lender's date, from which days are counted.
        as_of: Date that the amount is of.
        account_tail: Last digits of the (primary) account, "" if unknown.
        sender_name: Who writes; "" means the lender, as does the role of a first party.
        signature: Registered SMS signature without brackets; "" means the sender's name.
        phone: Number for customers, "" if none.
        complaint_phone: Number for complaints, "" if none.
        dfpi_license: License of the California regulator, "" if none or not for this borrower.
        pay_channel: Where to pay, in the borrower's language, "" if none.
        repay_link: Payment page, "" if none.
        borrower_name: "" if unknown.
        borrower_tail: Last four digits of the borrower's number, "" if unknown.
        loan_count: Debts in the message.
        first_communication: Whether nobody has written about the debt before.
        quote_minor: Early-payoff amount, None if the message is about none.
        quote_valid_until: Until when it holds.
        form_of_address: Title and name, "" if they told no title.
        first_time_late: Whether they weren't late in the year before.
        often_late: Whether they were late three times or more in the year before.
        may_show_details: Whether the person asked for details on a locked screen.
        contact_person: Name of a natural person to ask for, "" if none.
        neutral_name: Business name that tells of no debt, "" if none.
        self_service_link: Address of the borrower's own page, "" if none.
        repayment: A payment, a statement or a payoff that the message is about.
        itemization: How the debt came to what it is.
        postal_address: The lender's own, in one line, "" if none.
        law_firm: Who writes lawyers' letters, "" if nobody.
        law_firm_licence: Number of its licence.
        law_firm_phone: Its number.
        lawyer: Who signs.
        lawyer_licence: Number of their certificate.
    """

    lender_name: str
    role: LenderRole
    amount_minor: int = field(repr=False)
    currency: str
    due_on: date
    today: date
    as_of: date
    account_tail: str = field(default="", repr=False)
    sender_name: str = ""
    signature: str = ""
    phone: str = ""
    complaint_phone: str = ""
    dfpi_license: str = ""
    pay_channel: str = ""
    repay_link: str = field(default="", repr=False)
    borrower_name: str = field(default="", repr=False)
    borrower_tail: str = field(default="", repr=False)
    loan_count: int = 1
    first_communication: bool = False
    quote_minor: int | None = field(default=None, repr=False)
    quote_valid_until: date | None = None
    form_of_address: str = field(default="", repr=False)
    first_time_late: bool = False
    often_late: bool = False
    may_show_details: bool = False
    contact_person: str = ""
    neutral_name: str = ""
    self_service_link: str = field(default="", repr=False)
    repayment: RepaymentFacts = RepaymentFacts()
    itemization: Itemization = Itemization()
    postal_address: str = ""
    law_firm: str = ""
    law_firm_licence: str = ""
    law_firm_phone: str = ""
    lawyer: str = ""
    lawyer_licence: str = ""


Value = str | int | bool


def build_context(facts: MessageFacts, phrases: Phrases) -> dict[str, Value]:
    """Write the facts in the language of `phrases`; what isn't known is left out.

    A template that prints what was left out is refused; one may ask `{% if phone %}` first.
    """
    locale = phrases.locale
    days = (facts.today - facts.due_on).days
    own = facts.role is LenderRole.FIRST_PARTY or not facts.sender_name
    sender = facts.lender_name if own else facts.sender_name
    by_agent = sender != facts.lender_name
    context: dict[str, Value] = {
        "lender_name": facts.lender_name,
        "sender_name": sender,
        "by_agent": by_agent,
        "signature": phrases.signature.replace("*", facts.signature or sender),
        "amount": format_money(facts.amount_minor, facts.currency, locale),
        "minor": facts.amount_minor,
        "due_date": format_day(facts.due_on, locale),
        "as_of": format_short_day(facts.as_of, locale),
        "days_past_due": max(days, 0),
        "days_until_due": max(-days, 0),
        "first_time_late": facts.first_time_late,
        "often_late": facts.often_late,
        "several": facts.loan_count > 1,
        "loan_count": facts.loan_count,
        "first_communication": facts.first_communication,
        "may_show_details": facts.may_show_details,
        "opt_out_instructions": phrases.opt_out_instructions,
        "opt_out_confirmed": phrases.opt_out_confirmed,
        "if_paid_ignore": phrases.if_paid_ignore,
    }
    for name in _OPTIONAL:
        value = getattr(facts, name)
        if value:
            context[name] = value
    context |= {name: text for name, text in phrases.optional.items() if text}
    context |= repayment_context(facts.repayment, facts.currency, locale)
    context |= itemization_context(facts.itemization, facts.today, facts.currency, locale)
    context["date"] = format_letter_day(facts.today, locale)
    if facts.role in COLLECTOR_ROLES:
        first = facts.first_communication
        context["mini_miranda"] = (
            phrases.mini_miranda_first if first else phrases.mini_miranda_subsequent
        )
    if facts.quote_minor is not None:
        context["quote_amount"] = format_money(facts.quote_minor, facts.currency, locale)
    if facts.quote_valid_until is not None:
        context["quote_valid_until"] = format_day(facts.quote_valid_until, locale)
    return context


_OPTIONAL: Final = (
    "account_tail",
    "phone",
    "complaint_phone",
    "dfpi_license",
    "pay_channel",
    "repay_link",
    "borrower_name",
    "form_of_address",
    "borrower_tail",
    "contact_person",
    "neutral_name",
    "self_service_link",
    "postal_address",
    "law_firm",
    "law_firm_licence",
    "law_firm_phone",
    "lawyer",
    "lawyer_licence",
)
