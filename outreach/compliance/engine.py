"""Compile packs once, then judge one proposed action after another.

Every rule is asked, none is skipped because another one already objected, so that the record
shows all reasons. Block outranks defer, defer outranks allow; no rule can relax another.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final, NamedTuple

from outreach.compliance.clock import DAY, day_start
from outreach.compliance.exceptions import NEVER, Lift, compile_unless
from outreach.compliance.pack import OnFail, Pack, Rule
from outreach.compliance.selectors import (
    Test,
    compile_dynamic,
    compile_static,
    fact_signature,
    match,
    signature,
)
from outreach.compliance.view import Check, Objection, Parameters, Primitive, View
from outreach.domain.decisions import Decision, ProposedAction, Reason, Verdict
from outreach.domain.known import Facts, Flag, instant_of
from outreach.domain.vocabulary import Purpose

HORIZON: Final = 400 * DAY
# Records are kept for years: a purge may have to wait longer than any contact.
PURGE_HORIZON: Final = 100 * 366 * DAY
MOST_PLANS: Final = 4096
INSUFFICIENT_FACTS: Final = "engine.insufficient_facts"
NEEDS_REVIEW: Final = "engine.needs_review"
DUPLICATE: Final = "engine.duplicate"
# A local date begins up to 14 hours before, and 12 hours after, the same date in UTC.
_BAND: Final = 15 * DAY // 24


class UnknownPrimitiveError(ValueError):
    """A rule names a primitive that does not exist."""

    def __init__(self, rule: str, primitive: str, known: Iterable[str]) -> None:
        super().__init__(f"rule {rule}: no primitive {primitive!r}; there are {sorted(known)}")
        self.rule = rule
        self.primitive = primitive


class _Compiled(NamedTuple):
    """One rule, ready to run."""

    rule: Rule
    pack: str
    check: Check
    static: tuple[Test, ...]
    dynamic: tuple[Test, ...]
    lift: Lift | None
    # Surely in force in [since, before); near the ends the local date decides.
    since: int
    before: int
    # Content elements that satisfy the rule; empty unless it is about content.
    content: frozenset[str]
    # The same for attributes of the sender.
    sender: Mapping[str, Flag]


class _Step(NamedTuple):
    """A rule that is about this kind of action, and the facts that were missing to be sure."""

    compiled: _Compiled
    missing: tuple[str, ...]


class CompiledPacks:
    """Packs as closures. Keep it: compiling is slow, deciding fast. Safe to share by threads."""

    __slots__ = ("_plans", "allowed", "packs", "rules")

    def __init__(self, packs: Iterable[Pack], primitives: Mapping[str, Primitive]) -> None:
        self.packs = tuple(packs)
        self.rules = tuple(
            _compile(rule, pack, primitives) for pack in self.packs for rule in pack.rules
        )
        self.allowed = Decision(
            Verdict.ALLOW, packs=tuple((pack.id, pack.content_hash) for pack in self.packs)
        )
        self._plans: dict[tuple[object, ...], tuple[_Step, ...]] = {}

    def plan(self, view: View) -> tuple[_Step, ...]:
        """Return the rules that are about this kind of action."""
        key = (*signature(view.action), *fact_signature(view.facts))
        found = self._plans.get(key)
        if found is None:
            found = tuple(
                _Step(compiled, missing)
                for compiled in self.rules
                if (missing := match(compiled.static, view)) is not None
            )
            if len(self._plans) >= MOST_PLANS:
                self._plans.clear()
            self._plans[key] = found
        return found


def _compile(rule: Rule, pack: Pack, primitives: Mapping[str, Primitive]) -> _Compiled:
    primitive = primitives.get(rule.primitive)
    if primitive is None:
        raise UnknownPrimitiveError(rule.id, rule.primitive, primitives)
    applies_to = dict(rule.applies_to)
    if pack.requires.roles and "role" not in applies_to:
        applies_to["role"] = sorted(pack.requires.roles)
    if pack.requires.stages and "stage" not in applies_to:
        applies_to["stage"] = sorted(pack.requires.stages)
    start, end = rule.effective.start, rule.effective.end
    return _Compiled(
        rule,
        pack.id,
        primitive.compile(Parameters(rule.parameters)),
        compile_static(applies_to),
        compile_dynamic(applies_to),
        compile_unless(rule.unless),
        day_start("UTC", start.toordinal()) + _BAND if start else -NEVER,
        day_start("UTC", end.toordinal()) - _BAND if end else NEVER,
        primitive.content(Parameters(rule.parameters)),
        primitive.sender(Parameters(rule.parameters)),
    )


def decide(action: ProposedAction, facts: Facts, packs: CompiledPacks) -> Decision:
    """Judge one action by every rule of the packs, on what was known at `action.at`.

    Days past due and flags are taken as they are; only time moves while `until` is searched.

    Returns:
        Allow, with the same object each time if no rule has anything to say; defer with the
        earliest instant at which all rules would allow; or block, which waiting doesn't clear.
        An action without a time zone, or whose key is in the ledger, is blocked by the engine.
    """
    if action.at.utcoffset() is None:
        return refuse(packs, INSUFFICIENT_FACTS, missing="time_zone_of_instant")
    view = View(action, facts)
    if action.key is not None and _is_duplicate(view):
        return refuse(packs, DUPLICATE)
    plan = packs.plan(view)
    found = _ask(plan, view)
    return _conclude(found, plan, view, packs) if found else packs.allowed


def refuse(packs: CompiledPacks, rule: str, **parameters: object) -> Decision:
    """Return a block that no pack asked for."""
    reason = Reason(rule, rule, Verdict.BLOCK, parameters)
    return Decision(Verdict.BLOCK, (reason,), packs=packs.allowed.packs)


def _is_duplicate(view: View) -> bool:
    key = view.action.key
    return any(
        entry.key == key and entry.outcome != "released" and entry.epoch <= view.known
        for entry in view.facts.ledger
    )


class _Finding(NamedTuple):
    compiled: _Compiled
    objection: Objection
    missing: tuple[str, ...]


def _ask(plan: tuple[_Step, ...], view: View) -> list[_Finding]:
    """Ask every rule at `view.now`."""
    found: list[_Finding] = []
    now = view.now
    for step in plan:
        compiled = step[0]
        if not compiled.since <= now < compiled.before and not _is_in_force(compiled, view):
            continue
        missing = match(compiled.dynamic, view) if compiled.dynamic else ()
        if missing is None:
            continue
        objection = compiled.check(view)
        if objection is None:
            continue
        if compiled.lift is not None and (lifted := compiled.lift(view)) < NEVER:
            if lifted == now:
                continue
            if objection.until is None or objection.until > lifted:
                objection = objection._replace(verdict=Verdict.DEFER, until=lifted)
        if compiled.before < NEVER and objection.until is not None:
            objection = objection._replace(until=min(objection.until, _end(compiled, view)))
        found.append(_Finding(compiled, objection, (*step.missing, *missing)))
    return found


def _is_in_force(compiled: _Compiled, view: View) -> bool:
    """Judge a rule near the date it begins or ends: in force where any zone says so."""
    effective = compiled.rule.effective
    return any(
        (effective.start is None or _has_begun(effective.start, zone, view.now))
        and (effective.end is None or not _has_begun(effective.end, zone, view.now))
        for zone in view.counting_zones
    )


def _end(compiled: _Compiled, view: View) -> int:
    """Return the instant at which a rule that ends is in force in no plausible zone any more."""
    end = compiled.rule.effective.end
    return max(day_start(zone, end.toordinal()) for zone in view.counting_zones) if end else NEVER


def _has_begun(day: date, zone: str, now: int) -> bool:
    return now >= day_start(zone, day.toordinal())


def _is_waived(rule: Rule, view: View) -> bool:
    until = rule.effective.waived_until
    return until is not None and not any(
        _has_begun(until, zone, view.now) for zone in view.counting_zones
    )


def _conclude(
    found: list[_Finding], plan: tuple[_Step, ...], view: View, packs: CompiledPacks
) -> Decision:
    """Make the decision out of what the rules said."""
    reasons: list[Reason] = []
    warnings: list[Reason] = []
    shadow: list[Reason] = []
    needs: list[str] = []
    obligations: list[str] = []
    for finding in found:
        rule, reason = finding.compiled.rule, _reason(finding)
        if not rule.enforce:
            shadow.append(reason)
        elif rule.on_fail is OnFail.WARN or _is_waived(rule, view):
            warnings.append(reason)
        else:
            reasons.append(reason)
            needs += [need for need in (rule.needs or finding.objection.needs,) if need]
            obligations += rule.obligations
    verdict = Verdict.ALLOW
    until = None
    if any(reason.verdict is Verdict.BLOCK for reason in reasons):
        verdict = Verdict.BLOCK
    elif reasons:
        clears = _clears(plan, view)
        verdict = Verdict.BLOCK if clears is None else Verdict.DEFER
        if clears is None:
            reasons.append(Reason(NEEDS_REVIEW, NEEDS_REVIEW, Verdict.BLOCK))
        else:
            until = instant_of(clears)
    return Decision(
        verdict,
        tuple(reasons),
        until,
        tuple(warnings),
        tuple(shadow),
        tuple(dict.fromkeys(needs)),
        tuple(dict.fromkeys(obligations)),
        packs.allowed.packs,
    )


def _stops(finding: _Finding, view: View) -> bool:
    rule = finding.compiled.rule
    return rule.enforce and rule.on_fail is not OnFail.WARN and not _is_waived(rule, view)


def _clears(plan: tuple[_Step, ...], view: View) -> int | None:
    """Return the first instant at which no rule stops the action; None within the horizon.

    Each rule says when it alone would allow; the latest of these is asked again, until nothing
    objects: a cap may clear on a day that another rule keeps closed.
    """
    limit = view.known + (PURGE_HORIZON if view.action.purpose == Purpose.PURGE else HORIZON)
    while view.now <= limit:
        stopping = [f for f in _ask(plan, view) if _stops(f, view)]
        if not stopping:
            return view.now
        moment = view.now
        for finding in stopping:
            until = finding.objection.until
            if until is None or _verdict(finding) is Verdict.BLOCK:
                return None
            moment = max(moment, until)
        if moment == view.now:
            return None
        view.now = moment
    return None


def _verdict(finding: _Finding) -> Verdict:
    if finding.compiled.rule.on_fail is OnFail.BLOCK:
        return Verdict.BLOCK
    return finding.objection.verdict


def _reason(finding: _Finding) -> Reason:
    compiled, objection = finding.compiled, finding.objection
    rule = compiled.rule
    cited = rule.cite.get(objection.cause)
    parameters = dict(objection.parameters)
    if finding.missing:
        parameters["unknown"] = finding.missing
    verdict = _verdict(finding)
    return Reason(
        rule.id,
        f"{rule.primitive}.{objection.cause}",
        verdict,
        parameters,
        instant_of(objection.until)
        if objection.until is not None and verdict is Verdict.DEFER
        else None,
        (cited,) if cited else (),
        compiled.pack,
    )


def examine(
    action: ProposedAction, facts: Facts, packs: CompiledPacks
) -> list[tuple[Rule, str, Reason | None]]:
    """Return every rule about such an action with its pack, and its objection if it has one.

    For people: `decide` gives the verdict, this also names the rules that have nothing to object.
    """
    view = View(action, facts)
    plan = packs.plan(view)
    reasons = {id(finding.compiled): _reason(finding) for finding in _ask(plan, view)}
    return [
        (step.compiled.rule, step.compiled.pack, reasons.get(id(step.compiled))) for step in plan
    ]


def needed_content(action: ProposedAction, facts: Facts, packs: CompiledPacks) -> frozenset[str]:
    """Return content elements that satisfy every content rule about such an action."""
    view = View(action, facts)
    return frozenset[str]().union(
        *(step.compiled.content for step in packs.plan(view) if _asks(step.compiled, view))
    )


def needed_sender(action: ProposedAction, facts: Facts, packs: CompiledPacks) -> Mapping[str, Flag]:
    """Return attributes of a sender that satisfy the rules about such an action.

    Where rules ask for different numbers, one of them fails whatever the attribute says.
    """
    view = View(action, facts)
    found: dict[str, Flag] = {}
    for step in packs.plan(view):
        if _asks(step.compiled, view):
            found.update(step.compiled.sender)
    return found


def _asks(compiled: _Compiled, view: View) -> bool:
    """Tell whether a rule is about the action and nothing lifts it now."""
    if match(compiled.dynamic, view) is None:
        return False
    return compiled.lift is None or compiled.lift(view) > view.now
