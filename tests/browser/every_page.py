"""Every page of the console, each with addresses to look at it by: found by following links."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import unescape
from html.parser import HTMLParser
from http import HTTPStatus
from typing import Final
from urllib.parse import urljoin, urlsplit

import aiohttp
from aiohttp import hdrs
from aiohttp.web_urldispatcher import DynamicResource

from outreach.runtime import Runtime
from outreach.web.console.page import Renderer
from outreach.web.console.routes import pages
from tests.browser.busy_hour import Hour

_LINK: Final = re.compile(r'(?:href|src)="([^"#]+)')
_ASKED: Final = re.compile(r'method="get" action="([^"#]+)')
_PROBLEMS: Final = re.compile(r'role="alert"[^>]*>(.*?)</div>', re.DOTALL)
_OTHER_EYES: Final = re.compile(r"[?&](?:as|lang)=")
_HTML: Final = "text/html"
_STREAM: Final = "text/event-stream"
_MOST_FETCHED: Final = 600
# Links to one pattern that are followed from one page, and further tabs of a list.
_MOST_LINKS: Final = 4
_MOST_TABS: Final = 8
_MOST_OTHERS: Final = 2
SIGN_IN: Final = "/sign-in"


@dataclass(frozen=True, slots=True)
class Filled:
    """A form that is filled in before anything is looked at, so that pages have something to show.

    Attributes:
        page: Pattern of the page that has it; the first that is found.
        action: A part of the form's address.
        fields: What is typed; everything else is sent as it stands there.
    """

    page: str
    action: str
    fields: Mapping[str, str]


_USUAL: Final = "looked at"
"""What is typed where something has to be."""
_ALSO: Final = "+"
"""Begins what is typed behind what stands in a field."""
_DRAFT: Final = "/templates/{key}/drafts/{number}"
FORMS: Final[tuple[Filled, ...]] = (
    Filled("/samples/new", "/samples", {"name": "November", "size": "5"}),
    Filled("/findings/new", "/findings", {"what": "The words name no way to ask.", "owner": "Li"}),
    Filled("/exports/new", "/exports", {"reason": "for the auditor"}),
    Filled("/templates/{key}", "/drafts", {}),
    Filled(_DRAFT, "/drafts/1", {"do": "submit", "source": "+ Thank you.", "note": "kinder"}),
    Filled(_DRAFT, "/steps", {"do": "approve"}),
    Filled(_DRAFT, "/steps", {"do": "publish"}),
    Filled("/templates/{key}", "/drafts", {}),
    Filled("/templates/final_notice", "/drafts", {"locale": "en-US", "channel": "letter"}),
    Filled("/templates/final_notice/drafts/3", "/drafts/3", {
        "do": "submit", "source": "+ Thank you.", "note": "kinder",
    }),
    Filled("/people/{person}/preference", "/preference", {}),
    Filled("/team", "/team/keys", {"name": "dialer", "scope": "contacts:read"}),
    Filled("/team", "/team/invite", {"name": "Li Wei", "login": "li.wei", "grant": "harbor:admin"}),
    Filled("/approvals", "/approvals/hand-offs", {"answer": "approve"}),
    Filled("/stops", "/stops", {
        "what": "harbor channel email", "reason": "provider incident", "confirmation": "stop",
    }),
)  # fmt: skip


class _Forms(HTMLParser):
    """Reads a page's forms: what each would send as it stands."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[str, dict[str, str]]] = []
        self._select = ""
        self._textarea = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        name = told.get("name", "")
        if tag == "form":
            self.forms.append((told.get("action", ""), {}))
        elif self.forms and tag == "input" and name:
            if told.get("type") not in {"checkbox", "radio"} or "checked" in told:
                value = told.get("value", "")
                usual = _USUAL if "required" in told and not value else value
                self.forms[-1][1].setdefault(name, usual)
        elif tag == "select":
            self._select = name
        elif self.forms and tag == "option" and self._select:
            known = self.forms[-1][1]
            if "selected" in told or not known.get(self._select):
                known[self._select] = told.get("value", "")
        elif tag == "textarea":
            self._textarea = name

    def handle_data(self, data: str) -> None:
        if self.forms and self._textarea:
            known = self.forms[-1][1]
            known[self._textarea] = known.get(self._textarea, "") + data

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._textarea = ""


async def prepare(http: aiohttp.ClientSession, hour: Hour) -> list[str]:
    """Fill in the forms; returns those that were refused, or that no page has."""
    refused = []
    for one in FORMS:
        if one.page.count("{"):
            found = Found(hour.runtime)
            await found.look(http, hour.base_url, each=1, until=one.page)
            address = next(iter(found.addresses.get(one.page, ())), None)
        else:
            address = one.page
        if address is None:
            refused.append(f"{one.page}: no link leads there")
            continue
        async with http.get(hour.base_url + address) as answer:
            reader = _Forms()
            reader.feed(await answer.text())
        # The form of just this address first: a stop that lifts another's is at /stops/lift.
        forms = [each for each in reader.forms if one.action == each[0]]
        forms += [each for each in reader.forms if one.action in each[0]]
        if not forms:
            refused.append(
                f"{address}: has no form {one.action}, but {[a for a, _ in reader.forms]}"
            )
            continue
        action, said = forms[0]
        for name, typed in one.fields.items():
            also = typed.startswith(_ALSO)
            said[name] = said.get(name, "").rstrip() + typed[1:] + "\n" if also else typed
        async with http.post(
            hour.base_url + (action or address), data=said, allow_redirects=False
        ) as answer:
            if answer.status != HTTPStatus.SEE_OTHER:
                text = " ".join(_PROBLEMS.findall(await answer.text()))
                refused.append(f"{address} {action}: {answer.status} {text[:300]}")
    await hour.work()
    return refused


class Found:
    """Pages by their pattern.

    Attributes:
        addresses: Pattern → addresses that show it as a page, found first.
        files: Patterns that answered with something else: a download, a stream.
        missing: Patterns that no link leads to.
        broken: Addresses of our own that answered with an error.
    """

    def __init__(self, runtime: Runtime) -> None:
        renderer = Renderer(runtime.settings.templates_dir / "console")
        read = [one.path for one in pages(runtime, renderer) if one.method == hdrs.METH_GET]
        self._matchers = {path: DynamicResource(path) for path in read if "{" in path}
        self._plain = [path for path in read if "{" not in path]
        self.addresses: dict[str, list[str]] = {}
        self.files: set[str] = set()
        self._asked: set[str] = set()
        self._tabs: Counter[str] = Counter()
        self.broken: list[str] = []

    def drop(self, patterns: Iterable[str]) -> None:
        """Leave some patterns alone."""
        self._plain = [one for one in self._plain if one not in patterns]

    @property
    def missing(self) -> list[str]:
        """Return the patterns that nothing was found for."""
        known = self.addresses.keys() | self.files
        return [path for path in [*self._plain, *self._matchers] if path not in known]

    async def look(
        self, http: aiohttp.ClientSession, base: str, *, each: int, until: str = ""
    ) -> None:
        """Follow links from the pages that need no name, until every pattern has `each` of them.

        Args:
            http: A visitor.
            base: Of the pages.
            each: Addresses of a pattern that are enough.
            until: A pattern that it is enough to have found.
        """
        waiting = [*self._plain]
        seen = {*waiting}
        while waiting and len(seen) < _MOST_FETCHED and until not in self.addresses:
            address = waiting.pop(0)
            pattern = self._pattern_of(urlsplit(address).path)
            if pattern is None or not self._is_wanted(pattern, address, each):
                continue
            for found in await self._fetch(http, base, address, pattern, each):
                if found not in seen:
                    seen.add(found)
                    waiting.append(found)

    def _is_wanted(self, pattern: str, address: str, each: int) -> bool:
        """Whether an address may show something new: a pattern's first, or a tab of a list."""
        known = self.addresses.get(pattern, ())
        if pattern in self._matchers:
            path = urlsplit(address).path
            if any(urlsplit(one).path == path for one in known):
                return False
        if len(known) < each:
            return True
        self._tabs[pattern] += 1
        is_tab = pattern in self._plain and "?" in address
        return self._tabs[pattern] <= (_MOST_TABS if is_tab else _MOST_OTHERS)

    async def _fetch(
        self, http: aiohttp.ClientSession, base: str, address: str, pattern: str, each: int
    ) -> Iterable[str]:
        """Read one page; return what it leads to, with no more than two of a pattern."""
        timeout = aiohttp.ClientTimeout(total=30, sock_read=10)
        async with http.get(base + address, timeout=timeout) as answer:
            if answer.status >= 400:
                if address not in self._asked:
                    self.broken.append(f"{address}: {answer.status}")
                return ()
            if answer.content_type != _HTML:
                self.files.add(pattern)
                if answer.content_type != _STREAM:
                    await answer.read()
                return ()
            text = await answer.text()
            own = answer.url.path_qs
        reached = self._pattern_of(urlsplit(own).path) or pattern
        listed = self.addresses.setdefault(reached, [])
        if own not in listed and len(listed) < (each if reached in self._matchers else 1):
            listed.append(own)
        if reached != pattern:  # it only leads on
            self.addresses.setdefault(pattern, [address])
        asked = [urljoin(own, unescape(one)) for one in _ASKED.findall(text)]
        self._asked.update(asked)  # they may want more than an address
        links = [*(urljoin(own, unescape(one)) for one in _LINK.findall(text)), *asked]
        chosen: dict[str, list[str]] = {}
        for link in links:
            if not link.startswith("/") or _OTHER_EYES.search(link):
                continue
            leads = self._pattern_of(urlsplit(link).path)
            if leads in self._matchers or (leads is not None and "?" in link):
                chosen.setdefault(leads, []).append(link)
        return [one for own in chosen.values() for one in dict.fromkeys(own[:_MOST_LINKS])]

    def _pattern_of(self, path: str) -> str | None:
        if path in self._plain:
            return path
        for pattern, matcher in self._matchers.items():
            if matcher._match(path) is not None:
                return pattern
        return None
