"""Signing in by OpenID Connect: to the provider, and back with its word."""

from collections.abc import Mapping
from typing import Any, Final

import structlog
from aiohttp import web
from redis.exceptions import RedisError

from outreach.domain.vouching import Vouched, groups_of, login_of, name_of, roles_of
from outreach.runtime import Runtime
from outreach.settings.oidc import Oidc
from outreach.usecases.vouching import PENDING_SECONDS, NotAdmittedError, Vouching
from outreach.web.console.access import RETURN, Access, inside
from outreach.web.console.oidc_provider import Asked, ProofError, Provider, ProviderAwayError

log = structlog.get_logger(__name__)

BEGIN: Final = "/sign-in/provider"
_COOKIE: Final = "signing_in"


class OidcPages:
    """Handlers; there are none without a provider.

    Args:
        runtime: Open.
        access: Shows the form, and opens sessions.
    """

    def __init__(self, runtime: Runtime, access: Access) -> None:
        self._runtime = runtime
        self._access = access
        self._vouching = Vouching(runtime.db, runtime.redis)

    def routes(self) -> list[web.RouteDef]:
        """Return the routes, which need no session."""
        if self._runtime.settings.oidc is None:
            return []
        return [web.get(BEGIN, self.get_begin), web.get(RETURN, self.get_return)]

    async def get_begin(self, request: web.Request) -> web.StreamResponse:
        """Send somebody to the provider, bound to their browser."""
        provider, _ = self._provider()
        now = self._runtime.clock.wall_now()
        try:
            begun = await self._vouching.begin(inside(request.query.get("next")))
            address = await provider.ask(Asked(begun.state, begun.nonce, begun.challenge), now=now)
        except RedisError:
            return self._access.form(request, problem="sign_in.away", status=503)
        except ProviderAwayError as error:
            log.warning("sign_in_provider_away", error=str(error))
            return self._access.form(request, problem="sign_in.provider_away", status=503)
        response = web.Response(status=303, headers={"Location": address})
        response.set_cookie(
            _COOKIE,
            begun.binding,
            max_age=PENDING_SECONDS,
            httponly=True,
            secure=self._access.is_secure,
            samesite="Lax",
            path=BEGIN,
        )
        return response

    async def get_return(self, request: web.Request) -> web.StreamResponse:
        """Take the provider's word and let somebody in, or say why not."""
        response = await self._return(request)
        response.del_cookie(_COOKIE, path=BEGIN)
        return response

    async def _return(self, request: web.Request) -> web.StreamResponse:
        provider, options = self._provider()
        now, query = self._runtime.clock.wall_now(), request.query
        try:
            pending = await self._vouching.resume(
                query.get("state", ""), request.cookies.get(_COOKIE, "")
            )
            if pending is None:
                # In the log alone: anybody may come with a made-up state, as often as they like.
                log.warning("sign_in_refused", reason="state is unknown")
                return self._access.form(request, problem="sign_in.provider_again", status=400)
            # A provider that says who it is must be ours, not another that a browser was sent to.
            if query.get("iss", options.issuer) != options.issuer:
                return await self._refuse(request, "provider_refused", "another issuer", 401)
            if not (code := query.get("code", "")):
                said = query.get("error", "no code")
                return await self._refuse(request, "provider_refused", said[:100], 401)
            claims, token = await provider.redeem(code, pending.verifier, pending.nonce, now=now)
            operator = await self._vouching.account_of(self._vouched(claims, options), wall_now=now)
            return await self._access.admit(
                request, operator, following=pending.following, hint=token
            )
        except ProofError as error:
            return await self._refuse(request, "provider_refused", str(error), 401)
        except NotAdmittedError as error:
            return await self._refuse(request, error.reason, error.reason, 403, error.login)
        except ProviderAwayError as error:
            log.warning("sign_in_provider_away", error=str(error))
            return self._access.form(request, problem="sign_in.provider_away", status=503)
        except RedisError:
            return self._access.form(request, problem="sign_in.away", status=503)

    def _vouched(self, claims: Mapping[str, Any], options: Oidc) -> Vouched:
        login = login_of(claims, options.login_claim)
        groups = groups_of(claims, options.groups_claim)
        lenders = self._runtime.settings.lenders
        return Vouched(
            options.issuer,
            str(claims["sub"]),
            login,
            name_of(claims, login),
            roles_of(groups, options.groups, lenders),
        )

    async def _refuse(
        self, request: web.Request, problem: str, why: str, status: int, login: str = ""
    ) -> web.Response:
        log.warning("sign_in_refused", reason=why)
        await self._access.record_refusal(request, login)
        return self._access.form(request, problem=f"sign_in.{problem}", status=status)

    def _provider(self) -> tuple[Provider, Oidc]:
        provider, options = self._access.provider, self._runtime.settings.oidc
        if provider is None or options is None:
            raise web.HTTPNotFound
        return provider, options
