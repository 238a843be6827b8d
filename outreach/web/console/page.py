"""How every page of the console is made: templates, language, style sheet, headers."""

from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from outreach.web.console.words import LANGUAGES, Language, language_of, say, say_or

_POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'"
)
_STYLE: Final = "console.css"
_COOKIE: Final = "language"
_YEAR: Final = 31_536_000


class Renderer:
    """Renders pages.

    Args:
        folder: `templates/console`.
    """

    def __init__(self, folder: Path) -> None:
        self._style = (folder / "static" / _STYLE).read_bytes()
        self._style_path = f"/static/{sha256(self._style).hexdigest()[:12]}-{_STYLE}"
        self._templates = Environment(
            loader=FileSystemLoader(folder),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def style_route(self) -> web.RouteDef:
        """Return the route of the style sheet, whose address changes with its content."""
        return web.get(self._style_path, self._get_style)

    async def _get_style(self, _: web.Request) -> web.Response:
        return web.Response(
            body=self._style,
            content_type="text/css",
            charset="utf-8",
            headers={"Cache-Control": f"public, max-age={_YEAR}, immutable"},
        )

    def page(
        self, request: web.Request, template: str, *, status: int = 200, **values: Any
    ) -> web.Response:
        """Return a page in the visitor's language; `visitor` is who has signed in, or None."""
        language = language_for(request)

        def t(key: str, **named: object) -> str:
            return say(language, key, **named)

        def t_or(key: str, otherwise: str) -> str:
            return say_or(language, key, otherwise)

        others = {
            one: str(request.rel_url.update_query(lang=one)) for one in LANGUAGES if one != language
        }
        values.setdefault("visitor", None)
        text = self._templates.get_template(template).render(
            t=t, t_or=t_or, language=language, others=others, style=self._style_path, **values
        )
        response = web.Response(
            text=text,
            status=status,
            content_type="text/html",
            headers={
                "Content-Security-Policy": _POLICY,
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
