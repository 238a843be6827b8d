"""A planned contact is dropped when its delinquency ended, never because days passed."""

from datetime import timedelta
from typing import Any

from outreach.domain.borrowers import PersonState
from outreach.domain.cases import Case
from outreach.domain.standing import Wait, WaitReason
from outreach.domain.vocabulary import CaseKind
from outreach.store.books import PersonBook
from outreach.usecases.dropping import dropped_step
from outreach.usecases.trying import Looked
from tests.domain.plans import DUE_ON, a_treatment


def a_book(kind: CaseKind | None = None) -> PersonBook:
    cases: dict[int, Any] = {}
    if kind is not None:
        cases[1] = Case(1, 1, kind, 1, DUE_ON, 1, 1, DUE_ON - timedelta(days=9), None, None)
    return PersonBook("acme", 1, None, PersonState(), {}, cases)


def test_what_counts_as_dropped() -> None:
    late, ahead = "treatment.next_step:after-5", "treatment.next_step:before-1"
    rows: list[tuple[str, CaseKind | None, WaitReason, str]] = [
        (late, None, WaitReason.NO_CASE, "after-5"),
        (late, CaseKind.PRE_DUE, WaitReason.NEXT_STEP, "after-5"),
        (late, CaseKind.DELINQUENCY, WaitReason.NEXT_STEP, ""),
        ("after-5|us.quiet|2026-03-15", None, WaitReason.NO_CASE, "after-5"),
        (ahead, None, WaitReason.NOTHING_OWED, "before-1"),
        (ahead, CaseKind.PRE_DUE, WaitReason.NEXT_STEP, ""),
        (ahead, None, WaitReason.STALE, ""),
        ("treatment.no_case", None, WaitReason.NO_CASE, ""),
        ("treatment.next_step:gone", None, WaitReason.NO_CASE, ""),
        ("", None, WaitReason.NO_CASE, ""),
    ]
    wrong = []
    for reason, kind, why, expected in rows:
        looked = Looked(Wait(until=None, why=why), None)
        found = dropped_step(reason, a_book(kind), looked, [a_treatment()])
        if found != expected:
            wrong.append((reason, kind, why, found))
    assert wrong == []
