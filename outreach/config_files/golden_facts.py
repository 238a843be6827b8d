"""Golden-case facts in the words of the case format → the engine's facts.

The conventions of the format are applied in these `golden_*` modules and nowhere else: what a case
doesn't mention is absent, not unknown; consents noted on an address are consents; a text is what
the classifier says. Notices that a case doesn't mention were given: see `golden_notices`.
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any, Final

from phonenumbers import NumberParseException, parse
from phonenumbers.timezone import time_zones_for_number

from outreach.compliance.clock import MINUTES_PER_DAY, minutes_of
from outreach.compliance.opening import WEEKDAYS, days_named
from outreach.config_files.golden_holds import holds_of
from outreach.config_files.golden_permissions import consents_of, opt_outs_of
from outreach.config_files.golden_times import EVER, Raw, instant, local
from outreach.domain.known import (
    Agreement,
    Debt,
    Endpoint,
    Facts,
    Flag,
    InboundMessage,
    LedgerEntry,
    Notice,
    Preference,
    PromisedDate,
    ZoneEvidence,
)
from outreach.domain.replies import classify
from outreach.domain.residences import residence_of
from outreach.domain.vocabulary import ReplyKind

OPT_OUT: Final = ReplyKind.OPT_OUT
_DEBT_FLAGS: Final = (
    "grievance_open",
    "illegal",
    "payment_proposal_open",
    "refused_to_pay",
    "statute_barred",
    "time_barred",
)
_DEBT_DATES: Final = ("due", "first_communication_at", "overdue_since", "validation_sent_at")
_PERSON_DATES: Final = ("last_collection_activity", "last_record_at")
_STATES: Final = frozenset(
    "AK AL AR AZ CA CO CT DC DE FL GA HI IA ID IL IN KS KY LA MA MD ME MI MN MO MS MT NC ND NE NH "  # noqa: SIM905 - easier to read
    "NJ NM NV NY OH OK OR PA PR RI SC SD TN TX UT VA VI VT WA WI WV WY".split()
)
_PROVINCES: Final = frozenset("AB BC MB NB NL NS NT NU ON PE QC SK YT".split())  # noqa: SIM905 - same


def facts_of(case: Raw) -> Facts:
    """Turn a case into facts about one person."""
    raw: Raw = case.get("facts", {})
    zones = tuple(case.get("plausible_zones", ()))
    return Facts(
        lender_role=case.get("sender_role", "third_party"),
        zones=tuple(_zones(case, raw, zones)),
        residence=_residence(raw.get("address", "")),
        lender_class=raw.get("lender_class"),
        stage=raw.get("stage", ""),
        ledger=ledger_of(case.get("prior_contacts", ())),
        consents=consents_of(case, zones),
        opt_outs=opt_outs_of(raw),
        preferences=tuple(map(_preference, raw.get("preferences", ()))),
        promises=tuple(
            PromisedDate(_at(p, "made_at"), date.fromisoformat(p["pay_on"]))
            for p in raw.get("promises", ())
        ),
        agreements=tuple(map(_agreement, raw.get("agreements", ()))),
        holds=holds_of(raw, zones),
        endpoints=_endpoints(case, raw),
        debts=_debts(case, raw, zones),
        person_flags=_person_flags(raw),
        person_dates={key: local(raw[key], zones) for key in _PERSON_DATES if key in raw},
        notices=tuple(
            Notice(n.get("kind", ""), _at(n, "at"), n.get("undeliverable", False))
            for n in raw.get("letters", ())
        ),
        inbound=tuple(
            InboundMessage(
                instant(m["at"]), m.get("medium", "sms"), classify(m["text"]).kind is OPT_OUT
            )
            for m in raw.get("inbound", ())
        ),
        holidays=frozenset(date.fromisoformat(day) for day in raw.get("holidays", ())),
        lender_zone=raw.get("sender_zone"),
        refusals=tuple(
            (r.get("person", ""), _at(r, "at")) for r in raw.get("third_party_refusals", ())
        ),
        lender_flags={"no_entrustment_agreement": raw.get("entrustment_agreement") is False},
    )


def ledger_of(raw: Iterable[Raw]) -> tuple[LedgerEntry, ...]:
    """Turn `prior_contacts` into ledger entries."""
    return tuple(
        LedgerEntry(
            at=instant(c["at"]),
            channel=c["channel"],
            direction=c.get("direction", "out"),
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


def _at(raw: Raw, key: str) -> Any:
    """Read an instant; what is stated without one has always been known."""
    return instant(raw[key]) if raw.get(key) else EVER


def _zones(case: Raw, raw: Raw, zones: tuple[str, ...]) -> Iterable[ZoneEvidence]:
    """Say what suggests each plausible zone: the person's word, an area code, or the address.

    The format lists the zones without saying which fact suggests which. An area code suggests its
    own zones; the address suggests the others, and all of them where that leaves it none. What the
    person declares only later isn't known yet.
    """
    said: Raw = raw.get("declared_location", {})
    declared = said.get("zone") if _is_known(said, case) else None
    by_code = frozenset[str]().union(*map(_zones_of_code, raw.get("area_codes", ())))
    left = [zone for zone in zones if zone not in by_code]
    of_address = set(left or (zones if "address" in raw else ()))
    for zone in zones:
        if zone == declared:
            yield ZoneEvidence(zone, "declared")
            continue
        if zone in by_code:
            yield ZoneEvidence(zone, "area_code")
        if zone in of_address:
            yield ZoneEvidence(zone, "address")


def _is_known(said: Raw, case: Raw) -> bool:
    told, asked = said.get("at"), case.get("proposed", {}).get("at")
    if not (told and asked):
        return True
    then, now = instant(told), instant(asked)
    return then.tzinfo is None or now.tzinfo is None or then <= now


def _zones_of_code(code: str) -> frozenset[str]:
    """Return the zones of a North American area code; none for what isn't one."""
    try:
        return frozenset(time_zones_for_number(parse(f"+1{code}5550100")))
    except NumberParseException:
        return frozenset()


def _residence(address: str) -> str | None:
    """Read `City, ST` of the United States or Canada; other addresses tell no residence."""
    city, _, region = (part.strip() for part in address.rpartition(","))
    if region in _STATES:
        return residence_of("US", f"US-{region}", city)
    return residence_of("CA", f"CA-{region}", city) if region in _PROVINCES else None


def _preference(raw: Raw) -> Preference:
    start, end = _minutes(raw.get("barred", "00:00-00:00"))
    return Preference(
        # The creditor's placed file is known from the start.
        at=_at(raw, "set_at"),
        start_minute=start,
        end_minute=end,
        days=_weekdays(raw.get("days", "all")),
        place=raw.get("place"),
        form=raw.get("form", ""),
        source=raw.get("source", ""),
    )


def _agreement(raw: Raw) -> Agreement:
    """Read an agreement; its window may begin with the days it is about: `sun 09:00-12:00`."""
    days, _, window = raw.get("window", "00:00-00:00").strip().rpartition(" ")
    start, end = _minutes(window)
    return Agreement(raw["kind"], _at(raw, "at"), start, end, _weekdays(days or "all"))


def _minutes(window: str) -> tuple[int, int]:
    start, _, end = window.partition("-")
    return minutes_of(start), min(minutes_of(end), MINUTES_PER_DAY)


def _weekdays(listed: str) -> frozenset[int]:
    names = listed.casefold().replace(",", " ").split()
    return frozenset(WEEKDAYS.index(day) for name in names for day in days_named(name))


def _endpoints(case: Raw, raw: Raw) -> dict[str, Endpoint]:
    """Return the addresses on file; one that is named and not described is of no special kind."""
    named = [case.get("proposed", {}), *case.get("prior_contacts", ())]
    bare = {contact["to"]: Endpoint() for contact in named if "to" in contact}
    return bare | {name: _endpoint(known) for name, known in raw.get("endpoints", {}).items()}


def _endpoint(raw: Raw) -> Endpoint:
    check: Raw = raw.get("reassignment_check", {})
    last_text = raw.get("last_consumer_text_at")
    not_persons = raw.get("not_persons_learned_at")
    return Endpoint(
        kind=raw.get("kind"),
        owner=raw.get("owner"),
        checked_at=_at(check, "at") if check else None,
        checked_result=check.get("result"),
        last_text_at=instant(last_text) if last_text else None,
        not_persons_at=instant(not_persons) if not_persons else None,
        flags={"employer_prohibits": raw.get("employer_prohibits", False)},
    )


def _debts(case: Raw, raw: Raw, zones: tuple[str, ...]) -> dict[str, Debt]:
    listed: Raw = raw.get("debt_flags", {})
    groups = {d: group for group, debts in raw.get("debt_groups", {}).items() for d in debts}
    return {
        name: _debt(case, listed.get(name, {}), groups.get(name), zones)
        for name in {*listed, *groups}
    }


def _debt(case: Raw, raw: Raw, group: str | None, zones: tuple[str, ...]) -> Debt:
    dates = {key: local(raw[key], zones) for key in _DEBT_DATES if raw.get(key)}
    dpd: int | None = raw.get("dpd")
    if "overdue_since" not in dates and "due" in dates:
        dates["overdue_since"] = dates["due"] + timedelta(days=1)
    if at := case.get("proposed", {}).get("at"):
        today = local(at, zones).astimezone(local("2000-01-01", zones).tzinfo).date()
        # The one follows from the other: the first day overdue is 1 day past due.
        if dpd is None and "overdue_since" in dates:
            dpd = (today - dates["overdue_since"].date()).days + 1
        elif dpd is not None and dpd > 0 and "overdue_since" not in dates:
            dates["overdue_since"] = local(str(today - timedelta(days=dpd - 1)), zones)
    return Debt(
        dpd=dpd,
        group=group,
        flags={key: raw.get(key, False) for key in _DEBT_FLAGS},
        dates=dates,
    )


def _person_flags(raw: Raw) -> Mapping[str, Flag]:
    flags: dict[str, Flag] = {name: True for name, v in raw.get("person_flags", {}).items() if v}
    # Whether a place was chosen, and how often the residence was tried, is asked before a visit.
    if "residence_attempts" in raw:
        flags["residence_attempts"] = raw["residence_attempts"]
    if raw.get("chosen_place"):
        flags["chosen_place"] = raw["chosen_place"]
    return flags
