"""Open facts: kept as they were told, instants as instants, null as unknown."""

from typing import Any

import pytest

from outreach.domain.attributes import read_attributes
from outreach.domain.borrowers import PersonState
from outreach.domain.deriving import newest_statements
from outreach.domain.folding import fold_loan, fold_person
from outreach.domain.signals import OrderBy, SignalError
from tests.domain.loan_words import T0, a_loan, a_signal

INSTALLMENT = {"number": 4, "due_date": "2026-11-20", "outstanding": 24750, "currency": "USD"}


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        pytest.param({}, {}, id="none"),
        pytest.param({"attributes": None}, {}, id="null"),
        pytest.param(
            {"attributes": {"student": True, "home_visits": 2, "place": "home", "minor": None}},
            {"student": True, "home_visits": 2, "place": "home", "minor": None},
            id="scalars",
        ),
        pytest.param(
            {"attributes": {"validation_sent_at": "2026-05-01T08:00:00-04:00"}},
            {"validation_sent_at": "2026-05-01T12:00:00+00:00"},
            id="an instant",
        ),
        pytest.param(
            {"attributes": {"validation_sent_at": None}}, {"validation_sent_at": None}, id="unknown"
        ),
    ],
)
def test_attributes_are_kept(told: dict[str, Any], kept: dict[str, Any]) -> None:
    assert read_attributes(told) == kept


@pytest.mark.parametrize(
    "attributes",
    [
        pytest.param(["student"], id="no object"),
        pytest.param({"a": ""}, id="an empty text"),
        pytest.param({"a": [1]}, id="a list"),
        pytest.param({"overdue_since": "2026-05-01"}, id="a date for an instant"),
        pytest.param({"overdue_since": True}, id="a flag for an instant"),
    ],
)
def test_what_is_no_attribute_is_refused(attributes: object) -> None:
    with pytest.raises(SignalError, match="malformed"):
        read_attributes({"attributes": attributes})


def test_a_loans_newest_attributes_stand_as_a_whole() -> None:
    loan = a_loan()
    for number, told in enumerate(({"illegal": True, "usurious": True}, {"illegal": False}, None)):
        block = {"id": "LN-1", "currency": "USD"} | ({"attributes": told} if told else {})
        signal = a_signal(
            "installment.overdue",
            {"loan": block, "installment": INSTALLMENT, "as_of": T0.isoformat()},
            sequence=number + 5,
        )
        loan = fold_loan(loan, signal, source="core", order=OrderBy.SEQUENCE).loan

    assert newest_statements(loan)["attributes"].value == '{"illegal": false}'


def test_a_profile_keeps_attributes_of_the_borrower_and_marks_of_addresses() -> None:
    phone = {"id": "ph-1", "e164": "+12125550143", "owner": "employer"}
    check = {"at": T0.isoformat(), "result": "no_data"}
    told = {
        "id": "BR-1",
        "attributes": {"student": True},
        "phones": [{**phone, "attributes": {"employer_prohibits": True}}, {**phone, "id": "ph-2", "reassignment_check": check}],
        "emails": [{"id": "em-1", "address": "a@example.com"}],
    }  # fmt: skip
    signal = a_signal("borrower.updated", {"borrower": told, "version": 1})

    person, _ = fold_person(PersonState(), signal, source="core", order=OrderBy.TIME, loan_ids={})

    fields = person.profile.fields
    assert fields["attributes"] == {"student": True}
    assert fields["phones"] == {
        "ph-1": {"owner": "employer", "attributes": {"employer_prohibits": True}},
        "ph-2": {"owner": "employer", "reassignment_check": check},
    }
    assert fields["emails"] is None


def test_a_check_has_one_of_three_results() -> None:
    phone = {"id": "ph-1", "e164": "+12125550143"}
    told = {"phones": [{**phone, "reassignment_check": {"at": T0.isoformat(), "result": "maybe"}}]}
    signal = a_signal("borrower.updated", {"borrower": {"id": "BR-1", **told}, "version": 1})

    with pytest.raises(SignalError, match="result"):
        fold_person(PersonState(), signal, source="core", order=OrderBy.TIME, loan_ids={})
