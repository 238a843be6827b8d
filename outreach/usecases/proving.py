"""Whether a package is as it was written, and its log as it was sealed: without any database."""

from base64 import b64decode
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from outreach.domain.sealing import SealedRow, root
from outreach.usecases.folders import check_folder


def prove(folder: Path) -> list[str]:
    """Return what doesn't hold, one sentence each; nothing if all of it does.

    Each file has the manifest's hash; each row of the log hashes to its leaf; each leaf stands
    where its checkpoint has it; each checkpoint's root follows from its leaves and the root before.

    Raises:
        OSError: A file isn't there.
        msgspec.DecodeError: A file isn't what it should be.
    """
    problems = check_folder(folder)
    if problems or not (folder / "contact-log.jsonl").is_file():
        return problems
    seals = {one["seal_id"]: one for one in _read(folder / "seals.json")}
    for seal in seals.values():
        leaves = b"".join(map(bytes.fromhex, seal["leaves"]))
        previous = bytes.fromhex(seal["previous_root"])
        if root(previous, seal["event_ids"], leaves).hex() != seal["root"]:
            problems.append(f"checkpoint {seal['seal_id']} doesn't follow from its leaves")
    lines = (folder / "contact-log.jsonl").read_bytes().splitlines()
    return problems + list(_rows(map(msgspec.json.decode, lines), seals))


def _rows(
    entries: Iterable[Mapping[str, Any]], seals: Mapping[int, Mapping[str, Any]]
) -> Iterable[str]:
    for entry in entries:
        number = entry["event_id"]
        leaf = SealedRow(
            event_id=number,
            tenant_id=entry["tenant_id"],
            person_id=entry["person_id"],
            contact_id=entry["contact_id"],
            kind=entry["kind"],
            at=datetime.fromisoformat(entry["at"]),
            recorded_at=datetime.fromisoformat(entry["recorded_at"]),
            body=b64decode(entry["ciphertext"]),
        ).leaf()
        if leaf.hex() != entry["leaf"]:
            yield f"row {number} was changed since"
        elif entry["seal_id"] is None:
            yield f"row {number} wasn't sealed yet"
        else:
            seal = seals[entry["seal_id"]]
            if seal["leaves"][seal["event_ids"].index(number)] != entry["leaf"]:
                yield f"row {number} isn't the one that checkpoint {seal['seal_id']} covers"


def _read(file: Path) -> Any:
    return msgspec.json.decode(file.read_bytes())
