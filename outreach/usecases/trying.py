"""The ways to make a due contact, each rendered and judged, and what is left out to make it.

No IO and no clock: dispatch, explain and replay call the same code on the same facts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from outreach.domain.decisions import Decision, ProposedAction, Reason, Verdict
from outreach.domain.hand_offs import kind_of
from outreach.domain.known import NO_TEXTS, Facts
from outreach.domain.ledger import PastContact
from outreach.domain.local_time import next_early_morning
from outreach.domain.merging import choose_for_person
from outreach.domain.records import dataclass
from outreach.domain.risk import Assessment
from outreach.domain.standing import Due, Option, Standing, Wait
from outreach.domain.treatment import Treatment
from outreach.domain.vocabulary import Channel
from outreach.rendering.catalog import Catalog
from outreach.rendering.errors import RenderError
from outreach.rendering.message import Rendered, render
from outreach.store.books import PersonBook
from outreach.store.pauses import ACCOUNT_OPEN, PAUSED, RAMPING, Stops, Use
from outreach.usecases.choosing_senders import choose_sender
from outreach.usecases.lenders import LenderPlan, SenderPlan
from outreach.usecases.letters import (
    NO_ADDRESS,
    NO_SENDER_ADDRESS,
    approval_missing,
    letter_lines,
)
from outreach.usecases.people_steps import Proposal, propose
from outreach.usecases.rulebook import Judgment
from outreach.usecases.telling import endpoint_of, message_facts, self_service_link
from outreach.usecases.voicemail import with_voicemail

_Way = tuple[Option, SenderPlan | None]

NO_SENDER: Final = "dispatch.no_sender"
NO_TEMPLATE_PURPOSE: Final = "template.wrong_purpose"


@dataclass(frozen=True, slots=True)
class Trial:
    """One way to make a due contact, as it was judged; by a `proposal` where people make it."""

    option: Option
    action: ProposedAction
    decision: Decision
    rendered: Rendered | None
    sender: SenderPlan | None
    proposal: Proposal | None = None


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
        held: Loans that are left out because rules stop every contact about them.
        held_until: When to look at those again.
        risks: What the scorecard makes of each open loan.
    """

    answer: Due | Wait | None
    lender: LenderPlan | None
    facts: Facts | None = None
    trials: tuple[Trial, ...] = ()
    judgment: Judgment | None = None
    treatment: Treatment | None = None
    refusal: str = ""
    held: tuple[int, ...] = ()
    held_until: datetime | None = None
    risks: Mapping[int, Assessment] = field(default_factory=dict)

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
        """Return when to look again; None: not before something changes."""
        until = self._until(now)
        return min((at for at in (until, self.held_until) if at is not None), default=None)

    def _until(self, now: datetime) -> datetime | None:
        """Return when to look again at the loans that aren't held.

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
class Look:
    """One person at one instant, with the facts and packs that all of it is judged by."""

    catalog: Catalog
    book: PersonBook
    past: Sequence[PastContact]
    stops: Stops
    lender: LenderPlan
    locale: str
    facts: Facts
    judgment: Judgment
    now: datetime

    def at(self, due: Due, plans: Sequence[tuple[Treatment, Standing]]) -> Looked:
        """Judge every way to make a due contact until one may be taken."""
        treatment = next(t for t, s in plans if s.loan_id == due.standing.loan_id)
        trials: list[Trial] = []
        for way in _ways(due, self.book, self.lender, self.past, self.stops):
            trial = self._try(way, due)
            trials.append(trial)
            if trial.decision.verdict is Verdict.ALLOW and self.stops:
                trial = trials[-1] = _unless_stopped(trial, self.lender, treatment, self.stops)
            if trial.decision.verdict is Verdict.ALLOW:
                break
        return Looked(due, self.lender, self.facts, tuple(trials), self.judgment, treatment)

    def without_held(self, plans: Sequence[tuple[Treatment, Standing]], looked: Looked) -> Looked:
        """Leave out the loans about which nothing may be said, and choose among the others.

        A hold on one loan stops contact about that loan, not about the loans that would have been
        told of with it, or that wait behind it. If nothing else may go out now, the first look
        stands, with its reasons.
        """
        first, left, held = looked, list(plans), list[int]()
        while isinstance(looked.answer, Due) and looked.allowed is None:
            stopped = self._stopped(looked)
            left = [plan for plan in left if plan[1].loan_id not in stopped]
            if not stopped or not left:
                return first
            held += sorted(stopped)
            answer = choose_for_person(left, self.now)
            if isinstance(answer, Wait):
                return replace(first, held_until=answer.until)
            looked = self.at(answer, left)
            if looked.allowed is None:
                first = replace(first, held_until=_sooner(first.held_until, looked, self.now))
        return looked if not held else replace(looked, held=tuple(held))

    def _stopped(self, looked: Looked) -> frozenset[int]:
        """Return the loans that are blocked on their own in every way that was tried."""
        judged = [
            one for one in looked.trials if one.rendered is not None and one.sender is not None
        ]
        debts = looked.answer.debts if isinstance(looked.answer, Due) else ()
        if not judged or any(one.decision.verdict is not Verdict.BLOCK for one in judged):
            return frozenset()
        return frozenset(
            loan
            for loan in debts
            if all(self._blocks(replace(one.action, debts=(str(loan),))) for one in judged)
        )

    def _blocks(self, action: ProposedAction) -> bool:
        return self.judgment.decide(action, self.facts).verdict is Verdict.BLOCK

    def _propose(self, option: Option, due: Due) -> Trial:
        """Judge a way that people take: it is about the primary loan alone."""
        proposal = propose(
            (option.channel, due.step.purpose),
            due.standing.loan_id,
            lender=self.lender,
            facts=self.facts,
            judgment=self.judgment,
            now=self.now,
            to=option.template,
            approval=due.step.approval,
        )
        return Trial(option, proposal.action, proposal.decision, None, None, proposal)

    def _as_letter(self, option: Option, due: Due, rendered: Rendered) -> Decision | None:
        """Return why a letter that the rules allow isn't written now; None where it may be."""
        if not self.lender.letters.address:
            return _blocked(NO_SENDER_ADDRESS)
        if not letter_lines(self.book, endpoint_of(self.book, option.endpoint_id), self.lender):
            return _blocked(NO_ADDRESS)
        return approval_missing(
            self.lender,
            rendered.template_class,
            tuple(map(str, due.debts)),
            self.facts,
            asked=due.step.approval,
        )

    def _try(self, way: _Way, due: Due) -> Trial:
        book, facts, judgment, lender = self.book, self.facts, self.judgment, self.lender
        locale, now = self.locale, self.now
        option, sender = way
        if _is_by_people(option, due):
            return self._propose(option, due)
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
            template = self.catalog.pick(
                option.template,
                option.channel,
                (locale, lender.locale),
                lender=lender.slug,
                person_id=book.person_id,
            )
            if due.step.purpose in template.purposes:
                link = self_service_link(due, lender, option.channel, template.uses, now)
                words = message_facts(
                    due, book, lender, option.endpoint_id, first=first, now=now, link=link
                )
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
            sender_attributes=sender.attributes if sender else {},
            content=rendered.content if rendered else NO_TEXTS,
            template_class=rendered.template_class if rendered else None,
            dial_mode=sender.dial_mode if sender else None,
        )
        if rendered is None or sender is None:
            return Trial(option, action, _blocked(refused or NO_SENDER), rendered, sender)
        decision = judgment.decide(action, facts)
        if option.channel is Channel.LETTER and decision.verdict is Verdict.ALLOW:
            decision = self._as_letter(option, due, rendered) or decision
        if option.channel is Channel.CALL and decision.verdict is Verdict.ALLOW:
            rendered = with_voicemail(rendered, action, judgment, facts, lender.role)
        return Trial(option, action, decision, rendered, sender)


def _is_by_people(option: Option, due: Due) -> bool:
    return kind_of(option.channel, due.step.purpose) is not None


def _unless_stopped(trial: Trial, lender: LenderPlan, treatment: Treatment, stops: Stops) -> Trial:
    """Hold back a way that is paused, or whose account doesn't answer."""
    if trial.proposal is not None:
        decision = stopped(Use(lender.slug, trial.option.channel, treatment.ref, "", "", ""), stops)
        return trial if decision is None else replace(trial, decision=decision)
    if trial.sender is None or trial.rendered is None:
        return trial
    used = Use(
        lender.slug,
        trial.option.channel,
        treatment.ref,
        trial.rendered.template,
        trial.sender.address,
        trial.sender.provider,
    )
    decision = stopped(used, stops)
    return trial if decision is None else replace(trial, decision=decision)


def stopped(used: Use, stops: Stops) -> Decision | None:
    """Return why what a contact would use must not be used now; None if it may."""
    if (pause := stops.pause_of(used)) is not None:
        told = {"scope": pause.scope, "subject": pause.subject}
        reason = Reason(PAUSED, PAUSED, Verdict.BLOCK, told)
        return Decision(Verdict.BLOCK, (reason,), needs=("lift",))
    if (opens := stops.opens_at(used.account)) is not None:
        reason = Reason(ACCOUNT_OPEN, ACCOUNT_OPEN, Verdict.DEFER, {"account": used.account})
        return Decision(Verdict.DEFER, (reason,), until=opens)
    if (ends := stops.spent.get(used.sender)) is not None:
        reason = Reason(RAMPING, RAMPING, Verdict.DEFER, {"sender": used.sender}, until=ends)
        return Decision(Verdict.DEFER, (reason,), until=ends)
    return None


def _sooner(known: datetime | None, looked: Looked, now: datetime) -> datetime | None:
    return min((at for at in (known, looked.until(now)) if at is not None), default=None)


def _ways(
    due: Due, book: PersonBook, lender: LenderPlan, past: Sequence[PastContact], stops: Stops
) -> list[_Way]:
    """Pair each way to make a contact with the lender's sender for it.

    A way that the lender has no sender for is passed over, unless there is no other: then it
    stands, to say what is missing.
    """
    found: list[_Way] = []
    for option in due.options:
        if _is_by_people(option, due):
            found.append((option, None))
            continue
        endpoint = endpoint_of(book, option.endpoint_id)
        sender = choose_sender(
            lender,
            option.channel,
            (endpoint.address, endpoint.kind),
            stops,
            person_id=book.person_id,
            past=past,
        )
        found.append((option, sender))
    return [way for way in found if way[1] is not None or _is_by_people(way[0], due)] or found


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
