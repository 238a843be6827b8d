"""What stands on a borrower's page beside the timeline: loans, plan, addresses, wishes, holds."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from outreach.domain.borrowers import REVOKED, Endpoint
from outreach.domain.loans import LoanState, days_past_due, past_due_minor
from outreach.domain.records import dataclass
from outreach.domain.standing import Due
from outreach.domain.vocabulary import CaseKind, EndpointStatus, EventKind
from outreach.rendering.verdicts import say_cause
from outreach.usecases.explain import Explanation
from outreach.usecases.person_file import PersonFile
from outreach.web.console.amounts import show_money
from outreach.web.console.person_timeline import Happened, hold_loan
from outreach.web.console.person_words import preference_words, where_of
from outreach.web.console.showing import Moment, Shower, Tag, masked
from outreach.web.console.words import Language, say, say_or

_SENT: Final = EventKind.DECIDED
_HIDDEN: Final = "•••"
_POSTAL: Final = "postal"
_EARLY: Final = frozenset({"", "pre_due", "due"})


@dataclass(frozen=True, slots=True)
class LoanRow:
    """One loan on the page: what is late, for how long, where the plan stands."""

    address: str
    ref: str
    product: str
    status: str
    past_due: str
    owed: str
    days_late: int
    stage: str
    treatment: str


@dataclass(frozen=True, slots=True)
class AddressRow:
    """One address, masked unless somebody asked to see it; `full` is "" while it is masked."""

    endpoint_id: str
    medium: str
    kind: str
    shown: str
    full: str
    status: Tag
    is_primary: bool
    closed: str


@dataclass(frozen=True, slots=True)
class HoldRow:
    """One hold in force: what it stops, since when, until when, by whom; `case` names it."""

    case: str
    kind: str
    policy: str
    loan: str
    channel: str
    since: Moment
    until: Moment | None
    by: str
    evidence: str


@dataclass(frozen=True, slots=True)
class WishRow:
    """Something that the borrower asked for, allowed or took back; `ref` if it can be removed."""

    words: str
    since: Moment
    ref: str
    tag: Tag


@dataclass(frozen=True, slots=True)
class Plan:
    """The next contact as things are, and what stands before it."""

    at: Moment | None
    step: str
    now: str
    waits: tuple[tuple[Moment, str], ...]


class PersonShower:
    """Puts a person's file into rows.

    Args:
        language: Of the reader.
        shower: Of rows of the log.
        person: Whose file.
        zone: Where the borrower reads the clock.
        now: Business time.
    """

    def __init__(
        self, language: Language, shower: Shower, person: PersonFile, zone: str, now: datetime
    ) -> None:
        self._language = language
        self._shower = shower
        self._person = person
        self._zone = zone
        self._now = now

    def loans(self) -> list[LoanRow]:
        """Return their loans, open ones first, the most overdue first."""
        followed = self._followed()
        return [self._loan(loan, *followed.get(loan.ref, ("", ""))) for loan in self._by_need()]

    def first_open(self) -> LoanState | None:
        """Return the loan that the plan is asked about: the most overdue of the open ones."""
        return next((loan for loan in self._by_need() if loan.is_open), None)

    def addresses(self, shown: str = "") -> list[AddressRow]:
        """Return their addresses; the one of id `shown` in full."""
        bound: dict[str, list[str]] = {}
        for each in self._person.suppressions:
            bound.setdefault(each.endpoint_id, []).append(where_of(self._language, each.medium))
        rows = []
        for one in self._person.state.profile.endpoints:
            full = _written(one) if one.endpoint_id == shown else ""
            rows.append(
                AddressRow(
                    one.endpoint_id,
                    self._word("address", one.medium),
                    self._word("address.kind", one.kind) if one.kind else "",
                    covered(one),
                    full,
                    _status(self._language, one),
                    one.is_primary,
                    ", ".join(bound.get(one.endpoint_id, ())),
                )
            )
        return rows

    def holds(self) -> list[HoldRow]:
        """Return the holds in force, the newest first."""
        acting = [one for one in self._person.state.holds.values() if one.released_at is None]
        acting = [one for one in acting if one.ends_at is None or one.ends_at > self._now]
        acting.sort(key=lambda one: one.placed_at, reverse=True)
        return [
            HoldRow(
                one.case_ref,
                sentence(self._shower.hold(one.kind)),
                self._word("policy", one.policy),
                hold_loan(one, self._person.loans),
                where_of(self._language, one.channel) if one.channel else "",
                self._moment(one.placed_at),
                self._moment(one.ends_at) if one.ends_at else None,
                str(one.details.get("by", "")) or self._word("origin", one.origin),
                one.evidence,
            )
            for one in acting
        ]

    def wishes(self) -> list[WishRow]:
        """Return preferences, consents and opt-outs that hold."""
        state, rows = self._person.state, []
        for one in state.preferences.values():
            if one.holds(self._now):
                words = preference_words(self._language, one)
                tag = Tag("info", "◇", say(self._language, "people.preference"))
                rows.append(WishRow(words, self._moment(one.at), one.ref, tag))
        for consent in state.consents.values():
            where = where_of(self._language, consent.channel)
            if consent.purpose not in {"", "*"}:
                where += f" · {self._word('purpose', consent.purpose)}"
            tone, sign = ("stop", "⬢") if consent.status == REVOKED else ("ok", "✓")
            if consent.expires_at is not None and consent.expires_at <= self._now:
                tone, sign = "off", "–"
            tag = Tag(tone, sign, self._word("consent", consent.status))
            rows.append(WishRow(where, self._moment(consent.at), "", tag))
        return rows

    def plan(self, told: Explanation | None) -> Plan | None:
        """Return the next contact and why then; None where there is no loan to ask about."""
        if told is None:
            return None
        at = self._moment(told.next_at) if told.next_at else None
        waits = tuple((self._moment(when), self.waited(why)) for when, why in told.waits[:6])
        return Plan(at, told.next_step, self._answer(told), waits)

    def planned(self, told: Explanation | None) -> list[Happened]:
        """Return what is to come, the nearest first: contact, due days, promises, ends of holds."""
        found: list[Happened] = []
        if told is not None and told.next_at is not None:
            text = say(self._language, "people.planned.contact", step=told.next_step)
            found.append(Happened(told.next_at, "system", text, told.loan.ref))
        for hold in self._person.state.holds.values():
            if hold.released_at is None and hold.ends_at is not None and hold.ends_at > self._now:
                kind = self._shower.hold(hold.kind)
                text = say(self._language, "people.planned.hold", kind=kind)
                found.append(Happened(hold.ends_at, "system", text))
        for task in self._person.tasks:
            if task.done_at is None and task.due_at is not None:
                kind = self._word("task", task.kind)
                text = say(self._language, "people.planned.task", kind=kind)
                address = f"/tasks/{task.task_id}"
                found.append(
                    Happened(task.due_at, "person", text, task.loan or "", address=address)
                )
        return sorted(found, key=lambda one: one.at)

    def waited(self, code: str) -> str:
        """Return why a look at the plan came to nothing, from its stable word."""
        cause, _, rest = code.partition(":")
        step, _, rules = rest.partition(":")
        if cause in {"deferred", "blocked", "due"}:
            return say(self._language, f"people.plan.{cause}", step=step, rules=rules)
        words = say_cause(cause, self._language)
        return f"{words} {rest}".strip() if words != cause else code

    def answer(self, told: Explanation | None) -> str:
        """Return the page's one-line answer."""
        held = self.holds()
        if held:
            kinds = ", ".join(dict.fromkeys(one.kind for one in held))
            return say(self._language, "people.answer.held", kinds=kinds)
        if told is None:
            return say(self._language, "people.answer.nothing")
        if told.next_at is None:
            return say(self._language, "people.answer.none")
        if told.next_at <= self._now:
            return say(self._language, "people.answer.now", step=told.next_step)
        at = self._moment(told.next_at).text
        return say(self._language, "people.answer.next", at=at, step=told.next_step)

    def _answer(self, told: Explanation) -> str:
        if told.looked.allowed is not None:
            return say(self._language, "people.plan.now")
        if told.waits:
            return self.waited(told.waits[0][1])
        if isinstance(told.looked.answer, Due):
            return say(self._language, "people.plan.not_now")
        return say_cause(told.looked.refusal, self._language) if told.looked.refusal else ""

    def _followed(self) -> Mapping[str, tuple[str, str]]:
        """Return the stage and treatment of each loan, as the last contact about it was made."""
        found: dict[str, tuple[str, str]] = {}
        for one in self._person.entries:
            for ref in one.loans:
                if one.kind == _SENT and ref not in found and one.body.get("stage"):
                    treatment = str(one.body.get("treatment", "")).partition("@")[0]
                    found[ref] = (str(one.body["stage"]), treatment)
        return found

    def _by_need(self) -> Sequence[LoanState]:
        def need(loan: LoanState) -> tuple[bool, int, str]:
            late = days_past_due(loan.installments, loan.today(self._now))
            return not loan.is_open, -late, loan.ref

        return sorted(self._person.loans.values(), key=need)

    def _loan(self, loan: LoanState, stage: str, treatment: str) -> LoanRow:
        today = loan.today(self._now)
        late = days_past_due(loan.installments, today) if loan.is_open else 0
        owed = sum(one.outstanding_minor for one in loan.installments)
        case = self._person.case_of.get(loan.loan_id)
        if case is None or (case.kind is CaseKind.PRE_DUE and stage not in _EARLY):
            stage = ""
        return LoanRow(
            f"/loans/{self._person.person_id}-{loan.loan_id}",
            loan.ref,
            loan.product,
            self._word("loan_status", loan.status),
            show_money(self._language, past_due_minor(loan.installments, today), loan.currency),
            show_money(self._language, loan.total_minor or owed, loan.currency),
            late,
            self._word("stage", stage) if stage else "–",
            treatment,
        )

    def _moment(self, at: datetime) -> Moment:
        return self._shower.moment(at, self._zone)

    def _word(self, group: str, name: object) -> str:
        return say_or(self._language, f"{group}.{name}", str(name))


def sentence(words: str) -> str:
    """Return words with a capital at their beginning."""
    return words[:1].upper() + words[1:]


def covered(one: Endpoint | None) -> str:
    """Return an address masked; of where somebody lives nothing is shown."""
    if one is None:
        return "–"
    return _HIDDEN if one.medium == _POSTAL else masked(one.address)


def _written(one: Endpoint) -> str:
    """Return an address in full, on one line."""
    if one.medium != _POSTAL:
        return one.address
    try:
        told = msgspec.json.decode(one.address, type=dict[str, Any])
    except msgspec.DecodeError:
        return one.address
    parts = [told.get("line1"), told.get("line2"), *(v for k, v in told.items() if "line" not in k)]
    return ", ".join(str(part) for part in parts if part)


def _status(language: Language, one: Endpoint) -> Tag:
    usable = one.status is EndpointStatus.ACTIVE
    word = say_or(language, f"address.status.{one.status}", str(one.status))
    return Tag("ok", "✓", word) if usable else Tag("stop", "✕", word)
