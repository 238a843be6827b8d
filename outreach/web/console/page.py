"""How every page of the console is made: templates, language, style sheet, headers."""

from collections.abc import Mapping, Sequence
from gzip import compress
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from outreach.domain.operators import Role
from outreach.web.console.navigation import Navigation
from outreach.web.console.words import LANGUAGES, Language, language_of, say, say_or

_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
STRIPS: Final = web.RequestKey("strips", tuple)
"""What every page says at its top while it lasts: (sentence, address that tells more)."""
_BASE: Final = "base.css"
_STYLE: Final = "console.css"
_TYPES: Final = {".css": "text/css", ".js": "text/javascript"}
_COOKIE: Final = "language"
_THEME: Final = "theme"
_SHORTCUTS: Final = "shortcuts"
"""A cookie, and the script that it turns off."""
_THEMES: Final = frozenset({"light", "dark"})
_YEAR: Final = 31_536_000


class Renderer:
    """Renders pages.

    Args:
        folder: `templates/console`.
    """

    def __init__(self, folder: Path) -> None:
        static = folder / "static"
        sheets = sorted(static.glob("*.css"), key=lambda path: (path.name != _BASE, path.name))
        files = {_STYLE: b"".join(path.read_bytes() for path in sheets)}
        files |= {path.name: path.read_bytes() for path in static.glob("*.js")}
        self._static = {
            name: (f"/static/{sha256(content).hexdigest()[:12]}-{name}", content)
            for name, content in files.items()
        }
        self._navigation = Navigation({})
        self._policy = _POLICY
        self._templates = Environment(
            loader=FileSystemLoader(folder),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def sends_forms_to(self, origin: str) -> None:
        """Let what is posted lead on to another site: where people sign out as well."""
        self._policy = self._policy.replace("form-action 'self'", f"form-action 'self' {origin}")

    def serves(self, read: Mapping[str, frozenset[Role]]) -> None:
        """Take what the rail may lead to: addresses of pages, and who may open them."""
        self._navigation = Navigation(read)

    def static_routes(self) -> list[web.RouteDef]:
        """Return the routes of the style sheet and the scripts; an address names its content."""
        return [
            web.get(address, _static(content, _TYPES[Path(name).suffix]))
            for name, (address, content) in self._static.items()
        ]

    def page(
        self,
        request: web.Request,
        template: str,
        *,
        status: int = 200,
        modules: Sequence[str] = (),
        **values: Any,
    ) -> web.Response:
        """Return a page in the visitor's language.

        Args:
            request: Whose page it is.
            template: Its file.
            status: Of the answer.
            modules: Scripts that the page may be read without: names of files in `static/`.
            values: For the template; `visitor` is who has signed in, or None.
        """
        language = language_for(request)
        theme = request.cookies.get(_THEME, "")

        def t(key: str, **named: object) -> str:
            return say(language, key, **named)

        def t_or(key: str, otherwise: str) -> str:
            return say_or(language, key, otherwise)

        others = {
            one: str(request.rel_url.update_query(lang=one)) for one in LANGUAGES if one != language
        }
        visitor = values.setdefault("visitor", None)
        if visitor and request.cookies.get(_SHORTCUTS) != "off":
            modules = (_SHORTCUTS, *modules)
        rail = self._navigation.groups(visitor.operator, request.path) if visitor else ()
        text = self._templates.get_template(template).render(
            t=t,
            t_or=t_or,
            language=language,
            others=others,
            theme=theme if theme in _THEMES else "system",
            style=self._static[_STYLE][0],
            scripts=[self._static[f"{name}.js"][0] for name in modules],
            rail=rail,
            at_hand=self._navigation.at_hand(rail),
            strips=request.get(STRIPS, ()),
            **values,
        )
        response = web.Response(
            text=text,
            status=status,
            content_type="text/html",
            headers={
                "Content-Security-Policy": self._policy,
                "Cache-Control": "private, no-store",
                "Content-Language": "zh-CN" if language == "zh" else "en",
                "Vary": "Accept-Language, Cookie",
            },
        )
        if request.query.get("lang") in LANGUAGES:
            response.set_cookie(
                _COOKIE, language, max_age=_YEAR, httponly=True, samesite="Lax", path="/"
            )
        return response


def language_for(request: web.Request) -> Language:
    """Return the language that the visitor chose, or else their browser's."""
    chosen = request.query.get("lang") or request.cookies.get(_COOKIE)
    return language_of(chosen, request.headers.get("Accept-Language", ""))


def _static(content: bytes, content_type: str) -> Any:
    small = compress(content, mtime=0)

    async def get(request: web.Request) -> web.Response:
        is_small = "gzip" in request.headers.get("Accept-Encoding", "")
        headers = {
            "Cache-Control": f"public, max-age={_YEAR}, immutable",
            "Vary": "Accept-Encoding",
            **({"Content-Encoding": "gzip"} if is_small else {}),
        }
        return web.Response(
            body=small if is_small else content,
            content_type=content_type,
            charset="utf-8",
            headers=headers,
        )

    return get
