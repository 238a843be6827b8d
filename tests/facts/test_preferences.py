"""What a person asked for or against becomes bars that rules can judge."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from outreach.domain import known as d
from outreach.domain.borrowers import Endpoint, PersonState, Profile
from outreach.domain.preferences import Preference
from outreach.domain.vocabulary import EndpointStatus, PreferenceKind
from outreach.facts.preferences import (
    PROFILE,
    REACHES,
    UNREADABLE,
    agreements_of,
    preferences_of,
)

NOW: Final = datetime(2026, 11, 23, 17, tzinfo=UTC)
AT: Final = NOW - timedelta(days=3)
DAY: Final = 24 * 60
WEEKDAYS: Final = frozenset(range(5))
NINE: Final = 9 * 60


def somebody(*stated: Preference, **fields: Any) -> PersonState:
    endpoints = tuple(
        Endpoint(ref, medium, "mobile", "x", EndpointStatus.ACTIVE)
        for ref, medium in (("ph-1", "phone"), ("ph-2", "phone"), ("em-1", "email"))
    )
    told = {"preferences": (7, f"{AT:%Y-%m-%dT%H:%M:%S.%fZ} abc")} if fields else {}
    profile = Profile(told=told, fields=fields, endpoints=endpoints)
    return PersonState(profile, preferences={one.ref: one for one in stated})


def a_preference(kind: str = "against", ref: str = "p1", **more: Any) -> Preference:
    return Preference(ref, PreferenceKind(kind), AT, **more)


def spans(person: PersonState) -> set[tuple[int, int, frozenset[int]]]:
    return {(one.start_minute, one.end_minute, one.days) for one in preferences_of(person, NOW)}


def test_a_profiles_hours_over_midnight_bar_the_evening_and_either_morning() -> None:
    told = {
        "quiet_hours": [
            {"days": ["mon", "tue", "wed", "thu", "fri"], "from": "17:00", "to": "09:00"}
        ]
    }
    person = somebody(preferences=told)

    assert spans(person) == {(17 * 60, DAY, WEEKDAYS), (0, NINE, WEEKDAYS | {5})}
    assert {(one.at, one.source) for one in preferences_of(person, NOW)} == {(AT, PROFILE)}


@pytest.mark.parametrize(
    "hours",
    [
        pytest.param([{"from": "nine", "to": "ten"}], id="no clock"),
        pytest.param(["9-10"], id="no object"),
        pytest.param(7, id="no list"),
    ],
)
def test_hours_that_nobody_can_read_bar_every_hour(hours: Any) -> None:
    person = somebody(preferences={"quiet_hours": hours})

    assert spans(person) == {(0, DAY, d.EVERY_DAY)}
    assert preferences_of(person, NOW)[0].source == UNREADABLE


@pytest.mark.parametrize(
    "told",
    [None, {}, {"quiet_hours": []}, {"channels": ["sms"]}],
    ids=["none", "empty", "no hours", "channels alone"],
)
def test_a_profile_without_hours_bars_nothing(told: Any) -> None:
    assert preferences_of(somebody(preferences=told), NOW) == ()


def test_hours_told_at_no_known_time_were_known_always() -> None:
    person = PersonState(
        Profile(fields={"preferences": {"quiet_hours": [{"from": "09:00", "to": "10:00"}]}})
    )

    assert [one.at for one in preferences_of(person, NOW)] == [d.EPOCH]


@pytest.mark.parametrize(
    ("stated", "bar"),
    [
        pytest.param({"channel": "call"}, d.Preference(AT, channel="call"), id="a channel"),
        pytest.param({"endpoint_id": "ph-1"}, d.Preference(AT, endpoint="ph-1"), id="an address"),
        pytest.param(
            {"place": "work", "form": "oral", "expires_at": NOW + timedelta(days=7)},
            d.Preference(AT, place="work", form="oral", expires=NOW + timedelta(days=7)),
            id="a place, for some days",
        ),
        pytest.param(
            {"start_minute": 720, "end_minute": 840},
            d.Preference(AT, 720, 840),
            id="hours",
        ),
        pytest.param(
            {"days": frozenset({6}), "channel": "call"},
            d.Preference(AT, 0, DAY, frozenset({6}), channel="call"),
            id="a whole day on one channel",
        ),
    ],
)
def test_what_is_asked_against_is_barred(stated: dict[str, Any], bar: d.Preference) -> None:
    assert preferences_of(somebody(a_preference(**stated)), NOW) == (bar,)


def test_only_some_hours_bar_all_others_and_several_add_up() -> None:
    evenings = a_preference("only", "p1", start_minute=18 * 60, end_minute=20 * 60, days=WEEKDAYS)
    weekends = a_preference("only", "p2", start_minute=22 * 60, end_minute=60, days=frozenset({5}))

    assert spans(somebody(evenings, weekends)) == {
        (0, 18 * 60, WEEKDAYS),
        (20 * 60, DAY, WEEKDAYS),
        (0, 22 * 60, frozenset({5})),
        (60, DAY, frozenset({6})),
    }


def test_only_a_channel_bars_the_others() -> None:
    bars = preferences_of(somebody(a_preference("only", channel="email")), NOW)

    assert {one.channel for one in bars} == set(REACHES) - {"email"}


def test_only_calls_leave_the_voicemail_free_that_a_call_may_end_in() -> None:
    bars = preferences_of(somebody(a_preference("only", channel="call")), NOW)

    assert {one.channel for one in bars} == set(REACHES) - {"call", "voicemail"}


def test_only_an_address_bars_the_others_of_its_kind() -> None:
    bars = preferences_of(somebody(a_preference("only", endpoint_id="ph-1")), NOW)

    assert [one.endpoint for one in bars] == ["ph-2"]


def test_only_lasts_as_long_as_the_last_of_them() -> None:
    soon, later = NOW + timedelta(days=1), NOW + timedelta(days=2)
    both = somebody(
        a_preference("only", "p1", channel="sms", expires_at=soon),
        a_preference("only", "p2", channel="email", expires_at=later),
    )
    forever = somebody(
        a_preference("only", "p1", channel="sms", expires_at=soon),
        a_preference("only", "p2", channel="email"),
    )

    assert {one.expires for one in preferences_of(both, NOW)} == {later}
    assert {one.expires for one in preferences_of(forever, NOW)} == {None}


def test_what_was_removed_or_has_expired_bars_nothing() -> None:
    person = somebody(
        a_preference(ref="p1", channel="sms", removed=True),
        a_preference(ref="p2", channel="sms", expires_at=NOW),
    )

    assert preferences_of(person, NOW) == ()


def test_agreed_hours_are_cut_at_midnight() -> None:
    late = a_preference("agreed", start_minute=22 * 60, end_minute=60, days=frozenset({6}))

    assert agreements_of(somebody(late), NOW) == (
        d.Agreement("contact_hours", AT, 22 * 60, DAY, frozenset({6})),
        d.Agreement("contact_hours", AT, 0, 60, frozenset({0})),
    )


def test_other_agreements_are_named_as_they_are() -> None:
    [agreed] = agreements_of(somebody(a_preference("agreed", about="attempt_cap")), NOW)

    assert (agreed.kind, agreed.start_minute, agreed.end_minute) == ("attempt_cap", 0, 0)
