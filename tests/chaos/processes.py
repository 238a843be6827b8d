"""`outreach` commands as child processes, ended by their ids and by nothing else."""

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

from outreach.settings.installation import CONFIG_VARIABLE, PREFIX

_ADDRESS: Final = re.compile(r"serving on (http://\S+?);")
_START_SECONDS: Final = 30.0
_STOP_SECONDS: Final = 25.0
_POLL_SECONDS: Final = 0.05


class Process:
    """One running command; what it prints goes to a file."""

    def __init__(self, config: Path, log: Path, *arguments: str) -> None:
        ours = {
            name: value
            for name, value in os.environ.items()  # noqa: TID251 - handed on, not read
            if not name.startswith(PREFIX)
        }
        self._log = log
        self.name = " ".join(arguments)
        with log.open("wb") as output:
            self._child = subprocess.Popen(
                [sys.executable, "-m", "outreach", *arguments],
                env={**ours, CONFIG_VARIABLE: str(config), "PYTHONUNBUFFERED": "1"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def is_alive(self) -> bool:
        """Whether it still runs."""
        return self._child.poll() is None

    @property
    def said(self) -> str:
        """All that it printed."""
        return self._log.read_text(errors="replace")

    async def until_said(self, words: str, seconds: float = _START_SECONDS) -> str:
        """Wait until it printed something; returns all that it printed."""
        deadline = time.monotonic() + seconds
        while words not in (said := self.said):
            assert self.is_alive, f"`outreach {self.name}` ended:\n{said[-3000:]}"
            assert time.monotonic() < deadline, f"`outreach {self.name}` said only:\n{said[-3000:]}"
            await asyncio.sleep(_POLL_SECONDS)
        return said

    async def address(self) -> str:
        """Wait for a web server to be ready; returns where it listens."""
        found = _ADDRESS.search(await self.until_said("serving on"))
        assert found is not None
        return found[1]

    def kill(self) -> None:
        """End it at once, in the middle of whatever it does (SIGKILL)."""
        self._child.kill()
        self._child.wait(_STOP_SECONDS)

    def ask_to_stop(self) -> None:
        """Send SIGTERM."""
        if self.is_alive:
            self._child.send_signal(signal.SIGTERM)

    async def ended(self, seconds: float = _STOP_SECONDS) -> int:
        """Wait for its end; returns its exit status."""
        return await asyncio.to_thread(self._child.wait, seconds)

    async def stop(self) -> None:
        """End it, kindly first."""
        self.ask_to_stop()
        try:
            await self.ended()
        except subprocess.TimeoutExpired:
            self.kill()
