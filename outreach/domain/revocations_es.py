"""Spanish: how people ask to be left alone, and what only sounds like it.

Accents are gone by the time a pattern is searched, and ñ is n. Verbs are in the forms of requests
and wishes: `no me manden` asks for something, `no me mandaron` complains that it didn't come.
"""

from typing import Final

from outreach.domain.revocations_writing import Writing
from outreach.domain.vocabulary import OptOutScope

WRITING: Final = Writing(
    {
        "TEXTS": r"mensaje~|textos?|sms|avisos?|recordatorio~|notificacion~|alertas?|whats~",
        # Requests and wishes, and the infinitive; never what somebody does or did.
        "ENDING": r"e|en|es|eis|ar|arme|arnos|ara|aran|ando|andome|eme|ame|anme|enme|arlos?|aria"
        r"|arian|ases?|emos",
        "ASKED": r"(?:mand|envi|avis)(?:ENDING)|notifi(?:qu)?(?:ENDING)"
        r"|text(?:e|en|ee|een|ear|earme|eame|eeme|ien|ie|eando|eandome)"
        r"|escrib(?:a|an|as|ir|irme|iera|ieran|iendo|iendome|ame|anme|amos)",
        "STOPS": r"dej(?:e|en|a|ad|ar|aran|aria|arian|as|es)|par(?:e|en|a|ar|aran|ale|enle|ele)"
        r"|ces(?:e|en|ar)|detengan?|suspend(?:a|an|er)",
        "NOT": r"no|nunca|jamas|tampoco|sin|ni",
        "WANT": r"quier~|quisier~|dese~|necesit~|pid~|autoriz~|acept~|permit~|gustaria|prefier~"
        r"|consient~|interes~",
        "OURS": r"mi|el|este|ese|mi numero de|su",
        "RELATIVE": r"esposa|esposo|mujer|marido|familia~|mama|papa|madre|padre|hij[oa]s?|herman~"
        r"|jefe|jefa|amig~|vecin~|suegr~|referencias?|pareja|novi[oa]|companer~|abuel~",
        "ADDRESS": r"numero|telefono|celular|movil|linea",
    }
)

REVOCATIONS: Final = (
    WRITING.phrases(
        "es.texts",
        r"""
        \bNOT(?: ya)?(?: me| nos| se me)?(?: vuelvan? a| sigan?| sigas)?(?: me)? (?:ASKED)\b
        \bNOT (?:quiero|deseo|autorizo|acepto|permito|pedi)GAP3 (?:ASKED)\b
        \bNOTGAP3 (?:WANT)GAP4 (?:recib~|lleg~|TEXTS)\b
        \bNOT (?:quiero|deseo)GAP1 (?:mas|otro|seguir|ningun~)GAP4 TEXTS\b
        \bNOTGAP1 (?:mas|mas de|otro|ningun) (?:TEXTS)\b
        \bNOTGAP1 (?:me )?(?:lleguen?|llegaran)\b
        \b(?:STOPS)(?: ya| ya de una vez)? (?:de|con)GAP1 (?:ASKED)\b
        \b(?:STOPS)(?: ya)? (?:de|con)GAP3 TEXTS\b
        \b(?:basta|suficiente|hart[oa]s?|cansad[oa]s?|corten~|corte|cortala)GAP3 TEXTS\b
        \b(?:desactiv|apag|cancel|anul|suspend|silenci)~GAP3 TEXTS\b
        \b(?:TEXTS)GAP2 ya no\b
        \b(?:en vez|en lugar) de (?:ASKED)\b
        \b(?:stop|no more|dont) (?:TEXTS|mand~|envi~|escrib~)\b
        \bno me text\b
        \bsin (?:mensajes?|textos?|sms)\b
        """,
        scope=OptOutScope.MEDIUM,
        media=("sms",),
    ),
    WRITING.phrases(
        "es.calls",
        r"""
        \bNOT(?: ya)?(?: me| nos| le| les| lo| la)?(?: vuelvan? a| sigan?| sigas)?(?: me)? (?:llam|marqu|marc|telefone)(?:ENDING)\b
        \bNOTGAP3 (?:WANT)GAP4 (?:llam(?:ENDING)|llamadas?)\b
        \bNOTGAP1 (?:mas )?(?:llamadas?|marcaciones)\b
        \b(?:STOPS)(?: ya)? (?:de|con)GAP2 (?:llam|marc)~\b
        \b(?:basta|suficiente|hart[oa]s?|cansad[oa]s?|corten~)GAP3 llamadas?\b
        \bsolo(?: por| con| via)? (?:mensaje~|texto|textos|whats~|sms|escrito|correo|email)\b
        \b(?:en vez|en lugar) de (?:llam~)\b
        """,
        scope=OptOutScope.MEDIUM,
        media=("call",),
    ),
    WRITING.phrases(
        "es.emails",
        r"""
        \bNOTGAP4 (?:correos?|emails?|mails?)\b
        \b(?:STOPS)(?: ya)? (?:de|con)GAP3 (?:correos?|emails?|mails?)\b
        """,
        scope=OptOutScope.MEDIUM,
        media=("email",),
    ),
    WRITING.phrases(
        "es.contact",
        r"""
        \bNOT(?: ya)?(?: me| nos| mas)?(?: vuelv~ a| sigan?)?(?: me)? (?:contact|comuni[cq]u?|molest|acos|hostig|fastidi|jod|busqu|busc|chin[gj]u?|importun)(?:ENDING)\b
        \bNOTGAP3 (?:WANT)GAP3 (?:contact|comunic|molest|busqu|busc|trato)~
        \b(?:STOPS)(?: ya)? de (?:me )?(?:contact|molest|acos|hostig|fastidi|jod|busc|chinga|importun|estar)~
        \b(?:dej|deje)~GAP1 (?:en paz|tranquil[oa]s?)\b
        \bsi (?:me |nos )?(?:vuelv|sig)~(?: a)? (?:contact|molest|busc|acos|hostig)~
        \b(?:larguense|vayanse|alejense|pierdanse)\b
        \bcese (?:total|inmediat[oa]|de)\b
        \bningun(?:a)? (?:medio|forma|via|comunicacion)\b
        """,
        scope=OptOutScope.ALL,
    ),
    WRITING.phrases(
        "es.number",
        r"""
        \b(?:borr|elimin|quit|saqu|sac|olvid|retir|pierd)~GAP3 (?:ADDRESS)\b
        \bolvid~ de (?:este|mi) (?:ADDRESS)\b
        """,
        scope=OptOutScope.ENDPOINT,
    ),
    WRITING.phrases(
        "es.list",
        r"""
        \b(?:dar|den|denme|deme|darme|darse|dame|dese|darnos|doy)GAP1 de baja\b
        \b(?:la|mi|una|dar|solicito|pido|quiero|tramit~)(?: mi| la| una)? baja (?:inmediata|definitiva|de (?:la|esta|estas|este|estos|su|los|sus)|por favor|del (?:servicio|sistema|registro))
        \b(?:solicit|pid|exij|quier|tramit)~ (?:la|mi) baja\b
        \b(?:quit|saqu|sac|borr|borre|elimin|retir|desuscrib|remuev|excluy)(?:e|a|en|an|i|ad)(?:me|nos|melo)\b
        \bme (?:quit|saqu|borr|elimin|retir|desuscrib|den de baja|remuev)~
        \b(?:desuscrib|desincrib|desinscrib|dessuscrib)~
        \b(?:cancel|anul)~GAP2 (?:suscripcion~|registro)\b
        \b(?:quiero|quisiera|deseo|me) (?:me )?(?:salir|salirme|salgo)(?: ya)? de (?:esta|la|su|este|estos) (?:lista|grupo|base|mensajes)\b
        \bcomo (?:\w++ ){0,3}(?:salir|me salgo|me salir) de (?:esta|la|su|este) (?:lista|grupo|base)
        """,
    ),
    WRITING.phrases(
        "es.consent",
        r"""
        \b(?:revoc|retir|cancel|anul|quit)~GAP2 (?:consentimiento|autorizacion|permiso)\b
        \bno (?:les? |los )?(?:autorizo|doy (?:mi )?(?:permiso|consentimiento|autorizacion)|consiento)\b
        \b(?:ya no|no)GAP1 (?:autorizo|consiento)\b
        \b(?:derecho|ejerzo) de oposicion\b
        \bme opongo\b
        \b(?:les |le |os )?prohibo (?:que )?(?:me )?(?:contact|llam|escrib|mand|envi|molest)~
        """,
    ),
    WRITING.phrases(
        "es.stop",
        r"""
        ^(?:por favor |ya |oigan? |mire )?(?:pare|paren|parenle|basta|alto|detengan~|cesen)(?: ya| por favor| gracias| de una vez| con esto| todo){0,4}$
        \b(?:por favor|ya|favor de|pido que|mensajes) (?:pare|paren|parenle|basta|detengan~)\b
        \b(?:pare|paren) (?:por favor|ya|con)\b
        (?<!\bcon eso )\bbasta (?:ya|de|con los)\b
        \bya basta\b
        \bya estuvo\b
        \b(?:cortenla|cortala|corten)\b
        \b(?:ya )?no (?:\w++ )?(?:me )?(?:manden?|envien?|escriban?) (?:mas|nada)\b
        \bno mas$
        ^(?:ya )?no mas\b
        \b(?:paren|basta)$
        \b(?:pedi|dije|dijimos|pedimos)GAP3 que no\b
        \b(?:no )?permiso para (?:escrib|llam|contact|mand)~
        \bstopGAP1 (?:por favor|mensajes|ya)\b
        """,
    ),
    WRITING.phrases(
        "es.note",
        r"""
        \bclienteGAP4 (?:no|cese|baja|revoca|revoco)GAP3 (?:recib~|llam~|contact~|mensajes?|sms|correos?|molest~|comunic~|lista|consentimiento|escrib~|mand~|envi~)\b
        \b(?:solicita|solicito|pide|pidio|requiere|exige)GAP2 (?:baja|cese)\b
        \bque no (?:le|lo|la|se le) (?:llam|contact|escrib|envi|mand|molest)~
        \brevoca consentimiento\b
        """,
        in_notes_only=True,
    ),
)

NARROWER: Final = {
    OptOutScope.ENDPOINT: WRITING.any_of(
        r"""
        \b(?:este|ese|mi|el) (?:ADDRESS)(?! de cuenta)\b
        \b(?:al|a mi|en el|en mi) (?:trabajo|oficina|casa)\b
        """
    ),
    OptOutScope.TOPIC: WRITING.any_of(
        r"""
        \b(?:sobre|acerca de|respecto a|por|de|del) (?:lo de )?(?:el|la|mi|este|esta)? ?(?:prestamo|credito|cuenta|deuda|tarjeta|hipoteca)\b
        """
    ),
}

KEPT: Final = {
    "sms": WRITING.any_of(
        r"""
        \bsolo(?: por| con| via)? (?:mensaje~|texto|textos|sms|escrito)\b
        \b(?:prefiero|mejor|si) (?:que me )?(?:escrib|mand|mensaje|texto|text)~
        """
    ),
    "call": WRITING.any_of(
        r"""
        \bsolo(?: por| con)? (?:llamad~|telefono)\b
        \b(?:prefiero|mejor|puede|pueden|si) (?:que me )?(?:llam|marqu|marc)~
        """
    ),
}

ORDINARY: Final = WRITING.any_of(
    r"""
    \b(?:dieron|dado|dio|estoy|estuve|estaba|sigo)GAP1 de baja (?:en|medica|laboral|por|del trabajo)
    \bbaja (?:medica|laboral|por|maternal|temporal|tasa|la tasa)\b
    \b(?:alta|mas|muy|tan|bien|la)(?: \w++)? (?:o )?baja\b
    \b(?:un|muy|mas|tan|el|es|costo|precio) alto\b
    \balto (?:precio|costo|interes|monto|nivel)\b
    \b(?:cancel|liquid)~GAP4 (?:pago|pagos|deuda|credito|prestamo|debito|cuota|cuenta|saldo|domiciliacion|tarjeta|cita|pedido|orden|compra|hipoteca|total)\b
    \bpara (?!$|ya|por favor|de|con)
    \bbasta (?:para|con(?! l[oa]s))\b
    \bcon eso basta\b
    \bsalir (?:del?|de la) (?:buro|deuda~|apuro|problema|trabajo|casa)
    \b(?:NOT)(?: me)? (?:\w++ ){0,2}a (?:mi|mis|su) (?:RELATIVE)\b
    \b(?:parar|pare|parando|paro) (?:el|la|mi) (?:carro|coche|auto|moto|camion)\b
    \bno puedo parar\b
    \bdejeme parar\b
    \bfin de (?:mes|semana|ano)\b
    \b(?:debito|pago|cargo) automatico\b
    \bse (?:cancel|par|detuv|deten)~
    """
)

NEGATED: Final = WRITING.any_of(
    r"""
    \bno (?:\w++ ){0,2}(?:dejen|deje|dejes|dejar|paren|pare|cesen) de\b(?: \w++){0,3}
    \bno (?:\w++ ){0,2}(?:darme|dar|di|dado|quiero|desea|dimos|solicite|pedi|pida)(?: \w++){0,2} (?:de )?baja\b
    \bno (?:\w++ ){0,2}(?:desea|quiere|solicita|pide|pidio|solicito) (?:la )?baja\b
    \bno (?:cancelen|cancele|suspendan)(?: \w++){0,3} TEXTS\b
    """
)

QUALIFIED: Final = WRITING.any_of(
    r"""
    \b(?:en|por|de|a) (?:la|las) (?:noche|noches|madrugada|manana|tarde)\b
    \b(?:cuando|mientras|si) (?:estoy|trabajo|duermo|ando|este)\b
    \btan (?:tarde|temprano|seguido)\b
    \b(?:antes|despues) de las?\b
    \blos (?:domingos|sabados|fines)\b
    \ben (?:horas?|horario) (?:de|laboral)~
    \ben el trabajo\b
    """
)

DOUBTFUL: Final = WRITING.any_of(
    r"""
    \b(?:alto|basta|baja|cancel|deten|salir|borr|elimin|quit|saqu|suscri|desuscri|molest|acos|acoso|fastidi|hart|denunci|demand|queja|spam|bloque|revoc|autoriz|permiso|consentimiento|privacidad|ilegal|estafa|nieg|menos|deje|dejen|pare|paren|cese)~
    \b(?:no|nunca|jamas|sin)(?: \w++){0,3} (?:mand|envi|escrib|text|llam|contact|molest|recib|mensaje|interes|gracias|quier|dese)~
    \b(?:mucho|muchos|demasiad|otra vez|seguido)~
    ^(?:no|nel|nada|no no|ya no|que no|no senor)$
    \bquien (?:les |te |le )?(?:dio|autorizo)\b
    \b(?:mierda|carajo|chin~|verga|pinche|maldit~|put[oa]s?)\b
    """
)
