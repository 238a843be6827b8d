"""What the person asked us to avoid, and the date they promised."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from outreach.domain.decisions import Verdict
from outreach.domain.known import Endpoint, Preference, PromisedDate
from tests.compliance.builders import (
    a_call,
    a_rule,
    an_action,
    chicago,
    codes,
    judge,
    some_facts,
    utc,
)

NOON = chicago("2026-06-10")
ASKED = chicago("2026-05-20")
SUNDAY = frozenset({6})


def a_respect(**given: Any) -> Any:
    return a_rule("person_preference", **given)


def barred(start: str, end: str, **given: Any) -> Preference:
    def minutes(clock: str) -> int:
        return int(clock[:2]) * 60 + int(clock[3:])

    return Preference(
        **{"at": ASKED, **given}, start_minute=minutes(start), end_minute=minutes(end)
    )


@pytest.mark.parametrize(
    ("at", "window", "until"),
    [
        pytest.param(NOON, barred("12:00", "13:00"), chicago("2026-06-10", "13:00"), id="first"),
        pytest.param(
            chicago("2026-06-10", "12:59:59"), barred("12:00", "13:00"),
            chicago("2026-06-10", "13:00"), id="last second",
        ),
        pytest.param(chicago("2026-06-10", "13:00"), barred("12:00", "13:00"), None, id="the end"),
        pytest.param(NOON, barred("00:00", "24:00", days=SUNDAY), None, id="another day"),
        pytest.param(
            chicago("2026-06-14"), barred("00:00", "24:00", days=SUNDAY),
            chicago("2026-06-15", "00:00"), id="the whole day",
        ),
        pytest.param(
            chicago("2026-06-14"), Preference(ASKED, days=SUNDAY),
            chicago("2026-06-15", "00:00"), id="a day without hours is the whole day",
        ),
        pytest.param(
            chicago("2026-06-10", "23:00"), barred("22:00", "12:00"),
            chicago("2026-06-11", "12:00"), id="over midnight, before",
        ),
        pytest.param(
            chicago("2026-06-10", "11:00"), barred("22:00", "12:00"), NOON, id="and after"
        ),
        pytest.param(
            chicago("2026-06-15", "01:00"), barred("22:00", "02:00", days=SUNDAY),
            chicago("2026-06-15", "02:00"), id="the night that began on Sunday",
        ),
        pytest.param(
            chicago("2026-06-14", "01:00"), barred("22:00", "02:00", days=SUNDAY), None,
            id="not the night before",
        ),
        pytest.param(
            NOON, barred("11:00", "13:00", at=NOON + timedelta(seconds=1)), None, id="not known yet"
        ),
        pytest.param(
            NOON, barred("11:00", "13:00", expires=NOON), None, id="over"
        ),
        pytest.param(
            NOON, barred("11:00", "13:00", expires=NOON + timedelta(minutes=5)),
            NOON + timedelta(minutes=5), id="over soon",
        ),
    ],
)  # fmt: skip
def test_a_barred_time_waits_for_its_end(
    at: datetime, window: Preference, until: datetime | None
) -> None:
    decision = judge(an_action(at=at), some_facts(preferences=(window,)), a_respect())

    assert decision.until == until
    assert codes(decision) == (["person_preference.barred_time"] if until else [])


def test_barred_times_that_meet_are_one() -> None:
    windows = (barred("11:00", "13:00"), barred("13:00", "14:30"), barred("15:00", "16:00"))

    decision = judge(an_action(), some_facts(preferences=windows), a_respect())

    assert decision.until == chicago("2026-06-10", "14:30")


def test_a_time_is_barred_where_any_plausible_zone_says_so() -> None:
    facts = some_facts(
        zones=["America/Chicago", "America/New_York"], preferences=(barred("13:00", "14:00"),)
    )

    # One o'clock in New York, then one o'clock in Chicago.
    assert judge(an_action(), facts, a_respect()).until == utc("2026-06-10", "19:00")


def test_a_time_somewhere_unknown_is_barred() -> None:
    facts = some_facts(zones=[], preferences=(barred("13:00", "14:00"),))

    assert codes(judge(an_action(), facts, a_respect())) == ["person_preference.zone_unknown"]


def test_times_that_leave_nothing_block() -> None:
    decision = judge(an_action(), some_facts(preferences=(barred("00:00", "24:00"),)), a_respect())

    assert decision.verdict is Verdict.BLOCK
    assert codes(decision) == ["person_preference.barred_time"]


def test_a_clock_change_never_shortens_what_is_barred() -> None:
    # On 1 November the hour from one to two comes twice.
    facts = some_facts(preferences=(barred("00:00", "01:30"),))
    at = utc("2026-11-01", "07:15")  # 01:15 again, after it was 01:59 once

    decision = judge(an_action(at=at), facts, a_respect())

    assert decision.until == utc("2026-11-01", "07:30")


WORK = {"W1": Endpoint(kind="work_phone"), "P1": Endpoint(kind="mobile")}


@pytest.mark.parametrize(
    ("asked", "action", "cause"),
    [
        pytest.param({"place": "work"}, {"endpoint": "W1"}, "place", id="place by its address"),
        pytest.param({"place": "work"}, {"place": "work"}, "place", id="place by name"),
        pytest.param({"place": "work"}, {"endpoint": "P1"}, None, id="elsewhere"),
        pytest.param({"place": "work"}, {"endpoint": "X"}, "place", id="an address nobody knows"),
        pytest.param({"channel": "call"}, {}, "channel", id="channel"),
        pytest.param({"channel": "call"}, {"channel": "voicemail"}, "channel", id="voicemail"),
        pytest.param({"channel": "sms"}, {}, None, id="another channel"),
        pytest.param({"channel": "phone"}, {}, "channel", id="whatever reaches the telephone"),
        pytest.param({"endpoint": "P1"}, {"endpoint": "P1"}, "endpoint", id="address"),
        pytest.param({"endpoint": "P1"}, {}, "endpoint", id="no address chosen yet"),
        pytest.param({"endpoint": "P1"}, {"endpoint": "W1"}, None, id="another address"),
        pytest.param(
            {"channel": "call", "start_minute": 600, "end_minute": 660}, {}, None,
            id="a channel, at another time",
        ),
    ],
)  # fmt: skip
def test_what_is_barred_always(
    asked: dict[str, Any], action: dict[str, Any], cause: str | None
) -> None:
    facts = some_facts(preferences=(Preference(ASKED, **asked),), endpoints=WORK)

    decision = judge(an_action(**action), facts, a_respect())

    assert codes(decision) == ([f"person_preference.barred_{cause}"] if cause else [])
    assert decision.verdict is (Verdict.BLOCK if cause else Verdict.ALLOW)


def test_a_rule_may_respect_one_sort_of_request_only() -> None:
    facts = some_facts(
        preferences=(Preference(ASKED, channel="call"), barred("11:00", "13:00")), endpoints=WORK
    )

    assert judge(an_action(), facts, a_respect(respects=["time"])).until == chicago(
        "2026-06-10", "13:00"
    )
    assert judge(an_action(), facts, a_respect(respects=["place"])).verdict is Verdict.ALLOW
    assert judge(an_action(), facts, a_respect(places=["work"])).verdict is Verdict.ALLOW


def test_somebody_who_asked_for_nothing_is_free() -> None:
    assert judge(an_action(), some_facts(), a_respect()).verdict is Verdict.ALLOW


TEN_DAYS = {"ttl": {"n": 10, "unit": "days", "day_one": "next_date"}}
CONFIRMED = {**TEN_DAYS, "confirm_within": {"n": 7, "unit": "days"}}


@pytest.mark.parametrize(
    ("rule", "asked", "until"),
    [
        pytest.param(TEN_DAYS, {}, chicago("2026-06-12", "00:00"), id="said: ten days"),
        pytest.param(
            {"ttl": {"n": 10, "unit": "days"}}, {}, chicago("2026-06-11", "00:00"),
            id="that day the first",
        ),
        pytest.param({}, {}, None, id="no term: until changed"),
        pytest.param(TEN_DAYS, {"form": "written"}, None, id="written: until changed"),
        pytest.param(TEN_DAYS, {"form": ""}, None, id="form unknown: until changed"),
        pytest.param(
            TEN_DAYS, {"confirmed_at": chicago("2026-06-09")}, None, id="confirmed at any time"
        ),
        pytest.param(
            CONFIRMED, {"confirmed_at": chicago("2026-06-08", "23:00")}, None, id="in time"
        ),
        pytest.param(
            CONFIRMED, {"confirmed_at": chicago("2026-06-09", "00:00")},
            chicago("2026-06-12", "00:00"), id="too late",
        ),
        pytest.param(
            TEN_DAYS, {"confirmed_at": NOON + timedelta(seconds=1)},
            chicago("2026-06-12", "00:00"), id="not yet",
        ),
        pytest.param(
            TEN_DAYS, {"expires": chicago("2026-06-11")}, chicago("2026-06-11"), id="ends sooner"
        ),
    ],
)  # fmt: skip
def test_how_long_a_request_lasts(
    rule: dict[str, Any], asked: dict[str, Any], until: datetime | None
) -> None:
    given = {"at": chicago("2026-06-01", "10:00"), "place": "work", "form": "oral", **asked}
    facts = some_facts(preferences=(Preference(**given),), endpoints=WORK)

    decision = judge(an_action(endpoint="W1"), facts, a_respect(places=["work"], **rule))

    assert decision.until == until
    assert decision.verdict is (Verdict.DEFER if until else Verdict.BLOCK)


def test_a_request_that_has_lapsed_bars_nothing() -> None:
    asked = Preference(chicago("2026-05-01"), place="work", form="oral")
    facts = some_facts(preferences=(asked,), endpoints=WORK)

    assert judge(an_action(endpoint="W1"), facts, a_respect(**TEN_DAYS)).verdict is Verdict.ALLOW


QUOTA = {"quota": {"hours": 28, "period": "week"}}


@pytest.mark.parametrize(
    ("first", "second", "allowed"),
    [
        pytest.param("00:00-03:00", "11:00-12:00", False, id="exactly 28 hours"),
        pytest.param("00:00-03:01", "11:00-12:00", True, id="a minute above"),
        pytest.param("11:00-13:00", "12:00-15:00", False, id="what overlaps counts once"),
    ],
)
def test_a_quota_binds_what_was_asked_for_first(first: str, second: str, allowed: bool) -> None:
    windows = (
        barred(*second.split("-"), at=ASKED + timedelta(days=1)),
        barred(*first.split("-")),
    )
    at = chicago("2026-06-10", second[:5])

    decision = judge(
        an_action(at=at + timedelta(minutes=30)),
        some_facts(preferences=windows),
        a_respect(**QUOTA),
    )

    assert (decision.verdict is Verdict.ALLOW) is allowed


def test_a_night_over_the_end_of_the_week_counts_in_full() -> None:
    nights = barred("20:00", "00:01", days=SUNDAY)
    facts = some_facts(preferences=(nights,))
    at = chicago("2026-06-14", "21:00")

    assert (
        judge(an_action(at=at), facts, a_respect(quota={"hours": 4, "period": "week"})).verdict
        is Verdict.ALLOW
    )
    assert (
        judge(an_action(at=at), facts, a_respect(quota={"hours": 5, "period": "week"})).verdict
        is Verdict.DEFER
    )


def test_channels_use_nothing_of_a_quota() -> None:
    facts = some_facts(preferences=(Preference(ASKED, channel="call"),))

    assert judge(an_action(), facts, a_respect(**QUOTA)).verdict is Verdict.BLOCK


@pytest.mark.parametrize(
    ("ledger", "purpose", "code"),
    [
        pytest.param(["in"], "reply_to_debtor", None, id="one answer"),
        pytest.param(["in", "out"], "reply_to_debtor", "already_answered", id="answered"),
        pytest.param(["in"], "collection", "barred_time", id="no answer"),
        pytest.param([], "reply_to_debtor", "barred_time", id="nobody wrote"),
    ],
)
def test_whoever_writes_at_such_a_time_may_be_answered_once(
    ledger: list[str], purpose: str, code: str | None
) -> None:
    contacts = tuple(
        a_call(NOON - timedelta(minutes=9 - i), "sent", direction=direction)
        for i, direction in enumerate(ledger)
    )
    facts = some_facts(ledger=contacts, preferences=(barred("11:00", "13:00"),))

    decision = judge(an_action(purpose=purpose), facts, a_respect(exceptions=["respond_once"]))

    assert codes(decision) == ([f"person_preference.{code}"] if code else [])
    assert judge(an_action(purpose=purpose), facts, a_respect()).verdict is Verdict.DEFER


def a_promise_rule(**given: Any) -> Any:
    return a_rule("person_preference", kind="promise", **given)


@pytest.mark.parametrize(
    ("promise", "until"),
    [
        pytest.param({}, chicago("2026-06-26", "00:00"), id="the day after"),
        pytest.param({"on": date(2026, 6, 9)}, None, id="it is over"),
        pytest.param({"on": date(2026, 6, 10)}, chicago("2026-06-11", "00:00"), id="today"),
        pytest.param({"debts": frozenset({"D2"})}, None, id="another debt"),
        pytest.param({"at": NOON + timedelta(seconds=1)}, None, id="not known yet"),
        pytest.param({"ended_at": NOON}, None, id="broken or kept"),
        pytest.param(
            {"ended_at": NOON + timedelta(seconds=1)}, chicago("2026-06-26", "00:00"),
            id="not known to be broken",
        ),
    ],
)  # fmt: skip
def test_a_promise_waits_for_its_date(promise: dict[str, Any], until: datetime | None) -> None:
    given = {"at": ASKED, "on": date(2026, 6, 25), **promise}
    facts = some_facts(promises=(PromisedDate(**given),))

    decision = judge(an_action(), facts, a_promise_rule())

    assert decision.until == until
    assert codes(decision) == (["person_preference.promised"] if until else [])


@pytest.mark.parametrize(("days", "waits"), [(36, True), (35, False)])
def test_a_date_too_far_ahead_is_no_promise(days: int, waits: bool) -> None:
    facts = some_facts(promises=(PromisedDate(ASKED, date(2026, 6, 25)),))

    rule = a_promise_rule(max_ahead={"n": days, "unit": "days"})

    assert (judge(an_action(), facts, rule).verdict is Verdict.DEFER) is waits
