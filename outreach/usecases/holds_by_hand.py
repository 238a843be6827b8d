"""The words by which somebody at a lender places a hold, and by which one is released."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from uuid import uuid4

from outreach.domain.holds import Hold
from outreach.domain.vocabulary import ContactPolicy, HoldKind
from outreach.usecases.protecting import Word

_SINGLE: Final = {HoldKind.DECEASED: "deceased", HoldKind.BANKRUPTCY: "bankruptcy"}
"""Kinds of which a person has one case; its reference is the one that signals use."""

_POLICY: Final = {
    HoldKind.DECEASED: ContactPolicy.STOP_ALL,
    HoldKind.BANKRUPTCY: ContactPolicy.STOP_ALL,
    HoldKind.CEASE: ContactPolicy.STOP_ALL,
    HoldKind.ATTORNEY: ContactPolicy.ATTORNEY_ONLY,
    HoldKind.MINOR: ContactPolicy.HUMAN_ONLY,
    HoldKind.MILITARY: ContactPolicy.HUMAN_ONLY,
    HoldKind.REVIEW: ContactPolicy.HUMAN_ONLY,
}


class BecauseMissingError(ValueError):
    """How a bankruptcy ended has to be said before its hold can be released."""


def case_of(kind: HoldKind, named: str | None = None) -> str:
    """Return the reference of a hold's case: the one that was named, or a new one."""
    return named or _SINGLE.get(kind) or f"operator:{uuid4().hex[:12]}"


def placing(kind: HoldKind, case: str, *, by: str, evidence: str = "", **said: Any) -> Word:
    """Return the word that places a hold.

    Args:
        kind: Why.
        case: See `case_of`.
        by: Who places it.
        evidence: What it rests on.
        said: Members of a `hold.placed` signal that were given: `contact_policy`, `channel`,
            `loans`, `allowed_purposes`, `recipients`, `form`, `from`, `until`.
    """
    usual = _POLICY.get(kind, ContactPolicy.PAUSE_COLLECTION)
    hold: Mapping[str, Any] = {
        **said,
        "id": case,
        "kind": kind.value,
        "contact_policy": said.get("contact_policy") or usual,
        "evidence": evidence,
        "by": by,
    }
    return Word("hold.placed", {"hold": {name: value for name, value in hold.items() if value}})


def releasing(
    found: Sequence[Hold], *, because: str | None, evidence: str, by: str
) -> Iterable[Word]:
    """Return the words that release the holds of one case.

    Raises:
        BecauseMissingError: One is a bankruptcy's, and nothing says how that ended.
    """
    words: list[Word] = []
    for kind in dict.fromkeys(one.kind for one in found):
        case = found[0].case_ref
        if kind is HoldKind.BANKRUPTCY:
            if because is None:
                raise BecauseMissingError(case)
            ended = {"status": because, "case_ref": case}
            words.append(Word("borrower.bankruptcy", {"bankruptcy": ended}))
        hold = {"id": case, "kind": kind.value, "evidence": evidence, "by": by}
        words.append(Word("hold.released", {"hold": hold}))
    return words
