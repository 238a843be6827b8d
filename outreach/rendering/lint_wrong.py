"""One thing that is wrong with words: said in English, and as a word that pages can put."""

from collections.abc import Mapping
from typing import NamedTuple


class Wrong(NamedTuple):
    """What is wrong.

    `kind` names the sentences that pages have for it in each language, `told` what those name.
    """

    said: str
    kind: str
    told: Mapping[str, str]
