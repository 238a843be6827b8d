"""What may be seen on a locked screen: nothing that tells others of a debt, unless asked for.

A notification, and the subject of an e-mail, are read by whoever holds the telephone. What stands
inside `{% if may_show_details %}` is shown only to people who asked for it; all else is searched.
"""

from collections.abc import Iterator
from typing import Final

from jinja2 import nodes

from outreach.rendering.expressions import load_expressions
from outreach.rendering.sandbox import parse_source

ASKED_FOR: Final = "may_show_details"
"""Variable that is true where the person asked for details on a locked screen."""

TELLING: Final = frozenset(
    {
        "account_tail", "amount", "as_of", "days_past_due", "days_until_due", "due_date",
        "if_paid_ignore", "loan_count", "mini_miranda", "minor", "quote_amount",
        "quote_valid_until",
    }
)  # fmt: skip
"""Variables that tell of a debt wherever they are printed."""


def list_telling(source: str, language: str) -> Iterator[str]:
    """Yield what a source shows on a locked screen and mustn't, each in a few words.

    Args:
        source: Of a template that compiles.
        language: Name of the list of expressions of its locale.
    """
    names: list[str] = []
    words: list[str] = []
    for node in parse_source(source).body:
        _walk(node, names, words)
    for name in dict.fromkeys(names):
        if name in TELLING:
            yield f"{{{{ {name} }}}}"
    for hit in load_expressions(f"locked-{language}").find(" ".join(words)):
        yield repr(hit.words)


def _walk(node: nodes.Node, names: list[str], words: list[str]) -> None:
    """Gather the variables and words that a node may print where details weren't asked for."""
    if isinstance(node, nodes.TemplateData):
        words.append(node.data)
    elif isinstance(node, nodes.If):
        _walk_branches(node, names, words)
    elif isinstance(node, nodes.CondExpr):
        if not _asks(node.test):
            _walk(node.expr1, names, words)
        if node.expr2 is not None:
            _walk(node.expr2, names, words)
    elif isinstance(node, nodes.Name):
        names.append(node.name)
    elif isinstance(node, nodes.Const):
        words.append(str(node.value))
    else:
        for child in node.iter_child_nodes():
            _walk(child, names, words)


def _walk_branches(node: nodes.If, names: list[str], words: list[str]) -> None:
    branches = [*node.elif_, *node.else_]
    if not _asks(node.test):
        branches += node.body
    for child in branches:
        _walk(child, names, words)


def _asks(test: nodes.Node) -> bool:
    """Say whether a condition holds only for those who asked."""
    if isinstance(test, nodes.And):
        return _asks(test.left) or _asks(test.right)
    return isinstance(test, nodes.Name) and test.name == ASKED_FOR
