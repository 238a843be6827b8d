"""Keep what packs said, so that people can see what a change changed."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from outreach.compliance.pack import Pack
from outreach.config_files.packs import PackError, pack_of, parse_pack, parse_raw, read_text
from outreach.store.pack_versions import PackVersion, add_pack_versions
from outreach.store.pool import Pool


async def keep_packs(db: Pool, files: Iterable[Path], *, now: datetime) -> None:
    """Record what pack files say that is new at business time `now`.

    Raises:
        PackError: A file can't be used.
    """
    found = []
    for file in files:
        text = read_text(file)
        pack = parse_pack(text, str(file))
        raw = parse_raw(text, str(file))
        found.append((pack.id, PackVersion(pack.version, pack.content_hash, raw, now)))
    async with db.acquire() as conn, conn.transaction():
        await add_pack_versions(conn, found)


def pack_from(kept: PackVersion) -> Pack | None:
    """Return a pack as it was kept; None if this release can't read it."""
    try:
        return pack_of(kept.content, "", "pack")
    except (PackError, KeyError, ValueError):
        return None
