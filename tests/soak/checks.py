"""What must hold after months of disorder; written apart from the service."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from tests.compliance.brute_force import LAWS, Law, Placed, violations
from tests.e2e.service import Service
from tests.soak.platform import NEW_YORK, REGIONS, Platform, Signal

_ENDS = {"loan.paid_off", "loan.sold"}
_ASKS = {"collection", "servicing_reminder"}
_WATCHED = 180
"""Days after the due date on which every treatment still has a stage."""
_NEVER = datetime.max.replace(tzinfo=UTC)
_LAWS = {
    law.residence: law for law in LAWS if law.role == "first_party" and law.residence in REGIONS
}
_ELSEWHERE = Law("US", "first_party", ("America/New_York",), (), _LAWS["US-DC"].hours)


class Word(NamedTuple):
    """A promise: when the service was told, when it was made, until when and how much it is."""

    told: datetime
    made: date
    until: date
    minor: int


class Checks:
    """Notes when the service was told what, and compares what it made of it."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.compared = 0
        self._words: dict[str, list[tuple[datetime, str, str]]] = defaultdict(list)
        self._promised: dict[str, dict[str, Word]] = defaultdict(dict)
        self._settled: dict[str, datetime] = {}
        self._paid: dict[str, dict[str, tuple[datetime, date, int]]] = defaultdict(dict)

    def note(self, signals: Iterable[Signal], at: datetime) -> None:
        """Remember what the service knows from business time `at` on."""
        for signal in signals:
            kind, subject = signal["type"], signal["subject"]
            if kind in _ENDS | {"loan.recalled", "payment.reversed", "borrower.deceased"}:
                self._words[subject].append((at, signal["time"], kind))
            if kind == "payment.received":
                paid = signal["data"]["payment"]
                on = date.fromisoformat(paid["value_date"])
                self._paid[subject].setdefault(paid["id"], (at, on, paid["amount"]))
            if kind.startswith("promise_to_pay."):
                promise = signal["data"]["promise"]
                if kind.endswith(".created"):
                    until = date.fromisoformat(promise["due_on"])
                    made = datetime.fromisoformat(promise["made_at"]).astimezone(NEW_YORK).date()
                    self._promised[subject].setdefault(
                        promise["id"], Word(at, made, until, promise["amount"])
                    )
                else:
                    self._settled.setdefault(promise["id"], at)

    async def books(self, service: Service, today: date) -> list[str]:
        """Compare every balance and the days past due with the platform's own books."""
        wrong: list[str] = []
        rows = await service.rows(
            "SELECT l.ref, l.status, l.oldest_unpaid_due_on, i.number, i.outstanding_minor"
            "  FROM loans l LEFT JOIN installments i USING (person_id, loan_id)"
        )
        owed: dict[str, dict[int, int]] = defaultdict(dict)
        loans = {row["ref"]: row for row in rows}
        for row in rows:
            if row["number"] is not None:
                owed[row["ref"]][row["number"]] = row["outstanding_minor"]
        for loan in self.platform.loans:
            found = loans[loan.ref]
            self.compared += len(loan.installments)
            if owed[loan.ref] != loan.owed():
                wrong.append(f"{loan.ref} owes {owed[loan.ref]}, the platform says {loan.owed()}")
            oldest = found["oldest_unpaid_due_on"]
            days = max(0, (today - oldest).days) if oldest else 0
            if days != loan.days_past_due(today):
                wrong.append(f"{loan.ref}: {days} days late, not {loan.days_past_due(today)}")
            is_over = found["status"] not in {"active", "restructured"}
            if is_over != (loan.closed or loan.sold):
                wrong.append(
                    f"{loan.ref} is {found['status']}: closed {loan.closed}, sold {loan.sold}"
                )
        payments = await service.rows(
            "SELECT payment_ref, amount_minor, allocation, split FROM payments"
        )
        for row in payments:
            split = sum(one["amount"] for one in row["split"])
            parts = sum((row["allocation"] or {}).values()) or None
            if split != row["amount_minor"] or parts not in {None, row["amount_minor"]}:
                wrong.append(
                    f"payment {row['payment_ref']} of {row['amount_minor']}: {split}, {parts}"
                )
        return wrong

    def contacts(self, rows: list[dict[str, Any]]) -> list[str]:
        """Look at every contact: was the loan open, was nothing promised, was no cap exceeded."""
        wrong: list[str] = []
        made: dict[int, list[Placed]] = defaultdict(list)
        names = self.names
        for row in rows:
            refs = [names[debt] for debt in row["debts"] if debt in names]
            counted = row["outcome"] != "released"
            # What a branch recorded isn't ours to hold back, and a reminder begins no collection.
            if counted and row["treatment"] and row["purpose"] == "collection":
                for ref in refs or [""]:
                    made[row["person_id"]].append(_placed(row, ref))
            if row["direction"] != "out" or row["purpose"] not in _ASKS or not counted:
                continue
            if row["step"] in {"thanks", "satisfaction"}:
                continue
            for ref in refs:
                if self._is_over(ref, row["at"]):
                    wrong.append(f"{ref} was over and was contacted at {row['at']} ({row['step']})")
                if self._is_promised(ref, row["at"]):
                    wrong.append(f"{ref} was promised and was contacted at {row['at']}")
        for person, contacts in made.items():
            law = _LAWS.get(self.region_of[person], _ELSEWHERE)
            wrong += [f"person {person}: {text}" for text in violations(law, contacts, frozenset())]
        return wrong

    async def plans(self, service: Service) -> list[str]:
        """Look whether everybody is planned for, once, and nothing that is due was left."""
        wrong = [
            f"person {row['person_id']} was due at {row['due_at']} and not looked at"
            for row in await service.rows(
                "SELECT person_id, due_at FROM agenda WHERE due_at <= $1", service.now
            )
        ]
        forgotten = await service.rows(
            "SELECT DISTINCT person_id, due_at FROM agenda JOIN cases USING (person_id)"
            " WHERE closed_on IS NULL AND due_at > $1 AND anchor_due_on > $2",
            service.now + timedelta(days=2),
            service.now.date() - timedelta(days=_WATCHED),
        )
        wrong += [
            f"person {row['person_id']} has an open case and isn't looked at before {row['due_at']}"
            for row in forgotten
        ]
        treatments = service.runtime.considering.rulebook.treatments
        steps = {one.step.key for plan in treatments for one in plan.timeline}
        steps |= {key for plan in treatments for key in plan.event_keys}
        led = await service.rows("SELECT DISTINCT step FROM contacts WHERE treatment <> ''")
        wrong += [
            f"{row['step']} is a step of no treatment"
            for row in led
            if row["step"].partition(".")[0] not in steps
        ]
        twice = await service.rows(
            "SELECT loan_id, count(*) AS n FROM cases WHERE closed_on IS NULL GROUP BY 1"
            " HAVING count(*) > 1"
        )
        wrong += [f"loan {row['loan_id']} has {row['n']} open cases" for row in twice]
        strange = await service.rows(
            "SELECT c.case_id FROM cases c JOIN loans l USING (person_id, loan_id)"
            " WHERE c.closed_on IS NULL AND l.status NOT IN ('active', 'restructured')"
        )
        wrong += [f"case {row['case_id']} of a closed loan is open" for row in strange]
        stuck = await service.rows(
            "SELECT contact_id FROM contacts WHERE delivery_state IN ('reserved', 'unknown')"
        )
        return wrong + [f"contact {row['contact_id']} was never settled" for row in stuck]

    async def learn(self, service: Service) -> None:
        """Read which numbers the service gave to loans and people."""
        rows = await service.rows(
            "SELECT l.loan_id, l.ref, l.person_id, p.residence FROM loans l"
            " JOIN persons p USING (person_id)"
        )
        self.names = {row["loan_id"]: row["ref"] for row in rows}
        self.region_of = {row["person_id"]: row["residence"] for row in rows}

    def _is_over(self, ref: str, at: datetime) -> bool:
        """Say whether the newest word that had come by then ended the loan."""
        known = [one for one in self._words[f"loan/{ref}"] if one[0] <= at]
        if not any(kind in _ENDS for _, _, kind in known):
            return False
        return max(known, key=lambda one: one[1])[2] in _ENDS

    def _is_promised(self, ref: str, at: datetime) -> bool:
        """Say whether a promise was open then: not ended by a word, nor by what was paid since."""
        loan, today = f"loan/{ref}", at.astimezone(NEW_YORK).date()
        for promise, word in self._promised[loan].items():
            ended = self._settled.get(promise, _NEVER)
            if not (word.told <= at < ended and today <= word.until):
                continue
            paid = sum(
                minor
                for told, on, minor in self._paid[loan].values()
                if told <= at and word.made <= on <= word.until
            )
            if paid < word.minor:
                return True
        return False


def _placed(row: dict[str, Any], ref: str) -> Placed:
    return Placed(
        row["at"],
        row["channel"],
        row["outcome"],
        ref,
        row["endpoint_id"],
        row["direction"],
        row["purpose"],
        row["dial_mode"] or None,
    )
