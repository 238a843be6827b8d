"""English: how people ask to be left alone, and what only sounds like it."""

from typing import Final

from outreach.domain.revocations_writing import Writing
from outreach.domain.vocabulary import OptOutScope

WRITING: Final = Writing(
    {
        "STOP": r"stop|quit|cease|halt|discontinue|end|suspend|refrain from|desist from",
        "STOPPED": r"stop|stopping|stopped|quit|quitting|cease|ceasing",
        "TEXTS": r"text|texts|texting|texted|messag~|sms|notif~|alerts?|reminders?|reminding",
        "TO_TEXT": r"text|texts|texting|texted|message|messaging|messaged|sms|write|notify|remind",
        "CALLS": r"call|calls|calling|called|phone calls?|phoning|ring|ringing|dial~|robocall~"
        r"|voicemails?",
        "MAILS": r"email~|e mails?|e mailing|newsletters?",
        "CONTACTS": r"contact~|communicat~|correspond~|reach out~|reaching out|bother~|harass~"
        r"|pester~|bug|bugging|hound~|badger~|stalk~|disturb~|messing with|coming after|following up",
        "ANY": r"TO_TEXT|CALLS|MAILS|CONTACTS|send|sending|sent",
        "NOT": r"dont|doesnt|never|not|no longer|do no|without|neither|nor",
        "WANT": r"want|wants|wanted|wish|like|care|need|consent|agree|authori[sz]e|interested"
        r"|ask~|sign~ up|subscribe~|approve|accept|plan",
        "ME": r"me|us|anymore|any more|no more|again|ever|this|this number|my phone|my number"
        r"|my cell|mobile|with me",
        "MINE": r"me|us|my name|my number|my cell|my phone|my info~|my contact|my email~|myself"
        r"|this number|this phone|this one|number|phone number|us both",
        "OFF": r"off|from|out|outta|outa",
        "OURS": r"my|this|the|our|that|all my",
        "RELATIVE": r"wife|wifes|husband~|spouse|mom~|mother~|dad~|father~|family|kids?|son|sons"
        r"|daughter~|boss|coworkers?|parents?|friends?|neighbou?rs?|references?|sister~|brother~"
        r"|grandm~|ex|roommate~|girlfriend|boyfriend|employer|relatives",
        "PERSON": r"customer|b|he|she|they|member|cx|clmt|ach",
        "SAID": r"asked|asks|asking|request~|want|wants|wanted|stated|states|said|says|demand~"
        r"|prefer~|instruct~|told|advised|insist~|would like|wishes|does",
    }
)

REVOCATIONS: Final = (
    WRITING.phrases(
        "en.texts",
        r"""
        \bSTOPGAP3 TEXTS\b
        \bNOT(?: ever)?GAP1 TO_TEXT\b
        \bnoGAP2 (?:TEXTS)\b
        \b(?:NOT|didnt)GAP3 WANTGAP6 TEXTS\b
        \b(?:sick|tired|done|fed up|enough|through|over it)GAP4 TEXTS\b
        \b(?:if|when) you(?: ever)? TO_TEXT me again\b
        \b(?:turn|shut|switch|cut)GAP3 offGAP3 TEXTS\b
        \b(?:turn|shut|switch)GAP4 TEXTSGAP1 off\b
        \b(?:disable|mute|deactivate|cancel|remove|kill)GAP3 (?:texts|texting|messag~|sms|notif~|alerts?|reminders?)\b
        \b(?:make|get|have|want|need)GAP3 TEXTSGAP2 STOPPED\b
        \bprefer not toGAP2 TEXTS\b
        \b(?:instead of|rather than|no need to|quit it with) (?:the )?TEXTS\b
        \boffGAP3 (?:text|texts|texting|sms|message|messages)\b
        """,
        scope=OptOutScope.MEDIUM,
        media=("sms",),
    ),
    WRITING.phrases(
        "en.calls",
        r"""
        \bSTOPGAP3 CALLS\b
        \bNOT(?: ever)?GAP1 (?:call|calls|calling|phone me|ring|dial)\b
        \bnoGAP2 (?:calls?|calling|phone calls?|voicemails?|robocalls?)\b
        \bNOTGAP3 WANTGAP5 (?:calls?|called|calling|phone calls?|voicemails?)\b
        \b(?:make|get|have|want|need)GAP3 CALLSGAP2 STOPPED\b
        \b(?:sick|tired|done|fed up|enough|through)GAP4 CALLS\b
        \b(?:if|when) you(?: ever)? CALLS me again\b
        \b(?:instead of|rather than|no need to) (?:the )?CALLS\b
        \b(?:text|texts|texting|sms|email|emails|mail|letters?|writing)(?: messages)? only\b
        \bonly(?: by)?(?: via)? (?:text|texts|texting|sms|email|emails|mail|writing)\b
        """,
        scope=OptOutScope.MEDIUM,
        media=("call",),
    ),
    WRITING.phrases(
        "en.emails",
        r"""
        \bSTOPGAP3 MAILS\b
        \bNOT(?: ever)?GAP1 MAILS\b
        \bnoGAP2 MAILS\b
        \bNOTGAP3 WANTGAP5 MAILS\b
        \b(?:instead of|rather than) MAILS\b
        \bunsubscribeGAP4 MAILS\b
        """,
        scope=OptOutScope.MEDIUM,
        media=("email",),
    ),
    WRITING.phrases(
        "en.contact",
        r"""
        \b(?:STOPPED|halt|discontinue|end)GAP3 CONTACTS\b
        \bNOT(?: ever)?GAP2 (?:contact~|bother~|reach out|harass~|communicate|approach|disturb)GAP2 ME\b
        \bnoGAP3 (?:contact|communications?|correspondence)\b(?! info~)
        \b(?:cease and desist|cease (?:all|any|further|every)|cease(?: \w++)? (?:contact|communication)~)\b
        \bleave (?:me|us)GAP3 (?:alone|be|in peace)\b
        \b(?:NOT|prefer not to)GAP4 (?:be|being|get) (?:contacted|bothered|disturbed|harassed|messaged|reached)\b
        \b(?:NOT|didnt)GAP3 (?:hear|hearing) from (?:you|any of you|this)\b
        \b(?:if|when) you(?: ever)? CONTACTS me again\b
        \b(?:NOT|quit|stop)GAP1 (?:hit me up|blow~ up my|hitting me up)\b
        \b(?:go away|get lost|piss off|fuck off|f off|bugger off|buzz off|bug off|back off)\b
        \b(?:dont|never|not)GAP2 (?:anything|nothing) to do with you\b
        """,
        scope=OptOutScope.ALL,
    ),
    WRITING.phrases(
        "en.number",
        r"""
        \b(?:lose|forget|delete|remove|erase|scratch|drop|clear|wipe|purge|take)(?: you)?(?: ever)?(?: had)?GAP1 (?:my|this)GAP2 (?:number|phone|cell|mobile|contact|digits)\b
        \b(?:remove|delete|take)GAP1 (?:my )?number off\b
        \b(?:remove|delete|take|clear)GAP1 (?:my|this) (?:email|e mail|address|contact)\b
        """,
        scope=OptOutScope.ENDPOINT,
    ),
    WRITING.phrases(
        "en.list",
        r"""
        \b(?:take|taken|remove|removed|delete|deleted|get|drop|dropped|cross|scratch|strike|kick|keep)GAP1 MINEGAP3 OFF\b
        \b(?:take|taken|remove|removed|get|keep)GAP2 OFFGAP3 (?:list|lists|database|system|records|text thing|calling|queue)\b
        \b(?:remove|delete) (?:me|us)\b
        \b(?:be|been|get|getting) (?:removed|taken off|dropped|deleted) from (?:you|your|this|the|all|any)\b
        \bwant(?:s|ed)?GAP3 (?:off|out)\b(?! of my (?:loan|contract|lease))
        \b(?:opt|opted|opting|opts)(?: me| us| him| her)? out\b
        \bopt outs?\b
        \b(?:unsubscribe|unsubscribed|unsubscribing|unsub|deregister|unenroll|unlist)\b
        \b(?:do not|dont|no) (?:call|contact|text) (?:list|registry)\b
        \bdnc\b
        """,
    ),
    WRITING.phrases(
        "en.consent",
        r"""
        \b(?:revok|withdraw|withdrew|rescind|retract|cancel|tak)~GAP4 (?:consent|permission|authori[sz]ation|approval)\b
        \b(?:consent|permission|authori[sz]ation)GAP2 (?:revoked|withdrawn|rescinded|denied|canceled|cancelled)\b
        \bno longerGAP4 (?:consent|permission|agree|authori[sz]~|allow~|approve)\b
        \b(?:dont|not|never)GAP3 (?:have|had|has|got|give|gave|given)GAP2 (?:permission|consent)GAP2 (?:ANY)\b
        \b(?:dont|not|never|didnt)GAP1 (?:consent~|agree~|authori[sz]~)GAP2 (?:ANY|this|it|these)\b
        """,
    ),
    WRITING.phrases(
        "en.stop",
        r"""
        \b(?:please|just|kindly|so|now|and|then|ok|said|say|to|must|should|gotta|have to) stop$
        \b(?:please|just|kindly)GAP1 stop\b
        \bstop (?:please|it|this|that|these|those|now|already|asap|immediately|at once|doing|right now|today|with|sending|send|stop|stopping|i paid|spamming|everything|all|kthx|thanks|thank)\b
        \b(?:told|asked|said|asking|telling|begging|beg|want|need)GAP3 to stop\b
        \b(?:i|we) (?:said|say|told) (?:you )?stop\b
        \b(?:can|could|would|will) you(?: please| just| all)? (?:stop|quit)\b
        \b(?:knock|cut|quit) it (?:off|out)?\b
        \b(?:give it a rest|enough is enough|thats enough|no more of this|had enough)\b
        \b(?:im|i am|we are|were|i will be|ill be|now) blocking\b
        \b(?:dont|never|not)GAP1 (?:send|write)GAP3 (?:anything|anymore|any more|again|this|these|stuff|crap|me)\b
        \bnot interested (?:remove|delete|stop|take)\b
        \bnoGAP1 more please\b
        \b(?:told|asked|said)GAP4 not to (?:ANY)\b
        """,
    ),
    WRITING.phrases(
        "en.note",
        r"""
        \bPERSONGAP4 (?:no|not|stop|off|cease|dnc|dont|out|removed)GAP4 (?:ANY|texts|list|file)\b
        \b(?:not|stop)(?: to)?(?: be| being| get| getting) (?:text~|call~|contact~|email~|messag~|disturbed|bothered)\b
        \bSAIDGAP4 (?:cease|removal|dnc|opt out|no texts|no sms|no calls|no contact|no emails)\b
        \b(?:no|stop) (?:sms|texts?|calls?|emails?|contact)GAP2 (?:requested|per|request)\b
        \b(?:revoked|withdrew|withdrawn) (?:tcpa )?consent\b
        \bPERSON does not (?:want|wish|consent)\b
        """,
        in_notes_only=True,
    ),
)

NARROWER: Final = {
    OptOutScope.ENDPOINT: WRITING.any_of(
        r"""
        \b(?:on|at|to|from|text|texts|texting|texted|call|calls|calling|contact|contacting) (?:this|my work|my office|my job|work|that|my home|my cell|my mobile)(?: cell| phone| mobile| home| email){0,2} (?:number|phone|line|cell|inbox)\b
        """
    ),
    OptOutScope.TOPIC: WRITING.any_of(
        r"""
        \b(?:about|regarding|for|on|re|concerning) (?:my |the |this |that )?(?:car |auto |home |student |personal |payday |credit )?(?:loan|account|card|mortgage|balance|bill|lease)\b
        """
    ),
}

KEPT: Final = {
    "sms": WRITING.any_of(
        r"""
        \b(?:text|texts|texting|sms)(?: messages)? (?:only|instead|is fine|are fine|is ok|are ok)\b
        \b(?:only|just|prefer|rather)(?: by)?(?: via)? (?:text|texts|texting|sms)\b
        \btext me(?: \w++){0,2} instead\b
        \b(?:ok|okay|fine) (?:w|with|to|by) (?:text|texts|texting|sms)\b
        """
    ),
    "call": WRITING.any_of(
        r"""
        \b(?:call|calls|calling|phone calls?) (?:only|instead|is fine|are fine|is ok|are ok)\b
        \b(?:only|just|prefer|rather)(?: do)? (?:call|calls|phone calls|phone)\b
        \bcall me(?: dont| do not| instead| rather)\b
        \b(?:ok|okay|fine) (?:w|with|to|by) (?:call|calls|calling|phone)\b
        \bdont mind(?: you)? calling\b
        """
    ),
    "email": WRITING.any_of(
        r"""
        \b(?:email|emails|e mail) (?:only|instead|is fine|are fine)\b
        \b(?:only|just|prefer|rather) (?:email|emails)\b
        """
    ),
}

ORDINARY: Final = WRITING.any_of(
    r"""
    \bstop(?:s|ped|ping)? (?:by|at|in|over|for|working|loading|thinking|laughing|crying|off at)\b
    \bstop(?:s|ped|ping)?GAP3 (?:autopay|auto pay|automatic|payments?|paying|autodraft|direct debit|debit|checks?|transfer|charges?|charging|interest|late fees?|fees?|garnish~|car|truck|bleeding)\b(?: payments?)?
    \b(?:bus|train|next|last|first|pit|truck|non|one|full) stop\b
    \bstop (?:sign|light|loss|watch|payment|option|word|command)~
    \b(?:i|we) (?:can|could|will|ll|might|may|should) (?:swing by|stop)\b(?! (?:TEXTS|CALLS))
    \bcancel(?:l?ed|l?ing|s)?GAP3 (?:autopay|auto pay|payments?|order|appointment|card|transaction|check|loan|transfer|policy|insurance|plan|meeting|contract|debit|netflix|subscription|membership|service|warranty|trip|flight)\b
    \bend(?:s|ed|ing)? (?:of|date|dates|balance|up|the (?:loan|contract|lease|call|month|year|week))\b
    \b(?:in|at|by|on) the end\b
    \b(?:week|month|year|day|tax|early)s? end\b
    \bend(?:s|ing)? (?:my|the|this) (?:loan|contract|lease|account)(?: early)?\b
    \b(?:quit|quitting|left) (?:my|his|her|the|a|smoking|drinking|that) ?(?:job|work|position)?\b
    \b(?:remove|delete|waive|drop|take off|cancel)GAP3 (?:fee|fees|charge|charges|hold|interest|lien|flag|payment|card|cosigner|penalty|app|late)\b
    \bopt(?:ed|ing)? out of(?! (?:\w++ ){0,2}(?:TEXTS|CALLS|MAILS|CONTACTS|this|these|those|it|that|everything|all|your|you)\b)GAP3
    \b(?:dont|never|not|no need to)GAP1 (?:ANY)GAP2 (?:my|his|her|the|our)GAP1 (?:RELATIVE)\b
    \bleave (?:me|us) (?:a|your|the)\b
    \b(?:explained|mentioned|offered|gave|informed of|read|advised of|told about) (?:the )?(?:stop|opt out)(?: option| instructions?| language| notice)?\b
    \bpay(?:ing)?(?: (?:it|this|that|everything|all of it|the (?:loan|balance|rest|whole thing)|my (?:loan|balance|account)))? off\b(?! (?:TEXTS|CALLS|your list))
    \bwant(?:s|ed)?GAP2 out of (?:debt|the hole|trouble)\b
    \bfrom (?:my|your) end\b
    \b(?:did|have|had|has|do|why) (?:you|nobody|they|i)GAP1 (?:not|never)(?: \w++)? (?:TO_TEXT|CALLS|MAILS|send)\b
    \byou(?: guys)? never (?:TO_TEXT|CALLS|MAILS|send|sent)\b(?! me again)
    """
)

NEGATED: Final = WRITING.any_of(
    r"""
    \b(?:dont|never|didnt|doesnt|cant|wont|not|wouldnt|shouldnt|havent|hasnt|no need|nobody|no one)(?: (?:ever|to|want|wants|wanted|you|please|need|needs|ask|asks|asked|asking|going|say|says|said|tell|told|have|just|try|trying|me|us|i|really)){0,4} (?:stop|stopped|quit|cancel|cancelled|canceled|unsubscribe|unsubscribed|opt out|opted out|opt me out|revoke|revoked|remove me|take me off|end)(?:GAP3 (?:TEXTS|CALLS|MAILS|CONTACTS|sending))?
    \bnon?stop\b
    """
)

QUALIFIED: Final = WRITING.any_of(
    r"""
    \b(?:while|when|whenever|if|because) (?:im|i am|i|he|she|its|working|driving|sleeping)\b(?! (?:you|paid))
    \b(?:so|too|this|that|very|real|really) (?:late|early|often|much|many|frequently)\b
    \b(?:late|early) (?:at|in)\b
    \b(?:at|during|after|before|past|until|till|between) (?:\d++ ?(?:am|pm|oclock)?|night|work|dinner|lunch|noon|midnight|hours|business hours|the day|my shift|school|church|meetings?|the night|weekends?)\b
    \bon (?:weekends?|sundays?|saturdays?|mondays?|holidays?|weekdays?)\b
    \bin the (?:morning|evening|afternoon|middle of)~
    \b(?:every|each) (?:day|hour|single day|morning|week)\b(?=.{0,20} (?:once|instead))
    \b(?:on|for|during) (?:the )?weekends?\b
    """
)

DOUBTFUL: Final = WRITING.any_of(
    r"""
    \b(?:stop|quit|unsub|opt|remov|delet|block|spam|scam|harass|annoy|pester|bother|cease|desist|refus|revok|withdr|consent|permission|complain|report|disabl|mute|uninstall)~
    \b(?:end|cancel|alone|enough|leave|dnc|off|out|nope|nah|cfpb|ftc|fcc|bbb|lawsuit|sue|suing|police|illegal|privacy|ugh|wtf|fuck~|shit~|damn|hell|bye|goodbye|done|sick|tired|tcpa|fdcpa|less|often|fewer|limit)\b
    \b(?:no|not|dont|never|nothing|without)(?: \w++){0,2} (?:TEXTS|CALLS|MAILS|CONTACTS|send|more|interested|thanks|thank|want|need)\b
    \b(?:too (?:many|much)|so many|so much)\b
    ^(?:no|not|nope|nah|no no|no thanks|no thank you|hell no|im good|i am good)$
    """
)
