"""`recipient_block`: who may be spoken to about a debt, on what conditions, and what is said."""

from collections.abc import Iterable, Mapping
from typing import Final

from outreach.compliance.exceptions import NEVER, compile_unless, concerns
from outreach.compliance.unreachable import UNREACHABLE_SCHEMA, compile_unreachable
from outreach.compliance.view import (
    Check,
    Objection,
    Parameters,
    Primitive,
    View,
    block,
    defer,
)
from outreach.domain.known import LedgerEntry, epoch_of

OTHER: Final = "other"
NAMED: Final = "third_party_contact"
# Content that lets whoever hears it know of the debt.
REVEALING: Final = frozenset(
    {
        "account_reference",
        "amount",
        "ask_default_reason",
        "balance",
        "business_name_reveals_collection",
        "days_past_due",
        "debt_amount",
        "debt_details",
        "due_date",
        "envelope_reveals_collection",
        "mini_miranda_first",
        "mini_miranda_subsequent",
        "payment_link",
        "postcard",
        "public_posting",
        "repay_link",
        "suit_threat",
        "validation_information",
    }
)
# What reached nobody: an attempt, and no contact with the other person.
_UNREACHED: Final = frozenset(
    {"abandoned", "no_answer", "not_connected", "released", "undelivered"}
)


class _Way:
    """One set of conditions on which somebody may be spoken to; all of them must hold."""

    __slots__ = ("_lift", "_may_say", "_must_be_named", "_reveals", "_unreachable")

    def __init__(self, conditions: Parameters, rule: Parameters) -> None:
        when = dict(conditions.part("when").items())
        self._lift = compile_unless([when]) if when else None
        self._unreachable = (
            compile_unreachable(conditions.part("unreachable_when"))
            if conditions.has("unreachable_when")
            else None
        )
        self._must_be_named = conditions.flag("named_by_debtor")
        self._reveals = _forbidden_words(conditions, rule)
        self._may_say = conditions.texts("may_say", rule.texts("may_say"))

    def opens(self, view: View) -> int:
        """Return the first instant, `now` or later, at which the conditions hold; or `NEVER`."""
        if self._must_be_named and not _is_named(view):
            return NEVER
        moment = view.now
        if self._unreachable is not None:
            moment = max(moment, self._unreachable(view))
        if self._lift is not None:
            moment = max(moment, self._lift(view))
        return moment

    def excess(self, view: View) -> frozenset[str]:
        """Return the content that this person must not hear."""
        content = view.action.content
        extra = content - self._may_say if self._may_say else frozenset[str]()
        return extra | (content & self._reveals)


def _forbidden_words(conditions: Parameters, rule: Parameters) -> frozenset[str]:
    if conditions.text("disclosure", rule.text("disclosure", "none")) == "full":
        return frozenset()
    return REVEALING | rule.texts("revealing")


def compile_recipient_block(parameters: Parameters) -> Check:
    """Compile one rule; see `RECIPIENT_BLOCK.schema` for the parameters."""
    allowed = parameters.texts("allowed_roles")
    conditional = {
        role: tuple(_Way(Parameters(way), parameters) for way in _listed(ways))
        for role, ways in parameters.part("conditional_roles").items()
    }
    most = parameters.number("max_per_recipient")
    heeds_refusal = parameters.flag("stop_on_refusal", default=True)

    def check(view: View) -> Objection | None:
        role = view.action.recipient_role
        if role in allowed:
            return None
        ways = conditional.get(role) or conditional.get(OTHER)
        if ways is None:
            return block("role", role=role, allowed=sorted(allowed))
        if heeds_refusal and _has_refused(view):
            return block("refused", role=role)
        if most and _times_reached(view) >= most:
            return block("repeated", role=role, limit=most)
        return _best(ways, view)

    return check


def _best(ways: tuple[_Way, ...], view: View) -> Objection | None:
    """Judge by the way that lets the contact go ahead soonest."""
    role = view.action.recipient_role
    opening = {way: moment for way in ways if (moment := way.opens(view)) < NEVER}
    if not opening:
        return block("condition", role=role)
    fitting = [moment for way, moment in opening.items() if not way.excess(view)]
    if not fitting:
        extra = frozenset[str].intersection(*(way.excess(view) for way in opening))
        return block("discloses", role=role, extra=sorted(extra), needs="content")
    moment = min(fitting)
    return None if moment == view.now else defer("not_yet", moment, role=role)


def _listed(ways: object) -> tuple[Mapping[str, object], ...]:
    listed: Iterable[object] = ways if isinstance(ways, (list, tuple)) else (ways,)
    return tuple(way for way in listed if isinstance(way, Mapping))


def _has_refused(view: View) -> bool:
    """Tell whether this person asked to be left alone; a nameless one may be who did."""
    ours = view.action.endpoint
    return any(
        epoch_of(at) <= view.known and ours in (None, person) for person, at in view.facts.refusals
    )


def _is_named(view: View) -> bool:
    """Tell whether the debtor named this person as somebody to speak to."""
    endpoint = view.facts.endpoints.get(view.action.endpoint or "")
    if endpoint is not None and endpoint.flags.get("named_by_debtor") is True:
        return True
    return any(consent.kind == NAMED and concerns(consent, view) for consent in view.facts.consents)


def _times_reached(view: View) -> int:
    """Count contacts with this person for this purpose since they last asked for one.

    An earlier answer that turned out wrong or incomplete opens the way once more.
    """
    endpoint = view.facts.endpoints.get(view.action.endpoint or "")
    if endpoint is not None and endpoint.flags.get("earlier_answer_wrong") is True:
        return 0
    ours = [e for e in view.facts.ledger if e.epoch <= view.known and _is_same_person(e, view)]
    asked = max((e.epoch for e in ours if e.direction == "in"), default=-NEVER)
    return sum(
        1
        for e in ours
        if e.direction == "out"
        and e.epoch > asked
        and e.outcome not in _UNREACHED
        and e.purpose in (None, view.action.purpose)
    )


def _is_same_person(entry: LedgerEntry, view: View) -> bool:
    """Tell whether an entry is about this person; without an address on both it may be."""
    action = view.action
    if entry.recipient_role != action.recipient_role:
        return False
    return action.endpoint is None or entry.endpoint in (None, action.endpoint)


_TEXTS: Final[Mapping[str, object]] = {"type": "array", "items": {"type": "string"}}
_DISCLOSURE: Final[Mapping[str, object]] = {
    "enum": ["none", "full"],
    "description": "Whether the debt may be spoken of: none (default) blocks content that reveals "
    "it.",
}
_MAY_SAY: Final[Mapping[str, object]] = {
    **_TEXTS,
    "description": "All that the words may contain; any content that doesn't reveal if absent.",
}
_CONDITIONS: Final[Mapping[str, object]] = {
    "type": "object",
    "additionalProperties": False,
    "description": "Conditions that must all hold; none if empty.",
    "properties": {
        "when": {"$ref": "#/$defs/unless"},
        "unreachable_when": UNREACHABLE_SCHEMA,
        "named_by_debtor": {
            "type": "boolean",
            "description": "The debtor named this person: a consent of kind third_party_contact, "
            "or the address is marked so.",
        },
        "disclosure": _DISCLOSURE,
        "may_say": _MAY_SAY,
    },
}
RECIPIENT_BLOCK: Final = Primitive(
    "recipient_block",
    compile_recipient_block,
    {
        "allowed_roles": {
            **_TEXTS,
            "description": "Roles that may always be contacted, and told of the debt.",
        },
        "conditional_roles": {
            "type": "object",
            "additionalProperties": {
                "type": ["object", "array"],
                "if": {"type": "object"},
                "then": _CONDITIONS,
                "items": _CONDITIONS,
                "minItems": 1,
            },
            "description": "Role → conditions, or a list of them of which one is enough. `other` "
            "stands for every role that isn't named.",
        },
        "max_per_recipient": {
            "type": "integer",
            "minimum": 1,
            "description": "How often one such person may be reached for one purpose, unless they "
            "ask or an earlier answer was wrong; no limit if absent.",
        },
        "stop_on_refusal": {
            "type": "boolean",
            "description": "Whether such a person's refusal stops further contact (default true).",
        },
        "disclosure": _DISCLOSURE,
        "revealing": {**_TEXTS, "description": "Further content elements that reveal the debt."},
        "may_say": _MAY_SAY,
    },
    required=("allowed_roles",),
    description="Blocks contact with anybody but these roles, save on the conditions named.",
)
