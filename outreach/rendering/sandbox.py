"""Templates may print facts, ask simple questions of them, and nothing else.

A message template is written by operators, so it is held to a short list of constructs, checked
when it is read; what passes is compiled once in Jinja's immutable sandbox.
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final, NoReturn

from jinja2 import StrictUndefined, TemplateSyntaxError, UndefinedError, meta, nodes
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from outreach.rendering.context import VARIABLES
from outreach.rendering.errors import RenderCause, RenderError, TemplateFileError

MAX_SOURCE_BYTES: Final = 8192

_ALLOWED: Final = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Const,
    nodes.If,
    nodes.CondExpr,
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.Filter,
)
_FILTERS: Final = frozenset({"tail4", "upper", "lower"})
_TAIL: Final = 4
_TAGS: Final = re.compile(r"(\{%((?!%\}).)*%\}\s*|\{#.*#\}\s*)*")
# Jinja drops a line break behind a tag, so that a break between paragraphs is another character.
_BREAK: Final = "\u2029"
_QUOTED: Final = re.compile(r"'(\w+)' is undefined")


class Absent(StrictUndefined):
    """A fact that isn't known: it may be asked about (`{% if phone %}`), but never printed."""

    __slots__ = ()

    def __bool__(self) -> bool:  # type: ignore[override]  # the strict one answers by raising
        """Return False, so that a template can leave out what isn't known."""
        return False


def tail4(value: object) -> str:
    """Return the last four characters of a value's text."""
    return str(value)[-_TAIL:]


def _environment() -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        undefined=Absent,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
    )
    environment.globals.clear()
    environment.filters = {
        "tail4": tail4,
        "upper": environment.filters["upper"],
        "lower": environment.filters["lower"],
    }
    return environment


_ENVIRONMENT: Final = _environment()


def parse_source(source: str) -> nodes.Template:
    """Return the syntax tree of a source.

    Raises:
        TemplateSyntaxError: There is none.
    """
    return _ENVIRONMENT.parse(source)


Words = Callable[[Mapping[str, Any]], str]
"""Compiled words: facts in, text out."""


def check_source(path: str, source: str) -> frozenset[str]:
    """Return the variables that `source` uses, having made sure that it is harmless.

    Raises:
        TemplateFileError: Too large, bad syntax, a construct that isn't allowed, or a variable
            or filter that nobody provides.
    """
    if len(source.encode()) > MAX_SOURCE_BYTES:
        raise TemplateFileError(
            path,
            f"it is over {MAX_SOURCE_BYTES} bytes",
            "Shorten it.",
            kind="too_large",
            most=str(MAX_SOURCE_BYTES),
        )
    try:
        tree = parse_source(source)
    except TemplateSyntaxError as error:
        raise TemplateFileError(
            f"{path}:{error.lineno}",
            error.message or "bad syntax",
            "Mend the syntax.",
            kind="syntax",
            line=error.lineno,
            said=error.message or "bad syntax",
        ) from error
    for node in tree.find_all(nodes.Node):
        place = f"{path}:{node.lineno}"
        if not isinstance(node, _ALLOWED):
            raise TemplateFileError(
                place,
                f"{type(node).__name__} isn't allowed in a message",
                "Use {{ variable }}, {% if %} … {% elif %} … {% else %}, comparisons, filters.",
                kind="construct",
                line=node.lineno,
                found=type(node).__name__,
            )
        if isinstance(node, nodes.Filter) and node.name not in _FILTERS:
            raise TemplateFileError(
                place,
                f"there is no filter {node.name!r}",
                f"Use {', '.join(sorted(_FILTERS))}.",
                kind="filter",
                line=node.lineno,
                found=str(node.name),
                known=", ".join(sorted(_FILTERS)),
            )
    used = frozenset(meta.find_undeclared_variables(tree))
    unknown = sorted(used - VARIABLES.keys())
    if unknown:
        raise TemplateFileError(
            path,
            f"unknown variables: {', '.join(unknown)}",
            f"Known are {', '.join(VARIABLES)}.",
            kind="unknown_variable",
            found=", ".join(unknown),
        )
    return used


@lru_cache(maxsize=1024)
def compile_words(
    path: str, source: str, joins: str, *, paragraphs: bool = False
) -> tuple[Words, frozenset[str]]:
    """Compile `source`: a line break after words becomes `joins`. The same again is there at once.

    Args:
        path: Names it in errors.
        source: As written.
        joins: A space, or nothing.
        paragraphs: An empty line begins a new paragraph; else all of it is one.

    Returns:
        The words, and the variables that they use.

    Raises:
        TemplateFileError: As `check_source`.
    """
    used = check_source(path, source)
    template = _ENVIRONMENT.from_string(_joined(source, joins, _BREAK if paragraphs else ""))
    new_context, root = template.new_context, template.root_render_func

    def words(facts: Mapping[str, Any]) -> str:
        try:
            text = "".join(root(new_context(dict(facts), shared=True)))
        except UndefinedError as error:
            _refuse(error, path)
        except (SecurityError, TypeError, ValueError) as error:
            raise RenderError(RenderCause.FAILED, path, type(error).__name__) from None
        return _parted(text) if paragraphs else text

    return words, used


def _joined(source: str, joins: str, empty: str) -> str:
    """Join the lines of `source`; an empty one becomes `empty`.

    Lines that are tags alone print nothing and so add no space.
    """
    lines = (line.strip() for line in source.splitlines())
    return "".join(
        empty if not line else line if _TAGS.fullmatch(line) else line + joins for line in lines
    )


def _parted(text: str) -> str:
    """Part paragraphs by an empty line; those that came out empty are left out."""
    each = (part.strip() for part in text.split(_BREAK))
    return "\n\n".join(part for part in each if part)


def _refuse(error: UndefinedError, path: str) -> NoReturn:
    found = _QUOTED.search(str(error))
    name = found.group(1) if found else "a fact"
    raise RenderError(RenderCause.MISSING_FACT, path, name) from None
