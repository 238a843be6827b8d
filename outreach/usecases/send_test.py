"""An operator's test of a sender: one message to an address of their own, logged as what it is.

It is no contact: nothing of a borrower's is read or written, no cap counts it. So it must not reach
one: an address that is known for a borrower is refused, whoever asks.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final, Literal, NamedTuple, Protocol
from uuid import uuid4

from outreach.channels.provider import Accepted, Attempt, Provider, Rejected, SendResult, Unknown
from outreach.domain.contacts import TESTER, attempt_id
from outreach.domain.records import dataclass
from outreach.domain.vocabulary import Channel, EventKind
from outreach.store.bodies import encode_body
from outreach.store.contacts import LogEvent, append_events
from outreach.store.pauses import EVERY_LENDER, Pause, list_stops
from outreach.store.pool import Connection, Pool
from outreach.store.receipts import list_holders
from outreach.store.vault import Vault
from outreach.usecases.receipt_effects import NOBODY, event_aad

TESTED: Final = "sender.tested"
_SECONDS: Final = 15.0
_VALID_FOR: Final = timedelta(minutes=10)
Refused = Literal[
    "borrower", "stopped", "not_a_guest", "not_verified", "too_many", "no_sender",
    "wrong_channel", "must_fix", "bad_address", "wrong_code",
]  # fmt: skip


class Outfit(Protocol):
    """What a test takes."""

    @property
    def db(self) -> Pool:
        """Where borrowers' addresses and the log are."""

    @property
    def vault(self) -> Vault:
        """Keys."""


class RefusedTestError(Exception):
    """The test wasn't sent; `why` is for whoever asked."""

    def __init__(self, why: Refused) -> None:
        super().__init__(_SAID[why])
        self.why = why


_SAID: Final[Mapping[Refused, str]] = {
    "borrower": "that address is a borrower's: whoever owes is contacted by the rules alone. Use"
    " one of your own",
    "stopped": "everything is paused (`outreach pauses list`), and that holds for tests as well",
    "not_a_guest": "that address isn't among the lender's `guests`: add it there, or say --live"
    " and confirm",
    "not_verified": "that address isn't proved to be yours: ask for a code and enter it first",
    "too_many": "too many were sent in the last hour: wait before you send another",
    "no_sender": "the lender has no sender that reaches that address",
    "wrong_channel": "these words don't go to such an address: texts go to numbers, e-mails to"
    " mailboxes",
    "must_fix": "these words must be mended before anybody gets them",
    "bad_address": "that is no number such as +12125550143, nor an e-mail address",
    "wrong_code": "that code is wrong or too old: ask for another",
}


class Words(NamedTuple):
    """What a test says."""

    body: str
    subject: str
    template: str
    variables: Mapping[str, str]
    locale: str


@dataclass(frozen=True, slots=True)
class Try:
    """One test: whose sender, to whom, by whom."""

    tenant: str
    provider: Provider
    channel: Channel
    sender: str
    address: str
    by: str
    is_guest: bool
    """Whether the lender lists the address for tests."""
    confirmed: bool
    """Whether the operator asked for an address that isn't listed, and confirmed it."""
    is_own: bool = False
    """Whether the operator has proved that it is theirs: it may be a borrower's as well then."""


async def send_test(
    outfit: Outfit, one: Try, words: Words, *, now: datetime, wall_now: datetime
) -> SendResult:
    """Hand one message over, and log who did, to which sender, and what became of it.

    The log row comes first, so that nothing leaves unlogged.

    Args:
        outfit: Database and keys.
        one: Whose sender, to whom, by whom.
        words: What it says.
        now: Business time, of the log row.
        wall_now: Wall time.

    Raises:
        RefusedTestError: It must not be sent; nothing was.
    """
    if not one.is_guest and not one.confirmed:
        raise RefusedTestError("not_a_guest")
    test = uuid4()
    async with outfit.db.acquire() as conn:
        hashed = outfit.vault.address_hmac(one.address)
        if not one.is_own and await list_holders(conn, {hashed}):
            raise RefusedTestError("borrower")
        paused = (await list_stops(conn)).paused
        if not paused.isdisjoint(
            Pause(who, "everything", "") for who in (EVERY_LENDER, one.tenant)
        ):
            raise RefusedTestError("stopped")
        await _log(
            outfit,
            conn,
            one,
            {"test": test.hex, "address": _masked(one.address), "template": words.template},
            now,
            wall_now,
        )
    attempt = Attempt(
        attempt_id=attempt_id(TESTER, test),
        channel=one.channel,
        sender=one.sender,
        recipient=one.address,
        body=words.body,
        valid_for=_VALID_FOR,
        reserved_at=wall_now,
        subject=words.subject,
        template=words.template,
        variables=words.variables,
        locale=words.locale,
    )
    result = await one.provider.send(attempt, _SECONDS)
    async with outfit.db.acquire() as conn:
        await _log(outfit, conn, one, {"test": test.hex, "result": said_of(result)}, now, wall_now)
    return result


def said_of(result: SendResult) -> str:
    """Return what became of a test, for people."""
    match result:
        case Accepted(ref=ref, state=state):
            return f"{state} as {ref}"
        case Rejected(error=error, code=code):
            return f"refused: {error} {code}"
        case Unknown(why=why):
            return f"unknown: {why}"


async def _log(
    outfit: Outfit,
    conn: Connection,
    one: Try,
    more: Mapping[str, Any],
    now: datetime,
    wall_now: datetime,
) -> None:
    key = await outfit.vault.day_key(conn, one.tenant, wall_now.date())
    body = {
        "type": TESTED,
        "by": one.by,
        "reason": more.get("result", "about to be sent"),
        "scope": "sender",
        "subject": one.sender,
        "lender": one.tenant,
        **more,
    }
    blob = key.encrypt(encode_body(body), event_aad(NOBODY))
    row = LogEvent(one.tenant, NOBODY, None, EventKind.OPERATOR, now, blob)
    async with conn.transaction():
        await append_events(conn, [row])


def _masked(address: str) -> str:
    return f"…{address[-2:]}"
