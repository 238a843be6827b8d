"""How self-service pages are written: templates, headers, language; and what a page is about."""

from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from outreach.domain.records import dataclass
from outreach.settings.lenders import Lender
from outreach.settings.selfservice import SelfService
from outreach.usecases.selfservice_access import Visit
from outreach.usecases.selfservice_sessions import Session
from outreach.web.selfservice.guarding import HEADERS
from outreach.web.selfservice.showing import Shower
from outreach.web.selfservice.words import LANGUAGES, Language, language_of

ROOT: Final = "/s"
YEAR: Final = 31_536_000
_STYLE: Final = "selfservice.css"
_LANGUAGE: Final = "self_service_language"


@dataclass(frozen=True, slots=True)
class Opened:
    """A request whose link opens: the lender, the page's settings, and the session if it passed."""

    request: web.Request
    visit: Visit
    lender: Lender
    page: SelfService
    language: Language
    session: Session | None

    @property
    def home(self) -> str:
        """Address of the loan's page."""
        return f"{ROOT}/{self.request.match_info['token']}"


class Printer:
    """Writes pages from templates.

    Args:
        folder: Of the templates, with the style sheet below it.
    """

    def __init__(self, folder: Path) -> None:
        self.style = (folder / "static" / _STYLE).read_bytes()
        self.style_path = f"/static/{sha256(self.style).hexdigest()[:12]}-{_STYLE}"
        self._templates = Environment(
            loader=FileSystemLoader(folder),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def notice(
        self, request: web.Request, key: str, status: int, opened: Opened | None = None
    ) -> web.Response:
        """Return a page that says one thing: why nothing opens, or that it is closed."""
        language = opened.language if opened else accepted(request)
        return self.page(request, language, "notice.html", opened, status=status, key=key)

    def page(
        self,
        request: web.Request,
        language: Language,
        template: str,
        opened: Opened | None,
        *,
        status: int = 200,
        **values: Any,
    ) -> web.Response:
        """Return a page in a language; `values` are what its template names."""
        others = {
            one: str(request.rel_url.with_query({**request.query, "lang": one}))
            for one in LANGUAGES
            if one != language
        }
        text = self._templates.get_template(template).render(
            t=Shower(language).t, language=language, others=others, style=self.style_path,
            lender=opened.lender if opened else None, home=opened.home if opened else "",
            is_get=request.method == "GET", **values,
        )  # fmt: skip
        headers = {**HEADERS, "Content-Language": "zh-CN" if language == "zh" else "en"}
        response = web.Response(text=text, status=status, content_type="text/html", headers=headers)
        if request.query.get("lang") in LANGUAGES:
            secure = opened is not None and opened.page.base_url.startswith("https://")
            response.set_cookie(
                _LANGUAGE, language, path=ROOT, max_age=YEAR, httponly=True,
                samesite="Strict", secure=secure,
            )  # fmt: skip
        return response


def chosen(request: web.Request) -> Language | None:
    """Return the language that the visitor chose, now or before."""
    for given in (request.query.get("lang"), request.cookies.get(_LANGUAGE)):
        if given in LANGUAGES:
            return "zh" if given == "zh" else "en"
    return None


def accepted(request: web.Request) -> Language:
    """Return the visitor's language where nobody is known: chosen, or their browser's."""
    wanted = request.headers.get("Accept-Language", "").split(",")
    return chosen(request) or language_of(*(one.strip() for one in wanted))
