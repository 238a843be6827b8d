"""Preferences: read strictly, joined in any order, the newest word standing."""

from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from outreach.domain.borrowers import PersonState
from outreach.domain.folding import fold_person, merge_person
from outreach.domain.preferences import CONTACT_HOURS, EVERY_DAY, Preference, merge_preference
from outreach.domain.reading import read_signal
from outreach.domain.signals import OrderBy, Signal, SignalError
from outreach.domain.statements import Told
from outreach.domain.vocabulary import Effect, PreferenceKind
from tests.domain.loan_words import T0, a_signal

HOURS = {"id": "p1", "kind": "against", "from": "12:00", "to": "14:00"}


def said(hours: int = 0, kind: str = "preference.set", /, **told: Any) -> Signal:
    return a_signal(
        kind,
        {"preference": {**HOURS, **told}},
        subject="borrower/BR-1",
        sequence=None,
        time=T0 + timedelta(hours=hours),
    )


def fold(*signals: Signal) -> PersonState:
    person = PersonState()
    for signal in signals:
        person, _ = fold_person(
            person, signal, source="crm", order=OrderBy.TIME, loan_ids={}, zone="America/New_York"
        )
    return person


def the_one(*signals: Signal) -> Preference:
    [preference] = fold(*signals).preferences.values()
    return preference


def test_hours_are_read_in_minutes_and_every_day_unless_days_are_named() -> None:
    one = the_one(said(days=["sat", "mon"]))

    assert (one.start_minute, one.end_minute, one.days) == (720, 840, frozenset({0, 5}))
    assert the_one(said()).days == EVERY_DAY
    assert one.names_time
    assert not the_one(said(**{"from": None, "to": None, "channel": "call"})).names_time


@pytest.mark.parametrize(
    ("told", "field", "value"),
    [
        pytest.param({"channel": "voice"}, "channel", "call", id="a platform's word for calls"),
        pytest.param({"endpoint": "ph-1"}, "endpoint_id", "ph-1", id="an address"),
        pytest.param({"place": "work"}, "place", "work", id="a place"),
        pytest.param({"form": "oral"}, "form", "oral", id="the form"),
        pytest.param({"by": "Li Wei"}, "by", "Li Wei", id="who recorded it"),
        pytest.param({"to": "24:00"}, "end_minute", 1440, id="the end of the day"),
        pytest.param({"kind": "agreed"}, "about", CONTACT_HOURS, id="hours that were agreed"),
        pytest.param(
            {"until": "2026-12-01"},
            "expires_at",
            datetime(2026, 12, 2, 5, tzinfo=UTC),
            id="a date is meant through its end, at the lender's",
        ),
        pytest.param(
            {"until": "2026-12-01T12:00:00Z"},
            "expires_at",
            datetime(2026, 12, 1, 12, tzinfo=UTC),
            id="an instant",
        ),
    ],
)
def test_what_is_told_is_kept(told: dict[str, Any], field: str, value: object) -> None:
    assert getattr(the_one(said(**told)), field) == value


@pytest.mark.parametrize(
    "told",
    [
        pytest.param({"kind": "never"}, id="another kind"),
        pytest.param({"from": "12:00", "to": None}, id="hours without an end"),
        pytest.param({"from": "12:60"}, id="no minute of an hour"),
        pytest.param({"from": "25:00"}, id="no hour of a day"),
        pytest.param({"from": "1200"}, id="no clock"),
        pytest.param({"from": "ab:cd"}, id="letters"),
        pytest.param({"from": "12:0０"}, id="digits of another script"),
        pytest.param({"days": ["monday"]}, id="another word for a day"),
        pytest.param({"channel": "pigeon"}, id="a channel nobody knows"),
        pytest.param({"form": "shouted"}, id="another form"),
        pytest.param({"from": None, "to": None}, id="against nothing"),
        pytest.param({"kind": "only", "place": "work"}, id="only at a place"),
        pytest.param({"kind": "agreed", "place": "work"}, id="agreed about a place"),
        pytest.param({"kind": "agreed", "from": None, "to": None}, id="agreed hours without hours"),
        pytest.param({"kind": "agreed", "about": "attempt_cap"}, id="hours of something else"),
    ],
)
def test_what_makes_no_sense_is_refused(told: dict[str, Any]) -> None:
    with pytest.raises(SignalError, match="malformed"):
        fold(said(**told))


def test_an_agreement_may_be_about_something_else_than_hours() -> None:
    one = the_one(said(**{"kind": "agreed", "about": "attempt_cap", "from": None, "to": None}))

    assert (one.kind, one.about) == (PreferenceKind.AGREED, "attempt_cap")


def test_a_removal_ends_it_and_a_newer_word_brings_it_back() -> None:
    removed = said(1, "preference.removed")
    assert not the_one(said(), removed).holds(T0 + timedelta(days=1))
    assert the_one(said(), removed, said(2)).holds(T0 + timedelta(days=1))


def test_it_holds_until_it_expires() -> None:
    one = the_one(said(until="2026-12-01T12:00:00Z"))

    assert one.holds(datetime(2026, 12, 1, 11, 59, tzinfo=UTC))
    assert not one.holds(datetime(2026, 12, 1, 12, tzinfo=UTC))


def test_any_order_of_words_gives_the_same() -> None:
    words = [
        said(),
        said(1, "preference.removed"),
        said(1, channel="sms"),
        said(1, kind="agreed"),
        said(2, id="p2"),
    ]
    states = {tuple(sorted(fold(*order).preferences.items())) for order in permutations(words)}

    assert len(states) == 1


def test_of_two_words_at_one_instant_the_one_that_protects_stands() -> None:
    against = Preference("p", PreferenceKind.AGAINST, T0, channel="sms")
    removed = Preference("p", PreferenceKind.AGAINST, T0, removed=True)
    agreed = Preference("p", PreferenceKind.AGREED, T0, start_minute=1, end_minute=2)

    assert merge_preference(against, removed) == against
    assert merge_preference(removed, agreed) == removed
    assert merge_preference(None, agreed) == agreed


def test_a_word_told_again_changes_nothing() -> None:
    person = fold(said())
    again, effect = fold_person(
        person, said(), source="crm", order=OrderBy.TIME, loan_ids={}, zone="America/New_York"
    )

    assert again is person
    assert effect is Effect.DUPLICATE
    assert merge_person(person, preferences=person.preferences.values()) is person


def test_what_is_said_of_the_person_is_told_from_what_is_said_of_a_loan() -> None:
    def told(signal: Signal) -> Told:
        return read_signal(signal, source="crm", order=OrderBy.TIME, zone="UTC")

    letter = a_signal("letter.mailed", {}, subject="borrower/BR-1", sequence=None)

    assert told(said()).is_about_person
    assert not told(letter).is_about_person
