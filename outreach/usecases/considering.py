"""One person, one look: which contact is due, whether it is allowed, and with which words.

No IO and no clock: dispatch, explain and replay call the same function on the same facts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from datetime import date, datetime, timedelta, tzinfo
from typing import Any, Final

from outreach.domain.decisions import NO_TEXTS, Decision, Facts, ProposedAction, Reason, Verdict
from outreach.domain.ledger import PastContact
from outreach.domain.loans import LoanState, is_fresh
from outreach.domain.local_time import local_date, next_early_morning
from outreach.domain.merging import choose_for_person
from outreach.domain.records import dataclass
from outreach.domain.standing import Due, Option, Standing, Wait
from outreach.domain.treatment import Treatment
from outreach.facts.assemble import LenderFacts, addresses_of, facts_of, zone_evidence
from outreach.facts.standings import standing_of, zone
from outreach.rendering.catalog import Catalog, Rendered, render
from outreach.rendering.context import MessageFacts
from outreach.rendering.errors import RenderError
from outreach.store.books import PersonBook
from outreach.store.pauses import Pause, Paused
from outreach.usecases.lenders import LenderPlan, SenderPlan
from outreach.usecases.rulebook import Judgment, Rulebook

NO_LENDER: Final = "dispatch.no_lender"
NO_TREATMENT: Final = "dispatch.no_treatment"
NO_SENDER: Final = "dispatch.no_sender"
PAUSED: Final = "dispatch.paused"
NO_TEMPLATE_PURPOSE: Final = "template.wrong_purpose"
_TAIL: Final = 4


@dataclass(frozen=True, slots=True)
class Trial:
    """One way to make a due contact, as it was judged."""

    option: Option
    action: ProposedAction
    decision: Decision
    rendered: Rendered | None
    sender: SenderPlan | None


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look at one person came to.

    Attributes:
        answer: What the treatment says: a contact that is due, or what it waits for.
        lender: Whose borrower it is; None if the settings no longer name the lender.
        facts: What was decided on; None where nothing was due.
        trials: Every way that was tried, in order; the last one is allowed, if any is.
        judgment: The packs that apply.
        treatment: Of the primary loan.
        refusal: Why nothing could be decided at all.
    """

    answer: Due | Wait | None
    lender: LenderPlan | None
    facts: Facts | None = None
    trials: tuple[Trial, ...] = ()
    judgment: Judgment | None = None
    treatment: Treatment | None = None
    refusal: str = ""

    @property
    def allowed(self) -> Trial | None:
        """The way that may be taken now."""
        if self.trials and self.trials[-1].decision.verdict is Verdict.ALLOW:
            return self.trials[-1]
        return None

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Every reason against every way that was tried, each once."""
        found = (reason for trial in self.trials for reason in trial.decision.reasons)
        return tuple({(one.rule, one.code, one.until): one for one in found}.values())

    def until(self, now: datetime) -> datetime | None:
        """Return when to look again; None: not before something changes.

        Deferred contacts come back when the first of their ways clears, blocked ones with the
        next morning's look, since a step of another day may be allowed.
        """
        match self.answer:
            case Wait(until=until):
                return until
            case Due() as due:
                clears = [t.decision.until for t in self.trials if t.decision.until is not None]
                morning = next_early_morning(now, due.standing.lender_zone, due.standing.person_id)
                return min([*clears, morning])
            case None:
                return now + timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Considering:
    """Looks at people with one installation's packs, treatments, templates and lenders."""

    rulebook: Rulebook
    catalog: Catalog
    _facts: dict[str, LenderFacts] = field(default_factory=dict)

    def look(
        self,
        book: PersonBook,
        past: Sequence[PastContact],
        heartbeats: Mapping[tuple[str, str], datetime],
        now: datetime,
        *,
        paused: Paused = frozenset(),
    ) -> Looked:
        """Choose, render and judge for one person at business time `now`.

        Args:
            book: The person's loans, open cases, profile, holds and opt-outs.
            past: Earlier contacts, oldest first.
            heartbeats: When each (lender, source) was last heard of.
            now: Aware.
            paused: Senders, templates and accounts that must not be used.
        """
        lender = self.rulebook.lenders.get(book.tenant_id)
        if lender is None:
            return Looked(None, None, refusal=NO_LENDER)
        locale = book.person.profile.locale or lender.locale
        plans = self._plans(book, past, heartbeats, lender, locale, now)
        if not plans:
            refusal = NO_TREATMENT if any(loan.is_open for loan in book.loans.values()) else ""
            return Looked(choose_for_person((), now), lender, refusal=refusal)
        answer = choose_for_person(plans, now)
        if isinstance(answer, Wait):
            return Looked(answer, lender)
        treatment = next(t for t, s in plans if s.loan_id == answer.standing.loan_id)
        facts = facts_of(
            book.person,
            tuple(book.loans.values()),
            book.cases,
            past=past,
            suppressed=book.suppressions,
            lender=self._lender_facts(lender),
            now=now,
        )
        judgment = self.rulebook.judgment(lender, book.person.profile.residence)
        trials: list[Trial] = []
        for option in answer.options:
            trial = self._try(option, answer, book, facts, judgment, lender, locale, now)
            trials.append(trial)
            if trial.decision.verdict is Verdict.ALLOW and paused:
                trial = trials[-1] = _unless_paused(trial, lender, paused)
            if trial.decision.verdict is Verdict.ALLOW:
                break
        return Looked(answer, lender, facts, tuple(trials), judgment, treatment)

    def _lender_facts(self, lender: LenderPlan) -> LenderFacts:
        found = self._facts.get(lender.slug)
        if found is None:
            found = LenderFacts(lender.role, lender.timezone, lender.lender_class)
            self._facts[lender.slug] = found
        return found

    def _plans(
        self,
        book: PersonBook,
        past: Sequence[PastContact],
        heartbeats: Mapping[tuple[str, str], datetime],
        lender: LenderPlan,
        locale: str,
        now: datetime,
    ) -> list[tuple[Treatment, Standing]]:
        zones = _zones(book)
        addresses = addresses_of(book.person)
        plans = []
        for loan in book.loans.values():
            treatment = self.rulebook.treatment(lender, loan.product, locale)
            if treatment is None or not loan.is_open:
                continue
            standing = standing_of(
                book.person_id,
                loan,
                book.cases.get(loan.loan_id),
                past=past,
                zones=zones,
                addresses=addresses,
                fresh=may_be_trusted(loan, lender, heartbeats, now),
                now=now,
            )
            plans.append((treatment, standing))
        return plans

    def _try(
        self,
        option: Option,
        due: Due,
        book: PersonBook,
        facts: Facts,
        judgment: Judgment,
        lender: LenderPlan,
        locale: str,
        now: datetime,
    ) -> Trial:
        address = address_of(book, option.endpoint_id)
        sender = lender.sender_for(option.channel, address)
        debts = tuple(map(str, due.debts))
        first = not any(
            entry.direction == "out"
            and entry.outcome != "released"
            and not set(entry.debts).isdisjoint(debts)
            for entry in facts.ledger
        )
        endpoint = facts.endpoints.get(option.endpoint_id)
        rendered, refused = None, ""
        try:
            template = self.catalog.pick(option.template, option.channel, (locale, lender.locale))
            if due.step.purpose in template.purposes:
                words = message_facts(due, book, lender, address, first=first, now=now)
                rendered = render(template, words)
            else:
                refused = NO_TEMPLATE_PURPOSE
        except RenderError as exc:
            refused = str(exc.cause)
        action = ProposedAction(
            at=now,
            channel=option.channel,
            purpose=due.step.purpose,
            debts=debts,
            endpoint=option.endpoint_id,
            endpoint_kind=endpoint.kind if endpoint else None,
            first_communication=first,
            sender=lender.slug,
            content=rendered.content if rendered else NO_TEXTS,
            template_class=rendered.template_class if rendered else None,
        )
        if rendered is None or sender is None:
            return Trial(option, action, _blocked(refused or NO_SENDER), rendered, sender)
        return Trial(option, action, judgment.decide(action, facts), rendered, sender)


def _unless_paused(trial: Trial, lender: LenderPlan, paused: Paused) -> Trial:
    """Block a way whose sender, template or account is paused."""
    if trial.sender is None or trial.rendered is None:
        return trial
    for scope, subject in (
        ("sender", trial.sender.address),
        ("template", trial.rendered.template),
        ("account", trial.sender.provider),
    ):
        if Pause(lender.slug, scope, subject) in paused:
            reason = Reason(PAUSED, PAUSED, Verdict.BLOCK, {"scope": scope, "subject": subject})
            return replace(trial, decision=Decision(Verdict.BLOCK, (reason,), needs=("lift",)))
    return trial


def may_be_trusted(
    loan: LoanState,
    lender: LenderPlan,
    heartbeats: Mapping[tuple[str, str], datetime],
    now: datetime,
) -> bool:
    """Say whether what is known of a loan may be acted on.

    What a complete source told holds while that source is alive; a hint is good for a day. A
    source that is no longer configured can't be trusted.
    """
    source = lender.sources.get(loan.source)
    if source is None:
        return False
    heard = heartbeats.get((lender.slug, loan.source))
    alive = heard is not None and now - heard <= source.silent_after
    return is_fresh(loan, now, complete=source.freshness == "complete", source_alive=alive)


def message_facts(
    due: Due, book: PersonBook, lender: LenderPlan, address: str, *, first: bool, now: datetime
) -> MessageFacts:
    """Return what the words may say about a due contact."""
    standing = due.standing
    loan = book.loans[standing.loan_id]
    quote = loan.quotes.get(due.occurrence) if due.occurrence != standing.occurrence else None
    today = local_date(now, standing.lender_zone)
    covered = (standing, *due.merged)
    due_on = min((one.due_on for one in covered if one.due_on), default=today)
    creditor = loan.creditor or lender.name
    own_name = "" if lender.name == creditor else lender.name
    return MessageFacts(
        lender_name=creditor,
        role=lender.role,
        amount_minor=sum(one.outstanding_minor for one in covered),
        currency=loan.currency,
        due_on=due_on,
        today=today,
        as_of=_told_on(loan, standing.lender_zone, today),
        account_tail=loan.account_tail,
        sender_name=own_name,
        signature=lender.signature,
        phone=lender.phone,
        complaint_phone=lender.complaint_phone,
        pay_channel=lender.pay_channel,
        repay_link=lender.pay_url,
        borrower_name=_display_name(book),
        borrower_tail=address[-_TAIL:],
        loan_count=len(covered),
        first_communication=first,
        quote_minor=quote.amount_minor if quote else None,
        quote_valid_until=quote.valid_until if quote else None,
    )


def _told_on(loan: LoanState, lender_zone: tzinfo, today: date) -> date:
    """Return the date that the quoted amounts are of."""
    told = max((one.as_of for one in loan.installments), default=None)
    return min(local_date(told, lender_zone), today) if told else today


def address_of(book: PersonBook, endpoint_id: str) -> str:
    """Return one of the person's addresses.

    Raises:
        KeyError: There is none of that id.
    """
    for endpoint in book.person.profile.endpoints:
        if endpoint.endpoint_id == endpoint_id:
            return endpoint.address
    raise KeyError(endpoint_id)


def _display_name(book: PersonBook) -> str:
    name = book.person.profile.fields.get("name")
    if not isinstance(name, dict):
        return ""
    if display := name.get("display"):
        return str(display)
    return " ".join(str(name[part]) for part in ("given", "family") if name.get(part))


def _zones(book: PersonBook) -> tuple[tzinfo, ...]:
    evidence = zone_evidence(book.person)
    declared = [one.zone for one in evidence if one.kind == "declared"]
    return tuple(zone(name) for name in dict.fromkeys(declared or [e.zone for e in evidence]))


def _blocked(code: str) -> Decision:
    return Decision(Verdict.BLOCK, (Reason(code, code, Verdict.BLOCK),))


def explained(reason: Reason) -> dict[str, Any]:
    """Return a reason as JSON-ready values, for the log and for people."""
    kept: dict[str, Any] = {"rule": reason.rule, "code": reason.code, "verdict": reason.verdict}
    if reason.until is not None:
        kept["until"] = reason.until.isoformat()
    if reason.parameters:
        kept["parameters"] = dict(reason.parameters)
    if reason.also:
        kept["also"] = list(reason.also)
    if reason.pack:
        kept["pack"] = reason.pack
    return kept
