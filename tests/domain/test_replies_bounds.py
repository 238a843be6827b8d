"""Reading a text takes a bounded number of steps, shown by the patterns' structure, not by a clock.

A pattern's ways are an upper bound on how often matching may turn back at one place. A repeat
without a bound is allowed only where it never gives back what it took.
"""

import re
from collections.abc import Iterator
from importlib import import_module
from typing import Any, Final

import pytest

from outreach.domain import replies, wording
from outreach.domain.languages import IN_CHARACTERS, IN_WORDS
from outreach.domain.revocations_writing import Language

_parser: Final[Any] = import_module("re._parser")
_MOST_WAYS: Final = 100_000
_FOREVER: Final = 1_000


def _patterns(language: Language) -> Iterator[tuple[str, re.Pattern[str]]]:
    for phrases in language.revocations:
        yield phrases.name, phrases.pattern
    for name in ("doubtful", "ordinary", "negated", "qualified", "understood", "asks_again"):
        pattern = getattr(language, name)
        if pattern is not None:
            yield name, pattern
    for scope, pattern in language.narrower.items():
        yield scope, pattern
    for heard, pattern in language.heard.items():
        yield heard, pattern


def _module_patterns() -> Iterator[tuple[str, re.Pattern[str]]]:
    for module in (replies, wording):
        for name, value in vars(module).items():
            if isinstance(value, re.Pattern):
                yield name, value


ALL: Final = [
    pytest.param(pattern, id=f"{language.name}-{name}")
    for language in (*IN_WORDS, *IN_CHARACTERS)
    for name, pattern in _patterns(language)
] + [pytest.param(pattern, id=name) for name, pattern in _module_patterns()]


def _ways(parsed: Any) -> int:
    """Return in how many ways a parsed pattern may match at one place."""
    total = 1
    for operation, argument in parsed:
        match str(operation):
            case "BRANCH":
                total *= _ways_of_one(argument[1])
            case "SUBPATTERN":
                total *= _ways(argument[-1])
            case "MAX_REPEAT" | "MIN_REPEAT":
                least, most, repeated = argument
                assert int(most) < _FOREVER, "repeats without a bound and gives back"
                each = _ways(repeated)
                total *= sum(each**times for times in range(int(least), int(most) + 1))
            case "POSSESSIVE_REPEAT":
                assert _ways(argument[2]) == 1
            case "ASSERT" | "ASSERT_NOT":
                total *= _ways(argument[1])
            case _:
                pass
    return total


def _ways_of_one(options: Any) -> int:
    """Return in how many ways one of several options may match at one place.

    Those that match the same text begin alike, so they are those whose beginning is a beginning
    of the longest one's.
    """
    found = [(_beginning(option), _ways(option)) for option in options]
    return max(
        sum(ways for other, ways in found if beginning.startswith(other)) for beginning, _ in found
    )


def _beginning(parsed: Any) -> str:
    """Return the characters that a pattern must begin with, as far as that is plain."""
    letters = ""
    for operation, argument in parsed:
        if str(operation) == "AT":
            continue
        if str(operation) != "LITERAL":
            break
        letters += chr(argument)
    return letters


@pytest.mark.parametrize("pattern", ALL)
def test_a_pattern_turns_back_a_bounded_number_of_times(pattern: re.Pattern[str]) -> None:
    assert _ways(_parser.parse(pattern.pattern)) <= _MOST_WAYS


@pytest.mark.parametrize(
    ("bad", "why"), [(r"(?:a+)+b", "give"), (r"\w*x", "give"), (r"(?:a|b)*", "give")]
)
def test_the_check_finds_what_may_explode(bad: str, why: str) -> None:
    with pytest.raises(AssertionError, match=why):
        _ways(_parser.parse(bad))


def test_no_more_than_the_limit_is_read() -> None:
    text = "x" * (wording.MOST_READ + 500)
    said, _ = wording.own_words(text)
    assert len(said) == wording.MOST_READ
