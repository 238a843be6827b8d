"""Rules as data, primitives as code: what a pack may say, and the verdict on an action.

A kind of rule is one file and one line in `PRIMITIVES`.
"""

from collections.abc import Iterable
from typing import Final

from outreach.compliance.calendar_cap import CALENDAR_CAP
from outreach.compliance.cease import CEASE
from outreach.compliance.channel_forbidden import CHANNEL_FORBIDDEN
from outreach.compliance.channel_lock import CHANNEL_LOCK
from outreach.compliance.consent_required import CONSENT_REQUIRED
from outreach.compliance.content_forbidden import CONTENT_FORBIDDEN
from outreach.compliance.content_required import CONTENT_REQUIRED
from outreach.compliance.cooldown_after_outcome import COOLDOWN_AFTER_OUTCOME
from outreach.compliance.dispute_hold import DISPUTE_HOLD
from outreach.compliance.engine import (
    CompiledPacks,
    decide,
    examine,
    needed_content,
    needed_sender,
)
from outreach.compliance.holiday_block import HOLIDAY_BLOCK
from outreach.compliance.human_approval_required import HUMAN_APPROVAL_REQUIRED
from outreach.compliance.min_gap import MIN_GAP
from outreach.compliance.moratorium import MORATORIUM
from outreach.compliance.number_freshness import NUMBER_FRESHNESS
from outreach.compliance.opt_out import OPT_OUT
from outreach.compliance.pack import Pack
from outreach.compliance.person_preference import PERSON_PREFERENCE
from outreach.compliance.place_block import PLACE_BLOCK
from outreach.compliance.precondition import PRECONDITION
from outreach.compliance.quiet_hours import QUIET_HOURS
from outreach.compliance.recipient_block import RECIPIENT_BLOCK
from outreach.compliance.representation_redirect import REPRESENTATION_REDIRECT
from outreach.compliance.retention import RETENTION
from outreach.compliance.rolling_cap import ROLLING_CAP
from outreach.compliance.selection import Selection, select_packs
from outreach.compliance.sender_identity import SENDER_IDENTITY

PRIMITIVES: Final = {
    primitive.name: primitive
    for primitive in (
        CALENDAR_CAP,
        CEASE,
        CHANNEL_FORBIDDEN,
        CHANNEL_LOCK,
        CONSENT_REQUIRED,
        CONTENT_FORBIDDEN,
        CONTENT_REQUIRED,
        COOLDOWN_AFTER_OUTCOME,
        DISPUTE_HOLD,
        HOLIDAY_BLOCK,
        HUMAN_APPROVAL_REQUIRED,
        MIN_GAP,
        MORATORIUM,
        NUMBER_FRESHNESS,
        OPT_OUT,
        PERSON_PREFERENCE,
        PLACE_BLOCK,
        PRECONDITION,
        QUIET_HOURS,
        RECIPIENT_BLOCK,
        REPRESENTATION_REDIRECT,
        RETENTION,
        ROLLING_CAP,
        SENDER_IDENTITY,
    )
}


def compile_packs(packs: Iterable[Pack]) -> CompiledPacks:
    """Compile packs into closures; keep the result for as long as the packs stand.

    Raises:
        UnknownPrimitiveError: A rule names a primitive that isn't in `PRIMITIVES`.
    """
    return CompiledPacks(packs, PRIMITIVES)


__all__ = [
    "PRIMITIVES",
    "CompiledPacks",
    "Selection",
    "compile_packs",
    "decide",
    "examine",
    "needed_content",
    "needed_sender",
    "select_packs",
]
