"""The report that credit policy learns from: read in a fixed number of statements, then said."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from outreach.compliance.pack import Pack
from outreach.domain.records import dataclass
from outreach.domain.treatment import Treatment
from outreach.store.pool import Connection
from outreach.store.report_contacts import SlotPaid, Wished, list_paid, list_wishes
from outreach.store.reports import (
    Aged,
    ArmCured,
    ArmSlots,
    Bucket,
    By,
    Cured,
    Intensity,
    Period,
    Promised,
    Rated,
    Roll,
    Spent,
    list_cures_by,
    list_cures_by_arm,
    list_cures_by_stage,
    list_intensity,
    list_promises,
    list_ratings,
    list_rolls,
    list_spent,
    list_vintages,
)
from outreach.usecases.lenders import LenderPlan, Mode

_NO_END: Final = 100_000
BUCKETS: Final = (
    Bucket("current", 0, 0),
    Bucket("1-29", 1, 29),
    Bucket("30-59", 30, 59),
    Bucket("60-89", 60, 89),
    Bucket("90+", 90, _NO_END),
)
CN_BUCKETS: Final = (
    Bucket("current", 0, 0),
    Bucket("M1", 1, 30),
    Bucket("M2", 31, 60),
    Bucket("M3", 61, 90),
    Bucket("M4+", 91, _NO_END),
)
LATE_FROM: Final = 30
WEEK: Final = timedelta(days=7)
PAID_WITHIN: Final = timedelta(days=2)
"""A payment so soon after a contact is counted as having followed on it."""
GROUPS: Final[tuple[By, ...]] = ("channel", "treatment", "risk_tier", "product")


class Cap(NamedTuple):
    """A cap on contacts within a moving window, out of a pack; no channels: all of them."""

    rule: str
    limit: int
    days: int
    channels: tuple[str, ...]


class Capped(NamedTuple):
    """How near people came to a cap: the most that anybody had, who reached it, who is above.

    `spread` is how many had how many at most.
    """

    cap: Cap
    most: int
    reached: int
    above: int
    spread: Sequence[Intensity] = ()


class HourPaid(NamedTuple):
    """Of so many contacts of a stage in an hour of the lender's day, so many led to payment."""

    stage: str
    hour: int
    contacts: int
    paid: int


class TemplatePaid(NamedTuple):
    """The same of one version of a template, in the order in which they were first used."""

    key: str
    hash: str
    contacts: int
    delivered: int
    paid: int


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything that the report is made of.

    `currency` is the lender's own; amounts are millionths of a unit.
    """

    period: Period
    currency: str
    buckets: tuple[Bucket, ...]
    rolls: Sequence[Roll]
    by_stage: Sequence[Cured]
    by_group: Mapping[By, Sequence[Cured]]
    by_arm: Sequence[ArmCured]
    promises: Sequence[Promised]
    ratings: Sequence[Rated]
    intensity: Sequence[Intensity]
    capped: Sequence[Capped]
    spent: Sequence[Spent]
    vintages: Sequence[Aged]
    hours: Sequence[HourPaid] = ()
    templates: Sequence[TemplatePaid] = ()
    wishes: Sequence[Wished] = ()

    @property
    def cases(self) -> Cured:
        """All delinquencies that opened in the period."""
        products = self.by_group["product"]
        return Cured("all", sum(one.cases for one in products), sum(o.cured for o in products))


def period_of(lender: LenderPlan, mode: Mode, since: date, until: date, now: datetime) -> Period:
    """Return a period in a lender's calendar; `until` is out, and no later than tomorrow.

    Raises:
        ValueError: It ends before it begins.
    """
    zone = ZoneInfo(lender.timezone)
    today = now.astimezone(zone).date()
    until = min(until, today + timedelta(days=1))
    if until <= since:
        raise ValueError("the period ends before it begins")

    def instant(day: date) -> datetime:
        return datetime.combine(day, time.min, zone).astimezone(UTC)

    as_of = min(until, today)
    return Period(lender.slug, mode, since, until, as_of, instant(since), instant(until))


async def read_figures(
    conn: Connection,
    lender: LenderPlan,
    currency: str,
    period: Period,
    *,
    packs: Iterable[Pack],
    treatments: Iterable[Treatment],
) -> Figures:
    """Read one lender's figures; how many statements that takes doesn't depend on its loans."""
    buckets = CN_BUCKETS if lender.country == "CN" else BUCKETS
    late = buckets[1:]
    by_group = {by: await list_cures_by(conn, period, by) for by in GROUPS}
    capped = [await _capped(conn, period, cap) for cap in caps_of(lender, packs, period.as_of)]
    followed = await list_paid(conn, period, PAID_WITHIN)
    return Figures(
        period=period,
        currency=currency,
        buckets=buckets,
        rolls=await list_rolls(conn, period, months_of(period), buckets),
        by_stage=await list_cures_by_stage(conn, period, late),
        by_group=by_group,
        by_arm=await list_cures_by_arm(conn, period, slots_of(lender, treatments)),
        promises=await list_promises(conn, period),
        ratings=await list_ratings(conn, period),
        intensity=await list_intensity(conn, period, WEEK),
        capped=capped,
        spent=await list_spent(conn, period),
        vintages=await list_vintages(conn, period, late_from=LATE_FROM),
        hours=_by_hour(followed, lender.timezone),
        templates=_by_template(followed),
        wishes=await list_wishes(conn, period, _spans_of(period, lender.timezone)),
    )


def _by_hour(slots: Iterable[SlotPaid], zone: str) -> list[HourPaid]:
    """Add up half hours by the hour of the lender's day that they lie in."""
    place = ZoneInfo(zone)
    found: dict[tuple[str, int], list[int]] = {}
    for one in slots:
        hour = datetime.fromtimestamp(one.begins, place).hour
        counted = found.setdefault((one.stage, hour), [0, 0])
        counted[0] += one.contacts
        counted[1] += one.paid
    return [HourPaid(*key, *found[key]) for key in sorted(found)]


def _by_template(slots: Iterable[SlotPaid]) -> list[TemplatePaid]:
    """Add up by version of template; contacts without one are left out."""
    found: dict[tuple[str, str], list[int]] = {}
    for one in slots:
        key, _, content_hash = one.template.partition("@")
        if key:
            counted = found.setdefault((key, content_hash), [0, 0, 0])
            counted[0] += one.contacts
            counted[1] += one.delivered
            counted[2] += one.paid
    return [TemplatePaid(*version, *found[version]) for version in found]


def _spans_of(period: Period, zone: str) -> list[tuple[str, datetime, datetime]]:
    """Return the months that a period touches, cut to it: name, first instant, the end."""
    place = ZoneInfo(zone)
    found, first = [], period.since.replace(day=1)
    while first < period.until:
        following = _next_month(first)
        begins, ends = (
            datetime.combine(day, time.min, place).astimezone(UTC)
            for day in (max(first, period.since), min(following, period.until))
        )
        found.append((f"{first:%Y-%m}", begins, ends))
        first = following
    return found


async def _capped(conn: Connection, period: Period, cap: Cap) -> Capped:
    found = await list_intensity(conn, period, timedelta(days=cap.days), cap.channels)
    reached = sum(one.persons for one in found if one.contacts >= cap.limit)
    above = sum(one.persons for one in found if one.contacts > cap.limit)
    return Capped(cap, max((one.contacts for one in found), default=0), reached, above, found)


def months_of(period: Period) -> list[tuple[date, date]]:
    """Return the whole months of a period: each one's first day and the next one's."""
    first = period.since.replace(day=1)
    if first < period.since:
        first = _next_month(first)
    months = []
    while (following := _next_month(first)) <= period.as_of:
        months.append((first, following))
        first = following
    return months


def _next_month(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)


def slots_of(lender: LenderPlan, treatments: Iterable[Treatment]) -> list[ArmSlots]:
    """Return the arms of the experiments that a lender's loans may be in."""
    found: list[ArmSlots] = []
    for treatment in treatments:
        experiment = treatment.experiment
        if experiment is None or not may_treat(lender, treatment):
            continue
        low = 0
        for arm in experiment.arms:
            if arm.percent:
                found.append(ArmSlots(experiment.key, arm.key, low, low + arm.percent - 1))
            low += arm.percent
    return list(dict.fromkeys(found))


def may_treat(lender: LenderPlan, treatment: Treatment) -> bool:
    """Say whether any of a lender's loans may get a treatment."""
    if lender.treatment is not None:
        return treatment.name == lender.treatment
    return any(
        (not one.lenders or lender.slug in one.lenders)
        and (not one.countries or lender.country in one.countries)
        and (not one.roles or lender.role in one.roles)
        for one in treatment.segments
    )


def caps_of(lender: LenderPlan, packs: Iterable[Pack], on: date) -> list[Cap]:
    """Return the caps on days that bind a lender at home, without those of single regions."""
    found: list[Cap] = []
    for pack in packs:
        needs = pack.requires
        binds = (
            (not needs.roles or lender.role in needs.roles)
            and (not needs.countries or lender.country in needs.countries)
            and not needs.regions
            and not pack.draft
            and (not pack.opt_in or pack.id in lender.packs)
        )
        for rule in pack.rules if binds else ():
            window = rule.parameters.get("window")
            start, end = rule.effective.start, rule.effective.end
            if (
                rule.primitive != "rolling_cap"
                or not rule.enforce
                or not isinstance(window, Mapping)
                or window.get("unit", "days") != "days"
                or (start is not None and start > on)
                or (end is not None and end <= on)
            ):
                continue
            counted = rule.parameters.get("count")
            channels = counted.get("channel", ()) if isinstance(counted, Mapping) else ()
            named = (channels,) if isinstance(channels, str) else tuple(map(str, channels))
            limit, days = rule.parameters.get("limit"), window.get("n")
            if isinstance(limit, int) and isinstance(days, int):
                found.append(Cap(rule.id, limit, days, tuple(sorted(named))))
    return found
