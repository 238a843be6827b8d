"""`content_required`: what the words must contain, and for a closed class all they may."""

from collections.abc import Iterable
from typing import Final

from outreach.compliance.view import Check, Objection, Parameters, Primitive, View, block, texts_of


def compile_content_required(parameters: Parameters) -> Check:
    """Compile one rule; see `CONTENT_REQUIRED.schema` for the parameters."""
    needed = parameters.texts("all_of")
    groups = _groups(parameters)
    optional = parameters.texts("optional")
    closed = parameters.flag("closed")
    possible = needed.union(optional, *groups)

    def check(view: View) -> Objection | None:
        content = view.action.content
        absent = [group for group in groups if group.isdisjoint(content)]
        if absent or not needed <= content:
            missing = sorted(needed - content) + ["|".join(sorted(group)) for group in absent]
            return block("missing", missing=missing, needs="content")
        if closed and not content <= possible:
            return block("not_allowed", extra=sorted(content - possible), needs="content")
        return None

    return check


def _groups(parameters: Parameters) -> tuple[frozenset[str], ...]:
    raw = dict(parameters.items()).get("any_of", ())
    listed: Iterable[object] = raw if isinstance(raw, (list, tuple)) else ()
    if all(isinstance(item, str) for item in listed):
        return (texts_of(listed),) if listed else ()
    return tuple(texts_of(item) for item in listed)


def complete_content(parameters: Parameters) -> frozenset[str]:
    """Return content that satisfies the rule: all that is needed, and one of each alternative."""
    return parameters.texts("all_of").union(min(group) for group in _groups(parameters))


_TEXTS: Final = {"type": "array", "items": {"type": "string"}}
CONTENT_REQUIRED: Final = Primitive(
    "content_required",
    compile_content_required,
    {
        "all_of": {**_TEXTS, "description": "Elements that must all be there."},
        "any_of": {
            "type": "array",
            "items": {"type": ["string", "array"], "items": {"type": "string"}},
            "description": "Alternatives: one of the elements must be there; or a list of such "
            "lists, one of each.",
        },
        "optional": {**_TEXTS, "description": "What a closed class may contain besides."},
        "closed": {
            "type": "boolean",
            "description": "Whether anything else makes the message another kind of message.",
        },
    },
    description="Elements the words must contain; blocks until they do.",
    content=complete_content,
)
