"""Treatments lay their steps out on days, refuse contradictions, and are chosen by segment."""

import pytest

from outreach.domain.segments import Segmented, Selector, treatment_for
from outreach.domain.steps import Repeat, StageSpan, Step, TreatmentError
from outreach.domain.timelines import timeline
from outreach.domain.vocabulary import LenderRole, Stage
from tests.domain.plans import a_step, a_treatment

LOAN = Segmented(
    lender="harbor",
    country="US",
    product="auto",
    role=LenderRole.FIRST_PARTY,
    language="en",
)


def a_span(*steps: Step, from_day: int = 1, to_day: int = 30, bucket: str = "M1") -> StageSpan:
    return StageSpan(Stage.EARLY, bucket, from_day, to_day, steps)


def test_repetitions_have_days_and_keys_of_their_own() -> None:
    planned = timeline([a_span(a_step("first", 1), a_step("again", 5, repeat=Repeat(10, 30)))])

    assert [(one.day, one.key) for one in planned] == [
        (1, "first"),
        (5, "again"),
        (15, "again.d15"),
        (25, "again.d25"),
    ]


def test_a_first_day_wins_over_a_repetition() -> None:
    planned = timeline([a_span(a_step("again", 1, repeat=Repeat(4, 9)), a_step("own", 5))])

    assert [one.key for one in planned] == ["again", "own", "again.d9"]


@pytest.mark.parametrize(
    ("spans", "problem"),
    [
        pytest.param([], "there is no stage", id="no stage"),
        pytest.param([a_span(from_day=5, to_day=4)], "ends before it begins", id="backwards"),
        pytest.param(
            [a_span(), a_span(from_day=30, to_day=40)], "before the last one ended", id="overlap"
        ),
        pytest.param([a_span(a_step("x", 31))], "day 31 is outside 1", id="step outside"),
        pytest.param(
            [a_span(a_step("x", 1, repeat=Repeat(30, 31)))],
            "day 31 is outside",
            id="repeat outside",
        ),
        pytest.param([a_span(a_step("x", 1), a_step("x", 2))], "another step", id="key twice"),
        pytest.param([a_span(a_step("x", 1), a_step("y", 1))], "taken by x", id="day twice"),
    ],
)
def test_a_contradiction_is_refused_with_its_place(spans: list[StageSpan], problem: str) -> None:
    with pytest.raises(TreatmentError, match=problem) as caught:
        timeline(spans)

    assert caught.value.path.startswith("stages")
    assert problem in caught.value.problem


def test_a_treatment_knows_its_stage_its_end_and_its_version() -> None:
    treatment = a_treatment()

    early = treatment.stage_on(3)
    assert early is not None
    assert early.stage is Stage.EARLY
    assert treatment.stage_on(61) is None
    assert treatment.last_day == 60
    assert treatment.ref == "test@0123456789ab"


@pytest.mark.parametrize(
    ("segments", "chosen"),
    [
        pytest.param({"a": [Selector()]}, "a", id="an empty selector takes every loan"),
        pytest.param({"a": [Selector(countries=frozenset({"CN"}))]}, None, id="country"),
        pytest.param({"a": [Selector(lenders=frozenset({"other"}))]}, None, id="lender"),
        pytest.param({"a": [Selector(products=frozenset({"cash"}))]}, None, id="product"),
        pytest.param({"a": [Selector(languages=frozenset({"es"}))]}, None, id="language"),
        pytest.param({"a": [Selector(roles=frozenset({LenderRole.THIRD_PARTY}))]}, None, id="role"),
        pytest.param(
            {
                "a": [Selector(countries=frozenset({"US"}))],
                "b": [
                    Selector(countries=frozenset({"CN"})),
                    Selector(countries=frozenset({"US"}), products=frozenset({"auto"})),
                ],
            },
            "b",
            id="the segment that asks most wins",
        ),
        pytest.param({"b": [Selector()], "a": [Selector()]}, "a", id="ties go by name"),
    ],
)
def test_the_treatment_for_a_loan(segments: dict[str, list[Selector]], chosen: str | None) -> None:
    treatments = [
        a_treatment(name=name, segments=tuple(listed)) for name, listed in segments.items()
    ]

    found = treatment_for(treatments, LOAN)

    assert (found.name if found else None) == chosen
