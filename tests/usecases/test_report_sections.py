"""The report in words: findings that the figures bear, tables that CSV repeats, charts that read."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

import pytest

from outreach.config_files.packs import read_packs
from outreach.domain.experiments import Arm, Experiment
from outreach.domain.segments import Selector
from outreach.domain.vocabulary import LenderRole
from outreach.store.report_contacts import Wished
from outreach.store.reports import (
    Aged,
    ArmCured,
    ArmSlots,
    Cured,
    Intensity,
    Period,
    Promised,
    Rated,
    Roll,
    Spent,
)
from outreach.usecases.lenders import LenderPlan
from outreach.usecases.report_sections import sections_of
from outreach.usecases.report_tables import Section, about
from outreach.usecases.report_words import WORDS
from outreach.usecases.reporting import (
    BUCKETS,
    Cap,
    Capped,
    Figures,
    HourPaid,
    TemplatePaid,
    caps_of,
    months_of,
    period_of,
    slots_of,
)
from tests.domain.plans import a_treatment

ROOT: Final = Path(__file__).resolve().parents[2]
NOW: Final = datetime(2026, 7, 1, 3, tzinfo=UTC)
US: Final = LenderPlan("acme", "Acme", LenderRole.THIRD_PARTY, "US", "America/New_York", "en-US")
PERIOD: Final = Period(
    "acme", "live", date(2026, 1, 1), date(2026, 3, 1), date(2026, 3, 1), NOW, NOW
)
JANUARY: Final = date(2026, 1, 1)
FIGURES: Final = Figures(
    period=PERIOD,
    currency="USD",
    buckets=BUCKETS,
    rolls=[
        Roll(JANUARY, "current", "current", 90),
        Roll(JANUARY, "current", "1-29", 10),
        Roll(JANUARY, "1-29", "closed", 5),
        Roll(JANUARY, "1-29", "1-29", 5),
    ],
    by_stage=[Cured("1-29", 100, 60), Cured("30-59", 40, 10)],
    by_group={
        "channel": [Cured("sms", 60, 50), Cured("", 40, 10)],
        "treatment": [Cured("us-default", 60, 30), Cured("other", 40, 21)],
        "risk_tier": [Cured("low", 99, 60), Cured("high", 1, 0)],
        "product": [Cured("cash", 100, 60)],
    },
    by_arm=[
        ArmCured("tone", "warm", 200, 120), ArmCured("tone", "hold_out", 200, 80),
        ArmCured("tone", "plain", 200, 82), ArmCured("tone", "new", 4, 4),
    ],
    promises=[Promised("2026-01", 6, 1, 3, 2, 1)],
    ratings=[Rated("email", 3, 0, 0, 0, 0, 0), Rated("sms", 40, 1, 0, 2, 3, 14)],
    intensity=[Intensity(1, 30), Intensity(4, 3)],
    capped=[
        Capped(
            Cap("us.cap", 4, 7, ("sms",)), 4, 3, 0,
            [Intensity(1, 30), Intensity(3, 2), Intensity(4, 3)],
        )
    ],
    spent=[Spent(None, "sms", 120, 600_000), Spent("EUR", "call", 1, 60_000)],
    vintages=[Aged(JANUARY, None, 90), Aged(JANUARY, 2, 10), Aged(date(2026, 2, 1), None, 5)],
    hours=[HourPaid("early", 9, 100, 60), HourPaid("early", 17, 100, 20), HourPaid("due", 9, 3, 1)],
    templates=[
        TemplatePaid("overdue", "aa", 200, 190, 80),
        TemplatePaid("overdue", "bb", 200, 180, 120),
        TemplatePaid("due_today", "cc", 5, 5, 1),
    ],
    wishes=[Wished("2026-01", 300, 100, 2, 1), Wished("2026-02", 0, 0, 1, 0)],
)  # fmt: skip
EMPTY: Final = replace(
    FIGURES, rolls=(), by_stage=(), by_arm=(), promises=(), ratings=(), intensity=(), capped=(), spent=(),
    vintages=(), hours=(), templates=(), wishes=(), by_group=dict.fromkeys(FIGURES.by_group, ()),
)  # fmt: skip


def section(key: str, figures: Figures = FIGURES) -> Section:
    return next(one for one in sections_of(figures) if one.key == key)


def test_each_section_says_what_its_figures_bear() -> None:
    found = {one.key: one.finding for one in sections_of(FIGURES)}

    assert found == {
        "roll_rates": "In January 2026 10.0 % of current loans became late.",
        "cures_by_stage": "60.0 % of 100 delinquencies were cured in 1-29.",
        "cures_by_channel": "Cured most often: sms, 83.3 %; least often: no contact, 25.0 %.",
        "cures_by_treatment": "No group's cure rate differs from another's by more than chance"
        " would do.",
        "cures_by_risk_tier": "There are not two groups of 20 or more to compare.",
        "cures_by_product": "There are not two groups of 20 or more to compare.",
        "arms": "tone: warm differs from hold_out (+10.2 to +29.2 points).",
        "promises": "60.0 % of 10 settled promises were kept in full.",
        "ratings": "20 of 43 people who were asked answered, 4.5 of 5.",
        "intensity": "Nobody of 33 people had more than 4 contacts within seven days.",
        "caps": "3 people reached us.cap, and nobody is above.",
        "templates": "overdue: bb differs from aa (+10.2 to +29.2 points).",
        "hours": "Paid most often after contacts of early at 09:00: 60.0 %.",
        "headroom": "5 of 35 people were within one contact of a cap, most of them of us.cap.",
        "wishes": "30.0 opt-outs and 10.0 complaints for every 1,000 people contacted.",
        "cost_per_cure": "A cured delinquency cost 0.0100 USD and 0.0010 EUR.",
        "vintages": "9.5 % of 105 loans have been 30 days late by now.",
    }


def test_a_period_without_anything_says_so_and_draws_nothing() -> None:
    found = sections_of(EMPTY)

    assert [one.key for one in found if one.svg is not None or one.rows] == []
    assert all(one.finding.endswith(".") for one in found)


def test_rows_have_a_cell_for_every_heading_and_small_groups_are_marked() -> None:
    ragged = [
        (one.key, row)
        for one in sections_of(FIGURES)
        for row in one.rows
        if len(row) != len(one.headings)
    ]

    assert ragged == []
    assert [row[-1] for row in section("cures_by_risk_tier").rows] == ["", "n<20"]
    assert section("cures_by_stage").rows[0] == (
        "1-29", "100", "60", "60.0 %", "50.2 to 69.1 %", "",
    )  # fmt: skip
    assert section("roll_rates").rows == (
        ("2026-01", "current", "100", "10", "90", "0", "10.0 %", "5.5 to 17.4 %", ""),
        ("2026-01", "1-29", "10", "0", "5", "5", "0.0 %", "0.0 to 27.8 %", "n<20"),
    )


def test_an_arm_is_compared_with_the_hold_out_and_never_on_few() -> None:
    verdicts = {row[1]: row[-2] for row in section("arms").rows}

    assert verdicts == {
        "warm": "differs",
        "hold_out": "",
        "plain": "may be chance",
        "new": "too few",
    }


def test_vintages_count_up_to_the_day_that_is_looked_at() -> None:
    assert [row[:4] for row in section("vintages").rows] == [
        ("2026-01", "100", "0", "0"),
        ("2026-01", "100", "1", "0"),
        ("2026-01", "100", "2", "10"),
        ("2026-02", "5", "0", "0"),
        ("2026-02", "5", "1", "0"),
    ]


def test_more_contacts_than_a_cap_counts_are_not_passed_over_in_silence() -> None:
    capped = [Capped(Cap("us.cap", 4, 7, ()), 6, 3, 1)]

    found = section("caps", replace(FIGURES, capped=capped))

    assert found.finding == "More contacts than us.cap counts: look whether it spares them."
    assert found.rows == (("us.cap", "4", "7", "all", "6", "3", "1"),)


def test_every_chart_is_titled_by_its_finding_and_described() -> None:
    wrong = []
    for one in sections_of(FIGURES):
        if one.svg is None:
            continue
        root = ET.fromstring(one.svg())  # noqa: S314 - our own text
        title, said = root.findtext("{*}title"), root.findtext("{*}desc")
        if (root.get("role"), title, said) != ("img", one.finding, about(FIGURES)):
            wrong.append(one.key)

    assert wrong == []
    assert about(FIGURES).endswith(
        "mode live · 2026-01-01 to 2026-03-01 (not included) · as of 2026-03-01"
    )


def test_a_period_is_of_the_lenders_calendar_and_ends_tomorrow_at_the_latest() -> None:
    found = period_of(US, "live", date(2026, 6, 1), date(2027, 1, 1), NOW)

    assert (found.until, found.as_of) == (date(2026, 7, 1), date(2026, 6, 30))  # still June there
    assert found.begins == datetime(2026, 6, 1, 4, tzinfo=UTC)
    assert months_of(PERIOD) == [(JANUARY, date(2026, 2, 1)), (date(2026, 2, 1), date(2026, 3, 1))]
    inside = PERIOD._replace(since=date(2026, 1, 2))
    assert months_of(inside) == [(date(2026, 2, 1), date(2026, 3, 1))]
    with pytest.raises(ValueError, match="ends before it begins"):
        period_of(US, "live", date(2026, 6, 1), date(2026, 6, 1), NOW)


def test_caps_are_those_of_packs_that_bind_the_lender_at_home() -> None:
    packs = read_packs(ROOT / "config" / "compliance")

    caps = {one.rule: one for one in caps_of(US, packs, date(2026, 7, 1))}

    assert caps["us.regf.call_cap_7in7"] == Cap(
        "us.regf.call_cap_7in7", 7, 7, ("call", "voicemail")
    )
    assert all(rule.startswith(("us.", "outreach.")) for rule in caps)
    before = {one.rule for one in caps_of(US, packs, date(2021, 1, 1))}
    assert "us.regf.call_cap_7in7" not in before


def test_arms_are_slots_of_a_hundred_of_the_treatments_that_may_apply() -> None:
    experiment = Experiment("e", (Arm("hold_out", 10), Arm("new", 90)))
    chosen = replace(a_treatment(), name="us-default", experiment=None)
    tried = replace(
        chosen, experiment=experiment, segments=(Selector(countries=frozenset({"US"})),)
    )
    slots = [ArmSlots("e", "hold_out", 0, 9), ArmSlots("e", "new", 10, 99)]
    abroad = replace(US, country="CN")

    assert slots_of(US, [tried, tried]) == slots
    assert slots_of(abroad, [tried]) == []
    assert slots_of(replace(abroad, treatment="us-default"), [tried]) == slots
    assert slots_of(US, [chosen]) == []


def test_ratings_count_each_digit_and_say_so_where_nobody_answered() -> None:
    assert section("ratings").rows == (
        ("email", "3", "0", "0", "0", "0", "0", "–", "0.0 %", "n<20"),
        ("sms", "40", "1", "0", "2", "3", "14", "4.5", "50.0 %", ""),
    )
    silent = replace(FIGURES, ratings=FIGURES.ratings[:1])
    assert section("ratings", silent).finding == "Nobody who was asked gave a rating."
    assert section("ratings", EMPTY).finding == "Nobody was asked for a rating."


def test_headroom_counts_who_is_how_near_and_opt_outs_are_held_against_people() -> None:
    assert section("headroom").rows == (
        ("us.cap", "4", "7", "35", "3", "2", "0", "30", "0", "14.3 %"),
    )
    assert section("wishes").rows == (
        ("2026-01", "300", "100", "2", "1", "20.0", "10.0"),
        ("2026-02", "0", "0", "1", "0", "–", "–"),
    )
    alike = [HourPaid("early", 9, 100, 31), HourPaid("early", 17, 100, 30)]
    assert "more than chance" in section("hours", replace(FIGURES, hours=alike)).finding
    few = replace(FIGURES, hours=[HourPaid("early", 9, 3, 1)])
    assert section("hours", few).finding == "No hour has 20 contacts of a stage to compare."


def test_the_report_says_the_same_in_chinese_with_the_same_numbers() -> None:
    wrong = []
    for figures in (FIGURES, EMPTY):
        for one, other in zip(sections_of(figures), sections_of(figures, "zh"), strict=True):
            same = (one.key, len(one.rows), len(one.headings)) == (
                other.key, len(other.rows), len(other.headings),
            )  # fmt: skip
            if not same or one.finding == other.finding or one.title == other.title:
                wrong.append(one.key)
            if other.svg is not None:
                ET.fromstring(other.svg())  # noqa: S314 - our own text
    assert wrong == []
    assert (
        section("roll_rates").rows[0][2:7]
        == (next(one for one in sections_of(FIGURES, "zh") if one.key == "roll_rates").rows[0][2:7])
    )
    holes = {
        key
        for key, (english, chinese) in WORDS.items()
        if set(re.findall(r"{(\w+)}", english)) != set(re.findall(r"{(\w+)}", chinese))
    }
    assert holes == set()
