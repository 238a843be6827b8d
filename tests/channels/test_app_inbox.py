"""The app's own inbox: what is sent stands in the feed, so there is nothing to send."""

import pytest
from pydantic import ValidationError

from outreach.channels.app_inbox import AppInbox
from outreach.channels.provider import Accepted, Rejected
from outreach.domain.vocabulary import DeliveryState, ErrorClass
from tests.channels.contract import DEADLINE, Harness, OneWayContract
from tests.channels.push_attempts import a_push

USER = "user-000042"


class TestContract(OneWayContract):
    """The half of the contract that an inbox can keep: it has no network that could fail."""

    @pytest.fixture
    def harness(self) -> Harness:
        provider = AppInbox("inbox", {})
        return Harness(provider, "", "", lambda: provider, attempt=lambda: a_push(USER))


async def test_it_is_sent_at_once_under_our_own_id() -> None:
    attempt = a_push(USER)

    result = await AppInbox("inbox", {}).send(attempt, DEADLINE)

    assert result == Accepted(attempt.attempt_id, DeliveryState.SENT, 1)


async def test_nobody_has_an_inbox_without_a_name() -> None:
    result = await AppInbox("inbox", {}).send(a_push(" "), DEADLINE)

    assert isinstance(result, Rejected)
    assert (result.error, result.contact_counted) == (ErrorClass.INVALID_ADDRESS, False)


def test_it_takes_no_options() -> None:
    with pytest.raises(ValidationError):
        AppInbox("inbox", {"surprise": 1})
