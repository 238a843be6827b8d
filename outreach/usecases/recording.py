"""What the log keeps of a decision: enough to read it years later, and to decide it again."""

from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any, Final

from outreach.domain.decisions import Decision, ProposedAction
from outreach.domain.standing import Due, Wait, WaitReason
from outreach.facts.snapshot import snapshot
from outreach.rendering.message import Rendered
from outreach.store.pauses import ACCOUNT_OPEN, PAUSED
from outreach.usecases.trying import Looked, Trial, explained

# Zone rules, number plans and holidays change; a replay must know which it was decided with.
VERSIONS: Final = {
    name: version(name) for name in ("outreach", "tzdata", "phonenumbers", "holidays")
}


def decided_body(looked: Looked, due: Due, trial: Trial) -> dict[str, Any]:
    """Return the body of a `decided` row: why now, what was asked, on what facts, which words."""
    body = _common(looked, due)
    body["verdict"] = trial.decision.verdict
    body["words"] = trial.rendered.text if trial.rendered else None
    if trial.rendered and trial.rendered.subject:
        body["subject"] = trial.rendered.subject
    body["action"] = _asked(trial)
    if len(looked.trials) > 1:
        body["tried"] = [_tried(one) for one in looked.trials[:-1]]
    if looked.lender is not None and looked.lender.mode != "live":
        body["mode"] = looked.lender.mode
    if trial.decision.warnings:
        body["warnings"] = [explained(one) for one in trial.decision.warnings]
    if trial.decision.shadow:
        body["shadow"] = [explained(one) for one in trial.decision.shadow]
    return body


def postponed_body(looked: Looked, until: datetime) -> dict[str, Any]:
    """Return the body of a `deferred` or `blocked` row: every reason, and when to ask again."""
    if not isinstance(looked.answer, Due):
        wait = looked.answer
        refusal = looked.refusal or (wait.why if wait else "")
        step = wait.step_key if wait else ""
        return {"refusal": refusal, "step": step, "until": until.isoformat(), "versions": VERSIONS}
    body = _common(looked, looked.answer)
    body["tried"] = [_tried(one) for one in looked.trials]
    body["until"] = until.isoformat()
    if not looked.trials:
        body["refusal"] = "no_address"
    return body


# Waits that keep a contact from being made, as against those that are the plan itself.
_REFUSALS: Final = frozenset({WaitReason.STALE, WaitReason.NO_ADDRESS, WaitReason.HELD})


_STOPPED: Final = frozenset({PAUSED, ACCOUNT_OPEN})


def is_refusal(looked: Looked) -> bool:
    """Say whether something was due, or would be, and may not be made: that goes into the log."""
    if isinstance(looked.answer, Wait):
        return looked.answer.why in _REFUSALS
    return bool(looked.trials or looked.refusal)


def wait_text(looked: Looked) -> str:
    """Return in a few words what a person waits for: equal texts are logged once."""
    if looked.refusal:
        return looked.refusal
    if isinstance(looked.answer, Wait):
        return f"{looked.answer.why}:{looked.answer.step_key}".rstrip(":")
    if isinstance(looked.answer, Due):
        step = looked.answer.step_key
        rules = ",".join(sorted({reason.rule for reason in looked.reasons}))
        until = min((t.decision.until for t in looked.trials if t.decision.until), default=None)
        if any(reason.rule in _STOPPED for reason in looked.reasons):
            # Probes come and go; who waits for one is logged once, and placed by what they lose.
            until = looked.answer.closes_at.astimezone(UTC)
        return f"{step}|{rules}|{until.isoformat() if until else ''}"
    return ""


def _common(looked: Looked, due: Due) -> dict[str, Any]:
    body: dict[str, Any] = {
        "step": due.step_key,
        "stage": due.stage,
        "day": due.day,
        "occurrence": due.occurrence,
        "try": due.try_number,
        "debts": list(due.debts),
        "closes_at": due.closes_at.isoformat(),
        "versions": VERSIONS,
    }
    if due.skipped:
        body["skipped"] = list(due.skipped)
    if looked.treatment is not None:
        body["treatment"] = looked.treatment.ref
        if looked.treatment.experiment is not None:
            body["experiment"] = looked.treatment.experiment.key
            body["arm"] = due.arm
    if looked.judgment is not None:
        body["packs"] = [[pack.id, pack.content_hash] for pack in looked.judgment.selection.packs]
    if looked.facts is not None:
        body["facts"] = snapshot(looked.facts)
    return body


def asked_body(action: ProposedAction, template: str, rendered: Rendered | None) -> dict[str, Any]:
    """Return what was asked of the rules: the action, and the version of the words."""
    return {
        "at": action.at.isoformat(),
        "channel": action.channel,
        "purpose": action.purpose,
        "endpoint": action.endpoint,
        "endpoint_kind": action.endpoint_kind,
        "first": action.first_communication,
        "sender": action.sender,
        "sender_attributes": dict(sorted(action.sender_attributes.items())),
        "content": sorted(action.content),
        "template": template,
        "template_ref": rendered.template if rendered else None,
        "template_class": action.template_class,
        **({"dial_mode": action.dial_mode} if action.dial_mode else {}),
        **({"notice": rendered.notice} if rendered and rendered.notice else {}),
        "parts": rendered.parts if rendered else None,
        "locale": rendered.locale if rendered else None,
    }


def refused_body(asked: dict[str, Any], decision: Decision) -> dict[str, Any]:
    """Return one way that was tried and not taken: what was asked, and every answer."""
    return {
        **asked,
        "verdict": decision.verdict,
        "reasons": [explained(one) for one in decision.reasons],
        "needs": list(decision.needs),
    }


def _asked(trial: Trial) -> dict[str, Any]:
    return asked_body(trial.action, trial.option.template, trial.rendered)


def _tried(trial: Trial) -> dict[str, Any]:
    return refused_body(_asked(trial), trial.decision)
