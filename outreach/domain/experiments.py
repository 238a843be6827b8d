"""Experiments: which arm a person is in, the same for ever and in every process."""

from hashlib import sha256
from typing import Final

from outreach.domain.records import dataclass

HOLD_OUT: Final = "hold_out"
"""The arm that gets only what is mandatory."""

NO_ARM: Final = ""
_PARTS: Final = 100


@dataclass(frozen=True, slots=True)
class Arm:
    """One way to treat; `percent` of the people get it."""

    key: str
    percent: int


@dataclass(frozen=True, slots=True)
class Experiment:
    """Arms whose percentages make a hundred, the hold-out among them if there is one.

    A new key draws people anew; the same key in another treatment puts them in the same slots.
    """

    key: str
    arms: tuple[Arm, ...]

    def __post_init__(self) -> None:
        """Check the percentages.

        Raises:
            ValueError: They don't make a hundred, or a name is used twice.
        """
        total = sum(arm.percent for arm in self.arms)
        if total != _PARTS:
            raise ValueError(f"the percentages make {total}, not {_PARTS}")
        if len({arm.key for arm in self.arms}) < len(self.arms):
            raise ValueError("two arms have one name")


def arm_of(experiment: Experiment | None, person_id: int) -> str:
    """Return the arm of a person: by hash of experiment and person, so in no order or batch.

    Reports draw the same in SQL: the first eight hexadecimal digits of
    `sha256('<experiment key>:<person id>')` modulo 100 are the slot; see docs/treatments.md.
    """
    if experiment is None:
        return NO_ARM
    slot = int(sha256(f"{experiment.key}:{person_id}".encode()).hexdigest()[:8], 16) % _PARTS
    upto = 0
    for arm in experiment.arms[:-1]:
        upto += arm.percent
        if slot < upto:
            return arm.key
    return experiment.arms[-1].key
