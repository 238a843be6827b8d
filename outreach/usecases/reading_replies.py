"""Settle a reply that somebody has read as what it is; it takes effect as if rules had read it."""

from collections.abc import Mapping
from dataclasses import field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, Protocol

from outreach.channels.provider import InboundMessage
from outreach.domain.amounts_said import AmountSaid, read_amount
from outreach.domain.intents import Wanted, promised_day, read_wanted
from outreach.domain.loans import LoanState
from outreach.domain.records import dataclass
from outreach.domain.replies import Reply, read_reply
from outreach.domain.tasks import Deadlines
from outreach.domain.vocabulary import Channel, Intent, OptOutScope, ReplyKind
from outreach.store.bodies import decode_body
from outreach.store.cases import load_cases
from outreach.store.confirmations import Confirmation
from outreach.store.loans import load_loans
from outreach.store.pool import Connection, Pool
from outreach.store.reviews import list_inbound
from outreach.store.threads import Thread
from outreach.store.vault import PersonKey, Vault
from outreach.usecases.own_words import fold_own_words
from outreach.usecases.promising import owed_by
from outreach.usecases.receipt_effects import Effects, Wish, event_aad
from outreach.usecases.receipt_wishes import LenderLike, act_on_wishes
from outreach.usecases.reviewing import Settled, Verdict, Waiting, settle_review
from outreach.usecases.telling_by_hand import FURTHEST_PROMISE, NotToldError

OTHER: Final = "other"
"""It wants none of all this."""
BY_PERSON: Final = "person"
READABLE: Final = (
    Intent.PROMISE,
    Intent.OPT_OUT,
    Intent.PAID,
    Intent.DISPUTE,
    Intent.HARDSHIP,
    Intent.COMPLAINT,
    Intent.WRONG_NUMBER,
    Intent.PAYOFF,
    Intent.HELP,
)
"""What somebody may settle a reply as, in the order in which it is offered; and `OTHER`."""
_READ: Final = Reply(ReplyKind.OTHER, BY_PERSON)


class Settings(Protocol):
    """The part of the settings that is asked for."""

    @property
    def lenders(self) -> Mapping[str, LenderLike]:
        """Lenders by slug."""


class Outfit(Protocol):
    """What reading replies takes from the runtime."""

    @property
    def db(self) -> Pool:
        """Where everything is."""

    @property
    def vault(self) -> Vault:
        """Keys of the people."""

    @property
    def settings(self) -> Settings:
        """Names the lenders."""


class NotDoneError(Exception):
    """It can't take effect so: nobody told yet whose loan it is, or nothing is open or owed."""


@dataclass(frozen=True, slots=True)
class ReadAs:
    """What somebody says that a reply is.

    Attributes:
        intent: One of `READABLE`, or `OTHER`.
        scope: How much a request to stop is about.
        media: Which media that names; empty: the one it came by.
        loan_id: The loan that it is about; None: nobody can tell.
        amount: What is promised, in the currency's major unit; None: all that is owed by the day.
        day: By when.
        answers: Whether a question is answered by the words for that, where rules allow it.
        why: Reason, if it isn't plain.
    """

    intent: str
    scope: OptOutScope | None = None
    media: tuple[str, ...] = ()
    loan_id: int | None = None
    amount: Decimal | None = None
    day: date | None = None
    answers: bool = False
    why: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Suggested:
    """What rules would make of the words: an intent, and for a promise its day and amount."""

    intent: str
    day: date | None
    amount: Decimal | None


def suggest(waiting: Waiting, today: date) -> Suggested:
    """Return what a reply most probably is, for somebody to agree or not.

    Args:
        waiting: With its words.
        today: In the borrower's calendar.
    """
    reply = read_reply(waiting.text)
    wanted = read_wanted(waiting.text, reply)
    if waiting.read_as.get("kind") == ReplyKind.OPT_OUT:
        return Suggested(Intent.OPT_OUT, None, None)
    intent: str = next((one for one in READABLE if one in wanted.intents), OTHER)
    if intent != Intent.PROMISE:
        return Suggested(intent, None, None)
    amount, _ = read_amount(waiting.text)
    return Suggested(intent, promised_day(waiting.text, today), amount.value)


async def settle_as(
    outfit: Outfit,
    number: int,
    read: ReadAs,
    *,
    by: str,
    now: datetime,
    wall: datetime,
    deadlines: Deadlines,
) -> Settled:
    """Settle one reply as what somebody has read it as.

    Args:
        outfit: Parts of the runtime.
        number: As `reviewing.list_waiting` shows it.
        read: What it is.
        by: Who says so; kept in the log.
        now: Business time.
        wall: Wall time.
        deadlines: By when work that it opens has to be done.

    Raises:
        NoReviewError: Nothing of that number is waiting.
        ErasedError: The person is gone.
        NotToldError: `loan`, `day`, `amount`: a promise that can't be.
        NotDoneError: It can't take effect so.
    """
    if read.intent == Intent.OPT_OUT:
        verdict = Verdict(read.scope or OptOutScope.MEDIUM, read.media)
        return await settle_review(outfit, number, verdict, by=by, why=read.why, now=now)

    async def done(conn: Connection, waiting: Waiting, key: PersonKey) -> None:
        await _do(conn, outfit, waiting, key, read, now=now, wall=wall, deadlines=deadlines)

    return await settle_review(
        outfit, number, Verdict(None), by=by, why=read.why, now=now, intent=read.intent, also=done
    )


async def _do(
    conn: Connection,
    outfit: Outfit,
    waiting: Waiting,
    key: PersonKey,
    read: ReadAs,
    *,
    now: datetime,
    wall: datetime,
    deadlines: Deadlines,
) -> None:
    """Do what a reply wants, through the door that replies that were understood go through."""
    if read.intent == OTHER:
        return
    effects = Effects(now, deadlines)
    to = await _sent_to(conn, waiting, key)
    if read.intent == Intent.HELP:
        if read.answers and to:
            effects.confirmations.append(_help(waiting, to[0], now))
        await effects.write(conn, wall_now=wall)
        return
    loans = (await load_loans(conn, [waiting.person_id], whole=True)).get(waiting.person_id, {})
    if read.intent == Intent.PROMISE:
        _check_promise(read, loans, now)
    wanted = Wanted(
        frozenset({Intent(read.intent)}),
        is_whole=True,
        amount=AmountSaid(read.amount),
        day=read.day,
    )
    message = InboundMessage(
        waiting.ref, "", tuple(to), waiting.text, channel=Channel(waiting.channel)
    )
    thread = await _thread(conn, waiting.person_id, read.loan_id)
    effects.wishes.append(
        Wish(waiting.tenant, waiting.person_id, message, _READ, wanted, thread, waiting.address)
    )
    await act_on_wishes(conn, outfit.vault, effects, outfit.settings.lenders)
    if not (effects.own or effects.tasks or effects.wrong_addresses):
        raise NotDoneError(read.intent)
    await effects.write(conn, wall_now=wall)
    refused = await fold_own_words(
        conn, outfit.vault, effects.own, now=now, wall_now=wall, deadlines=deadlines
    )
    if refused:
        raise NotDoneError(read.intent) from refused[0]


async def _sent_to(conn: Connection, waiting: Waiting, key: PersonKey) -> list[str]:
    """Return the sender that was written to, where the log tells."""
    for body in reversed(await list_inbound(conn, waiting.person_id)):
        said: Mapping[str, Any] = decode_body(key.decrypt(body, event_aad(waiting.person_id)))
        if said.get("ref") == waiting.ref:
            return [str(one) for one in said.get("to", ())]
    return []


async def _thread(conn: Connection, person: int, loan_id: int | None) -> Thread | None:
    """Return the loan that somebody chose as what the words are about."""
    if loan_id is None:
        return None
    opened, _ = await load_cases(conn, [person])
    case = opened.get((person, loan_id))
    return Thread(case.case_id if case else 0, loan_id, (loan_id,), BY_PERSON, is_sure=True)


def _check_promise(read: ReadAs, loans: Mapping[int, LoanState], now: datetime) -> None:
    loan = loans.get(read.loan_id or 0)
    if loan is None or not loan.is_open:
        raise NotToldError("loan")
    today = loan.today(now)
    if read.day is None or not today <= read.day <= today + FURTHEST_PROMISE:
        raise NotToldError("day")
    if (read.amount is not None and read.amount <= 0) or not owed_by(loan, read.day, now):
        raise NotToldError("amount")


def _help(waiting: Waiting, sender: str, now: datetime) -> Confirmation:
    return Confirmation(
        waiting.tenant,
        waiting.person_id,
        waiting.ref,
        waiting.address,
        sender,
        now,
        by_keyword=False,
        kind="help",
    )
