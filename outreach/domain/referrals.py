"""Cases for court: what a platform, or counsel, tells of one."""

from datetime import datetime
from typing import Final

from outreach.domain.hand_offs import Mark
from outreach.domain.members import block, moment_or, text_or
from outreach.domain.records import dataclass
from outreach.domain.signals import Signal

_PREFIX: Final = "referral."
STEPS: Final = ("accepted", "filed", "judged", "withdrawn")
"""What is told from outside; that a case was referred we know."""
_TOLD: Final = ("court", "case_no", "result", "reason", "evidence")


@dataclass(frozen=True, slots=True)
class ReferralTold:
    """One step of a case; `ref` is our name of it, "" for the loan's only open one."""

    ref: str
    mark: Mark


def read_referral(signal: Signal) -> ReferralTold:
    """Return what `referral.accepted`, `.filed`, `.judged` or `.withdrawn` states.

    Raises:
        SignalError: `malformed`, with the member's name.
    """
    told = block(signal.data, "referral")
    at: datetime = moment_or(told, "at", signal.time)
    said = {name: value for name in _TOLD if (value := text_or(told, name))}
    by = text_or(told, "by") or signal.source
    return ReferralTold(text_or(told, "id"), Mark(signal.type[len(_PREFIX) :], at, by, said))
