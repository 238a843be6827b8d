"""What machines are told of contacts and borrowers: ids, codes, times; no words, no addresses."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from outreach.compliance.pack import Pack
from outreach.domain.contacts import attempt_id
from outreach.domain.decisions import Decision, Reason, Verdict
from outreach.domain.loans import LoanState, days_past_due, past_due_minor
from outreach.domain.log_filters import LogVerdict
from outreach.domain.vocabulary import EventKind
from outreach.rendering.verdicts import RuleIndex, index_rules, say_reason
from outreach.store.contact_log_search import LogLine
from outreach.usecases.checking import BY_PEOPLE, ChannelCheck, PersonCheck
from outreach.usecases.read_log import Entry, Story, kept_reason

_VERDICTS: Final = {
    EventKind.DECIDED: LogVerdict.ALLOWED,
    EventKind.DEFERRED: LogVerdict.DEFERRED,
    EventKind.BLOCKED: LogVerdict.BLOCKED,
    EventKind.INBOUND: LogVerdict.INBOUND,
}


def line_of(line: LogLine) -> dict[str, Any]:
    """Return one line of the list; None where there is nothing to say."""
    is_contact = line.contact_id is not None and line.person_id > 0
    return {
        "id": attempt_id(line.person_id, line.contact_id)
        if is_contact and line.contact_id
        else f"{line.person_id}-{line.event_id}",
        "verdict": line.verdict,
        "at": line.at,
        "recorded_at": line.recorded_at,
        "channel": line.channel or None,
        "purpose": line.purpose or None,
        "step": line.step or None,
        "template": line.template or None,
        "status": line.status or None,
        "outcome": line.outcome or None,
        "error": line.error_class or None,
        "reply": line.reply or None,
        "rule": line.rule or None,
        "rules": list(line.rules),
        "until": line.until,
    }


def contact_of(story: Story, packs: Sequence[Pack], zone: str) -> dict[str, Any]:
    """Return one contact, or a decision that led to none, with every verdict.

    Args:
        story: As the log has it.
        packs: In force now, for the names behind rule ids.
        zone: The lender's, where the borrower's isn't known.
    """
    first, rules = story.first, index_rules(packs)
    at_zone = first.zone or zone
    reasons = [_reason(kept_reason(one), rules, first.at, at_zone) for one in first.reasons]
    contact = first.contact
    return {
        "id": id_of(first),
        "lender": first.tenant,
        "kind": first.kind,
        "verdict": _VERDICTS.get(EventKind(first.kind)),
        "at": first.at,
        "recorded_at": first.recorded_at,
        "zone": at_zone,
        "loans": list(first.loans),
        "channel": contact.channel if contact else _tried(first).get("channel"),
        "purpose": contact.purpose if contact else _tried(first).get("purpose"),
        "step": contact.step if contact else first.body.get("step"),
        "status": contact.state if contact else None,
        "outcome": contact.outcome if contact else None,
        "error": contact.error_class if contact else None,
        "until": first.body.get("until"),
        "reasons": reasons,
        "readable": first.readable,
        "events": [
            {"kind": row.kind, "at": row.at, "state": row.body.get("state")} for row in story.rows
        ],
    }


def id_of(entry: Entry) -> str:
    """Return what the API and the console's addresses name a row of the log by."""
    if entry.contact_id is not None and entry.person_id > 0:
        return attempt_id(entry.person_id, entry.contact_id)
    return f"{entry.person_id}-{entry.event_id}"


def loan_of(loan: LoanState, now: datetime) -> dict[str, Any]:
    """Return how a loan stands; amounts in minor units, None where they aren't known."""
    today = loan.today(now)
    unpaid = [one.due_on for one in loan.installments if one.outstanding_minor > 0]
    return {
        "loan": loan.ref,
        "status": loan.status,
        "currency": loan.currency,
        "past_due_minor": past_due_minor(loan.installments, today),
        "days_past_due": days_past_due(loan.installments, today),
        "oldest_unpaid_due_on": min(unpaid, default=None),
    }


def check_of(check: PersonCheck) -> dict[str, Any]:
    """Return whether somebody may be contacted, channel by channel."""
    rules = index_rules(check.packs)
    channels = [_channel(one, rules, check) for one in check.checks]
    return {
        "at": check.at,
        "zone": check.zone,
        "purpose": check.purpose,
        "may_contact": any(one["may_contact"] for one in channels),
        "packs": [one.id for one in check.packs],
        "channels": channels,
    }


def _channel(one: ChannelCheck, rules: RuleIndex, check: PersonCheck) -> dict[str, Any]:
    decision = one.decision
    allowed = decision is not None and decision.verdict is Verdict.ALLOW and one.has_sender
    reasons: Iterable[Reason] = decision.reasons if decision else ()
    return {
        "channel": one.channel,
        "by": "people" if one.way == BY_PEOPLE else "service",
        "may_contact": allowed,
        "verdict": decision.verdict if decision else None,
        "has_address": bool(one.endpoint_id),
        "has_sender": one.has_sender,
        "until": _until(decision),
        "needs": list(decision.needs) if decision else [],
        "reasons": [_reason(reason, rules, check.at, check.zone) for reason in reasons],
    }


def _until(decision: Decision | None) -> datetime | None:
    return decision.until if decision else None


def _reason(reason: Reason, rules: RuleIndex, at: datetime, zone: str) -> dict[str, Any]:
    return {
        "rule": reason.rule,
        "code": reason.code,
        "verdict": reason.verdict,
        "until": reason.until,
        "also": list(reason.also),
        "pack": reason.pack,
        "words": {
            language: say_reason(reason, rules, at=at, zone=zone, language=language).sentence
            for language in ("en", "zh")
        },
    }


def _tried(entry: Entry) -> Mapping[str, Any]:
    tried: Sequence[Mapping[str, Any]] = entry.body.get("tried") or ({},)
    return tried[0]
