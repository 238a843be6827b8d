"""Test, team, live: whether a lender's contacts really go out, and whose count.

In `test` nothing leaves: every contact is handed to a simulator that behaves as a carrier does. In
`team` only addresses on the guest list are written to for real. Everything else is as in `live`:
the same rules, words, slots, caps and log. What was simulated never counts once a lender is live.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from outreach.channels.provider import Attempt
from outreach.store.contacts import SIMULATED
from outreach.usecases.lenders import LenderPlan, SenderPlan

# The simulator chooses a fate by the last four digits; in `team`, where borrowers are real people,
# nobody shall be taken to have opted out because of their number.
_NOBODY: Final = "simulated"


def account_for(lender: LenderPlan, sender: SenderPlan, address: str) -> str:
    """Return the provider account that a contact is handed to."""
    if lender.mode == "live" or (lender.mode == "team" and is_guest(lender, address)):
        return sender.provider
    return SIMULATED


def is_guest(lender: LenderPlan, address: str) -> bool:
    """Say whether an address is on the guest list; e-mail addresses in any case."""
    return address in lender.guests or address.casefold() in lender.guests


def as_handed_over(lender: LenderPlan, account: str, attempt: Attempt) -> Attempt:
    """Return the attempt as its account gets it: a simulator needn't know real numbers."""
    if account == SIMULATED and lender.mode == "team":
        return replace(attempt, recipient=_NOBODY)
    return attempt


def live_lenders(lenders: Iterable[LenderPlan]) -> list[str]:
    """Return the lenders for whom simulated contacts don't count."""
    return [one.slug for one in lenders if one.mode == "live"]
