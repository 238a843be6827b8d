"""What a borrower tells by themselves: permissions taken back, a statement wanted."""

from datetime import UTC, datetime
from typing import Any, Final

import pytest

from outreach.domain.borrowers import PersonState
from outreach.domain.folding import fold_person
from outreach.domain.signals import OrderBy, Signal, SignalError
from outreach.domain.vocabulary import Effect

NOON: Final = datetime(2026, 11, 23, 17, tzinfo=UTC)


def told(kind: str, **data: Any) -> Signal:
    """Return a signal about a borrower and their loan."""
    about = {"loan": {"id": "LN-1", "currency": "USD"}, "borrower": {"id": "BR-1"}}
    return Signal("s1", "urn:x", kind, "borrower/BR-1", NOON, None, {**about, **data})


def fold(state: PersonState, signal: Signal) -> tuple[PersonState, Effect]:
    return fold_person(state, signal, source="x", order=OrderBy.TIME, loan_ids={"LN-1": 1})


def test_a_permission_taken_back_is_revoked_whatever_profile_there_is_or_is_not() -> None:
    signal = told("consent.revoked", consent={"channel": "voice", "evidence": "self_service"})

    state, effect = fold(PersonState(), signal)

    [consent] = state.consents.values()
    assert (consent.channel, consent.purpose, consent.status) == ("call", "*", "revoked")
    assert consent.revoked_at == NOON
    assert effect is Effect.APPLIED
    assert fold(state, signal) == (state, Effect.DUPLICATE)
    assert state.profile.told == {}


def test_one_address_and_purpose_may_be_named() -> None:
    named = {
        "channel": "sms", "purpose": "marketing", "endpoint": "ph-1", "at": "2026-11-22T09:00:00Z",
    }  # fmt: skip
    state, _ = fold(PersonState(), told("consent.revoked", consent=named))

    [consent] = state.consents.values()
    assert consent.key == ("sms", "marketing", "ph-1")
    assert consent.revoked_at == datetime(2026, 11, 22, 9, tzinfo=UTC)


def test_a_statement_that_is_wanted_is_work_for_a_person() -> None:
    state, _ = fold(PersonState(), told("statement.requested", statement={"id": "ss-1"}))

    assert [task.kind for task in state.tasks.values()] == ["statement"]


@pytest.mark.parametrize("data", [{"consent": {}}, {}, {"consent": {"channel": ""}}])
def test_a_revocation_of_nothing_is_refused(data: dict[str, Any]) -> None:
    with pytest.raises(SignalError):
        fold(PersonState(), told("consent.revoked", **data))
