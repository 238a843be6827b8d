"""Requests to stop: which are known, how far each reaches, and what lifts it."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Final

from outreach.compliance.exceptions import NEVER
from outreach.compliance.view import Parameters, View
from outreach.domain.decisions import ProposedAction
from outreach.domain.known import OptOut, epoch_of

MARKETING: Final = "marketing"
# Kind of consent that a text from the person stands for: leave to answer it, and no more.
CONSUMER_TEXT: Final = "consumer_text"
# A request about `phone` binds whatever reaches the number.
_PHONE: Final = frozenset({"call", "voicemail", "sms", "whatsapp"})
_MEDIA: Final[dict[str, frozenset[str]]] = {
    "phone": _PHONE,
    # A voicemail is a call that nobody picked up.
    "call": frozenset({"call", "voicemail"}),
    "voicemail": frozenset({"call", "voicemail"}),
}
# What a rule may take as a request, and how the request's own source is called.
SOURCES: Final[Mapping[str, str]] = {
    "keywords": "keyword",
    "freetext_classifier": "free_text",
    "voice": "voice",
    "agent_note": "agent_note",
    "inbound_email": "inbound_email",
}


def binds_address(medium: str, endpoint: str | None, action: ProposedAction) -> bool:
    """Tell whether a request about a medium (and perhaps one address) is about this action.

    An action whose address isn't known yet may be the one the request names.
    """
    if medium != "all" and action.channel not in _MEDIA.get(medium, (medium,)):
        return False
    return endpoint is None or action.endpoint is None or endpoint == action.endpoint


Reach = Callable[[OptOut, ProposedAction], bool]


def _by_endpoint(opt_out: OptOut, action: ProposedAction) -> bool:
    return binds_address(opt_out.medium, opt_out.endpoint, action)


def _by_medium(opt_out: OptOut, action: ProposedAction) -> bool:
    return binds_address(opt_out.medium, None, action)


def _by_topic(opt_out: OptOut, action: ProposedAction) -> bool:
    return _by_endpoint(opt_out, action) and (
        opt_out.topic is None or opt_out.topic in action.debts
    )


def _by_telephone(opt_out: OptOut, action: ProposedAction) -> bool:
    medium = "phone" if opt_out.medium in _PHONE else opt_out.medium
    return binds_address(medium, opt_out.endpoint, action)


REACHES: Final[Mapping[str, Reach]] = {
    "endpoint": _by_endpoint,
    "medium": _by_medium,
    "topic": _by_topic,
    "telephone": _by_telephone,
    "all": lambda _, __: True,
}


def heard(triggers: Parameters) -> frozenset[str]:
    """Return the sources of requests that bind; none named: all. An unrecorded one always does."""
    named = {source for key, source in SOURCES.items() if triggers.flag(key)}
    return frozenset({"", *named}) if named else frozenset()


def known_requests(view: View) -> Iterator[OptOut]:
    """Yield the requests known by now, recorded ones and those found in the person's own texts."""
    for opt_out in view.facts.opt_outs:
        if opt_out.epoch <= view.known:
            yield opt_out
    for message in view.facts.inbound:
        if message.opt_out and epoch_of(message.at) <= view.known:
            yield OptOut(message.at, message.medium, message.endpoint)


def is_marketing(action: ProposedAction) -> bool:
    """Tell whether the action offers something new, whatever else it says."""
    return action.purpose == MARKETING or MARKETING in action.content_tags


def is_lifted(opt_out: OptOut, view: View, kinds: frozenset[str]) -> bool:
    """Tell whether the person allowed the medium again later, by a consent of these kinds.

    If no kinds are named any consent does, but not a mere text of theirs. It counts if it is about
    this channel, address and debts; one that is about marketing lifts only a request about that.
    """
    action = view.action
    return any(
        opt_out.epoch < consent.epoch <= view.known
        and (consent.kind in kinds if kinds else consent.kind != CONSUMER_TEXT)
        and (consent.channel is None or consent.channel == action.channel)
        and (consent.endpoint is None or consent.endpoint == action.endpoint)
        and _ends(consent.expires) > view.now
        and (opt_out.scope == MARKETING or not consent.kind.startswith(MARKETING))
        and (not consent.debts or consent.debts.issuperset(action.debts))
        for consent in view.facts.consents
    )


def _ends(expires: datetime | None) -> int:
    return NEVER if expires is None else epoch_of(expires)
