"""What stands before every self-service page: limits, sessions, headers that keep it private."""

from collections import OrderedDict
from datetime import datetime
from typing import Final

from aiohttp import web

from outreach.store.vault import Vault
from outreach.usecases.selfservice_sessions import Session, form_token, is_form_token, unseal
from outreach.web.throttle import Bucket, address_of

POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'"
)
HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "private, no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Vary": "Accept-Language, Cookie",
}
COOKIE: Final = "self_service"
# Carriers put many phones behind one address.
_PHONES_OF_AN_ADDRESS: Final = 5
_MOST_BUCKETS: Final = 20_000


class Limits:
    """Requests a second by link and by visitor's address, in each web process.

    Args:
        header: Header that names the visitor's address; "" takes the connection's.
        per_link: Requests a second of one link.
    """

    def __init__(self, header: str, per_link: float) -> None:
        self._header = header
        self._per_link = per_link
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def wait(self, request: web.Request, at: float) -> float:
        """Return 0.0 and count a request, or for how many seconds it has to wait."""
        link = request.match_info.get("token", "")[:64]
        waits = (
            self._bucket(
                f"a:{address_of(request, self._header)}", self._per_link * _PHONES_OF_AN_ADDRESS
            ).take(at),
            self._bucket(f"l:{link}", self._per_link).take(at),
        )
        return max(waits)

    def _bucket(self, key: str, rate: float) -> Bucket:
        found = self._buckets.get(key)
        if found is None:
            found = self._buckets[key] = Bucket(rate)
            if len(self._buckets) > _MOST_BUCKETS:
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(key)
        return found


class Sessions:
    """Reads and writes the session's cookie.

    Args:
        vault: Derives the key.
    """

    def __init__(self, vault: Vault) -> None:
        self.key = vault.signing_key("self-service session")

    def find(self, request: web.Request, wall_now: datetime) -> Session | None:
        """Return the session of a request, passed or not."""
        return unseal(self.key, request.cookies.get(COOKIE, ""), wall_now)

    def token(self, cookie: str) -> str:
        """Return what the forms of a session carry."""
        return form_token(self.key, cookie)

    def is_own_form(self, request: web.Request, given: str) -> bool:
        """Say whether a form was made for the request's session, and by a page of ours."""
        site = request.headers.get("Sec-Fetch-Site", "same-origin")
        cookie = request.cookies.get(COOKIE, "")
        fits = is_form_token(self.key, cookie, given)
        return fits and bool(cookie) and site in {"same-origin", "none"}
