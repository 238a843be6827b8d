"""Fixed wording of a language: disclosures and notices that templates quote whole.

One file a locale, `templates/messages/_phrases/<locale>.yaml`. A template prints them by name, so
that what the law wants said is worded once, approved once, and found again in what was sent. A
channel may word some of them its own way: nobody can reply to a notification.
"""

from collections.abc import Mapping
from dataclasses import field, fields, replace
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import yaml

from outreach.domain.records import dataclass
from outreach.domain.vocabulary import Channel, Purpose
from outreach.rendering.errors import TemplateFileError
from outreach.rendering.locales import parse_locale

_HASH_CHARACTERS: Final = 12
_OPTIONAL: Final = (
    "reply_request", "reason", "legal_basis", "rights_and_duties", "how_to_check_and_repay",
    "how_to_object", "seal",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Phrases:
    """A locale's fixed wording.

    Attributes:
        locale: Tag such as `en-US`.
        signature: How a registered signature is written; `*` stands for it.
        opt_out_instructions: How to stop such messages.
        opt_out_confirmed: That they are stopped; a confirmation says nothing else.
        mini_miranda_first: Debt collectors' disclosure in the first communication.
        mini_miranda_subsequent: The same in later ones.
        if_paid_ignore: Please ignore this if you have paid.
        optional: What only some channels say, by name: a request to call back on answering
            machines, what letters tell of the claim. None of them has to be there.
        joins: What a line break in a template's source becomes: a space, or nothing in Chinese.
        required: Content elements that a message must carry, by purpose; `*` is every one.
        expressions: Name of the list of expressions that must not be used.
        channels: What a channel says in another way, by channel and name, `required` included.
        content_hash: Of the file.
    """

    locale: str
    signature: str
    opt_out_instructions: str
    opt_out_confirmed: str
    mini_miranda_first: str
    mini_miranda_subsequent: str
    if_paid_ignore: str
    joins: str
    expressions: str
    required: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    channels: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    content_hash: str = ""
    optional: Mapping[str, str] = field(default_factory=dict)

    def on(self, channel: Channel) -> "Phrases":
        """Return the wording of a channel."""
        own = self.channels.get(channel)
        return replace(self, **own) if own else self

    def required_for(self, purpose: str) -> tuple[str, ...]:
        """Return the content elements that words of this purpose must carry.

        Confirming an opt-out asks for nothing but its own: what every message else must say, a
        confirmation mustn't.
        """
        if purpose == Purpose.OPT_OUT_CONFIRMATION:
            return self.required.get(purpose, ())
        return (*self.required.get("*", ()), *self.required.get(purpose, ()))


_TEXTS: Final = tuple(
    item.name
    for item in fields(Phrases)
    if item.name not in {"locale", "required", "channels", "content_hash", "optional"}
)


def load_phrases(path: Path) -> Phrases:
    """Read one locale's file; its name is the locale.

    Raises:
        TemplateFileError: Not YAML, a text missing or unknown, or no known locale or channel.
    """
    return _parse_phrases(path.read_text(encoding="utf-8"), path)


@lru_cache(maxsize=64)
def _parse_phrases(text: str, path: Path) -> Phrases:
    """Turn a file's text into phrases; every template of a locale asks for the same."""
    try:
        parse_locale(path.stem)
        found: Any = yaml.load(text, Loader=yaml.CSafeLoader)
    except (ValueError, yaml.YAMLError) as error:
        raise TemplateFileError(str(path), str(error), "Mend the file.") from error
    if not isinstance(found, dict):
        raise TemplateFileError(str(path), "it holds no names", "Write `name: text` lines.")
    required = found.pop("required", {})
    channels = found.pop("channels", {})
    optional = {name: str(found.pop(name)) for name in _OPTIONAL if name in found}
    wrong = set(found) ^ set(_TEXTS)
    if wrong or not all(isinstance(found[name], str) for name in _TEXTS):
        names = ", ".join(sorted(wrong)) or "a value that is no text"
        allowed = ", ".join(_TEXTS)
        raise TemplateFileError(
            str(path), f"missing or unknown: {names}", f"It has exactly {allowed} and required."
        )
    return Phrases(
        locale=path.stem,
        required=_required(required),
        channels={name: _own(path, name, own) for name, own in channels.items()},
        content_hash=sha256(text.encode()).hexdigest()[:_HASH_CHARACTERS],
        optional=optional,
        **found,
    )


def _own(path: Path, name: str, own: Any) -> dict[str, Any]:
    """Read what one channel says in another way.

    Raises:
        TemplateFileError: No such channel, or no such phrase.
    """
    if name not in set(Channel):
        mend = f"Use {', '.join(Channel)}."
        raise TemplateFileError(str(path), f"channels: {name!r} is no channel", mend)
    wrong = set(own) - {*_TEXTS, "required"}
    if wrong:
        mend = f"It may have {', '.join(_TEXTS)} and required."
        raise TemplateFileError(
            str(path), f"channels.{name}: unknown: {', '.join(sorted(wrong))}", mend
        )
    if "required" in own:
        return {**own, "required": _required(own["required"])}
    return dict(own)


def _required(told: Mapping[str, list[str]]) -> dict[str, tuple[str, ...]]:
    return {purpose: tuple(elements) for purpose, elements in told.items()}
