"""Opening hours: boundaries, zones, clock changes, exceptions."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from outreach.compliance.clock import minutes_of
from outreach.compliance.opening import OpeningHours, days_named
from outreach.domain.decisions import Verdict
from outreach.domain.known import Agreement, InboundMessage, OptOut, ZoneEvidence
from tests.compliance.builders import a_call, a_rule, an_action, chicago, judge, some_facts, utc

DAY = {"mon-sun": [["08:00", "21:00"]]}


def a_window(**given: Any) -> Any:
    return a_rule("quiet_hours", **{"windows": DAY, "tz_basis": ["address"], **given})


@pytest.mark.parametrize(
    ("clock", "until"),
    [
        pytest.param("07:59:59.999999", chicago("2026-06-10", "08:00"), id="just before opening"),
        pytest.param("08:00", None, id="opening itself is open"),
        pytest.param("20:59:59.999999", None, id="the last microsecond is open"),
        pytest.param("21:00", chicago("2026-06-11", "08:00"), id="closing itself is closed"),
    ],
)
def test_hours_are_half_open(clock: str, until: datetime | None) -> None:
    decision = judge(an_action(at=chicago("2026-06-10", clock)), some_facts(), a_window())

    assert decision.until == until
    assert (decision.verdict is Verdict.ALLOW) == (until is None)


@pytest.mark.parametrize(
    ("at", "zones", "code", "until"),
    [
        pytest.param(
            utc("2026-06-10", "13:00"),
            ["America/New_York", "America/Los_Angeles"],
            "quiet_hours.zone_conflict",
            utc("2026-06-10", "15:00"),
            id="closed in one plausible zone closes all",
        ),
        pytest.param(
            utc("2026-06-10", "08:00"),
            ["America/New_York", "America/Los_Angeles"],
            "quiet_hours.closed",
            utc("2026-06-10", "15:00"),
            id="closed everywhere opens where it opens last",
        ),
        pytest.param(utc("2026-06-10", "18:00"), [], "quiet_hours.zone_unknown", None, id="none"),
        pytest.param(
            utc("2026-06-10", "18:00"), ["Mars/Olympus"], "quiet_hours.zone_unknown", None, id="bad"
        ),
        pytest.param(
            utc("2026-06-10", "18:00"),
            ["Mars/Olympus", "America/Chicago"],
            "quiet_hours.zone_unknown",
            None,
            id="one zone nobody knows spoils the location",
        ),
    ],
)
def test_every_plausible_zone_must_be_open(
    at: datetime, zones: list[str], code: str, until: datetime | None
) -> None:
    decision = judge(an_action(at=at), some_facts(zones=zones), a_window())

    assert [reason.code for reason in decision.reasons] == [code]
    assert decision.until == until


def test_a_conflict_of_zones_names_the_row_it_is_cited_for() -> None:
    rule = a_window(cite={"zone_conflict": "x.conflict"})
    facts = some_facts(zones=["America/New_York", "America/Los_Angeles"])

    decision = judge(an_action(at=utc("2026-06-10", "13:00")), facts, rule)

    assert decision.rules == {"x.rule", "x.conflict"}


def test_hours_that_never_overlap_block() -> None:
    facts = some_facts(zones=["Asia/Shanghai", "America/New_York"])
    rule = a_window(windows={"mon-sun": [["09:00", "10:00"]]})

    decision = judge(an_action(), facts, rule)

    assert decision.verdict is Verdict.BLOCK
    assert decision.reasons[0].code == "quiet_hours.never_open"


def test_hours_with_no_open_day_block() -> None:
    decision = judge(an_action(), some_facts(), a_window(windows={"mon-sun": []}))

    assert decision.reasons[0].code == "quiet_hours.never_open"


@pytest.mark.parametrize(
    ("zones", "expected"),
    [
        pytest.param(["America/New_York", "America/Los_Angeles"], Verdict.ALLOW, id="one is open"),
        pytest.param(["Asia/Tokyo"], Verdict.DEFER, id="none is open"),
    ],
)
def test_any_zone_is_enough_where_the_rule_says_so(zones: list[str], expected: Verdict) -> None:
    action = an_action(at=utc("2026-06-10", "13:00"))

    assert judge(action, some_facts(zones=zones), a_window(multi_zone="any")).verdict is expected


def test_any_zone_blocks_when_no_zone_ever_opens() -> None:
    decision = judge(an_action(), some_facts(), a_window(windows={"mon-sun": []}, multi_zone="any"))

    assert decision.reasons[0].code == "quiet_hours.never_open"


@pytest.mark.parametrize(
    ("basis", "evidence", "expected"),
    [
        pytest.param(
            ["address"],
            [ZoneEvidence("America/Chicago", "address"), ZoneEvidence("Asia/Tokyo", "declared")],
            Verdict.DEFER,
            id="what the person declared overrides the address",
        ),
        pytest.param(
            ["area_code_presumption"],
            [ZoneEvidence("Asia/Tokyo", "address"), ZoneEvidence("America/Chicago", "area_code")],
            Verdict.ALLOW,
            id="presumption lets the area code decide",
        ),
        pytest.param(
            ["area_code_presumption"],
            [ZoneEvidence("Asia/Tokyo", "declared"), ZoneEvidence("America/Chicago", "area_code")],
            Verdict.DEFER,
            id="presumption yields to what was declared",
        ),
        pytest.param(
            ["area_code_presumption"],
            [ZoneEvidence("Asia/Tokyo", "address"), ZoneEvidence("Asia/Seoul", "address")],
            Verdict.DEFER,
            id="presumption without an area code falls back",
        ),
        pytest.param(["fixed"], [], Verdict.ALLOW, id="a fixed zone needs no evidence"),
        pytest.param(["lender"], [], Verdict.ALLOW, id="the lender's zone"),
    ],
)
def test_zone_basis(basis: list[str], evidence: list[ZoneEvidence], expected: Verdict) -> None:
    facts = some_facts(zones=evidence, lender_zone="America/Chicago")
    rule = a_window(tz_basis=basis, zone="America/Chicago")

    assert judge(an_action(), facts, rule).verdict is expected


def test_a_lender_without_a_zone_blocks() -> None:
    decision = judge(an_action(), some_facts(), a_window(tz_basis=["lender"]))

    assert decision.reasons[0].code == "quiet_hours.zone_unknown"


def test_an_unknown_location_must_suit_all_national_zones() -> None:
    rule = a_window(
        unknown_zone="all_national_zones",
        national_zones=["America/New_York", "Pacific/Honolulu"],
    )

    decision = judge(an_action(at=utc("2026-07-01", "16:00")), some_facts(zones=[]), rule)

    assert decision.until == utc("2026-07-01", "18:00")


def test_delivery_time_counts_where_the_rule_says_so() -> None:
    at = chicago("2026-06-10", "20:55")
    action = an_action(at=at, expected_delivery=at + timedelta(minutes=10))

    assert judge(action, some_facts(), a_window()).verdict is Verdict.ALLOW
    decision = judge(action, some_facts(), a_window(time_of="deliver"))
    assert decision.until == chicago("2026-06-11", "07:50")


def test_without_an_expected_delivery_the_send_time_counts() -> None:
    action = an_action(at=chicago("2026-06-10", "20:55"))

    assert judge(action, some_facts(), a_window(time_of="deliver")).verdict is Verdict.ALLOW


def test_an_end_guard_closes_early() -> None:
    action = an_action(at=chicago("2026-06-10", "20:45"))

    decision = judge(action, some_facts(), a_window(end_guard=15))

    assert decision.until == chicago("2026-06-11", "08:00")


@pytest.mark.parametrize(
    ("holidays", "until"),
    [
        pytest.param(frozenset({date(2026, 6, 10)}), chicago("2026-06-11", "08:00"), id="holiday"),
        pytest.param(frozenset(), None, id="no holiday"),
        pytest.param(frozenset({date(2026, 6, 9)}), None, id="another day's holiday"),
        pytest.param(None, chicago("2026-06-11", "10:00"), id="no calendar: both must be open"),
    ],
)
def test_holidays_replace_the_weekday(
    holidays: frozenset[date] | None, until: datetime | None
) -> None:
    windows = {**DAY, "holiday": [["10:00", "11:00"]]}
    facts = some_facts(holidays=holidays)

    assert judge(an_action(), facts, a_window(windows=windows)).until == until


@pytest.mark.parametrize(
    ("clock", "until"),
    [
        pytest.param("22:30", None, id="inside the agreed hours"),
        pytest.param("23:10", chicago("2026-06-11", "08:00"), id="after the agreed hours"),
        pytest.param("21:10", chicago("2026-06-10", "22:00"), id="before the agreed hours"),
    ],
)
def test_agreed_hours_count_as_open(clock: str, until: datetime | None) -> None:
    agreement = Agreement("contact_hours", chicago("2026-06-01"), 22 * 60, 23 * 60)
    later = Agreement("contact_hours", chicago("2026-06-20"), 0, 24 * 60)
    other = Agreement("attempt_cap", chicago("2026-06-01"), 0, 24 * 60)
    facts = some_facts(agreements=(agreement, later, other))
    rule = a_window(exceptions=["agreed_hours"])

    assert judge(an_action(at=chicago("2026-06-10", clock)), facts, rule).until == until


SUNDAY = frozenset({6})


@pytest.mark.parametrize(
    ("at", "until"),
    [
        pytest.param(chicago("2026-06-14", "10:00"), None, id="on that day"),
        pytest.param(
            chicago("2026-06-13", "10:00"), chicago("2026-06-14", "09:00"), id="the day before"
        ),
        pytest.param(
            chicago("2026-06-14", "12:00"), chicago("2026-06-15", "08:00"), id="when they are over"
        ),
    ],
)
def test_agreed_hours_may_be_on_some_days_only(at: datetime, until: datetime | None) -> None:
    agreed = Agreement("contact_hours", chicago("2026-06-01"), 9 * 60, 12 * 60, SUNDAY)
    rule = a_window(windows={"mon-fri": [["08:00", "21:00"]]}, exceptions=["agreed_hours"])

    assert judge(an_action(at=at), some_facts(agreements=(agreed,)), rule).until == until


@pytest.mark.parametrize("clock", ["22:30", "01:30"])
def test_agreed_hours_may_run_over_midnight(clock: str) -> None:
    agreed = Agreement("contact_hours", chicago("2026-06-01"), 22 * 60, 2 * 60)
    facts = some_facts(agreements=(agreed,))
    rule = a_window(exceptions=["agreed_hours"])

    action = an_action(at=chicago("2026-06-10", clock))

    assert judge(action, facts, rule).verdict is Verdict.ALLOW
    late = an_action(at=chicago("2026-06-10", "02:00"))
    assert judge(late, facts, rule).until == chicago("2026-06-10", "08:00")


def test_an_empty_agreement_opens_nothing() -> None:
    facts = some_facts(agreements=(Agreement("contact_hours", chicago("2026-06-01")),))
    action = an_action(at=chicago("2026-06-10", "22:00"))

    decision = judge(action, facts, a_window(exceptions=["agreed_hours"]))

    assert decision.until == chicago("2026-06-11", "08:00")


NIGHT = chicago("2026-06-10", "22:35")
ASKED = chicago("2026-06-10", "22:30")
ASKED_BY_DAY = chicago("2026-06-10", "20:00")


@pytest.mark.parametrize(
    ("purpose", "facts", "code"),
    [
        pytest.param(
            "reply_to_debtor",
            {"ledger": (a_call(ASKED, "inbound_conversation", direction="in"),)},
            None,
            id="an answer to a call in the night",
        ),
        pytest.param(
            "reply_to_debtor",
            {"inbound": (InboundMessage(ASKED, "call"),)},
            None,
            id="an answer to a message in the night",
        ),
        pytest.param(
            "opt_out_confirmation",
            {"opt_outs": (OptOut(ASKED, "call"),)},
            None,
            id="a confirmation of an opt-out in the night",
        ),
        pytest.param(
            "reply_to_debtor",
            {
                "ledger": (
                    a_call(ASKED, "inbound_conversation", direction="in"),
                    a_call(ASKED + timedelta(minutes=1)),
                )
            },
            "quiet_hours.already_answered",
            id="only one answer",
        ),
        pytest.param(
            "reply_to_debtor",
            {
                "ledger": (
                    a_call(ASKED, "inbound_conversation", direction="in"),
                    a_call(ASKED + timedelta(minutes=1), "released"),
                )
            },
            None,
            id="an answer that was never placed is none",
        ),
        pytest.param(
            "collection",
            {"inbound": (InboundMessage(ASKED, "call"),)},
            "quiet_hours.closed",
            id="what isn't an answer waits",
        ),
        pytest.param(
            "reply_to_debtor",
            {"inbound": (InboundMessage(ASKED, "sms"),)},
            "quiet_hours.closed",
            id="another medium",
        ),
        pytest.param(
            "reply_to_debtor",
            {"inbound": (InboundMessage(ASKED_BY_DAY, "call"),)},
            "quiet_hours.closed",
            id="asked by day, so the answer could have come by day",
        ),
        pytest.param(
            "reply_to_debtor",
            {"inbound": (InboundMessage(chicago("2026-06-10", "23:00"), "call"),)},
            "quiet_hours.closed",
            id="a message we don't know of yet",
        ),
        pytest.param(
            "reply_to_debtor",
            {"opt_outs": (OptOut(chicago("2026-06-10", "23:00"), "call"),)},
            "quiet_hours.closed",
            id="an opt-out we don't know of yet",
        ),
    ],
)
def test_one_answer_by_night(purpose: str, facts: dict[str, Any], code: str | None) -> None:
    rule = a_window(exceptions=["respond_once"])

    decision = judge(an_action(at=NIGHT, purpose=purpose), some_facts(**facts), rule)

    assert [reason.code for reason in decision.reasons] == ([code] if code else [])


@pytest.mark.parametrize(
    ("name", "days"),
    [
        pytest.param("fri", ["fri"], id="one day"),
        pytest.param("sat-mon", ["sat", "sun", "mon"], id="a range over the weekend"),
        pytest.param("all", ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], id="all"),
        pytest.param("holiday", ["holiday"], id="holiday"),
        pytest.param("weekday", ["mon", "tue", "wed", "thu", "fri"], id="weekday"),
        pytest.param("weekend", ["sat", "sun"], id="weekend"),
    ],
)
def test_days_are_named(name: str, days: list[str]) -> None:
    assert list(days_named(name)) == days


@pytest.mark.parametrize("name", ["friday", "mon-friday", ""])
def test_a_day_nobody_knows_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is no weekday"):
        days_named(name)


def test_windows_that_are_no_list_are_closed() -> None:
    assert OpeningHours({"mon-sun": "08:00"}).opens("UTC", 0) == -1


@pytest.mark.parametrize(
    ("clock", "agreed", "until"),
    [
        pytest.param("19:00", [("18:00", "20:00")], None, id="within"),
        pytest.param(
            "10:00", [("18:00", "20:00")], chicago("2026-06-10", "18:00"), id="before them"
        ),
        pytest.param(
            "20:00", [("18:00", "20:00")], chicago("2026-06-11", "18:00"), id="after them"
        ),
        pytest.param(
            "20:30", [("06:00", "09:00")], chicago("2026-06-11", "08:00"), id="begin before we open"
        ),
        pytest.param(
            "12:30",
            [("09:00", "10:00"), ("17:00", "18:00")],
            chicago("2026-06-10", "17:00"),
            id="the next of two",
        ),
        pytest.param("10:00", [("21:00", "22:00")], None, id="none of them is open"),
        pytest.param("10:00", [], None, id="none agreed"),
        pytest.param(
            "21:30", [("21:00", "22:00")], chicago("2026-06-11", "08:00"), id="they open no night"
        ),
    ],
)
def test_only_agreed_hours_are_open(
    clock: str, agreed: list[tuple[str, str]], until: datetime | None
) -> None:
    agreements = tuple(
        Agreement("contact_hours", chicago("2026-06-01"), minutes_of(start), minutes_of(end))
        for start, end in agreed
    )
    rule = a_window(exceptions=["only_agreed_hours"])

    decision = judge(
        an_action(at=chicago("2026-06-10", clock)), some_facts(agreements=agreements), rule
    )

    assert decision.until == until
    assert (decision.verdict is Verdict.ALLOW) == (until is None)


def test_where_it_never_opens_no_agreement_helps() -> None:
    agreed = Agreement("contact_hours", chicago("2026-06-01"), 600, 660)
    rule = a_window(windows={"mon-sun": []}, exceptions=["only_agreed_hours"])

    decision = judge(an_action(), some_facts(agreements=(agreed,)), rule)

    assert [reason.code for reason in decision.reasons] == ["quiet_hours.never_open"]


@pytest.mark.parametrize(
    ("day", "opens"),
    [("2026-06-12", 9), ("2026-06-13", 10), ("2026-06-14", 11), ("2026-06-15", 12)],
)
def test_the_narrowest_name_of_a_day_counts(day: str, opens: int) -> None:
    # In no particular order: how a file is laid out means nothing.
    hours = {"sun": 11, "all": 9, "weekend": 10, "holiday": 12}
    windows = {name: [[f"{hour:02}:00", "20:00"]] for name, hour in hours.items()}
    facts = some_facts(holidays=frozenset({date(2026, 6, 15)}))

    decision = judge(an_action(at=chicago(day, "01:00")), facts, a_window(windows=windows))

    assert decision.until == chicago(day, f"{opens:02}:00")


def test_two_equally_narrow_names_of_a_day_are_refused() -> None:
    with pytest.raises(ValueError, match="both for wed"):
        OpeningHours({"mon-wed": [], "wed-fri": []})


@pytest.mark.parametrize(
    ("basis", "evidence", "zones"),
    [
        pytest.param(
            ["address"], {"address": "America/Chicago", "area_code": "America/New_York"},
            ("America/Chicago",), id="the address alone",
        ),
        pytest.param(
            ["address", "declared"], {"area_code": "America/New_York"}, ("America/New_York",),
            id="no address: all there is",
        ),
        pytest.param(
            ["declared", "address", "area_code"],
            {"address": "America/Chicago", "area_code": "America/New_York"},
            ("America/Chicago", "America/New_York"), id="side by side",
        ),
        pytest.param(
            ["address"], {"address": "America/Chicago", "declared": "Asia/Tokyo"},
            ("Asia/Tokyo",), id="what they declared",
        ),
        pytest.param(
            ["area_code_presumption"],
            {"address": "America/Chicago", "area_code": "America/New_York"},
            ("America/New_York",), id="presumed",
        ),
        pytest.param(["lender"], {"address": "America/Chicago"}, ("Asia/Kolkata",), id="lender"),
        pytest.param(["fixed"], {"address": "America/Chicago"}, ("Asia/Seoul",), id="fixed"),
        pytest.param([], {"address": "America/Chicago"}, ("America/Chicago",), id="none said"),
    ],
)  # fmt: skip
def test_the_evidence_a_rule_goes_by(
    basis: list[str], evidence: dict[Any, str], zones: tuple[str, ...]
) -> None:
    known = [ZoneEvidence(zone, kind) for kind, zone in evidence.items()]
    facts = some_facts(zones=known, lender_zone="Asia/Kolkata")
    rule = a_window(windows={"holiday": []}, tz_basis=basis, zone="Asia/Seoul")

    decision = judge(an_action(), facts, rule)

    assert decision.reasons[0].parameters["zones"] == zones


@pytest.mark.parametrize("zone", [None, "Mars/Olympus"])
@pytest.mark.parametrize("basis", ["lender", "address", "area_code_presumption"])
def test_with_no_zone_of_the_kind_the_nation_counts(zone: str | None, basis: str) -> None:
    facts = some_facts(zones=[zone] if zone else [], lender_zone=zone)
    nation = {"unknown_zone": "all_national_zones", "national_zones": ["Asia/Makassar"]}

    some = judge(an_action(), facts, a_window(tz_basis=[basis], **nation))
    none = judge(an_action(), facts, a_window(tz_basis=[basis]))

    assert some.reasons[0].parameters["zones"] == ("Asia/Makassar",)
    assert none.reasons[0].code == "quiet_hours.zone_unknown"
