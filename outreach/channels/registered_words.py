"""Words that a vendor sends only as it approved them, compared with those that the rules judged.

The words that the rules were asked about must be the ones that arrive: so the vendor's variables
are read back out of our own words by the approved text, and words that no approved text gives
aren't sent.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from outreach.channels.provider import Rejected
from outreach.domain.vocabulary import ErrorClass

_MOST_VARIABLES: Final = 30


class ApprovedText(BaseModel):
    """One text as the vendor approved it. A template of ours with conditions needs several."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    template: str = Field(min_length=1, description="Key of our template, as in `overdue_early`.")
    locale: str = Field(min_length=1, description="Its language, as in `en-US`.")
    code: str = Field(min_length=1, description="The vendor's id of the approved text.")
    text: str = Field(
        min_length=1,
        description="The approved text with its variables: what our words are compared with.",
    )


class Filled(NamedTuple):
    """What the vendor is told instead of the words."""

    code: str
    values: Mapping[str, str]
    """In the order of the text."""


class ApprovedTexts:
    """All approved texts of one account.

    Args:
        texts: As configured.
        placeholder: What a variable looks like; its only group is the name.

    Raises:
        ValueError: A text that can't be compared with; says which and how to mend it.
    """

    def __init__(self, texts: Sequence[ApprovedText], placeholder: re.Pattern[str]) -> None:
        """See the class."""
        self._texts = [(one, _pattern(one, placeholder)) for one in texts]

    def knows(self, key: str, locale: str) -> bool:
        """Tell whether any text stands for a template of ours; empty is any."""
        return any(_is_meant(one, key, locale) for one, _ in self._texts)

    def fill(self, words: str, key: str, locale: str) -> Filled | Rejected:
        """Return what to tell the vendor so that exactly these words go out.

        Args:
            words: As judged.
            key: Of our template, with or without its hash; empty: told by the words alone.
            locale: The same.
        """
        for approved, pattern in self._texts:
            if _is_meant(approved, key, locale) and (match := pattern.fullmatch(words)):
                return Filled(approved.code, {
                    name.removeprefix("v_"): value for name, value in match.groupdict().items()
                })  # fmt: skip
        return not_approved("words_not_registered")


def not_approved(code: str) -> Rejected:
    """Return the refusal of words that the vendor wouldn't send as they are."""
    return Rejected(ErrorClass.REQUEST_BUG, code, scope="template", alert=True)


def _is_meant(approved: ApprovedText, key: str, locale: str) -> bool:
    return key.partition("@")[0] in {"", approved.template} and locale in {"", approved.locale}


def _pattern(approved: ApprovedText, placeholder: re.Pattern[str]) -> re.Pattern[str]:
    """Return what matches exactly the words that a text can give."""
    source, seen, end = "", set(), -1
    for variable in placeholder.finditer(approved.text):
        if variable.start() == end:
            raise ValueError(
                f"template {approved.code}: two variables touch; no text between them tells where"
                " one ends: register them as one"
            )
        source += re.escape(approved.text[max(end, 0) : variable.start()])
        name = f"v_{variable[1]}"
        source += f"(?P={name})" if name in seen else f"(?P<{name}>.+?)"
        seen.add(name)
        end = variable.end()
    if len(seen) > _MOST_VARIABLES:
        raise ValueError(f"template {approved.code}: more than {_MOST_VARIABLES} variables")
    return re.compile(source + re.escape(approved.text[max(end, 0) :]), re.DOTALL)
