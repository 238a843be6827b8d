"""The report on what followed on contacts: hours, templates, headroom, opt-outs. Pure."""

from collections import Counter, defaultdict
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from outreach.domain.intervals import SMALL, Share, newcombe
from outreach.rendering.charts import Bar, Series, bars, lines
from outreach.rendering.verdicts.sentences import Language
from outreach.store.reports import Cured
from outreach.usecases.report_tables import (
    SMALL_MARK,
    Row,
    Section,
    about,
    bars_of,
    headings,
    mark,
    percent,
    points_of,
    range_of,
)
from outreach.usecases.report_words import say, stage_word
from outreach.usecases.reporting import Capped, Figures, HourPaid, TemplatePaid

_MOST_STAGES: Final = 4
_LEFT_SHOWN: Final = 4
_THOUSAND: Final = 1000
_HOURS: Final = 24


def hours(figures: Figures, language: Language = "en") -> Section:
    """Return after which hour's contacts people paid, by stage."""
    by_stage: dict[str, list[HourPaid]] = defaultdict(list)
    for one in figures.hours:
        by_stage[one.stage].append(one)
    most = sorted(by_stage, key=lambda each: -sum(one.contacts for one in by_stage[each]))
    rows: list[Row] = []
    for stage in most:
        for one in by_stage[stage]:
            share = Share(one.paid, one.contacts)
            rows.append(
                (stage_word(language, stage), f"{one.hour:02}:00", str(one.contacts),
                 str(one.paid), percent(share), range_of(share, language), mark(share))
            )  # fmt: skip
    finding = _best_hour(by_stage, most, language)
    series = [
        Series(
            stage_word(language, stage),
            [(one.hour, one.paid / one.contacts * 100) for one in by_stage[stage]],
        )
        for stage in most[:_MOST_STAGES]
    ]
    axis = [f"{hour:02}" for hour in range(_HOURS)]
    return Section(
        "hours",
        say(language, "hours"),
        finding,
        say(language, "hours.note"),
        headings(language, "stage", "hour", "contacts", "paid", "rate", "interval", "small"),
        tuple(rows),
        (lambda: lines(finding, about(figures, language), series, axis, unit=" %", key="hours"))
        if series
        else None,
    )


def _best_hour(by_stage: dict[str, list[HourPaid]], most: list[str], language: Language) -> str:
    """Say which hour was best in the stage with most contacts that has one."""
    if not by_stage:
        return say(language, "hours.none")
    is_compared = False
    for stage in most:
        sound = [one for one in by_stage[stage] if one.contacts >= SMALL]
        if len(sound) < 2:
            continue
        is_compared = True
        best = max(sound, key=lambda one: one.paid / one.contacts)
        worst = min(sound, key=lambda one: one.paid / one.contacts)
        shares = Share(best.paid, best.contacts), Share(worst.paid, worst.contacts)
        if not newcombe(*shares).has_zero:
            known = {"stage": stage_word(language, stage), "hour": f"{best.hour:02}:00"}
            return say(language, "hours.found", **known, rate=percent(shares[0]))
    return say(language, "hours.same") if is_compared else say(language, "hours.few", small=SMALL)


def templates(figures: Figures, language: Language = "en") -> Section:
    """Return versions of templates, each against the first that was used."""
    by_key: dict[str, list[TemplatePaid]] = defaultdict(list)
    for one in figures.templates:
        by_key[one.key].append(one)
    rows: list[Row] = []
    told: list[str] = []
    shown: list[Cured] = []
    for key, versions in by_key.items():
        base = versions[0]
        for one in versions:
            share, against = Share(one.paid, one.contacts), Share(base.paid, base.contacts)
            shown.append(Cured(f"{key} {one.hash[:6]}", one.contacts, one.paid))
            row = (key, one.hash, str(one.contacts), str(one.delivered), str(one.paid))
            interval = percent(share), range_of(share, language)
            if one is base:
                base_word = say(language, "arms.base") if len(versions) > 1 else ""
                rows.append((*row, *interval, base_word, "", mark(share)))
                continue
            within = newcombe(share, against)
            points = points_of(within.low, within.high, language)
            few = share.is_small or against.is_small
            verdict = "few" if few else ("chance" if within.has_zero else "differs")
            said = say(language, f"arms.{verdict}")
            rows.append((*row, *interval, points, said, SMALL_MARK if few else ""))
            if verdict == "differs":
                known = {"name": key, "version": one.hash, "base": base.hash}
                told.append(say(language, "templates.found", **known, points=points))
    several = any(len(versions) > 1 for versions in by_key.values())
    otherwise = "templates.same" if several else "templates.single"
    finding = " ".join(told) or say(language, otherwise if rows else "templates.none")
    return Section(
        "templates",
        say(language, "templates"),
        finding,
        say(language, "templates.note"),
        headings(
            language, "template", "version", "contacts", "delivered", "paid", "rate", "interval",
            "difference", "verdict", "small",
        ),
        tuple(rows),
        bars_of(shown, finding, about(figures, language), "templates", language),
    )  # fmt: skip


def headroom(figures: Figures, language: Language = "en") -> Section:
    """Return how many contacts people had left under each cap in their busiest days."""
    rows: list[Row] = []
    near: list[tuple[int, int, Capped]] = []
    for one in figures.capped:
        left: Counter[int] = Counter()
        for each in one.spread:
            left[min(max(one.cap.limit - each.contacts, 0), _LEFT_SHOWN)] += each.persons
        total = left.total()
        near.append((left[0] + left[1], total, one))
        share = Share(left[0] + left[1], total)
        rows.append(
            (one.cap.rule, str(one.cap.limit), str(one.cap.days), str(total),
             *(str(left[each]) for each in range(_LEFT_SHOWN + 1)), percent(share))
        )  # fmt: skip
    finding = say(language, "headroom.none")
    closest = max(near, key=lambda each: each[0], default=None)
    if closest is not None:
        people, every, one = closest
        known = {"people": people, "all": every, "rule": one.cap.rule}
        finding = say(language, "headroom.found" if people else "headroom.far", **known)
    shown = [
        Bar(
            one.cap.rule.partition(".")[2] or one.cap.rule,
            Share(people, every).rate or 0.0,
            note=f"{people} / {every}",
        )
        for people, every, one in near
        if every
    ]
    drawn = [one._replace(value=one.value * 100) for one in shown][:12]
    left_words = [say(language, "headroom.left", count=each) for each in range(_LEFT_SHOWN)]
    return Section(
        "headroom",
        say(language, "headroom"),
        finding,
        say(language, "headroom.note"),
        (
            *headings(language, "rule", "at_most", "in_days", "people"),
            *left_words,
            say(language, "headroom.more"),
            say(language, "share"),
        ),
        tuple(rows),
        (lambda: bars(finding, about(figures, language), drawn, unit=" %", key="headroom"))
        if drawn
        else None,
    )


def wishes(figures: Figures, language: Language = "en") -> Section:
    """Return opt-outs and complaints, held against the people contacted."""
    found = figures.wishes
    persons = sum(one.persons for one in found)
    finding = say(language, "wishes.none")
    if persons:
        known = {
            "opt_outs": _per_thousand(sum(one.opt_outs for one in found), persons),
            "complaints": _per_thousand(sum(one.complaints for one in found), persons),
        }
        finding = say(language, "wishes.found", **known)
    series = [
        Series(
            say(language, name),
            [
                (place, getattr(one, name) / one.persons * _THOUSAND)
                for place, one in enumerate(found)
                if one.persons
            ],
        )
        for name in ("opt_outs", "complaints")
    ]
    axis = [one.month for one in found]
    return Section(
        "wishes",
        say(language, "wishes"),
        finding,
        say(language, "wishes.note"),
        headings(
            language, "month", "contacts", "people", "opt_outs", "complaints", "opt_out_rate",
            "complaint_rate",
        ),
        tuple(
            (one.month, str(one.contacts), str(one.persons), str(one.opt_outs),
             str(one.complaints), _per_thousand(one.opt_outs, one.persons),
             _per_thousand(one.complaints, one.persons))
            for one in found
        ),
        (lambda: lines(finding, about(figures, language), series, axis, key="wishes"))
        if persons
        else None,
    )  # fmt: skip


def _per_thousand(count: int, persons: int) -> str:
    """Return so many for every thousand people, to a tenth; a dash for nobody."""
    if not persons:
        return "–"
    rate = Decimal(count) * _THOUSAND / persons
    return str(rate.quantize(Decimal("0.1"), ROUND_HALF_UP))
