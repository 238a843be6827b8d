"""Recorded vendor payloads from `tests/data/signal_samples`, as callbacks."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import yaml
from multidict import CIMultiDict

from outreach.channels.provider import RawCallback

FOLDER: Final = Path(__file__).parents[1] / "data" / "signal_samples"
TOKEN: Final = "3f1c0de5a7b94e2c8d6f00112233aabb"
SHARED_KEYS: Final = {"webhooks_sharedkey_sample": "shared-secret-invented-7d1f"}
PUBLIC: Final = "https://cb.collector.example"


@dataclass(frozen=True)
class Sample:
    """One recorded request or response, byte for byte."""

    file: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    valid: bool
    expected: str

    @property
    def number(self) -> int:
        """The file's number."""
        return int(self.file[:3])

    @property
    def callback(self) -> RawCallback:
        """The request as our endpoint sees it."""
        parts = urlsplit(self.url)
        kind = parts.path.removeprefix("/twilio/")
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        return RawCallback(kind, path, CIMultiDict(self.headers), self.body)


@cache
def index() -> dict[str, Any]:
    """Return the index of all samples."""
    found: dict[str, Any] = yaml.safe_load((FOLDER / "index.yaml").read_text(encoding="utf-8"))
    return found


@cache
def twilio_samples() -> list[Sample]:
    """Return every recorded callback of Twilio's, and its recorded answers."""
    return [
        Sample(
            row["file"],
            row["url"],
            {name: str(value) for name, value in row["headers"].items()},
            (FOLDER / row["file"]).read_bytes(),
            row.get("valid", True),
            row["expected"],
        )
        for row in index()["samples"]
        if row["source"].startswith("twilio")
    ]


def sample(number: int) -> Sample:
    """Return one sample by its file's number."""
    return next(found for found in twilio_samples() if found.number == number)
