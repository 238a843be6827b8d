"""Why a borrower was, was not or will be contacted: as dispatch decides, nothing sent."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from cryptography.exceptions import InvalidTag

from outreach.compliance import examine
from outreach.compliance.pack import Rule
from outreach.domain.cases import advance
from outreach.domain.decisions import Reason, Verdict
from outreach.domain.loans import LoanState
from outreach.domain.records import dataclass
from outreach.domain.refs import ref_digest
from outreach.domain.standing import Due, Wait
from outreach.facts.money_events import PAYMENTS_SINCE
from outreach.store.bodies import decode_body
from outreach.store.books import PersonBook, load_books
from outreach.store.contacts import list_ledger
from outreach.store.heartbeats import list_heartbeats
from outreach.store.pauses import Stops, list_stops
from outreach.store.pool import Pool
from outreach.store.reading import KnownLoan, find_loans, list_events
from outreach.store.vault import Vault
from outreach.usecases.considering import Considering
from outreach.usecases.modes import live_lenders
from outreach.usecases.planning import LEDGER_SPAN
from outreach.usecases.receipt_effects import event_aad
from outreach.usecases.trying import Looked

# Looking ahead ends here: further steps depend on what happens until then.
_MOST_LOOKS: Final = 120
_HISTORY: Final = 12


class Outfit(Protocol):
    """What explaining takes from the runtime."""

    @property
    def db(self) -> Pool:
        """Where everything is."""

    @property
    def vault(self) -> Vault:
        """Keys of the people."""

    @property
    def considering(self) -> Considering:
        """Packs, treatments, templates."""


@dataclass(frozen=True, slots=True)
class RuleVerdict:
    """One rule that is about the action, and its objection if it has one."""

    rule: Rule
    pack: str
    reason: Reason | None


@dataclass(frozen=True, slots=True)
class Past:
    """One row of the log, decrypted."""

    event_id: int
    kind: str
    at: datetime
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Explanation:
    """The answer for one loan at one business time.

    Attributes:
        loan: Which.
        state: As folded; installments still unpaid only.
        at: The business time asked about.
        looked: What dispatch would conclude then.
        rules: Every rule about the first way that was tried, with its verdict.
        next_at: When a contact would next be made, nothing else changing; None if not in sight.
        next_step: Which step that is.
        waits: Why nothing happens before that, each with its time, in order.
        past: What the log says up to then, newest first.
    """

    loan: KnownLoan
    state: LoanState | None
    at: datetime
    looked: Looked
    rules: tuple[RuleVerdict, ...]
    next_at: datetime | None
    next_step: str
    waits: tuple[tuple[datetime, str], ...]
    past: tuple[Past, ...]


async def explain_loan(
    outfit: Outfit, tenants: Sequence[str], ref: str, *, at: datetime, now: datetime
) -> list[Explanation]:
    """Explain a loan, by the lender's own reference, for every lender that has one so called.

    Args:
        outfit: Parts of the runtime.
        tenants: Lenders to look among.
        ref: The platform's loan id.
        at: Business time to explain. In the past, facts are today's and the log tells what was
            decided then; in the future, nothing else is taken to change until then.
        now: Business time now.
    """
    digests = [ref_digest(tenant, "loan", ref) for tenant in tenants]
    async with outfit.db.acquire() as conn, conn.transaction(readonly=True):
        found = []
        for loan in await find_loans(conn, digests):
            books = await load_books(
                conn, outfit.vault, [loan.person_id], since=at - PAYMENTS_SINCE
            )
            book = books.get(loan.person_id)
            if book is None or book.key is None:
                continue
            heartbeats = await list_heartbeats(conn)
            stops = await list_stops(conn)
            if at > now:  # sources that are alive now are taken to stay so
                alive = {source: beat + (at - now) for source, beat in heartbeats.items()}
                heartbeats = alive
            cases = [case.case_id for case in book.cases.values()]
            live = live_lenders(outfit.considering.rulebook.lenders.values())
            ledger = await list_ledger(
                conn, [loan.person_id], since=at - LEDGER_SPAN, cases=[0, *cases], live=live
            )
            past = [one for one in ledger.get(loan.person_id, []) if one.at <= at]
            rows = await list_events(conn, loan.person_id, until=at, limit=_HISTORY)
            key = book.key
            history = []
            for row in rows:
                try:
                    body = decode_body(key.decrypt(row.body, event_aad(loan.person_id)))
                except InvalidTag:
                    body = {"unreadable": True}
                history.append(Past(row.event_id, row.kind, row.at, body))
            looks = _look_ahead(outfit.considering, book, past, heartbeats, stops, at)
            first = looks[0][1]
            waits = tuple((moment, _why(looked)) for moment, looked in looks)
            last_at, last = looks[-1]
            will = last.allowed is not None
            found.append(
                Explanation(
                    loan=loan,
                    state=book.loans.get(loan.loan_id),
                    at=at,
                    looked=first,
                    rules=_rules(first),
                    next_at=last_at if will else None,
                    next_step=last.answer.step_key if isinstance(last.answer, Due) else "",
                    waits=waits[:-1] if will else waits,
                    past=tuple(history),
                )
            )
        return found


def _look_ahead(
    considering: Considering,
    book: PersonBook,
    past: Sequence[Any],
    heartbeats: dict[tuple[str, str], datetime],
    stops: Stops,
    at: datetime,
) -> list[tuple[datetime, Looked]]:
    """Look at `at`, then whenever dispatch would look again, until a contact would be made."""
    looks: list[tuple[datetime, Looked]] = []
    moment = at
    for _ in range(_MOST_LOOKS):
        beats = {source: beat + (moment - at) for source, beat in heartbeats.items()}
        looked = considering.look(rolled(book, moment), past, beats, moment, stops=stops)
        if not looks or _why(looks[-1][1]) != _why(looked):
            looks.append((moment, looked))
        if looked.allowed is not None:
            break
        until = looked.until(moment)
        if until is None or until - at > timedelta(days=120):
            break
        moment = until
    return looks


def rolled(book: PersonBook, at: datetime) -> PersonBook:
    """Return the book with its cases as they would stand at `at`, nothing written."""
    cases = dict(book.cases)
    for loan in book.loans.values():
        move = advance(loan, cases.get(loan.loan_id), loan.today(at))
        if move.closed is not None:
            cases.pop(loan.loan_id, None)
        if move.opened is not None:
            cases[loan.loan_id] = replace(move.opened, case_id=-loan.loan_id, episode=1)
    return replace(book, cases=cases)


def _rules(looked: Looked) -> tuple[RuleVerdict, ...]:
    if not looked.trials or looked.facts is None or looked.judgment is None:
        return ()
    trial = looked.trials[0]
    facts = trial.proposal.facts if trial.proposal else looked.facts
    found = examine(trial.action, facts, looked.judgment.compiled)
    return tuple(RuleVerdict(rule, pack, reason) for rule, pack, reason in found)


def _why(looked: Looked) -> str:
    """Return the cause in one stable word per look."""
    if looked.refusal:
        return looked.refusal
    match looked.answer:
        case Wait(why=why, step_key=step):
            return f"{why}:{step}".rstrip(":")
        case Due(step_key=step):
            if looked.allowed is not None:
                return f"due:{step}"
            worst = {reason.rule for reason in looked.reasons}
            verdicts = {trial.decision.verdict for trial in looked.trials}
            word = "deferred" if Verdict.DEFER in verdicts else "blocked"
            return f"{word}:{step}:{','.join(sorted(worst))}"
        case None:
            return "nothing"
