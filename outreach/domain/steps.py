"""Steps and stages: what a treatment is made of.

Days are days past due in the lender's calendar: -7 is a week before the due date, 0 the due date,
1 the day after.
"""

from dataclasses import field
from datetime import time, timedelta
from enum import StrEnum
from typing import Final

from outreach.domain.conditions import Condition
from outreach.domain.records import dataclass
from outreach.domain.vocabulary import Channel, ErrorClass, Purpose, Stage

MAY_RETRY: Final = frozenset({ErrorClass.UNREACHABLE_RETRY, ErrorClass.UNKNOWN})
"""Failures after which the same address may be tried again: nothing says that it never will do.

What was never placed at all (throttled, expired …) is made again without being listed.
"""

MAY_FALL_BACK: Final = frozenset(
    {
        ErrorClass.INVALID_ADDRESS,
        ErrorClass.UNREACHABLE_RETRY,
        ErrorClass.UNKNOWN,
        ErrorClass.SENDER_CONFIG,
    }
)
"""Failures that are about the address, the moment or the one sender, so another way may be tried.

An opt-out, a block for reputation or a request that was wrong is never answered by moving on.
"""


class TreatmentError(ValueError):
    """A treatment contradicts itself; `path` names the place, `problem` what is wrong."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"{path}: {problem}")
        self.path = path
        self.problem = problem


@dataclass(frozen=True, slots=True)
class LocalWindow:
    """Local time of day in which a step may be made: half-open, `opens` in, `closes` out.

    Both are of one day and `opens` is earlier: a window never spans midnight.
    """

    opens: time
    closes: time


@dataclass(frozen=True, slots=True)
class Route:
    """One way to reach a person: a channel, its words, and how many of their addresses to use."""

    channel: Channel
    template: str
    addresses: int = 1


@dataclass(frozen=True, slots=True)
class Retry:
    """Try the same address again: after which failures, how long after, how many more times."""

    on: frozenset[ErrorClass] = frozenset()
    after: timedelta = timedelta(hours=1)
    times: int = 0


@dataclass(frozen=True, slots=True)
class Conditions:
    """What must be so for a step to be made; else its day passes without a contact.

    Attributes:
        floor_minor: Least amount, by currency, worth a contact; other currencies have no floor.
        while_provisional: Contact even while a payment that isn't final yet covers the amount.
        first_contact: True: only where nobody was contacted in this case yet; False: only where
            somebody was; None: either.
        risk_buckets: The platform's risk words that the step is for; empty: all.
        when: An expression that must be true.
    """

    floor_minor: tuple[tuple[str, int], ...] = ()
    while_provisional: bool = False
    first_contact: bool | None = None
    risk_buckets: frozenset[str] = frozenset()
    when: Condition | None = None


@dataclass(frozen=True, slots=True)
class Repeat:
    """Make a step again every so many days, up to and including `until_day`."""

    every_days: int
    until_day: int


@dataclass(frozen=True, slots=True)
class Step:
    """One planned contact.

    Attributes:
        key: Name within the treatment; part of what makes a contact unique, so never reused.
        day: Days past due of its (first) day; negative is before due.
        purpose: Lawful scope; compliance rules turn on it.
        window: Local time in the borrower's zone, in every plausible one.
        routes: Ways to reach the person, the preferred first.
        late_by: How many days after `day` it may still be made, if no later step has come.
        conditions: What must be so.
        retry: Same address again after a failure.
        fallback_on: Failures after which the next route or address is used.
        repeat: Further days.
        spacing: Least time since any earlier contact with the person (tries of this step aside).
        approval: Whether somebody has to approve what people are to do; None: as the lender says.
        arms: Arms of the experiment that it is for; empty: all but the hold-out.
        mandatory: Whether the hold-out gets it too: what the law or the contract demands.
        offers_payoff: Whether its words may say what pays the loan off early.
    """

    key: str
    day: int
    purpose: Purpose
    window: LocalWindow
    routes: tuple[Route, ...]
    late_by: int = 0
    conditions: Conditions = field(default_factory=Conditions)
    retry: Retry = field(default_factory=Retry)
    fallback_on: frozenset[ErrorClass] = frozenset()
    repeat: Repeat | None = None
    spacing: timedelta = timedelta(0)
    approval: bool | None = None
    arms: frozenset[str] = frozenset()
    mandatory: bool = False
    offers_payoff: bool = False


class Proof(StrEnum):
    """What counts as having told the person; a failure never does."""

    SENT = "sent"
    """A provider took it, and nothing says that it didn't arrive."""
    DELIVERED = "delivered"
    """Its arrival was reported: a delivery receipt, an answered call, a letter's evidence."""


class OpenMatter(StrEnum):
    """What keeps a stage closed while it is open. An open promise always does."""

    DISPUTE = "dispute"
    HARDSHIP = "hardship"
    COMPLAINT = "complaint"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What must be proven before a stage opens, beside its first day.

    Attributes:
        notices: How many contacts of the stage before must have told the person.
        proof: What counts as told.
        channels: Which ways count; empty: all.
        days_since: Whole days that must have passed since the last of them.
        none_open: Matters that must not be open.
        when: An expression that must be true.
    """

    notices: int = 1
    proof: Proof = Proof.SENT
    channels: frozenset[Channel] = frozenset()
    days_since: int = 1
    none_open: frozenset[OpenMatter] = frozenset({OpenMatter.DISPUTE, OpenMatter.HARDSHIP})
    when: Condition | None = None


@dataclass(frozen=True, slots=True)
class StageSpan:
    """A stage: the days [from_day, to_day], both in, and its steps; `bucket` is what people say.

    `opens` is asked of every stage after the first that collects; see
    `outreach.domain.escalation`.
    """

    stage: Stage
    bucket: str
    from_day: int
    to_day: int
    steps: tuple[Step, ...] = ()
    opens: Evidence = field(default_factory=Evidence)


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """A step on one of its days; `key` tells a repetition apart (`weekly.d38`)."""

    key: str
    day: int
    stage: Stage
    step: Step
