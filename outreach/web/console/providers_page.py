"""Which carrier is slow, refusing, costly: the accounts that the visitor's lenders send by."""

from datetime import datetime
from typing import Any, Final

import asyncpg
from aiohttp import hdrs, web

from outreach.domain.contacts import attempt_id
from outreach.domain.operators import EVERYBODY
from outreach.domain.records import dataclass
from outreach.runtime import Runtime
from outreach.store.today_log import SpentRow
from outreach.usecases.provider_health import (
    Account,
    Lender,
    Sends,
    list_latest,
    read_accounts,
)
from outreach.web.console.access import SESSION, Page
from outreach.web.console.page import Renderer, language_for
from outreach.web.console.showing import Moment, Shower, Tag, show_moment
from outreach.web.console.today_showing import (
    contacts_address,
    local_day,
    show_clock,
    show_spent,
)
from outreach.web.console.words import Language, say, say_or

PATH: Final = "/providers"
_ILL_SHARE: Final = 0.1
_LEAST: Final = 10


@dataclass(frozen=True, slots=True)
class AccountShown:
    """An account as the pages show it; counts are texts."""

    name: str
    adapter: str
    tag: Tag
    why: str
    senders: tuple[str, ...]
    sent: str
    delivered: str
    failed: str
    without_receipt: str
    spent: str
    errors: tuple[tuple[str, str], ...]
    channels: tuple[tuple[str, Tag, str], ...]


@dataclass(frozen=True, slots=True)
class LastShown:
    """One of the newest contacts."""

    when: Moment
    address: str
    channel: str
    tag: Tag
    why: str


class ProvidersPages:
    """Handlers of the pages.

    Args:
        runtime: Open; settings name accounts and senders.
        renderer: Makes the pages.
    """

    def __init__(self, runtime: Runtime, renderer: Renderer) -> None:
        self._runtime = runtime
        self._renderer = renderer

    def pages(self) -> list[Page]:
        """Return the pages, and who may open them."""
        return [
            Page(hdrs.METH_GET, PATH, self.get_list, EVERYBODY),
            Page(hdrs.METH_GET, PATH + "/{account}", self.get, EVERYBODY),
        ]

    async def get_list(self, request: web.Request) -> web.StreamResponse:
        """Show every account that the visitor's lenders send by."""
        language = language_for(request)
        lenders, senders = self._own(request)
        found = await read_accounts(self._runtime, lenders, senders)
        return self._page(
            request,
            "providers.html",
            accounts=[self._shown(language, one, lenders) for one in found],
        )

    async def get(self, request: web.Request) -> web.StreamResponse:
        """Show one account: what fails, what it costs, and its newest contacts."""
        language, name = language_for(request), request.match_info["account"]
        lenders, senders = self._own(request)
        own = [one for one in senders if one[0] == name]
        if not own:
            return self._page(request, "missing.html", status=404)
        using = {one.tenant for _, one in own}
        lenders = [one for one in lenders if one.tenant in using]
        [account] = await read_accounts(self._runtime, lenders, own)
        now = self._runtime.clock.business_now()
        try:
            last = await list_latest(self._runtime, lenders, name)
        except asyncpg.QueryCanceledError:
            last = None
        return self._page(
            request,
            "provider.html",
            one=self._shown(language, account, lenders),
            failures=[
                (
                    one.tenant,
                    contacts_address(one.tenant, local_day(now, one.zone), status="failed"),
                )
                for one in lenders
            ],
            last=None if last is None else [self._last(language, *each) for each in last],
        )

    def _own(self, request: web.Request) -> tuple[list[Lender], list[tuple[str, Sends]]]:
        """Return the visitor's lenders, and (account, sender) of each."""
        known = self._runtime.settings.lenders
        own = [slug for slug in request[SESSION].operator.lenders(EVERYBODY) if slug in known]
        lenders = [
            Lender(slug, known[slug].timezone, known[slug].mode, known[slug].currency)
            for slug in own
        ]
        senders = [
            (one.provider, Sends(slug, name, one.channel, one.address))
            for slug in own
            for name, one in known[slug].senders.items()
        ]
        return lenders, senders

    def _shown(self, language: Language, one: Account, lenders: list[Lender]) -> AccountShown:
        settings = self._runtime.settings
        tag, why = self._state(language, one, lenders[0].zone)
        words = Shower(language, lenders[0].zone, ())
        spent = [SpentRow(currency, micros) for currency, micros in sorted(one.micros.items())]
        account = settings.providers.get(one.name)
        return AccountShown(
            one.name,
            account.adapter if account else "?",
            tag,
            why,
            tuple(
                f"{settings.lenders[each.tenant].name}: {each.sender}"
                f" ({say_or(language, f'channel.{each.channel}', each.channel)})"
                for each in one.senders
            ),
            f"{one.sent:,}",
            _of(one.delivered, one.sent),
            _of(one.failed, one.sent),
            f"{one.without_receipt:,}",
            show_spent(language, spent, ""),
            tuple((words.error(error), f"{count:,}") for error, count in one.errors),
            tuple(
                (
                    say_or(language, f"channel.{channel}", channel),
                    words.state_tag(state),
                    f"{count:,}",
                )
                for (channel, state), count in sorted(one.by_channel.items())
            ),
        )

    def _state(self, language: Language, one: Account, zone: str) -> tuple[Tag, str]:
        """Return whether an account can be used, and why not."""
        clock = self._runtime.clock
        if one.circuit is not None:
            since = show_clock(language, one.circuit.opened_at, clock.wall_now(), zone)
            why = say(language, "providers.since", time=since, why=one.circuit.reason)
            return Tag("stop", "✕", say(language, "providers.silent")), why
        if one.pauses:
            first = one.pauses[0]
            since = show_clock(language, first.placed_at, clock.business_now(), zone)
            why = say(language, "providers.since", time=since, why=first.reason)
            return Tag("off", "‖", say(language, "providers.stopped")), why
        if one.share is not None:
            since = show_clock(language, one.share.changed_at, clock.wall_now(), zone)
            why = say(language, "providers.since", time=since, why=one.share.reason)
            share = f"{one.share.share:.0%}"
            return Tag("wait", "◔", say(language, "providers.share", share=share)), why
        if one.failed >= _LEAST and one.failed > _ILL_SHARE * one.sent:
            return Tag("wait", "△", say(language, "providers.failing")), ""
        if not one.sent:
            return Tag("off", "–", say(language, "providers.quiet")), ""
        return Tag("ok", "✓", say(language, "providers.well")), ""

    def _last(self, language: Language, lender: Lender, row: Any) -> LastShown:
        words = Shower(language, lender.zone, ())
        return LastShown(
            show_moment(language, row.at, lender.zone),
            f"/contacts/{attempt_id(row.person_id, row.contact_id)}",
            say_or(language, f"channel.{row.channel}", row.channel),
            words.state_tag(row.status),
            words.error(row.error_class) if row.error_class else "",
        )

    def _page(
        self, request: web.Request, template: str, *, status: int = 200, **values: Any
    ) -> web.Response:
        now, zone = self._runtime.clock.business_now(), "UTC"
        lenders = self._runtime.settings.lenders
        if lenders:
            zone = next(iter(lenders.values())).timezone
        return self._renderer.page(
            request,
            template,
            status=status,
            visitor=request[SESSION],
            as_of=show_moment(language_for(request), now, zone),
            **values,
        )


def _failures(lender: Lender, now: datetime) -> str:
    """Return the address of what failed today."""
    return contacts_address(lender.tenant, local_day(now, lender.zone), status="failed")


def _of(part: int, whole: int) -> str:
    """Return a count with its share of the whole."""
    return f"{part:,} ({part / whole:.0%})" if whole else f"{part:,}"
