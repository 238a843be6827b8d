"""Answers to the one question that is asked after a case: a digit from 1 to 5."""

import re
from typing import Final
from unicodedata import normalize

from outreach.domain.vocabulary import Disposition

QUESTION: Final = "satisfaction"
"""Key of the template that asks."""

_ANSWER: Final = re.compile(
    r"(?:rate[:\s]*)?([1-5])\s*(?:/\s*5|分|星|stars?|points?)?[.!。！]?", re.IGNORECASE
)
_RATED: Final = {
    "1": Disposition.RATED_1,
    "2": Disposition.RATED_2,
    "3": Disposition.RATED_3,
    "4": Disposition.RATED_4,
    "5": Disposition.RATED_5,
}


def read_rating(text: str) -> Disposition | None:
    """Return the rating that a reply is; None where it says anything else or more."""
    found = _ANSWER.fullmatch(normalize("NFKC", text).strip())
    return _RATED[found[1]] if found else None
