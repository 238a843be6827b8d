"""Which lender an address of ours belongs to, from the settings."""

from collections.abc import Mapping, Sequence
from typing import Protocol


class SenderLike(Protocol):
    """The part of a configured sender that is asked for."""

    @property
    def provider(self) -> str:
        """Slug of the provider."""

    @property
    def address(self) -> str:
        """From number, service id or app id."""


class LenderLike(Protocol):
    """The part of a configured lender that is asked for."""

    @property
    def senders(self) -> Mapping[str, SenderLike]:
        """Senders by slug."""


class LenderSettings(Protocol):
    """The part of the settings that is asked for."""

    @property
    def lenders(self) -> Mapping[str, LenderLike]:
        """Lenders by slug."""


EVERYBODY = "*"
"""Stands for the installation where a row can't be said to be one lender's."""


class SenderBook:
    """Looks senders up by address."""

    def __init__(self, settings: LenderSettings) -> None:
        """Read the configured senders."""
        self._by_address: dict[tuple[str, str], set[str]] = {}
        self._by_provider: dict[str, set[str]] = {}
        for tenant, lender in settings.lenders.items():
            for sender in lender.senders.values():
                self._by_address.setdefault((sender.provider, sender.address), set()).add(tenant)
                self._by_provider.setdefault(sender.provider, set()).add(tenant)

    def lenders_at(self, provider: str, addresses: Sequence[str] = ()) -> tuple[str, ...]:
        """Return the lenders that an account's addresses belong to.

        An address that nobody configured (a number of a service's pool) may be any lender's that
        uses the account, so that an opt-out sent to it is never lost.
        """
        found: set[str] = set()
        for address in addresses:
            found |= self._by_address.get((provider, address), set())
        return tuple(sorted(found or self._by_provider.get(provider, set())))

    def tenant_of(self, provider: str, addresses: Sequence[str] = ()) -> str:
        """Return the one lender, or `EVERYBODY` if there are several or none."""
        lenders = self.lenders_at(provider, addresses)
        return lenders[0] if len(lenders) == 1 else EVERYBODY
