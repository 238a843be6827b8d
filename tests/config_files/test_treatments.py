"""Treatment files become frozen treatments; a wrong one is refused by file, place and remedy."""

import json
from collections.abc import Iterator
from datetime import time, timedelta
from pathlib import Path
from typing import Any

import pytest

from outreach.config_files.treatment_schema import treatment_schema
from outreach.config_files.treatments import (
    TreatmentFileError,
    load_treatment,
    load_treatments,
)
from outreach.domain.steps import MAY_FALL_BACK, MAY_RETRY, LocalWindow, Retry
from outreach.domain.treatment import Trigger
from outreach.domain.vocabulary import Channel, ErrorClass, Purpose, Stage
from outreach.facts.conditions import compile_condition

CONFIG = Path(__file__).parents[2] / "config"
US = (CONFIG / "treatments" / "us-default.yaml").read_text(encoding="utf-8")


def test_the_shipped_treatments_load_and_plan_every_stage() -> None:
    china, america = load_treatments(CONFIG / "treatments", compile_condition)

    assert (china.name, china.locale) == ("cn-default", "zh-CN")
    assert (america.name, america.locale) == ("us-default", "en-US")
    for treatment in (china, america):
        days = [planned.day for planned in treatment.timeline]
        assert days[:4] == [-14, -7, -3, -1]
        assert [span.stage for span in treatment.stages] == [
            stage for stage in Stage if stage is not Stage.CLOSED
        ]
        assert set(treatment.events) >= {Trigger.CURED, Trigger.RESOLVED}
        messages = [
            one for one in treatment.timeline if one.step.purpose is not Purpose.LEGAL_NOTICE
        ]
        assert [one.key for one in treatment.timeline if one not in messages] == [
            "final-notice",
            "court",
        ]
        for planned in messages:
            expected = Purpose.COLLECTION if planned.day > 0 else Purpose.SERVICING_REMINDER
            assert planned.step.purpose is expected
            assert planned.step.window.opens >= time(9)
            assert planned.step.window.closes <= time(20)
            channels = list(dict.fromkeys(route.channel for route in planned.step.routes))
            first = [Channel.SMS, Channel.PUSH] if planned.day > 0 else [Channel.PUSH, Channel.SMS]
            # Last of all, and only while it may still be a matter of not having been reached.
            last = [Channel.CALL] if planned.stage in {Stage.GRACE, Stage.EARLY, Stage.MID} else []
            assert channels == [*first, Channel.EMAIL, *last]
        assert treatment.quote_step is not None


def test_a_step_takes_what_it_does_not_say_from_the_defaults() -> None:
    america = load_treatment(CONFIG / "treatments" / "us-default.yaml", compile_condition)
    steps = {planned.key: planned.step for planned in america.timeline}

    assert steps["before-7"].late_by == 2
    assert steps["before-1"].late_by == 0
    assert steps["due-day"].window == LocalWindow(time(9), time(18))
    assert steps["day-2"].spacing == timedelta(hours=20)
    assert steps["day-2"].retry.on == {ErrorClass.UNREACHABLE_RETRY, ErrorClass.UNKNOWN}
    assert steps["day-2"].conditions.floor_minor == (("USD", 500),)
    assert america.quote_step is not None
    assert america.quote_step.spacing == timedelta(0)


def test_the_hash_is_of_what_a_file_says_not_of_how(tmp_path: Path) -> None:
    original = load_treatment(CONFIG / "treatments" / "us-default.yaml", compile_condition)
    file = tmp_path / "us-default.yaml"

    file.write_text("# another comment\n" + US, encoding="utf-8")
    assert load_treatment(file, compile_condition).ref == original.ref
    file.write_text(US.replace("late_by: 2", "late_by: 3"), encoding="utf-8")
    assert load_treatment(file, compile_condition).ref != original.ref


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        pytest.param(
            "late_by: 1",
            "late_byy: 1",
            "stages.0.steps.2: .*'late_byy'.*allowed are key",
            id="name",
        ),
        pytest.param(
            "sms, template: pre_due}", "x, template: pre_due}", '"x" is not one', id="channel"
        ),
        pytest.param(
            "channel: sms, template: pre_due}",
            "channel: fax, template: pre_due}",
            'routes.1.channel: "fax" is not one of "agency_handoff", "call"',
            id="a channel that nothing is sent by",
        ),
        pytest.param("day: -3", "day: soon", 'steps.2.day: "soon" is not of type', id="type"),
        pytest.param("09:00-18:00", "18:00-09:00", "may not span midnight", id="window"),
        pytest.param("09:00-18:00", "9-18", "stages.1.steps.0.window", id="window's form"),
        pytest.param("until_day: 59", "until_day: 70", "day 60 is outside", id="repeat"),
        pytest.param("key: before-3", "key: before-7", "used by another step", id="key twice"),
        pytest.param('USD: "5.00"', 'USQ: "5.00"', "USQ must be in ISO 4217", id="currency"),
        pytest.param("reply_to_debtor", "hello", "early_payoff_quote.purpose", id="purpose"),
        pytest.param("[invalid_address, ", "[opt_out, ", '"opt_out" is not one of', id="fallback"),
        pytest.param(
            "segments:", "2026-01-01:", "'2026-01-01' was unexpected", id="a date for a name"
        ),
        pytest.param("segments:", "1:", "put it in quotes", id="a number for a name"),
        pytest.param("us-default", "other", "must be the file's name", id="name of the file"),
        pytest.param("stages:", "stages: [", "it is no YAML", id="no YAML"),
    ],
)
def test_a_wrong_file_is_refused_with_the_place(
    tmp_path: Path, old: str, new: str, problem: str
) -> None:
    assert old in US
    file = tmp_path / "us-default.yaml"
    file.write_text(US.replace(old, new, 1), encoding="utf-8")

    with pytest.raises(TreatmentFileError, match=problem) as caught:
        load_treatment(file, compile_condition)

    assert str(file) in str(caught.value)


def test_every_problem_of_a_file_is_named_at_once(tmp_path: Path) -> None:
    file = tmp_path / "us-default.yaml"
    file.write_text(US.replace("day: -3", "day: soon").replace("day: -7", "day: never"), "utf-8")

    with pytest.raises(TreatmentFileError) as caught:
        load_treatment(file, compile_condition)

    assert [problem.place for problem in caught.value.problems] == [
        "stages.0.steps.1.day",
        "stages.0.steps.2.day",
    ]


def test_a_folder_or_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(TreatmentFileError, match="there is no treatment"):
        load_treatments(tmp_path, compile_condition)
    with pytest.raises(TreatmentFileError, match="can't be read"):
        load_treatment(tmp_path / "none.yaml", compile_condition)


def test_every_optional_part_of_a_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "small.yaml"
    file.write_text(
        """
treatment: small
about: A test.
locale: es-US
segments: [{lenders: [harbor], products: [auto], roles: [third_party], languages: [es]}]
stages:
  - stage: early
    bucket: M1
    from_day: 1
    to_day: 30
    steps:
      - key: one
        day: 1
        purpose: collection
        window: "10:00-12:00"
        late_by: 1
        spacing_hours: 4
        retry: {errors: [unknown]}
        fallback_on: []
        conditions: {first_contact: true, while_provisional: true, risk_buckets: [high]}
        routes: [{channel: sms, template: overdue_early}]
      - {key: two, day: 2, purpose: collection, routes: [{channel: sms, template: overdue_early}]}
""",
        encoding="utf-8",
    )

    treatment = load_treatment(file, compile_condition)

    (segment,) = treatment.segments
    assert segment.specificity == 4
    step = treatment.timeline[0].step
    assert step.retry == Retry(frozenset({ErrorClass.UNKNOWN}), timedelta(hours=1), 1)
    assert step.conditions.first_contact is True
    assert step.conditions.risk_buckets == {"high"}
    assert (step.fallback_on, step.spacing) == (frozenset(), timedelta(hours=4))
    assert treatment.quote_step is None
    plain = treatment.timeline[1].step
    assert (plain.retry, plain.window) == (Retry(), LocalWindow(time(9), time(20)))


def test_the_published_schema_is_the_one_files_are_read_by() -> None:
    published = CONFIG / "schemas" / "treatment.schema.json"

    assert json.loads(published.read_text(encoding="utf-8")) == treatment_schema(), (
        "run: outreach treatments schema > config/schemas/treatment.schema.json"
    )


def test_the_schema_permits_the_failures_that_the_domain_permits() -> None:
    definitions = treatment_schema()["$defs"]
    retry = definitions["RetryFile"]["properties"]["errors"]["items"]["enum"]
    fallback = definitions["DefaultsFile"]["properties"]["fallback_on"]["items"]["enum"]

    assert set(retry) == set(MAY_RETRY)
    assert set(fallback) == set(MAY_FALL_BACK)


def properties(node: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(node, dict):
        yield from node.get("properties", {}).items()
        for value in node.values():
            yield from properties(value)


def test_every_property_of_the_schema_explains_itself() -> None:
    found = list(properties(treatment_schema()))

    assert len(found) > 40
    assert [name for name, schema in found if not schema.get("description")] == []
