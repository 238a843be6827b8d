"""Approvals: whether somebody who may has allowed what a rule stops."""

from outreach.compliance.exceptions import NEVER
from outreach.compliance.lengths import Length
from outreach.compliance.view import View
from outreach.domain.known import Approval, epoch_of

NEEDED = "human_approval_required"


def is_approved(
    view: View, subject: str, roles: frozenset[str] = frozenset(), ttl: Length | None = None
) -> bool:
    """Tell whether an approval of `subject` stands at `now` for this action.

    `roles` are those who may approve (any if empty); `ttl` is how long an approval lasts, at most.
    """
    return any(
        approval.subject == subject
        and (not roles or approval.approver_role in roles)
        and _concerns(approval, view)
        and view.now < _lapse(approval, view, ttl)
        for approval in view.facts.approvals
    )


def _concerns(approval: Approval, view: View) -> bool:
    action = view.action
    return (
        epoch_of(approval.at) <= view.known
        and (approval.channel is None or approval.channel == action.channel)
        and (approval.purpose is None or approval.purpose == action.purpose)
        and (approval.endpoint is None or approval.endpoint == action.endpoint)
        and (not approval.debts or approval.debts.issuperset(action.debts))
    )


def _lapse(approval: Approval, view: View, ttl: Length | None) -> int:
    end = epoch_of(approval.expires) if approval.expires else NEVER
    if ttl is None:
        return end
    return min(end, ttl.earliest_end(view.counting_zones, epoch_of(approval.at)))
