"""A year of random proposals to random borrowers: no cap exceeded, no contact out of hours."""

import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

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
from outreach.domain.known import Consent, Debt, Endpoint, Facts, LedgerEntry, Notice, ZoneEvidence
from tests.compliance.brute_force import LAWS, AfterFirst, Law, Placed, violations

PACKS = read_packs(Path(__file__).parents[2] / "config" / "compliance")
START = datetime(2026, 10, 1, tzinfo=UTC)
YEAR = timedelta(days=365)
LONG_AGO = START - timedelta(days=300)
REMEMBERED = timedelta(days=400)
PATIENCE = timedelta(days=3)
CALLS = (
    ("no_answer",) * 5 + ("conversation",) * 3 + ("voicemail_other", "not_connected", "wrong_party")
)
OUTCOMES = {"call": CALLS, "visit": ("conversation", "no_answer"), "sms": ("delivered", "sent")}
CONSENTS = (
    "express",
    "express_written",
    "sms_consent",
    "opt_in",
    "channel_authorised",
    "nyc_written_consent",
    "dc_electronic_consent",
    "email_consent",
)
NOTICES = ("collection_start_notice", "collection_notice", "assignment_notice", "visit_notice")


class Life:
    """One borrower, and everything that is tried with them in a year."""

    def __init__(self, law: Law, seed: int) -> None:
        self.law = law
        self.random = random.Random(f"{law} {seed}")
        self.debts = [f"D{n}" for n in range(self.random.choice((1, 1, 2)))]
        self.endpoints = [f"P{n}" for n in range(self.random.choice((1, 2)))]
        self.holidays = frozenset(
            date(2026, 10, 1) + timedelta(days=self.random.randrange(365)) for _ in range(14)
        )
        self.placed: list[Placed] = []
        self.ledger: list[LedgerEntry] = []
        self.verdicts: Counter[str] = Counter()
        self.packs = compiled(law)
        self.facts = Facts(
            lender_role=law.role,
            zones=tuple(ZoneEvidence(zone, "address") for zone in law.zones),
            residence=law.residence,
            lender_class="bank",
            stage="debt_collection_procedures",
            consents=tuple(
                Consent(kind, START + timedelta(days=60 * n) - timedelta(days=1), given_to="sender")
                for kind in CONSENTS
                for n in range(7)
            ),
            endpoints={
                name: Endpoint("mobile", "debtor", checked_at=START, checked_result="no")
                for name in self.endpoints
            },
            debts={
                debt: Debt(45, dates={"overdue_since": LONG_AGO, "validation_sent_at": LONG_AGO})
                for debt in self.debts
            },
            notices=tuple(Notice(kind, LONG_AGO) for kind in NOTICES),
            holidays=self.holidays,
            lender_zone=law.zones[0],
        )

    def live(self, span: timedelta) -> None:
        """Propose contacts in bursts, by day and by night, and take what is allowed."""
        now = START
        while now < START + span:
            # Bursts within the hour, then hours or days of silence.
            busy = self.random.random() < self.law.burst
            now += timedelta(
                seconds=self.random.uniform(60, 5_400)
                if busy
                else self.random.expovariate(1 / 50_000)
            )
            if self.random.random() < 0.03:
                self._they_call(now)
            now = self._try(now)

    def _they_call(self, at: datetime) -> None:
        debt = self.random.choice(self.debts)
        self._keep(at, "call", "inbound_conversation", debt, self.endpoints[0], "in")

    def _try(self, at: datetime) -> datetime:
        """Ask at an instant; if it says when, ask then, and take what is then allowed."""
        channel = self.random.choice(self.law.channels)
        debt, endpoint = self.random.choice(self.debts), self.random.choice(self.endpoints)
        decision = self._ask(at, channel, debt, endpoint)
        self.verdicts[decision.verdict] += 1
        if decision.verdict is Verdict.DEFER and self.random.random() < 0.5:
            assert decision.until is not None
            assert decision.until > at
            if decision.until - at > PATIENCE:
                return at
            # Not a moment earlier, and then at once.
            earlier = decision.until - timedelta(microseconds=1)
            assert self._ask(earlier, channel, debt, endpoint).verdict is not Verdict.ALLOW
            at = decision.until
            decision = self._ask(at, channel, debt, endpoint)
            assert decision.verdict is Verdict.ALLOW, (at, decision.rules)
        if decision.verdict is Verdict.ALLOW:
            outcomes = OUTCOMES.get(channel, ("delivered",))
            self._keep(at, channel, self.random.choice(outcomes), debt, endpoint, "out")
        return at

    def _ask(self, at: datetime, channel: str, debt: str, endpoint: str) -> Any:
        facts = self.facts
        action = ProposedAction(
            at=at,
            channel=channel,
            purpose="collection",
            debts=(debt,),
            endpoint=endpoint,
            endpoint_kind="mobile",
            dial_mode="manual" if channel == "call" else None,
            place="residence" if channel == "visit" else None,
            first_communication=False,
            sender="us",
        )
        action = replace(
            action,
            content=needed_content(action, facts, self.packs),
            sender_attributes=needed_sender(action, facts, self.packs),
        )
        return decide(action, facts, self.packs)

    def _keep(
        self, at: datetime, channel: str, outcome: str, debt: str, endpoint: str, direction: str
    ) -> None:
        self.placed.append(Placed(at, channel, outcome, debt, endpoint, direction))
        entry = LedgerEntry(
            at=at,
            channel=channel,
            direction=direction,
            outcome=outcome,
            debts=(debt,),
            endpoint=endpoint,
            purpose="collection" if direction == "out" else None,
            sender="us" if direction == "out" else None,
        )
        self.ledger = [e for e in self.ledger if e.at > at - REMEMBERED]
        self.ledger.append(entry)
        self.facts = replace(self.facts, ledger=tuple(self.ledger))


_COMPILED: dict[str, CompiledPacks] = {}


def compiled(law: Law) -> CompiledPacks:
    name = str(law)
    if name not in _COMPILED:
        selection = select_packs(PACKS, law.role, law.residence)
        assert selection.refusal is None, selection.choices
        _COMPILED[name] = compile_packs(selection.packs)
    return _COMPILED[name]


def live(law: Law, seeds: Iterable[int], span: timedelta) -> None:
    contacts = 0
    verdicts: Counter[str] = Counter()
    for seed in seeds:
        life = Life(law, seed)
        life.live(span)
        verdicts += life.verdicts
        contacts += sum(one.direction == "out" for one in life.placed)
        assert violations(law, life.placed, life.holidays) == [], (str(law), seed)
    # A law under which nothing is ever allowed would be kept by any engine.
    assert contacts >= 20 * len(law.channels), verdicts


@pytest.mark.parametrize("law", LAWS, ids=str)
def test_a_year_of_contacts_is_lawful_at_every_instant(law: Law) -> None:
    live(law, [1], YEAR)


@pytest.mark.long
@pytest.mark.parametrize("law", LAWS, ids=str)
def test_years_of_contacts_are_lawful_at_every_instant(law: Law) -> None:
    live(law, range(12), YEAR)


UNBOUND = {
    "calendar_cap",
    "channel_lock",
    "cooldown_after_outcome",
    "holiday_block",
    "min_gap",
    "quiet_hours",
    "rolling_cap",
}


@pytest.mark.parametrize("law", LAWS, ids=str)
def test_the_checker_sees_what_an_engine_without_these_rules_would_do(law: Law) -> None:
    chosen = select_packs(PACKS, law.role, law.residence).packs
    lax = [
        replace(pack, rules=tuple(rule for rule in pack.rules if rule.primitive not in UNBOUND))
        for pack in chosen
    ]
    life = Life(law, 1)
    life.packs = compile_packs(lax)
    life.live(timedelta(days=90))

    found = violations(law, life.placed, life.holidays)
    rows = {cap.cap.row if isinstance(cap, AfterFirst) else cap.row for cap in law.caps}
    rows |= {hours.row for hours in law.hours}
    assert {row for row in rows if not any(text.startswith(row) for text in found)} == set()
