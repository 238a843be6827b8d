"""The words by which people ask to be left alone, as data for `outreach.domain.replies`.

Keywords are whole messages without case, accents, spaces and punctuation. Patterns are searched in
words without case, accents and punctuation; the Chinese ones in simplified characters without
spaces. One pattern a line; lines that start with # are headings.
"""

from typing import Final

STOP: Final = """
    stop stopp stopall stoptexting stopmsg stopsms stopcontact stopit stopnow unsubscribe unsub
    cancel end quit revoke optout optmeout remove removeme leavemealone
    alto parar pare paren basta baja cancelar detener nomas nomasmensajes salir darmedebaja
    arret arreter arretez desabonner desinscrire desinscription
    abmelden abbestellen aufhoren austragen sair remover descadastrar
    ferma cancella disiscrivi disiscrivimi annulla
    退订 退定 取消 停止 停止发送 拒收 取消订阅 不再接收 别发了 不要发了 别再发了 不要再发了
    短信退订 退订短信 td t tdqx 配信停止 解除 停止希望 やめて 수신거부 중지 거부 그만
    रोकें बंद बंदकरो रोको huy dung ngung tuchoi berhenti batal henti hinto tigil itigil
    หยุด ยกเลิก توقف الغاء ايقاف اوقف стоп отписаться отмена отписка хватит
    iptal dur ret koniec rezygnuje wypisz
"""
START: Final = """
    start unstop optin resume subscribe comenzar iniciar empezar reanudar alta demarrer starten
    恢复 恢复接收 开始 重新订阅 订阅 시작
"""
HELP: Final = "help info information ayuda aide hilfe ajuda aiuto 帮助 求助 ヘルプ 도움말 помощь"

# First words that say it all, unless what follows makes them an ordinary verb.
STRONG_FIRST: Final = "stop stopp stopall unsubscribe unsub optout alto basta стоп"
ORDINARY_AFTER: Final = "by at in over the payment payments autopay pago al"

NOT_A_STOP: Final = (
    r"\b(?:do not|dont|never|didnt|did not|cant|cannot|wont|will not) (?:ever )?stop\b"
)

_TEXTS: Final = r"(?:text\w*|txt\w*|messag\w*|msgs?|msging|sms\w*|notif\w*|reminders?|alerts?)"
_ME: Final = r"(?:me|us|this number|my (?:phone|number|cell)|any ?more|again)"
_MINE: Final = r"(?:me|us|my (?:number|phone|cell|name)|this number)"

PHRASES: Final = (
    r"""
    # English
    \b(?:stop|quit|cease|halt)(?: \w+){0,3} TEXTS\b
    \b(?:stop|quit|cease)(?: \w+)? (?:contact|bother|harass|send)\w*
    \b(?:stop|quit|cease)(?: \w+)? (?:bugg?|spam|pester|annoy|bombard)\w*
    \b(?:do not|dont|never)(?: \w+)? (?:TEXTS|contact|write|send|bother|harass)(?: \w+){0,2} ME\b
    \bno (?:more|further)(?: \w+)? (?:TEXTS|contact)\b
    \b(?:take|remove|delete|get|drop) MINE(?: \w+)? (?:off|from|out)\b
    \b(?:remove|delete|lose|forget) (?:my|this) (?:number|phone)\b
    \bleave (?:me|us) (?:the \w+ )?alone\b
    \b(?:opt|opting)(?: me)? out\b
    \bunsubscribe\b
    \b(?:revok|withdraw|rescind)\w*(?: \w+){0,2} (?:consent|permission|authori[sz]ation)\b
    \bcease and desist\b
    \bcease (?:all )?(?:contact|communication\w*)\b
    \b(?:please|pls|plz|just|kindly)(?: \w+)? stop\b
    \bstop (?:please|pls|plz|it|this|now|already|asap)\b
    # Spanish
    \bno (?:me|nos) (?:escrib|mand|envi|contact|molest|text|llam|busqu)\w*
    \b(?:deje|dejen|deja|dejad|pare|paren|para) de (?:me )?(?:escrib|mand|envi|contact)\w*
    \b(?:deje|dejen|deja|dejad|pare|paren|para) de (?:me )?(?:molest|acos|text)\w*
    \bno (?:mas|quiero mas) (?:mensajes?|textos?|sms|avisos?)\b
    \bno (?:quiero|deseo) recibir(?: \w+)? (?:mensajes?|textos?|sms|avisos?)\b
    \b(?:quit|borr|elimin|saqu|sac)\w*me\b(?: \w+)? (?:de|lista)\b
    \b(?:elimin|borr|quit)\w* mi numero\b
    \b(?:dar\w*|den\w*|deme) de baja\b
    \bretiro mi consentimiento\b
    # Portuguese
    \b(?:pare|parem|para) de (?:me )?(?:envi|mand|escrev|contat|incomod)\w*
    \bnao (?:me )?(?:envi|mand|escrev|contat|incomod)\w*
    # French
    \bne (?:m|me|nous) ?(?:ecriv|contact|envoy|derang)\w*(?: \w+)? plus\b
    \bplus de (?:messages?|sms|textos?)\b
    \b(?:arretez?|cessez) de m\w*
    # German
    \bkeine (?:sms|nachrichten|texte) mehr\b
    \bhor(?:en)?(?: sie)? auf\b
    # Russian
    \bне (?:пиш|присыл|беспоко|отправл)\w*
    \bхватит (?:пис|присыл|слать)\w*
    # Vietnamese, Tagalog, Indonesian
    \bdung (?:nhan tin|gui|lien lac)\b
    \bhuwag (?:na )?(?:kayong |mo )?(?:mag)?text\w*
    \bjangan (?:kirim|sms|hubungi)\b
    """.replace("TEXTS", _TEXTS)
    .replace("MINE", _MINE)
    .replace("ME\\b", _ME + "\\b")
)

_NO: Final = "(?:不要|别|请勿|勿|不许|不准|停止|禁止|拒绝|不用|不必|甭)(?:再|继续)?"
_TO_ME: Final = "(?:给|向|对)?(?:我|本人|这个号码)?(?:再)?"
_SEND: Final = "(?:发|发送|传|传送|推送|接收)(?:任何|这种|这些|此类|催收|提醒|垃圾)?"
_NOTE: Final = "(?:短信|信息|消息|简讯|讯息)"
_OTHERS: Final = "(?:家人|家属|父母|公司|单位|同事|朋友|亲友)"

CHINESE: Final = f"""
    {_NO}{_TO_ME}{_SEND}(?:{_NOTE}|了|过来|给我|来)
    {_NO}{_TO_ME}(?:联系|联络|骚扰|打扰|烦|催)(?!.{{0,3}}{_OTHERS})
    退订|拒收|取消(?:短信)?订阅
    不(?:想|愿|愿意|希望|同意)(?:再)?(?:收到|接收|收)(?:任何|你们?的|这种|这些)*(?:{_NOTE}|提醒)
    (?:移除|删除|删掉|去掉)(?:我|本人)?的?(?:手机)?(?:号码|手机号|电话号码)
    (?:撤回|撤销|收回)我?的?(?:同意|授权)
    {_NOTE}请?(?:不要|别)再?发
"""

TRADITIONAL: Final = str.maketrans(
    "訂簡訊發請聯繫絡電話給對騷擾別煩號碼刪從單傳閱恢復開幫這種願準許準絕繼續撤銷",
    "订简讯发请联系络电话给对骚扰别烦号码删从单传阅恢复开帮这种愿准许准绝继续撤销",
)
"""The traditional characters that occur in the patterns."""
