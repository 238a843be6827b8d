"""What Prometheus reads: counts and times, never anything about a person."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector

_MOST_TYPES: Final = 200
_OTHER: Final = "other"

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST


class _Counts(Collector):
    """Counters kept as plain numbers: counting one costs a tenth of a labeled child's `inc`."""

    def __init__(self, name: str, description: str, labels: tuple[str, ...]) -> None:
        self._about = (name, description, labels)
        self.of: Counter[tuple[str, ...]] = Counter()

    def collect(self) -> Iterator[CounterMetricFamily]:
        name, description, labels = self._about
        family = CounterMetricFamily(name, description, labels=labels)
        for values, count in self.of.items():
            family.add_metric(values, count)
        yield family


class Metrics:
    """One process's numbers, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._signals = self._counts(
            "outreach_signals",
            "Signals by source, type and result (stored, duplicate, conflict)",
            ("source", "type", "result"),
        )
        self._requests = self._counts(
            "outreach_webhook_requests",
            "Webhook requests by source and status",
            ("source", "status"),
        )
        self._forged = self._counts(
            "outreach_webhook_forged",
            "Refused credentials by source and cause",
            ("source", "cause"),
        )
        self._self_service = self._counts(
            "outreach_self_service",
            "Self-service pages by lender and event: opened, passed, failed, locked, limited,"
            " unknown, expired, and what borrowers told",
            ("tenant", "event"),
        )
        self._failed_words = self._counts(
            "outreach_template_load_failures",
            "Live versions of words that a process couldn't use, by lender, over all processes",
            ("tenant",),
        )
        self._commit_rows = Histogram(
            "outreach_commit_rows",
            "Signals per group commit",
            buckets=(1, 2, 5, 10, 20, 50, 100, 200, 500),
            registry=self.registry,
        )
        self._commit_seconds = Histogram(
            "outreach_commit_seconds",
            "Seconds per group commit",
            buckets=(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5),
            registry=self.registry,
        )
        self.ready = Gauge(
            "outreach_ready", "1 when database and Redis answer", registry=self.registry
        )
        self._waiting = Gauge(
            "outreach_waiting", "Rows or persons that wait", ("queue",), registry=self.registry
        )
        self._oldest = Gauge(
            "outreach_waiting_oldest_seconds",
            "How long the oldest has waited; 0 when nothing waits",
            ("queue",),
            registry=self.registry,
        )
        self._alerts = Gauge(
            "outreach_alerts",
            "Alerts raised in the last day, by lender and kind",
            ("tenant", "kind"),
            registry=self.registry,
        )
        self._circuits = Gauge(
            "outreach_circuit_open",
            "1 while an account at a provider doesn't answer and nothing is sent by it",
            ("account",),
            registry=self.registry,
        )
        self._shares = Gauge(
            "outreach_account_share",
            "Part of its usual load that an account gets, while it fares badly",
            ("account",),
            registry=self.registry,
        )
        self._pauses = Gauge(
            "outreach_pauses", "Pauses that hold", ("tenant", "scope"), registry=self.registry
        )
        self._contacts = Gauge(
            "outreach_contacts_last_hour",
            "Contacts reserved in the last hour, by lender, mode and whether only simulated",
            ("tenant", "mode", "simulated"),
            registry=self.registry,
        )
        self._tasks = Gauge(
            "outreach_tasks",
            "Work for people that isn't done, by kind and state: open, taken, and of both overdue",
            ("kind", "state"),
            registry=self.registry,
        )
        self._tiers = Gauge(
            "outreach_loans_at_risk",
            "Open loans above the lowest risk tier, by lender and tier",
            ("tenant", "tier"),
            registry=self.registry,
        )
        self._hand_offs = Gauge(
            "outreach_hand_offs",
            "Open cases for court, visits and placements, by lender and state",
            ("tenant", "kind", "state"),
            registry=self.registry,
        )
        self._discrepancies = Gauge(
            "outreach_discrepancies",
            "Open differences between our books and the platform's figures, by lender and kind",
            ("tenant", "kind"),
            registry=self.registry,
        )
        self.contact_log_behind = Gauge(
            "outreach_contact_log_behind_seconds",
            "How far what is searched is behind the contact log; +Inf until it was folded once",
            registry=self.registry,
        )
        self._types: set[str] = set()

    def _counts(self, name: str, description: str, labels: tuple[str, ...]) -> _Counts:
        counts = _Counts(name, description, labels)
        self.registry.register(counts)
        return counts

    def signal(self, source: str, type_: str, result: str) -> None:
        """Count one signal; after 200 types the rest is `other`, since strangers choose them."""
        if type_ not in self._types:
            if len(self._types) >= _MOST_TYPES:
                type_ = _OTHER
            self._types.add(type_)
        self._signals.of[source, type_, result] += 1

    def request(self, source: str, status: int) -> None:
        """Count one webhook request of a configured source."""
        self._requests.of[source, str(status)] += 1

    def forged(self, source: str, cause: str) -> None:
        """Count one refused credential."""
        self._forged.of[source, cause] += 1

    def self_service(self, tenant: str, event: str) -> None:
        """Count one event of a self-service page; tenant "" where no link opened."""
        self._self_service.of[tenant, event] += 1

    def commit(self, rows: int, seconds: float) -> None:
        """Observe one group commit."""
        self._commit_rows.observe(rows)
        self._commit_seconds.observe(seconds)

    def waiting(self, queue: str, count: int, oldest_seconds: float) -> None:
        """Show how much of one kind waits."""
        self._waiting.labels(queue).set(count)
        self._oldest.labels(queue).set(max(0.0, oldest_seconds))

    def alerts(self, counts: Mapping[tuple[str, str], int]) -> None:
        """Show recent alerts, and only those."""
        self._alerts.clear()
        for (tenant, kind), count in counts.items():
            self._alerts.labels(tenant, kind).set(count)

    def failed_words(self, counts: Mapping[str, int]) -> None:
        """Show how often live words couldn't be used, by lender."""
        for tenant, count in counts.items():
            self._failed_words.of[tenant,] = count

    def shares(self, shares: Mapping[str, float]) -> None:
        """Show which accounts get less than all of their load."""
        self._shares.clear()
        for account, share in shares.items():
            self._shares.labels(account).set(share)

    def stops(self, circuits: Iterable[str], pauses: Mapping[tuple[str, str], int]) -> None:
        """Show which accounts don't answer, and the pauses that hold by lender and scope."""
        self._circuits.clear()
        for account in circuits:
            self._circuits.labels(account).set(1)
        self._pauses.clear()
        for (tenant, scope), count in pauses.items():
            self._pauses.labels(tenant, scope).set(count)

    def contacts(self, counts: Mapping[tuple[str, str, bool], int]) -> None:
        """Show recent contacts; those of one mode are never added to another's."""
        self._contacts.clear()
        for (tenant, mode, simulated), count in counts.items():
            self._contacts.labels(tenant, mode, str(int(simulated))).set(count)

    def hand_offs(self, counts: Mapping[tuple[str, str, str], int]) -> None:
        """Show what people have in hand, by lender, kind and state."""
        self._hand_offs.clear()
        for labels, count in counts.items():
            self._hand_offs.labels(*labels).set(count)

    def tasks(self, counts: Mapping[tuple[str, str], int]) -> None:
        """Show what waits for people by (kind, state); `overdue` counts again what is late."""
        self._tasks.clear()
        for (kind, state), count in counts.items():
            self._tasks.labels(kind, state).set(count)

    def tiers(self, counts: Mapping[tuple[str, str], int]) -> None:
        """Show how many loans are above the lowest risk tier."""
        self._tiers.clear()
        for (tenant, tier), count in counts.items():
            self._tiers.labels(tenant, tier).set(count)

    def discrepancies(self, counts: Mapping[tuple[str, str], int]) -> None:
        """Show open differences by lender and kind."""
        self._discrepancies.clear()
        for (tenant, kind), count in counts.items():
            self._discrepancies.labels(tenant, kind).set(count)

    def exposition(self) -> bytes:
        """Return everything in Prometheus's text format."""
        return generate_latest(self.registry)
