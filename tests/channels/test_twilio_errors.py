"""The error table is complete, closed and cautious."""

import pytest

from outreach.channels.twilio_errors import error_table
from outreach.channels.twilio_statuses import call_report, message_report
from outreach.domain.contacts import NextMove, next_move
from outreach.domain.vocabulary import DeliveryState, ErrorClass, Outcome


def test_every_class_of_the_data_file_is_known_and_every_class_has_a_next_move() -> None:
    assert {meaning.error for meaning in error_table().codes.values()} <= set(ErrorClass)
    for error in ErrorClass:
        assert next_move(error, 1) in NextMove


@pytest.mark.parametrize(
    ("code", "error", "move"),
    [
        ("21610", ErrorClass.OPT_OUT, NextMove.OTHER),
        ("30003", ErrorClass.UNREACHABLE_RETRY, NextMove.LATER),
        ("30005", ErrorClass.INVALID_ADDRESS, NextMove.OTHER),
        ("30007", ErrorClass.REPUTATION, NextMove.STOP),
        ("30036", ErrorClass.EXPIRED, NextMove.AGAIN),
        ("20429", ErrorClass.THROTTLED, NextMove.AGAIN),
        ("30034", ErrorClass.SENDER_CONFIG, NextMove.OTHER),
        ("21617", ErrorClass.REQUEST_BUG, NextMove.STOP),
        ("28888", ErrorClass.REQUEST_BUG, NextMove.STOP),
        ("38888", ErrorClass.UNKNOWN, NextMove.LATER),
    ],
)
def test_a_code_leads_to_a_move(code: str, error: ErrorClass, move: NextMove) -> None:
    meaning = error_table().of_code(code)

    assert meaning.error is error
    assert next_move(meaning.error, 1) is move


@pytest.mark.parametrize("code", ["28888", "38888", "12", "abc"])
def test_a_code_nobody_classified_alerts_and_counts(code: str) -> None:
    meaning = error_table().of_code(code)

    assert meaning.alert
    assert meaning.counted


@pytest.mark.parametrize(
    ("status", "error"),
    [(401, ErrorClass.ACCOUNT), (429, ErrorClass.THROTTLED), (400, ErrorClass.REQUEST_BUG)],
)
def test_an_answer_without_a_code_is_classified_by_its_status(
    status: int, error: ErrorClass
) -> None:
    assert error_table().of_status(status).error is error


@pytest.mark.parametrize(
    ("status", "code", "state"),
    [
        ("scheduled", "", DeliveryState.ACCEPTED),
        ("partially_delivered", "", DeliveryState.DELIVERED),
        ("canceled", "", DeliveryState.CANCELED),
        ("read", "", DeliveryState.READ),
        ("failed", "", DeliveryState.FAILED),
        ("receiving", "", None),
        ("", "", None),
    ],
)
def test_message_statuses(status: str, code: str, state: DeliveryState | None) -> None:
    assert message_report(status, code).report.state is state


@pytest.mark.parametrize(
    ("form", "outcome", "error"),
    [
        ({"CallStatus": "completed"}, Outcome.CONVERSATION, None),
        ({"CallStatus": "completed", "AnsweredBy": "unknown"}, Outcome.NO_ANSWER, None),
        ({"CallStatus": "completed", "AnsweredBy": "fax"}, Outcome.NO_ANSWER, None),
        ({"CallStatus": "failed", "SipResponseCode": "603"}, None, ErrorClass.REPUTATION),
        ({"CallStatus": "failed", "SipResponseCode": "503"}, None, ErrorClass.UNREACHABLE_RETRY),
        ({"CallStatus": "failed", "ErrorCode": "32017"}, None, ErrorClass.REPUTATION),
        ({"CallStatus": "failed"}, None, ErrorClass.UNKNOWN),
        ({"CallStatus": "dreaming"}, None, None),
    ],
)
def test_call_statuses(
    form: dict[str, str], outcome: Outcome | None, error: ErrorClass | None
) -> None:
    report = call_report(form).report

    assert (report.outcome, report.error_class) == (outcome, error)
    assert report.presumed == (form == {"CallStatus": "completed"})
