"""What an agency is given: what it was granted, and what it can't do without."""

from outreach.domain.placements import ALWAYS, USUAL, PlacedField, elements, given


def test_the_loan_and_what_protects_the_borrower_always_go_along() -> None:
    assert set(given([])) == ALWAYS
    assert set(given(USUAL)) > ALWAYS


def test_fields_keep_one_order_and_come_once() -> None:
    wanted = [PlacedField.PHONES, PlacedField.LOAN_REF, PlacedField.PHONES]
    assert given(wanted) == (PlacedField.LOAN_REF, PlacedField.PHONES, PlacedField.PROTECTION)


def test_rules_judge_each_field_as_an_element() -> None:
    assert elements([PlacedField.CONTACT_PERSONS]) == {
        "data_loan_ref",
        "data_contact_persons",
        "data_protection",
        "referee_data",
    }
