"""The sentences of one language: loaded once, filled in with values that are known."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal

import yaml
from babel import Locale
from babel.numbers import format_decimal

from outreach.domain.records import dataclass
from outreach.rendering.locales import parse_locale

Language = Literal["en", "zh"]
LANGUAGES: Final[tuple[Language, ...]] = ("en", "zh")
_LOCALES: Final[Mapping[Language, str]] = {"en": "en-US", "zh": "zh-CN"}
_HOLE: Final = re.compile(r"\{(\w+)(?:#([^{}|]*)\|([^{}|]*))?\}")

Fill = Callable[[str], "str | int | None"]
"""Returns what to write for a name, an int where its noun follows it, None if it isn't known."""


@dataclass(frozen=True, slots=True)
class Sentences:
    """One language.

    Attributes:
        locale: Babel's.
        frame: Sentences around the reasons.
        titles: What a kind of rule is about, by primitive; several, the most exact first.
        reasons: Code → `says` (several, the most exact first) and `clears`.
        waits: Why a plan waits.
        selection: Why a pack applies or doesn't.
        forces: How binding a rule is.
        needs: What would clear a block.
        obligations: What a contact brings with it.
        lengths: Units of time.
        explain: What `outreach explain` says around them.
        values: Words of the vocabulary, by `parameter.value` or by the value alone.
    """

    locale: Locale
    frame: Mapping[str, str]
    titles: Mapping[str, Sequence[str]]
    reasons: Mapping[str, Mapping[str, Any]]
    waits: Mapping[str, str]
    selection: Mapping[str, str]
    forces: Mapping[str, str]
    needs: Mapping[str, str]
    obligations: Mapping[str, str]
    lengths: Mapping[str, str]
    explain: Mapping[str, str]
    values: Mapping[str, str]

    def number(self, value: int) -> str:
        """Write a number."""
        return str(format_decimal(value, locale=self.locale))

    def fill(self, text: str, value_of: Fill) -> str | None:
        """Fill the holes of a sentence; None if something in it isn't known."""
        written: dict[str, str] = {}
        for hole in _HOLE.finditer(text):
            name, one, other = hole.groups()
            value = value_of(name)
            if value is None or value == "":
                return None
            if one is not None:
                if not isinstance(value, int):
                    return None
                noun = one if self.locale.plural_form(value) == "one" else other
                written[hole[0]] = f"{self.number(value)}{self.gap}{noun}"
            else:
                written[hole[0]] = self.number(value) if isinstance(value, int) else value
        return _HOLE.sub(lambda hole: written[hole[0]], text)

    def first_of(self, texts: Sequence[str], value_of: Fill) -> str:
        """Return the first sentence whose holes can all be filled, "" if there is none."""
        return next((done for text in texts if (done := self.fill(text, value_of)) is not None), "")

    @property
    def gap(self) -> str:
        """What stands between a number and its noun, and between two sentences."""
        return "" if self.locale.language == "zh" else " "


@cache
def sentences(language: Language) -> Sentences:
    """Return the sentences of a language."""
    parts: dict[str, Any] = {}
    for name in (f"{language}.yaml", f"words-{language}.yaml"):
        parts.update(
            yaml.load(
                files(__package__).joinpath(name).read_text(encoding="utf-8"),
                Loader=yaml.CSafeLoader,
            )
        )
    return Sentences(locale=parse_locale(_LOCALES[language]), **parts)
