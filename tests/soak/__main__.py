"""`make soak`: two thousand loans through four months, and everything that must hold then."""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path
from shutil import rmtree

from outreach.embedded import start
from outreach.store.migrate import migrate
from tests.soak.run import soak


def main() -> int:
    """Run one soak on servers of its own; exit status 1 if anything was wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--loans", type=int, default=2_000)
    parser.add_argument("--days", type=int, default=120)
    parser.add_argument("--seed", type=int, default=1)
    told = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="outreach-soak-"))
    folder.chmod(0o711)
    try:
        with start(folder, durable=False, settings={"shared_buffers": "128MB"}) as servers:
            urls = servers.database_url, servers.redis_url
            asyncio.run(migrate(urls[0]))
            figures, wrong = asyncio.run(
                soak(*urls, seed=told.seed, loans=told.loans, days=told.days)
            )
            servers.stop(force=True)
    finally:
        rmtree(folder, ignore_errors=True)
    print(figures)
    print(*wrong[:100], f"{len(wrong)} things wrong", sep="\n")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
