"""A new sender's contacts of the day: counted and leased as money is, by all workers together."""

from collections.abc import Sequence
from datetime import date

from outreach.usecases.budget import Budget, Spend
from outreach.usecases.lenders import SenderPlan


def allowance_of(sender: SenderPlan, day: date) -> Spend | None:
    """Return what one contact takes of a sender's allowance; None for one that is no longer new."""
    allowance = sender.allowance(day)
    if allowance is None:
        return None
    return Spend(f"ramp:{sender.provider}:{sender.address}", day, 1, allowance)


async def take_allowances(budget: Budget, asked: Sequence[Spend | None]) -> list[bool]:
    """Answer for each contact, in order, whether its sender has room for it today."""
    return [one is None or all(await budget.take([one])) for one in asked]
