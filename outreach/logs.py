"""Application logs: events with ids, one object a line; nothing that could name a person.

A key that isn't known to be harmless is dropped, so that no call can leak by accident.
"""

import logging
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, Final

import structlog

from outreach.settings import Settings

# Counts, kinds and internal ids. Names, numbers, texts and references of borrowers are not here.
HARMLESS: Final = frozenset(
    {
        "event", "level", "timestamp", "logger", "error", "kind", "source", "provider",
        "channel", "status", "reason", "rows", "count", "seconds", "attempt", "person_id",
        "loan_id", "case_id",
        "contact_id", "inbox_id", "tenant", "lane", "code", "state", "path", "method", "result",
        "exception",
    }
)  # fmt: skip


def drop_unknown(_: Any, __: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """Keep harmless keys alone; say how many were dropped."""
    kept = {key: value for key, value in event.items() if key in HARMLESS}
    if dropped := len(event) - len(kept):
        kept["count_dropped_keys"] = dropped
    return kept


def configure_logs(settings: Settings) -> None:
    """Set up logging for this process, to standard error."""
    level = getattr(logging, settings.log_level.upper())
    logging.basicConfig(level=level, format="%(levelname)s %(name)s %(message)s", stream=sys.stderr)
    # Client libraries print addresses and queries at these levels.
    for name in (
        "twilio",
        "twilio.async_http_client",
        "aiohttp.access",
        "arq",
        "arq.worker",
        "asyncio",
    ):
        logging.getLogger(name).setLevel(logging.WARNING)
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if settings.log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            drop_unknown,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
