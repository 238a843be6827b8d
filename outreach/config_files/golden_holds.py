"""What pauses contact in a golden case: flags of the person, disputes, moratoria, a kept plan."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from outreach.config_files.golden_times import EVER, Raw, instant, local
from outreach.domain.known import Hold

# Flag of the person, the key that says since when, and what the hold lets through.
_BY_FLAG: Final = {
    "cease": ("received_at", "stop_all"),
    "attorney": ("known_since", "attorney_only"),
    "bankruptcy": ("filed_at", "stop_all"),
}
_PLAN_KEPT: Final = "instalment_plan_performing"
_ENDED: Final = ("treatment_ended", "decided")


def holds_of(raw: Raw, zones: tuple[str, ...]) -> tuple[Hold, ...]:
    """Turn the facts of a case into holds."""
    return tuple(_holds(raw, zones))


def _holds(raw: Raw, zones: tuple[str, ...]) -> Iterator[Hold]:
    flags: Raw = raw.get("person_flags", {})
    for kind, (since, policy) in _BY_FLAG.items():
        if flag := flags.get(kind):
            at = instant(flag[since]) if since in flag else EVER
            attributes = {name: value for name, value in flag.items() if name != since}
            yield Hold(kind, at, policy=policy, attributes=attributes)
    if until := flags.get("bereavement", {}).get("until"):
        # "Until the 20th" is through the 20th.
        yield Hold("bereavement", EVER, ends=local(until, zones) + timedelta(days=1))
    for name, debt in raw.get("debt_flags", {}).items():
        if "dispute" in debt:
            yield _dispute(name, debt["dispute"])
    for moratorium in raw.get("moratoria", ()):
        yield _moratorium(moratorium, zones)
    if raw.get("stage") == _PLAN_KEPT:
        yield Hold("instalment_plan", EVER, policy="pause_collection")


def _dispute(debt: str, raw: Raw) -> Hold:
    sent = raw.get("verification_sent_at")
    return Hold(
        "dispute",
        instant(raw["received_at"]) if "received_at" in raw else EVER,
        debts=frozenset({debt}),
        released=instant(sent) if sent else None,
        policy="pause_collection",
        attributes={k: v for k, v in raw.items() if not k.endswith("_at")},
    )


def _moratorium(raw: Raw, zones: tuple[str, ...]) -> Hold:
    """Read a moratorium; `through` is its last date, `days` counts from its first.

    It is known from its first date on: the format doesn't say when it was told.
    """
    begins = raw.get("starts") or raw.get("received")
    starts = local(begins, zones) if begins else EVER
    ends = None
    if through := raw.get("through"):
        ends = local(through, zones) + timedelta(days=1)
    elif "days" in raw:
        ends = starts + timedelta(days=raw["days"])
    return Hold(
        raw["kind"],
        starts,
        starts=starts,
        ends=ends,
        debts=frozenset(raw.get("debts", ())),
        attributes={key: raw[key] for key in _ENDED if raw.get(key)},
    )
