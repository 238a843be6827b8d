"""The form of what-if: its fields, and what they say once they are read."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, cast
from zoneinfo import ZoneInfo

from outreach.compliance.clock import is_zone
from outreach.domain.vocabulary import Channel, HoldKind
from outreach.usecases.what_if import FURTHEST_DAYS, MOST_CONTACTS, UNKNOWN, OptOuts, Supposed
from outreach.web.console.forms import Field, Form
from outreach.web.console.whose import Whose
from outreach.web.console.words import Language, say

PATH: Final = "/simulate"
NAMES: Final = (
    "lender", "loan", "at", "step", "channel", "zone", "residence", "days_past_due", "opt_outs",
    "consent", "hold", "contacts", "contacts_channel", "span_days",
)  # fmt: skip
LONGEST: Final = 200
_CHANNELS: Final = (
    Channel.SMS, Channel.PUSH, Channel.EMAIL, Channel.CALL, Channel.WHATSAPP, Channel.LETTER,
    Channel.VISIT,
)  # fmt: skip
_OPT_OUTS: Final = ("none", "sms", "email", "push", "phone", "all")
_CONSENTS: Final = ("none", "sms", "email", "push", "call")
HOLDS: Final = (
    HoldKind.DISPUTE, HoldKind.HARDSHIP, HoldKind.DECEASED, HoldKind.BANKRUPTCY,
    HoldKind.ATTORNEY, HoldKind.CEASE, HoldKind.COMPLAINT, HoldKind.OPERATOR,
)  # fmt: skip
_NUMBERS: Final = {
    "days_past_due": (-60, 2000),
    "contacts": (0, MOST_CONTACTS),
    "span_days": (1, 60),
}
_RESIDENCE: Final = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3}(-[A-Z]{1,4})?)?", re.ASCII)
_CLOCK: Final = "%Y-%m-%dT%H:%M"
_SPAN: Final = "7"


def form_of(language: Language, about: Whose, steps: Iterable[str], at: datetime) -> Form:
    """Return the form with nothing supposed; the clock stands at `at`."""

    def words(key: str) -> str:
        return say(language, key)

    def chosen(values: Iterable[str], prefix: str, none: str) -> Sequence[tuple[str, str]]:
        return (("", words(none)), *((one, words(f"{prefix}.{one}")) for one in values))

    def mixed(values: Iterable[str], prefix: str) -> Sequence[tuple[str, str]]:
        own = {"none", "phone", "all"}
        named = ((one, words(f"{prefix if one in own else 'channel'}.{one}")) for one in values)
        return (("", words("what_if.as_is")), *named)

    local = at.astimezone(ZoneInfo(about.plan.timezone)).strftime(_CLOCK)
    channels = chosen(_CHANNELS, "channel", "what_if.channel.own")
    keys = (("", words("what_if.step.own")), *((one, one) for one in steps))
    lenders = tuple(about.lenders.items())
    fields = (
        Field("lender", words("lender"), "select" if len(lenders) > 1 else "hidden",
              lenders, value=about.slug, required=True),
        Field("loan", words("what_if.loan"), required=True),
        Field("at", words("what_if.at"), "datetime-local", value=local, required=True),
        Field("step", words("what_if.step"), "select", keys),
        Field("channel", words("what_if.channel"), "select", channels,
              note=words("what_if.channel.note")),
        Field("days_past_due", words("what_if.days_past_due")),
        Field("zone", words("what_if.zone"), note=words("what_if.zone.note")),
        Field("residence", words("what_if.residence"), note=words("what_if.residence.note")),
        Field("opt_outs", words("what_if.opt_outs"), "select",
              mixed(_OPT_OUTS, "what_if.opt_outs")),
        Field("consent", words("what_if.consent"), "select", mixed(_CONSENTS, "what_if.consent")),
        Field("hold", words("what_if.hold"), "select",
              chosen(("none", *HOLDS), "what_if.hold", "what_if.as_is")),
        Field("contacts", words("what_if.contacts")),
        Field("contacts_channel", words("what_if.contacts_channel"), "select", channels[1:]),
        Field("span_days", words("what_if.span_days"), value=_SPAN),
    )  # fmt: skip
    return Form(PATH, fields, words("what_if.ask"))


def read_supposed(
    said: Mapping[str, str], form: Form, about: Whose, language: Language, now: datetime
) -> tuple[Supposed | None, dict[str, str]]:
    """Return what a form supposes, or None and what is wrong with each field."""
    wrong: dict[str, str] = {}
    for one in form.fields:
        if one.kind == "select" and said.get(one.name, "") not in dict(one.options):
            wrong[one.name] = say(language, "what_if.choice.wrong")
    if not said.get("loan"):
        wrong["loan"] = say(language, "what_if.loan.missing")
    at = _instant(said.get("at", ""), about, now)
    if at is None:
        wrong["at"] = say(language, "what_if.at.wrong", days=FURTHEST_DAYS)
    zone = said.get("zone", "")
    if zone and zone != UNKNOWN and not is_zone(zone):
        wrong["zone"] = say(language, "what_if.zone.wrong")
    residence = said.get("residence", "")
    if residence and residence != UNKNOWN and not _RESIDENCE.fullmatch(residence):
        wrong["residence"] = say(language, "what_if.residence.wrong")
    numbers = {}
    for name, (low, high) in _NUMBERS.items():
        numbers[name] = _number(said.get(name, ""), low, high)
        if said.get(name, "") and numbers[name] is None:
            wrong[name] = say(language, "what_if.number.wrong", low=low, high=high)
    if wrong or at is None:
        return None, wrong
    supposed = Supposed(
        at=at,
        step=said["step"],
        channel=Channel(said["channel"]) if said["channel"] else None,
        zone=zone,
        residence=residence,
        opt_outs=cast("OptOuts", said["opt_outs"]),
        consent=said["consent"],
        hold=said["hold"],
        days_past_due=numbers["days_past_due"],
        contacts=numbers["contacts"] or 0,
        contacts_channel=Channel(said["contacts_channel"] or Channel.SMS),
        span_days=numbers["span_days"] or int(_SPAN),
    )
    return supposed, {}


def _instant(text: str, about: Whose, now: datetime) -> datetime | None:
    """Return an instant of the lender's clock; None if it is none, or too far from now."""
    try:
        at = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(about.plan.timezone))
    except ValueError:
        return None
    return at if abs(at - now) <= timedelta(days=FURTHEST_DAYS) else None


def _number(text: str, low: int, high: int) -> int | None:
    if not re.fullmatch(r"-?\d{1,4}", text, re.ASCII):
        return None
    return int(text) if low <= int(text) <= high else None
