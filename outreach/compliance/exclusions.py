"""Contacts that a frequency rule leaves out although it counts such contacts."""

from collections.abc import Callable
from typing import Final

from outreach.compliance.clock import day_at
from outreach.compliance.exceptions import concerns, concerns_entry, relied_on_from
from outreach.compliance.lengths import Length
from outreach.compliance.places import OTHER, WORK, may_be_among, place_of_entry
from outreach.compliance.view import Parameters, View
from outreach.domain.known import LedgerEntry, epoch_of

Spared = Callable[[View, LedgerEntry], bool]
"""Whether a rule leaves an entry out."""

EXCLUSIONS: Final = (
    "not_connected",
    "unreached_no_message",
    "endpoint_not_persons",
    "within_direct_consent_7d",
    "statutory_notices",
    "same_day_replies",
    "debtor_requested",
    "elsewhere",
)
CONSENT_DAYS: Final = 7
_TTL: Final = Length(CONSENT_DAYS, "days")
_REPLY: Final = "reply_to_debtor"
_NOTICE: Final = "statutory_notice"
_ELSEWHERE: Final = frozenset({WORK, OTHER})
_REQUESTS: Final = frozenset({"contact_request", "direct_call_consent"})


def compile_spared(parameters: Parameters) -> Spared:
    """Compile what a count leaves out beyond the kind of contact: `exclude`, `pool`, `place`."""
    exclude = parameters.texts("exclude")
    pooled = parameters.text("pool", "collector") == "principal_and_agents"
    places = parameters.part("count").texts("place")
    tests = tuple(_TESTS[name] for name in EXCLUSIONS if name in exclude and name in _TESTS)

    def spared(view: View, entry: LedgerEntry) -> bool:
        if entry.epoch > view.known or (not pooled and _is_other_sender(view, entry)):
            return True
        if places and not may_be_among(place_of_entry(view, entry), places):
            return True
        return any(test(view, entry) for test in tests)

    return spared


def compile_exempt(parameters: Parameters) -> Callable[[View], bool]:
    """Compile whether the rule would leave the action itself out, and so has nothing to object."""
    exclude = parameters.texts("exclude")
    notices = "statutory_notices" in exclude
    replies = "same_day_replies" in exclude
    requested = "debtor_requested" in exclude

    def exempt(view: View) -> bool:
        purpose = view.action.purpose
        return (
            (notices and purpose == _NOTICE)
            or (replies and purpose == _REPLY and _wrote_that_day(view, view.now))
            or (requested and (purpose == _REPLY or _is_requested_now(view)))
        )

    return exempt


def _is_other_sender(view: View, entry: LedgerEntry) -> bool:
    ours = view.action.sender
    return ours is not None and entry.sender is not None and entry.sender != ours


def _is_strangers(view: View, entry: LedgerEntry) -> bool:
    """Tell whether the address dialed is known by now not to be the person's."""
    endpoint = view.facts.endpoints.get(entry.endpoint or "")
    if endpoint is not None and endpoint.not_persons_at is not None:
        return epoch_of(endpoint.not_persons_at) <= view.known
    return entry.excluded_reason == "endpoint_not_persons"


def _is_consented(view: View, entry: LedgerEntry) -> bool:
    """Tell whether the call was placed within 7 dates of the person's direct consent to it."""
    return entry.excluded_reason == "within_direct_consent_7d" or _on_consent(
        view, entry, frozenset({"direct_call_consent"})
    )


def _is_notice(_: View, entry: LedgerEntry) -> bool:
    return _NOTICE in (entry.purpose, entry.excluded_reason)


def _is_same_day_reply(view: View, entry: LedgerEntry) -> bool:
    return entry.excluded_reason == "same_day_reply" or (
        entry.purpose == _REPLY and _wrote_that_day(view, entry.epoch)
    )


def _is_requested(view: View, entry: LedgerEntry) -> bool:
    return (
        entry.excluded_reason == "debtor_requested"
        or entry.purpose == _REPLY
        or _on_consent(view, entry, _REQUESTS)
    )


def _is_elsewhere(view: View, entry: LedgerEntry) -> bool:
    """Tell whether a contact surely went to work, or to another place that isn't home."""
    return place_of_entry(view, entry) in _ELSEWHERE


def _on_consent(view: View, entry: LedgerEntry, kinds: frozenset[str]) -> bool:
    return any(
        consent.kind in kinds and concerns_entry(consent, entry, view, CONSENT_DAYS)
        for consent in view.facts.consents
    )


def _is_requested_now(view: View) -> bool:
    return any(
        consent.kind in _REQUESTS
        and concerns(consent, view)
        and relied_on_from(consent, view, view.now, Length(CONSENT_DAYS, "days")) == view.now
        for consent in view.facts.consents
    )


def _wrote_that_day(view: View, epoch: int) -> bool:
    """Tell whether the person wrote or called earlier on the same local date, in every zone."""
    latest = min(epoch, view.known)
    asked = [
        at
        for at in (
            *(e.epoch for e in view.facts.ledger if e.direction == "in"),
            *(epoch_of(message.at) for message in view.facts.inbound),
        )
        if at <= latest
    ]
    return bool(asked) and all(
        day_at(zone, max(asked)).ordinal == day_at(zone, epoch).ordinal
        for zone in view.counting_zones
    )


_TESTS: Final[dict[str, Spared]] = {
    "endpoint_not_persons": _is_strangers,
    "within_direct_consent_7d": _is_consented,
    "statutory_notices": _is_notice,
    "same_day_replies": _is_same_day_reply,
    "debtor_requested": _is_requested,
    "elsewhere": _is_elsewhere,
}
