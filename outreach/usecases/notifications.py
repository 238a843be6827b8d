"""What the lender's app shows in its inbox: a borrower's notifications, newest first, by pages."""

import base64
import binascii
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol
from uuid import UUID

import msgspec
import structlog
from cryptography.exceptions import InvalidTag

from outreach.domain.contacts import attempt_id
from outreach.domain.refs import ref_digest
from outreach.domain.vocabulary import DeliveryState
from outreach.store.aliases import find_aliases
from outreach.store.bodies import decode_body
from outreach.store.notifications import Shown, list_notifications
from outreach.store.pool import Pool
from outreach.store.receipts import list_keys
from outreach.store.unsettled import list_decided
from outreach.store.vault import PersonKey, Vault
from outreach.usecases.receipt_effects import event_aad

log = structlog.get_logger(__name__)

MOST: Final = 100
_NEWEST: Final = (datetime(9999, 1, 1, tzinfo=UTC), UUID(int=0))
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICRO: Final = timedelta(microseconds=1)
_CURSOR_BYTES: Final = 24


class Outfit(Protocol):
    """What reading takes from the runtime."""

    @property
    def db(self) -> Pool:
        """Where contacts and words are."""

    @property
    def vault(self) -> Vault:
        """Keys."""


class CursorError(ValueError):
    """A cursor that no page of ours ended with."""


class Notification(msgspec.Struct, frozen=True):
    """One notification.

    Attributes:
        id: What the app's `app.delivered` and `app.read` name it by.
        at: When it was made (business time).
        title: Safe on a locked screen.
        text: All of its words.
        delivered: Whether the app, or something on its way there, said that it was shown.
        read: Whether the app said that it was opened.
    """

    id: str
    at: datetime
    title: str
    text: str
    delivered: bool
    read: bool


class Page(msgspec.Struct, frozen=True):
    """Some notifications, and where the older ones begin; `next` None: there are none."""

    notifications: list[Notification]
    next: str | None


async def read_notifications(
    outfit: Outfit, tenant: str, borrower: str, *, after: str | None, limit: int
) -> Page | None:
    """Return one page; None where the lender has told of no such borrower, or they were erased.

    Args:
        outfit: Parts of the runtime.
        tenant: The lender.
        borrower: Its own reference of the borrower.
        after: `next` of the page before; None for the newest.
        limit: Most notifications, up to `MOST`.

    Raises:
        CursorError: `after` isn't a page's `next`.
    """
    before = _NEWEST if after is None else _read_cursor(after)
    digest = ref_digest(tenant, "borrower", borrower)
    async with outfit.db.acquire() as conn:
        alias = (await find_aliases(conn, [digest])).get(digest)
        if alias is None:
            return None
        person = alias.person_id
        wrapped = (await list_keys(conn, [person])).get(person, ("", None))[1]
        if wrapped is None:
            return None
        most = min(limit, MOST)
        found = await list_notifications(conn, tenant, person, before=before, limit=most + 1)
        shown = found[:most]
        wanted = [(person, one.contact_id) for one in shown]
        decided = await list_decided(conn, wanted) if wanted else {}
    key = outfit.vault.open(wrapped)
    notifications = [
        _read(key, person, one, decided.get((person, one.contact_id))) for one in shown
    ]
    return Page(
        [one for one in notifications if one is not None],
        _cursor(shown) if len(found) > most else None,
    )


def _read(key: PersonKey, person: int, one: Shown, body: bytes | None) -> Notification | None:
    if body is None:
        return None
    try:
        said = decode_body(key.decrypt(body, event_aad(person)))
        title, text = str(said.get("subject", "")), str(said["words"])
    except (InvalidTag, msgspec.DecodeError, KeyError, ValueError) as exc:
        log.warning("notification_unreadable", error=type(exc).__name__)
        return None
    return Notification(
        attempt_id(person, one.contact_id),
        one.at,
        title,
        text,
        one.delivery_state in {DeliveryState.DELIVERED, DeliveryState.READ},
        one.delivery_state == DeliveryState.READ,
    )


def _cursor(shown: Sequence[Shown]) -> str:
    last = shown[-1]
    micros = (last.at - _EPOCH) // _MICRO
    data = micros.to_bytes(_CURSOR_BYTES - 16, signed=True) + last.contact_id.bytes
    return base64.urlsafe_b64encode(data).decode()


def _read_cursor(text: str) -> tuple[datetime, UUID]:
    try:
        data = base64.b64decode(text, altchars=b"-_", validate=True)
        micros = int.from_bytes(data[:-16], signed=True)
        if len(data) != _CURSOR_BYTES:
            raise CursorError
        return _EPOCH + micros * _MICRO, UUID(bytes=data[-16:])
    except (binascii.Error, ValueError, OverflowError):
        raise CursorError from None
