"""Spanish: what else is heard in an answer, and answers that ask nothing about contacts."""

from typing import Final

from outreach.domain.revocations_es import WRITING
from outreach.domain.vocabulary import Heard

ASKS_AGAIN: Final = WRITING.any_of(
    r"""
    \b(?:volver a|reanud~|reinici~|empie[cz]~|otra vez|de nuevo)(?: \w++){0,3} (?:recibir|TEXTS|mandar~|enviar~)\b
    \b(?:quiero|deseo) (?:volver a |seguir )?(?:recibir|recibiendo)\b
    \b(?:sigan|sigue|siga) (?:mandando|enviando|avisando)~
    """
)

UNDERSTOOD: Final = WRITING.any_of(
    r"""
    ^(?:ok|okay|va|vale|si|sip|sale|claro|listo|perfecto|bueno|bien|entendido|enterad[oa]|recibido|de acuerdo|gracias|muchas gracias|mil gracias|muy amable|hola|buenos dias|buenas tardes)(?: (?:ok|gracias|muchas gracias|por avisar~|por el aviso|por el recordatorio|por avisarme|senor~|si|claro|muy amable|entendido|dia|buen|buenas?|tardes|noches|por|el|la|recordatorio)\b){0,8}$
    \b(?:no hay problema|con gusto|no se preocupe|yo me encargo|ahi estare)\b
    """
)

HEARD: Final = {
    Heard.LANGUAGE: WRITING.any_of(
        r"""
        \ben (?:espanol|ingles|chino)\b
        ^(?:espanol|ingles|chino)(?: (?:por favor|porfa|gracias)){0,2}$
        \b(?:hablo|hable|hablan|prefiero|quiero)(?: \w++){0,2} (?:espanol|ingles|chino)\b
        """
    ),
    Heard.PAYOFF: WRITING.any_of(
        r"""
        \b(?:liquidar|saldar)(?: \w++){0,4} (?:todo|total|deuda|prestamo|cuenta|antes|completo)\b
        \bpag(?:ar|o)(?: \w++){0,4} (?:anticipad~|por adelantado|antes de tiempo)\b
        \b(?:pago|liquidacion) (?:total )?anticipad~
        \bcuanto(?: \w++){0,5} (?:liquidar|saldar)~
        """
    ),
    Heard.QUESTION: WRITING.any_of(
        r"""
        \b(?:quien|cuanto|cuantos|donde|cual|por que|adonde)\b
        ^(?:hola |buenas |oiga |disculpe |y |pero ){0,2}(?:como|cuando|que|puedo|podria|pueden|puede|podrian|me pueden|me podrian|es|hay|tienen)\b
        \b(?:mand|envi|pas|reenvi)~GAP3 (?:estado|recibo|comprobante|saldo|liga|link|factura|copia|detalle~)\b
        """
    ),
    Heard.CEASE: WRITING.any_of(
        r"""
        \bcese (?:total|inmediat[oa]|de)GAP3 (?:comunicacion~|contacto)\b
        \bpor ningun(?:a)? (?:medio|via|forma)\b
        \bno (?:me )?(?:vuelvan? a )?contact~GAP2 (?:mas|nunca|jamas)\b
        """
    ),
    Heard.REFUSAL: WRITING.any_of(
        r"""
        \bno (?:les? |te |se lo )?(?:voy|vamos|pienso|quiero|pensamos|planeo) (?:a )?pag~
        \b(?:me|se) nieg[oa] a (?:hacer (?:el|los) )?pag~
        \brehus~ (?:a )?pag~
        \bni un (?:peso|centavo|euro|dolar|quinto)\b
        \bno (?:les? )?pag(?:o|are|aremos) nada\b
        """
    ),
    Heard.DISPUTE: WRITING.any_of(
        r"""
        \bno (?:les? |lo |la |se )?(?:debo|adeudo|debemos|deb[ie]a)\b
        \bno (?:es|era) (?:mia|mio|mi deuda|mi cuenta|mi prestamo|mi credito)\b
        \b(?:no reconozco|desconoc~|desconozco)\b
        \b(?:monto|saldo|cantidad|cargo|cobro)(?: \w++){0,2} (?:mal|incorrect~|equivocad~|errone~|indebid~)\b
        \b(?:disput|impugn|reclam|aclaracion)~
        \b(?:fraude|robo de identidad|suplant~)\b
        """
    ),
    Heard.ATTORNEY: WRITING.any_of(r"\b(?:abogad|licenciado que me representa|despacho juridico)~"),
    Heard.BANKRUPTCY: WRITING.any_of(r"\b(?:bancarrota|quiebra|insolvencia|concurso mercantil)\b"),
    Heard.DECEASED: WRITING.any_of(
        r"\b(?:fallec|falleci|difunt|murio|finad|acta de defuncion|descanse en paz)~"
    ),
    Heard.WRONG_PARTY: WRITING.any_of(
        r"""
        \b(?:numero|telefono|persona)(?: \w++)? equivocad[oa]\b
        \b(?:se|te) equivoc~
        \bequivocad[oa]s? de (?:numero|persona)
        \bno soy\b(?! (?:cliente de otra|yo quien debe))
        \b(?:no es|ya no es|no era) (?:el |su |mi )?(?:numero|telefono|celular)\b
        \bno (?:lo|la|le)? ?conozco a\b
        """
    ),
    Heard.THIRD_PARTY: WRITING.any_of(
        r"\b(?:NOT)(?: me| le)? (?:\w++ ){0,2}a (?:mi|mis|su) (?:RELATIVE)\b"
    ),
    Heard.COMPLAINT: WRITING.any_of(
        r"\b(?:condusef|profeco|consumidor|superintendencia|denunci|quejarme|queja formal|pondre una queja|(?:presentar|poner|levantar|meter|hacer) (?:una )?queja|(?:voy a|vamos a) (?:reportar|quejar)|(?:los|les|lo) (?:voy a )?reporta|indecopi|sernac)~"
    ),
    Heard.HARDSHIP: WRITING.any_of(
        r"""
        \b(?:perdi|quede sin|sin|me quede sin|corrieron del|despidieron)(?: \w++)? (?:trabajo|empleo|chamba)\b
        \b(?:despidieron|desemplead|enferm|hospital|cirugia|accident|prorroga|aplazamiento|mas tiempo|dificil situacion|crisis)~
        \bno (?:tengo|hay|consigo) (?:trabajo|empleo|chamba|ingresos)\b
        \bno (?:puedo|tengo|alcanza|me alcanza|podemos)(?: \w++){0,2} (?:pagar|dinero|para|con que|cubrir)\b
        \b(?:motivos|problemas) de salud\b
        """
    ),
    Heard.TIME: WRITING.any_of(
        r"""
        \b(?:despues|antes|a partir|hasta) de las?\b
        \b(?:por|en|de) la (?:tarde|manana|noche|madrugada)\b
        \b(?:mejor|mas) (?:tarde|manana|al rato)\b
        \b(?:al rato|luego|mas tarde|los fines de semana|en horario)\b
        \bcuando (?:trabajo|estoy|duermo)\b
        """
    ),
    Heard.PLACE: WRITING.any_of(r"\b(?:al|en el|en mi|a mi) (?:trabajo|oficina|empleo|chamba)\b"),
    Heard.MEDIUM: WRITING.any_of(
        r"""
        \b(?:llam|marqu|escrib|contact)(?:enme|eme|ame|anme|an?me|en|ar|an) ?(?:por|mejor|al)?\b(?: (?:telefono|correo|mejor))
        \b(?:puede|puedes|pueden|podria|podrian|mejor|prefiero que)(?: me)? (?:llam|marc|marqu|escrib|llamar|marcar)~
        \bpor (?:correo|telefono|llamada|escrito|whatsapp)\b
        """
    ),
    Heard.FREQUENCY: WRITING.any_of(
        r"""
        \bmenos (?:mensajes?|seguido|veces|frecuen~|llamadas?|avisos?)\b
        \b(?:escrib|llam|mand|envi)~ menos\b
        \b(?:tanto|demasiad~|mucho)(?: \w++)? (?:mensajes?|llam~|seguido)?\b
        \b(?:llaman|mandan|escriben) (?:mucho|demasiado|a cada rato)\b
        \bcantidad de mensajes\b
        \buna vez (?:por|a la|al) (?:semana|mes|dia)\b
        """
    ),
    Heard.PROMISE: WRITING.any_of(
        r"""
        \b(?:pago|pagare|deposito|depositare|transfiero|abono|abonare|liquido|voy a pagar|puedo (?:dar|pagar|abonar)|les hago|hago|promete|prometo|les pago|pagamos)\b(?: \w++){0,5} (?:hoy|manana|lunes|martes|miercoles|jueves|viernes|sabado|domingo|semana|mes|quincena|tarde|mitad|\d++|doscientos|cien|transferencia|pago|ventanilla)\b
        \b(?:hoy|manana|lunes|martes|miercoles|jueves|viernes|sabado|domingo|quincena|\d++|semana|tarde)\b(?: \w++){0,4} (?:pago|pagare|deposito|abono|transfiero|transferencia|les pago|liquido|dar)\b
        """
    ),
    Heard.PAID: WRITING.any_of(
        r"""
        \bya (?:\w++ )?(?:pague|pagado|pagada|deposite|abone|liquide|esta pagad[oa]|quedo pagad[oa]|transferi)\b
        \bya (?:hice|realice)(?: \w++)? (?:pago|deposito|transferencia|abono)\b
        \b(?:acabo|acabamos) de (?:pagar|depositar|transferir|abonar|liquidar)\b
        \b(?:pago|deposito|abono)(?: ya)? (?:fue|quedo|esta|se) (?:enviado|hecho|realizado|aplicado|hizo|envio)\b
        \b(?:pague|deposite|liquide) (?:ayer|hoy|el|la|anoche)\b
        """
    ),
}
