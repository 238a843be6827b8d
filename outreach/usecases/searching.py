"""Whose an id, a whole number or an address is; nothing is found by a part of it, or by a name."""

from collections.abc import Iterable
from typing import Final, Literal
from uuid import UUID

from outreach.domain.contacts import parse_attempt_id
from outreach.domain.records import dataclass
from outreach.domain.refs import ref_digest
from outreach.facts.numbers import e164_of, email_of
from outreach.store.aliases import find_aliases
from outreach.store.contact_log import find_whose
from outreach.store.pool import Connection
from outreach.store.reading import find_borrower_ref
from outreach.store.reading_addresses import list_holders_of
from outreach.store.vault import Vault

By = Literal["loan", "borrower", "contact", "phone", "email"]
MOST: Final = 20
"""People that one address is shown for; households share numbers, crowds don't."""
_UUID_DIGITS: Final = 32
_HEX: Final = frozenset("0123456789abcdef")


@dataclass(frozen=True, slots=True)
class Hit:
    """What was found: a person, or one loan or contact of theirs.

    `borrower` is the platform's reference of the person; `loan_id` and `contact_id` name the loan
    or contact that the words were, None where they were something else.
    """

    tenant: str
    person_id: int
    borrower: str | None
    by: By
    loan_id: int | None = None
    contact_id: UUID | None = None


async def search(
    conn: Connection, vault: Vault, tenant: str, text: str, *, country: str
) -> list[Hit]:
    """Find what a lender knows by an exact reference, contact id, number or e-mail address.

    Args:
        conn: Sees this lender's rows alone.
        vault: Hashes numbers and addresses, which are stored under their hash.
        tenant: Lender.
        text: As typed.
        country: ISO 3166-1 of the lender, for numbers without a country's code.
    """
    words = text.strip()
    found: list[tuple[int, By, int | None, UUID | None]] = []
    digests: dict[bytes, By] = {
        ref_digest(tenant, "loan", words): "loan",
        ref_digest(tenant, "borrower", words): "borrower",
    }
    for digest, alias in (await find_aliases(conn, digests)).items():
        found.append((alias.person_id, digests[digest], alias.loan_id, None))
    contact = await _contact(conn, words)
    if contact is not None:
        found.append((contact[0], "contact", None, contact[1]))
    for by, address in _addresses(words, country):
        holders = await list_holders_of(conn, tenant, vault.address_hmac(address), limit=MOST)
        found += [(person, by, None, None) for person in holders]
    return [
        Hit(tenant, person, await find_borrower_ref(conn, person), by, loan, one)
        for person, by, loan, one in found
    ]


async def _contact(conn: Connection, words: str) -> tuple[int, UUID] | None:
    """Return whose a contact's id is, with or without its person in front of it."""
    named = parse_attempt_id(words)
    if named is not None:
        contact = UUID(named.contact_id)
        known = await find_whose(conn, contact)
        return (named.person_id, contact) if known == named.person_id else None
    digits = words.replace("-", "").lower()
    if len(digits) != _UUID_DIGITS or not set(digits) <= _HEX:
        return None
    contact = UUID(hex=digits)
    person = await find_whose(conn, contact)
    return (person, contact) if person is not None and person > 0 else None


def _addresses(words: str, country: str) -> Iterable[tuple[By, str]]:
    number, email = e164_of(words, country), email_of(words)
    if number is not None:
        yield "phone", number
    if email is not None:
        yield "email", email
