"""Kinds of values that a gateway's description is made of; each is checked as it is read."""

import re
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from outreach.channels.gateway_paths import parse_path
from outreach.channels.gateway_templates import check_template, check_tree, literals_in

_PLAIN: Final = re.compile(r"[A-Za-z0-9._~/%:@!$&'()*+,;=-]*", re.ASCII)


class Part(BaseModel):
    """A table of the description: frozen, closed, and silent about its input in errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


def _path(text: str) -> str:
    parse_path(text)
    return text


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"{text!r} is no regular expression: {error}") from None
    return text


def _from_root(text: str) -> str:
    check_template(text)
    plain = literals_in(text)
    if not (text.startswith("/") and _PLAIN.fullmatch(plain)) or "//" in plain or ".." in plain:
        raise ValueError("must start with one `/` and stay on `base_url`; a query goes to `query`")
    return text


JsonPath = Annotated[str, AfterValidator(_path)]
Pattern = Annotated[str, AfterValidator(_pattern)]
Template = Annotated[str, AfterValidator(check_template)]
PathTemplate = Annotated[str, AfterValidator(_from_root)]
Tree = Annotated[Any, AfterValidator(check_tree)]
HeaderName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,64}$")]
Status = Annotated[int, Field(ge=100, le=599)]
SecretNames = Annotated[
    tuple[Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")], ...],
    Field(
        min_length=1,
        max_length=2,
        description="Names of secrets in the options, any of which may have signed: two while one"
        " is being rotated.",
    ),
]
