"""One Valkey under the data directory: throttles, hints and queues, never the only copy."""

import signal
import socket
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from outreach.embedded.ground import Account, EmbeddedUnavailableError, valkey_binary
from outreach.embedded.processes import (
    end,
    is_running,
    launch,
    let_go,
    log_tail,
    rotate_log,
    wait_until,
)

_START_SECONDS = 30.0
_STOP_SECONDS = 10.0
_ANSWER_SECONDS = 2.0
_DATABASES = 64  # tests take one each


class Valkey:
    """The server in `<data_dir>/valkey`, on a unix socket alone."""

    def __init__(self, data_dir: Path, sockets: Path, account: Account) -> None:
        self._data_dir = data_dir
        self._dir = data_dir / "valkey"
        self._socket = sockets / "valkey.sock"
        self._account = account
        self._log = data_dir / "logs" / "valkey.log"

    @property
    def url(self) -> str:
        """Where to connect, database 0."""
        return f"unix://{quote(str(self._socket))}?db=0"

    def find_pid(self) -> int | None:
        """Return the process id of the server that answers on our socket, whoever started it."""
        for line in self._ask(b"INFO server").splitlines():
            name, _, value = line.partition(":")
            if name == "process_id" and value.isdigit():
                return int(value)
        return None

    def start(self, *, durable: bool, progress: Callable[[str], None]) -> bool:
        """Start it unless it runs; True if it did.

        Raises:
            EmbeddedUnavailableError: It does not come up; the message ends with its log.
        """
        if self.find_pid() is not None:
            return False
        progress("starting Valkey…")
        binary = valkey_binary(self._data_dir, self._account)
        config = self._dir / "valkey.conf"
        config.write_text(self._config(durable=durable), encoding="utf-8")
        config.chmod(0o644)
        rotate_log(self._log)
        command = [str(binary), str(config)]
        process = launch(command, self._log, self._account.popen_options())
        up = wait_until(lambda: self._is_ready() or process.poll() is not None, _START_SECONDS)
        if not up or process.poll() is not None:
            process.kill()
            process.wait()
            raise EmbeddedUnavailableError(
                f"Valkey did not start; the end of {self._log}:\n{log_tail(self._log)}"
            )
        let_go(process)
        return True

    def stop(self) -> None:
        """End it after it has written its log of commands to disk."""
        pid = self.find_pid()
        if pid is not None and is_running(pid):
            end(pid, (signal.SIGTERM, _STOP_SECONDS), (signal.SIGKILL, _STOP_SECONDS))

    def _config(self, *, durable: bool) -> str:
        lines = [
            "port 0",
            f'unixsocket "{self._socket}"',
            "unixsocketperm 700",
            f'dir "{self._dir}"',
            "daemonize no",
            f"databases {_DATABASES}",
            f"appendonly {'yes' if durable else 'no'}",
            "appendfsync everysec",
            "aof-load-truncated yes",  # a killed server leaves half a command at the end
            'save ""',
            "maxmemory-policy noeviction",
            "loglevel warning",
        ]
        return "\n".join(lines) + "\n"

    def _is_ready(self) -> bool:
        return self._ask(b"PING").startswith("+PONG")

    def _ask(self, command: bytes) -> str:
        """Send one inline command and return the answer as text; empty when nobody answers."""
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
                connection.settimeout(_ANSWER_SECONDS)
                connection.connect(str(self._socket))
                connection.sendall(command + b"\r\nQUIT\r\n")
                answer = b""
                while chunk := connection.recv(65536):
                    answer += chunk
        except OSError:
            return ""
        return answer.decode(errors="replace")
