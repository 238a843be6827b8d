"""The proposed contact of a golden case → the action that the engine judges."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from outreach.compliance import CompiledPacks, needed_content, needed_sender
from outreach.compliance.places import HOME
from outreach.compliance.retention import PURGE, RECORDS
from outreach.config_files.golden_times import Raw, instant
from outreach.domain.decisions import ProposedAction
from outreach.domain.known import Facts, Flag

Attributes = Mapping[str, Flag]

# Said of the sending side; what isn't mentioned is in order.
_IN_ORDER: Final = ("sender_registered", "template_registered", "recording")
_SAYS_OF: Final = {
    "sender_registered": ("registration_", "header_id"),
    "template_registered": ("template_id",),
}
_HIDDEN: Final = frozenset({"masked", "hidden", "spoofed", "altered", "withheld"})
_USUAL_PLACE: Final = {"visit": HOME}
_EMAIL_KINDS: Final = frozenset({"work_email", "email"})


def action_of(raw: Raw, facts: Facts, packs: CompiledPacks) -> ProposedAction:
    """Turn `proposed` into an action; content that isn't listed is all that the packs require.

    `planned_at`, `queued_at` and `worker` say how the contact came to be asked about at `at`. They
    change no answer: the instant of the hand-off decides.
    """
    expected = raw.get("expected_delivery")
    action = ProposedAction(
        at=instant(raw["at"]),
        channel=raw["channel"],
        purpose=raw["purpose"],
        debts=tuple(raw.get("debts", ())),
        recipient_role=raw.get("recipient_role", "debtor"),
        endpoint=raw.get("to") or _only_endpoint(raw, facts),
        dial_mode=raw.get("dial_mode"),
        content=frozenset(raw.get("content", ())),
        content_tags=frozenset(raw.get("content_tags", ())),
        place=raw.get("place") or _USUAL_PLACE.get(raw["channel"]),
        first_communication=raw.get("first_communication", False),
        template_class=raw.get("template_class"),
        call_kind=raw.get("call_kind"),
        sender=raw.get("sender"),
        sender_attributes=_attributes(raw),
        expected_delivery=instant(expected) if expected else None,
        key=raw.get("idempotency_key"),
    )
    if action.at.utcoffset() is None:
        return action
    action = replace(action, sender_attributes=_complete(raw, action, facts, packs))
    if "content" in raw:
        return action
    if action.purpose == PURGE:
        return replace(action, content=frozenset({RECORDS}))
    return replace(action, content=needed_content(action, facts, packs))


def _complete(raw: Raw, action: ProposedAction, facts: Facts, packs: CompiledPacks) -> Attributes:
    """Add what the packs ask of the sender: it is so, unless the case says otherwise."""
    found = {**needed_sender(action, facts, packs), **action.sender_attributes}
    for said, about in _SAYS_OF.items():
        if raw.get(said) is False:
            found |= {key: False for key in found if key.startswith(about)}
    if raw.get("sender_registered") is False:
        found["number_kind"] = "unregistered"
    number = raw.get("sender_number", "")
    # A word instead of a number says what kind of number it is.
    if number and not any(map(str.isdigit, number)):
        found["number_kind"] = number
        found["caller_id_shown"] = number not in _HIDDEN
    return found


def _attributes(raw: Raw) -> Attributes:
    """Return what is known of the sending side.

    A number and a claimed exemption stand there by their value and as a flag of that name, so that
    rules may compare them or just ask for one.
    """
    found: dict[str, Flag] = {key: raw.get(key, True) for key in _IN_ORDER}
    if number := raw.get("sender_number"):
        found |= {"number": number, f"number_{number}": True}
    if exemption := raw.get("claimed_exemption"):
        found |= {"claimed_exemption": exemption, f"exemption_{exemption}": True}
    return found


def _only_endpoint(raw: Raw, facts: Facts) -> str | None:
    """Return the debtor's one address on file for the channel, where the case names no other."""
    if raw.get("recipient_role", "debtor") != "debtor":
        return None
    wants_email = raw["channel"] == "email"
    fitting = [
        name
        for name, endpoint in facts.endpoints.items()
        if (endpoint.kind in _EMAIL_KINDS) is wants_email and endpoint.not_persons_at is None
    ]
    return fitting[0] if len(fitting) == 1 else None
