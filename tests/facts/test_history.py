"""Notices, first words and last texts from the log; refusals and approvals from the record."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import pytest

from outreach.domain.ledger import PastContact
from outreach.domain.on_record import Approval, Refusal, SentNotice
from outreach.facts.history import (
    approvals_of,
    first_communications,
    last_texts,
    notices_of,
    refusals_of,
)

NOW: Final = datetime(2026, 11, 23, 17, tzinfo=UTC)
DAY: Final = timedelta(days=1)


def a_contact(days: int = 1, /, **more: Any) -> PastContact:
    usual: dict[str, Any] = {
        "person_id": 1, "contact_id": UUID(int=1), "case_id": 1, "step": "s", "occurrence": "1",
        "try_number": 1, "debts": (7,), "channel": "sms", "purpose": "collection",
        "direction": "out", "endpoint_id": "ph-1", "recipient_role": "debtor", "dial_mode": "",
        "sender": "x", "at": NOW - days * DAY, "delivery_state": "sent", "outcome": "sent",
        "error_class": None,
    }  # fmt: skip
    return PastContact(**{**usual, **more})


@pytest.mark.parametrize(
    ("outcome", "given", "undeliverable"),
    [
        pytest.param("sent", 1, False, id="sent"),
        pytest.param("delivered", 1, False, id="delivered"),
        pytest.param("undelivered", 1, True, id="not delivered"),
        pytest.param("no_answer", 1, True, id="nobody answered"),
        pytest.param("pending", 0, False, id="not settled yet"),
        pytest.param("released", 0, False, id="never made"),
    ],
)
def test_a_contact_of_ours_is_the_notice_that_its_template_was(
    outcome: str, given: int, *, undeliverable: bool
) -> None:
    past = [a_contact(outcome=outcome, notice="validation_notice"), a_contact()]

    found = notices_of((), past, NOW)

    assert [(one.kind, one.undeliverable) for one in found] == [
        ("validation_notice", undeliverable)
    ] * given
    assert all(one.debts == {"7"} and one.at == NOW - DAY for one in found)


def test_what_the_person_sent_is_no_notice_of_ours() -> None:
    assert notices_of((), [a_contact(direction="in", notice="demand_notice")], NOW) == ()


@pytest.mark.parametrize(
    ("told", "kind", "at", "undeliverable"),
    [
        pytest.param(SentNotice("L", "x", sent_at=NOW - DAY), "x", NOW - DAY, False, id="sent"),
        pytest.param(
            SentNotice("L", "x", 0, NOW - 2 * DAY, NOW - DAY), "x", NOW - DAY, False, id="arrived"
        ),
        pytest.param(
            SentNotice("L", "x", 0, NOW - 2 * DAY, NOW - DAY, NOW), "x", NOW, True, id="back"
        ),
        pytest.param(SentNotice("L", sent_at=NOW + DAY), "letter", NOW, False, id="no kind known"),
        pytest.param(SentNotice("L", "x"), "x", NOW, False, id="no time known"),
    ],
)
def test_a_notice_that_somebody_else_sent(
    told: SentNotice, kind: str, at: datetime, *, undeliverable: bool
) -> None:
    [notice] = notices_of((told, Refusal("r", "ph-7", NOW)), (), NOW)

    assert (notice.kind, notice.at, notice.undeliverable) == (kind, at, undeliverable)
    assert notice.debts == frozenset()


def test_a_notice_about_one_loan_is_about_that_loan() -> None:
    [notice] = notices_of((SentNotice("L", "x", 7, NOW),), (), NOW)

    assert notice.debts == {"7"}


def test_first_communication_is_the_first_that_told_something() -> None:
    past = [
        a_contact(9, outcome="no_answer"),
        a_contact(8, outcome="released"),
        a_contact(7, purpose="opt_out_confirmation"),
        a_contact(6, direction="in", outcome="inbound_message"),
        a_contact(5, outcome="pending", debts=(7, 8)),
        a_contact(4, outcome="delivered"),
    ]

    assert first_communications(past) == {7: NOW - 5 * DAY, 8: NOW - 5 * DAY}


def test_a_call_from_the_person_counts_as_well() -> None:
    call = a_contact(3, direction="in", outcome="inbound_conversation")

    assert first_communications([call]) == {7: NOW - 3 * DAY}


def test_the_last_text_is_kept_by_address() -> None:
    text: dict[str, Any] = {"direction": "in", "outcome": "inbound_message"}
    past = [a_contact(3, **text), a_contact(2, **text), a_contact(1), a_contact(1, **text, endpoint_id="")]  # fmt: skip

    assert last_texts(past) == {"ph-1": NOW - 2 * DAY}


def test_refusals_are_known_at_once() -> None:
    told = (Refusal("r", "ph-7", NOW + DAY), SentNotice("L"))

    assert refusals_of(told, NOW) == (("ph-7", NOW),)


@pytest.mark.parametrize(
    ("more", "stands"),
    [
        pytest.param({}, True, id="until it is revoked"),
        pytest.param({"expires_at": NOW + DAY}, True, id="until its end"),
        pytest.param({"expires_at": NOW}, False, id="not at its end"),
        pytest.param({"revoked": True}, False, id="not once revoked"),
    ],
)
def test_an_approval_stands(more: dict[str, Any], *, stands: bool) -> None:
    told = Approval("A", NOW + DAY, "visit_order", "head", "Li", "Ann", 7, "call", **more)

    found = approvals_of((told, SentNotice("L")), NOW)

    assert len(found) == stands
    assert all(
        (one.at, one.subject, one.approver_role, one.approver, one.channel, one.debts)
        == (NOW, "visit_order", "head", "Li", "call", frozenset({"7"}))
        for one in found
    )
