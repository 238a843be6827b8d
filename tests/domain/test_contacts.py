"""Contacts: public ids, the merge of reports in any order, what counts, what may follow."""

from itertools import permutations
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.domain.contacts import (
    AttemptRef,
    Delivery,
    NextMove,
    Report,
    attempt_id,
    is_terminal,
    next_move,
    outcome_of,
    parse_attempt_id,
    rank,
)
from outreach.domain.vocabulary import Channel, DeliveryState, ErrorClass, Outcome

S, Out, E = DeliveryState, Outcome, ErrorClass
RESERVED = Delivery(S.RESERVED, Out.PENDING)


@given(st.integers(1, 2**63 - 1), st.uuids())
def test_an_attempt_id_reads_back(person: int, contact: UUID) -> None:
    assert parse_attempt_id(attempt_id(person, contact)) == AttemptRef(person, contact.hex)


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "att-1001",
        "1f",
        "-" + "0" * 32,
        "0-" + "0" * 32,
        "01-" + "0" * 32,
        "1F-" + "0" * 32,
        "1f-" + "0" * 31,
        "1f-" + "0" * 33,
        "1f-" + "A" * 32,
        "1f-" + "0" * 32 + "\n",
        "ffffffffffffffff-" + "0" * 32,
        "١f-" + "0" * 32,
        "1' OR 1=1 --" + "0" * 32,
    ],
)
def test_other_texts_are_no_attempt_id(text: str | None) -> None:
    assert parse_attempt_id(text) is None


@given(st.text())
def test_no_text_breaks_the_reader(text: str) -> None:
    parse_attempt_id(text)


@pytest.mark.parametrize("person", [0, -1])
def test_nobody_has_no_attempts(person: int) -> None:
    with pytest.raises(ValueError, match="person ids start at 1"):
        attempt_id(person, uuid4())


def merged(
    *reports: Report, channel: Channel = Channel.SMS, start: Delivery = RESERVED
) -> Delivery:
    found = start
    for report in reports:
        found = found.merged(report, channel)
    return found


@pytest.mark.parametrize(
    ("reports", "state", "outcome"),
    [
        pytest.param([Report(S.QUEUED)], S.QUEUED, Out.SENT, id="queued counts"),
        pytest.param([Report(S.SENT), Report(S.QUEUED)], S.SENT, Out.SENT, id="late queued"),
        pytest.param(
            [Report(S.DELIVERED), Report(S.SENT)], S.DELIVERED, Out.DELIVERED, id="late sent"
        ),
        pytest.param(
            [Report(S.DELIVERED), Report(S.READ)], S.READ, Out.READ, id="read after delivered"
        ),
        pytest.param([Report(S.READ), Report(S.DELIVERED)], S.READ, Out.READ, id="late delivered"),
        pytest.param(
            [Report(S.UNDELIVERED, E.UNKNOWN, "30008"), Report(S.DELIVERED)],
            S.DELIVERED,
            Out.DELIVERED,
            id="two ends: delivered",
        ),
        pytest.param(
            [Report(S.FAILED, E.SENDER_CONFIG, "30034", counted=False)],
            S.FAILED,
            Out.RELEASED,
            id="never placed",
        ),
        pytest.param(
            [Report(S.FAILED, E.UNKNOWN, "39999")],
            S.FAILED,
            Out.UNDELIVERED,
            id="may have been placed",
        ),
        pytest.param(
            [Report(S.EXPIRED, E.EXPIRED, "30036")], S.EXPIRED, Out.RELEASED, id="expired"
        ),
        pytest.param([Report(S.CANCELED)], S.CANCELED, Out.RELEASED, id="canceled"),
        pytest.param([Report(None)], S.RESERVED, Out.PENDING, id="says nothing"),
    ],
)
def test_reports_merge_upward_in_any_order(
    reports: list[Report], state: DeliveryState, outcome: Outcome
) -> None:
    for order in permutations(reports):
        found = merged(*order)
        assert (found.state, found.outcome) == (state, outcome)


REPORTS = [
    Report(S.ACCEPTED),
    Report(S.QUEUED),
    Report(S.SENDING),
    Report(S.SENT),
    Report(S.DELIVERED),
    Report(S.UNDELIVERED, E.UNREACHABLE_RETRY, "30003"),
    Report(S.UNDELIVERED, E.INVALID_ADDRESS, "30005"),
    Report(S.FAILED),
    Report(S.FAILED, E.SENDER_CONFIG, "30034", counted=False),
    Report(S.EXPIRED, E.EXPIRED, "30036", counted=False),
    Report(S.CANCELED),
    Report(S.READ),
    Report(None),
]


@given(
    st.lists(st.sampled_from(REPORTS), max_size=8).flatmap(
        lambda some: st.tuples(st.just(some), st.permutations(some))
    )
)
def test_any_order_and_any_repetition_end_alike(orders: tuple[list[Report], list[Report]]) -> None:
    first, second = orders

    assert merged(*first) == merged(*second) == merged(*first, *second)


@given(st.lists(st.sampled_from(REPORTS), max_size=8))
def test_a_state_never_falls(reports: list[Report]) -> None:
    found = RESERVED
    for report in reports:
        after = found.merged(report, Channel.SMS)
        assert rank(after.state) >= rank(found.state)
        found = after


@pytest.mark.parametrize("start", [S.RESERVED, S.UNKNOWN, S.RELEASED])
def test_a_provider_knows_better_than_we(start: DeliveryState) -> None:
    found = merged(Report(S.SENT), start=Delivery(start, Out.PENDING))

    assert found == Delivery(S.SENT, Out.SENT)


@pytest.mark.parametrize(
    ("reports", "outcome"),
    [
        pytest.param([Report(S.SENDING)], Out.PENDING, id="dialing"),
        pytest.param([Report(S.SENT)], Out.PENDING, id="ringing"),
        pytest.param(
            [Report(S.DELIVERED, outcome=Out.CONVERSATION)], Out.CONVERSATION, id="a human"
        ),
        pytest.param(
            [Report(S.DELIVERED, outcome=Out.CONVERSATION, presumed=True)],
            Out.CONVERSATION,
            id="who, isn't known",
        ),
        pytest.param(
            [
                Report(None, outcome=Out.VOICEMAIL_OTHER),
                Report(S.DELIVERED, outcome=Out.CONVERSATION, presumed=True),
            ],
            Out.VOICEMAIL_OTHER,
            id="a finding stands against a presumption",
        ),
        pytest.param(
            [
                Report(None, outcome=Out.VOICEMAIL_OTHER),
                Report(S.SENT),
                Report(S.DELIVERED, outcome=Out.CONVERSATION, presumed=True),
            ],
            Out.VOICEMAIL_OTHER,
            id="whatever came between",
        ),
        pytest.param(
            [Report(S.UNDELIVERED, E.UNREACHABLE_RETRY, "486", outcome=Out.NOT_CONNECTED)],
            Out.NOT_CONNECTED,
            id="busy",
        ),
        pytest.param([Report(S.FAILED, E.INVALID_ADDRESS, "404")], Out.NOT_CONNECTED, id="failed"),
        pytest.param(
            [Report(S.FAILED, E.SENDER_CONFIG, "13227", counted=False)],
            Out.RELEASED,
            id="never dialed",
        ),
        pytest.param([Report(S.CANCELED)], Out.NO_ANSWER, id="canceled: it may have rung"),
        pytest.param([Report(S.READ)], Out.CONVERSATION, id="the person answered"),
        pytest.param(
            [
                Report(None, outcome=Out.VOICEMAIL_OTHER),
                Report(S.READ, outcome=Out.CONVERSATION),
                Report(S.DELIVERED, outcome=Out.VOICEMAIL_OTHER),
            ],
            Out.CONVERSATION,
            id="taken for a machine, and answered",
        ),
        pytest.param(
            [
                Report(None, outcome=Out.CONVERSATION),
                Report(S.READ, outcome=Out.WRONG_PARTY),
                Report(S.DELIVERED, outcome=Out.CONVERSATION, presumed=True),
            ],
            Out.WRONG_PARTY,
            id="somebody, but another",
        ),
        pytest.param(
            [Report(S.READ, outcome=Out.WRONG_PARTY), Report(S.READ, outcome=Out.CONVERSATION)],
            Out.CONVERSATION,
            id="first they, then not",
        ),
        pytest.param(
            [
                Report(None, outcome=Out.ABANDONED),
                Report(None, outcome=Out.CONVERSATION),
                Report(S.DELIVERED, outcome=Out.CONVERSATION, presumed=True),
            ],
            Out.ABANDONED,
            id="picked up, and told nothing",
        ),
    ],
)
def test_calls_come_to_an_outcome_in_any_order(reports: list[Report], outcome: Outcome) -> None:
    for order in permutations(reports):
        assert merged(*order, channel=Channel.CALL).outcome is outcome


def test_only_ends_are_ends() -> None:
    assert {state for state in DeliveryState if is_terminal(state)} == {
        S.DELIVERED,
        S.UNDELIVERED,
        S.FAILED,
        S.EXPIRED,
        S.CANCELED,
        S.READ,
    }


def test_every_state_counts_for_something() -> None:
    for channel in (Channel.SMS, Channel.CALL):
        for state in DeliveryState:
            assert outcome_of(channel, state) in Outcome
    assert outcome_of(Channel.CALL, S.DELIVERED) is Out.CONVERSATION
    assert outcome_of(Channel.SMS, S.UNKNOWN) is Out.PENDING


@pytest.mark.parametrize(
    ("error", "tries", "move"),
    [
        pytest.param(E.UNREACHABLE_RETRY, 1, NextMove.LATER, id="once more, later"),
        pytest.param(E.UNREACHABLE_RETRY, 2, NextMove.OTHER, id="then another way"),
        pytest.param(E.UNKNOWN, 2, NextMove.OTHER, id="unknown: once"),
        pytest.param(E.THROTTLED, 9, NextMove.AGAIN, id="throttling spends no try"),
        pytest.param(E.REPUTATION, 1, NextMove.STOP, id="filtered: people first"),
    ],
)
def test_what_may_follow_a_failure(error: ErrorClass, tries: int, move: NextMove) -> None:
    assert next_move(error, tries) is move
