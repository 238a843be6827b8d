"""What if: one borrower at another time or with other facts, judged as dispatch judges."""

from collections.abc import Mapping
from typing import Final

from aiohttp import hdrs, web
from redis.exceptions import RedisError

from outreach.domain.decisions import Reason, Verdict
from outreach.domain.operators import EVERYBODY
from outreach.domain.records import dataclass
from outreach.domain.standing import Due, Wait
from outreach.rendering.rule_sheet import rule_title
from outreach.rendering.verdicts import index_rules, say_cause, say_decision, say_reason
from outreach.rendering.verdicts.saying import DecisionWords
from outreach.runtime import Runtime
from outreach.usecases.as_if_due import step_keys
from outreach.usecases.explain import RuleVerdict
from outreach.usecases.reporting import may_treat
from outreach.usecases.what_if import Comparison, Seen, compare
from outreach.web.console.access import SESSION, Page
from outreach.web.console.forms import Form, read_form
from outreach.web.console.page import Renderer, language_for
from outreach.web.console.private_search import PrivateSearch
from outreach.web.console.showing import Moment, Tag, show_moment
from outreach.web.console.what_if_form import LONGEST, NAMES, PATH, form_of, read_supposed
from outreach.web.console.whose import Whose, whose
from outreach.web.console.words import Language, say, say_or

_TAGS: Final = {
    Verdict.ALLOW: ("ok", "✓", "what_if.allowed"),
    Verdict.DEFER: ("wait", "◷", "what_if.deferred"),
    Verdict.BLOCK: ("stop", "⬢", "what_if.blocked"),
}


@dataclass(frozen=True, slots=True)
class Card:
    """One look as a card: what came of it, why, and when it is looked at again."""

    tag: Tag
    headline: str
    at: Moment
    step: str
    through: str
    day: int | None
    words: DecisionWords | None
    until: Moment | None


@dataclass(frozen=True, slots=True)
class Row:
    """One rule in both looks."""

    rule: str
    title: str
    now: tuple[Tag, str]
    then: tuple[Tag, str]
    has_changed: bool
    objects: bool


class SimulatePages:
    """Handlers of the page.

    Args:
        runtime: Open.
        renderer: Makes the pages.
    """

    def __init__(self, runtime: Runtime, renderer: Renderer) -> None:
        self._runtime = runtime
        self._renderer = renderer
        self._search = PrivateSearch(runtime.redis, runtime.vault, "simulate")

    def pages(self) -> list[Page]:
        """Return the pages, and who may open them."""
        return [
            Page(hdrs.METH_GET, PATH, self.get, EVERYBODY, recorded=True),
            Page(hdrs.METH_POST, PATH, self.post, EVERYBODY),
        ]

    async def get(self, request: web.Request) -> web.StreamResponse:
        """Show the form, and the verdicts on what its address stands for."""
        name = request.query.get("s", "")
        if not name:
            return self._form(request, whose(request, self._runtime))
        try:
            said = await self._search.find(request[SESSION].operator, name)
        except RedisError:
            return self._renderer.page(request, "away.html", status=503)
        if said is None:
            return self._form(request, whose(request, self._runtime), has_lapsed=True)
        return await self._show(request, said)

    async def post(self, request: web.Request) -> web.StreamResponse:
        """Keep what is supposed under a name that says nothing, and show it there."""
        said = read_form(await request.post(), NAMES, longest=LONGEST)
        about = whose(request, self._runtime, chosen=said["lender"])
        if about is None:
            return self._form(request, None)
        language, now = language_for(request), self._runtime.clock.business_now()
        form = form_of(language, about, self._steps(about), now)
        supposed, wrong = read_supposed(said, form, about, language, now)
        if supposed is None:
            return self._form(request, about, form=form.filled(said, wrong))
        try:
            name = await self._search.keep(request[SESSION].operator, said)
        except RedisError:
            return self._renderer.page(request, "away.html", status=503)
        return web.Response(status=303, headers={"Location": f"{PATH}?s={name}#verdict"})

    async def _show(self, request: web.Request, said: Mapping[str, str]) -> web.StreamResponse:
        about = whose(request, self._runtime, chosen=said.get("lender", ""))
        if about is None:
            return self._form(request, None)
        language, now = language_for(request), self._runtime.clock.business_now()
        form = form_of(language, about, self._steps(about), now)
        supposed, wrong = read_supposed(said, form, about, language, now)
        if supposed is None:
            return self._form(request, about, form=form.filled(said, wrong))
        found = await compare(self._runtime, about.slug, said["loan"], supposed, now=now)
        if found is None:
            wrong = {"loan": say(language, "what_if.loan.unknown")}
            return self._form(request, about, form=form.filled(said, wrong))
        cards = [_card(one, language) for one in (found.now, found.then)]
        rows = _rows(found, language)
        return self._renderer.page(
            request,
            "simulate.html",
            visitor=request[SESSION],
            about=about,
            form=form.filled(said, {}),
            has_lapsed=False,
            found=found,
            cards=cards,
            is_same=(cards[0].tag, cards[0].step, cards[0].headline)
            == (cards[1].tag, cards[1].step, cards[1].headline),
            objecting=[one for one in rows if one.objects],
            silent=[one for one in rows if not one.objects],
            as_of=show_moment(language, now, about.plan.timezone),
        )

    def _form(
        self,
        request: web.Request,
        about: Whose | None,
        *,
        form: Form | None = None,
        has_lapsed: bool = False,
    ) -> web.StreamResponse:
        session = request[SESSION]
        if about is None:
            return self._renderer.page(
                request, "nothing.html", status=404, visitor=session, what="empty.lenders",
                back=("/", "nav.today"),
            )  # fmt: skip
        language, now = language_for(request), self._runtime.clock.business_now()
        return self._renderer.page(
            request,
            "simulate.html",
            status=422 if form else 200,
            visitor=session,
            about=about,
            form=form or form_of(language, about, self._steps(about), now),
            has_lapsed=has_lapsed,
            found=None,
            as_of=show_moment(language, now, about.plan.timezone),
        )

    def _steps(self, about: Whose) -> list[str]:
        treatments = self._runtime.considering.rulebook.treatments
        return step_keys(one for one in treatments if may_treat(about.plan, one))


def _card(seen: Seen, language: Language) -> Card:
    """Return what a look came to in words, at the borrower's local time."""
    looked, at = seen.looked, show_moment(language, seen.at, seen.zone)
    until = looked.until(seen.at)
    again = show_moment(language, until, seen.zone) if until else None
    if isinstance(looked.answer, Due) and looked.trials and looked.judgment is not None:
        trial = looked.trials[-1]
        index = index_rules(looked.judgment.selection.packs)
        said = say_decision(trial.decision, index, at=seen.at, zone=seen.zone, language=language)
        is_allowed = trial.decision.verdict is Verdict.ALLOW
        return Card(
            _tag(trial.decision.verdict, language),
            said.headline,
            at,
            looked.answer.step_key,
            say_or(language, f"channel.{trial.action.channel}", trial.action.channel),
            seen.days_past_due,
            said,
            None if is_allowed else again,
        )
    why = looked.answer.why if isinstance(looked.answer, Wait) else looked.refusal or "no_address"
    step = looked.answer.step_key if isinstance(looked.answer, Wait | Due) else ""
    tag = Tag("off", "…", say(language, "what_if.nothing"))
    return Card(tag, say_cause(why, language), at, step, "", seen.days_past_due, None, again)


def _rows(found: Comparison, language: Language) -> list[Row]:
    """Return every rule that was asked in either look: what changed first, then what objects."""
    before, after = _by_rule(found.now), _by_rule(found.then)
    rows = []
    for key in dict.fromkeys((*after, *before)):
        rule = (after.get(key) or before[key]).rule
        now = _said(before.get(key), found.now, language)
        then = _said(after.get(key), found.then, language)
        objects = any(one is not None and one.reason for one in (before.get(key), after.get(key)))
        changed = bool(before) and bool(after) and now[0] != then[0]
        rows.append(Row(rule.id, rule_title(rule, language), now, then, changed, objects))
    return sorted(rows, key=lambda one: (not one.has_changed, not one.objects, one.rule))


def _by_rule(seen: Seen) -> dict[tuple[str, str, int], RuleVerdict]:
    """Return verdicts by rule; of several of one id and kind each has its number."""
    found: dict[tuple[str, str, int], RuleVerdict] = {}
    for one in seen.rules:
        number = 0
        while (one.rule.id, one.rule.primitive, number) in found:
            number += 1
        found[one.rule.id, one.rule.primitive, number] = one
    return found


def _said(one: RuleVerdict | None, seen: Seen, language: Language) -> tuple[Tag, str]:
    if one is None:
        return Tag("off", "–", say(language, "what_if.not_asked")), ""
    if one.reason is None:
        return Tag("ok", "✓", say(language, "what_if.no_objection")), ""
    return _tag(_effect(one.reason, one), language), _sentence(one, one.reason, seen, language)


def _effect(reason: Reason, one: RuleVerdict) -> Verdict:
    """Return what an objection does: nothing, where its rule is on trial."""
    return reason.verdict if one.rule.enforce else Verdict.ALLOW


def _sentence(one: RuleVerdict, reason: Reason, seen: Seen, language: Language) -> str:
    rules = {(one.rule.id, one.rule.primitive): one.rule}
    said = say_reason(reason, rules, at=seen.at, zone=seen.zone, language=language)
    shadow = "" if one.rule.enforce else f" ({say(language, 'rules.shadow')})"
    return f"{said.sentence} {said.clears}{shadow}"


def _tag(verdict: Verdict, language: Language) -> Tag:
    tone, sign, word = _TAGS[verdict]
    return Tag(tone, sign, say(language, word))
