"""What happened with one person, newest first: contacts made and not made, money, wishes, people.

Runs of the same step of the service fold into one; gaps of a day or more are said in words.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from outreach.domain.cases import Case
from outreach.domain.holds import EVERY_LOAN, RELEASE_ONLY, Hold
from outreach.domain.loans import LoanState
from outreach.domain.records import dataclass
from outreach.domain.vocabulary import CaseKind, EventKind, TaskState
from outreach.usecases.person_file import PersonFile
from outreach.usecases.read_log import Entry
from outreach.usecases.telling_by_hand import CALL
from outreach.web.console.amounts import show_day, show_money
from outreach.web.console.person_words import preference_words, where_of
from outreach.web.console.showing import Moment, Shower, Tag, address_of, reply_text
from outreach.web.console.words import Language, say, say_or

Actor = Literal["system", "person", "borrower", "platform"]
Who = Literal["all", "people", "system"]
FILTERS: Final[tuple[Who, ...]] = ("all", "people", "system")
PAGE: Final = 30
_PEOPLE: Final = frozenset({"person", "borrower"})
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Happened:
    """One thing that happened, or is planned.

    Attributes:
        at: When; aware.
        actor: Who did it: the service, somebody at the lender, the borrower, the platform.
        text: In one sentence.
        loan: The platform's reference, "" where it is about the person.
        by: Who at the lender, where that is known.
        tag: What came of it.
        rules: Rules that stood against it.
        address: Of its own page, "" if it has none.
        quote: What the borrower wrote, or somebody noted.
        run: Equal texts next to each other fold into one; "" never folds.
        times: How many were folded.
    """

    at: datetime
    actor: Actor
    text: str
    loan: str = ""
    by: str = ""
    tag: Tag | None = None
    rules: tuple[str, ...] = ()
    address: str = ""
    quote: str = field(default="", repr=False)
    run: str = ""
    times: int = 1


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the timeline as the page shows it; `when` is None for a day's own line."""

    what: Happened
    when: Moment
    clock: str


@dataclass(frozen=True, slots=True)
class Day:
    """What happened on one day of the borrower's calendar; `gap` days without anything followed."""

    words: str
    lines: tuple[Line, ...]
    gap: int


class TimelineWriter:
    """Puts a person's file into sentences.

    Args:
        language: Of the reader.
        shower: Words for rows of the log.
        zone: IANA name; where the borrower reads the clock.
    """

    def __init__(self, language: Language, shower: Shower, zone: str) -> None:
        self._language = language
        self._shower = shower
        self._zone = ZoneInfo(zone)
        self._zone_name = zone

    def history(self, person: PersonFile) -> list[Happened]:
        """Return all that happened, newest first, runs folded."""
        called = {
            one.body["said"]["contact"]
            for one in person.entries
            if one.kind == EventKind.OPERATOR and one.body.get("type") == CALL
        }
        found = [
            *(one for each in person.entries for one in self._of_entry(each, called)),
            *(one for each in person.loans.values() for one in self._of_loan(each)),
            *(one for each in person.cases for one in self._of_case(each, person.loans)),
            *(one for each in person.state.holds.values() for one in self._of_hold(each, person)),
            *self._of_wishes(person),
            *self._of_work(person),
        ]
        found.sort(key=lambda one: one.at, reverse=True)
        return folded(found)

    def days(self, shown: Sequence[Happened]) -> list[Day]:
        """Return a page of the timeline, a day of the borrower's calendar each."""
        by_day: dict[date, list[Line]] = {}
        for one in shown:
            local = one.at.astimezone(self._zone)
            when = self._shower.moment(one.at, self._zone_name)
            by_day.setdefault(local.date(), []).append(Line(one, when, f"{local:%H:%M}"))
        days = list(by_day)
        following: list[date | None] = [*days[1:], None] if days else []
        return [
            Day(
                show_day(self._language, day),
                tuple(by_day[day]),
                (day - after).days - 1 if after is not None else 0,
            )
            for day, after in zip(days, following, strict=True)
        ]

    def _say(self, key: str, **values: object) -> str:
        return say(self._language, f"people.{key}", **values)

    def _word(self, group: str, name: object) -> str:
        return say_or(self._language, f"{group}.{name}", str(name))

    def _of_entry(self, one: Entry, called: set[str]) -> Iterator[Happened]:
        loan = ", ".join(one.loans)
        match one.kind:
            case EventKind.DECIDED | EventKind.DEFERRED | EventKind.BLOCKED:
                line = self._shower.line(one)
                text = f"{line.what} · {line.step}" if line.step else line.what
                if one.kind == EventKind.DECIDED:
                    text = self._say("contact", what=text)
                else:
                    text = self._say("no_contact", what=text, why=line.why)
                yield Happened(
                    one.at, "system", text, loan, tag=line.tag, rules=line.rules,
                    address=line.address, run="" if one.kind == EventKind.DECIDED else text,
                )  # fmt: skip
            case EventKind.INBOUND:
                line = self._shower.line(one)
                text = self._say("wrote", what=line.what, why=line.why)
                quote = reply_text(one.body) or ""
                yield Happened(one.at, "borrower", text, loan, address=line.address, quote=quote)
            case EventKind.RECORDED if one.contact_id is None or one.contact_id.hex not in called:
                yield Happened(one.at, "person", self._recorded(one), loan, address=address_of(one))
            case EventKind.OPERATOR:
                yield from self._of_operator(one, loan)
            case EventKind.HAND_OFF:
                yield from self._of_hand_off(one, loan)
            case EventKind.CANCELED:
                text = self._say("taken_back")
                yield Happened(one.at, "system", text, loan, address=address_of(one))
            case _:
                return

    def _recorded(self, one: Entry) -> str:
        channel = self._word("channel", one.body.get("channel", ""))
        outcome = self._word("people.outcome", one.body.get("outcome", ""))
        return self._say("recorded", channel=channel, outcome=outcome)

    def _of_operator(self, one: Entry, loan: str) -> Iterator[Happened]:
        said: Mapping[str, Any] = one.body.get("said") or {}
        by = str(one.body.get("by", ""))
        match one.body.get("type"):
            case "call.recorded":
                text = self._say("called", result=self._word("people.result", said["result"]))
            case "reply.settled":
                text = self._say("settled", what=self._settled(said))
            case "task.closed":
                kind = self._word("task", said.get("kind", ""))
                text = self._say("closed", kind=kind, outcome=said.get("outcome", ""))
            case "address.shown":
                text = self._say("shown", why=said.get("why", ""))
            case "approval.granted":
                text = self._say("approved", what=(said.get("approval") or {}).get("for", ""))
            case _:
                return
        yield Happened(one.at, "person", text, loan, by=by)

    def _settled(self, said: Mapping[str, Any]) -> str:
        if intent := said.get("intent"):
            return self._word("intent", intent)
        return self._word("intent", "opt_out" if said.get("opt_out") else "other")

    def _of_hand_off(self, one: Entry, loan: str) -> Iterator[Happened]:
        if "step" not in one.body:
            return
        kind = self._word("hand_off", one.body.get("of", ""))
        step = self._word("hand_off.step", one.body["step"])
        by = str(one.body.get("by", ""))
        text = self._say("hand_off", kind=kind, step=step)
        yield Happened(one.at, "person", text, loan, by=by, address=address_of(one))

    def _of_loan(self, loan: LoanState) -> Iterator[Happened]:
        def money(minor: int | None) -> str:
            return show_money(self._language, minor, loan.currency)

        for paid in loan.payments.values():
            at = paid.paid_at or (_begins(paid.value_on, loan) if paid.value_on else None)
            if at is not None and paid.told:
                key = "paid.provisional" if paid.provisional else "paid"
                yield Happened(
                    at, "borrower", self._say(key, amount=money(paid.amount_minor)), loan.ref
                )
            if paid.reversed_at is not None:
                text = self._say("paid.back", amount=money(paid.amount_minor))
                yield Happened(paid.reversed_at, "platform", text, loan.ref)
        for promise in loan.promises.values():
            status = self._word("promise", promise.status)
            day = show_day(self._language, promise.due_on)
            text = self._say("promised", amount=money(promise.amount_minor), day=day)
            tag = Tag(_PROMISES.get(promise.status, "off"), "◇", status)
            yield Happened(promise.made_at, "borrower", text, loan.ref, tag=tag)
        for quote in loan.quotes.values():
            day = show_day(self._language, quote.valid_until)
            text = self._say("quoted", amount=money(quote.amount_minor), day=day)
            yield Happened(quote.quoted_at, "platform", text, loan.ref)

    def _of_case(self, case: Case, loans: Mapping[int, LoanState]) -> Iterator[Happened]:
        loan = loans.get(case.loan_id)
        if loan is None:
            return
        key = "overdue" if case.kind is CaseKind.DELINQUENCY else "coming_due"
        day = show_day(self._language, case.anchor_due_on)
        text = self._say(key, number=case.anchor_number, day=day)
        yield Happened(_begins(case.opened_on, loan), "system", text, loan.ref)
        if case.closed_on is not None:
            why = self._word("people.end", case.end_reason or "")
            text = self._say(f"{key}.over", why=why)
            yield Happened(_begins(case.closed_on, loan), "system", text, loan.ref)

    def _of_hold(self, hold: Hold, person: PersonFile) -> Iterator[Happened]:
        loan = person.loans[hold.loan_id].ref if hold.loan_id in person.loans else ""
        kind = self._shower.hold(hold.kind)
        by = str(hold.details.get("by", ""))
        actor: Actor = "person" if by else "platform"
        if hold.word != RELEASE_ONLY:
            policy = self._word("policy", hold.policy)
            text = self._say("held", kind=kind, policy=policy)
            yield Happened(hold.placed_at, actor, text, loan, by=by, quote=hold.evidence)
        if hold.released_at is not None:
            yield Happened(hold.released_at, actor, self._say("freed", kind=kind), loan)

    def _of_wishes(self, person: PersonFile) -> Iterator[Happened]:
        for one in person.state.preferences.values():
            words = preference_words(self._language, one)
            text = self._say("wish.gone" if one.removed else "wish", words=words)
            yield Happened(one.at, "borrower", text, by=one.by)
        for consent in person.state.consents.values():
            status = self._word("consent", consent.status)
            where = where_of(self._language, consent.channel)
            yield Happened(consent.at, "borrower", f"{status}: {where}")

    def _of_work(self, person: PersonFile) -> Iterator[Happened]:
        for task in person.tasks:
            text = self._say("task", kind=self._word("task", task.kind))
            address = f"/tasks/{task.task_id}"
            yield Happened(task.opened_at, "system", text, task.loan or "", address=address)
            if task.done_at is not None and task.state == TaskState.DONE and not task.assignee:
                kind = self._word("task", task.kind)
                text = self._say("closed", kind=kind, outcome=task.outcome)
                yield Happened(task.done_at, "system", text, task.loan or "", address=address)
        for note in person.notes:
            about = person.loans.get(note.loan_id or 0)
            loan = about.ref if about is not None else ""
            text = self._say("noted")
            yield Happened(note.at, "person", text, loan, by=note.by, quote=note.text)


_PROMISES: Final = {"open": "wait", "kept": "ok", "partly_kept": "wait", "broken": "stop"}


def _begins(day: date, loan: LoanState) -> datetime:
    """Return the beginning of a day in the lender's calendar."""
    return datetime.combine(day, time.min, ZoneInfo(loan.lender_timezone)).astimezone(UTC)


def folded(found: Iterable[Happened]) -> list[Happened]:
    """Fold runs of equal steps of the service; the newest of a run stands for it."""
    kept: list[Happened] = []
    for one in found:
        last = kept[-1] if kept else None
        if last is not None and one.run and last.run == one.run and last.loan == one.loan:
            kept[-1] = replace(last, times=last.times + 1)
        else:
            kept.append(one)
    return kept


def of_whom(found: Iterable[Happened], who: Who) -> list[Happened]:
    """Return what people did, what the service and the platform did, or all of it."""
    if who == "all":
        return list(found)
    return [one for one in found if (one.actor in _PEOPLE) == (who == "people")]


def page_of(
    found: Sequence[Happened], before: datetime | None, *, limit: int = PAGE
) -> tuple[list[Happened], datetime | None]:
    """Return what happened before an instant, and the instant that the next page goes on from.

    What happened at one instant stays on one page, so that nothing is passed over.
    """
    left = [one for one in found if before is None or one.at < before]
    shown = left[:limit]
    if shown:
        shown += [one for one in left[limit:] if one.at == shown[-1].at]
    more = len(left) > len(shown)
    return shown, shown[-1].at if more else None


def hold_loan(hold: Hold, loans: Mapping[int, LoanState]) -> str:
    """Return the loan that a hold is on, "" where it is on every one."""
    if hold.loan_id == EVERY_LOAN or hold.loan_id not in loans:
        return ""
    return loans[hold.loan_id].ref
