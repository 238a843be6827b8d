"""Words sent to the operator who works on them, at an address that they have proved to be theirs.

A code goes to the address first; it never goes to one that is known for a borrower. Both go through
the lender's own sender, in the lender's mode: where nothing leaves, nothing has to be proved.
"""

import hmac
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final, Literal, Protocol

from outreach.channels.provider import Provider, SendResult
from outreach.domain.records import dataclass
from outreach.domain.template_versions import Place
from outreach.domain.vocabulary import Channel
from outreach.facts.numbers import e164_of, email_of
from outreach.rendering.message import MessageTemplate, render
from outreach.store.contacts import SIMULATED
from outreach.store.operator_addresses import (
    SealedAddress,
    add_address,
    count_sends,
    count_try,
    expect_code,
    forget_address,
    keep_send,
    lock_address,
    set_verified,
)
from outreach.store.operator_addresses import list_addresses as read_addresses
from outreach.store.operators import keep_action
from outreach.store.pool import Connection, Pool
from outreach.store.receipts import list_holders
from outreach.store.vault import PersonKey, Vault
from outreach.usecases.considering import Considering
from outreach.usecases.modes import account_for, is_guest
from outreach.usecases.send_test import RefusedTestError, Try, Words, send_test
from outreach.usecases.template_checks import check_words
from outreach.usecases.template_drafts import By

CODES_AN_HOUR: Final = 5
TESTS_AN_HOUR: Final = 20
_HOUR: Final = timedelta(hours=1)
_CODE_LASTS: Final = timedelta(minutes=10)
_MOST_TRIES: Final = 5
_CODES: Final = 1_000_000
_IN_ENGLISH: Final = "{lender}: your code is {code}. It lets you send yourself tests of messages."
_IN_CHINESE: Final = "{signature}您的验证码为{code}，用于向本人发送模板测试，10分钟内有效。"


class Outfit(Protocol):
    """What sending tests takes."""

    @property
    def db(self) -> Pool:
        """Addresses, the log."""

    @property
    def vault(self) -> Vault:
        """Keys."""

    @property
    def considering(self) -> Considering:
        """Templates and lenders."""

    @property
    def providers(self) -> Mapping[str, Provider]:
        """Accounts by slug."""


@dataclass(frozen=True, slots=True)
class OwnAddress:
    """An operator's address as pages show it; `verified_at` is wall time, None until proved."""

    address_id: int
    masked: str
    channel: Channel
    verified_at: datetime | None


async def list_addresses(outfit: Outfit, login: str) -> list[OwnAddress]:
    """Return the addresses that somebody gave as theirs."""
    async with outfit.db.acquire() as conn:
        return [_shown(outfit, one) for one in await read_addresses(conn, login)]


async def ask_code(
    outfit: Outfit, tenant: str, address: str, by: By
) -> tuple[OwnAddress, SendResult]:
    """Send a code to an address that somebody says is theirs.

    Args:
        outfit: Database, keys, senders.
        tenant: Whose sender sends it, in that lender's mode.
        address: As typed: a telephone number or an e-mail address.
        by: Who.

    Raises:
        RefusedTestError: It is no address, or a borrower's; too many codes; no sender; all stopped.
    """
    lender = outfit.considering.rulebook.lenders[tenant]
    kept = email_of(address.strip()) or e164_of(address, lender.country)
    if kept is None:
        raise RefusedTestError("bad_address")
    channel = Channel.EMAIL if "@" in kept else Channel.SMS
    login = by.actor.login
    code = f"{secrets.randbelow(_CODES):06}"
    one = _try(outfit, tenant, channel, kept, login, is_own=False)
    hashed = outfit.vault.address_hmac(kept)
    async with outfit.db.acquire() as conn, conn.transaction():
        # Asking about a borrower's number counts as well: nobody finds out whose is whose.
        await _count(conn, tenant, login, "code", CODES_AN_HOUR, "", by.wall_now)
        await _audit(conn, tenant, by, "address.code_asked", str(channel))
        found = None
        if not await list_holders(conn, {hashed}):
            sealed = _key(outfit).encrypt(kept.encode(), login.encode())
            address_id = await add_address(conn, login, channel, sealed, hashed)
            expected, until = _code_hash(outfit, address_id, code), by.wall_now + _CODE_LASTS
            await expect_code(conn, login, address_id, expected, until=until)
            found = await lock_address(conn, login, address_id)
    if found is None:
        raise RefusedTestError("borrower")
    chinese = lender.locale.startswith("zh")
    said = (_IN_CHINESE if chinese else _IN_ENGLISH).format(
        lender=lender.name, signature=f"【{lender.signature or lender.name}】", code=code
    )
    words = Words(said, lender.name if channel is Channel.EMAIL else "", "", {}, lender.locale)
    result = await send_test(outfit, one, words, now=by.now, wall_now=by.wall_now)
    return _shown(outfit, found), result


async def verify(outfit: Outfit, tenant: str, address_id: int, code: str, by: By) -> OwnAddress:
    """Take a code that somebody read at their address.

    Raises:
        RefusedTestError: It is wrong or too old, or five were wrong already.
    """
    login = by.actor.login
    async with outfit.db.acquire() as conn, conn.transaction():
        found = await lock_address(conn, login, address_id)
        is_right = (
            found is not None
            and found.code_hash is not None
            and found.code_ends_at is not None
            and by.wall_now < found.code_ends_at
            and found.tries < _MOST_TRIES
            and hmac.compare_digest(
                found.code_hash, _code_hash(outfit, address_id, "".join(code.split()))
            )
        )
        if is_right:
            await set_verified(conn, login, address_id, at=by.wall_now)
            await _audit(conn, tenant, by, "address.verified", str(address_id))
        elif found is not None:
            await count_try(conn, login, address_id)
    if found is None or not is_right:
        raise RefusedTestError("wrong_code")
    return OwnAddress(address_id, _shown(outfit, found).masked, found.channel, by.wall_now)


async def forget(outfit: Outfit, tenant: str, address_id: int, by: By) -> None:
    """Remove an address of one's own; one that isn't there is gone already."""
    async with outfit.db.acquire() as conn, conn.transaction():
        if await forget_address(conn, by.actor.login, address_id):
            await _audit(conn, tenant, by, "address.forgotten", str(address_id))


async def send_words(
    outfit: Outfit, tenant: str, template: MessageTemplate, address_id: int, sample: str, by: By
) -> SendResult:
    """Send words with a sample's facts to an address of one's own.

    Args:
        outfit: Database, keys, senders.
        tenant: Whose words and sender.
        template: Compiled, live or not.
        address_id: One of the operator's addresses.
        sample: Of the meta file; the first one if there is none of that name.
        by: Who.

    Raises:
        RefusedTestError: The address isn't proved, or for another channel; the words must be
            mended; too many tests; no sender; all stopped.
        RenderError: The sample lacks a fact.
    """
    login = by.actor.login
    place = Place(tenant, template.key, template.locale, template.channel)
    checked = check_words(outfit, place, template.source, template.subject_source, now=by.now)
    samples = template.meta.samples.get(template.locale, {})
    if checked.must_fix or not samples:
        raise RefusedTestError("must_fix")
    async with outfit.db.acquire() as conn, conn.transaction():
        found = await lock_address(conn, login, address_id)
        if found is None:
            raise RefusedTestError("not_verified")
        if found.channel is not template.channel:
            raise RefusedTestError("wrong_channel")
        address = _opened(outfit, found)
        is_own = found.verified_at is not None
        one = _try(outfit, tenant, template.channel, address, login, is_own=is_own)
        leaves = one.provider is not outfit.providers.get(SIMULATED)
        if leaves and not is_own:
            raise RefusedTestError("not_verified")
        await _count(conn, tenant, login, "test", TESTS_AN_HOUR, template.ref, by.wall_now)
        await _audit(conn, tenant, by, "template.tested", f"{place} {template.ref}")
    facts = samples.get(sample) or next(iter(samples.values()))
    said = render(template, facts)
    words = Words(said.text, said.subject, template.ref, said.variables, said.locale)
    return await send_test(outfit, one, words, now=by.now, wall_now=by.wall_now)


def _try(
    outfit: Outfit, tenant: str, channel: Channel, address: str, login: str, *, is_own: bool
) -> Try:
    """Return the way that a contact of the lender's to this address would take."""
    lender = outfit.considering.rulebook.lenders[tenant]
    sender = lender.sender_for(channel, address)
    if sender is None:
        raise RefusedTestError("no_sender")
    provider = outfit.providers[account_for(lender, sender, address)]
    return Try(
        tenant,
        provider,
        channel,
        sender.address,
        address,
        login,
        is_guest=is_guest(lender, address),
        confirmed=True,
        is_own=is_own,
    )


async def _count(
    conn: Connection,
    tenant: str,
    login: str,
    what: Literal["code", "test"],
    most: int,
    template: str,
    wall_now: datetime,
) -> None:
    if await count_sends(conn, login, what, since=wall_now - _HOUR) >= most:
        raise RefusedTestError("too_many")
    await keep_send(conn, tenant, login, what, template, at=wall_now)


async def _audit(conn: Connection, tenant: str, by: By, action: str, subject: str) -> None:
    await keep_action(conn, by.actor.login, action, subject, tenant=tenant, at=by.wall_now)


def _key(outfit: Outfit) -> PersonKey:
    return PersonKey(outfit.vault.signing_key("operator addresses"), b"")


def _opened(outfit: Outfit, one: SealedAddress) -> str:
    return _key(outfit).decrypt(one.address, one.login.encode()).decode()


def _code_hash(outfit: Outfit, address_id: int, code: str) -> bytes:
    key = outfit.vault.signing_key("operator codes")
    return hmac.digest(key, f"{address_id}:{code}".encode(), sha256)


def _shown(outfit: Outfit, one: SealedAddress) -> OwnAddress:
    address = _opened(outfit, one)
    name, at, host = address.partition("@")
    masked = f"{name[:1]}•••@{host}" if at else f"•••• {address[-4:]}"
    return OwnAddress(one.address_id, masked, one.channel, one.verified_at)
