"""Any gateway that speaks HTTP, as a YAML file describes it: lenders plug in their own by it.

docs/providers/http_gateway.md tells how to describe one. Requests go to the description's own
address only; neither answers nor callbacks can make us call another.
"""

import uuid
from base64 import b64encode
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final, Literal
from urllib.parse import urlencode

import aiohttp
import msgspec
from multidict import CIMultiDict
from yarl import URL

from outreach.channels.exchange import Answer, exchange
from outreach.channels.gateway_answers import AnswerReader, holds
from outreach.channels.gateway_callbacks import read_callback
from outreach.channels.gateway_description import Description, StatusCallback
from outreach.channels.gateway_file import Options, load_description
from outreach.channels.gateway_requests import Request
from outreach.channels.gateway_signatures import is_signed
from outreach.channels.gateway_templates import (
    Facts,
    TemplateFailedError,
    fill_path,
    fill_text,
    fill_tree,
    texts_in,
)
from outreach.channels.provider import (
    NO_CONTENT,
    Acknowledgment,
    Attempt,
    BadSignatureError,
    CallbackEvent,
    Capabilities,
    LookupResult,
    RawCallback,
    Rejected,
    SendResult,
    Unknown,
    Unsupported,
    WallClock,
)
from outreach.channels.secret_path import SecretPaths
from outreach.domain.vocabulary import ErrorClass

# aiohttp repeats these by itself when a pooled connection turns out to be closed; a create must
# not be repeated, so it gets a connection of its own.
_REPEATED: Final = frozenset({"GET", "PUT", "DELETE"})
_KINDS: Final = ("status", "inbound")


class HttpGateway:
    """One account at a described gateway.

    Args:
        name: The provider's slug in the settings.
        options: Checked against `Options`.
        session: Shared HTTP session; must outlive this.
        public_base_url: The address that the gateway calls.
        clock: Times in requests and signatures are its own.
        folder: Where descriptions are.

    Raises:
        pydantic.ValidationError: The options are wrong.
        DescriptionError: The description is wrong, or doesn't fit the options.
    """

    def __init__(
        self,
        name: str,
        options: Mapping[str, Any],
        session: aiohttp.ClientSession,
        public_base_url: str,
        *,
        clock: WallClock,
        folder: Path,
    ) -> None:
        """See the class."""
        given = Options.model_validate(dict(options))
        self.name = name
        self._description = load_description(name, given, folder)
        self.capabilities = _capabilities(self._description)
        self._session = session
        self._clock = clock
        self._public = public_base_url.rstrip("/")
        self._secrets = {key: value.get_secret_value() for key, value in given.secrets.items()}
        self._reader = AnswerReader(self._description)
        callbacks = self._description.callbacks
        kinds = [] if callbacks is None else [kind for kind in _KINDS if getattr(callbacks, kind)]
        self._paths: SecretPaths | None = None
        if callbacks is not None and callbacks.by_path:
            self._paths = SecretPaths(name, kinds, given.path_secrets)
            self.callback_paths: Mapping[str, str] = self._paths.paths
        else:
            self.callback_paths = {f"/providers/{name}/{kind}": kind for kind in kinds}

    async def send(self, attempt: Attempt, deadline: float) -> SendResult:
        """See `Provider.send`."""
        bounds = self.capabilities.valid_for
        if bounds is not None and attempt.valid_for < bounds[0]:
            return Rejected(ErrorClass.EXPIRED, "window_closing", attempt.valid_for)
        try:
            answer = await self._call(self._description.send.request, attempt, deadline)
        except TemplateFailedError:
            return Rejected(ErrorClass.REQUEST_BUG, "template", scope="template", alert=True)
        if not isinstance(answer, Answer):
            return answer
        return self._reader.created(answer, attempt, self._clock.wall_now())

    async def lookup(
        self, attempt: Attempt, deadline: float, *, taken: Collection[str] = ()
    ) -> LookupResult:
        """See `Provider.lookup`."""
        lookup = self._description.lookup
        if lookup is None:
            return Unsupported("can't be asked")
        try:
            answer = await self._call(lookup.request, attempt, deadline)
            if not isinstance(answer, Answer):
                return Unsupported("no answer")
            return self._reader.found(answer, lookup, attempt, self._facts(attempt), taken)
        except TemplateFailedError:
            return Unsupported("nothing to ask by")

    async def cancel(self, ref: str, deadline: float) -> bool:
        """See `Provider.cancel`."""
        cancel = self._description.cancel
        if cancel is None:
            return False
        try:
            answer = await self._call(cancel.request, ref, deadline)
        except TemplateFailedError:
            return False
        return (
            isinstance(answer, Answer)
            and answer.status in cancel.success
            and holds(answer, cancel.canceled)
        )

    def parse_callback(self, raw: RawCallback) -> list[CallbackEvent]:
        """See `Provider.parse_callback`."""
        callbacks = self._description.callbacks
        if callbacks is None:
            raise BadSignatureError
        if self._paths is not None:
            self._paths.verify(raw)
        elif self.callback_paths.get(raw.path_qs.partition("?")[0]) != raw.kind:
            raise BadSignatureError
        if not is_signed(raw, callbacks.signature, self._secrets, self._clock.wall_now()):
            raise BadSignatureError
        return read_callback(raw, callbacks, self._reader)

    def ack(self, kind: str, events: Sequence[CallbackEvent]) -> Acknowledgment:
        """Return what the gateway takes for received."""
        del kind, events
        if self._description.callbacks is None:
            return NO_CONTENT
        told = self._description.callbacks.acknowledge
        return Acknowledgment(told.status, told.content_type, told.body.encode())

    async def _call(
        self, request: Request, about: Attempt | str, deadline: float
    ) -> Answer | Rejected | Unknown:
        """Fill a request and send it.

        Raises:
            TemplateFailedError: Nothing was sent.
        """
        facts = self._facts(about)
        url = URL(self._description.base_url + fill_path(request.path, facts), encoded=True)
        if request.query:
            query = {name: fill_text(text, facts) for name, text in request.query.items()}
            url = URL(f"{url}?{urlencode(query)}", encoded=True)
        headers, body = self._filled(request, facts)
        if request.method in _REPEATED and request is self._description.send.request:
            headers["Connection"] = "close"
        return await exchange(
            self._session, request.method, url, deadline=deadline, headers=headers, body=body
        )

    def _filled(self, request: Request, facts: Facts) -> tuple[CIMultiDict[str], bytes | None]:
        headers: CIMultiDict[str] = CIMultiDict()
        body = None
        if request.json_body is not None:
            headers["Content-Type"] = "application/json"
            body = msgspec.json.encode(fill_tree(request.json_body, facts))
        elif request.form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded; charset=utf-8"
            form = {name: fill_text(text, facts) for name, text in request.form.items()}
            body = urlencode(form).encode()
        elif request.text is not None:
            headers["Content-Type"] = "text/plain; charset=utf-8"
            body = fill_text(request.text, facts).encode()
        for name, text in {**self._description.headers, **request.headers}.items():
            value = fill_text(text, facts)
            if not value.isprintable():
                raise TemplateFailedError(name)
            headers[name] = value
        return headers, body

    def _facts(self, about: Attempt | str) -> Facts:
        """Return what templates may print; of a cancel only the reference is known."""
        now = int(self._clock.wall_now().timestamp())
        facts: dict[str, Any] = {
            "callback_url": self._address("status"),
            "inbound_url": self._address("inbound"),
            "now": now,
            "nonce": uuid.uuid4().hex,
            "secrets": SimpleNamespace(**self._secrets),
        }
        if isinstance(about, str):
            return {**facts, "ref": about}
        bounds = self.capabilities.valid_for
        valid_for = about.valid_for if bounds is None else min(about.valid_for, bounds[1])
        pdf = about.document.pdf if about.document else b""
        return facts | {
            "document": b64encode(pdf).decode(),
            "document_name": about.document.name if about.document else "",
            "document_sha256": sha256(pdf).hexdigest() if pdf else "",
            "document_pages": about.document.pages if about.document else 0,
            "id": about.attempt_id,
            "sender": about.sender,
            "recipient": about.recipient,
            "body": about.body,
            "subject": about.subject,
            "template": about.template,
            "variables": SimpleNamespace(**about.variables),
            "locale": about.locale,
            "valid_for": int(valid_for.total_seconds()),
            "ref": about.ref or "",
            "reserved_at": int(about.reserved_at.timestamp()),
        }

    def _address(self, kind: str) -> str:
        if self._paths is not None:
            return self._public + self._paths.address(kind)
        return f"{self._public}/providers/{self.name}/{kind}"


def _capabilities(description: Description) -> Capabilities:
    bounds = description.valid_for_seconds
    return Capabilities(
        channels=frozenset(description.channels),
        max_body=description.max_body,
        counts_segments=description.counts_segments,
        dedupes_creates=False,
        echo=_echo(description),
        lookup=_asked_by(description),
        supports_cancel=description.cancel is not None,
        valid_for=(
            None if bounds is None else (timedelta(seconds=bounds[0]), timedelta(seconds=bounds[1]))
        ),
        has_delivery_receipt=_status_callback(description) is not None,
        template_only=description.template_only,
    )


def _status_callback(description: Description) -> StatusCallback | None:
    return description.callbacks.status if description.callbacks is not None else None


def _echo(description: Description) -> Literal["callback_url", "client_ref", "none"]:
    status = _status_callback(description)
    if status is None:
        return "none"
    if status.attempt_id is not None:
        return "client_ref"
    return "none" if status.attempt_query is None else "callback_url"


def _asked_by(description: Description) -> Literal["by_id", "by_address", "none"]:
    if description.lookup is None:
        return "none"
    asked = " ".join(texts_in(description.lookup.request.model_dump()))
    return "by_address" if "recipient" in asked else "by_id"
