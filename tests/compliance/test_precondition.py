"""What must have happened first: notices, dates, conversations, recorded facts."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from outreach.compliance import compile_packs, needed_content, needed_sender
from outreach.compliance.pack import Pack
from outreach.domain.decisions import Verdict
from outreach.domain.known import UNKNOWN, Debt, Notice
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
DAYS = {"n": 6, "unit": "days"}


def a_condition(**given: Any) -> Any:
    return a_rule("precondition", **{"event": {"notice": ["start"]}, **given})


def told(at: datetime, kind: str = "start", **given: Any) -> Notice:
    return Notice(kind, at, **given)


@pytest.mark.parametrize(
    ("notices", "code", "needs"),
    [
        pytest.param([], "missing", "start", id="none"),
        pytest.param([told(NOON, "other")], "missing", "start", id="another"),
        pytest.param([told(NOON + timedelta(seconds=1))], "missing", "start", id="not known yet"),
        pytest.param([told(NOON, undeliverable=True)], "undeliverable", "start", id="returned"),
        pytest.param([told(NOON, debts=frozenset({"D2"}))], "missing", "start", id="another debt"),
        pytest.param([told(NOON)], None, "", id="just now"),
        pytest.param([told(NOON, debts=frozenset({"D1"}))], None, "", id="about this debt"),
        pytest.param(
            [told(NOON, undeliverable=True), told(NOON)], None, "", id="sent again and arrived"
        ),
    ],
)
def test_a_notice_must_have_arrived(notices: list[Notice], code: str | None, needs: str) -> None:
    decision = judge(an_action(), some_facts(notices=tuple(notices)), a_condition())

    assert codes(decision) == ([f"precondition.{code}"] if code else [])
    assert decision.needs == ((needs,) if needs else ())


def test_any_notice_may_do() -> None:
    rule = a_condition(event={"notice": ["any"]})

    assert judge(an_action(), some_facts(notices=(told(NOON, ""),)), rule).verdict is Verdict.ALLOW
    decision = judge(an_action(), some_facts(), rule)
    assert decision.needs == ("notice",)


def test_a_rule_may_say_what_it_needs() -> None:
    decision = judge(an_action(), some_facts(), a_condition(needs="prior notice"))

    assert decision.needs == ("prior notice",)


@pytest.mark.parametrize(
    ("rule", "at", "until"),
    [
        pytest.param({}, chicago("2026-06-05", "10:00"), chicago("2026-06-11", "00:00"), id="6 d"),
        pytest.param({}, chicago("2026-06-04", "23:59"), None, id="over"),
        pytest.param(
            {"day_one": "next_date"}, chicago("2026-06-04", "23:59"),
            chicago("2026-06-11", "00:00"), id="the next date is the first",
        ),
        pytest.param(
            {"min_elapsed": {"n": 48, "unit": "hours"}}, chicago("2026-06-09", "10:00"),
            chicago("2026-06-11", "10:00"), id="hours",
        ),
        pytest.param(
            {"zone": "Asia/Shanghai"}, chicago("2026-06-05", "10:00"), utc("2026-06-10", "16:00"),
            id="a fixed zone: until midnight in Shanghai, which was before noon in Chicago",
        ),
    ],
)  # fmt: skip
def test_it_must_be_long_enough_ago(
    rule: dict[str, Any], at: datetime, until: datetime | None
) -> None:
    given = {"min_elapsed": DAYS, **rule}
    now = NOON if "zone" not in rule else chicago("2026-06-10", "10:00")

    decision = judge(an_action(at=now), some_facts(notices=(told(at),)), a_condition(**given))

    assert decision.until == until
    assert codes(decision) == (["precondition.too_early"] if until else [])


@pytest.mark.parametrize(
    ("sent", "until"),
    [
        pytest.param("2026-06-05", "2026-06-10", id="Friday, Monday, Tuesday: open on Wednesday"),
        pytest.param("2026-06-06", "2026-06-11", id="Saturday counts for nothing"),
        pytest.param("2026-06-08", "2026-06-12", id="the holiday doesn't count"),
        pytest.param("2026-06-09", "2026-06-13", id="ends before a weekend"),
    ],
)
def test_business_days(sent: str, until: str) -> None:
    holidays = frozenset({date(2026, 6, 10)} if sent > "2026-06-06" else ())
    rule = a_condition(min_elapsed={"n": 3, "unit": "days"}, day_kind="business")
    facts = some_facts(notices=(told(chicago(sent, "10:00")),), holidays=holidays)

    decision = judge(an_action(at=chicago(sent, "11:00")), facts, rule)

    assert decision.until == chicago(until, "00:00")


def test_a_weekend_may_be_elsewhere_in_the_week() -> None:
    rule = a_condition(
        min_elapsed={"n": 2, "unit": "days"}, day_kind="business", weekend=["fri", "sat"]
    )
    facts = some_facts(notices=(told(chicago("2026-06-11", "10:00")),))

    decision = judge(an_action(at=chicago("2026-06-11")), facts, rule)

    # Thursday and Sunday.
    assert decision.until == chicago("2026-06-15", "00:00")


def test_business_days_need_a_calendar() -> None:
    rule = a_condition(min_elapsed={"n": 3, "unit": "days"}, day_kind="business")
    facts = some_facts(notices=(told(chicago("2026-01-05")),), holidays=None)

    decision = judge(an_action(), facts, rule)

    assert codes(decision) == ["precondition.calendar_unknown"]
    assert decision.needs == ("holiday_calendar",)


@pytest.mark.parametrize(
    ("notices", "verdict", "until"),
    [
        pytest.param([told(chicago("2026-05-31"))], Verdict.BLOCK, None, id="too old"),
        pytest.param([told(chicago("2026-06-01"))], Verdict.ALLOW, None, id="the last date"),
        pytest.param(
            [told(chicago("2026-05-31")), told(chicago("2026-06-09"))], Verdict.DEFER,
            chicago("2026-06-12", "00:00"), id="a newer one is too recent",
        ),
        pytest.param(
            [told(chicago("2026-06-05")), told(chicago("2026-06-09"))], Verdict.ALLOW, None,
            id="an older one is just right",
        ),
    ],
)  # fmt: skip
def test_it_may_become_too_old(
    notices: list[Notice], verdict: Verdict, until: datetime | None
) -> None:
    rule = a_condition(
        min_elapsed={"n": 3, "unit": "days"}, max_age={"n": 10, "unit": "days"}, needs="again"
    )

    decision = judge(an_action(), some_facts(notices=tuple(notices)), rule)

    assert (decision.verdict, decision.until) == (verdict, until)
    if verdict is Verdict.BLOCK:
        assert codes(decision) == ["precondition.expired"]
        assert decision.needs == ("again",)


def test_what_must_be_older_than_it_may_be_never_fits() -> None:
    rule = a_condition(min_elapsed={"n": 10, "unit": "days"}, max_age={"n": 3, "unit": "days"})

    decision = judge(an_action(), some_facts(notices=(told(NOON),)), rule)

    assert codes(decision) == ["precondition.expired"]


def test_of_two_zones_the_later_end_counts() -> None:
    facts = some_facts(
        notices=(told(chicago("2026-06-05")),), zones=["America/Chicago", "America/Los_Angeles"]
    )

    decision = judge(an_action(), facts, a_condition(min_elapsed=DAYS))

    assert decision.until == utc("2026-06-11", "07:00")


def test_every_debt_of_the_action_needs_its_own() -> None:
    first, second = frozenset({"D1"}), frozenset({"D2"})
    notices = (
        told(chicago("2026-06-08"), debts=first),
        told(chicago("2026-06-09"), debts=second),
    )
    rule = a_condition(min_elapsed=DAYS)

    both = judge(an_action(debts=("D1", "D2")), some_facts(notices=notices), rule)
    assert both.until == chicago("2026-06-15", "00:00")
    one = judge(an_action(debts=("D1", "D2")), some_facts(notices=notices[:1]), rule)
    assert codes(one) == ["precondition.missing"]
    none = judge(an_action(debts=()), some_facts(notices=notices), rule)
    assert none.until == chicago("2026-06-14", "00:00")


D1 = {"D1": Debt(dates={"overdue_since": chicago("2026-06-02", "00:00")}, flags={"offered": True})}


@pytest.mark.parametrize(
    ("event", "facts", "action", "met"),
    [
        pytest.param({"debt_date": ["overdue_since"]}, {"debts": D1}, {}, True, id="date of debt"),
        pytest.param({"debt_date": ["due"]}, {"debts": D1}, {}, False, id="another date"),
        pytest.param({"debt_date": ["due"]}, {}, {}, False, id="no debt known"),
        pytest.param(
            {"debt_date": ["overdue_since"]}, {"debts": {"D1": Debt(dpd=0)}}, {}, False,
            id="not overdue",
        ),
        pytest.param({"person_date": ["met"]}, {"person_dates": {"met": NOON}}, {}, True,
                     id="date of person"),
        pytest.param({"person_date": ["met"]}, {}, {}, False, id="no such date"),
        pytest.param(
            {"outcome": ["conversation"]}, {"ledger": (a_call(NOON, "conversation"),)}, {}, True,
            id="spoke to them",
        ),
        pytest.param(
            {"outcome": ["conversation"]}, {"ledger": (a_call(NOON, "pending"),)}, {}, False,
            id="a pending call is no proof",
        ),
        pytest.param(
            {"outcome": ["conversation"]},
            {"ledger": (a_call(NOON, "conversation", debts=("D2",)),)}, {}, False,
            id="spoke of another debt",
        ),
        pytest.param({"debt_flag": ["offered"]}, {"debts": D1}, {}, True, id="flag of debt"),
        pytest.param({"debt_flag": ["offered"]}, {}, {}, False, id="no debt, no flag"),
        pytest.param({"person_flag": ["f"]}, {"person_flags": {"f": True}}, {}, True,
                     id="flag of person"),
        pytest.param({"person_flag": ["f"]}, {"person_flags": {"f": UNKNOWN}}, {}, False,
                     id="unknown"),
        pytest.param({"person_flag": ["f"]}, {"person_flags": {"f": False}}, {}, False, id="no"),
        pytest.param({"lender_flag": ["f"]}, {"lender_flags": {"f": True}}, {}, True,
                     id="flag of lender"),
        pytest.param({"sender_attribute": ["recording"]}, {},
                     {"sender_attributes": {"recording": True}}, True, id="recording on"),
        pytest.param({"sender_attribute": ["recording"]}, {},
                     {"sender_attributes": {"recording": False}}, False, id="recording off"),
        pytest.param({"sender_attribute": ["recording"]}, {}, {}, False, id="nobody said"),
        pytest.param({"content": ["notice_given"]}, {}, {"content": frozenset({"notice_given"})},
                     True, id="in the contact itself"),
        pytest.param({"content": ["notice_given"]}, {}, {}, False, id="not in the contact"),
        pytest.param({"content": ["x"], "outcome": ["conversation"]},
                     {"ledger": (a_call(NOON, "conversation"),)}, {}, True, id="any one will do"),
    ],
)  # fmt: skip
def test_kinds_of_events(
    event: dict[str, Any], facts: dict[str, Any], action: dict[str, Any], met: bool
) -> None:
    decision = judge(an_action(**action), some_facts(**facts), a_condition(event=event))

    assert codes(decision) == ([] if met else ["precondition.missing"])


def test_what_is_only_known_to_be_so_needs_no_time_to_pass() -> None:
    rule = a_condition(
        event={"debt_flag": ["offered"]}, min_elapsed=DAYS, max_age=DAYS, day_kind="business"
    )

    assert judge(an_action(), some_facts(debts=D1), rule).verdict is Verdict.ALLOW


@pytest.mark.parametrize(
    ("dpd", "zone", "until"),
    [
        pytest.param(7, None, chicago("2026-06-14", "00:00"), id="since the 4th"),
        pytest.param(11, None, None, id="eleven days"),
        pytest.param(7, "Asia/Shanghai", utc("2026-06-14", "16:00"), id="by the lender's calendar"),
    ],
)
def test_days_past_due_tell_since_when(dpd: int, zone: str | None, until: datetime | None) -> None:
    rule = a_condition(
        event={"debt_date": ["overdue_since"]}, min_elapsed={"n": 10, "unit": "days"}
    )
    if zone:
        rule = a_condition(
            event={"debt_date": ["overdue_since"]},
            min_elapsed={"n": 10, "unit": "days"},
            zone=zone,
        )
    facts = some_facts(debts={"D1": Debt(dpd=dpd)}, lender_zone=zone)

    assert judge(an_action(), facts, rule).until == until


def test_something_else_may_meet_the_rule_at_once() -> None:
    rule = a_condition(
        event={"notice": ["any"]},
        min_elapsed={"n": 14, "unit": "days"},
        met_by={"outcome": ["conversation"]},
    )
    letter = (told(NOON - timedelta(days=1)),)
    talk = (a_call(NOON - timedelta(days=1), "conversation"),)

    assert judge(an_action(), some_facts(notices=letter), rule).verdict is Verdict.DEFER
    facts = some_facts(notices=letter, ledger=talk)
    assert judge(an_action(), facts, rule).verdict is Verdict.ALLOW


FIVE_DAYS = {
    "after": {"debt_date": ["first_communication_at"]},
    "within": {"n": 5, "unit": "days"},
    "day_one": "next_date",
}


@pytest.mark.parametrize(
    ("first", "allowed"),
    [
        pytest.param(None, True, id="nothing said yet"),
        pytest.param(chicago("2026-06-05", "00:00"), True, id="the fifth day after"),
        pytest.param(chicago("2026-06-04", "23:59"), False, id="the sixth"),
    ],
)
def test_a_notice_may_still_come(first: datetime | None, allowed: bool) -> None:
    dates = {"first_communication_at": first} if first else {}
    rule = a_condition(event={"debt_date": ["validation_sent_at"]}, grace=FIVE_DAYS)
    facts = some_facts(debts={"D1": Debt(dates=dates)})

    assert (judge(an_action(), facts, rule).verdict is Verdict.ALLOW) is allowed


def test_the_packs_say_what_would_meet_them() -> None:
    rules = (
        a_condition(event={"content": ["notice_given"]}),
        a_condition(event={"sender_attribute": ["recording"]}),
    )
    packs = compile_packs([Pack(id="x", version="2026.11", rules=rules)])

    assert needed_content(an_action(), some_facts(), packs) == {"notice_given"}
    assert needed_sender(an_action(), some_facts(), packs) == {"recording": True}
