"""What the packs of a lender's country say of a template, before anybody is contacted with it.

Rules about content are asked of every sample, as they would be of a contact. What only some places
of the country ask for, and what nobody can say on a locked screen, is left to a person's judgment.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

from outreach.compliance import examine
from outreach.compliance.pack import OnFail, Rule
from outreach.domain.decisions import ProposedAction, Reason
from outreach.domain.known import Facts
from outreach.domain.records import dataclass
from outreach.domain.vocabulary import Purpose
from outreach.rendering.context import MessageFacts
from outreach.rendering.errors import RenderError
from outreach.rendering.lint import Finding, LintCode
from outreach.rendering.message import MessageTemplate, Rendered, render
from outreach.usecases.lenders import LenderPlan
from outreach.usecases.rulebook import Judgment, Rulebook

ABOUT_CONTENT: Final = frozenset({"content_required", "content_forbidden"})
"""Primitives that look at words alone."""
_CERTAIN: Final = frozenset({"everywhere", "country", "added"})


@dataclass(frozen=True, slots=True)
class PackRule:
    """A rule about content that is asked of a template, and what it has against it.

    Attributes:
        rule: As the pack has it.
        pack: The pack's id.
        certain: Whether it holds wherever in the lender's country a borrower lives.
        missing: Content elements that are missing, or that may not be there.
        sample: The first sample that fails; "" where the rule is met.
        code: The reason's, "" where the rule is met.
    """

    rule: Rule
    pack: str
    certain: bool
    missing: tuple[str, ...] = ()
    sample: str = ""
    code: str = ""


def lint_by_packs(
    template: MessageTemplate, lender: LenderPlan, rulebook: Rulebook, at: datetime
) -> list[Finding]:
    """Return what rules about content have against a template, for contacts of this lender."""
    found = []
    for one in rules_about(template, lender, rulebook, at):
        if not one.code:
            continue
        stops = one.certain and not template.shape.on_locked_screen
        cause = one.code.rpartition(".")[2]
        named = ", ".join(one.missing)
        words = f"sample {one.sample!r}: {one.rule.id} ({one.pack}): {cause}: {named}"
        told = (("rule", one.rule.id), ("pack", one.pack), ("element", named))
        kind = f"pack_{cause}" if stops else f"pack_{cause}_maybe"
        found.append(
            Finding(
                template.path,
                LintCode.PACK,
                words,
                is_error=stops,
                kind=kind,
                told=told,
                sample=one.sample,
            )
        )
    return found


def rules_about(
    template: MessageTemplate, lender: LenderPlan, rulebook: Rulebook, at: datetime
) -> list[PackRule]:
    """Return every rule about content that a template is asked by, met or not, each once."""
    facts = Facts(lender_role=lender.role, residence=lender.country)
    judgment = rulebook.judgment(lender, facts)
    samples = [
        (name, told, words)
        for name, told in template.meta.samples.get(template.locale, {}).items()
        if told.role is lender.role and (words := _rendered(template, told)) is not None
    ]
    every: dict[str, list[PackRule]] = {}
    for name, told, words in samples:
        for purpose in sorted(template.purposes):
            for one in _ask(template, (told, words), purpose, lender, judgment, at):
                failed = PackRule(
                    one.rule, one.pack, one.certain, one.missing, name if one.code else "", one.code
                )
                every.setdefault(one.rule.id, []).append(failed)
    return [_worst(tries) for tries in every.values()]


def _worst(tries: list[PackRule]) -> PackRule:
    """Return the failure, if there is one.

    What only some places ask for is met where one sample meets it: samples differ in the place.
    """
    failed = [one for one in tries if one.code]
    if not failed or (not failed[0].certain and len(failed) < len(tries)):
        return next(one for one in tries if not one.code)
    return failed[0]


def _ask(
    template: MessageTemplate,
    sample: tuple[MessageFacts, Rendered],
    purpose: Purpose,
    lender: LenderPlan,
    judgment: Judgment,
    at: datetime,
) -> Iterator[PackRule]:
    told, words = sample
    action = ProposedAction(
        at=at,
        channel=template.channel,
        purpose=purpose,
        debts=("1",),
        first_communication=told.first_communication,
        sender=lender.slug,
        content=words.content,
        template_class=template.meta.template_class,
    )
    facts = Facts(lender_role=lender.role, residence=lender.country)
    certain = {one.pack for one in judgment.selection.choices if one.cause in _CERTAIN}
    for rule, pack, reason in examine(action, facts, judgment.compiled):
        if rule.primitive not in ABOUT_CONTENT or not rule.enforce:
            continue
        holds = pack in certain and rule.on_fail is not OnFail.WARN
        if reason is None:
            yield PackRule(rule, pack, holds)
        else:
            yield PackRule(rule, pack, holds and "unknown" not in reason.parameters,
                           tuple(_elements(reason)), code=reason.code)  # fmt: skip


def _elements(reason: Reason) -> Iterator[str]:
    for name in ("missing", "extra", "found"):
        told = reason.parameters.get(name, ())
        if isinstance(told, Iterable):
            yield from map(str, told)


def _rendered(template: MessageTemplate, facts: MessageFacts) -> Rendered | None:
    try:
        return render(template, facts)
    except RenderError:
        return None
