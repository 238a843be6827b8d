"""Watching and ending server processes that may be somebody else's children."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from outreach.embedded.ground import EmbeddedUnavailableError

_POLL_SECONDS = 0.02
_LOG_TAIL = 2000
_HAS_PROC = Path("/proc/self/stat").exists()  # not on macOS
_LOG_LIMIT_BYTES = 10_000_000


def is_running(pid: int) -> bool:
    """Tell whether the process runs; a dead one that nobody has waited for does not."""
    with suppress(ChildProcessError):
        done, _ = os.waitpid(pid, os.WNOHANG)
        if done == pid:
            return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return not _state(pid).startswith("Z")


def command_line(pid: int) -> str:
    """Return the process's command line, or an empty string when there is no such process."""
    if _HAS_PROC:
        try:
            listing = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return ""
        return listing.replace(b"\0", b" ").decode(errors="replace").strip()
    return _ps(pid, "command=")


def _state(pid: int) -> str:
    if _HAS_PROC:
        try:
            status = Path(f"/proc/{pid}/stat").read_text(errors="replace")
        except OSError:
            return ""
        return status.rpartition(")")[2].strip()
    return _ps(pid, "stat=")


def _ps(pid: int, column: str) -> str:
    done = subprocess.run(
        ["/bin/ps", "-ww", "-p", str(pid), "-o", column],
        check=False,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip()


def wait_until(holds: Callable[[], bool], seconds: float) -> bool:
    """Poll until `holds()`; False when it does not within `seconds`."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True


def launch(command: list[str], log: Path, options: Mapping[str, Any]) -> subprocess.Popen[bytes]:
    """Start a server that may outlive this process; its output is appended to `log`."""
    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd="/",
            start_new_session=True,  # Ctrl-C is for us; we stop the server in order
            **options,
        )


def let_go(process: subprocess.Popen[bytes]) -> None:
    """Know the server by its process id alone from now on, without a warning when we leave it."""
    process.returncode = 0


def end(pid: int, *signals: tuple[signal.Signals, float]) -> None:
    """Send each signal in turn, waiting its seconds, until the process is gone.

    Raises:
        EmbeddedUnavailableError: It survived them all.
    """
    for number, seconds in signals:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
        if wait_until(lambda: not is_running(pid), seconds):
            return
    raise EmbeddedUnavailableError(f"process {pid} does not end: end it yourself, then try again")


def rotate_log(log: Path) -> None:
    """Keep one earlier log once the file has passed ten megabytes."""
    with suppress(FileNotFoundError):
        if log.stat().st_size > _LOG_LIMIT_BYTES:
            log.replace(log.with_suffix(".1.log"))


def log_tail(log: Path) -> str:
    """Return the end of a server's log, for an error message."""
    try:
        return log.read_text(errors="replace")[-_LOG_TAIL:].strip()
    except OSError:
        return ""
