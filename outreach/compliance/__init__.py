"""Rules as data, primitives as code: what a pack may say, and the verdict on an action.

A kind of rule is one file and one line in `PRIMITIVES`.
"""

from collections.abc import Iterable
from typing import Final

from outreach.compliance.calendar_cap import CALENDAR_CAP
from outreach.compliance.cease import CEASE
from outreach.compliance.channel_forbidden import CHANNEL_FORBIDDEN
from outreach.compliance.consent_required import CONSENT_REQUIRED
from outreach.compliance.content_forbidden import CONTENT_FORBIDDEN
from outreach.compliance.content_required import CONTENT_REQUIRED
from outreach.compliance.cooldown_after_outcome import COOLDOWN_AFTER_OUTCOME
from outreach.compliance.dispute_hold import DISPUTE_HOLD
from outreach.compliance.engine import CompiledPacks, decide, examine, needed_content
from outreach.compliance.moratorium import MORATORIUM
from outreach.compliance.number_freshness import NUMBER_FRESHNESS
from outreach.compliance.opt_out import OPT_OUT
from outreach.compliance.pack import Pack
from outreach.compliance.quiet_hours import QUIET_HOURS
from outreach.compliance.rolling_cap import ROLLING_CAP
from outreach.compliance.selection import Selection, select_packs

PRIMITIVES: Final = {
    primitive.name: primitive
    for primitive in (
        CALENDAR_CAP,
        CEASE,
        CHANNEL_FORBIDDEN,
        CONSENT_REQUIRED,
        CONTENT_FORBIDDEN,
        CONTENT_REQUIRED,
        COOLDOWN_AFTER_OUTCOME,
        DISPUTE_HOLD,
        MORATORIUM,
        NUMBER_FRESHNESS,
        OPT_OUT,
        QUIET_HOURS,
        ROLLING_CAP,
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
    "select_packs",
]
