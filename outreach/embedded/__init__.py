"""Real PostgreSQL and Valkey from wheels, for `demo`, development and tests.

Several processes may use one data directory: the first starts the servers, the last to leave
stops them. Servers that outlived a killed process are adopted. Who uses them is known by file
locks, which the kernel drops with their process, so nothing can go stale.
"""

import fcntl
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from outreach.embedded.ground import (
    EmbeddedUnavailableError,
    make_data_dir,
    server_account,
    socket_dir,
)
from outreach.embedded.postgres import Postgres
from outreach.embedded.valkey import Valkey

__all__ = ["EmbeddedServers", "EmbeddedUnavailableError", "is_in_use", "start"]


class EmbeddedServers:
    """Both servers, running. As a context manager it leaves them by `stop()`."""

    def __init__(
        self, data_dir: Path, sockets: Path, postgres: Postgres, valkey: Valkey, users: int
    ) -> None:
        self.data_dir = data_dir
        self._sockets = sockets
        self.database_url = postgres.url
        self.redis_url = valkey.url
        self._postgres = postgres
        self._valkey = valkey
        self._users: int | None = users

    def __enter__(self) -> Self:
        """Return the running pair."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Leave the servers, see `stop`."""
        self.stop()

    def pids(self) -> dict[str, int | None]:
        """Return the process ids of `postgres` and `valkey`; None for one that has died."""
        return {"postgres": self._postgres.find_pid(), "valkey": self._valkey.find_pid()}

    def stop(self, *, force: bool = False) -> None:
        """Leave the servers, and stop them if nobody else uses them. A second call does nothing.

        Args:
            force: Stop them even though other processes use them.
        """
        if self._users is None:
            return
        with _locked(self.data_dir / "start.lock"):
            try:
                if force or _is_alone(self._users):
                    self._valkey.stop()
                    self._postgres.stop()
                    self._remove_short_sockets()
            finally:
                os.close(self._users)
                self._users = None

    def _remove_short_sockets(self) -> None:
        """Leave nothing in the temporary directory when the sockets had to be there."""
        if self._sockets.parent != self.data_dir:
            with suppress(OSError):  # not empty: of another user
                self._sockets.rmdir()


def start(
    data_dir: Path,
    *,
    durable: bool = True,
    settings: Mapping[str, str] | None = None,
    progress: Callable[[str], None] | None = None,
) -> EmbeddedServers:
    """Start PostgreSQL and Valkey under `data_dir`, or adopt those that run there already.

    Args:
        data_dir: Made if missing. For root it must be outside a home directory, since the servers
            then run as `nobody`.
        durable: False trades safety against power loss for speed; for tests.
        settings: PostgreSQL settings over our defaults; ignored when it runs already.
        progress: Called with a few words before each step that takes time.

    Raises:
        EmbeddedUnavailableError: The packages are missing, the directory can't be used, or a
            server does not come up. The message says how to mend it.
    """
    tell = progress or _say_nothing
    account = server_account()
    data_dir = make_data_dir(data_dir, account)
    sockets = socket_dir(data_dir, account)
    postgres = Postgres(data_dir, sockets, account)
    valkey = Valkey(data_dir, sockets, account)
    with _locked(data_dir / "start.lock"):
        users = os.open(data_dir / "users.lock", os.O_RDWR | os.O_CREAT, 0o600)
        started = False
        try:
            fcntl.flock(users, fcntl.LOCK_SH)
            started = postgres.start(durable=durable, settings=settings or {}, progress=tell)
            valkey.start(durable=durable, progress=tell)
            return EmbeddedServers(data_dir, sockets, postgres, valkey, users)
        except BaseException:
            if started:
                postgres.stop()
            os.close(users)
            raise


def is_in_use(data_dir: Path) -> bool:
    """Tell whether a process uses the servers of `data_dir`, not whether they run."""
    try:
        users = os.open(data_dir / "users.lock", os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        return not _is_alone(users)
    finally:
        os.close(users)


def _say_nothing(_: str) -> None:
    """Be the progress callback of a caller that gave none."""


def _is_alone(users: int) -> bool:
    """Tell whether no other process holds the lock that each user of the servers shares."""
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold `path` exclusively, waiting for whoever holds it."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
