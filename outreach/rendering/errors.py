"""Why words couldn't be made. Messages name templates and variables, never their values."""

from enum import StrEnum


class RenderCause(StrEnum):
    """Reason codes of a blocked rendering; stored with the decision, never renamed."""

    MISSING = "template.missing"
    MISSING_FACT = "template.missing_fact"
    TOO_LONG = "template.too_long"
    EMPTY = "template.empty"
    FAILED = "template.failed"
    UNREADABLE = "template.unreadable"
    """A lender's live words can't be compiled, and there are none from before."""


class RenderError(Exception):
    """No words, so no contact.

    Attributes:
        cause: The reason code.
        template: Key, or key@hash where the template is known.
        detail: What is missing or wrong, by name.
    """

    def __init__(self, cause: RenderCause, template: str, detail: str) -> None:
        super().__init__(f"{cause}: {template}: {detail}")
        self.cause = cause
        self.template = template
        self.detail = detail


class TemplateFileError(ValueError):
    """A template file is unusable as it stands: which file, what, and what to write instead.

    Attributes:
        path: The file, with its line where that is known.
        problem: What is wrong.
        remedy: What to write instead.
        kind: The same as a word that pages have sentences for; "" where there is none.
        told: What those sentences name, by name.
        line: In the source, from 1; 0 where it isn't known.
    """

    def __init__(
        self, path: str, problem: str, remedy: str, *, kind: str = "", line: int = 0, **told: str
    ) -> None:
        super().__init__(f"{path}: {problem}. {remedy}")
        self.path = path
        self.problem = problem
        self.remedy = remedy
        self.kind = kind
        self.told = told
        self.line = line
