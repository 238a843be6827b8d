"""Apache Fineract hooks: unsigned, sent before the commit, and sent for failed commands too.

So the address is the secret, nothing in a hook is money, and what it tells is read back from the
platform a few seconds later. A hook without `response` is a command that failed.
"""

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final

import phonenumbers

from outreach.domain.signals import Signal
from outreach.sources.fineract import moment, number_text, ref, stored_type
from outreach.sources.payload import is_json, media_type, read_json, texts_with_nul
from outreach.sources.signature import Credential
from outreach.sources.source import (
    LANE_FIRST,
    LANE_NORMAL,
    ContentKind,
    Envelope,
    IncomingRequest,
    MappingError,
    MediaTypeError,
    NeedsReadBack,
    RawSignal,
    ReadsBack,
    SourceOptions,
    fingerprint,
)

COMMIT_DELAY: Final = timedelta(seconds=3)
"""Hooks leave before their transaction commits; an answer read sooner may be the old state."""

_ENTITY: Final = "X-Fineract-Entity"
_ACTION: Final = "X-Fineract-Action"
_INSTANCE: Final = "Fineract-Platform-TenantId"
_SOURCE: Final = "urn:fineract:hooks"
_CLIENT: Final = "CLIENT"
_LONGEST_NAME: Final = 38
_LONGEST_TIME: Final = 64
_NAME_CHANGES: Final = {
    "firstname": "given",
    "lastname": "family",
    "displayName": "display",
    "fullname": "display",
}


class FineractHookSource:
    """One Fineract tenant whose web hook names our secret address."""

    def __init__(self, options: SourceOptions, reader: ReadsBack | None = None) -> None:
        self.options = options
        self.reader = reader
        self._credential = Credential(options)

    def authenticate(self, request: IncomingRequest) -> None:
        """Check the secret address; see `Source.authenticate`."""
        self._credential.check(request)

    def split(self, request: IncomingRequest) -> list[Envelope]:
        """Return the one hook; see `Source.split`."""
        if not is_json(media_type(request.headers.get("Content-Type"))):
            raise MediaTypeError(
                "As a form, Fineract sends nested objects as unreadable text."
                " Set the hook's Content Type to json.",
                "application/json",
            )
        content = read_json(request.body)
        hook = content if isinstance(content, dict) else {}
        entity = _name(request.headers.get(_ENTITY) or hook.get("entityName"))
        action = _name(request.headers.get(_ACTION) or hook.get("actionName"))
        instance = _name(request.headers.get(_INSTANCE)) or "default"
        response = hook.get("response")
        response = response if isinstance(response, dict) else {}
        loan, resource, client = (
            number_text(response.get(key)) for key in ("loanId", "resourceId", "clientId")
        )
        told_at = hook.get("timestamp")
        when = told_at if isinstance(told_at, str) and 0 < len(told_at) <= _LONGEST_TIME else ""
        when = when or sha256(request.body).hexdigest()
        money = entity.startswith("LOAN") or loan is not None
        subjects = [f"loan/{ref(instance, 'loan', loan)}"] if loan else []
        subjects += [f"borrower/{ref(instance, 'client', client)}"] if client else []
        return [
            Envelope(
                id="|".join((instance, entity, action, loan or "", resource or "", when)),
                source=_SOURCE,
                type=stored_type(f"{entity}/{action}") if entity and action else stored_type(None),
                subjects=tuple(subjects),
                lane=LANE_FIRST if subjects and (money or entity == _CLIENT) else LANE_NORMAL,
                fingerprint=fingerprint(content),
                kind=ContentKind.FINERACT_HOOK,
                raw=request.body,
                headers={_INSTANCE: instance, _ENTITY: entity, _ACTION: action},
                delay=COMMIT_DELAY if loan else timedelta(0),
            )
        ]

    def map(self, raw: RawSignal) -> list[Signal] | NeedsReadBack:
        """Translate a hook; see `Source.map`. A failed command is recorded and means nothing."""
        hook = read_json(raw.body)
        if not isinstance(hook, dict) or any(texts_with_nul(hook)):
            raise MappingError("unmapped", "the body isn't a Fineract hook")
        entity, action, instance = (raw.headers[name] for name in (_ENTITY, _ACTION, _INSTANCE))
        if not entity or not action:
            raise MappingError(
                "unmapped",
                f"neither {_ENTITY} and {_ACTION} nor entityName and actionName are there",
            )
        response = hook.get("response")
        if not isinstance(response, dict):
            return []
        at = moment(hook["timestamp"], "timestamp") if "timestamp" in hook else raw.received_at
        loan = number_text(response.get("loanId"))
        if loan is not None:
            transaction = number_text(response.get("resourceId"))
            return NeedsReadBack(
                loan=loan,
                instance=instance,
                transaction=transaction if transaction != loan else None,
                happened_at=at,
                not_before=raw.received_at + COMMIT_DELAY,
            )
        if entity != _CLIENT:
            raise MappingError("unmapped", f"{entity}/{action} says nothing of a loan or client")
        return self._client(raw, response, instance, at) if action == "UPDATE" else []

    def _client(
        self, raw: RawSignal, response: dict[str, Any], instance: str, at: datetime
    ) -> list[Signal]:
        """Return what a client's change means: a new number comes without anybody's consent."""
        changes = response.get("changes")
        client = number_text(response.get("clientId") or response.get("resourceId"))
        if client is None:
            raise MappingError("unmapped", "`response.clientId` is missing")
        changes = changes if isinstance(changes, dict) else {}
        borrower: dict[str, Any] = {"id": ref(instance, "client", client), "partial": True}
        changed: list[str] = []
        if "mobileNo" in changes:
            borrower["phones"] = self._phones(changes["mobileNo"], at)
            changed.append("phones")
        names = {
            ours: changes[theirs]
            for theirs, ours in _NAME_CHANGES.items()
            if isinstance(changes.get(theirs), str)
        }
        if names:
            borrower["name"] = names
            changed.append("name")
        if not changed:
            return []
        data = {"borrower": borrower, "changed": changed, "version": int(at.timestamp() * 1000)}
        return [
            Signal(
                id=raw.signal_id,
                source=raw.source_uri,
                type="borrower.updated",
                subject=f"borrower/{borrower['id']}",
                time=at,
                sequence=None,
                data=data,
            )
        ]

    def _phones(self, number: Any, at: datetime) -> list[dict[str, Any]]:
        """Return the client's whole list: the new number alone, so the replaced one is dropped.

        Its id is new with every change: a consent for the old number must not be found under it.
        """
        if not isinstance(number, str) or not number.strip():
            return []
        try:
            parsed = phonenumbers.parse(number, self.options.country)
        except phonenumbers.NumberParseException as exc:
            raise MappingError("phone", "`mobileNo` isn't a phone number") from exc
        e164 = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
        number_id = f"mobile-{at:%Y%m%dT%H%M%S%f}"
        return [
            {
                "id": number_id,
                "e164": e164,
                "type": "mobile",
                "primary": True,
                "status": "unverified",
            }
        ]


def _name(text: Any) -> str:
    """Return an entity, action or tenant name that can be stored; empty if it can't be one."""
    usable = (
        isinstance(text, str)
        and len(text) <= _LONGEST_NAME
        and text.isascii()
        and text.isprintable()
    )
    return text.strip() if usable else ""
