"""Work for people: how long each kind may wait, and in which words it ends."""

import re
from collections.abc import Mapping
from dataclasses import field
from datetime import datetime, timedelta
from typing import Final

from outreach.domain.records import dataclass
from outreach.domain.vocabulary import TaskKind

DEADLINES: Final[Mapping[TaskKind, timedelta]] = {
    TaskKind.REPLY_REVIEW: timedelta(days=1),
    TaskKind.CONFIRM_DEATH: timedelta(days=2),
    TaskKind.HARDSHIP: timedelta(days=5),
    TaskKind.DISPUTE: timedelta(days=5),
    TaskKind.COMPLAINT: timedelta(days=15),
    TaskKind.PAYMENT_LINK: timedelta(days=1),
    TaskKind.CALLBACK: timedelta(days=1),
    TaskKind.ALREADY_PAID_CHECK: timedelta(days=2),
    TaskKind.WRONG_NUMBER: timedelta(days=5),
    TaskKind.PAYOFF_QUOTE: timedelta(days=2),
    TaskKind.STATEMENT: timedelta(days=5),
    TaskKind.LETTER_APPROVAL: timedelta(days=2),
    TaskKind.FIELD_VISIT: timedelta(days=10),
    TaskKind.REFERRAL: timedelta(days=10),
    TaskKind.AGENCY_PLACEMENT: timedelta(days=10),
}
"""How long work of a kind may wait, unless the lender says otherwise."""

OUTCOME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
"""What an outcome looks like: one plain word, such as `granted`, `not_paid` or `approved`."""


@dataclass(frozen=True, slots=True)
class Deadlines:
    """When work has to be done by; `own` are the lenders' words by slug and kind."""

    own: Mapping[str, Mapping[TaskKind, timedelta]] = field(default_factory=dict)

    def due(self, tenant: str, kind: str, opened_at: datetime) -> datetime:
        """Return by when a task of a lender has to be done.

        Raises:
            ValueError: There is no such kind.
        """
        known = TaskKind(kind)
        return opened_at + self.own.get(tenant, {}).get(known, DEADLINES[known])


STANDARD: Final = Deadlines()
"""Where no lender says anything."""


def check_outcome(word: str) -> str:
    """Return an outcome.

    Raises:
        ValueError: It is no plain word.
    """
    if not OUTCOME.fullmatch(word):
        raise ValueError(f"{word!r} is no outcome: one plain word, such as `granted` or `not_paid`")
    return word
