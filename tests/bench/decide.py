"""How many decisions one core makes a second, by the packs a US collector is judged by.

Each decision is about another person with 20 earlier contacts at another instant, and is allowed;
people, their facts and their actions are made before the clock starts.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from time import process_time
from typing import Final

from outreach.compliance import CompiledPacks, compile_packs, decide
from outreach.config_files.packs import read_packs
from outreach.domain.decisions import (
    Consent,
    Debt,
    Endpoint,
    Facts,
    LedgerEntry,
    ProposedAction,
    Verdict,
    ZoneEvidence,
)

FOLDER: Final = Path(__file__).parents[2] / "config" / "compliance"
PACKS: Final = ("outreach-base", "us-common", "us-firstparty-policy", "us-regf")
PEOPLE: Final = 2_000
RUNS: Final = 7
PRIOR_CONTACTS: Final = 20
# 15:00 in New York, 12:00 in Los Angeles: open everywhere on the mainland.
START: Final = datetime(2026, 6, 10, 19, 0, tzinfo=UTC)
ZONES: Final = ("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles")


def compiled() -> CompiledPacks:
    """Compile the packs under test."""
    return compile_packs(pack for pack in read_packs(FOLDER) if pack.id in PACKS)


def a_person(number: int) -> tuple[ProposedAction, Facts]:
    """Build one person and the next call to them: 5 calls in the past week, 15 other contacts."""
    at = START + timedelta(microseconds=7_919 * number)
    debt = f"{number}"
    calls = tuple(
        LedgerEntry(
            at=at - timedelta(days=days, hours=2),
            channel="call",
            direction="out",
            outcome="no_answer",
            debts=(debt,),
            endpoint="phone",
            sender="us",
        )
        for days in (1, 2, 3, 4, 5)
    )
    others = tuple(
        LedgerEntry(
            at=at - timedelta(days=days, hours=3),
            channel="sms" if days % 2 else "call",
            direction="out",
            outcome="delivered" if days % 2 else "conversation",
            debts=(debt,),
            endpoint="phone",
            sender="us",
        )
        for days in range(8, 8 + PRIOR_CONTACTS - len(calls))
    )
    facts = Facts(
        lender_role="third_party",
        zones=(ZoneEvidence(ZONES[number % len(ZONES)], "address"),),
        residence="US",
        stage="mid",
        lender_class="collector",
        ledger=calls + others,
        consents=(Consent("sms_consent", at - timedelta(days=30), "sms", "phone"),),
        endpoints={"phone": Endpoint(kind="mobile", owner="debtor")},
        debts={debt: Debt(dpd=35)},
    )
    action = ProposedAction(
        at=at,
        channel="call",
        purpose="collection",
        debts=(debt,),
        endpoint="phone",
        dial_mode="manual",
        content=frozenset({"agent_name", "lender_name", "mini_miranda_subsequent"}),
        first_communication=False,
        sender="us",
    )
    return action, facts


def run() -> dict[str, object]:
    """Return decisions a second of one core's time: the median of the runs, and each run.

    Only this process's time counts, so that whatever else the machine does disturbs less.
    """
    packs = compiled()
    people = [a_person(number) for number in range(PEOPLE)]
    allowed = sum(decide(action, facts, packs).verdict is Verdict.ALLOW for action, facts in people)
    rates: list[float] = []
    for _ in range(RUNS):
        start = process_time()
        for action, facts in people:
            decide(action, facts, packs)
        rates.append(PEOPLE / (process_time() - start))
    return {
        "per_second": median(rates),
        "runs": rates,
        "allowed": allowed / PEOPLE,
        "prior_contacts": PRIOR_CONTACTS,
        "packs": PACKS,
    }


if __name__ == "__main__":
    print(run())
