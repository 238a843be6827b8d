"""Verdicts in words: every cause has them in both languages, and they say what a reviewer asks."""

import re
from datetime import UTC, date, datetime
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, Final

import pytest

from outreach.compliance import compile_packs, decide, select_packs
from outreach.compliance.answering import MAY_ANSWER
from outreach.compliance.pack import Force, Pack, Rule
from outreach.compliance.person_preference import SORTS
from outreach.compliance.selection import Choice
from outreach.config_files.packs import read_packs
from outreach.domain import known as d
from outreach.domain.decisions import Decision, ProposedAction, Reason, Verdict
from outreach.domain.standing import WaitReason
from outreach.domain.vocabulary import HoldKind
from outreach.rendering.errors import RenderCause
from outreach.rendering.verdicts import (
    LANGUAGES,
    DecisionWords,
    Language,
    index_rules,
    say_cause,
    say_choice,
    say_decision,
    say_needs,
    say_reason,
)
from outreach.rendering.verdicts.sentences import sentences
from tests.rendering.reason_codes import emitted

APPROVED: Final = Path(__file__).parent / "approved"
PACKS: Final = read_packs(Path(__file__).resolve().parents[2] / "config" / "compliance")
NOT_SAID: Final = {MAY_ANSWER}
OURS: Final = {
    "engine.duplicate",
    "engine.insufficient_facts",
    "engine.needs_review",
    "engine.no_pack",
    "dispatch.account_open",
    "dispatch.no_lender",
    "dispatch.no_sender",
    "dispatch.no_treatment",
    "dispatch.paused",
    "dispatch.sender_ramping",
    "hand_off.agency_contract_over",
    "hand_off.no_agency",
    "letter.no_address",
    "letter.no_sender_address",
    "template.wrong_purpose",
    *RenderCause,
}
"""Reason codes that no primitive emits."""


def codes() -> set[str]:
    return {code for code in emitted() if code.partition(".")[2] not in NOT_SAID} | OURS


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_cause_has_words(language: Language) -> None:
    known = sentences(language).reasons
    speechless = [code for code in codes() if not any(fnmatch(one, code) for one in known)]

    assert speechless == [], "write them in outreach/rendering/verdicts/*.yaml"


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_words_are_kept_for_what_has_no_cause(language: Language) -> None:
    every = codes()

    assert [
        one for one in sentences(language).reasons if not any(fnmatch(one, c) for c in every)
    ] == []


def test_the_collector_sees_what_is_there() -> None:
    found = set(emitted())

    assert {"quiet_hours.closed", "quiet_hours.already_answered", "cease.requested"} <= found
    assert {f"person_preference.barred_{one}" for one in SORTS} <= set(sentences("en").reasons)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_last_sentence_of_each_cause_needs_no_facts(language: Language) -> None:
    said = sentences(language)
    for code, words in said.reasons.items():
        assert "{" not in words["says"][-1], code
    for primitive, titles in said.titles.items():
        assert "{" not in titles[-1], primitive


def test_both_languages_say_the_same_things() -> None:
    english, chinese = sentences("en"), sentences("zh")
    for part in (
        "frame",
        "titles",
        "reasons",
        "waits",
        "selection",
        "forces",
        "needs",
        "obligations",
        "lengths",
        "explain",
        "values",
    ):
        assert getattr(english, part).keys() == getattr(chinese, part).keys(), part
    for code, words in english.reasons.items():
        other = chinese.reasons[code]
        assert [holes(one) for one in words["says"]] == [holes(one) for one in other["says"]], code
        assert ("clears" in words) == ("clears" in other), code


def holes(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)", text))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_vocabulary_has_words(language: Language) -> None:
    said = sentences(language)
    assert {force.value for force in Force} == said.forces.keys()
    assert {f"kind.{kind}" for kind in HoldKind} <= said.values.keys()
    assert {wait.value for wait in WaitReason} <= said.waits.keys()
    assert {rule.primitive for pack in PACKS for rule in pack.rules} <= said.titles.keys()
    for cause in ("added", "everywhere", "country", "region", "region_unknown", "whereabouts",
                  "draft", "role", "residence_unknown", "not_named", "product", "stage", "unknown"):  # fmt: skip
        assert cause in said.selection


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_shipped_packs_need_and_bring_has_words(language: Language) -> None:
    said = sentences(language)
    rules = [rule for pack in PACKS for rule in pack.rules]
    needed = {
        need
        for rule in rules
        for need in (rule.needs, rule.parameters.get("needs"), rule.parameters.get("release_event"))
        if need
    }

    assert needed - said.needs.keys() == set(), f"add them to words-{language}.yaml"
    assert {one for rule in rules for one in rule.obligations} <= said.obligations.keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_shipped_packs_name_has_words(language: Language) -> None:
    known = {name.rpartition(".")[2] for name in sentences(language).values}
    named: set[str] = set()
    for pack in PACKS:
        for rule in pack.rules:
            for name in (
                "all_of",
                "any_of",
                "elements",
                "optional",
                "kinds",
                "outcomes",
                "subject",
                "event",
            ):
                named |= set(texts_in(rule.parameters.get(name)))

    assert named - known == set(), f"add them to words-{language}.yaml"


def texts_in(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    return (
        [text for one in value for text in texts_in(one)]
        if isinstance(value, (list, tuple))
        else []
    )


# What is approved: decisions by a pack of the tests, in both languages, as a reviewer reads them.

REVIEWED: Final = read_packs(Path(__file__).parent / "packs")
NEW_YORK: Final = d.ZoneEvidence("America/New_York", "address")
DENVER: Final = d.ZoneEvidence("America/Denver", "area_code")
SHANGHAI: Final = d.ZoneEvidence("Asia/Shanghai", "declared")
NIGHT: Final = datetime(2026, 11, 24, 3, 14, tzinfo=UTC)
NOON: Final = datetime(2026, 11, 24, 17, tzinfo=UTC)


def an_action(at: datetime = NOON, **more: Any) -> ProposedAction:
    return ProposedAction(
        at, **{"channel": "call", "purpose": "collection", "debts": ("7",), **more}
    )


def calls(*days: int, outcome: str = "no_answer") -> tuple[d.LedgerEntry, ...]:
    return tuple(
        d.LedgerEntry(
            datetime(2026, 11, day, 15, number, tzinfo=UTC), "call", "out", outcome, ("7",)
        )
        for number, day in enumerate(days)
    )


def some_facts(*zones: d.ZoneEvidence, **more: Any) -> d.Facts:
    return d.Facts(lender_role="third_party", zones=zones, residence="US-NY", **more)


PROTECTED: Final = some_facts(
    NEW_YORK,
    holds=(
        d.Hold("cease", NIGHT, attributes={"form": "written"}),
        d.Hold("hardship", NIGHT, ends=datetime(2027, 2, 23, 5, tzinfo=UTC)),
        d.Hold("bankruptcy", NIGHT),
    ),
    opt_outs=(d.OptOut(NIGHT, "call"),),
)
CASES: Final[dict[str, tuple[ProposedAction, d.Facts]]] = {
    "allowed": (an_action(), some_facts(NEW_YORK)),
    "night": (an_action(NIGHT), some_facts(NEW_YORK)),
    "two-places": (
        an_action(datetime(2026, 11, 24, 13, 30, tzinfo=UTC)),
        some_facts(NEW_YORK, DENVER),
    ),
    "nowhere": (an_action(), some_facts()),
    "seven-calls": (an_action(), some_facts(NEW_YORK, ledger=calls(18, 18, 19, 20, 21, 22, 23))),
    "conversation": (an_action(), some_facts(NEW_YORK, ledger=calls(20, outcome="conversation"))),
    "protected": (an_action(), PROTECTED),
    "preference": (
        an_action(),
        some_facts(SHANGHAI, preferences=(d.Preference(NIGHT, 23 * 60, 9 * 60),)),
    ),
    "words": (an_action(channel="sms", content=frozenset({"amount"})), some_facts(NEW_YORK)),
    "warning": (an_action(recipient_role="relative"), some_facts(NEW_YORK)),
}


def decided(name: str) -> tuple[Decision, tuple[Pack, ...], ProposedAction, str]:
    action, facts = CASES[name]
    zone = facts.zones[0].zone if facts.zones else "UTC"
    return decide(action, facts, compile_packs(REVIEWED)), REVIEWED, action, zone


def as_text(words: DecisionWords) -> str:
    lines = [words.headline]
    for one in words.reasons:
        lines += [
            f"- {one.title} [{one.rule}]",
            f"  {one.sentence}",
            f"  {one.clears}",
            f"  ({one.force}: {one.authority})",
        ]
    lines += [f"! {one.title} [{one.rule}]: {one.sentence}" for one in words.warnings]
    lines += [part for part in (words.needs, words.obligations) if part]
    return "\n".join(lines)


@pytest.mark.parametrize("name", CASES)
def test_a_decision_reads_as_approved(name: str) -> None:
    decision, packs, action, zone = decided(name)
    text = "".join(
        f"[{language}]\n"
        + as_text(
            say_decision(decision, index_rules(packs), at=action.at, zone=zone, language=language)
        )
        + "\n"
        for language in LANGUAGES
    )

    assert text == (APPROVED / f"{name}.txt").read_text(encoding="utf-8")


def test_a_reason_of_a_rule_nobody_knows_any_more_is_still_said() -> None:
    kept = Reason("x.gone", "rolling_cap.reached", Verdict.DEFER, {"limit": 7}, NOON)

    said = say_reason(kept, {}, at=NIGHT, zone="Asia/Kolkata", language="en")

    assert said.sentence == "The limit of contacts is reached."
    assert said.clears == "Clears by itself: Tue, Nov 24, 2026, 22:30 in Kolkata (GMT+5:30)."
    assert (said.title, said.authority, said.force) == ("Limit in a moving window", "", "")


def test_what_has_no_words_yet_is_shown_by_its_code() -> None:
    kept = Reason("x.new", "moon_phase.full", Verdict.BLOCK)

    said = say_reason(kept, {}, at=NIGHT, zone="UTC", language="zh")

    assert (said.title, said.sentence, said.clears) == (
        "moon_phase",
        "moon_phase.full",
        "不会因等待而解除。",
    )
    assert say_cause("moon_phase.full", "en") == "moon_phase.full"
    assert say_choice(Choice("moon", chosen=True, cause="full"), "en") == "moon applies: full"


def test_facts_that_were_missing_and_rules_it_rests_on_are_named() -> None:
    kept = Reason(
        "x.y", "channel_forbidden.forbidden", Verdict.BLOCK,
        {"unknown": ("endpoint_kind",)}, also=("x.z",),
    )  # fmt: skip

    said = say_reason(kept, {}, at=NIGHT, zone="UTC", language="en")

    assert "It is not known: the kind of address. The stricter case is assumed." in said.sentence
    assert said.sentence.endswith("It rests on x.z as well.")


@pytest.mark.parametrize(
    ("code", "parameters", "sentence"),
    [
        pytest.param("rolling_cap.reached", {"limit": 1, "counted": 1}, "1 contact; at most 1 are allowed.", id="one"),
        pytest.param("rolling_cap.reached", {"limit": 1000, "counted": 1200}, "1,200 contacts; at most 1,000 are allowed.", id="many"),
        pytest.param("content_required.missing", {"missing": ["amount", "signature|lender_name"]}, "The words lack: the amount and the registered signature or the lender's name.", id="alternatives"),
        pytest.param("number_freshness.stale", {"max_age": [60, "days"]}, "The last proof that the number is still the person's is older than 60 days.", id="a length"),
        pytest.param("number_freshness.stale", {"max_age": [3, "moons"]}, "The last proof that the number is still the person's is older than 3 moons.", id="a strange length"),
        pytest.param("person_preference.promised", {"through": date(2026, 12, 1).toordinal()}, "The person promised to pay by Dec 1, 2026, and that date isn't over.", id="a date"),
        pytest.param("opt_out.opted_out", {"since": d.epoch_of(NIGHT)}, "The person asked on Tue, Nov 24, 2026, 03:14 in UTC (GMT+0) not to be contacted this way.", id="an instant"),
        pytest.param("quiet_hours.never_open", {"zones": ("Etc/GMT-14", "Mars/Base")}, "There is no hour that is open at once in Etc/GMT-14 and Mars/Base.", id="no places"),
        pytest.param("quiet_hours.never_open", {"zones": ()}, "There is no hour that is open in every place where the person may be.", id="an empty list"),
        pytest.param("human_approval_required.needs_approval", {"approver_role": [], "subject": "visit"}, "This needs a person's approval: visit.", id="nobody in particular"),
    ],
)  # fmt: skip
def test_values_are_written_for_people(
    code: str, parameters: dict[str, Any], sentence: str
) -> None:
    kept = Reason("x.y", code, Verdict.BLOCK, parameters)

    assert say_reason(kept, {}, at=NIGHT, zone="UTC", language="en").sentence == sentence


@pytest.mark.parametrize(
    ("windows", "title"),
    [
        pytest.param({"mon-sun": [["08:00", "21:00"]]}, "Hours of contact, 08:00–21:00", id="every day"),
        pytest.param(
            {"mon-fri": [["07:00", "19:00"]], "sat": [["08:00", "12:00"], ["13:00", "15:00"]], "holiday": [["10:00", "12:00"]]},
            "Hours of contact, Mon–Fri 07:00–19:00, Sat 08:00–12:00 and 13:00–15:00, and public holidays 10:00–12:00",
            id="some days",
        ),
    ],
)  # fmt: skip
def test_hours_are_written_by_their_days(windows: dict[str, Any], title: str) -> None:
    rule = Rule("x.y", "quiet_hours", {"windows": windows})
    kept = Reason("x.y", "quiet_hours.closed", Verdict.BLOCK)

    said = say_reason(kept, {("x.y", "quiet_hours"): rule}, at=NIGHT, zone="UTC", language="en")

    assert said.title == title


def test_warnings_and_shadows_are_said_apart() -> None:
    reason = Reason("x.y", "cease.requested", Verdict.BLOCK)
    decision = Decision(
        Verdict.ALLOW, warnings=(reason,), shadow=(reason,), obligations=("new_duty",)
    )

    said = say_decision(decision, {}, at=NIGHT, zone="UTC", language="en")

    assert said.headline == "Allowed, with 1 warning."
    assert len(said.warnings) == len(said.shadow) == 1
    assert said.obligations == "The contact brings with it: new duty."


def test_needs_are_said_in_both_languages() -> None:
    needs = ("human_approval_required", "a registered number")

    assert say_needs(needs, "en") == "It needs: a person's approval and a registered number."
    assert say_needs(("opt_in",), "zh") == "需要：借款人重新同意。"
    assert say_needs((), "zh") == ""


def test_a_selection_says_why_each_pack_applies_or_not() -> None:
    selection = select_packs(PACKS, "first_party", "CN")
    said = {one.pack: say_choice(one, "en") for one in selection.choices}

    assert (
        said["cn-consumer-lending"] == "cn-consumer-lending applies: The person's country decides."
    )
    assert said["outreach-base"] == "outreach-base applies: It applies everywhere."
    assert "does not apply" in said["us-regf"]
    assert "不适用" in say_choice(selection.choices[-1], "zh")
