"""A folder of letters on their way to a printer: collected one by one, handed over in batches.

    collecting/<id>/letter.pdf, letter.json     one folder a letter, complete when it is there
    batches/<batch>/<number>.pdf …, manifest.json, manifest.csv

Everything is written beside its place and renamed into it, so that whoever looks finds a letter or
a batch whole or not at all. Names hold numbers and ids, nothing of a person. One lock for all
processes of a machine: a letter that was called off is never in a batch that is made after it.
"""

import csv
import fcntl
import io
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, NamedTuple

_PDF: Final = "letter.pdf"
_ENTRY: Final = "letter.json"
_MANIFEST: Final = "manifest"
COLUMNS: Final = ("number", "id", "file", "sha256", "bytes", "pages", "locale", "template")


class Letter(NamedTuple):
    """One letter to hand over."""

    id: str
    number: str
    pdf: bytes
    pages: int
    locale: str
    template: str

    def __repr__(self) -> str:
        """Name it, and show none of it."""
        return f"Letter({self.number!r})"


class Batch(NamedTuple):
    """A folder that a printer may fetch."""

    name: str
    folder: Path
    letters: int


class Spool:
    """One account's folder. All of it blocks on a disk: call it in a thread."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._collecting = folder / "collecting"
        self._batches = folder / "batches"

    def check(self) -> None:
        """Make sure that it can be written to.

        Raises:
            OSError: It can't.
        """
        with self._locked():
            pass

    def put(self, letter: Letter) -> None:
        """Keep a letter until the next batch; the same again changes nothing.

        Raises:
            OSError: Nothing was kept.
        """
        with self._locked():
            if self._find(letter.id) is not None:
                return
            entry = {
                "number": letter.number,
                "id": letter.id,
                "file": f"{letter.number}.pdf",
                "sha256": sha256(letter.pdf).hexdigest(),
                "bytes": len(letter.pdf),
                "pages": letter.pages,
                "locale": letter.locale,
                "template": letter.template,
            }
            place = self._collecting / letter.id
            beside = self._beside(place)
            _write(beside / _PDF, letter.pdf)
            _write(beside / _ENTRY, _json(entry))
            beside.rename(place)

    def holds(self, letter_id: str) -> bool:
        """Say whether a letter is here, collected or in a batch."""
        with self._locked():
            return self._find(letter_id) is not None

    def take_back(self, letter_id: str) -> bool:
        """Remove a letter that is in no batch yet; False if it is in one, or was never here."""
        with self._locked():
            place = self._collecting / letter_id
            if self._batch_of(letter_id) is not None or not place.is_dir():
                return False
            shutil.rmtree(place)
            return True

    def count(self) -> int:
        """Count the letters that wait for the next batch."""
        with self._locked():
            return len(self._waiting())

    def close_batch(self, now: datetime) -> Batch | None:
        """Make a batch of all that waits; None where nothing does.

        Args:
            now: Aware; the batch is named by it.

        Raises:
            OSError: There is no batch, and everything waits as before.
        """
        with self._locked():
            waiting = self._waiting()
            if not waiting:
                return None
            at = now.astimezone(UTC)
            name = f"{at:%Y%m%d-%H%M%S}-{at.microsecond:06d}"
            place = self._batches / name
            beside = self._beside(place)
            entries = []
            for folder in waiting:
                entry = json.loads((folder / _ENTRY).read_bytes())
                _copy(folder / _PDF, beside / entry["file"])
                entries.append(entry)
            entries.sort(key=lambda one: one["number"])
            manifest = {"batch": name, "made_at": at.isoformat(), "letters": entries}
            _write(beside / f"{_MANIFEST}.json", _json(manifest))
            _write(beside / f"{_MANIFEST}.csv", _table(entries))
            beside.rename(place)
            for folder in waiting:
                shutil.rmtree(folder)
            return Batch(name, place, len(entries))

    def batches(self) -> list[Batch]:
        """Return the batches that were made, the newest first."""
        with self._locked():
            found = sorted(self._manifests(), reverse=True)
            return [Batch(each.parent.name, each.parent, len(_listed(each))) for each in found]

    def _waiting(self) -> list[Path]:
        """Return what waits; what a batch has already, after a crash behind it, goes."""
        found = []
        for folder in sorted(self._collecting.iterdir()):
            if folder.name.startswith(".") or self._batch_of(folder.name) is not None:
                shutil.rmtree(folder)
            else:
                found.append(folder)
        return found

    def _find(self, letter_id: str) -> Path | None:
        place = self._collecting / letter_id
        return place if place.is_dir() else self._batch_of(letter_id)

    def _batch_of(self, letter_id: str) -> Path | None:
        for manifest in self._manifests():
            if any(one["id"] == letter_id for one in _listed(manifest)):
                return manifest.parent
        return None

    def _manifests(self) -> list[Path]:
        return list(self._batches.glob(f"[!.]*/{_MANIFEST}.json"))

    def _beside(self, place: Path) -> Path:
        beside = place.with_name(f".{place.name}")
        shutil.rmtree(beside, ignore_errors=True)
        beside.mkdir(mode=0o700)
        return beside

    @contextmanager
    def _locked(self) -> Iterator[None]:
        for folder in (self._collecting, self._batches):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self.folder / ".lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _listed(manifest: Path) -> list[dict[str, Any]]:
    letters: list[dict[str, Any]] = json.loads(manifest.read_bytes())["letters"]
    return letters


def _write(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _copy(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # a disk without hard links
        _write(target, source.read_bytes())


def _json(value: Any) -> bytes:
    return json.dumps(value, indent=2, ensure_ascii=False).encode() + b"\n"


def _table(entries: list[dict[str, Any]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(entries)
    return text.getvalue().encode()
