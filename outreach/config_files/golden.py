"""Golden cases: read files of them, run each through the engine, and say what differed.

A case is judged by the packs it lists, neither more nor fewer, so that a pack which selects no
rule for it allows it. The conventions that make a case short are this module's and
`golden_facts`', never the engine's: content that isn't listed is complete, proposals made at the
same time go through the ledger one after the other, and each inbound text is a run of its own.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import yaml
from jsonschema_rs import Draft202012Validator

from outreach.compliance import CompiledPacks, compile_packs, decide
from outreach.compliance.pack import Pack, Rule
from outreach.config_files.golden_actions import action_of
from outreach.config_files.golden_facts import facts_of
from outreach.config_files.golden_notices import with_notices
from outreach.config_files.golden_times import Raw, instant
from outreach.config_files.packs import explain
from outreach.domain.decisions import Decision, Reason, Verdict
from outreach.domain.known import Facts, LedgerEntry
from outreach.domain.records import dataclass

ENGINE: Final = "engine."
_CODE: Final = re.compile("^[a-z]+(_[a-z]+)+$")
# Primitives that can count to the second instead of by local date.
_DATED: Final = frozenset({"cooldown_after_outcome", "min_gap", "rolling_cap"})


class GoldenError(ValueError):
    """A file of golden cases can't be used; the message names the case and the key."""


@dataclass(frozen=True, slots=True)
class GoldenCase:
    """One case as read: its id, how sure its authors are, and the rest as written."""

    id: str
    confidence: str
    packs: tuple[str, ...]
    raw: Raw

    @property
    def accepted(self) -> frozenset[str]:
        """Rules of which the verdict must name one; empty where any will do."""
        expect = self.raw["expect"]
        named = {expect["rule"]} if "rule" in expect else set()
        return frozenset({*named, *expect.get("also_acceptable_rules", ())})

    @property
    def warnings(self) -> frozenset[str]:
        """Rules that must be mentioned without stopping the contact."""
        return frozenset(self.raw["expect"].get("warnings", ()))

    @property
    def rules(self) -> frozenset[str]:
        """Every row of the rulebook that the case is about."""
        return self.accepted | self.warnings | frozenset(self.raw.get("exercises", ()))


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What came of one case: how it differed (nothing if it passed), or what it waits for."""

    case: GoldenCase
    differences: tuple[str, ...] = ()
    waiting_for: tuple[str, ...] = ()

    @property
    def state(self) -> str:
        """`waiting`, `failed`, `differs` (a case of low confidence, reported only) or `passed`."""
        if self.waiting_for:
            return "waiting"
        if not self.differences:
            return "passed"
        return "differs" if self.case.confidence == "low" else "failed"


@cache
def _validator() -> Draft202012Validator:
    schema = files("outreach.config_files").joinpath("golden_case.schema.json")
    return Draft202012Validator(json.loads(schema.read_text(encoding="utf-8")))


def read_cases(file: Path) -> tuple[GoldenCase, ...]:
    """Read a file of cases.

    Raises:
        GoldenError: The file can't be read, or a case has a key or value the format doesn't know.
    """
    try:
        raw = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except (OSError, yaml.YAMLError) as exc:
        message = f"{file}: can't be read: {exc}"
        raise GoldenError(message) from exc
    cases = raw.get("cases") if isinstance(raw, Mapping) else None
    if not isinstance(cases, list):
        message = f"{file}: there is no list of cases under the key `cases`"
        raise GoldenError(message)
    return tuple(parse_case(case, str(file)) for case in cases)


def parse_case(raw: Any, file: str = "case") -> GoldenCase:
    """Check one case against the closed format.

    Raises:
        GoldenError: Naming the case and the offending key.
    """
    name = raw.get("id", "without id") if isinstance(raw, Mapping) else "no mapping"
    problems = [
        f"{'.'.join(map(str, error.instance_path)) or 'case'}: {explain(error)}"
        for error in _validator().iter_errors(raw)
    ]
    if problems:
        message = f"{file}: case {name}: {'; '.join(problems)}"
        raise GoldenError(message)
    return GoldenCase(raw["id"], raw["confidence"], tuple(raw["packs"]), raw)


class Bench:
    """Runs cases against a set of packs; compiles each combination of packs once."""

    def __init__(self, packs: Iterable[Pack], *, strict: bool = False) -> None:
        """Take all packs there are; `strict` counts days to the second (`expect_strict`)."""
        self._packs = {
            pack.id: replace(pack, rules=tuple(map(_to_the_second, pack.rules))) if strict else pack
            for pack in packs
        }
        self._strict = strict
        self._compiled: dict[tuple[str, ...], CompiledPacks] = {}

    def run(self, case: GoldenCase) -> Verdicts:
        """Run one case, or say which primitives or packs it waits for."""
        if self._strict and "expect_strict" not in case.raw:
            return Verdicts(case, waiting_for=("expect_strict",))
        if missing := self._missing(case):
            return Verdicts(case, waiting_for=missing)
        expect: Raw = case.raw["expect"]
        if self._strict:
            expect = case.raw["expect_strict"]
        packs = self._compile(case.packs)
        differences: list[str] = []
        for raw in _runs(case.raw):
            facts = with_notices(facts_of(raw), raw, packs)
            if "proposed_concurrent" in raw:
                decisions = list(_decide_together(raw["proposed_concurrent"], facts, packs))
                differences += _compare_together(expect, decisions)
            else:
                action = action_of(raw["proposed"], facts, packs)
                differences += _compare(expect, decide(action, facts, packs))
        return Verdicts(case, tuple(differences))

    def _missing(self, case: GoldenCase) -> tuple[str, ...]:
        """Return what the case waits for: packs we don't have, rules that its packs can't say.

        A case may exercise rows that none of its packs has; it is run all the same, since what
        must come out is said by `expect`.
        """
        absent = [f"pack {name}" for name in case.packs if name not in self._packs]
        if absent:
            return tuple(absent)
        packs = [self._packs[name] for name in case.packs]
        known = frozenset[str]().union(*(pack.ids for pack in packs))
        waiting = {rule: primitive for pack in packs for rule, primitive in pack.waiting.items()}
        missing = {waiting[rule] for rule in case.rules - known if rule in waiting}
        if not case.accepted & known and not any(map(_is_engines, case.accepted)):
            missing |= {f"rule {rule}" for rule in case.accepted if rule not in waiting}
        missing |= {f"rule {rule}" for rule in case.warnings - known if rule not in waiting}
        return tuple(sorted(missing))

    def _compile(self, names: tuple[str, ...]) -> CompiledPacks:
        found = self._compiled.get(names)
        if found is None:
            found = self._compiled[names] = compile_packs(self._packs[name] for name in names)
        return found


def _to_the_second(rule: Rule) -> Rule:
    if rule.primitive not in _DATED:
        return rule
    return replace(rule, parameters={**rule.parameters, "basis": "duration"})


def _is_engines(rule: str) -> bool:
    return rule.startswith(ENGINE)


def _runs(raw: Raw) -> Iterator[Raw]:
    """Yield the case once for each inbound text, or once if there is at most one."""
    facts: Raw = raw.get("facts", {})
    texts = facts.get("inbound", ())
    if len(texts) < 2:
        yield raw
        return
    for text in texts:
        yield {**raw, "facts": {**facts, "inbound": [text]}}


def _decide_together(
    proposals: Iterable[Raw], facts: Facts, packs: CompiledPacks
) -> Iterator[Decision]:
    """Decide proposals one after the other, each allowed one standing in the ledger of the next.

    The format says nothing of what the first came to; it counts as placed and not answered.
    """
    for raw in proposals:
        action = action_of(raw, facts, packs)
        decision = decide(action, facts, packs)
        if decision.verdict is Verdict.ALLOW:
            entry = LedgerEntry(
                at=action.at,
                channel=action.channel,
                direction="out",
                outcome="no_answer" if action.channel == "call" else "sent",
                debts=action.debts,
                endpoint=action.endpoint,
                purpose=action.purpose,
                recipient_role=action.recipient_role,
                sender=action.sender,
            )
            facts = replace(facts, ledger=(*facts.ledger, entry))
        yield decision


def _compare_together(expect: Raw, decisions: list[Decision]) -> list[str]:
    allowed = [d for d in decisions if d.verdict is Verdict.ALLOW]
    if len(allowed) != 1:
        return [f"allowed: expected 1 of {len(decisions)}, got {len(allowed)}"]
    rest = {**expect, "decision": "defer"}
    return [
        difference
        for decision in decisions
        if decision.verdict is not Verdict.ALLOW
        for difference in _compare(rest, decision)
    ]


def _compare(expect: Raw, decision: Decision) -> list[str]:
    """Say how a decision differs from what the case expects; nothing if it doesn't."""
    different: list[str] = []
    if decision.verdict != expect["decision"]:
        named = ", ".join(sorted(decision.rules)) or "no rule"
        different.append(
            f"decision: expected {expect['decision']}, got {decision.verdict} ({named})"
        )
    accepted = {*expect.get("also_acceptable_rules", ()), *_listed(expect, "rule")}
    if accepted and accepted.isdisjoint(decision.rules):
        got = ", ".join(sorted(decision.rules)) or "none"
        different.append(f"rule: expected {' or '.join(sorted(accepted))}, got {got}")
    if "until" in expect and instant(expect["until"]) != decision.until:
        got = decision.until.isoformat() if decision.until else "none"
        different.append(f"until: expected {expect['until']}, got {got}")
    unsaid = set(expect.get("warnings", ())) - _ids(decision.warnings)
    if unsaid:
        different.append(f"warnings: expected {', '.join(sorted(unsaid))}, not mentioned")
    needs = expect.get("needs", "")
    # Where it is a stable word, and not a sentence, it is compared.
    if _CODE.match(needs) and needs not in decision.needs:
        different.append(f"needs: expected {needs}, got {', '.join(decision.needs) or 'nothing'}")
    return different


def _listed(expect: Raw, key: str) -> tuple[str, ...]:
    return (expect[key],) if key in expect else ()


def _ids(reasons: Iterable[Reason]) -> set[str]:
    return {rule for reason in reasons for rule in (reason.rule, *reason.also)}
