"""A kept filter of the contact log in one line of words."""

from outreach.domain.log_filters import read_query
from outreach.web.console.log_showing import FilterWords
from outreach.web.console.words import Language


def filter_in_words(language: Language, query: str) -> str:
    """Return what a canonical query looks for: the period first, then each parameter."""
    asked, words = read_query(query), FilterWords(language)
    parts = [words.period(asked)]
    for name, values in asked.chosen.items():
        said = ", ".join(words.value(name, value) for value in values)
        parts.append(words.named(words.say(f"log.by.{name}"), said))
    return " · ".join(parts)
