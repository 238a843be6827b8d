"""One PostgreSQL under the data directory: made once, started, adopted or stopped."""

import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import quote

from outreach.domain.records import dataclass
from outreach.embedded.ground import Account, EmbeddedUnavailableError, postgres_bin
from outreach.embedded.processes import (
    command_line,
    end,
    is_running,
    launch,
    let_go,
    log_tail,
    rotate_log,
    wait_until,
)

_USER = "outreach"
_DATABASE = "outreach"
_START_SECONDS = 60.0  # crash recovery of a big write-ahead log takes a while
_FAST_STOP_SECONDS = 30.0
_HARD_STOP_SECONDS = 10.0
_STALE_BACKENDS_SECONDS = 10.0  # backends notice a killed postmaster within about a second
_PID_FILE_LINES = 8

# For a small machine that also runs the service and its tests.
_DEFAULTS: Mapping[str, str] = {
    "listen_addresses": "",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "8MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "checkpoint_completion_target": "0.9",
    "random_page_cost": "1.1",
    "jit": "off",  # our statements are short; compiling them costs more than running them
    "max_locks_per_transaction": "256",  # every hash partition is a table to lock
    "log_min_messages": "warning",
    "log_parameter_max_length": "0",  # parameters may be personal data
    "log_parameter_max_length_on_error": "0",
    "log_checkpoints": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
_VOLATILE: Mapping[str, str] = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
}


@dataclass(frozen=True, slots=True)
class PidFile:
    """What a running server says of itself in `postmaster.pid`."""

    pid: int
    sockets: Path
    is_ready: bool


class Postgres:
    """The cluster in `<data_dir>/postgres`."""

    def __init__(self, data_dir: Path, sockets: Path, account: Account) -> None:
        self._data_dir = data_dir
        self._cluster = data_dir / "postgres"
        self._sockets = sockets
        self._account = account
        self._log = data_dir / "logs" / "postgres.log"

    @property
    def url(self) -> str:
        """Where to connect: a unix socket, which holds no password."""
        pid_file = self._read_pid_file()
        sockets = pid_file.sockets if pid_file else self._sockets
        return f"postgresql://{_USER}@/{_DATABASE}?host={quote(str(sockets))}"

    def find_pid(self) -> int | None:
        """Return the process id of our running server, whoever started it."""
        pid_file = self._read_pid_file()
        if pid_file is None or not is_running(pid_file.pid):
            return None
        # A process id in a stale file may by now be anybody's.
        return pid_file.pid if str(self._cluster) in command_line(pid_file.pid) else None

    def start(
        self, *, durable: bool, settings: Mapping[str, str], progress: Callable[[str], None]
    ) -> bool:
        """Make the cluster if there is none, then start it unless it runs; True if it did start it.

        Raises:
            EmbeddedUnavailableError: It does not come up; the message ends with its log.
        """
        if self.find_pid() is not None:
            self._wait_until_ready()
            return False
        binaries = postgres_bin(self._data_dir, self._account)
        if not (self._cluster / "PG_VERSION").exists():
            progress("initialising database…")
            self._initialise(binaries, durable=durable)
        self._check_version(binaries)
        progress("starting PostgreSQL…")
        (self._cluster / "postmaster.pid").unlink(missing_ok=True)
        chosen = {**_DEFAULTS, **({} if durable else _VOLATILE), **settings}
        command = [str(binaries / "postgres"), "-D", str(self._cluster), "-k", str(self._sockets)]
        for name, value in chosen.items():
            command += ["-c", f"{name}={value}"]
        self._launch(command)
        return True

    def stop(self) -> None:
        """End it: roll back what is open, write everything out; harder if that takes too long."""
        pid = self.find_pid()
        if pid is not None:
            end(
                pid,
                (signal.SIGINT, _FAST_STOP_SECONDS),
                (signal.SIGQUIT, _HARD_STOP_SECONDS),
                (signal.SIGKILL, _HARD_STOP_SECONDS),
            )

    def _launch(self, command: list[str]) -> None:
        def comes_up() -> bool:
            rotate_log(self._log)
            written = self._log.stat().st_size if self._log.exists() else 0
            process = launch(command, self._log, self._account.popen_options())
            if wait_until(lambda: self._is_ready() or process.poll() is not None, _START_SECONDS):
                if process.poll() is None:
                    let_go(process)
                    return True
                # Shared memory of a killed postmaster, until its last backend has noticed.
                if b"still in use" in self._log.read_bytes()[written:]:
                    return False
            process.kill()
            process.wait()
            raise EmbeddedUnavailableError(
                f"PostgreSQL did not start; the end of {self._log}:\n{log_tail(self._log)}"
            )

        if not wait_until(comes_up, _STALE_BACKENDS_SECONDS):
            raise EmbeddedUnavailableError(
                f"processes of an earlier PostgreSQL still use {self._cluster}: end them first"
            )

    def _initialise(self, binaries: Path, *, durable: bool) -> None:
        """Make the cluster under another name, so that a crash on the way leaves none."""
        fresh = self._data_dir / "postgres.new"
        shutil.rmtree(fresh, ignore_errors=True)
        self._account.make_private_dir(fresh)
        command = [str(binaries / "initdb"), "-D", str(fresh), "-U", _USER, "--no-instructions"]
        command += ["--encoding=UTF8", "--locale=C", "--auth-local=trust", "--auth-host=reject"]
        self._run([*command, *([] if durable else ["--no-sync"])])
        single = [str(binaries / "postgres"), "--single", "-D", str(fresh)]
        single += ["-c", f"fsync={'on' if durable else 'off'}", "-c", "log_checkpoints=off"]
        self._run([*single, "postgres"], f"CREATE DATABASE {_DATABASE}\n")
        fresh.rename(self._cluster)

    def _run(self, command: list[str], text: str = "") -> None:
        done = subprocess.run(
            command,
            check=False,
            input=text,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd="/",
            **self._account.popen_options(),
        )
        if done.returncode != 0:
            raise EmbeddedUnavailableError(
                f"{Path(command[0]).name} failed in {self._data_dir}:\n{done.stdout.strip()}"
            )

    def _check_version(self, binaries: Path) -> None:
        made_by = (self._cluster / "PG_VERSION").read_text().strip()
        version = subprocess.run(
            [str(binaries / "postgres"), "--version"], check=True, capture_output=True, text=True
        ).stdout
        if version.split()[2].split(".")[0] != made_by:
            raise EmbeddedUnavailableError(
                f"{self._cluster} was made by PostgreSQL {made_by}, but {version.strip()} is"
                " installed: dump it with the former release and restore it into a fresh directory"
            )

    def _wait_until_ready(self) -> None:
        if not wait_until(self._is_ready, _START_SECONDS):
            raise EmbeddedUnavailableError(
                f"PostgreSQL runs but is not ready; the end of {self._log}:\n{log_tail(self._log)}"
            )

    def _is_ready(self) -> bool:
        pid_file = self._read_pid_file()
        return pid_file is not None and pid_file.is_ready and self.find_pid() is not None

    def _read_pid_file(self) -> PidFile | None:
        """Read process id (line 1), socket directory (5) and status (8)."""
        try:
            lines = (self._cluster / "postmaster.pid").read_text().splitlines()
        except (FileNotFoundError, NotADirectoryError):
            return None
        if len(lines) < _PID_FILE_LINES - 1 or not lines[0].isdigit():
            return None
        is_ready = len(lines) >= _PID_FILE_LINES and lines[7].strip() == "ready"
        sockets = lines[4].strip() or os.fspath(self._sockets)
        return PidFile(int(lines[0]), Path(sockets), is_ready)
