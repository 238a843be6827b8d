"""What somebody filled into the form of a visit: what it tells, or what is wrong in it."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from outreach.domain.hand_offs import begun_at
from outreach.domain.money import AmountError, Money, UnknownCurrencyError
from outreach.domain.records import dataclass
from outreach.domain.visits import VisitOutcome
from outreach.usecases.visiting import VisitNow
from outreach.usecases.visiting_outcomes import VisitTold

_LONGEST: Final = 4000
_AHEAD: Final = timedelta(minutes=5)
"""How far a phone's clock may run ahead of ours."""
_FURTHEST_PROMISE: Final = timedelta(days=366)
_OF_BORROWER: Final = frozenset({VisitOutcome.SPOKE, VisitOutcome.REFUSED})


@dataclass(frozen=True, slots=True)
class FilledForm:
    """A form as it was filled: what it tells, or the names of what is wrong in it."""

    told: VisitTold | None
    wrong: frozenset[str]
    given: Mapping[str, Any]


def blank() -> dict[str, Any]:
    """Return an empty form."""
    texts = dict.fromkeys(("outcome", "at", "promised_on", "promised", "note", "by"), "")
    return texts | dict.fromkeys(("dispute", "hardship", "left_alone"), False)


def read_form(texts: Mapping[str, str], visit: VisitNow, now: datetime) -> FilledForm:
    """Read a form as it was posted; what can't be so is named by the field that it stands in."""
    given = blank()
    for name, usual in given.items():
        text = texts.get(name, "").strip()[:_LONGEST]
        given[name] = bool(text) if isinstance(usual, bool) else text
    wrong: set[str] = set()
    outcome = next((one for one in VisitOutcome if one == given["outcome"]), None)
    if outcome is None:
        wrong.add("outcome")
    at = _instant(given["at"], visit, now)
    if at is None:
        wrong.add("at")
    if not given["by"]:
        wrong.add("by")
    promised = None
    if given["promised_on"] or given["promised"]:
        promised = _promise(given, visit, now)
        if promised is None:
            wrong.add("promise")
    of_borrower = bool(promised or given["dispute"] or given["hardship"])
    if of_borrower and outcome is not None and outcome not in _OF_BORROWER:
        wrong.add("told")
    if wrong or outcome is None or at is None:
        return FilledForm(None, frozenset(wrong), given)
    told = VisitTold(
        outcome=outcome,
        at=at,
        by=given["by"],
        note=given["note"],
        promised=promised,
        disputes=given["dispute"],
        hardship=given["hardship"],
        left_alone=given["left_alone"] and outcome is VisitOutcome.SOMEBODY_ELSE,
    )
    return FilledForm(told, frozenset(), given)


def _instant(text: str, visit: VisitNow, now: datetime) -> datetime | None:
    """Return when people were there; None if it is unreadable, ahead, or before the order."""
    try:
        local = datetime.fromisoformat(text)
    except ValueError:
        return None
    if local.tzinfo is not None:
        return None
    at = local.replace(tzinfo=ZoneInfo(visit.zone))
    ordered = begun_at(visit.hand_off)
    # The field has minutes only: the minute of the order counts as after it.
    if ordered is None or at < ordered - timedelta(minutes=1) or at > now + _AHEAD:
        return None
    return min(at, now)


def _promise(given: Mapping[str, Any], visit: VisitNow, now: datetime) -> tuple[date, int] | None:
    try:
        on = date.fromisoformat(given["promised_on"])
        amount = Money.from_decimal_text(given["promised"].replace(",", ""), visit.currency)
    except (ValueError, AmountError, UnknownCurrencyError):
        return None
    today = now.astimezone(ZoneInfo(visit.zone)).date()
    if not today <= on <= today + _FURTHEST_PROMISE or amount.minor <= 0:
        return None
    return on, amount.minor
