"""Twilio's words for what became of a message or call → our reports."""

from collections.abc import Mapping
from typing import Final

from outreach.channels.code_table import NO_CODE, CodeMeaning, Reading, meant, reading
from outreach.channels.twilio_errors import error_table
from outreach.domain.contacts import Report
from outreach.domain.vocabulary import DeliveryState, ErrorClass, Outcome

MESSAGE_STATES: Final[Mapping[str, DeliveryState]] = {
    "accepted": DeliveryState.ACCEPTED,
    "scheduled": DeliveryState.ACCEPTED,
    "queued": DeliveryState.QUEUED,
    "sending": DeliveryState.SENDING,
    "sent": DeliveryState.SENT,
    "delivered": DeliveryState.DELIVERED,
    # Some parts arrived, so the person was reached.
    "partially_delivered": DeliveryState.DELIVERED,
    "undelivered": DeliveryState.UNDELIVERED,
    "failed": DeliveryState.FAILED,
    "canceled": DeliveryState.CANCELED,
    "read": DeliveryState.READ,
}


def message_report(status: str, code: str) -> Reading:
    """Read a message status and its error code; an unknown status changes nothing."""
    return reading(MESSAGE_STATES.get(status), code, error_table())


CALL_STATES: Final[Mapping[str, DeliveryState]] = {
    "queued": DeliveryState.QUEUED,
    "initiated": DeliveryState.SENDING,
    "ringing": DeliveryState.SENT,
    "in-progress": DeliveryState.SENT,
    "completed": DeliveryState.DELIVERED,
    "busy": DeliveryState.UNDELIVERED,
    "no-answer": DeliveryState.UNDELIVERED,
    "failed": DeliveryState.FAILED,
    "canceled": DeliveryState.CANCELED,
}

# Who picked up. `unknown` and a fax were an attempt without a conversation; a machine that took
# the call counts as voicemail whether or not words were left.
_ANSWERED_BY: Final[Mapping[str, Outcome]] = {
    "human": Outcome.CONVERSATION,
    "machine_start": Outcome.VOICEMAIL_OTHER,
    "machine_end_beep": Outcome.VOICEMAIL_OTHER,
    "machine_end_silence": Outcome.VOICEMAIL_OTHER,
    "machine_end_other": Outcome.VOICEMAIL_OTHER,
    "fax": Outcome.NO_ANSWER,
    "unknown": Outcome.NO_ANSWER,
}

_BAD_NUMBER: Final = CodeMeaning(
    ErrorClass.INVALID_ADDRESS, "address", counted=True, alert=False, confirmations=2
)
_TRANSIENT: Final = CodeMeaning(
    ErrorClass.UNREACHABLE_RETRY, "address", counted=True, alert=False, confirmations=1
)
_DECLINED: Final = CodeMeaning(
    ErrorClass.REPUTATION, "sender", counted=True, alert=True, confirmations=1
)
_SIP: Final[Mapping[str, CodeMeaning]] = {
    **dict.fromkeys(("404", "410", "484", "604"), _BAD_NUMBER),
    **dict.fromkeys(("408", "480", "486", "487", "503"), _TRANSIENT),
    **dict.fromkeys(("603", "607", "608"), _DECLINED),
}


def answered_report(answered_by: str, *, limited: bool = False) -> Report:
    """Read what the answering machine detection found; nothing new for a word we don't know.

    Args:
        answered_by: The vendor's word.
        limited: What a machine is left says no more than a limited-content message may.
    """
    return Report(None, outcome=_answered(answered_by, limited=limited))


def _answered(answered_by: str, *, limited: bool) -> Outcome | None:
    found = _ANSWERED_BY.get(answered_by)
    return Outcome.VOICEMAIL_LCM if limited and found is Outcome.VOICEMAIL_OTHER else found


def call_report(form: Mapping[str, str], *, limited: bool = False) -> Reading:
    """Read a call status callback; `limited` as for `answered_report`.

    `completed` only means that something picked up: without a finding of who, a conversation is
    presumed, since that is what binds us most.
    """
    status = form.get("CallStatus", "")
    state = CALL_STATES.get(status)
    if state is DeliveryState.DELIVERED:
        told = _answered(form.get("AnsweredBy", ""), limited=limited)
        return Reading(Report(state, outcome=told or Outcome.CONVERSATION, presumed=told is None))
    if state is DeliveryState.UNDELIVERED:
        outcome = Outcome.NOT_CONNECTED if status == "busy" else Outcome.NO_ANSWER
        return Reading(
            Report(state, _TRANSIENT.error, form.get("SipResponseCode"), outcome=outcome)
        )
    if state is DeliveryState.FAILED:
        sip, code = form.get("SipResponseCode", ""), form.get("ErrorCode", "")
        meaning = _SIP.get(sip) or (error_table().of_code(code) if code else NO_CODE)
        return meant(state, meaning, code or sip)
    return Reading(Report(state))
