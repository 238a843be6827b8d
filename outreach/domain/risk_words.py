"""Reader of signals about risk facts. See `reading`."""

from decimal import Decimal, InvalidOperation
from typing import Final

from outreach.domain.members import Json, block, flag, moment_or, text, text_or, wrong
from outreach.domain.on_record import RiskFact
from outreach.domain.preference_words import read_end
from outreach.domain.signals import Signal

OBSERVED: Final = "risk.observed"
WITHDRAWN: Final = "risk.withdrawn"
_LONGEST: Final = 40


def read_risk_fact(signal: Signal, zone: str) -> RiskFact:
    """Return what `risk.observed` or `risk.withdrawn` states.

    One out of a credit report without purpose or legal basis is no error: it is kept, so that it
    can be shown that it came and was refused.

    Args:
        signal: Canonical.
        zone: The source's business zone, for an end that is a date.

    Raises:
        SignalError: `malformed`, with the member's name.
    """
    told = block(signal.data, "fact")
    ref = text(told, "id")
    if signal.type == WITHDRAWN:
        return RiskFact(ref, "", moment_or(told, "withdrawn_at", signal.time), withdrawn=True)
    return RiskFact(
        ref,
        text(told, "kind"),
        moment_or(told, "observed_at", signal.time),
        value=_number(told),
        word=text_or(told, "word"),
        bureau=flag(told, "credit_bureau"),
        purpose=text_or(told, "purpose"),
        legal_basis=text_or(told, "legal_basis"),
        expires_at=read_end(told, zone),
    )


def _number(told: Json) -> str:
    found = told.get("value")
    if found is None:
        return ""
    if isinstance(found, bool) or not isinstance(found, str | int | Decimal):
        raise wrong("fact.value")
    try:
        number = Decimal(found)
    except InvalidOperation:
        raise wrong("fact.value") from None
    if not number.is_finite() or len(plain := format(number, "f")) > _LONGEST:
        raise wrong("fact.value")
    return plain
