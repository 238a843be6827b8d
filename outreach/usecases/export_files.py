"""An export's files in the making: whole under their names, or not there."""

import os
from contextlib import suppress
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Final

from outreach.rendering.tables import Format, Table, open_table
from outreach.store.exports import Export, Part
from outreach.store.log_rows import LogRow
from outreach.usecases.export_rows import Known, RowMaker

_CHUNK: Final = 1 << 20


class PartMaking:
    """A part that is being written.

    Args:
        export_id: Of which export.
        path: Under which it will stand, once it is whole.
        stream: Of the file in the making.
        table: Writes rows to it.
    """

    def __init__(self, export_id: int, path: Path, stream: BinaryIO, table: Table) -> None:
        self.export_id = export_id
        self.rows = 0
        self.last: tuple[datetime, int] | None = None
        self._path = path
        self._stream = stream
        self._table = table

    @classmethod
    def begin(
        cls, export: Export, folder: Path, parts: list[Part], maker: RowMaker
    ) -> "PartMaking":
        """Begin the part behind those that are finished; what was left of an earlier try goes."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = f"contacts-{export.tenant}-{export.export_id}-{len(parts) + 1:03}.{export.format}"
        path = folder / name
        handle = os.open(_making(path), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        stream = os.fdopen(handle, "wb")
        made = cls(
            export.export_id, path, stream, open_table(Format(export.format), stream, maker.columns)
        )
        if parts:
            made.last = datetime.fromisoformat(parts[-1].after_at), parts[-1].after_id
        return made

    def write(self, maker: RowMaker, rows: list[LogRow], known: Known) -> None:
        """Append a page."""
        if rows:
            self._table.write(maker.make(rows, known))
            self.rows += len(rows)
            self.last = rows[-1].at, rows[-1].event_id

    def end(self) -> Part:
        """Have the file on disk under its name; one that came out empty counts only if alone."""
        self._table.close()
        self._stream.flush()
        os.fsync(self._stream.fileno())
        self._stream.close()
        _making(self._path).rename(self._path)
        digest = sha256()
        with self._path.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
        at, number = self.last or (None, 0)
        return Part(
            self._path.name,
            self.rows,
            self._path.stat().st_size,
            digest.hexdigest(),
            at.isoformat() if at else "",
            number,
        )

    def drop(self) -> None:
        """Leave nothing of it."""
        with suppress(OSError, ValueError):
            self._stream.close()
        _making(self._path).unlink(missing_ok=True)


def _making(path: Path) -> Path:
    return path.with_name(f".{path.name}.making")


def write_whole(path: Path, content: bytes) -> None:
    """Write a small file, whole or not at all, for this user alone."""
    handle = os.open(_making(path), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    _making(path).rename(path)
