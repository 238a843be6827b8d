"""Caps and cool-downs: what counts, against what, and when there is room again."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from outreach.domain.decisions import Verdict
from outreach.domain.known import Consent, Debt, Endpoint, Facts, LedgerEntry, words_of_kind
from tests.compliance.builders import a_call, a_rule, an_action, chicago, judge, some_facts, utc

NOON = chicago("2026-06-10")
COUNTED = ["no_answer", "conversation"]


def a_cap(**given: Any) -> Any:
    defaults: dict[str, Any] = {
        "limit": 2,
        "window": {"n": 7, "unit": "days"},
        "count": {"channel": "call", "outcome": COUNTED},
    }
    return a_rule("rolling_cap", **{**defaults, **given})


def two_calls(**given: Any) -> tuple[LedgerEntry, ...]:
    return (
        a_call(chicago("2026-06-04", "10:00"), **given),
        a_call(chicago("2026-06-08", "10:00"), **given),
    )


@pytest.mark.parametrize(
    ("at", "until"),
    [
        pytest.param(NOON, chicago("2026-06-11", "00:00"), id="the seventh date still counts"),
        pytest.param(chicago("2026-06-11", "00:00"), None, id="the eighth does not"),
    ],
)
def test_a_window_of_dates_moves_at_midnight(at: datetime, until: datetime | None) -> None:
    assert judge(an_action(at=at), some_facts(ledger=two_calls()), a_cap()).until == until


@pytest.mark.parametrize(
    ("at", "until"),
    [
        pytest.param(
            chicago("2026-06-11", "09:59:59.999999"), chicago("2026-06-11", "10:00"), id="inside"
        ),
        pytest.param(chicago("2026-06-11", "10:00"), None, id="exactly 168 h old"),
    ],
)
def test_a_window_of_time_counts_to_the_microsecond(at: datetime, until: datetime | None) -> None:
    rule = a_cap(basis="duration")

    assert judge(an_action(at=at), some_facts(ledger=two_calls()), rule).until == until


def test_a_window_of_hours_never_counts_dates() -> None:
    ledger = (a_call(NOON - timedelta(hours=3)), a_call(NOON - timedelta(hours=1)))
    rule = a_cap(window={"n": 4, "unit": "hours"})

    assert judge(an_action(), some_facts(ledger=ledger), rule).until == NOON + timedelta(hours=1)


@pytest.mark.parametrize(
    ("entry", "counts"),
    [
        pytest.param({}, True, id="as selected"),
        pytest.param({"outcome": "pending"}, True, id="pending may have become any outcome"),
        pytest.param({"outcome": "released"}, False, id="released was never placed"),
        pytest.param({"outcome": "not_connected"}, False, id="an outcome not selected"),
        pytest.param({"channel": "sms"}, False, id="another channel"),
        pytest.param(
            {"channel": "sms", "outcome": "pending"}, False, id="another channel, pending"
        ),
        pytest.param({"direction": "in"}, False, id="the person's own call"),
        pytest.param({"debts": ("D2",)}, False, id="another debt"),
        pytest.param({"debts": ("D1", "D2")}, True, id="several debts count for each"),
    ],
)
def test_what_counts(entry: dict[str, Any], counts: bool) -> None:
    one = a_call(NOON - timedelta(days=1), **{"outcome": "no_answer", **entry})
    ledger = (a_call(NOON - timedelta(days=2)), one)

    decision = judge(an_action(), some_facts(ledger=ledger), a_cap())

    assert (decision.verdict is Verdict.DEFER) is counts


def test_a_contact_of_the_future_is_not_known() -> None:
    ledger = (a_call(NOON - timedelta(days=2)), a_call(NOON + timedelta(seconds=1)))

    assert judge(an_action(), some_facts(ledger=ledger), a_cap()).verdict is Verdict.ALLOW


def test_calls_not_connected_are_left_out_on_request() -> None:
    ledger = two_calls(outcome="not_connected")
    count = {"channel": "call"}

    assert judge(an_action(), some_facts(ledger=ledger), a_cap(count=count)).until
    rule = a_cap(count=count, exclude=["not_connected"])
    assert judge(an_action(), some_facts(ledger=ledger), rule).verdict is Verdict.ALLOW


@pytest.mark.parametrize(
    ("entry", "endpoint", "counts"),
    [
        pytest.param({"endpoint": "P1"}, Endpoint(), True, id="the person's own number"),
        pytest.param({}, Endpoint(), True, id="no number noted"),
        pytest.param({"endpoint": "P1"}, Endpoint(not_persons_at=NOON), False, id="learned by now"),
        pytest.param(
            {"endpoint": "P1", "excluded_reason": "endpoint_not_persons"},
            Endpoint(not_persons_at=NOON + timedelta(hours=1)),
            True,
            id="not learned yet",
        ),
        pytest.param(
            {"excluded_reason": "endpoint_not_persons"}, Endpoint(), False, id="noted on the call"
        ),
    ],
)
def test_calls_to_strangers_are_left_out(
    entry: dict[str, Any], endpoint: Endpoint, counts: bool
) -> None:
    facts = some_facts(ledger=two_calls(**entry), endpoints={"P1": endpoint})

    decision = judge(an_action(), facts, a_cap(exclude=["endpoint_not_persons"]))

    assert (decision.verdict is Verdict.DEFER) is counts


@pytest.mark.parametrize(
    ("consent", "counts"),
    [
        pytest.param({}, False, id="called within 7 dates of the consent"),
        pytest.param({"kind": "sms_consent"}, True, id="another kind of consent"),
        pytest.param({"at": chicago("2026-05-28")}, True, id="consent lapsed before the calls"),
        pytest.param({"at": chicago("2026-06-09")}, True, id="consent came after the calls"),
        pytest.param({"channel": "sms"}, True, id="for another channel"),
        pytest.param({"endpoint": "P2"}, True, id="for another number"),
        pytest.param({"debts": frozenset({"D2"})}, True, id="about another debt"),
    ],
)
def test_calls_on_consent_are_left_out(consent: dict[str, Any], counts: bool) -> None:
    given = {"kind": "direct_call_consent", "at": chicago("2026-06-03"), **consent}
    facts = some_facts(ledger=two_calls(), consents=(Consent(**given),))

    decision = judge(an_action(), facts, a_cap(exclude=["within_direct_consent_7d"]))

    assert (decision.verdict is Verdict.DEFER) is counts


def test_calls_marked_as_consented_are_left_out() -> None:
    facts = some_facts(ledger=two_calls(excluded_reason="within_direct_consent_7d"))

    decision = judge(an_action(), facts, a_cap(exclude=["within_direct_consent_7d"]))

    assert decision.verdict is Verdict.ALLOW


@pytest.mark.parametrize(
    ("ours", "theirs", "pool", "counts"),
    [
        pytest.param("A", "A", "collector", True, id="our own"),
        pytest.param("A", "B", "collector", False, id="another collector's"),
        pytest.param("A", "B", "principal_and_agents", True, id="pooled"),
        pytest.param(None, "B", "collector", True, id="we don't know who we are"),
        pytest.param("A", None, "collector", True, id="we don't know who it was"),
    ],
)
def test_whose_contacts_count(
    ours: str | None, theirs: str | None, pool: str, counts: bool
) -> None:
    facts = some_facts(ledger=two_calls(sender=theirs))

    decision = judge(an_action(sender=ours), facts, a_cap(pool=pool))

    assert (decision.verdict is Verdict.DEFER) is counts


GROUPS = {"D1": Debt(group="ACC"), "D2": Debt(group="ACC"), "D3": Debt()}


@pytest.mark.parametrize(
    ("unit", "debts", "entry", "counts"),
    [
        pytest.param("person", ("D9",), {}, True, id="person: every debt"),
        pytest.param("debt_group", ("D2",), {}, True, id="group: its other debts"),
        pytest.param("debt_group", ("D3",), {"debts": ("D3",)}, False, id="group: none, no count"),
        pytest.param("debt_group", ("D9",), {"debts": ("D9",)}, False, id="group: unknown debt"),
        pytest.param("account", ("D2",), {}, True, id="account: the group"),
        pytest.param("account", ("D3",), {"debts": ("D3",)}, True, id="account: a lone debt"),
        pytest.param("account", ("D9",), {}, False, id="account: unknown debt is its own"),
        pytest.param("endpoint", ("D1",), {"endpoint": "P1"}, True, id="endpoint: the same"),
        pytest.param("endpoint", ("D1",), {"endpoint": "P2"}, False, id="endpoint: another"),
        pytest.param("endpoint", ("D1",), {}, True, id="endpoint: not noted"),
    ],
)
def test_units(unit: str, debts: tuple[str, ...], entry: dict[str, Any], counts: bool) -> None:
    facts = some_facts(ledger=two_calls(**entry), debts=GROUPS)

    decision = judge(an_action(debts=debts, endpoint="P1"), facts, a_cap(unit=unit))

    assert (decision.verdict is Verdict.DEFER) is counts


def test_an_action_without_an_address_counts_against_all_addresses() -> None:
    facts = some_facts(ledger=two_calls(endpoint="P2"))

    assert judge(an_action(), facts, a_cap(unit="endpoint")).verdict is Verdict.DEFER


def test_a_contact_may_count_for_its_first_debt_only() -> None:
    facts = some_facts(ledger=two_calls(debts=("D2", "D1")))

    assert judge(an_action(), facts, a_cap()).verdict is Verdict.DEFER
    assert judge(an_action(), facts, a_cap(multi_debt="primary")).verdict is Verdict.ALLOW


def test_the_last_of_several_debts_to_clear_decides() -> None:
    ledger = (
        *two_calls(),
        a_call(chicago("2026-06-07"), debts=("D2",)),
        a_call(chicago("2026-06-09"), debts=("D2",)),
        a_call(chicago("2026-06-01"), debts=("D3",)),
    )

    decision = judge(an_action(debts=("D2", "D1", "D3")), some_facts(ledger=ledger), a_cap())

    assert decision.until == chicago("2026-06-14", "00:00")
    assert decision.reasons[0].parameters == {"limit": 2, "counted": 2, "unit": "debt"}


def test_of_two_zones_the_later_clearing_counts() -> None:
    facts = some_facts(ledger=two_calls(), zones=["America/New_York", "America/Los_Angeles"])

    assert judge(an_action(), facts, a_cap()).until == utc("2026-06-11", "07:00")


def test_with_no_zone_the_last_date_on_earth_counts() -> None:
    facts = some_facts(ledger=two_calls(), zones=[])

    assert judge(an_action(), facts, a_cap()).until == utc("2026-06-11", "12:00")


def test_a_fixed_zone_sets_the_dates() -> None:
    rule = a_cap(zone="Asia/Shanghai")

    decision = judge(an_action(), some_facts(ledger=two_calls()), rule)

    # Noon in Chicago on the 10th is the 11th in Shanghai; the oldest call was on its 4th.
    assert decision.verdict is Verdict.ALLOW


def a_daily_cap(**given: Any) -> Any:
    return a_rule("calendar_cap", **{"limit": 2, "period": "day", "count": {}, **given})


@pytest.mark.parametrize(
    ("period", "week_start", "until"),
    [
        pytest.param("day", "mon", chicago("2026-06-11", "00:00"), id="day"),
        pytest.param("week", "mon", chicago("2026-06-15", "00:00"), id="week"),
        pytest.param("week", "sun", chicago("2026-06-14", "00:00"), id="week from Sunday"),
        pytest.param("month", "mon", chicago("2026-07-01", "00:00"), id="month"),
    ],
)
def test_a_calendar_cap_clears_with_the_next_period(
    period: str, week_start: str, until: datetime
) -> None:
    ledger = (a_call(NOON - timedelta(hours=1)), a_call(NOON - timedelta(hours=2)))
    rule = a_daily_cap(period=period, week_start=week_start)

    assert judge(an_action(), some_facts(ledger=ledger), rule).until == until


def test_a_calendar_cap_forgets_the_period_before() -> None:
    ledger = (a_call(chicago("2026-06-09", "23:59")), a_call(NOON - timedelta(hours=2)))

    assert judge(an_action(), some_facts(ledger=ledger), a_daily_cap()).verdict is Verdict.ALLOW
    assert judge(an_action(), some_facts(), a_daily_cap()).verdict is Verdict.ALLOW


def test_a_calendar_cap_may_be_in_a_fixed_zone() -> None:
    ledger = (a_call(NOON - timedelta(minutes=1)), a_call(NOON - timedelta(minutes=2)))

    decision = judge(an_action(), some_facts(ledger=ledger), a_daily_cap(zone="Asia/Shanghai"))

    assert decision.until == utc("2026-06-11", "16:00")


def a_wait(**given: Any) -> Any:
    defaults: dict[str, Any] = {
        "outcomes": ["conversation", "inbound_conversation"],
        "duration": {"n": 7, "unit": "days"},
    }
    return a_rule("cooldown_after_outcome", **{**defaults, **given})


def talked(**given: Any) -> Facts:
    return some_facts(ledger=(a_call(chicago("2026-06-05", "20:30"), "conversation", **given),))


@pytest.mark.parametrize(
    ("rule", "until"),
    [
        pytest.param({}, chicago("2026-06-12", "00:00"), id="the day of the talk is day 1"),
        pytest.param(
            {"day_one": "next_date"}, chicago("2026-06-13", "00:00"), id="the next day is day 1"
        ),
        pytest.param({"basis": "duration"}, chicago("2026-06-12", "20:30"), id="to the second"),
        pytest.param(
            {"duration": {"n": 120, "unit": "hours"}}, chicago("2026-06-10", "20:30"), id="hours"
        ),
        pytest.param({"zone": "Asia/Shanghai"}, utc("2026-06-12", "16:00"), id="fixed zone"),
        pytest.param({"duration": {"n": 5, "unit": "days"}}, None, id="over by now"),
        pytest.param({"channels": ["sms"]}, None, id="another channel's talk"),
        pytest.param({"directions": ["in"]}, None, id="the other direction"),
        pytest.param({"recipient_roles": ["spouse"]}, None, id="with somebody else"),
        pytest.param({"outcomes": ["third_party_spoken"]}, None, id="another outcome"),
    ],
)
def test_a_wait_after_a_conversation(rule: dict[str, Any], until: datetime | None) -> None:
    assert judge(an_action(), talked(), a_wait(**rule)).until == until


def test_a_pending_call_may_have_become_a_conversation() -> None:
    facts = some_facts(ledger=(a_call(chicago("2026-06-10", "11:00"), "pending"),))

    assert judge(an_action(), facts, a_wait()).until == chicago("2026-06-17", "00:00")


def test_a_wait_is_about_the_debts_talked_of() -> None:
    assert judge(an_action(debts=("D2",)), talked(), a_wait()).verdict is Verdict.ALLOW
    assert judge(an_action(debts=("D2", "D1")), talked(), a_wait()).verdict is Verdict.DEFER


def test_another_collectors_conversation_starts_no_wait_unless_pooled() -> None:
    action = an_action(sender="B")

    assert judge(action, talked(sender="A"), a_wait()).verdict is Verdict.ALLOW
    pooled = a_wait(pool="principal_and_agents")
    assert judge(action, talked(sender="A"), pooled).verdict is Verdict.DEFER


def test_the_newest_conversation_decides() -> None:
    ledger = (
        a_call(chicago("2026-06-08", "10:00"), "conversation"),
        a_call(chicago("2026-06-05", "10:00"), "conversation"),
        a_call(chicago("2026-06-06", "10:00"), "conversation", debts=("D2",)),
    )

    decision = judge(an_action(debts=("D1", "D2")), some_facts(ledger=ledger), a_wait())

    assert decision.until == chicago("2026-06-15", "00:00")


def test_a_kind_keeps_its_words() -> None:
    entry = a_call(NOON, purpose="collection")

    assert entry.kind == a_call(NOON, purpose="collection").kind
    assert words_of_kind(entry.kind) == (
        "call",
        "out",
        "no_answer",
        "collection",
        "debtor",
        None,
        None,
    )
