"""The recorded payloads under tests/data/signal_samples, and which source each one is for."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import yaml
from multidict import CIMultiDict, CIMultiDictProxy

from outreach.sources import ADAPTERS
from outreach.sources.source import IncomingRequest, Source, SourceOptions

DATA: Final = Path(__file__).parent.parent / "data" / "signal_samples"
INDEX: Final[dict[str, Any]] = yaml.safe_load((DATA / "index.yaml").read_text())
NOW: Final = datetime.fromisoformat(INDEX["clock"]["now_utc"]).astimezone(UTC)
PATH_SECRET: Final = "a-path-secret-of-24-characters"

_ADAPTERS: Final = {
    "fineract.hook": "fineract_hook",
    "fineract.external_event": "fineract_events",
    "canonical.cloudevent.structured": "cloudevents",
    "canonical.cloudevent.binary": "cloudevents",
    "canonical.cloudevent.batch": "cloudevents",
    "standard_webhooks": "standard",
}


@dataclass(frozen=True)
class Sample:
    """One payload with its headers and what the index says of it."""

    said: dict[str, Any]

    @property
    def name(self) -> str:
        """The file's name."""
        return str(self.said["file"])

    @property
    def body(self) -> bytes:
        """The bytes as they were sent."""
        return (DATA / self.name).read_bytes()

    @property
    def headers(self) -> CIMultiDictProxy[str]:
        """The headers as they were sent."""
        return CIMultiDictProxy(CIMultiDict(self.said["headers"]))

    @property
    def at(self) -> datetime:
        """The moment at which its signature is to be judged."""
        auth = self.said.get("auth")
        unix = auth.get("verify_at") if isinstance(auth, dict) else None
        return datetime.fromtimestamp(unix, UTC) if unix else NOW

    @property
    def adapter(self) -> str:
        """Name of the adapter."""
        return _ADAPTERS[self.said["source"]]

    @property
    def signed(self) -> bool:
        """Whether it brings a signature."""
        return self.adapter == "standard"

    def source(self) -> Source:
        """Return a source that knows this sample's secrets."""
        secrets = tuple(self.said["auth"]["secrets"]) if self.signed else ()
        path = None if self.signed else PATH_SECRET
        options = SourceOptions(
            tenant="acme",
            slug=self.adapter.replace("_", "-"),
            secrets=secrets,
            path_secret=path,
            timezone="America/New_York",
        )
        return ADAPTERS[self.adapter](options, None)

    def request(self) -> IncomingRequest:
        """Return the request that its sender makes."""
        return IncomingRequest(
            self.headers, self.body, None if self.signed else PATH_SECRET, self.at
        )


SAMPLES: Final = {
    one["file"]: Sample(one) for one in INDEX["samples"] if one["source"] in _ADAPTERS
}


def sample(number: str) -> Sample:
    """Return the sample whose file begins with this number."""
    return next(one for name, one in SAMPLES.items() if name.startswith(number))
