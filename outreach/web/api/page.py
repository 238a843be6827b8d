"""The OpenAPI document as a page for people: HTML and style of its own, no script."""

from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from html import escape
from typing import Any, Final

from aiohttp import web

_STYLE: Final = """
:root { color-scheme: light dark;
  --ink: #1a1c20; --quiet: #5a616c; --line: #d9dde3; --paper: #fff; --accent: #0b5cad; }
@media (prefers-color-scheme: dark) { :root {
  --ink: #e8eaee; --quiet: #9aa3b0; --line: #32373f; --paper: #15171b; --accent: #7db7f5; } }
body { margin: 0 auto; max-width: 60rem; padding: 2rem 1.25rem 4rem; color: var(--ink);
  background: var(--paper); font: 16px/1.55 system-ui, sans-serif; }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; }
h2 { font-size: 1.1rem; margin: 2.5rem 0 .75rem; }
h3 { font-size: 1rem; margin: 0; display: flex; gap: .6rem; align-items: baseline;
  flex-wrap: wrap; }
p { margin: .5rem 0; }
a { color: var(--accent); }
section { border: 1px solid var(--line); border-radius: .5rem; margin: 0 0 1rem;
  padding: .9rem 1.1rem; }
code { font: .9em ui-monospace, monospace; overflow-wrap: anywhere; }
.method { color: var(--accent); font: 700 .8rem ui-monospace, monospace; }
.quiet { color: var(--quiet); }
table { border-collapse: collapse; width: 100%; margin: .6rem 0 0; }
caption { text-align: left; color: var(--quiet); font-size: .85rem; padding: .2rem 0; }
th, td { border-top: 1px solid var(--line); padding: .35rem .75rem .35rem 0; text-align: left;
  vertical-align: top; }
th { font-weight: 600; white-space: nowrap; width: 1%; }
ul { columns: 2 18rem; padding-left: 1.1rem; }
"""
_POLICY: Final = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
    " style-src 'sha256-" + b64encode(sha256(_STYLE.encode()).digest()).decode() + "'"
)


def render(document: Mapping[str, Any]) -> str:
    """Return the document as HTML."""
    info = document["info"]
    by_tag: dict[str, list[str]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            by_tag.setdefault(operation["tags"][0], []).append(_operation(method, path, operation))
    groups = "".join(f"<h2>{escape(tag)}</h2>{''.join(items)}" for tag, items in by_tag.items())
    schemas = "".join(
        f'<li><a href="/v1/schemas/{escape(name)}"><code>{escape(name)}</code></a></li>'
        for name, schema in document["components"]["schemas"].items()
        if "$ref" in schema
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(info['title'])} API</title><style>{_STYLE}</style></head><body><main>"
        f"<h1>{escape(info['title'])} API <span class=quiet>{escape(info['version'])}</span></h1>"
        f"<p>{escape(info['description'])}</p>"
        '<p class="quiet">The same for machines: <a href="/v1/openapi.json">OpenAPI 3.1</a>. '
        "Errors are <code>application/problem+json</code>.</p>"
        f"{groups}<h2>JSON Schemas</h2><ul>{schemas}</ul></main></body></html>"
    )


def _operation(method: str, path: str, operation: Mapping[str, Any]) -> str:
    parts = [
        (
            f'<h3><span class="method">{escape(method.upper())}</span>'
            f" <code>{escape(path)}</code></h3>"
        ),
        f"<p><strong>{escape(operation['summary'])}</strong></p>",
    ]
    parts += [
        f"<p>{escape(text)}</p>" for text in operation.get("description", "").split("\n\n") if text
    ]
    parameters = {
        p["name"]: f"{p['in']} · {p.get('description', '')}"
        for p in operation.get("parameters", ())
    }
    parts.append(_table("Parameters", parameters))
    content = operation.get("requestBody", {}).get("content", {})
    bodies = {
        media: about["schema"].get("$ref", "the platform's own JSON").rpartition("/")[2]
        for media, about in content.items()
    }
    parts.append(_table("Body", bodies))
    parts.append(
        _table(
            "Answers",
            {status: about["description"] for status, about in operation["responses"].items()},
        )
    )
    return f"<section>{''.join(parts)}</section>"


def _table(caption: str, rows: Mapping[str, str]) -> str:
    if not rows:
        return ""
    cells = "".join(
        f'<tr><th scope="row"><code>{escape(k)}</code></th><td>{escape(v)}</td></tr>'
        for k, v in rows.items()
    )
    return f"<table><caption>{escape(caption)}</caption><tbody>{cells}</tbody></table>"


class Page:
    """Serves the page; rendered once."""

    def __init__(self) -> None:
        self._html = ""

    def describe(self, document: Mapping[str, Any]) -> None:
        """Take the document to show."""
        self._html = render(document)

    async def get(self, _: web.Request) -> web.Response:
        """Return the page, under a policy that allows its own style and nothing else."""
        return web.Response(
            text=self._html, content_type="text/html", headers={"Content-Security-Policy": _POLICY}
        )
