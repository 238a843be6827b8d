"""Why words couldn't be made. Messages name templates and variables, never their values."""

from enum import StrEnum


class RenderCause(StrEnum):
    """Reason codes of a blocked rendering; stored with the decision, never renamed."""

    MISSING = "template.missing"
    MISSING_FACT = "template.missing_fact"
    TOO_LONG = "template.too_long"
    EMPTY = "template.empty"
    FAILED = "template.failed"


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
    """A template file is unusable as it stands: which file, what, and what to write instead."""

    def __init__(self, path: str, problem: str, remedy: str) -> None:
        super().__init__(f"{path}: {problem}. {remedy}")
        self.path = path
        self.problem = problem
        self.remedy = remedy
