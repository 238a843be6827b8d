"""Write exports of the contact log: by keyset, in parts, so that nothing is cut and much is kept.

A worker takes an export under a lease and writes on for some seconds at a time. A part that isn't
finished when its worker dies is begun again by the next; finished ones stay. What was recorded
after the export was asked for isn't in it.
"""

import asyncio
import shutil
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, Protocol
from uuid import UUID, uuid4

import asyncpg
import msgspec
import structlog

from outreach.domain.records import dataclass
from outreach.rendering.tables import Column, Format, FormatError, check_format
from outreach.store import exports as store
from outreach.store.contact_log_search import LogQuery, count_lines, within
from outreach.store.exports import Export, NewExport, Part
from outreach.store.pool import Pool, reading_as
from outreach.store.vault import Vault
from outreach.usecases.considering import Considering
from outreach.usecases.export_files import PartMaking, write_whole
from outreach.usecases.export_rows import RowMaker
from outreach.usecases.sampling import (
    SampleError,
    complete_until,
    fix_days,
    query_of,
    read_stratum,
)

log = structlog.get_logger(__name__)

MANIFEST: Final = "manifest.json"
KEPT: Final = timedelta(days=7)
LONGEST_REASON: Final = 500
_PAGE: Final = 5_000
_PART: Final = 1_000_000
_SLICE_SECONDS: Final = 4.0
_COUNT_MS: Final = 20_000
_ANY_NUMBER: Final = 2**62


class Clock(Protocol):
    """Both clocks."""

    def business_now(self) -> datetime:
        """Return the time that decisions are made at."""

    def wall_now(self) -> datetime:
        """Return the machine's time."""


class Outfit(Protocol):
    """What exporting takes from the runtime."""

    @property
    def db(self) -> Pool:
        """Where everything is."""

    @property
    def vault(self) -> Vault:
        """Keys of the people."""

    @property
    def clock(self) -> Clock:
        """Both clocks."""

    @property
    def considering(self) -> Considering:
        """Packs and lenders."""


class ExportError(ValueError):
    """Nothing was asked for; `reason` is a stable word, `detail` what it is about."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asks for.

    Attributes:
        tenant: Lender.
        filter: A query of the contact log's address.
        format: Of the files.
        language: Of the words beside the values.
        unmasked: With addresses in full; takes a reason.
        reason: Why.
    """

    tenant: str
    filter: str
    format: Format
    language: str
    unmasked: bool = False
    reason: str = ""


async def ask_export(
    outfit: Outfit, wish: Wish, *, login: str, name: str, worker: UUID | None = None
) -> int:
    """Write down an export that workers will make; returns its id.

    Args:
        outfit: Parts of the runtime.
        wish: What is asked for, by somebody who may.
        login: Who asks.
        name: How they sign.
        worker: Who makes it at once; None leaves it to the next worker.

    Raises:
        ExportError: `filter` isn't understood, `reason` is missing or too long, or `format` can't
            be written here; `unready` while the read model of the log is being made.
    """
    try:
        asked = read_stratum(wish.filter)
    except SampleError as error:
        raise ExportError("filter", error.detail) from None
    if (wish.unmasked and not wish.reason) or len(wish.reason) > LONGEST_REASON:
        raise ExportError("reason")
    try:
        check_format(wish.format)
    except FormatError as error:
        raise ExportError("format", str(error)) from None
    now, wall_now = outfit.clock.business_now(), outfit.clock.wall_now()
    as_of = await complete_until(outfit, wall_now)
    if as_of is None:
        raise ExportError("unready")
    zone = outfit.considering.rulebook.lenders[wish.tenant].timezone
    fixed = fix_days(asked, now, zone).query()
    lease = wall_now + store.LEASE if worker else None
    async with outfit.db.acquire() as conn:
        return await store.add_export(
            conn,
            NewExport(
                wish.tenant,
                fixed,
                wish.format,
                wish.language,
                wish.unmasked,
                wish.reason,
                login,
                name,
                wall_now,
                as_of,
                worker=worker,
                leased_until=lease,
            ),
        )


class Exporter:
    """Writes exports, one at a time; one of it in each worker process.

    Args:
        outfit: Parts of the runtime.
        folder: Where files go, a folder for each export.
        currencies: In which each lender's estimates of costs are.
        kept: How long finished files stay; None for ever.
        page: Rows read at a time.
        part: Rows of a file, before the next one begins.
    """

    def __init__(
        self,
        outfit: Outfit,
        folder: Path,
        currencies: Mapping[str, str],
        *,
        kept: timedelta | None = KEPT,
        page: int = _PAGE,
        part: int = _PART,
    ) -> None:
        self.worker = uuid4()
        self._outfit = outfit
        self._folder = folder
        self._currencies = currencies
        self._kept = kept
        self._page = page
        self._part = part
        self._open: PartMaking | None = None

    def folder_of(self, export_id: int) -> Path:
        """Return where an export's files are."""
        return self._folder / str(export_id)

    async def advance(self, export_id: int | None = None) -> int:
        """Write on for some seconds; 0 when nothing waits.

        Args:
            export_id: Only this export.
        """
        now = self._outfit.clock.wall_now()
        async with self._outfit.db.acquire() as conn:
            export = await store.claim_export(conn, self.worker, wall_now=now, export_id=export_id)
        if export is None:
            self._drop()
            return 0
        if self._open is not None and self._open.export_id != export.export_id:
            self._drop()
        try:
            return max(1, await self._write(export))
        except Exception as error:  # noqa: BLE001 - it would fail each second anew: it is said once
            self._drop()
            log.warning("export_failed", export=export.export_id, error=type(error).__name__)
            await self._fail(export, error)
            return 1

    async def forget_over(self) -> int:
        """Delete the files of exports that are kept no longer; returns how many exports."""
        now = self._outfit.clock.wall_now()
        async with self._outfit.db.acquire() as conn:
            over = await store.list_over(conn, now)
            for export_id in over:
                await asyncio.to_thread(shutil.rmtree, self.folder_of(export_id), True)  # noqa: FBT003 - positional only there
                await store.expire_export(conn, export_id)
        return len(over)

    async def _write(self, export: Export) -> int:
        maker, query = self._maker(export), self._query(export)
        if export.expected is None:
            await self._count(export, query)
        parts, written = list(export.parts), 0
        ends = asyncio.get_running_loop().time() + _SLICE_SECONDS
        while True:
            if self._open is None:
                self._open = PartMaking.begin(
                    export, self.folder_of(export.export_id), parts, maker
                )
            making = self._open
            limit = min(self._page, self._part - making.rows)
            async with reading_as(self._outfit.db, export.tenant) as conn:
                rows, known = await maker.page(conn, query, before=making.last, limit=limit)
            await asyncio.to_thread(making.write, maker, rows, known)
            written += len(rows)
            has_ended = len(rows) < limit
            if has_ended or making.rows >= self._part:
                if making.rows or not parts:
                    parts.append(await asyncio.to_thread(making.end))
                    self._open = None
                self._drop()
            going = self._open.rows if self._open else 0
            total = sum(part.rows for part in parts) + going
            if not await self._keep(export, total, None if self._open else parts):
                self._drop()
                return written
            if has_ended:
                await self._finish(export, parts, query, maker.columns)
                return written
            if asyncio.get_running_loop().time() >= ends:
                return written

    async def _count(self, export: Export, query: LogQuery) -> None:
        """Count what is to come, if that doesn't take too long; progress is shown without, too."""
        with suppress(asyncpg.QueryCanceledError):
            async with (
                reading_as(self._outfit.db, export.tenant) as conn,
                within(conn, _COUNT_MS),
            ):
                expected = await count_lines(conn, query, most=_ANY_NUMBER)
            async with self._outfit.db.acquire() as conn:
                await store.keep_expected(conn, export.export_id, expected)

    async def _keep(self, export: Export, rows: int, parts: list[Part] | None) -> bool:
        now = self._outfit.clock.wall_now()
        async with self._outfit.db.acquire() as conn:
            return await store.keep_progress(
                conn, export.export_id, self.worker, rows, parts=parts, wall_now=now
            )

    async def _finish(
        self, export: Export, parts: list[Part], query: LogQuery, columns: tuple[Column, ...]
    ) -> None:
        about = self._manifest(export, parts, query, columns)
        content = msgspec.json.format(msgspec.json.encode(about), indent=1) + b"\n"
        path = self.folder_of(export.export_id) / MANIFEST
        await asyncio.to_thread(write_whole, path, content)
        now = self._outfit.clock.wall_now()
        expires = now + self._kept if self._kept is not None else None
        async with self._outfit.db.acquire() as conn:
            digest = sha256(content).digest()
            await store.finish_export(
                conn, export.export_id, self.worker, digest, wall_now=now, expires_at=expires
            )
        log.info("export_written", export=export.export_id, parts=len(parts))

    async def _fail(self, export: Export, error: Exception) -> None:
        problem = str(error) if isinstance(error, FormatError) else type(error).__name__
        if isinstance(error, OSError):
            problem = error.strerror or problem
        expires = self._outfit.clock.wall_now() + KEPT
        async with self._outfit.db.acquire() as conn:
            await store.fail_export(
                conn, export.export_id, self.worker, problem, expires_at=expires
            )

    def _maker(self, export: Export) -> RowMaker:
        plan = self._outfit.considering.rulebook.lenders[export.tenant]
        return RowMaker(
            export.tenant,
            zone=plan.timezone,
            currency=self._currencies.get(export.tenant, ""),
            packs=self._outfit.considering.rulebook.packs,
            language="zh" if export.language == "zh" else "en",
            vault=self._outfit.vault if export.unmasked else None,
        )

    def _query(self, export: Export) -> LogQuery:
        zone = self._outfit.considering.rulebook.lenders[export.tenant].timezone
        return query_of(export.tenant, export.filter, zone, now=export.as_of, as_of=export.as_of)

    def _manifest(
        self, export: Export, parts: list[Part], query: LogQuery, columns: tuple[Column, ...]
    ) -> Mapping[str, Any]:
        """Return what an export is: filter, time, rows, masking, packs, who, and each file."""
        packs = self._outfit.considering.rulebook.packs
        return {
            "export": export.export_id,
            "lender": export.tenant,
            "filter": {name: list(values) for name, values in query.asked.chosen.items()},
            "from": query.start.isoformat(),
            "before": query.end.isoformat(),
            "address": f"/contacts?lender={export.tenant}&{export.filter}",
            "as_of": export.as_of.isoformat(),
            "rows": sum(part.rows for part in parts),
            "masked": not export.unmasked,
            "reason": export.reason,
            "asked_by": export.asked_name,
            "asked_at": export.asked_at.isoformat(),
            "format": export.format,
            "language": export.language,
            "columns": [one.name for one in columns],
            "packs": [
                {"id": one.id, "version": one.version, "hash": one.content_hash} for one in packs
            ],
            "files": [
                {"name": one.name, "rows": one.rows, "bytes": one.bytes, "sha256": one.sha256}
                for one in parts
            ],
        }

    def _drop(self) -> None:
        if self._open is not None:
            self._open.drop()
            self._open = None
