"""English: what else is heard in an answer, and answers that ask nothing about contacts."""

from typing import Final

from outreach.domain.revocations_en import WRITING
from outreach.domain.vocabulary import Heard

ASKS_AGAIN: Final = WRITING.any_of(
    r"""
    \b(?:start|resume|restart|begin|continue|keep)GAP2 (?:TEXTS|MAILS|sending)\b
    \b(?:sign|opt|add|put)GAP2 back (?:in|on|up)\b
    \b(?:opt|opting) (?:me )?(?:back )?in\b
    \b(?:re subscribe|resubscribe)\b
    """
)

UNDERSTOOD: Final = WRITING.any_of(
    r"""
    ^(?:ok|okay|k|kk|yes|yep|yeah|yea|ya|yup|sure|got it|gotcha|will do|thanks?|thank you|great|good|perfect|cool|noted|understood|alright|right|done deal|copy|roger|appreciate it|received)(?: (?:ok|okay|so much|very much|a lot|you|thanks?|thank|sir|maam|for the reminder|for letting me know|for reminding me|for the heads up|got it|will do|great|appreciate it|i|have|a|good|great|day|one|too|much|the|reminder)\b){0,8}$
    \b(?:ill|i will|i am going to|let me) (?:take care|handle|check|look|call you|get back|be there|see|stop)\b
    \b(?:see you|talk soon|talk later|take care|have a good|on my way|no problem|no worries|my pleasure)\b
    \b(?:breaking up|hang on|hold on|one sec~|repeat that|say that again|cant hear)\b
    """
)

HEARD: Final = {
    Heard.LANGUAGE: WRITING.any_of(
        r"""
        \b(?:in|speak~|write|text|use|switch to|change to|prefer|need|want)(?: (?:me|it|to|the|language|in|my|messages)){0,3} (?:english|spanish|espanol|chinese|mandarin)\b
        ^(?:english|spanish|espanol|chinese|mandarin)(?: (?:please|pls|plz|only|thanks?)){0,2}$
        """
    ),
    Heard.PAYOFF: WRITING.any_of(
        r"""
        \b(?:payoff|pay off)(?: \w++)? (?:amount|quote|figure|letter|balance|early|total)\b
        \bpay(?:ing)? (?:(?:it|this|that|my|the|loan|whole|entire|everything|all|of|account|balance) ){0,4}(?:off|early)\b
        \bearly (?:payoff|pay off|repayment|settlement)\b
        \b(?:settle|close)(?: out)?(?: \w++){0,3} (?:loan|account) (?:early|today|now|completely)\b
        \bto (?:pay off|settle|close out)(?: \w++){0,2} (?:loan|account|everything)\b
        """
    ),
    Heard.QUESTION: WRITING.any_of(
        r"""
        \b(?:how|what|whats|when|where|why|who|whos|which)(?: \w++){0,2} (?:is|are|was|do|does|did|can|could|should|will|would|i|you|it|this|my|the|much|many|long|dis|gave)\b
        ^(?:hi |hello |hey |ok |so |and |but |also |please |yes |no ){0,2}(?:is|are|do|does|did|can|could|may|would|will|am|have|has) (?:i|you|it|this|that|we|there|my|the|someone|somebody|they)\b
        \b(?:can|could|would|may) (?:i|you|we) (?:pay|remove|get|have|send|help|explain|tell|work|waive|change|set|check|resend|extend|please)\b
        \b(?:send|email|mail|text|give|forward|resend|upload)(?: me)?GAP3 (?:statement|receipt|link|letter|balance|bill|invoice|copy|payoff|details|info~|due dates?|amount)\b
        """
    ),
    Heard.CEASE: WRITING.any_of(
        r"""
        \bcease (?:and desist|all|any|further|contact~|communicat~)\b
        \b(?:cease|end|stop) (?:all|any|every) (?:further )?(?:contact|communication)~
        \bdo(?:nt| not)GAP1 contactGAP3 (?:ever|any way|anymore|any more|again)\b
        \b1692c\b
        \bcease (?:\w++ ){0,2}(?:communication|contact)~
        """
    ),
    Heard.REFUSAL: WRITING.any_of(
        r"""
        \brefus(?:e|es|ed|ing)GAP2 (?:pay|payment|to pay|paying)\b
        \b(?:im|i am|we are|were|am) (?:not|never) (?:\w++ )?pay~
        \b(?:wont|will not|never going to|not going to|aint) (?:\w++ )?(?:pay|paying|be paying)\b
        \bnot paying\b
        \b(?:youre|you) (?:not|never) (?:getting|get|going to get)GAP3 (?:dime|cent|penny|money|dollar)\b
        """
    ),
    Heard.DISPUTE: WRITING.any_of(
        r"""
        \bdisput~
        \b(?:dont|never|not|didnt|do no)(?: even)? (?:owe|owed|owing|borrow~|recogni[sz]e|take out)\b
        \bnot my (?:debt|loan|account|bill)\b
        \bnever (?:took|opened|signed|got|had|received|applied|borrowed|agreed)(?: \w++){0,3} (?:loan|account|money|credit|this|it)\b
        \bnot what i (?:agreed|signed|owe|borrowed)~
        \bisnt my (?:debt|loan|account|bill)\b
        \b(?:isnt|not) mine\b
        \b(?:amount|balance|total|number)(?: \w++){0,2} (?:wrong|incorrect|not right|off|inaccurate)\b
        \bwrong (?:amount|balance)\b
        \b(?:validat|verif|proof of|prove)~GAP3 (?:debt|i owe|loan|this)\b
        \b(?:verification|validation)\b
        \b(?:identity theft|fraud~|stolen identity)\b
        """
    ),
    Heard.ATTORNEY: WRITING.any_of(
        r"""
        \b(?:lawyer|attorney|atty|legal counsel|law ofc|law office|law firm|my counsel|legal aid|letter of representation|lor)~
        """
    ),
    Heard.BANKRUPTCY: WRITING.any_of(
        r"""
        \b(?:bankrupt~|chapter (?:7|11|13|seven|thirteen)|ch ?(?:7|13)|automatic stay|bk filed)\b
        """
    ),
    Heard.DECEASED: WRITING.any_of(
        r"""
        \b(?:passed away|has passed|deceased|is dead|died|passed on|death certificate|his estate|her estate)\b
        """
    ),
    Heard.WRONG_PARTY: WRITING.any_of(
        r"""
        \bwrong (?:number|person|guy|lady|phone|party|one|man|woman)\b
        \b(?:this|that|it) (?:isnt|is not|aint) (?!my debt|mine|my loan|right)(?!my account|what|a |the |correct|going|for|an |how|fair|ok|enough)\w++
        \bnot my number\b
        \bnot (?:the person|him|her|who you)\b
        \b(?:i|we)(?: just)? got this (?:number|phone)\b
        \bnew (?:owner of this|number and)\b
        \b(?:dont|do not) know (?:him|her|that person|this person|anyone|anybody|who)\b
        \bno one (?:here )?by that name\b
        """
    ),
    Heard.THIRD_PARTY: WRITING.any_of(
        r"""
        \b(?:dont|never|not|stop|quit|no need to)GAP1 (?:ANY)GAP2 (?:my|his|her|the|our)GAP1 (?:RELATIVE)\b
        """
    ),
    Heard.COMPLAINT: WRITING.any_of(
        r"""
        \b(?:cfpb|ftc|fcc|bbb|attorney general|ombudsman|regulator)\b
        \b(?:file|filing|filed|make|making)GAP2 complaint\b
        \breport(?:ing|ed)? (?:you|this|your)\b
        \bi (?:will|am going to)GAP1 (?:complain|report)\b
        \bcomplaint\b
        """
    ),
    Heard.HARDSHIP: WRITING.any_of(
        r"""
        \b(?:lost|quit|losing|laid off from|fired from)GAP2 job\b
        \b(?:laid off|got fired|unemployed|out of work|outta work|furloughed|on disability|out of a job)\b
        \b(?:hours|pay|wages) (?:got|were|was|are|been) (?:cut|reduced)\b
        \b(?:hospital~|medical|surgery|cancer|illness|sick leave|accident|hardship|deferment|forbearance|extension|divorc~|evict~|homeless|flood~|hurricane|fire)\b
        \b(?:cant|cannot|unable to|not able to|couldnt)(?: \w++)? (?:pay|afford|make)\b
        \b(?:dont|do not) (?:just )?have (?:it|the money|any money|money)\b
        \b(?:money|things|finances|budget) (?:is|are|has been|have been)(?: \w++)? tight\b
        \b(?:broke|struggling|work with me|payment plan|more time)\b
        """
    ),
    Heard.TIME: WRITING.any_of(
        r"""
        \b(?:after|before|past|until|till|at|around|between) \d++ ?(?:am|pm|oclock|a m|p m)?\b
        \b(?:mornings?|evenings?|afternoons?|weekends?|weekdays?|nights?|noon|midnight)\b
        \b(?:call|text|contact|reach|try|email)(?: me| us)?(?: back)?(?: again)? (?:later|tomorrow|tonight|monday|tuesday|wednesday|thursday|friday|saturday|sunday|next week)\b
        \b(?:at|during) (?:work|dinner|lunch|night)\b
        \blate at night\b
        \bwhile im (?:at )?(?:work|working)\b
        """
    ),
    Heard.PLACE: WRITING.any_of(
        r"""
        \b(?:at|to|my) (?:work|the office|my job|my workplace|my office)\b
        \bwork (?:number|phone|email|line|\w++ ?number)\b
        \b(?:my|the) (?:job|workplace|employer|office)\b
        \bwork$
        """
    ),
    Heard.MEDIUM: WRITING.any_of(
        r"""
        \b(?:call|phone|ring|email|write) me\b
        \b(?:can|could|would|will) (?:you|someone|somebody)GAP1 (?:call|phone|email|write)\b
        \bjust(?: do)? (?:phone )?calls\b
        \b(?:call|phone|email|letters?|mail)(?: me)? (?:only|instead)\b
        \b(?:prefer|rather)GAP3 (?:call|calls|phone|email|emails|mail|letters?|text|texts)\b
        """
    ),
    Heard.FREQUENCY: WRITING.any_of(
        r"""
        \b(?:less|fewer|not so|not as|too|so)(?: \w++)? (?:often|many|much|frequently|texts|messages|calls)\b
        \b(?:call|text|message|contact|email)(?: me| us)? less\b
        \bonce a (?:week|month|day)\b
        \b(?:limit|reduce|frequency)\b
        """
    ),
    Heard.PROMISE: WRITING.any_of(
        r"""
        \b(?:i|we|ill|i will|i can|im|i am|going to|will|can|gonna)(?: \w++){0,3} (?:pay|send|paying|make|get|do|have|bring|mail|transfer|catch up|deposit)\b(?: \w++){0,6} (?:today|tonight|tomorrow|monday|tuesday|wednesday|thursday|friday|saturday|sunday|week|month|\d++|\d++th|first|second|third|fourth|fifth|tenth|fifteenth|soon|now|later|payday|check|half|paid|morning|afternoon)\b
        \b(?:get|gets|getting) paid\b
        \blet me pay\b(?: \w++){0,4} (?:today|tonight|tomorrow|monday|tuesday|wednesday|thursday|friday|saturday|sunday|\d++)\b
        \bpayment(?: \w++){0,2} (?:coming|arriv~|sent|going out|scheduled|set|made)(?: \w++){0,2} (?:today|tonight|tomorrow|monday|tuesday|wednesday|thursday|friday|saturday|sunday|week|\d++)\b
        \bpaying (?:today|tonight|tomorrow|it|this|on|by|friday|monday|half|now|after)\b
        \b(?:half|rest|part|remainder|\d++) (?:now|today|tomorrow|on|next|this|by)\b
        \b(?:ptp|promise~ to pay|promised|will pay)\b
        \bby the end of (?:the|this|next)\b
        \bend of (?:the|this|next) (?:week|month)\b
        """
    ),
    Heard.PAID: WRITING.any_of(
        r"""
        \b(?:already|i|we|ive|i have|just|was|been|is)(?: \w++)? (?:paid|pd)\b(?! (?:at|on|every|by|next|bi|weekly))
        \bpaid (?:it|this|that|off|in full|yesterday|today|already|last|you|online|the|my)\b
        \b(?:payment|transfer) (?:was|has been|is|went) (?:\w++ )?(?:made|sent|through|posted|submitted)\b
        """
    ),
}
