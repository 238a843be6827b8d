"""How many decisions one core makes a second: by federal packs, and by all that apply in a state.

Each decision is about another person with 20 earlier contacts at another instant, and is allowed;
people, their facts and their actions are made before the clock starts.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from time import process_time
from typing import Final

from outreach.compliance import (
    CompiledPacks,
    compile_packs,
    decide,
    needed_content,
    needed_sender,
    select_packs,
)
from outreach.config_files.packs import read_packs
from outreach.domain.decisions import ProposedAction, Verdict
from outreach.domain.known import Consent, Debt, Endpoint, Facts, LedgerEntry, ZoneEvidence

FOLDER: Final = Path(__file__).parents[2] / "config" / "compliance"
PACKS: Final = ("outreach-base", "us-common", "us-firstparty-policy", "us-regf")
PEOPLE: Final = 2_000
RUNS: Final = 7
PRIOR_CONTACTS: Final = 20
# 15:00 in New York, 12:00 in Los Angeles: open everywhere on the mainland.
START: Final = datetime(2026, 6, 10, 19, 0, tzinfo=UTC)
# Where a state's or a city's own packs apply beside the federal ones, and the zones in use there.
STATES: Final = {
    "US-MA": ("America/New_York",),
    "US-NY-NYC": ("America/New_York",),
    "US-DC": ("America/New_York",),
    "US-WA": ("America/Los_Angeles",),
    "US-FL": ("America/New_York", "America/Chicago"),
    "US-CA": ("America/Los_Angeles",),
    "US-TX": ("America/Chicago", "America/Denver"),
}
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


def a_resident(number: int, packs: dict[str, CompiledPacks]) -> tuple[ProposedAction, Facts, str]:
    """Build one person of a state, called once in the past week, and the next call to them."""
    action, facts = a_person(number)
    at, debt = action.at, action.debts[0]
    state = tuple(STATES)[number % len(STATES)]
    ledger = tuple(
        LedgerEntry(
            at=at - timedelta(days=days, hours=2),
            channel="call" if days % 2 else "sms",
            direction="out",
            outcome="conversation" if days % 2 else "delivered",
            debts=(debt,),
            endpoint="phone",
            purpose="collection",
            sender="us",
        )
        for days in range(9, 9 + 2 * (PRIOR_CONTACTS - 1), 2)
    )
    latest = replace(facts.ledger[2], purpose="collection")
    facts = replace(
        facts,
        residence=state,
        zones=tuple(ZoneEvidence(zone, "address") for zone in STATES[state]),
        stage="debt_collection_procedures",
        ledger=(*ledger, latest),
        debts={debt: Debt(35, dates={"validation_sent_at": at - timedelta(days=90)})},
    )
    action = replace(
        action,
        content=needed_content(action, facts, packs[state]),
        sender_attributes=needed_sender(action, facts, packs[state]),
    )
    return action, facts, state


def run_us_all() -> dict[str, object]:
    """Return the same by everything that applies to a collector in a state with its own packs."""
    every = read_packs(FOLDER)
    packs = {
        state: compile_packs(select_packs(every, "third_party", state).packs) for state in STATES
    }
    people = [a_resident(number, packs) for number in range(PEOPLE)]
    result = _measure([(action, facts, packs[state]) for action, facts, state in people])
    result["packs"] = {state: [pack.id for pack in packs[state].packs] for state in STATES}
    return result


def run() -> dict[str, object]:
    """Return decisions a second of one core's time: the median of the runs, and each run."""
    packs = compiled()
    result = _measure([(*a_person(number), packs) for number in range(PEOPLE)])
    result["packs"] = PACKS
    return result


def _measure(people: list[tuple[ProposedAction, Facts, CompiledPacks]]) -> dict[str, object]:
    """Decide about everybody some times.

    Only this process's time counts, so that whatever else the machine does disturbs less.
    """
    allowed = sum(decide(*one).verdict is Verdict.ALLOW for one in people)
    rates: list[float] = []
    for _ in range(RUNS):
        start = process_time()
        for action, facts, packs in people:
            decide(action, facts, packs)
        rates.append(len(people) / (process_time() - start))
    return {
        "per_second": median(rates),
        "runs": rates,
        "allowed": allowed / len(people),
        "prior_contacts": PRIOR_CONTACTS,
    }


if __name__ == "__main__":
    print(run())
    print(run_us_all())
