"""The report on movements, contacts, costs and vintages. Pure."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from outreach.domain.intervals import Share
from outreach.rendering.charts import Bar, Series, bars, lines
from outreach.usecases.report_tables import Row, Section, about, mark, percent, range_of
from outreach.usecases.reporting import LATE_FROM, Figures

_MICROS: Final = 1_000_000


def rolls(figures: Figures) -> Section:
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
                (f"{month:%Y-%m}", was, str(total), str(up), str(stayed), str(better),
                 percent(share), range_of(share), mark(share))
            )  # fmt: skip
    finding = "No whole month lies in the period."
    if months:
        last, first = months[-1], names[0]
        total = began[last, first]
        up = sum(moved[last, first, name] for name in names[1:])
        finding = f"In {last:%B %Y} {percent(Share(up, total))} of current loans became late."
    series = [Series(f"from {name}", worse[name]) for name in names[:4] if worse[name]]
    axis = [f"{month:%Y-%m}" for month in months]
    return Section(
        "roll_rates",
        "Roll rates",
        finding,
        "Of the loans in a bucket on the first of a month, how many were in a later one on the"
        " first of the next. Better: in an earlier one, or closed.",
        (
            "month",
            "from",
            "loans",
            "worse",
            "same",
            "better",
            "roll rate",
            "95 % interval",
            "small",
        ),
        tuple(rows),
        (lambda: lines(finding, about(figures), series, axis, unit=" %", key="roll_rates"))
        if series
        else None,
    )


def intensity(figures: Figures) -> Section:
    """Return how often people were contacted."""
    persons = sum(one.persons for one in figures.intensity)
    most = max((one.contacts for one in figures.intensity), default=0)
    finding = f"Nobody of {persons} people had more than {most} contacts within seven days."
    return Section(
        "intensity",
        "Contacts per person",
        finding if persons else "Nobody was contacted in the period.",
        "The most contacts that each person had within any seven days, all channels together.",
        ("contacts in 7 days", "people", "share"),
        tuple(
            (str(one.contacts), str(one.persons), percent(Share(one.persons, persons)))
            for one in figures.intensity
        ),
        (
            lambda: bars(
                finding,
                about(figures),
                [
                    Bar(f"{one.contacts} contacts", one.persons, note=f"{one.persons} people")
                    for one in figures.intensity
                ],
                key="intensity",
            )
        )
        if persons
        else None,
    )


def ratings(figures: Figures) -> Section:
    """Return how people said that their cases went."""
    rows: list[Row] = []
    totals: Counter[int] = Counter()
    asked = sum(one.asked for one in figures.ratings)
    for one in figures.ratings:
        given = dict(enumerate(one.counts, 1))
        totals.update(given)
        share = Share(sum(given.values()), one.asked)
        rows.append(
            (one.channel, str(one.asked), *map(str, given.values()), _mean(given),
             percent(share), mark(share))
        )  # fmt: skip
    answered = totals.total()
    finding = "Nobody who was asked gave a rating."
    if answered:
        finding = f"{answered} of {asked} people who were asked answered, {_mean(totals)} of 5."
    return Section(
        "ratings",
        "Ratings",
        finding if asked else "Nobody was asked for a rating.",
        "What people answered when a dispute or a request for relief had come to an end: 1 badly,"
        " 5 very well. Who answers isn't a sample of all.",
        ("asked by", "asked", "1", "2", "3", "4", "5", "mean", "answered", "small"),
        tuple(rows),
        (
            lambda: bars(
                finding,
                about(figures),
                [Bar(str(one), totals[one], note=f"{totals[one]} people") for one in range(1, 6)],
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


def caps(figures: Figures) -> Section:
    """Return how near people came to caps."""
    reached = [one for one in figures.capped if one.reached]
    above = [one for one in figures.capped if one.above]
    finding = "Nobody reached a cap."
    if above:
        finding = f"More contacts than {above[0].cap.rule} counts: look whether it spares them."
    elif reached:
        most = max(reached, key=lambda one: one.reached)
        finding = f"{most.reached} people reached {most.cap.rule}, and nobody is above."
    return Section(
        "caps",
        "Contacts against caps",
        finding,
        "Every contact through the channels that a cap is about, also those that the rule doesn't"
        " count (of certain outcomes, with consent); the decisions themselves count exactly.",
        ("rule", "at most", "in days", "channels", "most", "people at it", "people above"),
        tuple(
            (one.cap.rule, str(one.cap.limit), str(one.cap.days),
             ", ".join(one.cap.channels) or "all", str(one.most), str(one.reached), str(one.above))
            for one in figures.capped
        ),
    )  # fmt: skip


def cost(figures: Figures) -> Section:
    """Return what a cure cost."""
    cured = figures.cases.cured
    totals: Counter[str] = Counter()
    contacts: Counter[str] = Counter()
    rows: list[Row] = []
    for one in figures.spent:
        currency = one.currency or figures.currency
        totals[currency] += one.micros
        contacts[currency] += one.contacts
        rows.append((currency, one.channel, str(one.contacts), _money(one.micros), ""))
    for currency, micros in totals.items():
        each = _money(Decimal(micros) / cured) if cured else "–"
        rows.append((currency, "all", str(contacts[currency]), _money(micros), each))
    said = [f"{_money(Decimal(micros) / cured)} {name}" for name, micros in totals.items() if cured]
    finding = f"A cured delinquency cost {' and '.join(said)}." if said else "Nothing was cured."
    return Section(
        "cost_per_cure",
        "Cost per cure",
        finding,
        f"What contacts about delinquencies that opened in the period cost, over the {cured} of"
        " them that were cured. As charged, else as the sender's settings say.",
        ("currency", "channel", "contacts", "cost", "per cure"),
        tuple(rows),
    )


def _money(micros: int | Decimal) -> str:
    units = Decimal(micros) / _MICROS
    return str(units.quantize(Decimal("0.0001"), ROUND_HALF_UP))


def vintages(figures: Figures) -> Section:
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
    finding = "No loan was first due in the period."
    if curves:
        total = sum(sizes.values())
        hits = sum(sum(one.values()) for one in late.values())
        share = percent(Share(hits, total))
        finding = f"{share} of {total} loans have been {LATE_FROM} days late by now."
    newest = sorted(vintage for vintage in curves if len(curves[vintage]) > 1)[-4:]
    series = [
        Series(f"{one:%Y-%m}", [(age, hits / sizes[one] * 100) for age, hits in curves[one]])
        for one in newest
    ]
    longest = max((len(curves[one]) for one in newest), default=0)
    axis = [str(age) for age in range(longest)]
    return Section(
        "vintages",
        "Vintages",
        finding,
        f"Loans by the month of their first due date: how many had been {LATE_FROM} days late by"
        " so many months after it. The chart shows the newest four.",
        ("first due", "loans", "months later", "late so far", "share", "small"),
        tuple(rows),
        (lambda: lines(finding, about(figures), series, axis, unit=" %", key="vintages"))
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
