"""`opt_out`: what the person asked to stop stays stopped until they allow it again."""

from collections.abc import Callable, Iterator
from typing import Final

from outreach.compliance.clock import SECOND
from outreach.compliance.view import Check, Objection, Parameters, Primitive, View, block
from outreach.domain.decisions import OptOut, ProposedAction, epoch_of

CONFIRMATION: Final = "opt_out_confirmation"
MARKETING: Final = "marketing"
# A request about `phone` binds whatever reaches the number.
_PHONE: Final = frozenset({"call", "voicemail", "sms", "whatsapp"})
_MEDIA: Final[dict[str, frozenset[str]]] = {
    "phone": _PHONE,
    # A voicemail is a call that nobody picked up.
    "call": frozenset({"call", "voicemail"}),
    "voicemail": frozenset({"call", "voicemail"}),
}


def binds_address(medium: str, endpoint: str | None, action: ProposedAction) -> bool:
    """Tell whether a request about a medium (and perhaps one address) is about this action.

    An action whose address isn't known yet may be the one the request names.
    """
    if medium != "all" and action.channel not in _MEDIA.get(medium, (medium,)):
        return False
    return endpoint is None or action.endpoint is None or endpoint == action.endpoint


def compile_opt_out(parameters: Parameters) -> Check:
    """Compile one rule; see `OPT_OUT.schema` for the parameters."""
    narrow = parameters.text("topics", "ignored") == "narrow"
    scopes = parameters.texts("scopes")
    may_confirm = _compile_confirmation(parameters.part("confirmation"))

    def binds(opt_out: OptOut, view: View) -> bool:
        action = view.action
        if not binds_address(opt_out.medium, opt_out.endpoint, action):
            return False
        if scopes and opt_out.scope not in scopes:
            return False
        if opt_out.scope == MARKETING and not _is_marketing(action):
            return False
        if narrow and opt_out.topic is not None and opt_out.topic not in action.debts:
            return False
        return not _is_lifted(opt_out, view)

    def check(view: View) -> Objection | None:
        if not view.facts.opt_outs and not view.facts.inbound:
            return None
        binding = [opt_out for opt_out in _known(view) if binds(opt_out, view)]
        if not binding:
            return None
        newest = max(opt_out.epoch for opt_out in binding)
        if view.action.purpose == CONFIRMATION and may_confirm is not None:
            return may_confirm(view, newest)
        return block("opted_out", needs="opt_in", since=newest)

    return check


def _compile_confirmation(
    parameters: Parameters,
) -> Callable[[View, int], Objection | None] | None:
    """Compile what may follow a request at an epoch; None if nothing may."""
    most = parameters.number("max")
    if not most:
        return None
    within = parameters.number("within_seconds") * SECOND
    contents = parameters.texts("content", ("opt_out_confirmed",))

    def check(view: View, since: int) -> Objection | None:
        extra = view.action.content - contents
        if extra:
            return block("confirmation_content", extra=sorted(extra))
        sent = sum(
            1
            for e in view.facts.ledger
            if e.direction == "out"
            and e.purpose == CONFIRMATION
            and e.outcome != "released"
            and since <= e.epoch <= view.known
        )
        if sent >= most:
            return block("confirmation_repeated", limit=most)
        if within and view.now - since > within:
            return block("confirmation_late")
        return None

    return check


def _known(view: View) -> Iterator[OptOut]:
    """Yield the requests known by now, recorded ones and those found in the person's own texts."""
    for opt_out in view.facts.opt_outs:
        if opt_out.epoch <= view.known:
            yield opt_out
    for message in view.facts.inbound:
        if message.opt_out and epoch_of(message.at) <= view.known:
            yield OptOut(message.at, message.medium, message.endpoint)


def _is_marketing(action: ProposedAction) -> bool:
    return action.purpose == MARKETING or MARKETING in action.content_tags


def _is_lifted(opt_out: OptOut, view: View) -> bool:
    """Tell whether the person allowed the medium again later.

    A consent counts if it names the channel or a re-opt-in for the same address; one that is about
    marketing lifts only a request about marketing.
    """
    action = view.action
    return any(
        opt_out.epoch < consent.epoch <= view.known
        and (consent.channel is None or consent.channel == action.channel)
        and (consent.endpoint is None or consent.endpoint == action.endpoint)
        and (consent.expires is None or epoch_of(consent.expires) > view.now)
        and (opt_out.scope == MARKETING or not consent.kind.startswith(MARKETING))
        and (not consent.debts or consent.debts.issuperset(action.debts))
        for consent in view.facts.consents
    )


OPT_OUT: Final = Primitive(
    "opt_out",
    compile_opt_out,
    {
        "topics": {
            "enum": ["ignored", "narrow"],
            "description": "Whether a request about one debt binds the whole medium (default) or "
            "that debt alone.",
        },
        "scopes": {
            "type": "array",
            "items": {"type": "string"},
            "description": "Only requests of these scopes; all if absent.",
        },
        "confirmation": {
            "type": "object",
            "additionalProperties": False,
            "required": ["max"],
            "description": "Messages of purpose opt_out_confirmation that may follow; none if "
            "absent.",
            "properties": {
                "max": {"type": "integer", "minimum": 1},
                "within_seconds": {"type": "integer", "minimum": 1},
                "content": {
                    "type": "array",
                    "items": {"type": "string"},
                    "description": "All it may contain (default: opt_out_confirmed).",
                },
            },
        },
    },
    description="Nothing on a medium or address that the person asked to stop.",
)
