"""The format of golden cases, and how a case is compared with a decision."""

from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
import yaml

from outreach.config_files.golden import Bench, GoldenError, parse_case, read_cases
from outreach.config_files.golden_facts import facts_of
from outreach.config_files.packs import parse_pack
from outreach.domain.known import Preference

PACK = parse_pack(
    dedent(
        """
        pack: x
        version: "2026.11"
        waiting: {x.later: telepathy}
        rules:
          - &rule
            id: x.stop
            primitive: opt_out
            force: policy
            authority: firm
            source: firm
            confidence: high
            checked: 2026-11-23
          - {<<: *rule, id: x.words, primitive: content_required, all_of: [greeting]}
          - {<<: *rule, id: x.cap, primitive: rolling_cap, limit: 1, window: {n: 2, unit: days}, unit: person}
          - {<<: *rule, id: x.note, primitive: channel_forbidden, applies_to: {person_flags: {any_of: [student]}}, on_fail: {decision: warn}}
          - {<<: *rule, id: x.attorney, primitive: moratorium, kinds: [attorney, bereavement, life_event, instalment_plan], on_fail: {needs: human_approval_required}}
        """
    )
)
PROPOSED = {
    "at": "2026-06-10T12:00:00-05:00",
    "channel": "sms",
    "purpose": "collection",
    "debts": ["D1"],
}
BASE: dict[str, Any] = {
    "id": "case-1",
    "packs": ["x"],
    "confidence": "high",
    "plausible_zones": ["America/Chicago"],
    "proposed": PROPOSED,
    "expect": {"decision": "allow"},
}


def a_case(**given: Any) -> dict[str, Any]:
    return {**BASE, **given}


def outcome(**given: Any) -> tuple[str, tuple[str, ...]]:
    result = Bench([PACK]).run(parse_case(a_case(**given)))
    return result.state, result.differences


BLOCK = {"decision": "block", "rule": "x.stop"}
STOPPED = {"inbound": [{"medium": "sms", "at": "2026-06-10T11:00:00-05:00", "text": "STOP!"}]}
PLACED = [
    {
        "at": "2026-06-09T12:00:00-05:00",
        "channel": "call",
        "direction": "out",
        "outcome": "no_answer",
        "debts": ["D1"],
    }
]


@pytest.mark.parametrize(
    ("case", "state"),
    [
        pytest.param({}, "passed", id="content that isn't listed is complete"),
        pytest.param({"proposed": {**PROPOSED, "content": []}}, "failed", id="content listed"),
        pytest.param({"facts": STOPPED, "expect": BLOCK}, "passed", id="a text is classified"),
        pytest.param({"facts": STOPPED}, "failed", id="another verdict"),
        pytest.param(
            {"facts": STOPPED, "expect": {**BLOCK, "rule": "x.cap"}}, "failed", id="another rule"
        ),
        pytest.param(
            {
                "facts": STOPPED,
                "expect": {**BLOCK, "rule": "x.cap", "also_acceptable_rules": ["x.stop"]},
            },
            "passed",
            id="a rule that is as right",
        ),
        pytest.param({"facts": STOPPED, "confidence": "low"}, "differs", id="low confidence"),
        pytest.param(
            {
                "facts": {
                    "inbound": [
                        *STOPPED["inbound"],
                        {"medium": "sms", "at": "2026-06-10T11:00:00-05:00", "text": "ok thanks"},
                    ]
                },
                "expect": BLOCK,
            },
            "failed",
            id="each text is a run of its own",
        ),
        pytest.param(
            {
                "facts": {"person_flags": {"student": True}},
                "expect": {"decision": "allow", "warnings": ["x.note"]},
            },
            "passed",
            id="a warning that is mentioned",
        ),
        pytest.param(
            {"expect": {"decision": "allow", "warnings": ["x.note"]}},
            "failed",
            id="a warning that isn't",
        ),
        pytest.param(
            {
                "prior_contacts": PLACED,
                "expect": {
                    "decision": "defer",
                    "rule": "x.cap",
                    "until": "2026-06-11T00:00:00-05:00",
                },
            },
            "passed",
            id="until as an instant",
        ),
        pytest.param(
            {
                "prior_contacts": PLACED,
                "expect": {
                    "decision": "defer",
                    "rule": "x.cap",
                    "until": "2026-06-11T00:00:01-05:00",
                },
            },
            "failed",
            id="until is compared exactly",
        ),
        pytest.param(
            {"expect": {"decision": "allow", "until": "2026-06-11T00:00:00-05:00"}},
            "failed",
            id="until where there is none",
        ),
        pytest.param(
            {
                "facts": {
                    "person_flags": {"attorney": {"known_since": "2026-06-01T00:00:00-05:00"}}
                },
                "expect": {
                    "decision": "block",
                    "rule": "x.attorney",
                    "needs": "human_approval_required",
                },
            },
            "passed",
            id="what it needs, as a word",
        ),
        pytest.param(
            {"facts": STOPPED, "expect": {**BLOCK, "needs": "human_approval_required"}},
            "failed",
            id="another need",
        ),
        pytest.param(
            {"facts": STOPPED, "expect": {**BLOCK, "needs": "patience and tea"}},
            "passed",
            id="a need in a sentence is not compared",
        ),
        pytest.param({"packs": ["y"]}, "waiting", id="a pack we don't have"),
        pytest.param({"exercises": ["x.later"]}, "waiting", id="a rule that waits"),
        pytest.param({"exercises": ["x.unheard"]}, "passed", id="a row that no pack has"),
        pytest.param(
            {"expect": {"decision": "block", "rule": "x.unheard"}},
            "waiting",
            id="a rule nobody knows",
        ),
        pytest.param(
            {"expect": {"decision": "allow", "warnings": ["x.unheard"]}},
            "waiting",
            id="a warning nobody knows",
        ),
        pytest.param(
            {
                "facts": STOPPED,
                "expect": {**BLOCK, "rule": "x.unheard", "also_acceptable_rules": ["x.stop"]},
            },
            "passed",
            id="a rule nobody knows, or one that is as right",
        ),
        pytest.param(
            {
                "proposed": {**PROPOSED, "at": "2026-06-10T12:00:00"},
                "expect": {"decision": "block", "rule": "engine.insufficient_facts"},
            },
            "passed",
            id="an instant without an offset",
        ),
    ],
)
def test_a_case_is_compared(case: dict[str, Any], state: str) -> None:
    assert outcome(**case)[0] == state


def test_what_a_case_waits_for_is_named() -> None:
    bench = Bench([PACK])

    assert bench.run(parse_case(a_case(packs=["y"]))).waiting_for == ("pack y",)
    later = parse_case(
        a_case(exercises=["x.later"], expect={"decision": "block", "rule": "x.unheard"})
    )
    assert bench.run(later).waiting_for == ("rule x.unheard", "telepathy")


def test_what_differs_is_said_in_full() -> None:
    assert outcome(
        expect={"decision": "defer", "rule": "x.cap", "until": "2026-06-11T00:00:00Z"}
    ) == (
        "failed",
        (
            "decision: expected defer, got allow (no rule)",
            "rule: expected x.cap, got none",
            "until: expected 2026-06-11T00:00:00Z, got none",
        ),
    )


CALL = {
    "at": "2026-06-10T12:00:00-05:00",
    "channel": "call",
    "purpose": "collection",
    "debts": ["D1"],
    "recipient_role": "debtor",
}


@pytest.mark.parametrize(
    ("proposals", "prior", "state"),
    [
        pytest.param(2, [], "passed", id="one may go, the other waits"),
        pytest.param(2, PLACED, "failed", id="none may go"),
    ],
)
def test_proposals_made_together_go_through_the_ledger(
    proposals: int, prior: list[Any], state: str
) -> None:
    case = {key: value for key, value in a_case().items() if key != "proposed"}
    case |= {
        "prior_contacts": prior,
        "proposed_concurrent": [CALL] * proposals,
        "expect": {
            "decision": "one_allow_rest_defer",
            "rule": "x.cap",
            "until": "2026-06-12T00:00:00-05:00",
        },
    }

    assert Bench([PACK]).run(parse_case(case)).state == state


def test_strict_cases_count_to_the_second() -> None:
    case = parse_case(
        a_case(
            prior_contacts=PLACED,
            expect_strict={
                "decision": "defer",
                "rule": "x.cap",
                "until": "2026-06-11T12:00:00-05:00",
            },
        )
    )

    assert Bench([PACK], strict=True).run(case).state == "passed"
    assert Bench([PACK], strict=True).run(parse_case(BASE)).waiting_for == ("expect_strict",)


@pytest.mark.parametrize(
    ("case", "words"),
    [
        pytest.param(a_case(colour="red"), ["case-1", "colour"], id="unknown key"),
        pytest.param(a_case(facts={"mood": 1}), ["case-1", "facts", "mood"], id="unknown fact"),
        pytest.param(a_case(confidence="sure"), ["case-1", "confidence", "sure"], id="value"),
        pytest.param({"packs": []}, ["without id", "required"], id="no id"),
        pytest.param(7, ["no mapping"], id="no case"),
    ],
)
def test_what_the_format_does_not_know_is_refused_by_name(case: Any, words: list[str]) -> None:
    with pytest.raises(GoldenError) as caught:
        parse_case(case)

    assert [word for word in words if word not in str(caught.value)] == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("cases: {}", "no list of cases", id="no list"),
        pytest.param("[]", "no list of cases", id="no mapping"),
        pytest.param("a: [", "can't be read", id="no YAML"),
    ],
)
def test_a_file_that_holds_no_cases_is_refused(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "cases.yaml"
    file.write_text(text, encoding="utf-8")

    with pytest.raises(GoldenError, match=words):
        read_cases(file)


def test_cases_are_read_in_order(tmp_path: Path) -> None:
    file = tmp_path / "cases.yaml"
    file.write_text(yaml.safe_dump({"cases": [BASE, a_case(id="case-2")]}), encoding="utf-8")

    assert [case.id for case in read_cases(file)] == ["case-1", "case-2"]


def facts(**given: Any) -> Any:
    return facts_of(a_case(facts=given))


@pytest.mark.parametrize(
    ("key", "text", "media"),
    [
        pytest.param("agent_notes", "stop texting me", ["sms"], id="texts"),
        pytest.param("agent_notes", "stop calling and emailing", ["call", "email"], id="two"),
        pytest.param("agent_notes", "said stop", ["all"], id="none named in a note"),
        pytest.param("utterances", "stop", ["call"], id="none named on the phone"),
        pytest.param("utterances", "never contact me again", ["all"], id="everything"),
        pytest.param("utterances", "I'm busy right now", [], id="no opt-out"),
    ],
)
def test_what_somebody_said_may_be_an_opt_out(key: str, text: str, media: list[str]) -> None:
    found = facts(**{key: [{"at": "2026-06-01T10:00:00-05:00", "text": text}]})

    assert [opt_out.medium for opt_out in found.opt_outs] == media


def test_preferences_are_read() -> None:
    read = facts(
        preferences=[
            {"barred": "12:00-13:00", "days": "mon-wed,sun", "set_at": "2026-06-01T10:00:00-05:00"},
            {"place": "work", "form": "oral"},
        ]
    ).preferences

    assert [(p.start_minute, p.end_minute, p.place) for p in read] == [
        (720, 780, None),
        (0, 0, "work"),
    ]
    assert read[0].days == {0, 1, 2, 6}
    assert isinstance(read[1], Preference)


@pytest.mark.parametrize(
    ("given", "kind", "ends"),
    [
        pytest.param(
            {"moratoria": [{"kind": "life_event", "starts": "2026-06-01", "days": 30}]},
            "life_event",
            "2026-07-01T00:00:00-05:00",
            id="so many days",
        ),
        pytest.param(
            {
                "moratoria": [
                    {"kind": "life_event", "received": "2026-06-01", "through": "2026-06-30"}
                ]
            },
            "life_event",
            "2026-07-01T00:00:00-05:00",
            id="through a date",
        ),
        pytest.param(
            {"moratoria": [{"kind": "life_event", "decided": None}]}, "life_event", None, id="open"
        ),
        pytest.param(
            {"person_flags": {"bereavement": {"until": "2026-07-01"}}},
            "bereavement",
            "2026-07-02T00:00:00-05:00",
            id="bereavement, that day included",
        ),
        pytest.param(
            {"stage": "instalment_plan_performing"}, "instalment_plan", None, id="instalment plan"
        ),
    ],
)
def test_holds_are_read(given: dict[str, Any], kind: str, ends: str | None) -> None:
    (hold,) = facts(**given).holds

    assert hold.kind == kind
    assert (hold.ends.isoformat() if hold.ends else None) == ends


def test_standing_permissions_of_an_address_are_consents() -> None:
    read = facts(
        endpoints={
            "P1": {"dc_electronic_consent": True, "nyc_written_consent": ["sms", "email"]},
            "P2": {"dc_electronic_consent": False},
        }
    ).consents

    assert {(c.kind, c.channel, c.endpoint) for c in read} == {
        ("dc_electronic_consent", None, None),
        ("nyc_written_consent", "sms", None),
        ("nyc_written_consent", "email", None),
    }


def test_a_date_without_a_known_place_is_read_in_utc() -> None:
    raw = {"facts": {"moratoria": [{"kind": "life_event", "starts": "2026-06-01T00:00:00+02:00"}]}}
    bare = {"facts": {"moratoria": [{"kind": "life_event", "starts": "2026-06-01"}]}}

    starts = [facts_of(case).holds[0].starts for case in (raw, bare)]

    assert [at.isoformat() if at else "" for at in starts] == [
        "2026-06-01T00:00:00+02:00",
        "2026-06-01T00:00:00+00:00",
    ]
