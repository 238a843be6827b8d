"""A second opinion on a year of contacts, written from the rulebook and from nothing else.

It shares no code with the engine: it takes what was placed, reads the clock by `zoneinfo`, and looks
at every contact and at every window that ends with one. Counts change nowhere else, so what holds
there holds at every instant.

Where the rulebook leaves a count open (does a busy line count?) only what surely counts is counted:
the engine may be stricter than this, never laxer.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Placed:
    """One contact that was made, or that the person made (`direction` in)."""

    at: datetime
    channel: str
    outcome: str
    debt: str
    endpoint: str
    direction: str = "out"
    purpose: str = "collection"
    dial_mode: str | None = None


Counts = Callable[[Placed], bool]
Unit = Callable[[Placed], str]

PHONE = {"call", "voicemail"}
MESSAGES = {"sms", "email", "push", "private_message", "whatsapp"}


def of_debt(one: Placed) -> str:
    return one.debt


def of_person(_: Placed) -> str:
    return "person"


def of_endpoint(one: Placed) -> str:
    return one.endpoint


def placed(channels: set[str], outcomes: set[str] | None = None, *, busy: bool = False) -> Counts:
    """Select outbound contacts of some channels; a line that wasn't reached only if `busy`."""

    def counts(one: Placed) -> bool:
        if one.direction != "out" or one.channel not in channels:
            return False
        if outcomes is not None:
            return one.outcome in outcomes
        return busy or one.outcome != "not_connected"

    return counts


EVERYTHING = PHONE | MESSAGES | {"letter", "visit"}


@dataclass(frozen=True)
class Rolling:
    """At most `limit` in so many consecutive local dates."""

    row: str
    limit: int
    days: int
    counts: Counts
    unit: Unit = of_debt

    def broken(self, contacts: list[Placed], zone: str) -> Iterator[str]:
        dates: dict[str, list[date]] = defaultdict(list)
        for one in filter(self.counts, contacts):
            dates[self.unit(one)].append(day(one, zone))
        for unit, listed in dates.items():
            for last in listed:
                found = sum(last - timedelta(days=self.days) < each <= last for each in listed)
                if found > self.limit:
                    yield f"{self.row}: {found} for {unit} in {self.days} dates to {last}"


@dataclass(frozen=True)
class Calendar:
    """At most `limit` in a calendar day, week (from Monday) or month."""

    row: str
    limit: int
    period: str
    counts: Counts
    unit: Unit = of_person
    zone: str | None = None

    def broken(self, contacts: list[Placed], zone: str) -> Iterator[str]:
        found: dict[tuple[str, object], int] = defaultdict(int)
        for one in filter(self.counts, contacts):
            found[self.unit(one), self._key(day(one, self.zone or zone))] += 1
        for (unit, key), number in found.items():
            if number > self.limit:
                yield f"{self.row}: {number} for {unit} in the {self.period} {key}"

    def _key(self, on: date) -> object:
        if self.period == "week":
            return on - timedelta(days=on.weekday())
        return (on.year, on.month) if self.period == "month" else on


@dataclass(frozen=True)
class Gap:
    """Contacts lie at least so many local dates apart."""

    row: str
    days: int
    counts: Counts
    unit: Unit = of_person

    def broken(self, contacts: list[Placed], zone: str) -> Iterator[str]:
        latest: dict[str, date] = {}
        for one in filter(self.counts, contacts):
            on, before = day(one, zone), latest.get(self.unit(one))
            if before is not None and (on - before).days < self.days:
                yield f"{self.row}: {before} and {on}"
            latest[self.unit(one)] = on


@dataclass(frozen=True)
class Cooldown:
    """No `counts` within so many local dates of a conversation, its own date being the first."""

    row: str
    days: int
    counts: Counts
    unit: Unit = of_debt

    def broken(self, contacts: list[Placed], zone: str) -> Iterator[str]:
        talked: dict[str, date] = {}
        for one in contacts:
            on, since = day(one, zone), talked.get(self.unit(one))
            if self.counts(one) and since is not None and (on - since).days < self.days:
                yield f"{self.row}: called on {on}, spoke on {since}"
            if one.channel == "call" and one.outcome in {"conversation", "inbound_conversation"}:
                talked[self.unit(one)] = on


@dataclass(frozen=True)
class AfterFirst:
    """A cap that begins with the first conversation."""

    cap: Rolling

    def broken(self, contacts: list[Placed], zone: str) -> Iterator[str]:
        spoke = [n for n, one in enumerate(contacts) if one.outcome == "conversation"]
        return self.cap.broken(contacts[spoke[0] + 1 :], zone) if spoke else iter(())


@dataclass(frozen=True)
class OneChannel:
    """After a direct contact no other channel in the same calendar week."""

    row: str

    def broken(self, contacts: list[Placed], zone: str) -> Iterator[str]:
        used: dict[date, str] = {}
        for one in contacts:
            if one.direction != "out":
                continue
            on = day(one, zone)
            week = on - timedelta(days=on.weekday())
            if week in used and used[week] != one.channel:
                yield f"{self.row}: {one.channel} on {on} after {used[week]}"
            if one.outcome == "conversation":
                used.setdefault(week, one.channel)


Cap = Rolling | Calendar | Gap | Cooldown | AfterFirst | OneChannel


@dataclass(frozen=True)
class Hours:
    """Allowed local hours by weekday; `holiday` None: as on any day, (): closed."""

    row: str
    channels: set[str]
    week: tuple[tuple[str, str] | None, ...]
    holiday: tuple[str, str] | tuple[()] | None = None

    def broken(
        self, contacts: list[Placed], zones: Iterable[str], holidays: frozenset[date]
    ) -> Iterator[str]:
        for one in contacts:
            if one.direction != "out" or one.channel not in self.channels:
                continue
            for zone in zones:
                local = one.at.astimezone(ZoneInfo(zone))
                if not self._open(local, is_holiday=local.date() in holidays):
                    yield f"{self.row}: {one.channel} at {local.isoformat()} {zone}"

    def _open(self, local: datetime, *, is_holiday: bool) -> bool:
        span = self.week[local.weekday()]
        if is_holiday and self.holiday is not None:
            span = self.holiday or None
        if span is None:
            return False
        opens, closes = (time.fromisoformat(text) for text in span)
        return opens <= local.time() < closes


def days_of(
    weekdays: tuple[str, str],
    saturday: tuple[str, str] | None,
    sunday: tuple[str, str] | None,
) -> tuple[tuple[str, str] | None, ...]:
    return (*(weekdays,) * 5, saturday, sunday)


def every(opens: str, closes: str) -> tuple[tuple[str, str], ...]:
    return ((opens, closes),) * 7


def day(one: Placed, zone: str) -> date:
    return one.at.astimezone(ZoneInfo(zone)).date()


@dataclass(frozen=True)
class Law:
    """What the rulebook says for borrowers of one place and lenders of one role."""

    residence: str
    role: str
    zones: tuple[str, ...]
    caps: tuple[Cap, ...] = ()
    hours: tuple[Hours, ...] = ()
    channels: tuple[str, ...] = ("call", "sms", "email")
    burst: float = 0.6
    """How likely one proposal follows another within the hour or so."""

    def __str__(self) -> str:
        return f"{self.residence}-{self.role}"


_AT_ONCE = {"call", "voicemail", "sms", "push", "email", "private_message", "whatsapp"}
_US_HOURS = (Hours("8 to 21 wherever they may be", _AT_ONCE, every("08:00", "21:00")),)
_REGF = (
    Rolling("us.regf.call_cap_7in7", 7, 7, placed(PHONE)),
    Cooldown("us.regf.post_conversation_7d", 7, placed(PHONE, busy=True)),
)
_EAST = ("America/New_York",)
_COAST_TO_COAST = ("America/New_York", "America/Los_Angeles")

LAWS = (
    Law("US-IL", "third_party", ("America/Chicago",), _REGF, _US_HOURS, ("call", "sms", "email")),
    Law("US-AZ", "debt_buyer", ("America/Phoenix", "America/Denver"), _REGF, _US_HOURS, ("call",)),
    Law(
        "US-MA",
        "first_party",
        _EAST,
        (
            Rolling("us.ma.cap_2in7", 2, 7, placed({"call", "voicemail", "sms"})),
            Rolling("us.ma.visit_cap", 1, 30, placed({"visit"})),
        ),
        _US_HOURS,
        ("call", "sms", "visit"),
    ),
    Law(
        "US-MA",
        "third_party",
        _COAST_TO_COAST,
        (*_REGF, Rolling("us.ma.cap_2in7", 2, 7, placed({"call", "voicemail", "sms"}))),
        _US_HOURS,
    ),
    Law(
        "US-NY-NYC",
        "first_party",
        _EAST,
        (Rolling("us.nyc.cap_3in7_all_channels", 3, 7, placed(PHONE | MESSAGES)),),
        _US_HOURS,
    ),
    Law(
        "US-NY-NYC",
        "third_party",
        _EAST,
        (*_REGF, Rolling("us.nyc.cap_3in7_all_channels", 3, 7, placed(PHONE | MESSAGES))),
        _US_HOURS,
    ),
    Law(
        "US-DC",
        "first_party",
        _EAST,
        (
            Rolling("us.dc.cap_4in7_calls", 4, 7, placed(PHONE)),
            Rolling("us.dc.cap_5in7_electronic", 5, 7, placed(MESSAGES)),
        ),
        _US_HOURS,
    ),
    Law(
        "US-WA",
        "third_party",
        ("America/Los_Angeles",),
        (
            *_REGF,
            Rolling("us.wa.cap_3week", 3, 7, placed(EVERYTHING)),
            Calendar("us.wa.cap_3week", 3, "week", placed(EVERYTHING), of_debt),
        ),
        _US_HOURS,
    ),
    Law(
        "US-FL",
        "first_party",
        ("America/New_York", "America/Chicago"),
        (),
        (Hours("us.fl.hours", {"call", "sms", "push"}, every("08:00", "21:00")),),
        ("call", "sms", "push"),
    ),
    Law(
        "CN",
        "third_party",
        ("Asia/Shanghai",),
        (
            Calendar(
                "cn.gbt45251.cap_interactive_3day",
                3,
                "day",
                placed({"call"}, {"conversation"}),
                zone="Asia/Shanghai",
            ),
            Calendar(
                "cn.cba.attempts_6day",
                6,
                "day",
                placed({"call"}, {"no_answer", "not_connected"}),
                of_endpoint,
                "Asia/Shanghai",
            ),
        ),
        (Hours("cn.gbt45251.quiet_22_8", EVERYTHING - {"letter"}, every("08:00", "22:00")),),
        ("call", "sms"),
        burst=0.95,
    ),
    Law(
        "KR",
        "third_party",
        ("Asia/Seoul",),
        (Rolling("kr.pdpa.cap_7in7", 7, 7, placed(EVERYTHING)),),
        (Hours("kr.fdca.night", {"call", "sms", "visit"}, every("08:00", "21:00")),),
        ("call", "sms", "email", "visit"),
    ),
    Law(
        "CL",
        "third_party",
        ("America/Santiago",),
        (
            Rolling("cl.21320.phone_visit_1week", 1, 7, placed({"call", "visit"}), of_person),
            Rolling("cl.21320.electronic_2week", 2, 7, placed(MESSAGES | {"letter"}), of_person),
            Gap("cl.21320.electronic_2week", 2, placed(MESSAGES | {"letter"})),
        ),
        (
            Hours(
                "cl.21320.hours",
                {"call", "sms", "email", "visit"},
                days_of(("08:00", "20:00"), ("08:00", "20:00"), None),
                (),
            ),
        ),
        ("call", "sms", "email", "letter", "visit"),
    ),
    Law(
        "RU",
        "third_party",
        ("Europe/Moscow",),
        (
            *(
                Calendar("ru.230fz.caps", limit, period, placed({"call"}, {"conversation"}))
                for period, limit in (("day", 1), ("week", 2), ("month", 8))
            ),
            *(
                Calendar("ru.230fz.caps", limit, period, placed({"sms", "email"}))
                for period, limit in (("day", 2), ("week", 4), ("month", 16))
            ),
            Calendar("ru.230fz.caps", 1, "week", placed({"visit"})),
        ),
        (
            Hours(
                "ru.230fz.hours",
                {"call", "sms", "visit"},
                days_of(("08:00", "22:00"), ("09:00", "20:00"), ("09:00", "20:00")),
                ("09:00", "20:00"),
            ),
        ),
        ("call", "sms", "email", "visit"),
    ),
    Law(
        "AU-QLD",
        "third_party",
        ("Australia/Brisbane",),
        (
            Rolling(
                "au.rg96.cap",
                3,
                7,
                placed({"call", "letter"}, {"conversation", "delivered"}),
                of_person,
            ),
            Rolling(
                "au.rg96.cap",
                10,
                30,
                placed({"call", "letter"}, {"conversation", "delivered"}),
                of_person,
            ),
        ),
        (
            Hours(
                "au.rg96.phone_hours",
                {"call"},
                days_of(("07:30", "21:00"), ("09:00", "21:00"), ("09:00", "21:00")),
                (),
            ),
            Hours("au.rg96.f2f_hours", {"visit"}, every("09:00", "21:00"), ()),
        ),
        ("call", "letter", "visit"),
    ),
    Law(
        "AU-NSW",
        "third_party",
        ("Australia/Sydney", "Australia/Perth"),
        (),
        (
            Hours(
                "au.rg96.phone_hours",
                {"call"},
                days_of(("07:30", "21:00"), ("09:00", "21:00"), ("09:00", "21:00")),
                (),
            ),
        ),
        ("call",),
    ),
    Law(
        "IT",
        "third_party",
        ("Europe/Rome",),
        (
            Calendar("it.unirec.cap", 1, "day", placed({"call"}, {"conversation"})),
            Calendar("it.unirec.cap", 3, "week", placed({"call"}, {"conversation"})),
        ),
        (
            Hours(
                "it.unirec.hours",
                {"call", "visit"},
                days_of(("08:30", "21:00"), ("08:30", "15:00"), None),
                (),
            ),
        ),
        ("call",),
    ),
    Law(
        "GR",
        "third_party",
        ("Europe/Athens",),
        (Gap("gr.3758.every_second_day", 2, placed({"call"})),),
        (Hours("gr.3758.hours", {"call"}, days_of(("09:00", "20:00"), None, None), ()),),
        ("call",),
    ),
    Law(
        "TH",
        "third_party",
        ("Asia/Bangkok",),
        (Calendar("th.dca.once_a_day", 1, "day", placed({"call"}, {"conversation"})),),
        (
            Hours(
                "th.dca.hours",
                {"call", "sms"},
                days_of(("08:00", "20:00"), ("08:00", "18:00"), ("08:00", "18:00")),
                ("08:00", "18:00"),
            ),
        ),
        ("call", "sms"),
    ),
    Law(
        "VN",
        "first_party",
        ("Asia/Ho_Chi_Minh",),
        (Calendar("vn.tt18.cap_5day", 5, "day", placed({"call", "sms"})),),
        (Hours("vn.tt18.cap_5day", {"call", "sms"}, every("07:00", "21:00")),),
        ("call", "sms"),
    ),
    Law(
        "CA-ON",
        "third_party",
        ("America/Toronto",),
        (
            AfterFirst(
                Rolling(
                    "ca.on.cap_3in7",
                    3,
                    7,
                    placed(
                        EVERYTHING - {"letter"}, {"conversation", "delivered", "voicemail_other"}
                    ),
                    of_person,
                )
            ),
        ),
        (
            Hours(
                "ca.on.hours",
                {"call", "visit"},
                days_of(("07:00", "21:00"), ("07:00", "21:00"), ("13:00", "17:00")),
                (),
            ),
        ),
        ("call", "sms", "email"),
    ),
    Law(
        "CA-QC",
        "third_party",
        ("America/Toronto",),
        (),
        (
            Hours(
                "ca.qc.hours", {"call"}, days_of(("08:00", "20:00"), ("08:00", "20:00"), None), ()
            ),
        ),
        ("call",),
    ),
    Law(
        "CO",
        "third_party",
        ("America/Bogota",),
        (
            Calendar("co.2300.once_a_day", 1, "day", placed({"call"}, {"conversation"})),
            OneChannel("co.2300.one_channel_week"),
        ),
        (
            Hours(
                "co.2300.hours",
                {"call", "sms", "email"},
                days_of(("07:00", "19:00"), ("08:00", "15:00"), None),
                (),
            ),
        ),
        ("call", "sms"),
    ),
    Law(
        "IN",
        "first_party",
        ("Asia/Kolkata",),
        (),
        (Hours("in.rbi.hours_8_19", {"call"}, every("08:00", "19:00")),),
        ("call",),
    ),
    Law(
        "JP",
        "first_party",
        ("Asia/Tokyo",),
        (),
        (Hours("jp.mlba.night", {"call", "visit"}, every("08:00", "21:00")),),
        ("call",),
    ),
    Law(
        "ID",
        "third_party",
        ("Asia/Makassar",),
        (),
        (
            Hours(
                "id.pojk22.days",
                {"call"},
                days_of(("08:00", "20:00"), ("08:00", "20:00"), None),
                (),
            ),
        ),
        ("call",),
    ),
    Law(
        "PE",
        "third_party",
        ("America/Lima",),
        (),
        (Hours("pe.29571.hours", {"call", "visit"}, days_of(("07:00", "20:00"), None, None), ()),),
        ("call",),
    ),
    Law(
        "BR-SP",
        "third_party",
        ("America/Sao_Paulo",),
        (),
        (
            Hours(
                "br.sp.hours", {"call"}, days_of(("08:00", "20:00"), ("08:00", "14:00"), None), ()
            ),
        ),
        ("call",),
    ),
    Law(
        "MX-CMX",
        "third_party",
        ("America/Mexico_City",),
        (),
        (Hours("mx.redeco.hours", {"call", "visit"}, every("07:00", "22:00")),),
        ("call",),
    ),
    Law(
        "ZA",
        "third_party",
        ("Africa/Johannesburg",),
        (),
        (Hours("za.cfdc.hours", {"call"}, days_of(("06:00", "21:00"), ("06:00", "21:00"), None)),),
        ("call",),
    ),
)


def violations(law: Law, contacts: Iterable[Placed], holidays: frozenset[date]) -> list[str]:
    """Return everything in a life's contacts that the rulebook forbids; nothing if it is lawful."""
    ordered = sorted(contacts, key=lambda one: one.at)
    found = [text for cap in law.caps for zone in law.zones for text in cap.broken(ordered, zone)]
    for hours in law.hours:
        found += hours.broken(ordered, law.zones, holidays)
    return found
