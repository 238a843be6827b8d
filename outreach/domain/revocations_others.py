"""Languages beside English, Spanish and Chinese: the phrases in most frequent use."""

from typing import Final

from outreach.domain.revocations_writing import Language, Writing
from outreach.domain.vocabulary import OptOutScope

_WRITING: Final = Writing({})

OTHERS: Final = Language(
    "xx",
    (
        _WRITING.phrases(
            "pt",
            r"""
            \b(?:pare|parem|para) de (?:me )?(?:envi|mand|escrev|contat|incomod|ligar)~
            \bnao (?:me )?(?:envi|mand|escrev|contat|incomod|lig)~
            \bnao quero (?:mais )?(?:receber|mensagens|sms)\b
            """,
        ),
        _WRITING.phrases(
            "fr",
            r"""
            \bne (?:m|me|nous) ?(?:ecriv|contact|envoy|derang|appel)~(?: \w++)? plus\b
            \bplus de (?:messages?|sms|textos?)\b
            \b(?:arretez?|cessez) de (?:m|me|nous)~
            """,
        ),
        _WRITING.phrases(
            "de",
            r"""
            \bkeine (?:sms|nachrichten|texte|anrufe) mehr\b
            \bhor(?:en)?(?: sie)? auf\b
            """,
        ),
        _WRITING.phrases(
            "ru",
            r"""
            \bне (?:пиш|присыл|беспоко|отправл|звон)~
            \bхватит (?:пис|присыл|слать|звон)~
            """,
        ),
        _WRITING.phrases(
            "vi",
            r"""
            \bdung (?:nhan tin|gui|lien lac|goi)\b
            """,
        ),
        _WRITING.phrases(
            "tl",
            r"""
            \bhuwag (?:na )?(?:kayong |mo )?(?:mag)?text~
            """,
        ),
        _WRITING.phrases(
            "id",
            r"""
            \bjangan (?:kirim|sms|hubungi|telepon)~
            """,
        ),
        _WRITING.phrases(
            "ko",
            r"""
            (?:문자|연락|전화|메시지).{0,4}(?:그만|하지마|하지 마|보내지|중지|거부)
            """,
        ),
        _WRITING.phrases(
            "ja",
            r"""
            (?:連絡|メール|メッセージ|電話).{0,4}(?:しないで|やめて|送らないで|不要)
            送らないで
            """,
            scope=OptOutScope.MEDIUM,
        ),
    ),
    _WRITING.any_of(r"\b(?:nao|nunca|ne|pas|plus|nicht|kein|не|нет|jangan|huwag|dung)\b"),
)
