"""Two versions of words tried side by side: who gets which, the same for ever."""

from collections.abc import Sequence
from typing import Final

from outreach.domain.experiments import HOLD_OUT, Arm, Experiment, arm_of
from outreach.domain.template_versions import Version

FILE_NUMBER: Final = 0
"""Number of the words that came with the installation's files."""


def trial_of(live: Sequence[Version]) -> Experiment | None:
    """Return the experiment of a place's live versions; None where one is live for everybody.

    The newest is tried, beside another version or the file's words. People who are held out keep
    what stood, as an arm of their own.
    """
    if not live:
        return None
    tried = max(live, key=lambda one: one.number)
    if tried.percent == 100:
        return None
    rest = 100 - tried.percent - tried.hold_out
    arms = [Arm(arm_name(tried.number), tried.percent), Arm(arm_name(standing_number(live)), rest)]
    if tried.hold_out:
        arms.append(Arm(HOLD_OUT, tried.hold_out))
    return Experiment(f"{tried.place}#{tried.number}", tuple(arms))


def standing_number(live: Sequence[Version]) -> int:
    """Return the version that new words would be compared with; 0 for the file's words.

    While one is tried that is the other.
    """
    alone = [one.number for one in live if one.percent == 100]
    if alone:
        return max(alone)
    return min((one.number for one in live), default=0) if len(live) > 1 else FILE_NUMBER


def arm_name(number: int) -> str:
    """Return the name of the arm that gets a version."""
    return f"v{number}" if number else "file"


def number_for(live: Sequence[Version], person_id: int) -> int:
    """Return the version that a person gets; 0 for the file's words."""
    experiment = trial_of(live)
    if experiment is None:
        return standing_number(live)
    arm = arm_of(experiment, person_id)
    return next((one.number for one in live if arm_name(one.number) == arm), standing_number(live))
