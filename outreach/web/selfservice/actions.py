"""What a borrower may do on their page: each form, read into the signals that it tells."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

from outreach.domain.records import dataclass
from outreach.usecases import selfservice_telling as telling
from outreach.usecases.selfservice import Overview
from outreach.usecases.selfservice_telling import SHUNNED, STOPS, Said, Teller
from outreach.web.selfservice.forms import Form

HARDSHIPS: Final = ("income_loss", "illness", "family", "disaster", "other")
DISPUTES: Final = ("amount", "already_paid", "not_mine", "identity", "other")
COMPLAINTS: Final = ("conduct", "frequency", "privacy", "service", "other")
HOURS: Final = tuple(f"{hour:02}:00" for hour in range(7, 23))
LOCALES: Final = {"en-US": "English", "zh-CN": "中文"}
_OTHER: Final = "other"


@dataclass(frozen=True, slots=True)
class Filling:
    """A form that was posted, by whom, about what, and when."""

    form: Form
    teller: Teller
    shown: Overview
    promise_within: timedelta
    now: datetime


def _promise(filling: Filling) -> list[Said]:
    form, shown = filling.form, filling.shown
    amount = form.amount("amount", shown.loan.currency, max(shown.owed_minor, shown.due_minor))
    day = form.day("day", shown.today, shown.today + filling.promise_within)
    return [] if form.errors else telling.promise(filling.teller, amount, day, filling.now)


def _hardship(filling: Filling) -> list[Said]:
    kind, note = filling.form.choice("kind", HARDSHIPS), filling.form.note()
    found = filling.shown.suggestion
    wish = found if found is not None and filling.form.text("wish") == found.kind else None
    return telling.hardship(filling.teller, kind, note, wish)


def _dispute(filling: Filling) -> list[Said]:
    kind, note = filling.form.choice("kind", DISPUTES), filling.form.note()
    return telling.dispute(filling.teller, kind or _OTHER, note, filling.now)


def _complaint(filling: Filling) -> list[Said]:
    kind, note = filling.form.choice("kind", COMPLAINTS), filling.form.note()
    return telling.complaint(filling.teller, kind, note, filling.now)


def _preferences(filling: Filling) -> list[Said]:
    form, shown = filling.form, filling.shown
    hours = form.hours()
    shunned = [one for one in SHUNNED if one in form.texts("not_by")]
    said = telling.prefer(hours, shunned, shown.wishes)
    locale = form.text("locale")
    if locale in LOCALES and locale != shown.locale:
        said += telling.speak(filling.teller, locale, shown.locale_version)
    return said


def _stop(filling: Filling) -> list[Said]:
    channel = filling.form.choice("channel", STOPS)
    return telling.stop(filling.teller, channel, filling.now) if channel else []


def _statement(filling: Filling) -> list[Said]:
    return telling.statement(filling.teller, filling.now)


ACTIONS: Final[Mapping[str, Callable[[Filling], list[Said]]]] = {
    "promise": _promise,
    "hardship": _hardship,
    "dispute": _dispute,
    "complaint": _complaint,
    "preferences": _preferences,
    "stop": _stop,
    "statement": _statement,
}
"""By the last part of their address, in the order in which the page offers them."""


def offered(shown: Overview) -> list[str]:
    """Return what may be done about a loan: of one that is closed, nothing is promised."""
    away = {"promise", "hardship"} if not shown.loan.is_open or not shown.owed_minor else set()
    return [name for name in ACTIONS if name not in away]
