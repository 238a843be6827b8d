"""A lender's day in words and figures: the same texts for the page and for what follows live."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from outreach.domain.log_filters import LogFilter
from outreach.domain.records import dataclass
from outreach.store.today import MOST
from outreach.store.today_log import LogDay, SpentRow
from outreach.usecases.today import FAILED_STATES, Need, Today
from outreach.web.console.log_address import Address
from outreach.web.console.showing import show_moment
from outreach.web.console.words import Language, say, say_or

_MINUTE: Final = 60
_HOUR: Final = 3_600
_DAY: Final = 86_400
_LAG: Final = timedelta(seconds=15)
_QUEUED: Final = ("reserved",)
_REACHED: Final = ("delivered", "read")
_WITHOUT_RECEIPT: Final = ("accepted", "queued", "sending", "sent", "unknown")
_RETURNED: Final = ("released", "canceled")
# Delivery as the page shows it → states of the log; together they are the contacts allowed.
DELIVERY: Final[Mapping[str, tuple[str, ...]]] = {
    "queued": _QUEUED,
    "delivered": _REACHED,
    "failed": FAILED_STATES,
    "unknown": _WITHOUT_RECEIPT,
    "returned": _RETURNED,
}
HANDED: Final = (*_REACHED, *FAILED_STATES, *_WITHOUT_RECEIPT)
_STATUSES: Final[Mapping[str, tuple[str, ...]]] = {**DELIVERY, "sent": HANDED}


def contacts_address(tenant: str, day: date, **asked: str) -> str:
    """Return the log of a lender's day, filtered; `status` is one of `DELIVERY`, or `sent`."""
    chosen = {
        name: _STATUSES[value] if name == "status" else (value,) for name, value in asked.items()
    }
    return str(Address(tenant, LogFilter(chosen, day.isoformat(), day.isoformat())))


def local_day(at: datetime, zone: str) -> date:
    """Return the calendar day of an instant in a zone."""
    return at.astimezone(ZoneInfo(zone)).date()


@dataclass(frozen=True, slots=True)
class NeedShown:
    """Something that needs somebody, and where it is looked at."""

    tone: str
    sentence: str
    detail: str
    address: str
    open: str


def show_count(language: Language, count: int) -> str:
    """Return a count with separators; of what is counted no further, that it is more."""
    if count > MOST:
        return say(language, "today.capped", count=f"{MOST:,}")
    return f"{count:,}"


def show_age(language: Language, since: datetime | None, now: datetime) -> str:
    """Return for how long something has waited; "" for nothing."""
    if since is None:
        return ""
    seconds = max(0, int((now - since).total_seconds()))
    if seconds < _MINUTE:
        return say(language, "age.seconds", count=seconds)
    if seconds < _HOUR:
        return say(language, "age.minutes", count=seconds // _MINUTE)
    if seconds < _DAY:
        hours, rest = divmod(seconds, _HOUR)
        return say(language, "age.hours", hours=hours, minutes=rest // _MINUTE)
    return say(language, "age.days", count=seconds // _DAY)


def show_clock(language: Language, at: datetime, now: datetime, zone: str) -> str:
    """Return the time of today, or the whole moment of another day, in a zone."""
    place = ZoneInfo(zone)
    local = at.astimezone(place)
    if local.date() == now.astimezone(place).date():
        return f"{local:%H:%M}"
    return show_moment(language, at, zone).text


def show_money(micros: int, currency: str) -> str:
    """Return what something cost, rounded half up to a hundredth, with its currency."""
    return f"{currency} {(Decimal(micros) / 1_000_000):,.2f}"


def show_spent(language: Language, spent: Sequence[SpentRow], own: str) -> str:
    """Return costs, a currency each; they are never added up."""
    found = [show_money(one.micros, one.currency or own) for one in spent if one.micros]
    return " + ".join(found) or say(language, "today.spent.none")


def figures(language: Language, today: Today, zone: str, currency: str) -> dict[str, str]:
    """Return every number of the day as a text, by the name that the page gives its place."""
    queues, work, log, now = today.queues, today.work, today.log, today.now
    oldest = {
        "inbox_age": show_age(language, queues.inbox_since, today.wall_now),
        "due_age": show_age(language, queues.due_since, now),
        "replies_age": show_age(language, work.replies_since, now),
    }
    counts = {
        "planned": today.planned,
        "undecided": today.plan.undecided,
        "signals": queues.signals,
        **_of_log(log),
    }
    capped = {
        "not_understood": queues.not_understood,
        "inbox": queues.inbox,
        "due": queues.due,
        "opt_outs": queues.opt_outs,
        "tasks": work.tasks,
        "replies": work.replies,
    }
    shown = {name: "–" if count is None else f"{count:,}" for name, count in counts.items()}
    shown |= {name: show_count(language, count) for name, count in capped.items()}
    if today.is_capped:
        shown["undecided"] = show_count(language, today.plan.undecided)
        shown["planned"] = _planned(language, today)
    shown |= {
        name: say(language, "today.oldest", age=age) if age else "" for name, age in oldest.items()
    }
    heard = show_age(language, queues.last_signal_at, now)
    shown["signals_age"] = "" if not heard else say(language, "today.last", age=heard)
    shown["spent"] = "–" if log is None else show_spent(language, log.spent, currency)
    shown["lag"] = _lag(language, today)
    shown["as_of"] = f"{now.astimezone(ZoneInfo(zone)):%H:%M:%S}"
    shown["headline"] = headline(language, today, zone)
    return shown


def _of_log(log: LogDay | None) -> dict[str, int | None]:
    """Return what was decided and what became of it; None each before it was first counted."""
    if log is None:
        return dict.fromkeys(("allowed", "deferred", "blocked", "inbound", "sent", *DELIVERY))
    states = {
        name: sum(log.states.get(state, 0) for state in group) for name, group in DELIVERY.items()
    }
    sent = sum(log.states.get(state, 0) for state in HANDED)
    verdicts = {"allowed": log.allowed, "deferred": log.deferred, "blocked": log.blocked}
    return {**verdicts, "inbound": log.inbound, "sent": sent, **states}


def _planned(language: Language, today: Today) -> str:
    planned = today.planned or 0
    if today.is_capped:
        return say(language, "today.capped", count=f"{planned - 1:,}")
    return f"{planned:,}"


def _lag(language: Language, today: Today) -> str:
    """Return that decisions are counted late, where they are; "" else."""
    if today.log_as_of is None or today.wall_now - today.log_as_of < _LAG:
        return ""
    return say(language, "today.lag", age=show_age(language, today.log_as_of, today.wall_now))


def headline(language: Language, today: Today, zone: str) -> str:
    """Return whether the day goes as planned, in a sentence or two."""
    needs = len(today.needs)
    if today.planned is None:
        found = say(language, "today.uncounted")
    elif not today.planned:
        due = today.plan.next_due
        found = say(language, "today.quiet")
        if due is not None:
            moment = show_moment(language, due, zone).text
            found = say(language, "today.quiet.next", next=moment)
    else:
        key = "not_going" if any(one.tone == "stop" for one in today.needs) else "going"
        decided, planned = f"{today.decided or 0:,}", _planned(language, today)
        found = say(language, f"today.{key}", decided=decided, planned=planned)
    gap = "" if language == "zh" else " "
    if needs == 1:
        found += gap + say(language, "today.needs.1")
    elif needs:
        found += gap + say(language, "today.needs.many", count=needs)
    return found


def show_need(language: Language, one: Need, today: Today, zone: str) -> NeedShown:
    """Return something that needs somebody in words, and the page where it is looked at."""
    values: dict[str, object] = {name: f"{count:,}" for name, count in one.values.items()}
    if one.since is not None:
        clock = today.wall_now if one.kind == "circuit" else today.now
        values["age"] = show_age(language, one.since, clock)
        values["time"] = show_clock(language, one.since, clock, zone)
    kind, about, detail = one.kind, one.about, one.detail
    if kind.startswith("alert."):
        values["kind"] = _alert(language, kind)
        kind = "alert"
    if kind == "paused":
        scope, _, subject = about.partition(" ")
        about = f"{say_or(language, f'stops.{scope}', scope)} {subject}".rstrip()
    if one.kind == "alert.discrepancy":
        about, detail = say_or(language, f"difference.{about}", about), ""
    key = f"need.{kind}.1" if list(one.values.values()) == [1] else f"need.{kind}"
    sentence = say(language, key, about=about, **values)
    opens = say_or(language, f"need.{kind}.open", say(language, "need.open"))
    address = _address(one, today, local_day(today.starts, zone))
    return NeedShown(one.tone, sentence, detail, address, opens)


def _alert(language: Language, kind: str) -> str:
    name = kind.removeprefix("alert.")
    if name.startswith("provider_"):
        error = name.removeprefix("provider_")
        told = say(language, "alert.provider")
        return f"{told} ({say_or(language, f'error.{error}', error)})"
    return say_or(language, kind, name.replace("_", " "))


def _address(one: Need, today: Today, day: date) -> str:
    lender = f"lender={today.tenant}"
    kind = one.kind.removeprefix("alert.")
    if kind == "circuit":
        return f"/providers/{one.about}"
    if kind.startswith("provider_"):
        return f"/providers/{one.about.partition(':')[0]}"
    places = {
        "failing": contacts_address(today.tenant, day, status="failed"),
        "not_understood": "/signals?{lender}&state=quarantined",
        "signal_conflict": "/signals?{lender}&state=quarantined",
        "source_silent": "/signals?{lender}",
        "sender_clock": "/signals?{lender}",
        "callback_failed": "/signals?{lender}&state=receipts",
        "behind": "/signals?{lender}",
        "discrepancy": "/discrepancies?{lender}",
        "replies": "/replies?{lender}",
        "reply_from_unknown": contacts_address(today.tenant, day, verdict="inbound"),
        "paused": "/stops",
        "error_rate": "/stops",
    }
    return places.get(kind, "/tasks").format(lender=lender)
