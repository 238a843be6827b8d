"""What the console's pages say, in both languages: one word per idea, as in the glossary."""

from itertools import chain
from typing import Final, Literal

from outreach.web.console.words import (
    exports,
    help_words,
    loans,
    log,
    navigation,
    opt_outs,
    people,
    queues,
    reports,
    review,
    rules,
    shared,
    signals,
    signing_in,
    stops,
    story,
    tasks,
    team,
    template_checks,
    template_files,
    template_variables,
    templates,
    today,
    treatments,
    what_if,
)

Language = Literal["en", "zh"]
LANGUAGES: Final[tuple[Language, ...]] = ("en", "zh")

_PARTS: Final = (
    shared,
    signing_in,
    navigation,
    log,
    people,
    loans,
    queues,
    stops,
    tasks,
    team,
    help_words,
    today,
    signals,
    exports,
    review,
    story,
    treatments,
    rules,
    templates,
    template_checks,
    template_files,
    template_variables,
    what_if,
    opt_outs,
    reports,
)
# Key → (English, Chinese). A test holds both complete, every key of the templates known, and no key
# in two parts.
WORDS: Final[dict[str, tuple[str, str]]] = dict(
    chain.from_iterable(part.WORDS.items() for part in _PARTS)
)


def say(language: Language, key: str, **values: object) -> str:
    """Return the words for a key.

    Raises:
        KeyError: There is no such key.
    """
    text = WORDS[key][LANGUAGES.index(language)]
    return text.format(**values) if values else text


def say_or(language: Language, key: str, otherwise: str, **values: object) -> str:
    """Return the words for a key, or `otherwise` for one that vocabulary grew since."""
    return say(language, key, **values) if key in WORDS else otherwise


def language_of(chosen: str | None, accepted: str) -> Language:
    """Return the language that was chosen, else the first of Accept-Language that we speak."""
    for language in LANGUAGES:
        if chosen == language:
            return language
    ranked = []
    for place, part in enumerate(accepted.split(",")):
        tag, _, weight = part.strip().partition(";q=")
        ranked.append((-_weight(weight), place, tag.strip().lower()))
    for _, _, tag in sorted(ranked):
        for language in LANGUAGES:
            if tag == language or tag.startswith(f"{language}-"):
                return language
    return "en"


def _weight(text: str) -> float:
    try:
        return float(text) if text else 1.0
    except ValueError:
        return 0.0
