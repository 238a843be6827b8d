"""Chinese in Latin letters: searched in words, as Latin languages are."""

from typing import Final

from outreach.domain.revocations_writing import Language, Writing
from outreach.domain.vocabulary import Heard

_WRITING: Final = Writing({"NOT": r"bie|bu yao|buyao|bu yong|buyong|qing wu|bu xu"})

PINYIN: Final = Language(
    "zh-Latn",
    (
        _WRITING.phrases(
            "zh.pinyin",
            r"""
            \b(?:NOT)(?: zai| gei| wo){0,3} (?:fa|da|cui|lian xi|lianxi|sao rao|saorao|fan|da rao)\b
            \b(?:tui|qu xiao) ?(?:ding|ding yue)\b
            \bstop ?(?:fa|duan xin|duanxin)\b
            """,
        ),
    ),
    _WRITING.any_of(r"\b(?:ting|bie|bu yao|buyao|tui|ju shou)\b"),
    understood=_WRITING.any_of(r"\b(?:hao de|haode|xie xie|xiexie|shou dao|shoudao)\b"),
    heard={
        Heard.PROMISE: _WRITING.any_of(
            r"\b(?:ming ?tian|jin ?tian|zhou ?wu|xia ?zhou|yue ?di|ma ?shang)(?: \w++){0,3} (?:huan|fu|zhuan)\b"
        )
    },
)
