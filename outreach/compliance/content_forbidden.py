"""`content_forbidden`: what the words must not contain."""

from typing import Final

from outreach.compliance.view import Check, Objection, Parameters, Primitive, View, block


def compile_content_forbidden(parameters: Parameters) -> Check:
    """Compile one rule; see `CONTENT_FORBIDDEN.schema` for the parameters."""
    elements = parameters.texts("elements")
    tags = parameters.texts("tags")

    def check(view: View) -> Objection | None:
        found = (elements & view.action.content) | (tags & view.action.content_tags)
        return block("present", found=sorted(found), needs="content") if found else None

    return check


_TEXTS: Final = {"type": "array", "items": {"type": "string"}}
CONTENT_FORBIDDEN: Final = Primitive(
    "content_forbidden",
    compile_content_forbidden,
    {
        "elements": {**_TEXTS, "description": "Content elements that must not be there."},
        "tags": {**_TEXTS, "description": "Content tags that must not be there."},
    },
    description="Elements the words must not contain; blocks until they don't.",
)
