"""Words in a recorded contact protect as a text that was sent back does."""

import json
from typing import Any

import pytest

from outreach.domain.borrowers import PersonState
from outreach.domain.folding import fold_person
from outreach.domain.signals import OrderBy
from outreach.domain.vocabulary import HoldKind
from tests.domain.loan_words import T0, a_signal

NOBODY = PersonState()


def told(**contact: Any) -> PersonState:
    said = {"id": "c-1", "channel": "call", "outcome": "conversation", "at": T0.isoformat()}
    signal = a_signal("contact.recorded", {"contact": {**said, **contact}})
    return fold_person(NOBODY, signal, source="crm", order=OrderBy.TIME, loan_ids={})[0]


def revoked(person: PersonState) -> set[tuple[str, str, str]]:
    return {key for key, one in person.consents.items() if one.status == "revoked"}


def test_a_contact_without_words_says_nothing_of_the_person() -> None:
    assert told() is NOBODY
    assert told(note="  ") is NOBODY
    assert told(note="left voicemail, thanks") is not NOBODY  # not understood: somebody reads it


def test_a_note_takes_a_medium_back_for_the_whole_person() -> None:
    person = told(note="Cust asked not be texted any more")

    assert revoked(person) == {("sms", "*", "")}
    [task] = person.tasks.values()
    assert (task.kind, task.ref, task.opened_at) == ("reply_review", "c-1", T0)
    note = json.loads(task.note)
    assert note["text"] == "Cust asked not be texted any more"
    assert note["read_as"]["kind"] == "opt_out"
    assert "texted" not in repr(task)
    assert person.holds == {}


def test_what_was_said_in_a_call_binds_the_phone() -> None:
    person = told(transcript="uh yeah just um take me off your list")
    assert revoked(person) == {("phone", "*", "")}


def test_an_email_may_be_about_its_own_address_alone() -> None:
    person = told(
        channel="email", outcome="inbound_message", direction="in", endpoint="e-1",
        text="please delete my email address",
    )  # fmt: skip
    assert revoked(person) == {("email", "*", "e-1")}


def test_quoted_lines_of_an_email_are_not_the_persons() -> None:
    person = told(
        channel="email", outcome="inbound_message", direction="in",
        text="ok thanks\n\nOn Monday, Acme wrote:\nReply STOP to opt out",
    )  # fmt: skip
    assert revoked(person) == set()
    assert [one.kind for one in person.holds.values()] == []


def test_our_own_message_is_not_the_persons() -> None:
    assert told(channel="sms", outcome="sent", text="Reply STOP to opt out") is NOBODY


def test_a_written_cease_is_one() -> None:
    person = told(
        channel="email", outcome="inbound_message", direction="in",
        text="Cease all communication with me.",
    )  # fmt: skip
    assert revoked(person) == {("all", "*", "")}
    [hold] = person.holds.values()
    assert (hold.kind, hold.policy, hold.details["form"]) == (HoldKind.CEASE, "stop_all", "written")


@pytest.mark.parametrize(
    ("channel", "held"),
    [pytest.param("call", "", id="spoken"), pytest.param("email", "email", id="written")],
)
def test_what_is_doubtful_waits_for_a_person(channel: str, held: str) -> None:
    person = told(channel=channel, note="customer annoyed by the messages")
    [hold] = person.holds.values()
    assert (hold.kind, hold.channel, hold.case_ref) == (HoldKind.REVIEW, held, "reply:c-1")


def test_of_several_words_the_most_protective_stands() -> None:
    person = told(note="ptp 50 on friday", transcript="stop calling me")
    assert revoked(person) == {("call", "*", "")}


def test_a_promise_is_for_somebody_to_record_and_stops_nothing() -> None:
    person = told(transcript="I will pay on Friday")
    assert revoked(person) == set()
    assert person.holds == {}
    assert [one.kind for one in person.tasks.values()] == ["reply_review"]


def test_what_was_told_twice_is_told_once() -> None:
    signal = a_signal(
        "contact.recorded",
        {
            "contact": {
                "id": "c-1",
                "channel": "call",
                "outcome": "conversation",
                "note": "DNC requested by customer",
            }
        },
    )
    once, _ = fold_person(NOBODY, signal, source="crm", order=OrderBy.TIME, loan_ids={})
    again, effect = fold_person(once, signal, source="crm", order=OrderBy.TIME, loan_ids={})
    assert again is once
    assert effect == "duplicate"
