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

from outreach.compliance import CompiledPacks, compile_packs, decide, needed_content
from outreach.compliance.pack import Pack, Rule
from outreach.config_files.golden_facts import IsOptOut, Raw, facts_of, instant
from outreach.config_files.packs import explain
from outreach.domain.decisions import (
    Decision,
    Facts,
    LedgerEntry,
    ProposedAction,
    Reason,
    Verdict,
)
from outreach.domain.records import dataclass
from outreach.domain.replies import classify
from outreach.domain.vocabulary import ReplyKind

ENGINE: Final = "engine."
_CODE: Final = re.compile("^[a-z]+(_[a-z]+)+$")
# Primitives that can count to the second instead of by local date.
_DATED: Final = frozenset({"rolling_cap", "cooldown_after_outcome"})


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
    def rules(self) -> frozenset[str]:
        """Rulebook ids that must be expressible before the case can be run."""
        expect = self.raw["expect"]
        named = {*self.raw.get("exercises", ()), *expect.get("warnings", ())}
        return frozenset(named | ({expect["rule"]} if "rule" in expect else set()))


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
            facts = facts_of(raw, _is_opt_out)
            if "proposed_concurrent" in raw:
                decisions = list(_decide_together(raw["proposed_concurrent"], facts, packs))
                differences += _compare_together(expect, decisions)
            else:
                action = _action(raw["proposed"], facts, packs)
                differences += _compare(expect, decide(action, facts, packs))
        return Verdicts(case, tuple(differences))

    def _missing(self, case: GoldenCase) -> tuple[str, ...]:
        absent = [f"pack {name}" for name in case.packs if name not in self._packs]
        if absent:
            return tuple(absent)
        packs = [self._packs[name] for name in case.packs]
        known = frozenset[str]().union(*(pack.ids for pack in packs))
        waiting = {rule: primitive for pack in packs for rule, primitive in pack.waiting.items()}
        return tuple(
            sorted(
                {
                    waiting.get(rule, f"rule {rule}")
                    for rule in case.rules
                    if rule not in known and not rule.startswith(ENGINE)
                }
            )
        )

    def _compile(self, names: tuple[str, ...]) -> CompiledPacks:
        found = self._compiled.get(names)
        if found is None:
            found = self._compiled[names] = compile_packs(self._packs[name] for name in names)
        return found


def _to_the_second(rule: Rule) -> Rule:
    if rule.primitive not in _DATED:
        return rule
    return replace(rule, parameters={**rule.parameters, "basis": "duration"})


def _is_opt_out(text: str) -> bool:
    return classify(text).kind is ReplyKind.OPT_OUT


def _runs(raw: Raw) -> Iterator[Raw]:
    """Yield the case once for each inbound text, or once if there is at most one."""
    facts: Raw = raw.get("facts", {})
    texts = facts.get("inbound", ())
    if len(texts) < 2:
        yield raw
        return
    for text in texts:
        yield {**raw, "facts": {**facts, "inbound": [text]}}


def _action(raw: Raw, facts: Facts, packs: CompiledPacks) -> ProposedAction:
    """Turn `proposed` into an action; content that isn't listed is all that the packs require."""
    number = raw.get("sender_number")
    attributes: dict[str, bool | str] = {f"number_{number}": True} if number else {}
    attributes |= {
        key: raw[key]
        for key in ("sender_registered", "template_registered", "recording", "claimed_exemption")
        if key in raw
    }
    expected = raw.get("expected_delivery")
    action = ProposedAction(
        at=instant(raw["at"]),
        channel=raw["channel"],
        purpose=raw["purpose"],
        debts=tuple(raw.get("debts", ())),
        recipient_role=raw.get("recipient_role", "debtor"),
        endpoint=raw.get("to") or _only_endpoint(raw["channel"], facts),
        dial_mode=raw.get("dial_mode"),
        content=frozenset(raw.get("content", ())),
        content_tags=frozenset(raw.get("content_tags", ())),
        place=raw.get("place"),
        first_communication=raw.get("first_communication", False),
        template_class=raw.get("template_class"),
        call_kind=raw.get("call_kind"),
        sender=raw.get("sender"),
        sender_attributes=attributes,
        expected_delivery=instant(expected) if expected else None,
        key=raw.get("idempotency_key"),
    )
    if "content" in raw or action.at.utcoffset() is None:
        return action
    return replace(action, content=needed_content(action, facts, packs))


_EMAIL_KINDS: Final = frozenset({"work_email", "email"})


def _only_endpoint(channel: str, facts: Facts) -> str | None:
    """Return the one address on file for the channel, where the case names no other."""
    wants_email = channel == "email"
    fitting = [
        name
        for name, endpoint in facts.endpoints.items()
        if (endpoint.kind in _EMAIL_KINDS) is wants_email and endpoint.not_persons_at is None
    ]
    return fitting[0] if len(fitting) == 1 else None


def _decide_together(
    proposals: Iterable[Raw], facts: Facts, packs: CompiledPacks
) -> Iterator[Decision]:
    """Decide proposals one after the other, each allowed one standing in the ledger of the next.

    The format says nothing of what the first came to; it counts as placed and not answered.
    """
    for raw in proposals:
        action = _action(raw, facts, packs)
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


__all__ = ["Bench", "GoldenCase", "GoldenError", "IsOptOut", "Verdicts", "parse_case", "read_cases"]
