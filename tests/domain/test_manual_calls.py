"""What comes of a call that people made: what caps count, whom it reached, how it is judged."""

from outreach.domain.manual_calls import COUNTED, SAID, CallResult, disposition_of
from outreach.domain.vocabulary import Disposition, Outcome, RecipientRole


def test_every_result_counts_as_something() -> None:
    assert set(COUNTED) == set(CallResult)
    reached = {one for one, counted in COUNTED.items() if counted.is_of_borrower}
    assert reached == {CallResult.SPOKE, CallResult.CALLED_US}
    assert {one for one, counted in COUNTED.items() if counted.direction == "in"} == {
        CallResult.CALLED_US
    }
    elsewhere = {
        one for one, counted in COUNTED.items() if counted.recipient is not RecipientRole.DEBTOR
    }
    assert elsewhere == {CallResult.SOMEBODY_ELSE, CallResult.WRONG_NUMBER}
    assert COUNTED[CallResult.WRONG_NUMBER].outcome is Outcome.WRONG_PARTY


def test_what_was_said_counts_only_where_the_borrower_was_reached() -> None:
    for said, judged in SAID.items():
        assert disposition_of(CallResult.SPOKE, said) is judged
        assert disposition_of(CallResult.NO_ANSWER, said) is Disposition.NO_CONTACT
    assert disposition_of(CallResult.SPOKE) is None
    assert disposition_of(CallResult.SPOKE, "hardship") is None
    assert disposition_of(CallResult.LEFT_MESSAGE) is Disposition.LEFT_MESSAGE
