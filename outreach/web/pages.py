"""Pages behind the addresses that providers put into messages. Opening one changes nothing."""

from collections.abc import Mapping
from typing import Protocol

from aiohttp import web

from outreach.channels.provider import Paged, Provider


class Front(Protocol):
    """What pages take from the runtime."""

    @property
    def providers(self) -> Mapping[str, Provider]:
        """Whose pages there are."""


def routes(runtime: Front) -> list[web.RouteDef]:
    """Return one route for each address that a configured provider shows something at."""
    owners: dict[str, list[tuple[Paged, str]]] = {}
    for provider in runtime.providers.values():
        if isinstance(provider, Paged):
            for path, kind in provider.pages.items():
                owners.setdefault(path, []).append((provider, kind))
    return [web.get(path, _PageRoute(each).handle) for path, each in sorted(owners.items())]


class _PageRoute:
    """One address, with the accounts that may have put it into a message."""

    def __init__(self, accounts: list[tuple[Paged, str]]) -> None:
        self._accounts = accounts

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Show the page of the account that knows the address, or else that nobody does."""
        path = request.raw_path.partition("?")[0]
        shown = [provider.page(kind, path) for provider, kind in self._accounts]
        page = next((one for one in shown if one.status == web.HTTPOk.status_code), shown[0])
        headers = {"Content-Type": f"{page.content_type}; charset=utf-8"}
        return web.Response(status=page.status, body=page.body, headers=headers)
