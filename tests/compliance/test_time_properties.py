"""What holds for every rule about times and counts, whatever the facts."""

from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from outreach.compliance.clock import minutes_of
from outreach.compliance.counting import EXCLUSIONS, UNITS
from outreach.compliance.opening import WEEKDAYS
from outreach.compliance.pack import Rule
from outreach.domain.decisions import ProposedAction, Verdict
from outreach.domain.known import (
    Agreement,
    Consent,
    Debt,
    Endpoint,
    Facts,
    InboundMessage,
    LedgerEntry,
    Notice,
    Preference,
    PromisedDate,
    ZoneEvidence,
)
from tests.compliance.builders import a_rule, an_action, judge, some_facts

# Among them zones whose clocks change, one of them at midnight, and one that never does.
ZONES = (
    "America/New_York",
    "America/Santiago",
    "Europe/London",
    "Australia/Lord_Howe",
    "Asia/Shanghai",
)
START = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
CHANNELS = ["call", "sms", "email"]
OUTCOMES = ["no_answer", "not_connected", "conversation", "pending", "released", "undelivered"]
DEBTS = [("D1",), ("D2",), ("D1", "D2")]
ADDRESSES = {
    "P1": Endpoint(kind="mobile"),
    "W1": Endpoint(kind="work_phone"),
    "H1": Endpoint(kind="landline_residential"),
}


def any_of(*values: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(values)


def clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def window_lists() -> st.SearchStrategy[list[list[str]]]:
    """Return open spans of a day: a wide one, perhaps cut in two, or none at all."""
    opens, closes = st.integers(0, 12 * 60), st.integers(12 * 60, 24 * 60)
    pause = any_of([], [["11:00", "14:00"]])
    return st.just([]) | st.builds(
        lambda first, last, cut: (
            [[clock(first), clock(last)]]
            if not cut or first >= 11 * 60 or last <= 14 * 60
            else [[clock(first), "11:00"], ["14:00", clock(last)]]
        ),
        opens,
        closes,
        pause,
    )


def zoning() -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "tz_basis": any_of(["address"], ["declared", "address", "area_code"], ["lender"],
                               ["area_code_presumption"], ["fixed"]),
            "multi_zone": any_of("all", "any"),
            "zone": any_of(*ZONES),
        }
    )  # fmt: skip


def counting() -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {"unit": any_of(*UNITS)},
        optional={
            "zone": any_of(*ZONES),
            "pool": any_of("collector", "principal_and_agents"),
            "exclude": st.lists(any_of(*EXCLUSIONS), max_size=3),
            "multi_debt": any_of("each", "primary"),
            "after_outcome": st.just(["conversation"]),
            "basis": any_of("local_date", "duration"),
            "count": any_of(
                {"channel": ["call", "sms"]},
                {"outcome": ["conversation", "no_answer"]},
                {"direction": ["in", "out"]},
                {"place": ["work"]},
            ),
        },
    )


def term(most: int = 9) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"n": st.integers(1, most), "unit": any_of("days", "hours")})


days = st.fixed_dictionaries({"n": st.integers(1, 20), "unit": st.just("days")})
RULES: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "quiet_hours": st.builds(
        lambda windows, zones, more: {"windows": windows, **zones, **more},
        st.dictionaries(any_of("all", "weekend", "sun", "holiday"), window_lists(), min_size=1),
        zoning(),
        st.fixed_dictionaries(
            {},
            optional={
                "end_guard": st.integers(0, 60),
                "time_of": any_of("send", "deliver"),
                "exceptions": any_of(["respond_once"], ["agreed_hours"]),
            },
        ),
    ),
    "holiday_block": st.builds(
        lambda kinds, zones, more: {"day_types": kinds, **zones, **more},
        st.lists(any_of("holiday", "sat", "sun"), min_size=1, unique=True),
        zoning(),
        st.fixed_dictionaries({}, optional={"replace_windows": window_lists()}),
    ),
    "rolling_cap": st.builds(
        lambda limit, window, more: {"limit": limit, "window": window, **more},
        st.integers(1, 3), term(), counting(),
    ),
    "calendar_cap": st.builds(
        lambda limit, period, week, more: {
            "limit": limit, "period": period, "week_start": week, **more
        },
        st.integers(1, 3), any_of("day", "week", "month"), any_of(*WEEKDAYS), counting(),
    ),
    "min_gap": st.builds(
        lambda gap, more: {"gap": gap, **more},
        st.fixed_dictionaries(
            {"n": st.integers(1, 60), "unit": any_of("days", "hours", "minutes")}
        ),
        counting(),
    ),
    "cooldown_after_outcome": st.builds(
        lambda length, more: {"outcomes": ["conversation"], "duration": length, **more},
        term(),
        st.fixed_dictionaries(
            {"unit": any_of(*UNITS)},
            optional={
                "day_one": any_of("event_date", "next_date"),
                "basis": any_of("local_date", "duration"),
                "directions": st.just(["out"]),
            },
        ),
    ),
    "channel_lock": st.fixed_dictionaries(
        {"after_outcome": st.just(["conversation"]), "period": any_of("day", "week", "month")},
        optional={"unit": any_of(*UNITS), "week_start": any_of(*WEEKDAYS)},
    ),
    "precondition": st.fixed_dictionaries(
        {"event": any_of({"notice": ["start"]}, {"outcome": ["conversation"]},
                         {"debt_date": ["overdue_since"]})},
        optional={
            "min_elapsed": term(),
            "max_age": term(30),
            "day_kind": any_of("calendar", "business"),
            "day_one": any_of("event_date", "next_date"),
            "met_by": st.just({"notice": ["other"]}),
            "grace": st.just({"after": {"outcome": ["no_answer"]},
                              "within": {"n": 5, "unit": "days"}}),
        },
    ),
    "person_preference": st.fixed_dictionaries(
        {},
        optional={
            "kind": any_of("designated", "promise"),
            "ttl": days,
            "confirm_within": days,
            "quota": st.fixed_dictionaries(
                {"hours": st.integers(1, 60), "period": st.just("week")}
            ),
            "max_ahead": days,
            "exceptions": st.just(["respond_once"]),
            "respects": any_of(["time"], ["time", "place"]),
        },
    ),
}  # fmt: skip


COUNTING = ("rolling_cap", "calendar_cap", "min_gap", "cooldown_after_outcome", "channel_lock")
# The facts that bear on a rule beyond what was contacted; drawing the others only takes time.
BEARING: dict[str, tuple[str, ...]] = {
    "quiet_hours": ("holidays", "agreements", "inbound", "ledger"),
    "holiday_block": ("holidays",),
    "precondition": ("holidays", "notices", "ledger"),
    "person_preference": ("preferences", "promises", "inbound", "ledger"),
    **dict.fromkeys(COUNTING, ("ledger", "consents", "inbound")),
}


def facts_about(at: datetime) -> dict[str, st.SearchStrategy[Any]]:
    """Return a strategy for each group of facts, most of them known at an instant."""
    past = st.integers(-300, 9 * 24 * 60).map(lambda minute: at - timedelta(minutes=minute))
    weekdays = st.just(frozenset(range(7))) | st.frozensets(st.integers(0, 6), min_size=1)
    day = st.integers(-5, 30).map(lambda number: at.date() + timedelta(days=number))
    hours = st.integers(0, 24).map(lambda hour: hour * 60)

    def several(one: st.SearchStrategy[Any], most: int = 3) -> st.SearchStrategy[Any]:
        return st.lists(one, max_size=most).map(tuple)

    return {
        "holidays": st.none() | st.frozensets(day, max_size=9),
        "ledger": several(
            st.builds(
                LedgerEntry,
                at=past,
                channel=any_of(*CHANNELS),
                direction=any_of("out", "out", "in"),
                outcome=any_of(*OUTCOMES),
                debts=any_of(*DEBTS),
                endpoint=any_of(*ADDRESSES, "X"),
                purpose=any_of("collection", "reply_to_debtor", "statutory_notice"),
                sender=any_of(None, "A", "B"),
            ),
            8,
        ),
        "consents": several(
            st.builds(Consent, any_of("contact_request", "direct_call_consent"), past), 1
        ),
        "agreements": several(
            st.builds(Agreement, st.just("contact_hours"), past, hours, hours, weekdays), 2
        ),
        "inbound": several(st.builds(InboundMessage, past, any_of(*CHANNELS)), 1),
        "notices": several(st.builds(Notice, any_of("start", "other"), past, st.booleans()), 2),
        "preferences": several(
            st.builds(
                Preference,
                past,
                hours,
                hours,
                weekdays,
                place=any_of(None, None, "work"),
                form=any_of("oral", "written"),
                channel=any_of(None, None, "call"),
                expires=st.none() | past.map(lambda before: before + 3 * 24 * HOUR),
                confirmed_at=st.none() | past,
            )
        ),
        "promises": several(st.builds(PromisedDate, past, day, ended_at=st.none() | past), 2),
    }


@st.composite
def situations(draw: st.DrawFn, primitive: str) -> tuple[ProposedAction, Facts]:
    at = START + timedelta(minutes=draw(st.integers(0, 800 * 24 * 60)))
    drawn = facts_about(at)
    facts = some_facts(
        zones=[
            ZoneEvidence(zone, draw(any_of("address", "area_code")))
            for zone in draw(st.sets(any_of(*ZONES), min_size=1, max_size=2))
        ],
        lender_zone=draw(any_of(*ZONES)),
        endpoints=ADDRESSES,
        debts={"D1": Debt(dpd=draw(st.integers(0, 20)), creditor=draw(any_of(None, "A")))},
        **{name: draw(drawn[name]) for name in BEARING[primitive]},
    )
    delay = draw(st.none() | st.integers(1, 20 * 24).map(lambda hours: hours * HOUR))
    action = an_action(
        at=at,
        channel=draw(any_of(*CHANNELS)),
        purpose=draw(any_of("collection", "collection", "reply_to_debtor")),
        debts=draw(any_of(*DEBTS)),
        endpoint=draw(any_of(None, *ADDRESSES, "X")),
        sender=draw(any_of(None, "A")),
        expected_delivery=delay and at + delay,
    )
    return action, facts


def known_at(facts: Facts, at: datetime) -> Facts:
    """Keep what was known at an instant, so that asking later learns nothing new."""

    def ended(promise: PromisedDate) -> PromisedDate:
        is_known = promise.ended_at is not None and promise.ended_at <= at
        return promise if is_known else replace(promise, ended_at=None)

    def confirmed(one: Preference) -> Preference:
        is_known = one.confirmed_at is not None and one.confirmed_at <= at
        return one if is_known else replace(one, confirmed_at=None)

    return replace(
        facts,
        ledger=tuple(e for e in facts.ledger if e.at <= at),
        consents=tuple(c for c in facts.consents if c.at <= at),
        agreements=tuple(a for a in facts.agreements if a.at <= at),
        inbound=tuple(m for m in facts.inbound if m.at <= at),
        notices=tuple(n for n in facts.notices if n.at <= at),
        preferences=tuple(confirmed(p) for p in facts.preferences if p.at <= at),
        promises=tuple(ended(p) for p in facts.promises if p.at <= at),
    )


def later(action: ProposedAction, facts: Facts, at: datetime) -> tuple[ProposedAction, Facts]:
    """Move the action, and with it what is frozen while time moves: age of debt, transport."""
    expected = action.expected_delivery
    moved = replace(
        action, at=at, expected_delivery=expected and max(expected, action.at) + (at - action.at)
    )
    zone = ZoneInfo(facts.lender_zone or "UTC")
    aged = (at.astimezone(zone).date() - action.at.astimezone(zone).date()).days
    debts = {
        name: replace(debt, dpd=debt.dpd + aged if debt.dpd else debt.dpd)
        for name, debt in facts.debts.items()
    }
    return moved, replace(known_at(facts, action.at), debts=debts)


@st.composite
def rules_of(draw: st.DrawFn, primitive: str) -> Rule:
    return a_rule(primitive, **draw(RULES[primitive]))


@pytest.mark.parametrize("primitive", RULES)
@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_deferral_ends_when_the_rule_first_allows(primitive: str, data: st.DataObject) -> None:
    action, facts = data.draw(situations(primitive))
    rule = data.draw(rules_of(primitive))

    decision = judge(action, facts, rule)

    assert (decision.until is not None) is (decision.verdict is Verdict.DEFER)
    if decision.until is None:
        return
    assert decision.until > action.at
    assert judge(*later(action, facts, decision.until), rule).verdict is Verdict.ALLOW
    just_before = decision.until - timedelta(microseconds=1)
    if just_before > action.at:
        sooner = judge(*later(action, facts, just_before), rule)
        assert sooner.verdict is not Verdict.ALLOW


@pytest.mark.parametrize("primitive", RULES)
@settings(max_examples=30, deadline=None)
@given(st.data(), st.randoms(use_true_random=False))
def test_neither_the_order_of_facts_nor_what_was_unknown_matters(
    primitive: str, data: st.DataObject, random: Any
) -> None:
    action, facts = data.draw(situations(primitive))
    rule = data.draw(rules_of(primitive))
    known = known_at(facts, action.at)
    shuffled: dict[str, Any] = {
        one.name: tuple(random.sample(value, len(value)))
        for one in fields(Facts)
        if isinstance(value := getattr(known, one.name), tuple)
    }

    one, other = judge(action, facts, rule), judge(action, replace(known, **shuffled), rule)

    assert (one.verdict, one.until, one.rules) == (other.verdict, other.until, other.rules)


@pytest.mark.parametrize("primitive", COUNTING)
@settings(max_examples=30, deadline=None)
@given(st.data(), any_of("conversation", "no_answer", "sent", "not_connected"))
def test_a_pending_contact_weighs_as_much_as_any_it_may_become(
    primitive: str, data: st.DataObject, outcome: str
) -> None:
    action, facts = data.draw(situations(primitive))
    rule = data.draw(rules_of(primitive))
    assume(facts.ledger)

    def with_newest(word: str) -> Verdict:
        newest = replace(facts.ledger[0], outcome=word)
        return judge(action, replace(facts, ledger=(newest, *facts.ledger[1:])), rule).verdict

    if with_newest(outcome) is Verdict.DEFER:
        assert with_newest("pending") is Verdict.DEFER
    # And what was never placed counts for nothing.
    without = judge(action, replace(facts, ledger=facts.ledger[1:]), rule).verdict
    assert with_newest("released") is without


# The hours around every change of clocks in these zones, 2026 and 2027.
CHANGES = sorted(
    {
        at
        for zone in ZONES
        for hour in range(2 * 365 * 24)
        if (at := START + hour * HOUR).astimezone(ZoneInfo(zone)).utcoffset()
        != (at - HOUR).astimezone(ZoneInfo(zone)).utcoffset()
    }
)


@settings(max_examples=150, deadline=None)
@given(
    change=any_of(*CHANGES),
    off=st.integers(-4 * 60, 4 * 60),
    zones=st.lists(any_of(*ZONES), min_size=1, max_size=2, unique=True),
    windows=st.dictionaries(any_of("weekday", "weekend", "sun"), window_lists(), min_size=1),
)
def test_no_window_is_opened_by_a_change_of_clocks(
    change: datetime, off: int, zones: list[str], windows: dict[str, list[list[str]]]
) -> None:
    at = change + timedelta(minutes=off)
    rule = a_rule("quiet_hours", windows=windows, tz_basis=["address"])

    if judge(an_action(at=at), some_facts(zones=zones), rule).verdict is not Verdict.ALLOW:
        return

    for zone in zones:
        local = at.astimezone(ZoneInfo(zone))
        clock_shows = local.hour * 60 + local.minute
        spans = _by_the_wall(windows, local.date())
        assert any(minutes_of(a) <= clock_shows < minutes_of(b) for a, b in spans)


def _by_the_wall(windows: dict[str, list[list[str]]], day: date) -> list[list[str]]:
    sunday, weekend = day.weekday() == 6, day.weekday() >= 5
    names = ["sun"] * sunday + ["weekend" if weekend else "weekday"]
    return next((windows[name] for name in names if name in windows), [])
