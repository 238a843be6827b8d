"""Templates of a gateway's requests: they print facts of the attempt, and do nothing else.

Whoever describes a gateway writes them, so they are held to a short list of constructs, checked
when they are read; what passes is compiled in Jinja's immutable sandbox.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from types import SimpleNamespace
from typing import Any, Final
from urllib.parse import quote

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, Undefined, meta, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from outreach.channels.gateway_filters import FILTERS

FACTS: Final = {
    "id": "Our id of the attempt; unguessable, without personal data.",
    "sender": "Address of the sender, as configured.",
    "recipient": "Number in E.164, or another address.",
    "body": "The words.",
    "subject": "Title or subject, where the channel has one.",
    "template": "Key of our template.",
    "variables": "What the template was filled with: `variables.amount`.",
    "locale": "Language of the words, as in `en-US`.",
    "valid_for": "Seconds until it must not be delivered any more.",
    "callback_url": "Where status callbacks go.",
    "inbound_url": "Where replies go.",
    "document": "A letter's PDF in base64; empty on other channels.",
    "document_name": "Its number, as in `acme-000017`.",
    "document_sha256": "Its SHA-256 in hexadecimal digits.",
    "document_pages": "How many pages it has.",
    "ref": "The gateway's own id; empty while unknown. For look-ups and cancels.",
    "reserved_at": "Unix time of the hand-over.",
    "now": "Unix time.",
    "nonce": "32 random hexadecimal digits, the same throughout one request.",
    "secrets": "Secrets of the options: `secrets.api_key`.",
}
"""Every name that a template may use, with its meaning."""

_LARGEST: Final = 8192
_ALLOWED: Final = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Const,
    nodes.Getattr,
    nodes.Filter,
    nodes.If,
    nodes.CondExpr,
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.Concat,
    nodes.Add,
    nodes.Sub,
)
_FIELDS: Final = frozenset({"variables", "secrets"})

Facts = Mapping[str, Any]


class TemplateFailedError(Exception):
    """A template can't be filled for this attempt: a variable is missing, or a value is unfit."""


def check_template(source: str) -> str:
    """Return `source`, having made sure that it only prints facts.

    Raises:
        ValueError: Says what is wrong and what is allowed.
    """
    if len(source) > _LARGEST:
        raise ValueError(f"a template has at most {_LARGEST} characters")
    try:
        tree = _TEXTS.parse(source)
    except TemplateSyntaxError as error:
        raise ValueError(f"bad template: {error.message}") from None
    for node in tree.find_all(nodes.Node):
        if not isinstance(node, _ALLOWED):
            raise ValueError(  # noqa: TRY004 - the description is wrong, not a type
                f"a template can't use {type(node).__name__}: use {{{{ fact }}}}, filters, if"
            )
        if isinstance(node, nodes.Filter) and node.name not in FILTERS:
            raise ValueError(f"there is no filter {node.name!r}: use {', '.join(sorted(FILTERS))}")
        if isinstance(node, nodes.Getattr) and not (
            isinstance(node.node, nodes.Name) and node.node.name in _FIELDS
        ):
            raise ValueError(f"only {' and '.join(sorted(_FIELDS))} have fields, not `{node.attr}`")
    fields = [
        node.node.name for node in tree.find_all(nodes.Getattr) if isinstance(node.node, nodes.Name)
    ]
    if sum(node.name == "secrets" for node in tree.find_all(nodes.Name)) > fields.count("secrets"):
        raise ValueError("name one secret, as in `secrets.api_key`")
    if unknown := sorted(meta.find_undeclared_variables(tree) - FACTS.keys()):
        raise ValueError(f"unknown facts: {', '.join(unknown)}; there are {', '.join(FACTS)}")
    return source


def secrets_in(source: str) -> frozenset[str]:
    """Return the names of the secrets that a template asks for."""
    return frozenset(_secrets(_TEXTS.parse(source)))


def _secrets(tree: nodes.Template) -> Iterator[str]:
    for node in tree.find_all(nodes.Getattr):
        if isinstance(node.node, nodes.Name) and node.node.name == "secrets":
            yield node.attr


def literals_in(source: str) -> str:
    """Return what a template prints whatever the facts, with a mark between the pieces."""
    return "_".join(node.data for node in _TEXTS.parse(source).find_all(nodes.TemplateData))


def texts_in(value: Any) -> list[str]:
    """Return all templates of a tree of mappings, lists and texts."""
    if isinstance(value, str):
        return [value]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for part in parts for text in texts_in(part)]


def check_tree(value: Any) -> Any:
    """Return `value`, having checked every text in it.

    Raises:
        ValueError: As `check_template`.
    """
    for text in texts_in(value):
        check_template(text)
    return value


def fill_text(source: str, facts: Facts) -> str:
    """Return a template filled.

    Raises:
        TemplateFailedError: A variable is missing.
    """
    return str(_run(_compiled(source).render, facts))


def fill_path(source: str, facts: Facts) -> str:
    """Return an address's path filled, each fact encoded so that it stays one part of it.

    Raises:
        TemplateFailedError: A variable is missing, or would lead elsewhere.
    """
    return str(_run(_compiled_path(source).render, facts))


def fill_tree(value: Any, facts: Facts) -> Any:
    """Return a tree with its texts filled; a text that is one expression keeps its value's type.

    Raises:
        TemplateFailedError: A variable is missing.
    """
    if isinstance(value, dict):
        return {name: fill_tree(part, facts) for name, part in value.items()}
    if isinstance(value, list):
        return [fill_tree(part, facts) for part in value]
    if not isinstance(value, str):
        return value
    expression = _expression(value)
    if expression is None:
        return fill_text(value, facts)
    found = _run(expression, facts)
    if isinstance(found, Undefined):
        raise TemplateFailedError(value)
    return vars(found) if isinstance(found, SimpleNamespace) else found


def _run(render: Callable[..., Any], facts: Facts) -> Any:
    try:
        return render(dict(facts))
    except (TemplateError, TypeError, ValueError) as error:
        raise TemplateFailedError(type(error).__name__) from None


def _one_part(value: object) -> str:
    text = str(value)
    if text in {"", ".", ".."}:
        raise ValueError("a part of an address is empty or leads elsewhere")
    return quote(text, safe="")


def _environment(finalize: Callable[[Any], Any] | None = None) -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined, autoescape=False, finalize=finalize
    )
    environment.globals.clear()
    environment.filters = dict(FILTERS)
    return environment


_TEXTS: Final = _environment()
_PATHS: Final = _environment(_one_part)


@lru_cache(maxsize=512)
def _compiled(source: str) -> Any:
    return _TEXTS.from_string(source)


@lru_cache(maxsize=128)
def _compiled_path(source: str) -> Any:
    return _PATHS.from_string(source)


@lru_cache(maxsize=512)
def _expression(source: str) -> Callable[..., Any] | None:
    """Return the one expression that a text is; None if it is more, or none."""
    parts = list(_TEXTS.parse(source).find_all((nodes.Output, nodes.If)))
    only = parts[0] if len(parts) == 1 else None
    if not isinstance(only, nodes.Output) or len(only.nodes) != 1:
        return None
    if isinstance(only.nodes[0], nodes.TemplateData):
        return None
    return _TEXTS.compile_expression(source[2:-2].strip("-+ \n"), undefined_to_none=False)
