"""Hashes that make the contact log tamper-evident: one leaf a row, one root a checkpoint.

Leaves cover the ciphertext, so that erasing a person (dropping the key) leaves them valid.
"""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Final

from outreach.domain.records import dataclass

LEAF_BYTES: Final = 32
GENESIS: Final = bytes(LEAF_BYTES)


@dataclass(frozen=True, slots=True)
class SealedRow:
    """What a leaf covers: every column of a log row."""

    event_id: int
    tenant_id: str
    person_id: int
    contact_id: str
    kind: str
    at: datetime
    recorded_at: datetime
    body: bytes

    def leaf(self) -> bytes:
        """Return the row's hash; fields are length-prefixed: none can flow into the next."""
        digest = sha256()
        for field in (
            str(self.event_id),
            self.tenant_id,
            str(self.person_id),
            self.contact_id,
            self.kind,
            self.at.isoformat(),
            self.recorded_at.isoformat(),
        ):
            data = field.encode()
            digest.update(len(data).to_bytes(4, "big") + data)
        digest.update(self.body)
        return digest.digest()


def root(previous: bytes, event_ids: Sequence[int], leaves: bytes) -> bytes:
    """Return a checkpoint's root: the previous root, which rows, and their leaves in that order."""
    ids = b"".join(event_id.to_bytes(8, "big") for event_id in event_ids)
    return sha256(previous + sha256(ids).digest() + sha256(leaves).digest()).digest()
