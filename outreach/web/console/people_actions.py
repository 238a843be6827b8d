"""What can be done about a borrower, each by its own form; it takes effect as a signal would."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from hashlib import sha256
from typing import Final
from urllib.parse import urlencode

from aiohttp import hdrs, web

from outreach.domain.hand_offs import HandOffError
from outreach.domain.signals import SignalError
from outreach.domain.vocabulary import HoldKind
from outreach.rendering.verdicts import say_hold
from outreach.runtime import Runtime
from outreach.store.vault import ErasedError
from outreach.usecases.handing_off import NotFoundError, RefusedError
from outreach.usecases.noting import LONGEST
from outreach.usecases.person_file import PersonFile
from outreach.usecases.protecting import NobodyError
from outreach.usecases.telling_by_hand import NotToldError
from outreach.web.console.access import SESSION, Page
from outreach.web.console.forms import Form, read_form
from outreach.web.console.page import Renderer, language_for
from outreach.web.console.people_page import ACTIONS, PATH
from outreach.web.console.person_deeds import PersonDeeds, Said, WrongError
from outreach.web.console.person_desk import (
    MAY_HOLD,
    MAY_WORK,
    find_file,
    refused_words,
    zone_of,
)
from outreach.web.console.person_forms import ONCE, PersonForms
from outreach.web.console.private_search import LASTS_SECONDS
from outreach.web.console.words import Language, say

_OTHERS: Final = {"lift": MAY_HOLD, "forget": MAY_WORK}
"""What is done about one hold or wish, from its own line."""
_WRONG_FIELD: Final = {
    "loan": "loan", "day": "day", "amount": "amount", "at": "at", "said": "said",
    "endpoint": "number", "borrower": "said", "folded": "loan",
}  # fmt: skip


class PeopleActions:
    """Handlers of the forms.

    Args:
        runtime: Open.
        renderer: Makes the pages.
    """

    def __init__(self, runtime: Runtime, renderer: Renderer) -> None:
        self._runtime = runtime
        self._renderer = renderer
        self._deeds = PersonDeeds(runtime)

    def pages(self) -> list[Page]:
        """Return a form and its answer for each action, and who may."""
        found = []
        for name, roles in {**ACTIONS, **_OTHERS}.items():
            path = f"{PATH}/{{person}}/{name}"
            found.append(Page(hdrs.METH_GET, path, self._asking(name), roles))
            found.append(Page(hdrs.METH_POST, path, self._doing(name), roles))
        return found

    def _asking(self, name: str) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def get(request: web.Request) -> web.StreamResponse:
            return await self._ask(request, name)

        return get

    def _doing(self, name: str) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def post(request: web.Request) -> web.StreamResponse:
            return await self._do(request, name)

        return post

    async def _ask(self, request: web.Request, name: str) -> web.StreamResponse:
        """Show the form."""
        person = await self._person(request, name)
        if person is None:
            return self._missing(request)
        form = self._form(request, person, name, request.query.get("case", ""))
        return self._missing(request) if form is None else self._page(request, person, name, form)

    async def _do(self, request: web.Request, name: str) -> web.StreamResponse:
        """Do it, or show the form again with what is to be mended; what was typed is kept."""
        person = await self._person(request, name)
        if person is None:
            return self._missing(request)
        posted = await request.post()
        form = self._form(request, person, name, str(posted.get("case", "")))
        if form is None:
            return self._missing(request)
        language = language_for(request)
        said = read_form(posted, [one.name for one in form.fields], longest=LONGEST)
        wrong = {
            one.name: say(language, "forms.missing")
            for one in form.fields
            if one.required and not said[one.name]
        }
        if not wrong and await self._is_first(request, said):
            wrong = await self._try(language, name, person, said, self._by(request))
        if wrong:
            await self._forget_once(request, said)
            filled = form.filled(said, wrong)
            return self._page(request, person, name, filled, status=422)
        self._runtime.wake("dispatch")
        query = urlencode({"done": f"people.done.{name}"})
        where = f"{PATH}/{person.person_id}?{query}"
        return web.Response(status=303, headers={"Location": where})

    async def _is_first(self, request: web.Request, said: Said) -> bool:
        """Whether a form wasn't posted before: a second click changes nothing.

        Without Redis nobody is signed in, so nothing is lost by asking it.
        """
        if not said.get(ONCE):
            return True
        place = _once(request, said)
        return bool(await self._runtime.redis.set(place, 1, nx=True, ex=LASTS_SECONDS))

    async def _forget_once(self, request: web.Request, said: Said) -> None:
        """Let a form be posted again that something is to be mended in."""
        if said.get(ONCE):
            await self._runtime.redis.delete(_once(request, said))

    async def _try(
        self, language: Language, name: str, person: PersonFile, said: Said, by: str
    ) -> dict[str, str]:
        """Carry an action out; returns what is wrong by field, nothing where it was done."""
        try:
            await self._deeds.do(name, person, said, by)
        except WrongError as wrong:
            return {wrong.field: say(language, wrong.key, **wrong.values)}
        except NotToldError as wrong:
            return {_WRONG_FIELD[wrong.code]: say(language, f"people.wrong.{wrong.code}")}
        except RefusedError as refused:
            zone = zone_of(self._runtime, person)
            words = refused_words(self._runtime, language, refused.reasons, zone)
            return {"kind": say(language, "people.hand-off.refused", rules=words)}
        except HandOffError as wrong:
            return {"kind": say(language, f"people.hand-off.{wrong.code}")}
        except (NobodyError, NotFoundError):
            return {_first(name): say(language, "people.wrong.borrower")}
        except SignalError as wrong:
            words = say(language, "people.wrong.signal", detail=wrong.detail)
            return {_first(name): words}
        except ErasedError:
            return {_first(name): say(language, "unreadable")}
        return {}

    @property
    def _now(self) -> datetime:
        return self._runtime.clock.business_now()

    def _by(self, request: web.Request) -> str:
        return request[SESSION].operator.signature

    async def _person(self, request: web.Request, name: str) -> PersonFile | None:
        return await find_file(self._runtime, request, {**ACTIONS, **_OTHERS}[name])

    def _form(self, request: web.Request, person: PersonFile, name: str, case: str) -> Form | None:
        language = language_for(request)
        lender = self._runtime.settings.lenders[person.tenant]
        holds = {one: say_hold(one, language) for one in HoldKind}
        return PersonForms(language, person, lender, holds, self._now).form(name, case=case)

    def _missing(self, request: web.Request) -> web.Response:
        return self._renderer.page(request, "missing.html", status=404, visitor=request[SESSION])

    def _page(
        self,
        request: web.Request,
        person: PersonFile,
        name: str,
        form: Form,
        *,
        status: int = 200,
    ) -> web.Response:
        language = language_for(request)
        return self._renderer.page(
            request,
            "person_form.html",
            status=status,
            visitor=request[SESSION],
            title=say(language, f"people.{name}"),
            lead=say(language, f"people.{name}.lead"),
            whose=person.borrower or say(language, "people.unnamed", number=person.person_id),
            base=f"{PATH}/{person.person_id}",
            form=form,
        )


def _once(request: web.Request, said: Said) -> str:
    whose = f"{request[SESSION].operator.login}:{request.path}:{said[ONCE]}"
    return f"outreach:once:{sha256(whose.encode()).hexdigest()}"


def _first(name: str) -> str:
    """Return the field that what is wrong with the whole is said at."""
    return {"note": "text", "call": "result", "promise": "loan", "stop": "channel",
            "erase": "because", "lift": "why", "forget": "why"}.get(name, "kind")  # fmt: skip
