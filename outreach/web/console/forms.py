"""Forms as data: fields with their words, what was typed, and what is wrong with it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace
from typing import Literal

from outreach.domain.records import dataclass

Kind = Literal["text", "textarea", "select", "date", "datetime-local", "checkbox", "hidden"]


@dataclass(frozen=True, slots=True)
class Field:
    """One field.

    Attributes:
        name: Of the value that is posted.
        label: Its words.
        kind: Which control.
        options: (value, words) of a select.
        value: What was typed, or what it starts with.
        note: What to know before filling it in; "" for nothing.
        required: Whether it may be left empty.
        wrong: What is wrong with what was typed; "" if nothing.
    """

    name: str
    label: str
    kind: Kind = "text"
    options: Sequence[tuple[str, str]] = field(default=(), hash=False)
    value: str = ""
    note: str = ""
    required: bool = False
    wrong: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """What a page asks for: where it is posted, its fields, and the words on its button."""

    action: str
    fields: tuple[Field, ...]
    button: str
    is_dangerous: bool = False

    @property
    def problems(self) -> tuple[Field, ...]:
        """Fields with something wrong."""
        return tuple(one for one in self.fields if one.wrong)

    def filled(self, said: Mapping[str, str], wrong: Mapping[str, str]) -> "Form":
        """Return the form with what was typed kept, and what is wrong beside it."""
        fields = [
            replace(one, value=said.get(one.name, ""), wrong=wrong.get(one.name, ""))
            for one in self.fields
        ]
        return replace(self, fields=tuple(fields))


def read_form(
    posted: Mapping[str, object], names: Iterable[str], *, longest: int
) -> dict[str, str]:
    """Return what was typed into some fields, trimmed and cut; files are passed over."""
    return {
        name: value.strip()[:longest] if isinstance(value := posted.get(name, ""), str) else ""
        for name in names
    }
