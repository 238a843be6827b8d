"""Letters as files: a folder of PDFs and a manifest for a printer, and the word of what came of it.

Nothing is sent from here. Whoever prints fetches a batch, posts it, and tells by a signed message
to `/providers/<account>/evidence`, or by a file that `outreach letters evidence` reads.
"""

import asyncio
import hmac
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from outreach.channels.letter_evidence import parse_evidence
from outreach.channels.letter_spool import Batch, Letter, Spool
from outreach.channels.provider import (
    NO_CONTENT,
    Accepted,
    Acknowledgment,
    Attempt,
    BadSignatureError,
    CallbackEvent,
    Capabilities,
    Checked,
    Found,
    LookupResult,
    NotFound,
    RawCallback,
    Rejected,
    SendResult,
    Unknown,
    Unsupported,
)
from outreach.domain.contacts import Report
from outreach.domain.vocabulary import Channel, DeliveryState, ErrorClass

SIGNATURE: Final = "X-Letter-Signature"
KIND: Final = "evidence"
_NO_DOCUMENT: Final = Rejected(ErrorClass.REQUEST_BUG, "no_document", alert=True)
_DISK: Final = Rejected(ErrorClass.UNAVAILABLE, "disk", timedelta(minutes=5), "account", alert=True)


class Options(BaseModel):
    """Where the letters go, and who may tell of them."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    folder: Path = Field(
        description="Folder of the letters, on a disk that all workers share; the printer fetches"
        " what is below `batches` in it. It holds personal data: encrypt the disk, and delete a"
        " batch once it was printed."
    )
    secrets: list[SecretStr] = Field(
        default_factory=list,
        max_length=2,
        description="Secrets that the printer signs its messages with (HMAC-SHA256), two while one"
        " is being rotated. Without one only `outreach letters evidence` takes its word.",
    )


class LetterFiles:
    """One printer that fetches files.

    Args:
        name: The account's slug in the settings; part of its callback address.
        options: Checked against `Options`.
        key: Secret that our own commands sign with, the same in every process.
    """

    capabilities = Capabilities(
        channels=frozenset({Channel.LETTER}),
        max_body=None,
        counts_segments=False,
        dedupes_creates=True,
        echo="client_ref",
        lookup="by_id",
        supports_cancel=True,
        valid_for=None,
        has_delivery_receipt=True,
    )

    def __init__(self, name: str, options: Mapping[str, Any], *, key: bytes) -> None:
        """See the class."""
        self.name = name
        self._options = Options.model_validate(dict(options))
        self._keys = (key, *(one.get_secret_value().encode() for one in self._options.secrets))
        self._spool = Spool(self._options.folder)
        self.callback_paths: Mapping[str, str] = {f"/providers/{name}/{KIND}": KIND}

    async def send(self, attempt: Attempt, deadline: float) -> SendResult:
        """See `Provider.send`: the letter waits for the next batch."""
        document = attempt.document
        if document is None:
            return _NO_DOCUMENT
        letter = Letter(
            attempt.attempt_id,
            document.name,
            document.pdf,
            document.pages,
            attempt.locale,
            document.template,
        )
        try:
            async with asyncio.timeout(deadline):
                await asyncio.to_thread(self._spool.put, letter)
        except TimeoutError:
            return Unknown("timeout")
        except OSError:
            return _DISK
        return Accepted(attempt.attempt_id, DeliveryState.ACCEPTED, None)

    async def lookup(
        self, attempt: Attempt, deadline: float, *, taken: Collection[str] = ()
    ) -> LookupResult:
        """See `Provider.lookup`."""
        try:
            async with asyncio.timeout(deadline):
                holds = await asyncio.to_thread(self._spool.holds, attempt.attempt_id)
        except (OSError, TimeoutError) as error:
            return Unsupported(type(error).__name__)
        if not holds or attempt.attempt_id in taken:
            return NotFound()
        return Found(attempt.attempt_id, Report(DeliveryState.ACCEPTED))

    async def cancel(self, ref: str, deadline: float) -> bool:
        """See `Provider.cancel`; works until the letter is in a batch."""
        try:
            async with asyncio.timeout(deadline):
                return await asyncio.to_thread(self._spool.take_back, Path(ref).name)
        except (OSError, TimeoutError):
            return False

    def parse_callback(self, raw: RawCallback) -> list[CallbackEvent]:
        """See `Provider.parse_callback`."""
        told = raw.headers.get(SIGNATURE, "").encode()
        right = [_sign(key, raw.path_qs, raw.body).encode() for key in self._keys]
        if not any(hmac.compare_digest(one, told) for one in right):
            raise BadSignatureError
        return parse_evidence(raw.body)

    def ack(self, kind: str, events: Sequence[CallbackEvent]) -> Acknowledgment:
        """Return 204, whatever it was."""
        del kind, events
        return NO_CONTENT

    def own_callback(self, body: bytes) -> RawCallback:
        """Return evidence that somebody here read from a file, signed with our own key."""
        path = f"/providers/{self.name}/{KIND}"
        headers = {SIGNATURE: _sign(self._keys[0], path, body)}
        return RawCallback(KIND, path, headers, body)

    async def check(self, deadline: float) -> Checked:
        """Say whether the folder can be written to."""
        try:
            async with asyncio.timeout(deadline):
                await asyncio.to_thread(self._spool.check)
        except (OSError, TimeoutError) as error:
            return Checked("unreachable", f"the folder can't be written to: {type(error).__name__}")
        return Checked("works", "the folder can be written to")

    async def close_batch(self, now: datetime) -> Batch | None:
        """Make a batch of all that waits; None where nothing does.

        Raises:
            OSError: The disk refused it; everything waits as before.
        """
        return await asyncio.to_thread(self._spool.close_batch, now)

    async def batches(self) -> list[Batch]:
        """Return the batches that were made, the newest first."""
        return await asyncio.to_thread(self._spool.batches)

    async def count_waiting(self) -> int:
        """Count the letters that wait for the next batch."""
        return await asyncio.to_thread(self._spool.count)


def _sign(key: bytes, path_qs: str, body: bytes) -> str:
    """Return the signature of a message: path and body, so that none serves another account."""
    return hmac.new(key, path_qs.encode() + b"\n" + body, sha256).hexdigest()
