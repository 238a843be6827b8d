"""`opt_out`: what the person asked to stop stays stopped until they allow it again."""

from collections.abc import Callable, Mapping
from typing import Final

from outreach.compliance.lengths import business_days_later, length_of, length_schema
from outreach.compliance.stopping import (
    MARKETING,
    REACHES,
    SOURCES,
    heard,
    is_lifted,
    is_marketing,
    known_requests,
)
from outreach.compliance.view import Check, Objection, Parameters, Primitive, View, block
from outreach.domain.known import OptOut, instant_of

CONFIRMATION: Final = "opt_out_confirmation"
CONFIRMED: Final = "opt_out_confirmed"


def compile_opt_out(parameters: Parameters) -> Check:
    """Compile one rule; see `OPT_OUT.schema` for the parameters."""
    reach = REACHES[parameters.text("scope", "endpoint")]
    scopes = parameters.texts("scopes")
    sources = heard(parameters.part("triggers"))
    lifting = parameters.texts("re_opt_in")
    limit = parameters.part("outer_limit").number("n")
    may_confirm = _compile_confirmation(parameters.part("confirmation"))

    def binds(opt_out: OptOut, view: View) -> bool:
        if not reach(opt_out, view.action) or (sources and opt_out.source not in sources):
            return False
        if scopes and opt_out.scope not in scopes:
            return False
        if opt_out.scope == MARKETING and not is_marketing(view.action):
            return False
        return not is_lifted(opt_out, view, lifting)

    def check(view: View) -> Objection | None:
        if not view.facts.opt_outs and not view.facts.inbound:
            return None
        binding = [opt_out for opt_out in known_requests(view) if binds(opt_out, view)]
        if not binding:
            return None
        newest = max(opt_out.epoch for opt_out in binding)
        if view.action.purpose == CONFIRMATION and may_confirm is not None:
            return may_confirm(view, newest)
        alarm = _alarm(binding, view, limit) if limit else {}
        return block("opted_out", needs="opt_in", since=newest, **alarm)

    return check


def _alarm(binding: list[OptOut], view: View, limit: int) -> dict[str, object]:
    """Say by when the oldest request had to be honored, and how many contacts came later.

    It only informs: a request binds at once. Without a calendar no date is a holiday, which makes
    the limit the earlier one.
    """
    oldest = min(binding, key=lambda opt_out: opt_out.epoch)
    days = view.facts.holidays or frozenset()
    by = min(business_days_later(zone, oldest.epoch, limit, days) for zone in view.counting_zones)
    late = sum(
        1
        for e in view.facts.ledger
        if e.direction == "out"
        and e.outcome != "released"
        and e.purpose != CONFIRMATION
        and e.channel == view.action.channel
        and by <= e.epoch <= view.known
    )
    return {"honor_by": instant_of(by).isoformat(), "late_contacts": late}


def _compile_confirmation(
    parameters: Parameters,
) -> Callable[[View, int], Objection | None] | None:
    """Compile what may follow a request at an epoch; None if nothing may."""
    most = parameters.number("max")
    if not most:
        return None
    within = length_of(parameters, "within")
    contents = parameters.texts("extra_content") | {CONFIRMED}

    def check(view: View, since: int) -> Objection | None:
        extra = view.action.content - contents
        if extra:
            return block("confirmation_content", extra=sorted(extra))
        sent = sum(
            1
            for e in view.facts.ledger
            if e.direction == "out"
            and e.purpose == CONFIRMATION
            and e.outcome != "released"
            and since <= e.epoch <= view.known
        )
        if sent >= most:
            return block("confirmation_repeated", limit=most)
        if within is not None and not all(
            within.reaches(zone, since, view.now) for zone in view.counting_zones
        ):
            return block("confirmation_late")
        return None

    return check


_TEXTS: Final[Mapping[str, object]] = {"type": "array", "items": {"type": "string"}}
OPT_OUT: Final = Primitive(
    "opt_out",
    compile_opt_out,
    {
        "scope": {
            "enum": list(REACHES),
            "description": "How far a request reaches: the medium asked about and, if one was "
            "named, that address only (endpoint, default); the whole medium (medium); as endpoint, "
            "and if a debt was named that debt only (topic); as endpoint, but requests about calls "
            "or texts bind both (telephone); all that the rule is about (all).",
        },
        "scopes": {
            **_TEXTS,
            "description": "Only requests about these (marketing); all if absent.",
        },
        "triggers": {
            "type": "object",
            "additionalProperties": False,
            "description": "What counts as a request; anything if absent. A request whose source "
            "wasn't recorded always counts.",
            "properties": {
                "keywords": {
                    **_TEXTS,
                    "minItems": 1,
                    "description": "Words that alone are one, whatever their case or punctuation.",
                },
                **{key: {"type": "boolean"} for key in SOURCES if key != "keywords"},
            },
        },
        "outer_limit": {
            "type": "object",
            "additionalProperties": False,
            "required": ["n", "unit"],
            "description": "When a contact despite a request is an alarm; no grace: a request "
            "binds from the moment it is known.",
            "properties": {
                "n": {"type": "integer", "minimum": 1, "maximum": 100},
                "unit": {"const": "business_days"},
            },
        },
        "confirmation": {
            "type": "object",
            "additionalProperties": False,
            "required": ["max"],
            "description": "Messages of purpose opt_out_confirmation that may follow; none if "
            "absent.",
            "properties": {
                "max": {"type": "integer", "minimum": 1},
                "within": length_schema("How soon after the request; no limit if absent."),
                "extra_content": {
                    **_TEXTS,
                    "description": "What it may contain besides opt_out_confirmed; nothing if "
                    "absent.",
                },
            },
        },
        "re_opt_in": {
            **_TEXTS,
            "minItems": 1,
            "description": "Kinds of later consent that lift a request; if absent any that fits "
            "but consumer_text.",
        },
    },
    description="Nothing on a medium or address that the person asked to stop.",
)
