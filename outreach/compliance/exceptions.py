"""What lifts a rule: `unless` items, each a selector that may also ask for a consent.

An item holds when every one of its keys does. Unlike `applies_to`, a missing fact lifts nothing.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from outreach.compliance.clock import DAY
from outreach.compliance.lengths import Length
from outreach.compliance.selectors import compile_dynamic, compile_static
from outreach.compliance.view import Parameters, View, texts_of
from outreach.domain.known import Consent, LedgerEntry, epoch_of

NEVER: Final = 2**62

Lift = Callable[[View], int]
"""Return the first instant, `now` or later, from which the rule is lifted; `NEVER` if none."""

CONSENT_KEYS: Final = frozenset({"consent", "max_age_days", "given_to", "agreement"})


def compile_unless(items: Iterable[Mapping[str, object]]) -> Lift | None:
    """Compile the items; None if there are none, so that rules without them pay nothing."""
    lifts = tuple(map(_item, items))
    if not lifts:
        return None
    return lambda view: min(lift(view) for lift in lifts)


def _item(item: Mapping[str, object]) -> Lift:
    tests = (*compile_static(item), *compile_dynamic(item))
    kinds = texts_of(item.get("consent", ()))
    agreements = texts_of(item.get("agreement", ()))
    given_to = texts_of(item.get("given_to", ()))
    days = Parameters(item).number("max_age_days")
    ttl = Length(days, "days") if days else None

    def lift(view: View) -> int:
        if any(test(view) is not True for test in tests):
            return NEVER
        if agreements and not any(
            a.kind in agreements and epoch_of(a.at) <= view.known for a in view.facts.agreements
        ):
            return NEVER
        if not kinds:
            return view.now
        return min(
            (
                relied_on_from(consent, view, view.now, ttl)
                for consent in view.facts.consents
                if consent.kind in kinds
                and (not given_to or consent.given_to in given_to)
                and concerns(consent, view)
            ),
            default=NEVER,
        )

    return lift


def concerns(consent: Consent, view: View) -> bool:
    """Tell whether a consent that was known is about this channel, address, purpose and debts."""
    action = view.action
    return (
        consent.epoch <= view.known
        and (consent.channel is None or consent.channel == action.channel)
        and (consent.endpoint is None or consent.endpoint == action.endpoint)
        and (consent.purpose is None or consent.purpose == action.purpose)
        and (not consent.debts or consent.debts.issuperset(action.debts))
    )


def relied_on_from(consent: Consent, view: View, epoch: int, ttl: Length | None = None) -> int:
    """Return the first instant from `epoch` on at which the consent may be relied on, or `NEVER`.

    `ttl` is how long it lasts, in dates its own being the first; None sets no limit. Where several
    zones are plausible the earliest lapse counts.
    """
    start = max(epoch, epoch_of(consent.starts) if consent.starts else consent.epoch)
    end = epoch_of(consent.expires) if consent.expires else NEVER
    if ttl is not None:
        end = min(end, ttl.earliest_end(view.counting_zones, consent.epoch))
    return start if start < end else NEVER


def concerns_entry(consent: Consent, entry: LedgerEntry, view: View, days: int) -> bool:
    """Tell whether an earlier contact was made on this consent, within so many dates of it."""
    return (
        consent.epoch <= entry.epoch
        and (consent.channel is None or consent.channel == entry.channel)
        and (consent.endpoint is None or consent.endpoint == entry.endpoint)
        and (not consent.debts or consent.debts.issuperset(entry.debts))
        and relied_on_from(consent, view, entry.epoch, Length(days, "days")) == entry.epoch
    )


def duration(amount: int, unit: str) -> int:
    """Return the microseconds of `amount` days or hours."""
    return amount * (DAY if unit == "days" else DAY // 24)
