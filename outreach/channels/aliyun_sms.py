"""Alibaba Cloud's short message service (dysmsapi 2017-05-25), for the mainland of China.

It sends registered texts only, isn't idempotent, and signs none of its callbacks. Our attempt id
travels as `OutId` and comes back in receipts and queries.
"""

import asyncio
import re
import uuid
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

import aiohttp
import msgspec
from pydantic import Field, SecretStr
from yarl import URL

from outreach.channels.aliyun_signing import canonical_query, signed_headers
from outreach.channels.cn_sms import (
    BEIJING,
    AccountOptions,
    RegisteredTemplate,
    international,
    mainland,
    read_batch,
    reply_id,
)
from outreach.channels.code_table import CodeTable, read_table, reading, refusal
from outreach.channels.exchange import Answer, exchange, unreached
from outreach.channels.provider import (
    Accepted,
    Acknowledgment,
    Attempt,
    CallbackEvent,
    Capabilities,
    Checked,
    Found,
    Ignored,
    InboundMessage,
    LookupResult,
    NotFound,
    RawCallback,
    Rejected,
    SendResult,
    StatusUpdate,
    Unknown,
    Unsupported,
    WallClock,
)
from outreach.channels.secret_path import SecretPaths
from outreach.domain.vocabulary import Channel, DeliveryState

_VERSION: Final = "2017-05-25"
_PLACEHOLDER: Final = re.compile(r"\$\{(\w+)\}", re.ASCII)
_OK: Final = 200
_PAGE: Final = 50
_PAGES: Final = 4
_NOBODY: Final = "13000000000"
# A create follows its reservation by seconds; clocks differ by less than a minute.
_SENT_FROM: Final = timedelta(minutes=-1)
_SENT_UNTIL: Final = timedelta(minutes=5)
_STATES: Final = {
    "1": DeliveryState.SENT,
    "2": DeliveryState.UNDELIVERED,
    "3": DeliveryState.DELIVERED,
}
_ACK: Final = Acknowledgment(200, "application/json", '{"code":0,"msg":"成功"}'.encode())


class Options(AccountOptions):
    """What one account needs."""

    placeholder = _PLACEHOLDER

    access_key_id: str = Field(min_length=1, description="Of a RAM user that may only send texts.")
    access_key_secret: SecretStr = Field(description="Its secret.")
    templates: tuple[RegisteredTemplate, ...] = Field(
        min_length=1,
        description="Approved texts: tables of `template`, `locale`, `code` (SMS_…) and `text`"
        " with its variables as `${name}`.",
    )
    base_url: str = Field(
        "https://dysmsapi.aliyuncs.com",
        pattern=r"^https?://[^/?#]+/?$",
        description="Address of the service.",
    )


@cache
def error_table() -> CodeTable:
    """Read the data files once."""
    folder = Path(__file__).parent
    return read_table(folder / "aliyun_errors.yaml", folder / "cn_carrier_codes.yaml")


class AliyunSms:
    """One account.

    Args:
        name: The provider's slug in the settings.
        options: Checked against `Options`.
        session: Shared HTTP session; must outlive this.
        clock: Requests are signed with its time.

    Raises:
        pydantic.ValidationError: The options are wrong.
    """

    capabilities = Capabilities(
        channels=frozenset({Channel.SMS}),
        max_body=500,
        counts_segments=True,
        dedupes_creates=False,
        echo="client_ref",
        lookup="by_address",
        supports_cancel=False,
        valid_for=None,
        has_delivery_receipt=True,
        template_only=True,
    )

    def __init__(
        self,
        name: str,
        options: Mapping[str, Any],
        session: aiohttp.ClientSession,
        *,
        clock: WallClock,
    ) -> None:
        """See the class."""
        given = Options.model_validate(dict(options))
        self.name = name
        self._options = given
        self._session = session
        self._clock = clock
        self._url = URL(given.base_url)
        self._register = given.register
        self._paths = SecretPaths(name, ("status", "inbound"), given.path_secrets)
        self.callback_paths: Mapping[str, str] = self._paths.paths

    async def send(self, attempt: Attempt, deadline: float) -> SendResult:
        """See `Provider.send`. How long the vendor may queue it can't be said."""
        filled = self._register.fill(attempt)
        if isinstance(filled, Rejected):
            return filled
        parameters = {
            "PhoneNumbers": mainland(attempt.recipient),
            "SignName": self._register.sign_name(attempt.sender) or "",
            "TemplateCode": filled.code,
            "OutId": attempt.attempt_id,
        }
        if filled.values:
            parameters["TemplateParam"] = msgspec.json.encode(filled.values).decode()
        answer = await self._call("SendSms", parameters, deadline)
        if not isinstance(answer, Answer):
            return answer
        if answer.status != _OK and not answer.is_refusal:
            return Unknown(f"http {answer.status}")
        data = answer.json()
        code = data.get("Code") if isinstance(data, dict) else None
        wait = answer.retry_after(self._clock.wall_now())
        if isinstance(code, str) and code and code != "OK":
            return refusal(error_table().of_code(code), code, wait)
        if answer.status != _OK:
            table = error_table()
            return refusal(table.of_status(answer.status), str(answer.status), wait)
        ref = data.get("BizId") if isinstance(data, dict) and code == "OK" else None
        if not isinstance(ref, str) or not ref:
            return Unknown("no code or receipt id")
        return Accepted(ref, DeliveryState.ACCEPTED, None)

    async def lookup(
        self, attempt: Attempt, deadline: float, *, taken: Collection[str] = ()
    ) -> LookupResult:
        """See `Provider.lookup`: what went to the number on the day, by our own id.

        The list doesn't tell the vendor's id, so our own stands for it where none is known.
        """
        ref = attempt.ref or attempt.attempt_id
        if attempt.ref is None and ref in taken:
            return NotFound()
        loop = asyncio.get_running_loop()
        stop = loop.time() + deadline
        for day in _days(attempt.reserved_at):
            for page in range(1, _PAGES + 1):
                rows = await self._details(attempt, day, page, stop - loop.time())
                if rows is None:
                    return Unsupported("no answer")
                for row in rows:
                    if row.get("OutId") == attempt.attempt_id:
                        return _found(row, ref)
                if len(rows) < _PAGE:
                    break
        return NotFound()

    async def cancel(self, ref: str, deadline: float) -> bool:
        """See `Provider.cancel`: the vendor takes nothing back."""
        del ref, deadline
        return False

    async def check(self, deadline: float) -> Checked:
        """See `Checkable`: lists what went to a number that nobody has."""
        parameters = {
            "PhoneNumber": _NOBODY,
            "SendDate": _days(self._clock.wall_now())[-1],
            "PageSize": "1",
            "CurrentPage": "1",
        }
        answer = await self._call("QuerySendDetails", parameters, deadline)
        if not isinstance(answer, Answer):
            return Checked("unreachable", unreached(answer))
        data = answer.json()
        code = str(data.get("Code") if isinstance(data, dict) else answer.status)
        if answer.status == _OK and code == "OK":
            return Checked("works")
        return Checked(
            "refused" if answer.is_refusal or answer.status == _OK else "unreachable", code
        )

    def parse_callback(self, raw: RawCallback) -> list[CallbackEvent]:
        """See `Provider.parse_callback`. Nothing is signed: knowing the address is all there is."""
        self._paths.verify(raw)
        return read_batch(raw.body, self._reply if raw.kind == "inbound" else _receipt)

    def ack(self, kind: str, events: Sequence[CallbackEvent]) -> Acknowledgment:
        """Return what the vendor takes for received; anything else is sent again three times."""
        del kind, events
        return _ACK

    def _reply(self, row: Mapping[str, Any]) -> CallbackEvent:
        """Read an `SmsUp`."""
        sender, text = row.get("phone_number"), row.get("content")
        if not isinstance(sender, str) or not sender or not isinstance(text, str):
            return Ignored("no sender or text")
        sign, port = str(row.get("sign_name") or ""), str(row.get("dest_code") or "")
        to = (*self._register.senders(sign), *filter(None, (port, sign)))
        ref = reply_id(sender, row.get("sequence_id"), row.get("send_time"), port, sign, text)
        return InboundMessage(ref, international(sender), to, text)

    async def _details(
        self, attempt: Attempt, day: str, page: int, deadline: float
    ) -> list[dict[str, Any]] | None:
        """Return one page of what went to a number on a day; None if the vendor can't say."""
        if deadline <= 0:
            return None
        parameters = {
            "PhoneNumber": mainland(attempt.recipient),
            "SendDate": day,
            "PageSize": str(_PAGE),
            "CurrentPage": str(page),
        }
        answer = await self._call("QuerySendDetails", parameters, deadline)
        data = answer.json() if isinstance(answer, Answer) and answer.status == _OK else None
        if not isinstance(data, dict) or data.get("Code") != "OK":
            return None
        listed = data.get("SmsSendDetailDTOs")
        rows = listed.get("SmsSendDetailDTO") if isinstance(listed, dict) else None
        return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []

    async def _call(
        self, action: str, parameters: Mapping[str, str], deadline: float
    ) -> Answer | Rejected | Unknown:
        query = canonical_query(parameters)
        headers = signed_headers(
            key_id=self._options.access_key_id,
            secret=self._options.access_key_secret.get_secret_value(),
            host=self._url.raw_authority,
            action=action,
            version=_VERSION,
            query=query,
            at=self._clock.wall_now(),
            nonce=uuid.uuid4().hex,
        )
        url = URL(f"{self._url.origin()}/?{query}", encoded=True)
        return await exchange(self._session, "POST", url, deadline=deadline, headers=headers)


def _days(reserved_at: datetime) -> list[str]:
    """Return the days, in Beijing, on which a create may be listed."""
    moments = (reserved_at + _SENT_FROM, reserved_at + _SENT_UNTIL)
    return sorted({moment.astimezone(BEIJING).strftime("%Y%m%d") for moment in moments})


def _receipt(row: Mapping[str, Any]) -> CallbackEvent:
    """Read an `SmsReport`; its times are Beijing's, and of no use to us."""
    success, state = row.get("success"), None
    if isinstance(success, bool):
        state = DeliveryState.DELIVERED if success else DeliveryState.UNDELIVERED
    found = reading(state, str(row.get("err_code") or ""), error_table())
    size = str(row.get("sms_size") or "")
    return StatusUpdate(
        str(row.get("out_id") or "") or None,
        str(row.get("biz_id") or "") or None,
        found.report,
        found.scope,
        alert=found.alert,
        confirmations=found.confirmations,
        parts=int(size) if size.isascii() and size.isdigit() else None,
    )


def _found(row: Mapping[str, Any], ref: str) -> LookupResult:
    state = _STATES.get(str(row.get("SendStatus")))
    if state is None:
        return Unsupported("unreadable")
    return Found(ref, reading(state, str(row.get("ErrCode") or ""), error_table()).report)
