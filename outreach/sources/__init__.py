"""Signal sources: one file an adapter, one line here; none knows another.

Shared by adapters: `source` (the contract), `payload`, `signature`, `schema`, `canonical`,
`fineract` and `fineract_statements`.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final, Protocol

import aiohttp

from outreach.sources.cloudevents import CloudEventsSource
from outreach.sources.fineract_api import FineractApi, ReadBackOptions
from outreach.sources.fineract_events import FineractEventsSource
from outreach.sources.fineract_hook import FineractHookSource
from outreach.sources.source import ReadsBack, Source, SourceOptions
from outreach.sources.standard import StandardSource

ADAPTERS: Final[Mapping[str, Callable[[SourceOptions, ReadsBack | None], Source]]] = {
    "standard": StandardSource,
    "cloudevents": CloudEventsSource,
    "fineract_hook": FineractHookSource,
    "fineract_events": FineractEventsSource,
}
"""Adapters by the name that the settings use."""

_NEVER_SILENT: Final = timedelta(days=36_500)


class HasLenders(Protocol):
    """The part of the settings that sources are built from."""

    @property
    def lenders(self) -> Mapping[str, Any]:
        """Return the lenders by slug, each with its `sources` by slug."""
        ...


def build_sources(settings: HasLenders, http: aiohttp.ClientSession) -> dict[str, Source]:
    """Return every configured source by its slug.

    Raises:
        ValueError: A slug is used twice, an adapter isn't known, or a secret can't be read.
    """
    built: dict[str, Source] = {}
    for tenant, lender in settings.lenders.items():
        for slug, configured in lender.sources.items():
            if slug in built:
                raise ValueError(f"two lenders have a source called {slug}")
            if configured.adapter not in ADAPTERS:
                raise ValueError(f"source {slug}: no adapter is called {configured.adapter}")
            options = SourceOptions(
                tenant=tenant,
                slug=slug,
                secrets=tuple(secret.get_secret_value() for secret in configured.secrets),
                path_secret=configured.path_secret.get_secret_value()
                if configured.path_secret
                else None,
                timezone=configured.timezone or lender.timezone,
                country=lender.country,
                rate_per_second=configured.rate_per_second,
                order=configured.order,
                silent_after=configured.silent_after,
            )
            built[slug] = ADAPTERS[configured.adapter](options, _reader(configured, options, http))
        if lender.self_service is not None:
            built[self_service_slug(tenant)] = _own(tenant, lender)
    return built


def self_service_slug(tenant: str) -> str:
    """Return the name of what a lender's borrowers tell on their pages; no setting can take it."""
    return f"self-service:{tenant}"


def _own(tenant: str, lender: Any) -> Source:
    """Return the service's own source for a lender: it has no secret, so nobody can post to it."""
    options = SourceOptions(
        tenant=tenant,
        slug=self_service_slug(tenant),
        timezone=lender.timezone,
        country=lender.country,
        silent_after=_NEVER_SILENT,
    )
    return StandardSource(options)


def _reader(
    configured: Any, options: SourceOptions, http: aiohttp.ClientSession
) -> ReadsBack | None:
    asked = configured.read_back
    if asked is None:
        return None
    return FineractApi(
        http,
        ReadBackOptions(
            base_url=asked.base_url,
            username=asked.username,
            password=asked.password.get_secret_value(),
            tenant=asked.tenant,
            timezone=options.timezone,
        ),
    )
