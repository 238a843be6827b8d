"""Builders for decisions: a call to somebody in Chicago, and rules made of a few parameters."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from outreach.compliance import compile_packs, decide
from outreach.compliance.pack import Pack, Rule
from outreach.domain.decisions import Decision, ProposedAction
from outreach.domain.known import Facts, LedgerEntry, ZoneEvidence

CHICAGO = ZoneInfo("America/Chicago")


def chicago(day: str, clock: str = "12:00") -> datetime:
    """Return an instant by Chicago's wall clock."""
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=CHICAGO)


def utc(day: str, clock: str = "12:00") -> datetime:
    """Return an instant in UTC."""
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=UTC)


def an_action(**given: Any) -> ProposedAction:
    """Return a collection call about debt D1 on Wednesday 10 June 2026 at noon."""
    defaults: dict[str, Any] = {
        "at": chicago("2026-06-10"),
        "channel": "call",
        "purpose": "collection",
        "debts": ("D1",),
        "first_communication": False,
    }
    return ProposedAction(**{**defaults, **given})


def some_facts(**given: Any) -> Facts:
    """Return facts about somebody who lives in Chicago and was never contacted."""
    zones = given.pop("zones", ("America/Chicago",))
    evidence = tuple(
        zone if isinstance(zone, ZoneEvidence) else ZoneEvidence(zone, "address") for zone in zones
    )
    defaults: dict[str, Any] = {
        "lender_role": "third_party",
        "residence": "US-IL",
        "lender_class": "collector",
        "stage": "mid",
    }
    return Facts(zones=evidence, **{**defaults, **given})


def a_call(at: datetime, outcome: str = "no_answer", **given: Any) -> LedgerEntry:
    """Return an outbound call about D1."""
    defaults: dict[str, Any] = {"channel": "call", "direction": "out", "debts": ("D1",)}
    return LedgerEntry(at=at, outcome=outcome, **{**defaults, **given})


def a_rule(primitive: str, **given: Any) -> Rule:
    """Return a rule; keys that are not the envelope's are its parameters."""
    envelope = {key: given.pop(key) for key in tuple(given) if key in Rule.__slots__}
    defaults: dict[str, Any] = {"id": "x.rule", "primitive": primitive, "parameters": given}
    return Rule(**{**defaults, **envelope})


def judge(action: ProposedAction, facts: Facts, *rules: Rule, **pack: Any) -> Decision:
    """Decide by one pack that holds the rules."""
    return decide(
        action, facts, compile_packs([Pack(id="x", version="2026.11", rules=rules, **pack)])
    )


def codes(decision: Decision) -> list[str]:
    """Return the codes of the reasons."""
    return [reason.code for reason in decision.reasons]
