"""What keys of a pack mean that stand in many places, for editors and for the schema's readers."""

from collections.abc import Mapping
from typing import Any, Final

MEANINGS: Final = {
    "after": "What starts the clock.",
    "agent_note": "Read the notes that agents write.",
    "all_of": "Every flag named is set.",
    "any_of": "At least one of the flags named is set.",
    "call_kind": "What kind of call it is, such as notice or interactive.",
    "channel": "How the person is reached, or the action on the debt.",
    "content": "The words hold at least one of these elements.",
    "content_tags": "What the words are besides, such as marketing.",
    "day_kind": "Which days count: all, or business days only.",
    "day_one": "Which local date is the first: that of the event, or the next.",
    "dial_mode": "How a call is placed: manual, predictive, atds, prerecorded, ai_voice.",
    "direction": "out: made by us; in: made by the person.",
    "endpoint_kind": "What kind of address it is, such as mobile or work_phone.",
    "endpoint_owner": "Whose address it is known to be.",
    "endpoint_status": "Whether the address may be used: active, invalid, reassigned …",
    "first_communication": "Whether it is the first contact about the debt.",
    "freetext_classifier": "Read whole sentences, not keywords alone.",
    "from": "First local date on which the rule is in force; null: always was.",
    "hours": "How many hours.",
    "inbound_email": "Read e-mails that come in.",
    "lender_class": "What the supervisor calls the lender, such as card_issuer.",
    "max": "The most, itself included.",
    "min": "The least, itself included.",
    "n": "How many.",
    "no": "What follows if the number was not reassigned.",
    "no_data": "What follows if the database doesn't know.",
    "outcome": "What the contact came to; one that is still pending counts as any.",
    "period": "Per calendar day, week or month.",
    "place": "Where the person is reached, such as work or residence.",
    "purpose": "Why the action is taken.",
    "recipient_role": "Who is contacted, to the debt.",
    "residence": "Where the person lives: country, region or city; unknown matches.",
    "role": "What the contacting entity is to the debt.",
    "sender": "Which sender contacts.",
    "stage": "Where the account stands: servicing, debt_collection_procedures …",
    "template_class": "A closed class of words, such as lcm.",
    "to": "First local date on which the rule is no longer in force; null: still is.",
    "unit": "Of what: minutes and hours to the second, days and longer by local date.",
    "voice": "Read transcripts of calls.",
    "waived_until": "Before this local date the rule only warns.",
    "within": "How long.",
    "yes": "What follows if the number was reassigned.",
    "zone": "IANA zone for the dates, if the law fixes one.",
}


def described(schema: Any) -> Any:
    """Return a schema in which keys that say nothing of themselves say what they mean."""
    if isinstance(schema, list):
        return [described(one) for one in schema]
    if not isinstance(schema, Mapping):
        return schema
    whole = {key: described(value) for key, value in schema.items()}
    if isinstance(named := whole.get("properties"), dict):
        whole["properties"] = {
            key: {**value, "description": MEANINGS[key]}
            if key in MEANINGS and isinstance(value, dict) and _is_silent(value)
            else value
            for key, value in named.items()
        }
    return whole


def _is_silent(schema: Mapping[str, Any]) -> bool:
    return schema.keys().isdisjoint(("description", "$ref", "const"))
