"""Where Web Push may go: known push services, over TLS, and never into our own network.

The address comes from a browser, by way of an app, so anybody may have written it.
"""

import ipaddress
import socket
from collections.abc import Collection
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

KNOWN: Final = (
    "fcm.googleapis.com",
    "updates.push.services.mozilla.com",
    "*.push.services.mozilla.com",
    "*.push.apple.com",
    "*.notify.windows.com",
)
"""Push services of the browsers there are; `*.` stands for one or more labels before the rest."""
_LONGEST: Final = 2000


class Target(NamedTuple):
    """An endpoint that may be posted to."""

    origin: str
    """Scheme and host."""
    path: str
    """Path and query, as they were told."""


def target_of(endpoint: str, allowed: Collection[str]) -> Target | None:
    """Return where an endpoint leads; None if nothing may be posted there.

    Only `https` on its usual port, no credentials, and a host by name that is on the list: an
    address in numbers never is.
    """
    if len(endpoint) > _LONGEST or not endpoint.isascii() or not endpoint.isprintable():
        return None
    try:
        parts = urlsplit(endpoint)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return None
    if parts.scheme != "https" or port not in {None, 443} or " " in endpoint or "\\" in endpoint:
        return None
    if "@" in parts.netloc or parts.fragment or not _is_allowed(host, allowed):
        return None
    query = f"?{parts.query}" if parts.query else ""
    return Target(f"https://{host}", (parts.path or "/") + query)


def _is_allowed(host: str, allowed: Collection[str]) -> bool:
    return any(
        host == name
        or (name.startswith("*.") and host.endswith(name[1:]) and len(host) > len(name))
        for name in allowed
    )


class PublicResolver(AbstractResolver):
    """Resolves names, and finds nothing where a name leads into a network that isn't public.

    Args:
        resolver: Asked; the system's by default.
    """

    def __init__(self, resolver: AbstractResolver | None = None) -> None:
        self._resolver = resolver or ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return a name's addresses.

        Raises:
            OSError: It has none, or one of them isn't public.
        """
        found = await self._resolver.resolve(host, port, family)
        if not all(ipaddress.ip_address(one["host"]).is_global for one in found):
            raise OSError("the name leads into a network that isn't public")
        return found

    async def close(self) -> None:
        """Close what is asked."""
        await self._resolver.close()
