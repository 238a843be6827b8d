"""The languages that answers are read in, each put together from its parts."""

from types import ModuleType
from typing import Final

from outreach.domain import (
    heard_en,
    heard_es,
    heard_zh,
    revocations_en,
    revocations_es,
    revocations_zh,
)
from outreach.domain.revocations_others import OTHERS
from outreach.domain.revocations_pinyin import PINYIN
from outreach.domain.revocations_writing import Language


def _language(name: str, asked: ModuleType, heard: ModuleType) -> Language:
    return Language(
        name,
        asked.REVOCATIONS,
        asked.DOUBTFUL,
        narrower=asked.NARROWER,
        kept=asked.KEPT,
        ordinary=asked.ORDINARY,
        negated=asked.NEGATED,
        qualified=asked.QUALIFIED,
        understood=heard.UNDERSTOOD,
        asks_again=heard.ASKS_AGAIN,
        heard=heard.HEARD,
    )


IN_WORDS: Final = (
    _language("en", revocations_en, heard_en),
    _language("es", revocations_es, heard_es),
    PINYIN,
    OTHERS,
)
"""Those whose patterns are searched in words with blanks between."""

IN_CHARACTERS: Final = (_language("zh", revocations_zh, heard_zh),)
"""Those whose patterns are searched in characters without blanks."""
