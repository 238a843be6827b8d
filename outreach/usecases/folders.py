"""Folders that are handed to people: written whole or not at all, each file with its hash.

Names never hold anything about a person; what is in the files is readable by this user alone.
"""

import os
import shutil
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import msgspec

from outreach.domain.records import dataclass

MANIFEST: Final = "manifest.json"
_CHUNK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Written:
    """A folder that is there; `digest` is the SHA-256 of its manifest, which names all the rest."""

    path: Path
    digest: str


def write_folder(
    base: Path, name: str, files: Mapping[str, bytes], about: Mapping[str, Any]
) -> Written:
    """Write a folder with a manifest; one of the same name is left as it is.

    Args:
        base: Where folders are; made if it isn't there.
        name: Of the folder.
        files: Content by path within it, with `/` between its parts.
        about: What the manifest says beside the files.

    Raises:
        OSError: It can't be written; nothing of it is left under its name.
    """
    target = base / name
    if target.is_dir():
        return Written(target, _digest(target / MANIFEST))
    base.mkdir(mode=0o700, parents=True, exist_ok=True)
    making = base / f".{name}.{os.getpid()}"
    shutil.rmtree(making, ignore_errors=True)
    try:
        listed = []
        for path, content in sorted(files.items()):
            _write(making / path, content)
            digest = sha256(content).hexdigest()
            listed.append({"path": path, "bytes": len(content), "sha256": digest})
        manifest = msgspec.json.format(msgspec.json.encode({**about, "files": listed}), indent=1)
        _write(making / MANIFEST, manifest + b"\n")
        making.rename(target)
    except OSError:
        shutil.rmtree(making, ignore_errors=True)
        raise
    _settle(base)
    return Written(target, _digest(target / MANIFEST))


def check_folder(path: Path) -> list[str]:
    """Return what differs from the manifest, one sentence each; nothing if all is as written.

    Raises:
        OSError: There is no manifest, or it can't be read.
        msgspec.DecodeError: It is no manifest.
    """
    manifest = msgspec.json.decode((path / MANIFEST).read_bytes())
    problems, known = [], {MANIFEST}
    for one in manifest["files"]:
        known.add(one["path"])
        file = path / one["path"]
        if not file.is_file():
            problems.append(f"{one['path']} is missing")
        elif file.stat().st_size != one["bytes"] or _digest(file) != one["sha256"]:
            problems.append(f"{one['path']} was changed since")
    for file in sorted(path.rglob("*")):
        inside = file.relative_to(path).as_posix()
        if file.is_file() and inside not in known:
            problems.append(f"{inside} is in no manifest")
    return problems


def _write(file: Path, content: bytes) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def _settle(folder: Path) -> None:
    """Have the folder's new name on disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _digest(file: Path) -> str:
    digest = sha256()
    with file.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
