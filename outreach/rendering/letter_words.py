"""The few words on a letter that no template writes."""

from typing import Final

NUMBER: Final = {"zh": "编号：", "en": "No. "}
DATE: Final = {"zh": "日期：", "en": "Date: "}


def word(words: dict[str, str], locale: str) -> str:
    """Return a word in a locale's language: Chinese for Chinese, English for all others."""
    return words["zh" if locale.partition("-")[0] == "zh" else "en"]
