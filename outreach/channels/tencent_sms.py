"""Tencent Cloud's short message service (sms 2021-01-11), for the mainland of China.

It sends registered texts only, answers for each number inside an HTTP 200, and signs none of its
callbacks. Our attempt id travels as `SessionContext`; receipts carry it (as `ext`) only where the
vendor's support has switched that on, so they are matched by the vendor's own id as well.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

import aiohttp
import msgspec
from pydantic import Field, SecretStr
from yarl import URL

from outreach.channels.cn_sms import (
    AccountOptions,
    RegisteredTemplate,
    international,
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
from outreach.channels.tencent_signing import CONTENT_TYPE, authorization
from outreach.domain.vocabulary import Channel, DeliveryState

_VERSION: Final = "2021-01-11"
_PLACEHOLDER: Final = re.compile(r"\{(\d{1,2})\}", re.ASCII)
_OK: Final = 200
_LISTED: Final = 100
_NOBODY: Final = "+8613000000000"
# A create follows its reservation by seconds; clocks differ by less than a minute. Receipts come
# for as long as carriers try.
_SENT_FROM: Final = timedelta(minutes=-1)
_TOLD_UNTIL: Final = timedelta(hours=72)
_STATES: Final = {"SUCCESS": DeliveryState.DELIVERED, "FAIL": DeliveryState.UNDELIVERED}
_ACK: Final = Acknowledgment(200, "application/json", b'{"result":0,"errmsg":"OK"}')


class Options(AccountOptions):
    """What one account needs."""

    placeholder = _PLACEHOLDER

    secret_id: str = Field(min_length=1, description="`SecretId` of a user that may only send.")
    secret_key: SecretStr = Field(description="Its `SecretKey`.")
    sdk_app_id: str = Field(pattern=r"^\d+$", description="`SmsSdkAppId` of the application.")
    region: str = Field("ap-guangzhou", description="Region of the service.")
    templates: tuple[RegisteredTemplate, ...] = Field(
        min_length=1,
        description="Approved texts: tables of `template`, `locale`, `code` (a number) and `text`"
        " with its variables as `{1}`, `{2}` …",
    )
    base_url: str = Field(
        "https://sms.tencentcloudapi.com",
        pattern=r"^https?://[^/?#]+/?$",
        description="Address of the service.",
    )


@cache
def error_table() -> CodeTable:
    """Read the data files once."""
    folder = Path(__file__).parent
    return read_table(folder / "tencent_errors.yaml", folder / "cn_carrier_codes.yaml")


class TencentSms:
    """One application of one account.

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
        # It may come back, but nobody can count on it: so references are remembered.
        echo="none",
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
        self._url = URL(given.base_url).origin()
        self._register = given.register
        self._paths = SecretPaths(name, ("status", "inbound"), given.path_secrets)
        self.callback_paths: Mapping[str, str] = self._paths.paths

    async def send(self, attempt: Attempt, deadline: float) -> SendResult:
        """See `Provider.send`. How long the vendor may queue it can't be said."""
        filled = self._register.fill(attempt)
        if isinstance(filled, Rejected):
            return filled
        values = sorted(filled.values.items(), key=lambda item: int(item[0]))
        request = {
            "PhoneNumberSet": [attempt.recipient],
            "SmsSdkAppId": self._options.sdk_app_id,
            "SignName": self._register.sign_name(attempt.sender),
            "TemplateId": filled.code,
            "TemplateParamSet": [value for _, value in values],
            "SessionContext": attempt.attempt_id,
        }
        answer = await self._call("SendSms", request, deadline)
        if not isinstance(answer, Answer):
            return answer
        if answer.status != _OK and not answer.is_refusal:
            return Unknown(f"http {answer.status}")
        table, wait = error_table(), answer.retry_after(self._clock.wall_now())
        data = _response(answer)
        if code := _error_code(data):
            return refusal(table.of_code(code), code, wait)
        if answer.status != _OK:
            return refusal(table.of_status(answer.status), str(answer.status), wait)
        return _status_of(data, wait)

    async def lookup(
        self, attempt: Attempt, deadline: float, *, taken: Collection[str] = ()
    ) -> LookupResult:
        """See `Provider.lookup`: what was reported of the number since, by our id or the vendor's.

        Only what a carrier has reported on is listed. Rows without our id are taken for it only if
        there is exactly one that belongs to no other contact.
        """
        begin, end = attempt.reserved_at + _SENT_FROM, attempt.reserved_at + _TOLD_UNTIL
        request = {
            "BeginTime": int(begin.timestamp()),
            "EndTime": int(min(end, self._clock.wall_now()).timestamp()),
            "Offset": 0,
            "Limit": _LISTED,
            "PhoneNumber": attempt.recipient,
            "SmsSdkAppId": self._options.sdk_app_id,
        }
        answer = await self._call("PullSmsSendStatusByPhoneNumber", request, deadline)
        if not isinstance(answer, Answer) or answer.status != _OK:
            return Unsupported("no answer")
        data = _response(answer)
        rows = data.get("PullSmsSendStatusSet")
        if _error_code(data) or not isinstance(rows, list):
            return Unsupported("no answer")
        open_rows = [
            row
            for row in rows
            if isinstance(row, dict)
            and row.get("SerialNo")
            and (row["SerialNo"] == attempt.ref or row["SerialNo"] not in taken)
        ]
        for row in open_rows:
            if row["SerialNo"] == attempt.ref or row.get("SessionContext") == attempt.attempt_id:
                return _found(row)
        nameless = [row for row in open_rows if not row.get("SessionContext")]
        if attempt.ref is None and len(nameless) == 1:
            return _found(nameless[0])
        return Unsupported("several may be it") if attempt.ref is None and nameless else NotFound()

    async def cancel(self, ref: str, deadline: float) -> bool:
        """See `Provider.cancel`: the vendor takes nothing back."""
        del ref, deadline
        return False

    async def check(self, deadline: float) -> Checked:
        """See `Checkable`: lists what was reported of a number that nobody has."""
        now = int(self._clock.wall_now().timestamp())
        request = {
            "BeginTime": now - 60,
            "EndTime": now,
            "Offset": 0,
            "Limit": 1,
            "PhoneNumber": _NOBODY,
            "SmsSdkAppId": self._options.sdk_app_id,
        }
        answer = await self._call("PullSmsSendStatusByPhoneNumber", request, deadline)
        if not isinstance(answer, Answer):
            return Checked("unreachable", unreached(answer))
        code = _error_code(_response(answer))
        if answer.status == _OK and not code:
            return Checked("works")
        refused = bool(code) or answer.is_refusal
        return Checked("refused" if refused else "unreachable", code or str(answer.status))

    def parse_callback(self, raw: RawCallback) -> list[CallbackEvent]:
        """See `Provider.parse_callback`. Nothing is signed: knowing the address is all there is."""
        self._paths.verify(raw)
        return read_batch(raw.body, self._reply if raw.kind == "inbound" else _receipt)

    def ack(self, kind: str, events: Sequence[CallbackEvent]) -> Acknowledgment:
        """Return what the vendor takes for received; anything else is sent again twice."""
        del kind, events
        return _ACK

    def _reply(self, row: Mapping[str, Any]) -> CallbackEvent:
        sender, text = row.get("mobile"), row.get("text")
        if not isinstance(sender, str) or not sender or not isinstance(text, str):
            return Ignored("no sender or text")
        sign, port = str(row.get("sign") or ""), str(row.get("extend") or "")
        to = (*self._register.senders(sign), *filter(None, (port, sign)))
        number = international(sender, str(row.get("nationcode") or ""))
        ref = reply_id(number, row.get("time"), port, sign, text)  # the vendor gives none
        return InboundMessage(ref, number, to, text)

    async def _call(
        self, action: str, request: Mapping[str, Any], deadline: float
    ) -> Answer | Rejected | Unknown:
        body, now = msgspec.json.encode(request), self._clock.wall_now()
        signature = authorization(
            key_id=self._options.secret_id,
            secret=self._options.secret_key.get_secret_value(),
            service="sms",
            host=self._url.raw_authority,
            action=action,
            body=body,
            at=now,
        )
        headers = {
            "Authorization": signature,
            "Content-Type": CONTENT_TYPE,
            "Host": self._url.raw_authority,
            "X-TC-Action": action,
            "X-TC-Version": _VERSION,
            "X-TC-Timestamp": str(int(now.timestamp())),
            "X-TC-Region": self._options.region,
        }
        return await exchange(
            self._session, "POST", self._url / "", deadline=deadline, headers=headers, body=body
        )


def _response(answer: Answer) -> Mapping[str, Any]:
    data = answer.json()
    found = data.get("Response") if isinstance(data, dict) else None
    return found if isinstance(found, dict) else {}


def _error_code(response: Mapping[str, Any]) -> str:
    """Return the code of a request that was refused as a whole."""
    error = response.get("Error")
    return str(error.get("Code") or "no code") if isinstance(error, dict) else ""


def _status_of(response: Mapping[str, Any], wait: timedelta | None) -> SendResult:
    """Read what became of the one number that was sent to."""
    told = response.get("SendStatusSet")
    one = told[0] if isinstance(told, list) and told and isinstance(told[0], dict) else {}
    code, ref, fee = one.get("Code"), one.get("SerialNo"), one.get("Fee")
    if isinstance(code, str) and code and code != "Ok":
        return refusal(error_table().of_code(code), code, wait)
    if code != "Ok" or not isinstance(ref, str) or not ref:
        return Unknown("no code or serial number")
    return Accepted(ref, DeliveryState.ACCEPTED, fee if isinstance(fee, int) and fee else None)


def _receipt(row: Mapping[str, Any]) -> CallbackEvent:
    """Read a delivery report; its time is Beijing's, and of no use to us."""
    state = _STATES.get(str(row.get("report_status")))
    found = reading(state, str(row.get("errmsg") or ""), error_table())
    return StatusUpdate(
        str(row.get("ext") or "") or None,
        str(row.get("sid") or "") or None,
        found.report,
        found.scope,
        alert=found.alert,
        confirmations=found.confirmations,
    )


def _found(row: Mapping[str, Any]) -> LookupResult:
    state = _STATES.get(str(row.get("ReportStatus")), DeliveryState.SENT)
    # Here the code of the carrier stands where receipts have words.
    found = reading(state, str(row.get("Description") or ""), error_table())
    return Found(str(row["SerialNo"]), found.report)
