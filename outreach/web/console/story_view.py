"""What a contact's page and the document of one case show: rules, facts, timeline, cost."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from outreach.compliance.pack import OnFail
from outreach.domain.decisions import Reason, Verdict
from outreach.domain.records import dataclass
from outreach.domain.vocabulary import EventKind
from outreach.facts.snapshot import restore
from outreach.rendering.verdicts import say_reason
from outreach.store.story import Cost
from outreach.usecases.explain import RuleVerdict
from outreach.usecases.read_log import Entry
from outreach.usecases.rejudging import Rejudged
from outreach.usecases.retelling import Whole
from outreach.web.console.facts_words import Fact, FactsShower, names_of
from outreach.web.console.showing import Moment, Shower, Tag, address_of
from outreach.web.console.words import Language, say, say_or

SHOWN_BY: Final = ("all", "people", "system")
_ACTORS: Final[Mapping[str, str]] = {
    EventKind.DECIDED: "system",
    EventKind.DEFERRED: "system",
    EventKind.BLOCKED: "system",
    EventKind.RELEASED: "system",
    EventKind.CANCELED: "system",
    EventKind.ACCEPTED: "carrier",
    EventKind.REJECTED: "carrier",
    EventKind.UNKNOWN: "carrier",
    EventKind.RECEIPT: "carrier",
    EventKind.RECONCILED: "carrier",
    EventKind.INBOUND: "borrower",
}
_SIGNS: Final = {"system": "⚙", "carrier": "⇄", "borrower": "↩", "person": "☺", "platform": "→"}
_MILLION: Final = Decimal(1_000_000)


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One rule's verdict; `outcome` is `passed`, `objects`, `warns` or `would` (a shadow rule)."""

    outcome: str
    title: str
    rule: str
    force: str
    authority: str
    pack: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that happened, or that is planned."""

    when: Moment
    at: datetime
    actor: str
    sign: str
    text: str
    detail: str = ""
    tag: Tag | None = None
    address: str = ""
    is_planned: bool = False


class StoryShower:
    """Puts a whole story into words.

    Args:
        language: Of the reader.
        shower: For entries.
        whole: What is shown.
    """

    def __init__(self, language: Language, shower: Shower, whole: Whole, zone: str) -> None:
        self._language = language
        self.shower = shower
        self._whole = whole
        self._first = whole.story.first
        self._zone = self._first.zone or zone

    def rules(self) -> tuple[RuleLine, ...]:
        """Return every rule's verdict when the decision is made again, objections first."""
        again = self._whole.rejudged
        if again is None:
            return ()
        lines = [self._rule(one, again) for one in again.rules]
        order = ("objects", "warns", "would", "passed")
        return tuple(sorted(lines, key=lambda one: order.index(one.outcome)))

    def _rule(self, one: RuleVerdict, again: Rejudged) -> RuleLine:
        rule = one.rule
        reason = one.reason or Reason(rule.id, f"{rule.primitive}.", Verdict.ALLOW)
        own = {(rule.id, rule.primitive): rule}
        said = say_reason(reason, own, at=again.action.at, zone=self._zone, language=self._language)
        if one.reason is None:
            outcome = "passed"
        elif not rule.enforce:
            outcome = "would"
        else:
            outcome = "warns" if rule.on_fail is OnFail.WARN else "objects"
        sentence = said.sentence if one.reason else ""
        return RuleLine(
            outcome, said.title, rule.id, said.force, rule.authority, one.pack, sentence
        )

    def facts(self) -> tuple[Fact, ...]:
        """Return the facts as they were; none where none were kept."""
        kept = self._first.body.get("facts")
        if not kept:
            return ()
        debts = names_of(self._first.body.get("debts", ()), self._first.loans)
        return FactsShower(self._language, self._zone, debts).facts(restore(kept))

    def timeline(self, now: datetime) -> tuple[Item, ...]:
        """Return what happened in the order of time, and what is planned behind it."""
        items = [*self._signal(), *map(self._row, self._whole.story.rows)]
        items += map(self._reply, self._whole.replies)
        items += map(self._mark, self._whole.marks)
        items.sort(key=lambda one: one.at)
        return (*items, *self._following(now))

    def _signal(self) -> Iterable[Item]:
        cause = self._whole.cause
        if cause is not None:
            # Told in wall time; before the decision whatever clock business time runs by.
            at = min(cause.recorded_at, self._first.at)
            text = say_or(self._language, f"timeline.signal.{cause.type}", cause.type)
            text = say(self._language, "timeline.signal", signal=text)
            detail = " · ".join(one for one in (cause.type, cause.source, cause.time) if one)
            yield self._item(at, "platform", text, detail=detail)

    def _row(self, row: Entry) -> Item:
        text = say_or(self._language, f"event.{row.kind}", row.kind)
        report: Mapping[str, Any] = row.body.get("report") or {}
        error = report.get("error_class")
        if error:
            text += f" · {self.shower.error(error)}"
        details = (row.body.get("why"), report.get("error_code"), row.body.get("by"))
        state = row.body.get("state")
        tag = self.shower.state_tag(str(state)) if state else None
        actor = _ACTORS.get(row.kind, "person")
        return self._item(
            row.at, actor, text, detail=" · ".join(str(one) for one in details if one), tag=tag
        )

    def _reply(self, row: Entry) -> Item:
        line = self.shower.line(row)
        return self._item(row.at, "borrower", line.why, tag=line.tag, address=address_of(row))

    def _mark(self, said: Any) -> Item:
        word = f"mark.{said.mark}" if said.mark else "mark.comment"
        text = f"{say(self._language, word)} · {said.by}"
        return self._item(said.at, "person", text)

    def _following(self, now: datetime) -> Iterable[Item]:
        later = self._whole.later
        if later is not None:
            text = say(self._language, "timeline.later")
            tag = self.shower.tag(later)
            yield self._item(later.at, "system", text, tag=tag, address=address_of(later))
            return
        until = self._first.body.get("until")
        again = datetime.fromisoformat(until) if until else None
        if again is not None and again > now:
            text = say(self._language, "timeline.again")
            yield self._item(again, "system", text, is_planned=True)

    def _item(self, at: datetime, actor: str, text: str, **more: Any) -> Item:
        when = self.shower.moment(at, self._zone)
        return Item(when, at, actor, _SIGNS[actor], text, **more)


def cost_in_words(cost: Cost | None, currency: str) -> tuple[str, bool] | None:
    """Return what a contact cost, and whether the carrier charged that or we estimated it.

    Args:
        cost: None where nothing was sent.
        currency: In which the lender's estimates are.
    """
    if cost is None:
        return None
    if cost.price_micros is not None:
        return f"{cost.price_currency} {_plain(cost.price_micros)}", True
    if not cost.estimate_micros:
        return None
    return f"{currency} {_plain(cost.estimate_micros)}".strip(), False


def _plain(micros: int) -> str:
    amount = (Decimal(micros) / _MILLION).normalize()
    return f"{amount:f}" if amount != amount.to_integral() else f"{amount:.2f}"
