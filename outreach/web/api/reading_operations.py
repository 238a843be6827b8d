"""The operations that machines read by, as the router serves and OpenAPI describes them."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from outreach.domain.api_keys import Scope
from outreach.domain.log_filters import FIELDS
from outreach.runtime import Runtime
from outreach.web.api.machines import Gate, Keyed
from outreach.web.api.operations import Operation
from outreach.web.api.reading import MOST, USUAL, Reading

_CONTACTS: Final = "/v1/contacts"
_BORROWER: Final = "/v1/borrowers/{borrower}"
_REF: Final = {"borrower": {"in": "path", "description": "The lender's reference of the borrower."}}
_KEY: Final = {"authorization": {"in": "header", "description": "`Bearer ork_…`"}}
_NO_CONTACT: Final = {404: "The lender has no contact of this id."}
_NOBODY: Final = {404: "The lender has told of no borrower of this reference."}
_ANSWERS: Final = {
    401: "No key, or one that is unknown, expired or revoked.",
    403: "The key lacks the scope; or it is a test key and the lender is live.",
    429: "Too many requests with this key; Retry-After says when.",
    503: "The database is away; Retry-After says when to ask again.",
}


class _Told(NamedTuple):
    """What the description says of an operation, and of its right answer."""

    summary: str
    description: str
    right: str


def _said(name: str) -> str:
    """Return what a filter takes; several of one mean any of them."""
    known = FIELDS[name]
    return ", ".join(sorted(known)) if known else "As the installation calls it; repeatable."


def _in_query(told: Mapping[str, str]) -> dict[str, Any]:
    return {name: {"in": "query", "description": text} for name, text in told.items()}


_FILTERS: Final = _in_query(
    {
        **{name: _said(name) for name in FIELDS},
        "from": "First day, or `-7d`: seven days ago.",
        "to": "Last day.",
        "loan": "The lender's reference of a loan.",
        "borrower": "The lender's reference of a borrower.",
        "limit": f"1 to {MOST}; {USUAL} if left out.",
        "before": "`next` of the page before.",
    }
)


def operations(runtime: Runtime) -> list[Operation]:
    """Return the operations, each behind its scope."""
    gate, reading = Gate(runtime), Reading(runtime)

    def behind(
        scope: Scope,
        method: str,
        path: str,
        handler: Keyed,
        told: _Told,
        parameters: Mapping[str, Mapping[str, Any]],
        errors: Mapping[int, str],
    ) -> Operation:
        return Operation(
            method,
            path,
            gate.behind(scope, f"{method} {path}", handler),
            told.summary,
            f"{told.description} Needs the scope `{scope}`.",
            parameters={**parameters, **_KEY},
            responses={200: told.right, **errors, **_ANSWERS},
            tag="Reading",
        )

    return [
        behind(
            Scope.CONTACTS_READ,
            "GET",
            _CONTACTS,
            reading.get_contacts,
            _Told(
                "List contacts made, deferred and blocked",
                "Newest first; of the last seven days, unless `from`, a loan or a borrower is"
                " given. Words and addresses aren't told. What happened in the last second may be"
                " missing.",
                "`contacts`, each with `id`, `verdict`, `at`, `channel`, `status`, `rule`, `until`;"
                " `next`, or null where there is nothing older; `as_of`: nothing up to then is"
                " missing.",
            ),
            _FILTERS,
            {400: "A filter can't be read."},
        ),
        behind(
            Scope.CONTACTS_READ,
            "GET",
            f"{_CONTACTS}/{{contact}}",
            reading.get_contact,
            _Told(
                "Read one contact",
                "Why it was made, deferred or blocked, and what became of it.",
                "As in the list, with `reasons` in English and Chinese, and `events`: what"
                " happened to it, oldest first.",
            ),
            {"contact": {"in": "path", "description": "`id` of the list."}},
            _NO_CONTACT,
        ),
        behind(
            Scope.BORROWERS_READ,
            "GET",
            _BORROWER,
            reading.get_borrower,
            _Told(
                "Read how a borrower stands",
                "Amounts are in minor units of their currency.",
                "`loans`, `holds` in force, `next_contact` (null where none is in sight), and"
                " `waiting`: why nothing is planned for a loan.",
            ),
            _REF,
            _NOBODY,
        ),
        behind(
            Scope.BORROWERS_CHECK,
            "POST",
            f"{_BORROWER}/check",
            reading.post_check,
            _Told(
                "Ask whether a borrower may be contacted now",
                "Ask right before you dial: the answer is for this moment. Nothing is sent"
                " and nothing is reserved; a contact that you make is told by `contact.recorded`.",
                "`may_contact`, and for each channel the verdict, the rules that object, when they"
                " clear and what would clear them.",
            ),
            _REF,
            _NOBODY,
        ),
    ]
