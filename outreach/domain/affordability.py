"""What a borrower can pay, and what that suggests: another due date, or a plan of installments.

A suggestion is shown to people with its arithmetic. Nothing acts on it by itself.
"""

from collections.abc import Mapping
from dataclasses import field
from typing import Final

from outreach.domain.records import dataclass

LONGEST_PLAN: Final = 24
"""Most months that a suggested plan may take."""
_DAYS_AFTER_INCOME: Final = 2


@dataclass(frozen=True, slots=True)
class Means:
    """What a borrower said, or a lender verified, of a month; minor units of one currency.

    `income_day` is the day of the month on which income comes, None if unknown.
    """

    income_minor: int
    obligations_minor: int = 0
    essentials_minor: int = 0
    income_day: int | None = None


@dataclass(frozen=True, slots=True)
class Sum:
    """One line of arithmetic: what is computed, from which figures, to which."""

    key: str
    figures: Mapping[str, int] = field(hash=False)
    result: int


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What could be offered.

    Attributes:
        kind: `due_date`: the installment fits, but another day would suit; `plan`: what is past
            due in `months` parts beside the installment; `keep`: nothing need change; `relief`:
            not even the installment fits, so people have to look.
        due_day: Suggested day of the month; None: as it is.
        parts: What the plan asks for each month beside the installment, the last one smaller.
        sums: The arithmetic, in order.
    """

    kind: str
    due_day: int | None
    parts: tuple[int, ...]
    sums: tuple[Sum, ...]


def suggest(
    means: Means, *, installment_minor: int, past_due_minor: int, due_day: int, share: int = 50
) -> Suggestion:
    """Suggest what a borrower could keep to.

    Args:
        means: Of a month.
        installment_minor: What falls due each month.
        past_due_minor: What is past due.
        due_day: Day of the month on which it falls due.
        share: Percent of what is left over that may be asked for; the rest is for what comes.

    Raises:
        ValueError: An amount is negative, or `share` isn't in 1 … 100.
    """
    amounts = (means.income_minor, means.obligations_minor, means.essentials_minor)
    if min(*amounts, installment_minor, past_due_minor) < 0 or not 1 <= share <= 100:
        raise ValueError("amounts must not be negative, the share 1 to 100")
    free = means.income_minor - means.obligations_minor - means.essentials_minor
    usable = max(0, free) * share // 100
    rest = usable - installment_minor
    sums = [
        Sum(
            "free",
            {
                "income": means.income_minor,
                "obligations": means.obligations_minor,
                "essentials": means.essentials_minor,
            },
            free,
        ),
        Sum("usable", {"free": max(0, free), "share": share}, usable),
        Sum("rest", {"usable": usable, "installment": installment_minor}, rest),
    ]
    day = _better_day(means.income_day, due_day)
    if rest < 0:
        return Suggestion("relief", day, (), tuple(sums))
    if past_due_minor == 0:
        return Suggestion("keep" if day is None else "due_date", day, (), tuple(sums))
    months = -(-past_due_minor // rest) if rest else 0
    sums.append(Sum("months", {"past_due": past_due_minor, "rest": rest}, months))
    if not 0 < months <= LONGEST_PLAN:
        return Suggestion("relief", day, (), tuple(sums))
    parts = (*[rest] * (months - 1), past_due_minor - rest * (months - 1))
    return Suggestion("plan", day, parts, tuple(sums))


def _better_day(income_day: int | None, due_day: int) -> int | None:
    """Return two days after income, unless the due date already follows within ten days."""
    if income_day is None or 0 <= (due_day - income_day) % 31 <= 10:
        return None
    return min((income_day + _DAYS_AFTER_INCOME - 1) % 31 + 1, 28)
