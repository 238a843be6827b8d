"""Fixed wording of a language: disclosures and notices that templates quote whole.

One file a locale, `templates/messages/_phrases/<locale>.yaml`. A template prints them by name, so
that what the law wants said is worded once, approved once, and found again in what was sent.
"""

from collections.abc import Mapping
from dataclasses import field, fields
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import yaml

from outreach.domain.records import dataclass
from outreach.rendering.errors import TemplateFileError
from outreach.rendering.locales import parse_locale

_HASH_CHARACTERS: Final = 12


@dataclass(frozen=True, slots=True)
class Phrases:
    """A locale's fixed wording.

    Attributes:
        locale: Tag such as `en-US`.
        signature: How a registered signature is written; `*` stands for it.
        opt_out_instructions: How to stop such messages.
        mini_miranda_first: Debt collectors' disclosure in the first communication.
        mini_miranda_subsequent: The same in later ones.
        if_paid_ignore: Please ignore this if you have paid.
        joins: What a line break in a template's source becomes: a space, or nothing in Chinese.
        required: Content elements that a text message must carry, by purpose; `*` is every one.
        expressions: Name of the list of expressions that must not be used.
        content_hash: Of the file.
    """

    locale: str
    signature: str
    opt_out_instructions: str
    mini_miranda_first: str
    mini_miranda_subsequent: str
    if_paid_ignore: str
    joins: str
    expressions: str
    required: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    content_hash: str = ""

    def required_for(self, purpose: str) -> tuple[str, ...]:
        """Return the content elements that words of this purpose must carry."""
        return (*self.required.get("*", ()), *self.required.get(purpose, ()))


_TEXTS: Final = tuple(
    item.name for item in fields(Phrases) if item.name not in {"locale", "required", "content_hash"}
)


def load_phrases(path: Path) -> Phrases:
    """Read one locale's file; its name is the locale.

    Raises:
        TemplateFileError: Not YAML, a text missing or unknown, or no known locale.
    """
    text = path.read_text(encoding="utf-8")
    try:
        parse_locale(path.stem)
        found: Any = yaml.safe_load(text)
    except (ValueError, yaml.YAMLError) as error:
        raise TemplateFileError(str(path), str(error), "Mend the file.") from error
    if not isinstance(found, dict):
        raise TemplateFileError(str(path), "it holds no names", "Write `name: text` lines.")
    required = found.pop("required", {})
    wrong = set(found) ^ set(_TEXTS)
    if wrong or not all(isinstance(found[name], str) for name in _TEXTS):
        names = ", ".join(sorted(wrong)) or "a value that is no text"
        allowed = ", ".join(_TEXTS)
        raise TemplateFileError(
            str(path), f"missing or unknown: {names}", f"It has exactly {allowed} and required."
        )
    return Phrases(
        locale=path.stem,
        required={purpose: tuple(elements) for purpose, elements in required.items()},
        content_hash=sha256(text.encode()).hexdigest()[:_HASH_CHARACTERS],
        **found,
    )
