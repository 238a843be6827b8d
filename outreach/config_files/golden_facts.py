"""Golden-case facts in the words of the case format → the engine's facts.

The conventions of the format are applied here and nowhere else: what a case doesn't mention is
absent, not unknown; consents noted on an endpoint are consents; a text is what the classifier says.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from outreach.compliance.clock import MINUTES_PER_DAY, minutes_of
from outreach.compliance.opening import WEEKDAYS, days_named
from outreach.domain.decisions import (
    Agreement,
    Consent,
    Debt,
    Endpoint,
    Facts,
    Hold,
    InboundMessage,
    LedgerEntry,
    Notice,
    OptOut,
    Preference,
    ZoneEvidence,
)

Raw = Mapping[str, Any]
IsOptOut = Callable[[str], bool]

# What a case says of an endpoint, and the consent it stands for: (kind, channel, given to).
_ENDPOINT_CONSENTS: Final = {
    "sms_consent_to_sender_at": ("sms_consent", "sms", "sender"),
    "sms_consent_to_creditor_at": ("sms_consent", "sms", "creditor"),
    "express_consent_at": ("express", None, "creditor"),
    "last_consumer_text_at": ("consumer_text", "sms", "sender"),
}
_ENDPOINT_GRANTS: Final = {"dc_electronic_consent", "nyc_written_consent"}
_HOLD_POLICY: Final = {"attorney": "attorney_only"}
_SCOPED_CALL: Final = "call "


def instant(text: str) -> datetime:
    """Read an instant; one without an offset stays naive, for the engine to refuse."""
    return datetime.fromisoformat(text)


def ledger_of(raw: Iterable[Raw]) -> tuple[LedgerEntry, ...]:
    """Turn `prior_contacts` into ledger entries."""
    return tuple(
        LedgerEntry(
            at=instant(c["at"]),
            channel=c["channel"],
            direction=c["direction"],
            outcome=c["outcome"],
            debts=tuple(c.get("debts", ())),
            endpoint=c.get("to"),
            purpose=c.get("purpose"),
            recipient_role=c.get("recipient_role", "debtor"),
            dial_mode=c.get("dial_mode"),
            place=c.get("place"),
            sender=c.get("sender"),
            excluded_reason=c.get("excluded_reason"),
            key=c.get("idempotency_key"),
        )
        for c in raw
    )


def facts_of(case: Raw, is_opt_out: IsOptOut) -> Facts:
    """Turn a case into facts about one person."""
    raw: Raw = case.get("facts", {})
    zones = tuple(case.get("plausible_zones", ()))
    declared = raw.get("declared_location", {}).get("zone")
    flags: Raw = raw.get("person_flags", {})
    return Facts(
        lender_role=case.get("sender_role", "third_party"),
        zones=tuple(
            ZoneEvidence(zone, "declared" if zone == declared else "address") for zone in zones
        ),
        lender_class=raw.get("lender_class"),
        stage=raw.get("stage", ""),
        ledger=ledger_of(case.get("prior_contacts", ())),
        consents=_consents(case, raw, zones),
        opt_outs=_opt_outs(raw, is_opt_out),
        preferences=tuple(map(_preference, raw.get("preferences", ()))),
        agreements=tuple(map(_agreement, raw.get("agreements", ()))),
        holds=_holds(raw, zones),
        endpoints={name: _endpoint(known) for name, known in raw.get("endpoints", {}).items()},
        debts=_debts(case),
        person_flags={name: True for name, value in flags.items() if value},
        person_dates=_dates(raw, ("last_collection_activity", "last_record_at")),
        notices=tuple(
            Notice(n.get("kind", ""), instant(n["at"]), n.get("undeliverable", False))
            for n in raw.get("letters", ())
        ),
        inbound=tuple(
            InboundMessage(instant(m["at"]), m["medium"], is_opt_out(m["text"]))
            for m in raw.get("inbound", ())
        ),
        holidays=frozenset(date.fromisoformat(day) for day in raw.get("holidays", ())),
        lender_zone=raw.get("sender_zone"),
        refusals=tuple(
            (r["person"], instant(r["at"])) for r in raw.get("third_party_refusals", ())
        ),
        lender_flags={"no_entrustment_agreement": raw.get("entrustment_agreement") is False},
    )


def _consents(case: Raw, raw: Raw, zones: tuple[str, ...]) -> tuple[Consent, ...]:
    found: list[Consent] = [_consent(c, zones) for c in raw.get("consents", ())]
    for name, endpoint in raw.get("endpoints", {}).items():
        found += [
            Consent(kind, instant(endpoint[key]), channel, name, given_to)
            for key, (kind, channel, given_to) in _ENDPOINT_CONSENTS.items()
            if key in endpoint
        ]
        # These are said to stand, without a date.
        found += [
            Consent(key, instant("1970-01-01T00:00:00+00:00"), channel, name)
            for key in _ENDPOINT_GRANTS & endpoint.keys()
            for channel in _channels(endpoint[key])
        ]
    # A text that the person sent is a permission to text back.
    found += [
        Consent("consumer_text", instant(c["at"]), "sms", c.get("to"))
        for c in case.get("prior_contacts", ())
        if c["direction"] == "in" and c["channel"] == "sms"
    ]
    found += [
        Consent("opt_in", instant(o["at"]), o["medium"], o.get("endpoint"))
        for o in raw.get("opt_ins", ())
    ]
    return tuple(found)


def _channels(value: object) -> tuple[str | None, ...]:
    if isinstance(value, list):
        return tuple(value)
    return (None,) if value else ()


def _consent(raw: Raw, zones: tuple[str, ...]) -> Consent:
    """Read a listed consent; a scope such as `call 2026-08-13 14:00` bounds it to that date."""
    at = instant(raw["given_at"])
    starts = expires = None
    scope = raw.get("scope", "")
    if scope.startswith(_SCOPED_CALL) and zones:
        local = datetime.fromisoformat(scope.removeprefix(_SCOPED_CALL))
        starts = local.replace(tzinfo=ZoneInfo(zones[0]))
        midnight = local.replace(hour=0, minute=0) + timedelta(days=1)
        expires = midnight.replace(tzinfo=ZoneInfo(zones[0]))
    channels = raw.get("channels", [])
    return Consent(
        kind=raw["kind"],
        at=at,
        channel=channels[0] if len(channels) == 1 else None,
        debts=frozenset(raw.get("debts", ())),
        starts=starts,
        expires=expires,
        form=scope,
    )


def _opt_outs(raw: Raw, is_opt_out: IsOptOut) -> tuple[OptOut, ...]:
    listed = [
        OptOut(
            at=instant(o["at"]),
            medium=o.get("medium", "all"),
            endpoint=o.get("endpoint"),
            scope=o.get("scope", ""),
            topic=o.get("topic"),
        )
        for o in raw.get("opt_outs", ())
    ]
    notes = [*raw.get("agent_notes", ()), *raw.get("utterances", ())]
    listed += [
        OptOut(instant(note["at"]), _medium_named(note["text"]))
        for note in notes
        if is_opt_out(note["text"])
    ]
    return tuple(listed)


def _medium_named(text: str) -> str:
    """Name the medium an oral request is about; one that names none is about all."""
    words = text.casefold()
    for medium, stems in {
        "sms": ("text", "sms", "短信"),
        "email": ("mail", "邮件"),
        "call": ("call", "phone", "ring", "电话"),
    }.items():
        if any(stem in words for stem in stems):
            return medium
    return "all"


def _preference(raw: Raw) -> Preference:
    start, end = _minutes(raw.get("barred", "00:00-00:00"))
    days = (
        day
        for name in raw.get("days", "all").replace(" ", "").split(",")
        for day in days_named(name)
    )
    return Preference(
        # The creditor's placed file is known from the start.
        at=instant(raw.get("set_at", "1970-01-01T00:00:00+00:00")),
        start_minute=start,
        end_minute=end,
        days=frozenset(WEEKDAYS.index(day) for day in days),
        place=raw.get("place"),
        form=raw.get("form", ""),
        source=raw.get("source", ""),
    )


def _agreement(raw: Raw) -> Agreement:
    start, end = _minutes(raw.get("window", "00:00-00:00"))
    return Agreement(raw["kind"], instant(raw["at"]), start, end)


def _minutes(window: str) -> tuple[int, int]:
    start, _, end = window.partition("-")
    return minutes_of(start), min(minutes_of(end), MINUTES_PER_DAY)


def _holds(raw: Raw, zones: tuple[str, ...]) -> tuple[Hold, ...]:
    flags: Raw = raw.get("person_flags", {})
    found: list[Hold] = []
    for kind, key in (
        ("cease", "received_at"),
        ("attorney", "known_since"),
        ("bankruptcy", "filed_at"),
    ):
        if flag := flags.get(kind):
            begun = flag.get(key, "1970-01-01T00:00:00+00:00")
            found.append(
                Hold(
                    kind,
                    instant(begun),
                    policy=_HOLD_POLICY.get(kind, "stop_all"),
                    attributes={name: v for name, v in flag.items() if name != key},
                )
            )
    if until := flags.get("bereavement", {}).get("until"):
        found.append(Hold("bereavement", _EVER, ends=_local(until, zones)))
    for name, debt in raw.get("debt_flags", {}).items():
        if dispute := debt.get("dispute"):
            found.append(_dispute(name, dispute))
    found += [_moratorium(m, zones) for m in raw.get("moratoria", ())]
    if raw.get("stage") == "instalment_plan_performing":
        found.append(Hold("instalment_plan", _EVER, policy="pause_collection"))
    return tuple(found)


_EVER: Final = instant("1970-01-01T00:00:00+00:00")


def _dispute(debt: str, raw: Raw) -> Hold:
    sent = raw.get("verification_sent_at")
    return Hold(
        "dispute",
        instant(raw["received_at"]) if "received_at" in raw else _EVER,
        debts=frozenset({debt}),
        released=instant(sent) if sent else None,
        policy="pause_collection",
        attributes={k: v for k, v in raw.items() if not k.endswith("_at")},
    )


def _moratorium(raw: Raw, zones: tuple[str, ...]) -> Hold:
    """Read a moratorium; `through` is its last date, `days` counts from its first."""
    begins = raw.get("starts") or raw.get("received")
    starts = _local(begins, zones) if begins else _EVER
    ends = None
    if through := raw.get("through"):
        ends = _local(through, zones) + timedelta(days=1)
    elif "days" in raw:
        ends = starts + timedelta(days=raw["days"])
    return Hold(
        raw["kind"],
        starts,
        starts=starts,
        ends=ends,
        debts=frozenset(raw.get("debts", ())),
        attributes={k: str(v) for k, v in raw.items() if k in ("treatment_ended", "decided")},
    )


def _local(text: str, zones: tuple[str, ...]) -> datetime:
    """Read an instant, or a date as its first moment in the first plausible zone."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(zones[0] if zones else "UTC"))
    return moment


def _endpoint(raw: Raw) -> Endpoint:
    check: Raw = raw.get("reassignment_check", {})
    last_text = raw.get("last_consumer_text_at")
    not_persons = raw.get("not_persons_learned_at")
    return Endpoint(
        kind=raw.get("kind"),
        owner=raw.get("owner"),
        checked_at=instant(check["at"]) if check else None,
        checked_result=check.get("result"),
        last_text_at=instant(last_text) if last_text else None,
        not_persons_at=instant(not_persons) if not_persons else None,
        flags={"employer_prohibits": raw.get("employer_prohibits", False)},
    )


_DEBT_FLAGS: Final = (
    "grievance_open",
    "illegal",
    "payment_proposal_open",
    "refused_to_pay",
    "statute_barred",
    "time_barred",
)
_DEBT_DATES: Final = ("due", "first_communication_at", "overdue_since", "validation_sent_at")


def _debts(case: Raw) -> dict[str, Debt]:
    raw: Raw = case.get("facts", {})
    listed: Raw = raw.get("debt_flags", {})
    groups = {d: group for group, debts in raw.get("debt_groups", {}).items() for d in debts}
    zones = tuple(case.get("plausible_zones", ()))
    return {
        name: Debt(
            dpd=listed.get(name, {}).get("dpd"),
            group=groups.get(name),
            flags={key: listed.get(name, {}).get(key, False) for key in _DEBT_FLAGS},
            dates={
                key: _local(text, zones)
                for key in _DEBT_DATES
                if (text := listed.get(name, {}).get(key))
            },
        )
        for name in {*listed, *groups}
    }


def _dates(raw: Raw, keys: tuple[str, ...]) -> dict[str, datetime]:
    return {key: instant(raw[key]) for key in keys if key in raw}
