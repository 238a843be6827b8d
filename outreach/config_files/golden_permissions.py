"""Consents and opt-outs of a golden case, wherever the format writes them."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import chain
from typing import Final
from zoneinfo import ZoneInfo

from outreach.config_files.golden_times import EVER, Raw, instant
from outreach.domain.known import Consent, OptOut
from outreach.domain.replies import classify
from outreach.domain.vocabulary import OptOutScope, ReplyKind, ReplyMedium

# What a case says of an endpoint, and the consent it stands for: (kind, channel, given to).
_DATED: Final = {
    "sms_consent_to_sender_at": ("sms_consent", "sms", "sender"),
    "sms_consent_to_creditor_at": ("sms_consent", "sms", "creditor"),
    "express_consent_at": ("express", None, "creditor"),
    "last_consumer_text_at": ("consumer_text", "sms", "sender"),
}
_GRANTS: Final = ("dc_electronic_consent", "nyc_written_consent")
_WRITTEN: Final = {"sms": "consumer_text", "email": "consumer_email"}
# `call 2026-08-13 14:00`: contact at that time was asked for.
_SCOPED: Final = re.compile(
    r"^(?P<channel>[a-z_]+) (?P<day>\d{4}-\d\d-\d\d)( (?P<time>\d\d:\d\d))?$"
)


def consents_of(case: Raw, zones: tuple[str, ...]) -> tuple[Consent, ...]:
    """Return every consent that a case lists, notes on an address, or implies by a text."""
    raw: Raw = case.get("facts", {})
    listed = (one for c in raw.get("consents", ()) for one in _listed(c, zones))
    return (*listed, *_of_endpoints(raw), *_of_contacts(case), *_opt_ins(raw))


def _of_endpoints(raw: Raw) -> Iterator[Consent]:
    for name, endpoint in raw.get("endpoints", {}).items():
        for key, (kind, channel, given_to) in _DATED.items():
            if key in endpoint:
                yield Consent(kind, instant(endpoint[key]), channel, name, given_to)
        # These are said to stand, without a date.
        for key in _GRANTS:
            for channel in _channels(endpoint.get(key)):
                # They are the person's, by medium, whatever address they are noted on.
                yield Consent(key, EVER, channel)


def _of_contacts(case: Raw) -> Iterator[Consent]:
    """Read a message that the person sent: it shows that the address is theirs to be written to."""
    for contact in case.get("prior_contacts", ()):
        kind = _WRITTEN.get(contact["channel"])
        if contact.get("direction") == "in" and kind is not None:
            yield Consent(kind, instant(contact["at"]), contact["channel"], contact.get("to"))


def _opt_ins(raw: Raw) -> Iterator[Consent]:
    for one in raw.get("opt_ins", ()):
        at = instant(one["at"]) if "at" in one else EVER
        yield Consent("opt_in", at, one.get("medium", "sms"), one.get("endpoint"))


def _channels(value: object) -> tuple[str | None, ...]:
    if isinstance(value, list):
        return tuple(value)
    return (None,) if value else ()


def _listed(raw: Raw, zones: tuple[str, ...]) -> Iterator[Consent]:
    """Read a listed consent, once for each channel; a scope with a date bounds it to that date."""
    scope = raw.get("scope", "")
    starts = expires = None
    channels: tuple[str | None, ...] = tuple(raw.get("channels", ())) or (None,)
    if (found := _SCOPED.match(scope)) and zones:
        zone = ZoneInfo(zones[0])
        day = datetime.fromisoformat(found["day"]).replace(tzinfo=zone)
        hours, _, minutes = (found["time"] or "00:00").partition(":")
        starts = day.replace(hour=int(hours), minute=int(minutes))
        expires = day + timedelta(days=1)
    for channel in channels:
        yield Consent(
            kind=raw["kind"],
            at=instant(raw["given_at"]) if "given_at" in raw else EVER,
            channel=channel,
            debts=frozenset(raw.get("debts", ())),
            starts=starts,
            expires=expires,
            form=scope,
        )


def opt_outs_of(raw: Raw) -> tuple[OptOut, ...]:
    """Return the opt-outs that a case lists, and those that its notes and utterances are."""
    listed = (
        OptOut(
            at=instant(o["at"]) if "at" in o else EVER,
            medium=o.get("medium", "all"),
            endpoint=o.get("endpoint"),
            scope=o.get("scope", ""),
            topic=o.get("topic"),
        )
        for o in raw.get("opt_outs", ())
    )
    noted = (_said(one, ReplyMedium.AGENT_NOTE, "all") for one in raw.get("agent_notes", ()))
    spoken = (_said(one, ReplyMedium.VOICE_TRANSCRIPT, "call") for one in raw.get("utterances", ()))
    return (*listed, *chain(*noted, *spoken))


def _said(raw: Raw, medium: ReplyMedium, came_by: str) -> Iterator[OptOut]:
    """Read what somebody said: it is about the channels it names, or the one it came by, or all."""
    reply = classify(raw["text"], medium)
    if reply.kind is not ReplyKind.OPT_OUT:
        return
    named = sorted(reply.media) or [came_by]
    for channel in ["all"] if reply.scope is OptOutScope.ALL else named:
        yield OptOut(instant(raw["at"]), channel)
