"""Expressions that no message may contain, by language, and how texts are folded to find them."""

import re
from functools import cache
from importlib.resources import files
from typing import Any, Final
from unicodedata import category, normalize

import yaml

from outreach.domain.records import dataclass

_SIMPLIFIED: Final = str.maketrans(
    dict(
        zip(
            "後負單學鬧曝潑門讓邊戶賬帳號碼錄蕩爾賴無騙臉丟現廣類務處庭長詐貸養還費減額領補貼禮"
            "內獎雙見裡裏將傳喚對偵隊協國網綫線級總給訴執強惡狀壽終徵證書資產終結凍鎖單劉馬習親"
            "發圈繫聯絡電話討債務寧墻牆貼貳點換擬虛擬銀錢業員構開關條約則應當責輕寫導圖會東車轉"
            "微個這們麼樣達選種稱經過遠邀請異議報黨區屬問題變隨際連續進運動歲萬與專業兩嚴喪豐臨"
            "為麗舉義烏樂喬鄉買亂雲亞產畝閉離蟲",
            "后负单学闹曝泼门让边户账账号码录荡尔赖无骗脸丢现广类务处庭长诈贷养还费减额领补贴礼"
            "内奖双见里里将传唤对侦队协国网线线级总给诉执强恶状寿终征证书资产终结冻锁单刘马习亲"
            "发圈系联络电话讨债务宁墙墙贴贰点换拟虚拟银钱业员构开关条约则应当责轻写导图会东车转"
            "微个这们么样达选种称经过远邀请异议报党区属问题变随际连续进运动岁万与专业两严丧丰临"
            "为丽举义乌乐乔乡买乱云亚产亩闭离虫",
            strict=True,
        )
    )
)
_SPACES: Final = re.compile(r"\s+")
_KEPT: Final = "()"
_LOOKALIKES: Final = str.maketrans({"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "@": "a"})
_MIXED: Final = re.compile(r"\b(?=\w*[a-z])(?=\w*[01345@])[\w@]+\b")


@dataclass(frozen=True, slots=True)
class Hit:
    """An expression found: its category, why it is barred, and the folded words that matched."""

    category: str
    about: str
    words: str


@dataclass(frozen=True, slots=True)
class _Category:
    name: str
    about: str
    legal_notice: bool
    patterns: tuple[re.Pattern[str], ...]


@dataclass(frozen=True, slots=True)
class Expressions:
    """One language's list."""

    language: str
    homophones: tuple[tuple[str, str], ...]
    categories: tuple[_Category, ...]

    def fold(self, text: str) -> str:
        """Undo what hides an expression: width, case, traditional characters, spaces, digits."""
        text = normalize("NFKC", text).lower()
        text = "".join(char for char in text if category(char) != "Cf")
        if self.language != "zh":
            text = _SPACES.sub(" ", text.replace("’", "'"))
            return _MIXED.sub(lambda word: word.group().translate(_LOOKALIKES), text)
        text = text.translate(_SIMPLIFIED)
        for sound, meant in self.homophones:
            text = text.replace(sound, meant)
        return "".join(char for char in text if char.isalnum() or char in _KEPT)

    def find(self, text: str, *, legal_notice: bool = False) -> list[Hit]:
        """Return every barred expression in `text`.

        Those of categories that a legal notice may need are let through for `legal_notice`.
        """
        folded = self.fold(text)
        return [
            Hit(barred.name, barred.about, match.group())
            for barred in self.categories
            if not (legal_notice and barred.legal_notice)
            for pattern in barred.patterns
            if (match := pattern.search(folded)) is not None
        ]


@cache
def load_expressions(language: str) -> Expressions:
    """Read the list of one language, which ships with the service.

    Raises:
        FileNotFoundError: There is no list for it.
    """
    text = files(__name__).joinpath(f"{language}.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.load(text, Loader=yaml.CSafeLoader)
    return Expressions(
        language=found["language"],
        homophones=tuple(found["homophones"].items()),
        categories=tuple(
            _Category(
                name,
                item["about"],
                item.get("legal_notice", False),
                tuple(re.compile(pattern) for pattern in item["patterns"]),
            )
            for name, item in found["categories"].items()
        ),
    )
