"""A step that only people may take, judged as every contact is. Pure: no IO, no clock."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Final

from outreach.compliance import examine
from outreach.domain.decisions import Decision, ProposedAction, Reason, Verdict
from outreach.domain.hand_offs import HandOffKind, kind_of
from outreach.domain.known import Facts
from outreach.domain.loans import LoanState
from outreach.domain.local_time import local_date
from outreach.domain.placements import elements
from outreach.domain.records import dataclass
from outreach.domain.vocabulary import Channel, Purpose
from outreach.facts.standings import zone
from outreach.usecases.lenders import LenderPlan
from outreach.usecases.rulebook import Judgment

POSTAL: Final = "postal"
NO_AGENCY: Final = "hand_off.no_agency"
CONTRACT_OVER: Final = "hand_off.agency_contract_over"
SUBJECTS: Final = {
    HandOffKind.REFERRAL: "lawsuit_referral",
    HandOffKind.VISIT: "field_visit",
    HandOffKind.PLACEMENT: "agency_placement",
}
"""What an approval of ours is for, where no pack has a word of its own."""
ACTIONS: Final = {
    HandOffKind.REFERRAL: (Channel.RECORDS, Purpose.LEGAL_NOTICE),
    HandOffKind.VISIT: (Channel.VISIT, Purpose.COLLECTION),
    HandOffKind.PLACEMENT: (Channel.AGENCY_HANDOFF, Purpose.COLLECTION),
}
"""What is judged where somebody asks for one by hand."""
_NEEDS_APPROVAL: Final = "human_approval_required.needs_approval"
# What the order of a visit always says: who comes, for whom, and that nobody has to let them in.
_ORDER: Final = frozenset({"visit_order", "agent_name", "lender_name"})
_VISIT_NOTICE: Final = "visit_notice"


@dataclass(frozen=True, slots=True)
class Proposal:
    """What people are to do about one loan, and what the rules say of it.

    Attributes:
        kind: What they do.
        action: As judged.
        facts: As judged by, those of the agency among them.
        decision: The rules' answer.
        to: Slug of the agency, or who takes the case.
        policy: What our own outreach is let through meanwhile; "" for all of it.
        needs: Words that somebody has to approve first; empty where nobody has to.
        duties: What packs oblige those to who do it.
    """

    kind: HandOffKind
    action: ProposedAction
    facts: Facts
    decision: Decision
    to: str
    policy: str
    needs: tuple[str, ...]
    duties: tuple[str, ...]

    @property
    def may_be_made(self) -> bool:
        """Whether nothing stands against it but somebody's approval."""
        return self.decision.verdict is Verdict.ALLOW or waits_for_approval(self.decision)


def is_owed(loan: LoanState | None) -> bool:
    """Say whether something is owed: nobody is sued or visited for what was paid since."""
    if loan is None or not loan.is_open:
        return False
    return any(one.outstanding_minor > 0 for one in loan.installments)


def waits_for_approval(decision: Decision) -> bool:
    """Say whether every reason against is that nobody has approved it yet."""
    return decision.verdict is Verdict.BLOCK and all(
        reason.code == _NEEDS_APPROVAL for reason in decision.reasons
    )


def propose(
    action: tuple[str, str],
    loan_id: int,
    *,
    lender: LenderPlan,
    facts: Facts,
    judgment: Judgment,
    now: datetime,
    to: str = "",
    approval: bool | None = None,
) -> Proposal:
    """Judge a step of people about one loan.

    Args:
        action: Channel and purpose.
        loan_id: The debt.
        lender: Whose borrower it is.
        facts: As of `now`.
        judgment: The packs that apply.
        now: Business time.
        to: Slug of the agency; the lender's first one if empty.
        approval: Whether the treatment wants somebody to approve; None: as the lender settled.

    Raises:
        ValueError: Nobody has to take a step of that channel.
    """
    channel, purpose = action
    kind = kind_of(channel, purpose)
    if kind is None:
        raise ValueError(channel)
    plan, policy, content = lender.hand_offs, "", frozenset[str]()
    refusal = ""
    match kind:
        case HandOffKind.PLACEMENT:
            agency = lender.agencies.get(to) or (
                next(iter(lender.agencies.values()), None) if not to else None
            )
            if agency is None:
                refusal = NO_AGENCY
            else:
                to, policy, content = agency.slug, agency.policy, elements(agency.fields)
                facts = replace(facts, lender_flags={**facts.lender_flags, **agency.flags})
                ends = agency.agreement_ends
                if ends is not None and local_date(now, zone(lender.timezone)) > ends:
                    refusal = CONTRACT_OVER
        case HandOffKind.REFERRAL:
            to, policy = to or plan.counsel, plan.while_referred
        case HandOffKind.VISIT:
            content = _ORDER
            if any(notice.kind == _VISIT_NOTICE for notice in facts.notices):
                content |= {"visit_notice_given"}
    endpoint = facts.endpoints.get(POSTAL) if kind is HandOffKind.VISIT else None
    debts = (str(loan_id),)
    proposed = ProposedAction(
        at=now,
        channel=channel,
        purpose=purpose,
        debts=debts,
        endpoint=POSTAL if endpoint else None,
        endpoint_kind=endpoint.kind if endpoint else None,
        place="home" if endpoint else None,
        first_communication=not any(
            entry.direction == "out"
            and entry.outcome != "released"
            and not set(entry.debts).isdisjoint(debts)
            for entry in facts.ledger
        ),
        sender=to or lender.slug,
        content=content,
    )
    decision = _refused(refusal) if refusal else judgment.decide(proposed, facts)
    duties: tuple[str, ...] = ()
    if judgment.selection.refusal is None:
        rules = examine(proposed, facts, judgment.compiled)
        duties = tuple(dict.fromkeys(duty for rule, _, _ in rules for duty in rule.obligations))
    wanted = kind in plan.approve if approval is None else approval
    needs = [*_subjects(decision.reasons), *([SUBJECTS[kind]] if wanted else ())]
    return Proposal(
        kind, proposed, facts, decision, to, policy, tuple(dict.fromkeys(needs)), duties
    )


def _subjects(reasons: Iterable[Reason]) -> list[str]:
    return [str(one.parameters["subject"]) for one in reasons if one.code == _NEEDS_APPROVAL]


def _refused(code: str) -> Decision:
    return Decision(Verdict.BLOCK, (Reason(code, code, Verdict.BLOCK),), needs=("settings",))
