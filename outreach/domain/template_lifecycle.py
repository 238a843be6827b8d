"""The steps of a version's life, each refused with its reason or made into the next state.

Pure: the lint's findings, what stands and the time are arguments.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final, NamedTuple

from outreach.domain.operators import Role
from outreach.domain.template_versions import (
    MAY_APPROVE,
    MAY_PUBLISH,
    MAY_ROLL_BACK,
    MAY_WRITE,
    OPEN,
    Actor,
    Approval,
    NewWords,
    Refusal,
    RefusedError,
    State,
    Verdict,
    Version,
    missing,
    standing_approvals,
)


class Findings(NamedTuple):
    """What the lint says of a version: how much must be mended, and what is to be considered."""

    must_fix: int = 0
    consider: frozenset[str] = frozenset()


class Standing(NamedTuple):
    """What holds now: the hash of the words that stand, of the file's, and of this version's own.

    The last is worked out anew: fixed phrases and meta files may have changed since it was saved.
    """

    words: str
    file: str
    own: str


class Trial(NamedTuple):
    """How words are tried beside those that stand.

    Attributes:
        percent: Of the people, who get the new words.
        hold_out: Of the people, who keep the old ones and are left out of the comparison.
    """

    percent: int
    hold_out: int = 0


ALONE: Final = Trial(100)


def change(version: Version, words: NewWords, actor: Actor, now: datetime) -> Version:
    """Return the version with other words: a draft again, with the actor among its authors.

    The caller gives it its hash, whether it is legal text, and voids its approvals.

    Raises:
        RefusedError: It is no longer open, or the actor doesn't write.
    """
    _demand(version, OPEN, actor, MAY_WRITE)
    authors = version.authors
    if (words.source, words.subject) != (version.source, version.subject):
        authors = tuple(dict.fromkeys((*authors, actor.login)))
    return replace(
        version,
        state=State.DRAFT,
        revision=version.revision + 1,
        source=words.source,
        subject=words.subject,
        note=words.note,
        authors=authors,
        changed_at=now,
        submitted_at=None,
        submitted_by="",
        go_live_at=None,
        go_live_by="",
    )


def submit(version: Version, findings: Findings, actor: Actor, now: datetime) -> Version:
    """Return the version sent for approval.

    Raises:
        RefusedError: It is no draft, says nothing new, or the lint refuses it.
    """
    _demand(version, frozenset({State.DRAFT}), actor, MAY_WRITE)
    if version.is_unchanged:
        raise RefusedError(Refusal.UNCHANGED)
    if findings.must_fix:
        raise RefusedError(Refusal.MUST_FIX, str(findings.must_fix))
    return replace(version, state=State.REVIEW, submitted_at=now, submitted_by=actor.login)


def approve(
    version: Version,
    approvals: Sequence[Approval],
    findings: Findings,
    sentences: Mapping[str, str],
    actor: Actor,
    now: datetime,
) -> tuple[Version, list[Approval]]:
    """Return the version, approved if nothing is missing any more, and what the actor adds.

    Args:
        version: Sent for approval.
        approvals: Those that it has.
        findings: Of its words as they are.
        sentences: Why each finding to consider is right as it is, by its id.
        actor: Gives what their roles can give of what is missing.
        now: Business time.

    Raises:
        RefusedError: They wrote it, may not, have nothing to add, or a sentence is missing.
    """
    _demand(version, frozenset({State.REVIEW}), actor, MAY_APPROVE)
    if actor.login in version.authors and not actor.is_only_one:
        raise RefusedError(Refusal.OWN_WORDS)
    lacking = missing(version, approvals)
    adds = [role for role in lacking if role in actor.roles]
    if not adds:
        raise RefusedError(Refusal.ALREADY_APPROVED)
    if findings.must_fix:
        raise RefusedError(Refusal.MUST_FIX, str(findings.must_fix))
    said = {name: words.strip() for name, words in sentences.items() if words.strip()}
    before = standing_approvals(version, approvals)
    _demand_sentences(findings, [*(one.sentences for one in before), said])
    kept = {name: said[name] for name in sorted(findings.consider & said.keys())}
    added = [
        Approval(actor.login, actor.name, role, now, version.content_hash, sentences=kept)
        for role in adds
    ]
    state = State.APPROVED if len(adds) == len(lacking) else State.REVIEW
    return replace(version, state=state), added


def send_back(
    version: Version, reason: str, actor: Actor, now: datetime
) -> tuple[Version, Approval]:
    """Return the version as a draft again, and the decision; the caller voids its approvals.

    Raises:
        RefusedError: It wasn't sent for approval, the actor may not, or gives no reason.
    """
    _demand(version, frozenset({State.REVIEW, State.APPROVED}), actor, MAY_APPROVE)
    _demand_reason(reason)
    role = next(role for role in (Role.APPROVER, Role.COMPLIANCE) if role in actor.roles)
    said = Approval(
        actor.login, actor.name, role, now, version.content_hash, Verdict.SENT_BACK, reason.strip()
    )
    back = replace(
        version,
        state=State.DRAFT,
        revision=version.revision + 1,
        submitted_at=None,
        submitted_by="",
        go_live_at=None,
        go_live_by="",
    )
    return back, said


def withdraw(version: Version, reason: str, actor: Actor, now: datetime) -> Version:
    """Return the version given up.

    Raises:
        RefusedError: It was live, the actor may not, or gives no reason for what was sent already.
    """
    _demand(version, OPEN, actor, MAY_WRITE | MAY_APPROVE)
    if version.state is not State.DRAFT:
        _demand_reason(reason)
    return replace(
        version,
        state=State.WITHDRAWN,
        go_live_at=None,
        go_live_by="",
        ended_at=now,
        ended_by=actor.login,
    )


def schedule(version: Version, at: datetime | None, actor: Actor, now: datetime) -> Version:
    """Return the version with the time at which it goes live by itself; None takes it back.

    Raises:
        RefusedError: It isn't approved, the actor may not, or the time is over.
    """
    _demand(version, frozenset({State.APPROVED}), actor, MAY_PUBLISH)
    if at is None:
        return replace(version, go_live_at=None, go_live_by="")
    if at <= now:
        raise RefusedError(Refusal.IN_THE_PAST)
    return replace(version, go_live_at=at, go_live_by=actor.login)


def publish(
    version: Version,
    approvals: Sequence[Approval],
    findings: Findings,
    standing: Standing,
    by: Actor | str,
    now: datetime,
    trial: Trial = ALONE,
) -> Version:
    """Return the version live, for all or for the share of a trial.

    Args:
        version: Approved.
        approvals: All that it has.
        findings: Of its words as they are now.
        standing: What holds now.
        by: Who does it; a login where it was planned and its time has come.
        now: Business time.
        trial: With which share.

    Raises:
        RefusedError: An approval or sentence is missing, it must be mended, something else went
            live meanwhile, or the shares are wrong.
    """
    if isinstance(by, str):
        if version.state is not State.APPROVED or version.go_live_at is None:
            raise RefusedError(Refusal.NOT_OPEN, version.state)
        if now < version.go_live_at:
            raise RefusedError(Refusal.NOT_OPEN, "its time hasn't come")
    else:
        _demand(version, frozenset({State.APPROVED}), by, MAY_PUBLISH)
    for role in missing(version, approvals):
        compliance = role is Role.COMPLIANCE
        raise RefusedError(Refusal.COMPLIANCE_MISSING if compliance else Refusal.NOT_APPROVED)
    if findings.must_fix:
        raise RefusedError(Refusal.MUST_FIX, str(findings.must_fix))
    _demand_sentences(findings, [one.sentences for one in standing_approvals(version, approvals)])
    if standing != Standing(version.based_hash, version.file_hash, version.content_hash):
        raise RefusedError(Refusal.OUTDATED)
    rest = 100 - trial.percent - trial.hold_out
    if trial != ALONE and (trial.percent < 1 or trial.hold_out < 0 or rest < 1):
        raise RefusedError(Refusal.BAD_SHARE)
    return replace(
        version,
        state=State.LIVE,
        percent=trial.percent,
        hold_out=trial.hold_out,
        hashes=tuple(dict.fromkeys((*version.hashes, version.content_hash))),
        live_at=now,
        live_by=by if isinstance(by, str) else by.login,
        go_live_at=None,
        go_live_by="",
    )


def restore(version: Version, findings: Findings, reason: str, actor: Actor) -> Version:
    """Return an older version live again, for everybody; or one arm of a trial, which ends it.

    Raises:
        RefusedError: It never was live, the actor may not, gives no reason, or it must be mended.
    """
    if version.live_at is None:
        raise RefusedError(Refusal.NEVER_LIVE, version.state)
    demand_roll_back(reason, actor)
    if findings.must_fix:
        raise RefusedError(Refusal.MUST_FIX, str(findings.must_fix))
    return replace(version, state=State.LIVE, percent=100, hold_out=0, ended_at=None, ended_by="")


def demand_roll_back(reason: str, actor: Actor) -> None:
    """Make sure that somebody may go back to older words.

    Raises:
        RefusedError: They may not, or give no reason.
    """
    if not actor.may(MAY_ROLL_BACK):
        raise RefusedError(Refusal.NOT_YOURS, ", ".join(sorted(MAY_ROLL_BACK)))
    _demand_reason(reason)


def retire(version: Version, by: str, now: datetime) -> Version:
    """Return a live version as one that was: others took its place."""
    return replace(version, state=State.RETIRED, percent=0, hold_out=0, ended_at=now, ended_by=by)


def void(approvals: Iterable[Approval], now: datetime) -> list[Approval]:
    """Return the approvals as those of other words: none of them holds any more."""
    return [one if one.voided_at else replace(one, voided_at=now) for one in approvals]


def _demand(
    version: Version, states: frozenset[State], actor: Actor, roles: frozenset[Role]
) -> None:
    if version.state not in states:
        raise RefusedError(Refusal.NOT_OPEN, version.state)
    if not actor.may(roles):
        raise RefusedError(Refusal.NOT_YOURS, ", ".join(sorted(roles)))


def _demand_reason(reason: str) -> None:
    if not reason.strip():
        raise RefusedError(Refusal.NO_REASON)


def _demand_sentences(findings: Findings, said: Iterable[Mapping[str, str]]) -> None:
    lacking = findings.consider.difference(*said)
    if lacking:
        raise RefusedError(Refusal.SENTENCE_MISSING, ", ".join(sorted(lacking)))
