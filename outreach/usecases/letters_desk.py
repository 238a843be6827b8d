"""What operators do with letters: read them again, hand batches over, take evidence in."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple, Protocol, runtime_checkable

import msgspec

from outreach.channels.letter_evidence import MOST
from outreach.channels.provider import CallbackEvent, Provider, RawCallback
from outreach.rendering.letter_pdf import render_pdf
from outreach.store.letters import LetterRow, find_letter, list_letters
from outreach.store.pool import Pool
from outreach.store.vault import Vault
from outreach.usecases.letters import Draft, letter_name, parse_letter_name, read_draft, sheet_aad
from outreach.usecases.senders import LenderSettings, SenderBook
from outreach.usecases.take_callback import Arrival, CallbackDesk


class Outfit(Protocol):
    """What letters take from the runtime."""

    @property
    def db(self) -> Pool:
        """Where they are."""

    @property
    def vault(self) -> Vault:
        """Keys of the people."""

    @property
    def providers(self) -> Mapping[str, Provider]:
        """Who prints."""


class BatchLike(Protocol):
    """A folder that a printer may fetch."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def folder(self) -> object:
        """Where it is."""

    @property
    def letters(self) -> int:
        """How many are in it."""


@runtime_checkable
class Batching(Protocol):
    """A provider that collects letters until a batch is made of them."""

    async def close_batch(self, now: datetime) -> BatchLike | None:
        """Make a batch of all that waits; None where nothing does."""

    async def batches(self) -> Sequence[BatchLike]:
        """Return the batches that were made, the newest first."""

    async def count_waiting(self) -> int:
        """Count the letters that wait for the next batch."""


@runtime_checkable
class Evidenced(Protocol):
    """A provider whose printer's word may come by a file."""

    def own_callback(self, body: bytes) -> RawCallback:
        """Return it as a callback, signed with our own key."""

    def parse_callback(self, raw: RawCallback) -> list[CallbackEvent]:
        """Verify, then read."""


class UnknownLetterError(LookupError):
    """There is no letter of that number, or its person was erased; `args[0]` says which."""


class Opened(NamedTuple):
    """A letter, readable."""

    row: LetterRow
    draft: Draft

    @property
    def pdf(self) -> bytes:
        """The file, the same bytes as were printed.

        Raises:
            PrintError: It can't be printed any more.
        """
        return render_pdf(self.draft.sheet())


_MOST_LISTED: Final = 500


async def list_all(
    outfit: Outfit, tenants: Sequence[str], *, state: str = "", limit: int = _MOST_LISTED
) -> list[LetterRow]:
    """Return lenders' letters, the newest first; `state` is a delivery state, "" for any."""
    async with outfit.db.acquire() as conn, conn.transaction(readonly=True):
        return await list_letters(conn, tenants, state=state, limit=limit)


async def open_letter(outfit: Outfit, name: str) -> Opened:
    """Return one letter by its number, as in `acme-000017`.

    Raises:
        UnknownLetterError: There is none, or its person was erased.
    """
    wanted = parse_letter_name(name)
    row = None
    if wanted is not None:
        async with outfit.db.acquire() as conn, conn.transaction(readonly=True):
            row = await find_letter(conn, *wanted)
    if row is None:
        raise UnknownLetterError(f"there is no letter {name}; `outreach letters list`")
    if row.wrapped_key is None:
        raise UnknownLetterError(f"{name}: the person was erased, and the letter with them")
    key = outfit.vault.open(row.wrapped_key)
    return Opened(row, read_draft(key.decrypt(row.sheet, sheet_aad(row.person_id))))


def name_of(row: LetterRow) -> str:
    """Return a letter's number as people read it."""
    return letter_name(row.tenant_id, row.series, row.number)


async def close_batches(outfit: Outfit, now: datetime, *, account: str = "") -> list[BatchLike]:
    """Make a batch at every account that collects letters, or at one; returns those made.

    Raises:
        OSError: A disk refused it; what waits there waits on.
        KeyError: `account` collects no letters.
    """
    able = {
        name: one
        for name, one in outfit.providers.items()
        if isinstance(one, Batching) and account in {"", name}
    }
    if account and not able:
        raise KeyError(account)
    made = [await one.close_batch(now) for one in able.values()]
    return [one for one in made if one is not None]


async def take_evidence(
    outfit: Outfit,
    settings: LenderSettings,
    account: str,
    rows: Sequence[Mapping[str, str]],
    wall_now: datetime,
) -> int:
    """Keep what a file says as if the printer had posted it; returns rows. Workers fold it.

    Raises:
        KeyError: `account` takes no evidence.
    """
    provider = outfit.providers[account]
    if not isinstance(provider, Evidenced):
        raise KeyError(account)
    desk = CallbackDesk(outfit.db, outfit.vault, SenderBook(settings))
    for start in range(0, len(rows), MOST):
        body = msgspec.json.encode({"letters": rows[start : start + MOST]})
        raw = provider.own_callback(body)
        await desk.put(Arrival(account, raw, provider.parse_callback(raw), wall_now))
    return len(rows)
