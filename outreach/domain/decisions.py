"""What a contact decision is about, and what it answers.

A `ProposedAction` and the `Facts` of one person (`outreach.domain.known`) go into
`outreach.compliance.decide`; a `Decision` with every failing rule comes out.
"""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from enum import StrEnum

from outreach.domain.known import NO_TEXTS, Flag, Missing
from outreach.domain.records import dataclass


class Verdict(StrEnum):
    """Answer to a proposed action: block outranks defer, defer outranks allow."""

    ALLOW = "allow"
    DEFER = "defer"
    BLOCK = "block"


@dataclass(frozen=True, slots=True)
class ProposedAction:
    """One action to be judged: a message, a call, a hand-off, a record.

    `content` is the complete set of content elements of the rendered words (stable keys such as
    `opt_out_instructions`); what isn't in it isn't in the message. `sender_attributes` are facts
    about the sending side (`number`, `registered`, `caller_id_shown` …). `key` is the idempotency
    key of the contact: an action whose key is already in the ledger is a duplicate.
    """

    at: datetime
    channel: str
    purpose: str
    debts: tuple[str, ...]
    recipient_role: str = "debtor"
    endpoint: str | None = None
    endpoint_kind: str | Missing | None = None
    dial_mode: str | None = None
    content: frozenset[str] = NO_TEXTS
    content_tags: frozenset[str] = NO_TEXTS
    place: str | None = None
    first_communication: bool | None = None  # None: unknown
    template_class: str | None = None
    call_kind: str | None = None
    sender: str | None = None
    sender_attributes: Mapping[str, Flag] = field(default_factory=dict)
    expected_delivery: datetime | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """One rule that objected. `code` (`<primitive>.<cause>`) is API; words are made elsewhere.

    `also` are further rule ids that the same objection rests on. `until` is when this rule alone
    would no longer object, None if waiting does not clear it.
    """

    rule: str
    code: str
    verdict: Verdict
    parameters: Mapping[str, object] = field(default_factory=dict)
    until: datetime | None = None
    also: tuple[str, ...] = ()
    pack: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer: verdict, all reasons, and the earliest instant at which it would be allowed.

    `until` is set for defer only. `warnings` come from rules that may not stop a contact, `shadow`
    from rules that are recorded but not enforced. `needs` say what would clear a block,
    `obligations` what the contact brings with it. `packs` are (id, content hash) of what was asked.
    """

    verdict: Verdict
    reasons: tuple[Reason, ...] = ()
    until: datetime | None = None
    warnings: tuple[Reason, ...] = ()
    shadow: tuple[Reason, ...] = ()
    needs: tuple[str, ...] = ()
    obligations: tuple[str, ...] = ()
    packs: tuple[tuple[str, str], ...] = ()

    @property
    def rules(self) -> frozenset[str]:
        """Ids of every rule the verdict rests on."""
        return frozenset(r for reason in self.reasons for r in (reason.rule, *reason.also))
