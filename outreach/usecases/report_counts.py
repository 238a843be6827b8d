"""The report on movements, contacts, costs and vintages. Pure."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from outreach.domain.intervals import Share
from outreach.rendering.charts import Bar, Series, bars, lines
from outreach.rendering.verdicts.sentences import Language
from outreach.usecases.report_tables import (
    Row,
    Section,
    about,
    headings,
    mark,
    percent,
    range_of,
)
from outreach.usecases.report_words import bucket_word, channel_word, say
from outreach.usecases.reporting import LATE_FROM, Figures

_MICROS: Final = 1_000_000


def rolls(figures: Figures, language: Language = "en") -> Section:
    """Return how loans moved between buckets."""
    moved: Counter[tuple[date, str, str]] = Counter()
    began: Counter[tuple[date, str]] = Counter()
    for one in figures.rolls:
        moved[one.month, one.was, one.became] += one.loans
        began[one.month, one.was] += one.loans
    names = [one.name for one in figures.buckets]
    rows: list[Row] = []
    worse: dict[str, list[tuple[int, float]]] = defaultdict(list)
    months = sorted({month for month, _ in began})
    for place, month in enumerate(months):
        for number, was in enumerate(names):
            total = began[month, was]
            if not total:
                continue
            up = sum(moved[month, was, name] for name in names[number + 1 :])
            share = Share(up, total)
            stayed = moved[month, was, was]
            better = total - up - stayed
            worse[was].append((place, up / total * 100))
            rows.append(
                (f"{month:%Y-%m}", bucket_word(language, was), str(total), str(up), str(stayed),
                 str(better), percent(share), range_of(share, language), mark(share))
            )  # fmt: skip
    finding = say(language, "rolls.none")
    if months:
        last, first = months[-1], names[0]
        total = began[last, first]
        up = sum(moved[last, first, name] for name in names[1:])
        named = f"{last:%B %Y}" if language == "en" else f"{last.year}年{last.month}月"
        rate = percent(Share(up, total))
        finding = say(language, "rolls.found", month=named, rate=rate)
    series = [
        Series(say(language, "from_bucket", name=bucket_word(language, name)), worse[name])
        for name in names[:4]
        if worse[name]
    ]
    axis = [f"{month:%Y-%m}" for month in months]
    return Section(
        "roll_rates",
        say(language, "rolls"),
        finding,
        say(language, "rolls.note"),
        headings(
            language,
            "month",
            "from",
            "loans",
            "worse",
            "same",
            "better",
            "roll_rate",
            "interval",
            "small",
        ),
        tuple(rows),
        (
            lambda: lines(
                finding, about(figures, language), series, axis, unit=" %", key="roll_rates"
            )
        )
        if series
        else None,
    )


def intensity(figures: Figures, language: Language = "en") -> Section:
    """Return how often people were contacted."""
    persons = sum(one.persons for one in figures.intensity)
    most = max((one.contacts for one in figures.intensity), default=0)
    finding = say(language, "intensity.found", persons=persons, most=most)
    return Section(
        "intensity",
        say(language, "intensity"),
        finding if persons else say(language, "intensity.none"),
        say(language, "intensity.note"),
        headings(language, "intensity.contacts", "people", "share"),
        tuple(
            (str(one.contacts), str(one.persons), percent(Share(one.persons, persons)))
            for one in figures.intensity
        ),
        (
            lambda: bars(
                finding,
                about(figures, language),
                [
                    Bar(
                        say(language, "intensity.bar", count=one.contacts),
                        one.persons,
                        note=say(language, "ratings.people", count=one.persons),
                    )
                    for one in figures.intensity
                ],
                key="intensity",
            )
        )
        if persons
        else None,
    )


def ratings(figures: Figures, language: Language = "en") -> Section:
    """Return how people said that their cases went."""
    rows: list[Row] = []
    totals: Counter[int] = Counter()
    asked = sum(one.asked for one in figures.ratings)
    for one in figures.ratings:
        given = dict(enumerate(one.counts, 1))
        totals.update(given)
        share = Share(sum(given.values()), one.asked)
        rows.append(
            (channel_word(language, one.channel), str(one.asked), *map(str, given.values()),
             _mean(given), percent(share), mark(share))
        )  # fmt: skip
    answered = totals.total()
    finding = say(language, "ratings.none")
    if answered:
        mean = _mean(totals)
        finding = say(language, "ratings.found", answered=answered, asked=asked, mean=mean)
    return Section(
        "ratings",
        say(language, "ratings"),
        finding if asked else say(language, "ratings.unasked"),
        say(language, "ratings.note"),
        (
            *headings(language, "asked_by", "asked"),
            *("1", "2", "3", "4", "5"),
            *headings(language, "mean", "answered", "small"),
        ),
        tuple(rows),
        (
            lambda: bars(
                finding,
                about(figures, language),
                [
                    Bar(
                        str(one),
                        totals[one],
                        note=say(language, "ratings.people", count=totals[one]),
                    )
                    for one in range(1, 6)
                ],
                key="ratings",
            )
        )
        if answered
        else None,
    )


def _mean(given: Mapping[int, int]) -> str:
    """Return the mean digit to a tenth; a dash where there is none."""
    answers = sum(given.values())
    if not answers:
        return "–"
    total = Decimal(sum(digit * times for digit, times in given.items()))
    return str((total / answers).quantize(Decimal("0.1"), ROUND_HALF_UP))


def caps(figures: Figures, language: Language = "en") -> Section:
    """Return how near people came to caps."""
    reached = [one for one in figures.capped if one.reached]
    above = [one for one in figures.capped if one.above]
    finding = say(language, "caps.none")
    if above:
        finding = say(language, "caps.above", rule=above[0].cap.rule)
    elif reached:
        most = max(reached, key=lambda one: one.reached)
        finding = say(language, "caps.reached", people=most.reached, rule=most.cap.rule)
    return Section(
        "caps",
        say(language, "caps"),
        finding,
        say(language, "caps.note"),
        headings(
            language, "rule", "at_most", "in_days", "channels", "most", "people_at", "people_above"
        ),
        tuple(
            (one.cap.rule, str(one.cap.limit), str(one.cap.days),
             ", ".join(channel_word(language, each) for each in one.cap.channels)
             or say(language, "all"),
             str(one.most), str(one.reached), str(one.above))
            for one in figures.capped
        ),
    )  # fmt: skip


def cost(figures: Figures, language: Language = "en") -> Section:
    """Return what a cure cost."""
    cured = figures.cases.cured
    totals: Counter[str] = Counter()
    contacts: Counter[str] = Counter()
    rows: list[Row] = []
    for one in figures.spent:
        currency = one.currency or figures.currency
        totals[currency] += one.micros
        contacts[currency] += one.contacts
        channel = channel_word(language, one.channel)
        rows.append((currency, channel, str(one.contacts), _money(one.micros), ""))
    for currency, micros in totals.items():
        each = _money(Decimal(micros) / cured) if cured else "–"
        every = say(language, "all")
        rows.append((currency, every, str(contacts[currency]), _money(micros), each))
    said = [f"{_money(Decimal(micros) / cured)} {name}" for name, micros in totals.items() if cured]
    amounts = say(language, "and").join(said)
    finding = say(language, "cost.found", amounts=amounts) if said else say(language, "cost.none")
    return Section(
        "cost_per_cure",
        say(language, "cost"),
        finding,
        say(language, "cost.note", cured=cured),
        headings(language, "currency", "channel", "contacts", "cost.amount", "per_cure"),
        tuple(rows),
    )


def _money(micros: int | Decimal) -> str:
    units = Decimal(micros) / _MICROS
    return str(units.quantize(Decimal("0.0001"), ROUND_HALF_UP))


def vintages(figures: Figures, language: Language = "en") -> Section:
    """Return how vintages grew late."""
    sizes: Counter[date] = Counter()
    late: dict[date, Counter[int]] = defaultdict(Counter)
    for one in figures.vintages:
        sizes[one.vintage] += one.loans
        if one.age is not None:
            late[one.vintage][one.age] += one.loans
    curves = {
        vintage: _curve(sizes[vintage], late[vintage], _age(vintage, figures.period.as_of))
        for vintage in sorted(sizes)
    }
    rows: list[Row] = [
        (f"{vintage:%Y-%m}", str(sizes[vintage]), str(age), str(hits),
         percent(Share(hits, sizes[vintage])), mark(Share(hits, sizes[vintage])))
        for vintage, curve in curves.items()
        for age, hits in curve
    ]  # fmt: skip
    finding = say(language, "vintages.none")
    if curves:
        total = sum(sizes.values())
        hits = sum(sum(one.values()) for one in late.values())
        share = percent(Share(hits, total))
        finding = say(language, "vintages.found", rate=share, loans=total, days=LATE_FROM)
    newest = sorted(vintage for vintage in curves if len(curves[vintage]) > 1)[-4:]
    series = [
        Series(f"{one:%Y-%m}", [(age, hits / sizes[one] * 100) for age, hits in curves[one]])
        for one in newest
    ]
    longest = max((len(curves[one]) for one in newest), default=0)
    axis = [str(age) for age in range(longest)]
    return Section(
        "vintages",
        say(language, "vintages"),
        finding,
        say(language, "vintages.note", days=LATE_FROM),
        headings(language, "first_due", "loans", "months_later", "late_so_far", "share", "small"),
        tuple(rows),
        (lambda: lines(finding, about(figures, language), series, axis, unit=" %", key="vintages"))
        if series
        else None,
    )


def _age(vintage: date, on: date) -> int:
    return (on.year - vintage.year) * 12 + on.month - vintage.month


def _curve(size: int, late: Mapping[int, int], until: int) -> list[tuple[int, int]]:
    curve: list[tuple[int, int]] = []
    so_far = 0
    for age in range(until + 1 if size else 0):
        so_far += late.get(age, 0)
        curve.append((age, so_far))
    return curve
