"""What is wrong with the settings, said so that a person can mend it."""

import difflib
import types
import typing
from collections.abc import Iterable, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError

from outreach.domain.records import dataclass

_ENV_PREFIX = "OUTREACH_"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend. Never holds a secret's value."""

    where: str
    """Dotted key, as in `lenders.harbor.sources.harbor_core.secrets`."""
    what: str
    mend: str

    @property
    def variable(self) -> str:
        """Environment variable that sets the same key."""
        return _ENV_PREFIX + self.where.replace(".", "__").upper()


class SettingsError(ValueError):
    """The settings can't be used; says all that is wrong, not only the first thing."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(f"{p.where}: {p.what}; {p.mend}" for p in self.problems))


def problems_of(error: ValidationError, model: type[BaseModel]) -> list[Problem]:
    """Translate pydantic's list; inputs, which may be secrets, are left out."""
    found: list[Problem] = []
    for item in error.errors(include_url=False, include_input=False):
        cause = item.get("ctx", {}).get("error")
        if isinstance(cause, SettingsError):
            found.extend(cause.problems)
            continue
        loc = item["loc"]
        where = ".".join(str(part) for part in loc) or "settings"
        if item["type"] == "extra_forbidden":
            found.append(unknown_key(where, str(loc[-1]), _fields_at(model, loc[:-1])))
        elif loc[-1:] == ("[key]",):
            what = "is no slug"
            mend = "use 2 to 40 small letters, digits, `-` and `_`, starting with a letter"
            found.append(Problem(where.removesuffix(".[key]"), what, mend))
        elif item["type"] == "missing":
            found.append(Problem(where, "is missing", f"add it: {_description(model, loc)}"))
        else:
            what = item["msg"].removeprefix("Value error, ")
            what = what[:1].lower() + what[1:]
            found.append(Problem(where, what, f"what belongs here: {_description(model, loc)}"))
    return found


def unknown_key(where: str, key: str, known: Iterable[str]) -> Problem:
    """Report a key that nothing reads, with the nearest one that is read."""
    names = sorted(known)
    near = difflib.get_close_matches(key, names, n=1, cutoff=0.5)
    mend = f"did you mean `{near[0]}`?" if near else f"known here: {', '.join(names)}"
    return Problem(where, "is no setting", mend)


def _fields_at(model: type[BaseModel], loc: Sequence[int | str]) -> list[str]:
    found = _model_at(model, loc)
    return list(found.model_fields) if found else []


def _description(model: type[BaseModel], loc: Sequence[int | str]) -> str:
    """Return the description of the innermost field that `loc` passes through."""
    text = ""
    for end in range(len(loc)):
        holder = _model_at(model, loc[:end])
        if holder and (field := holder.model_fields.get(str(loc[end]))) and field.description:
            text = field.description
    return text or "see docs/settings.md"


def _model_at(model: type[BaseModel], loc: Sequence[int | str]) -> type[BaseModel] | None:
    current: Any = model
    for part in loc:
        if isinstance(current, type) and issubclass(current, BaseModel):
            field = current.model_fields.get(str(part))
            current = field.annotation if field else None
        else:
            current = item_type(current)
        current = plain_type(current)
    return current if isinstance(current, type) and issubclass(current, BaseModel) else None


def plain_type(annotation: Any) -> Any:
    """Return `X` for `X | None` and for `Annotated[X, …]`."""
    if typing.get_origin(annotation) is typing.Annotated:
        return plain_type(typing.get_args(annotation)[0])
    if typing.get_origin(annotation) in {typing.Union, types.UnionType}:
        others = [one for one in typing.get_args(annotation) if one is not type(None)]
        return plain_type(others[0]) if len(others) == 1 else annotation
    return annotation


def item_type(annotation: Any) -> Any:
    """Return the type of a mapping's values or a sequence's items; None where there are none."""
    arguments = typing.get_args(plain_type(annotation))
    origin = typing.get_origin(plain_type(annotation))
    if origin is dict:
        return plain_type(arguments[1])
    return plain_type(arguments[0]) if origin in {list, tuple} else None
