"""Web Push goes to known push services, and never into our own network."""

import socket

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from outreach.channels.web_push_hosts import KNOWN, PublicResolver, target_of
from tests.fakes.web_push import HOST


@pytest.mark.parametrize(
    ("endpoint", "origin", "path"),
    [
        ("https://fcm.googleapis.com/fcm/send/x:y", "https://fcm.googleapis.com", "/fcm/send/x:y"),
        ("https://FCM.GoogleApis.com:443/z?a=b", "https://fcm.googleapis.com", "/z?a=b"),
        ("https://wns2-par02p.notify.windows.com/w/?token=Bw%3d", "https://wns2-par02p.notify.windows.com", "/w/?token=Bw%3d"),
        ("https://web.push.apple.com", "https://web.push.apple.com", "/"),
    ],
)  # fmt: skip
def test_a_known_push_service_is_posted_to_as_it_was_told(
    endpoint: str, origin: str, path: str
) -> None:
    assert target_of(endpoint, KNOWN) == (origin, path)


def test_a_lender_may_name_a_push_service_of_its_own() -> None:
    assert target_of("https://push.harbor.example/x", ("push.harbor.example",)) is not None
    assert target_of(f"https://{HOST}/x", ("push.harbor.example",)) is None


class Names(AbstractResolver):
    """Resolves every name to given addresses."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = addresses
        self.closed = False

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            {"hostname": host, "host": one, "port": port, "family": family, "proto": 0, "flags": 0}
            for one in self.addresses
        ]

    async def close(self) -> None:
        self.closed = True


@pytest.mark.parametrize(
    "address",
    ["10.0.0.1", "127.0.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.8", "::1", "fd00::1", "fe80::1", "::ffff:10.0.0.1"],
)  # fmt: skip
async def test_a_name_that_leads_into_our_own_network_is_no_address(address: str) -> None:
    resolver = PublicResolver(Names("8.8.8.8", address))

    with pytest.raises(OSError, match="public"):
        await resolver.resolve(HOST)


async def test_a_public_name_is_resolved() -> None:
    names = Names("8.8.8.8", "2001:4860:4860::8888")
    resolver = PublicResolver(names)

    assert [one["host"] for one in await resolver.resolve(HOST, 443)] == list(names.addresses)
    await resolver.close()
    assert names.closed
