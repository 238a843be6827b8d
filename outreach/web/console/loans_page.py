"""What is owed on one loan, by our books and the platform's, and which step its plan is on."""

from datetime import date, timedelta
from typing import Any, Final
from urllib.parse import urlencode
from uuid import uuid4

from aiohttp import hdrs, web

from outreach.domain.early_payoff import NoPayoffError, Payoff
from outreach.domain.loan_books import agreed_division, value_date
from outreach.domain.loan_statements import LoanStatement, UnreconciledError, loan_statement
from outreach.domain.loans import LoanState, days_past_due, next_due_on, past_due_minor
from outreach.domain.operators import EVERYBODY
from outreach.domain.records import dataclass
from outreach.domain.vocabulary import HoldKind
from outreach.plans import products_of
from outreach.runtime import Runtime
from outreach.usecases.holds_by_hand import case_of, placing
from outreach.usecases.person_file import PersonFile
from outreach.usecases.protecting import About, NobodyError, Word, record
from outreach.usecases.reading_books import BooksOfLoan, read_books
from outreach.usecases.tasks import deadlines_of
from outreach.usecases.telling_repayment import payoff_of
from outreach.web.console.access import SESSION, Page
from outreach.web.console.amounts import show_day, show_money
from outreach.web.console.forms import Field, Form, read_form
from outreach.web.console.page import Renderer, language_for
from outreach.web.console.person_desk import (
    MAY_WORK,
    about,
    explain_person,
    find_file,
    number_of,
    shower_for,
    zone_of,
)
from outreach.web.console.person_showing import PersonShower
from outreach.web.console.showing import Tag
from outreach.web.console.words import Language, say, say_or

PATH: Final = "/loans"
_LONGEST: Final = 500
DONE: Final = frozenset({"loans.done.pause", "loans.done.statement"})


@dataclass(frozen=True, slots=True)
class Bill:
    """One installment: what was billed, and what is left by both books."""

    number: int
    due: str
    billed: str
    ours: str
    theirs: str
    days_late: int
    differs: bool


@dataclass(frozen=True, slots=True)
class Repaid:
    """One repayment, and what it was divided over."""

    day: str
    ref: str
    amount: str
    paid_for: str
    tag: Tag | None


class LoansPages:
    """Handlers of the page.

    Args:
        runtime: Open.
        renderer: Makes the pages.
    """

    def __init__(self, runtime: Runtime, renderer: Renderer) -> None:
        self._runtime = runtime
        self._renderer = renderer

    def pages(self) -> list[Page]:
        """Return the pages, and who may open them."""
        one = PATH + "/{person}-{loan}"
        return [
            Page(hdrs.METH_GET, one, self.get, EVERYBODY, recorded=True),
            Page(hdrs.METH_GET, one + "/pause", self.get_pause, MAY_WORK),
            Page(hdrs.METH_POST, one + "/pause", self.post_pause, MAY_WORK),
            Page(hdrs.METH_POST, one + "/statement", self.post_statement, MAY_WORK),
        ]

    async def get(self, request: web.Request) -> web.StreamResponse:
        """Show the loan; that somebody looked is kept."""
        found = await self._find(request)
        if found is None:
            return self._missing(request)
        person, loan = found
        language, now = language_for(request), self._runtime.clock.business_now()
        zone = zone_of(self._runtime, person)
        log = shower_for(self._runtime, request, person.tenant)
        shower = PersonShower(language, log, person, zone, now)
        books = await self._books(person, loan)
        told = await explain_person(self._runtime, person, loan.ref) if loan.is_open else None
        holds = [one for one in shower.holds() if one.loan in {"", loan.ref}]
        rows = {one.ref: one for one in shower.loans()}
        whole = books.loan if books else loan
        today = loan.today(now)
        return self._page(
            request,
            "loan.html",
            person=person,
            loan=loan,
            row=rows[loan.ref],
            lender=self._runtime.settings.lenders[person.tenant].name,
            base=f"{PATH}/{person.person_id}-{loan.loan_id}",
            whose=person.borrower or say(language, "people.unnamed", number=person.person_id),
            answer=_answer(language, loan, today),
            bills=_bills(language, whole, books, today),
            since_start=books is None or books.books.since_start,
            before=_money(language, books.books.before_minor, loan) if books else "",
            has_before=bool(books and books.books.before_minor),
            repaid=_repaid(language, whole),
            differences=sum(1 for one in books.differences if one.closed_at is None)
            if books
            else 0,
            statement=_statement(language, books, today),
            payoff=self._payoff(language, person, whole, today),
            plan=shower.plan(told),
            promises=_promises(language, loan),
            holds=holds,
            may_work=self._may(request, person),
            as_of=log.moment(now, zone),
            done=done if (done := request.query.get("done", "")) in DONE else "",
        )

    async def get_pause(self, request: web.Request) -> web.StreamResponse:
        """Ask why outreach of the loan is to pause."""
        found = await self._find(request)
        if found is None or not self._may(request, found[0]):
            return self._missing(request)
        return self._form(request, found, self._pause_form(request, found[1]))

    async def post_pause(self, request: web.Request) -> web.StreamResponse:
        """Place a hold on the one loan; compliance lifts it."""
        found = await self._find(request)
        if found is None or not self._may(request, found[0]):
            return self._missing(request)
        form = self._pause_form(request, found[1])
        said = read_form(await request.post(), ["why"], longest=_LONGEST)
        if not said["why"]:
            wrong = {"why": say(language_for(request), "forms.missing")}
            return self._form(request, found, form.filled(said, wrong), status=422)
        person, loan = found
        by = request[SESSION].operator.signature
        kind = HoldKind.OPERATOR
        word = placing(kind, case_of(kind), by=by, evidence=said["why"], loans=[loan.ref])
        return await self._tell(request, person, loan, word, "loans.done.pause")

    async def post_statement(self, request: web.Request) -> web.StreamResponse:
        """Ask for a statement, as the borrower would."""
        found = await self._find(request)
        if found is None or not self._may(request, found[0]):
            return self._missing(request)
        person, loan = found
        told = {"statement": {"id": f"operator-{uuid4().hex[:12]}"}}
        word = Word("statement.requested", told)
        return await self._tell(request, person, loan, word, "loans.done.statement")

    async def _tell(
        self, request: web.Request, person: PersonFile, loan: LoanState, word: Word, done: str
    ) -> web.StreamResponse:
        operator, now = request[SESSION].operator, self._runtime.clock.business_now()
        whom = about(self._runtime, person)
        if word.type == "statement.requested":
            zone = self._runtime.settings.lenders[person.tenant].timezone
            whom = About(person.tenant, "loan", loan.ref, zone)
        deadlines = deadlines_of(self._runtime.settings)
        try:
            await record(
                self._runtime, whom, [word], by=operator.signature, now=now, deadlines=deadlines
            )
        except NobodyError:
            return self._missing(request)
        self._runtime.wake("dispatch")
        base = f"{PATH}/{person.person_id}-{loan.loan_id}"
        where = f"{base}?{urlencode({'done': done})}"
        return web.Response(status=303, headers={"Location": where})

    async def _find(self, request: web.Request) -> tuple[PersonFile, LoanState] | None:
        number = number_of(request.match_info["loan"])
        person = await find_file(self._runtime, request)
        loan = person.loans.get(number) if person is not None and number is not None else None
        return None if person is None or loan is None else (person, loan)

    async def _books(self, person: PersonFile, loan: LoanState) -> BooksOfLoan | None:
        products = products_of(self._runtime.settings)
        found = await read_books(self._runtime, [person.tenant], loan.ref, products)
        return next((one for one in found if one.loan.loan_id == loan.loan_id), None)

    def _payoff(
        self, language: Language, person: PersonFile, loan: LoanState, today: date
    ) -> dict[str, Any]:
        """Return what pays it off today with its arithmetic, or why there is no figure."""
        lender = self._runtime.considering.rulebook.lenders[person.tenant]
        try:
            found: Payoff = payoff_of(loan, lender, today)
        except NoPayoffError as error:
            reason = "settings" if error.reason == "no_rules" else error.reason
            return {"why_not": say(language, f"loans.payoff.{reason}"), "lines": []}
        lines = [
            ("principal", found.principal_minor),
            ("interest", found.interest_minor),
            ("charges", found.charges_minor),
            ("fee", found.fee_minor),
            ("amount", found.amount_minor),
            ("saved", found.saved_minor),
        ]
        until = say(language, "loans.payoff.until", day=show_day(language, found.valid_until))
        return {
            "why_not": "",
            "until": until,
            "lines": [
                (say(language, f"loans.payoff.{name}"), _money(language, minor, loan))
                for name, minor in lines
            ],
        }

    def _pause_form(self, request: web.Request, loan: LoanState) -> Form:
        language = language_for(request)
        action = f"{PATH}/{request.match_info['person']}-{loan.loan_id}/pause"
        why = Field(
            "why", say(language, "people.reason"), note=say(language, "people.reason.note"),
            required=True,
        )  # fmt: skip
        return Form(action, (why,), say(language, "loans.pause.button"))

    def _form(
        self,
        request: web.Request,
        found: tuple[PersonFile, LoanState],
        form: Form,
        *,
        status: int = 200,
    ) -> web.Response:
        language = language_for(request)
        person, loan = found
        return self._page(
            request,
            "person_form.html",
            status=status,
            title=say(language, "loans.pause"),
            lead=say(language, "loans.pause.lead"),
            whose=loan.ref,
            base=f"{PATH}/{person.person_id}-{loan.loan_id}",
            form=form,
        )

    def _may(self, request: web.Request, person: PersonFile) -> bool:
        return request[SESSION].operator.may(person.tenant, MAY_WORK)

    def _missing(self, request: web.Request) -> web.Response:
        return self._page(request, "missing.html", status=404)

    def _page(
        self, request: web.Request, template: str, *, status: int = 200, **values: Any
    ) -> web.Response:
        return self._renderer.page(
            request, template, status=status, visitor=request[SESSION], **values
        )


def _money(language: Language, minor: int | None, loan: LoanState) -> str:
    return show_money(language, minor, loan.currency)


def _answer(language: Language, loan: LoanState, today: date) -> str:
    if not loan.is_open:
        status = say_or(language, f"loan_status.{loan.status}", loan.status)
        return say(language, "loans.answer.closed", status=status)
    late = days_past_due(loan.installments, today)
    if late:
        amount = _money(language, past_due_minor(loan.installments, today), loan)
        return say(language, "loans.answer.late", amount=amount, days=late)
    coming = next_due_on(loan.installments, today)
    if coming is None:
        return say(language, "loans.answer.nothing")
    return say(language, "loans.answer.due", day=show_day(language, coming))


def _bills(
    language: Language, loan: LoanState, books: BooksOfLoan | None, today: date
) -> list[Bill]:
    billed = {one.number: sum(one.parts.values()) for one in books.books.bills} if books else {}
    rows = []
    for one in loan.installments:
        left = books.books.allocated.left_minor(one.number) if one.number in billed and books else 0
        known = one.number in billed
        rows.append(
            Bill(
                one.number,
                show_day(language, one.due_on),
                _money(language, billed.get(one.number), loan),
                _money(language, left, loan) if known else _money(language, None, loan),
                _money(language, one.outstanding_minor, loan),
                max(0, (today - one.due_on).days) if one.outstanding_minor > 0 else 0,
                known and left != one.outstanding_minor,
            )
        )
    return rows


def _repaid(language: Language, loan: LoanState) -> list[Repaid]:
    payments = sorted(loan.payments.values(), key=lambda one: (value_date(one), one.ref))
    rows = []
    for one in reversed(payments):
        told = agreed_division(one)
        parts = [
            f"{say_or(language, f'component.{name}', name)} {_money(language, minor, loan)}"
            for name, minor in (told or {}).items()
        ]
        tag = None
        if one.is_reversed:
            tag = Tag("stop", "↩", say(language, "loans.payment.back"))
        elif one.provisional:
            tag = Tag("wait", "◷", say(language, "loans.payment.provisional"))
        rows.append(
            Repaid(
                show_day(language, value_date(one)),
                one.ref,
                _money(language, one.amount_minor, loan),
                ", ".join(parts) or say(language, "loans.payment.uncertain"),
                tag,
            )
        )
    return rows


def _statement(
    language: Language, books: BooksOfLoan | None, today: date
) -> list[tuple[str, str]] | None:
    """Return the figures since the beginning of last month; None where they don't reconcile."""
    if books is None:
        return None
    since = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    try:
        told: LoanStatement = loan_statement(books.loan, books.books, since, today)
    except UnreconciledError:
        return None
    lines = [
        ("opening", told.opening_minor),
        ("paid", told.paid_minor),
        ("unapplied", told.unapplied_minor),
        ("closing", told.closing_minor),
    ]
    rows = [
        (say(language, f"loans.statement.{name}"), _money(language, minor, books.loan))
        for name, minor in lines
    ]
    if told.next_due_on is not None:
        amount = _money(language, told.next_due_minor, books.loan)
        day = show_day(language, told.next_due_on)
        rows.append((say(language, "loans.statement.next"), f"{amount}, {day}"))
    return rows


def _promises(language: Language, loan: LoanState) -> list[tuple[str, str, Tag]]:
    tones = {"open": "wait", "kept": "ok", "partly_kept": "wait", "broken": "stop"}
    found = sorted(loan.promises.values(), key=lambda one: one.due_on, reverse=True)
    return [
        (
            show_day(language, one.due_on),
            _money(language, one.amount_minor, loan),
            Tag(tones.get(one.status, "off"), "◇", say(language, f"promise.{one.status}")),
        )
        for one in found
    ]
