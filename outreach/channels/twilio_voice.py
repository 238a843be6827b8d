"""Calls through Twilio: create, look up, cancel, and say what was decided, turn by turn.

A call is created with the address of its script; when somebody picks up, Twilio asks there what to
say, and after each answer again. Who picked up is found out meanwhile (asynchronous detection), so
that nobody listens to silence; a machine is then left its piece, or nothing. Twilio would queue
calls for a day, past any window, so calls wait in our own queue and are let out at the sender's
rate.
"""

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Final

import aiohttp
from pydantic import Field
from twilio.base.exceptions import TwilioRestException

from outreach.channels.provider import (
    NO_CONTENT,
    Accepted,
    Acknowledgment,
    Attempt,
    CallbackEvent,
    Capabilities,
    Checked,
    Conversation,
    Finished,
    Found,
    LookupResult,
    NotFound,
    RawCallback,
    Rejected,
    SendResult,
    Unknown,
    Unsupported,
)
from outreach.channels.twilio_account import (
    NOT_ANSWERED,
    UNREADABLE,
    AccountOptions,
    account_of,
    check_account,
    failed_create,
    price_of,
    signature_keys,
)
from outreach.channels.twilio_callbacks import query_of, verified_form
from outreach.channels.twilio_calls import (
    CALL_KINDS,
    answer_path,
    given_in,
    read_call_events,
    voice_path,
)
from outreach.channels.twilio_http import CALL, Call
from outreach.channels.twilio_statuses import CALL_STATES, call_report
from outreach.channels.twilio_twiml import Voice, twiml
from outreach.domain.call_scripts import CallScript, Piece, ScriptError, parse_script
from outreach.domain.call_turns import ENDED, Turn, after_transfer, following, opening
from outreach.domain.vocabulary import Channel, ErrorClass

_EVENTS: Final = ["initiated", "ringing", "answered", "completed"]
_CREATED_FROM: Final = timedelta(minutes=-1)
_CREATED_UNTIL: Final = timedelta(minutes=5)
_LISTED: Final = 100
_PAGE: Final = 50
_REDIRECT_SECONDS: Final = 5.0
_WRONG_STATE: Final = 21220
# Longer words are no message that anybody would listen to.
_LONGEST_SCRIPT: Final = 8000


class Options(AccountOptions):
    """What one Twilio account needs to call."""

    ring_seconds: int = Field(
        25, ge=5, le=60, description="How long it rings; most voicemails pick up later."
    )
    longest_seconds: int = Field(
        600, ge=60, le=3600, description="How long a call may last, being put through included."
    )
    detect_machines: bool = Field(
        default=True,
        description="Have answering machines detected while the script begins; costs extra.",
    )
    record: bool = Field(
        default=False,
        description="Record calls whose script announces it ([recording]); kept at Twilio, only"
        " the recording's id and address are logged.",
    )
    voices: dict[str, str] = Field(
        default_factory=lambda: {"en-US": "Polly.Joanna", "zh-CN": "Polly.Zhiyu"},
        description="Twilio's voice by language; its default for a language that isn't named.",
    )


class TwilioVoice:
    """One Twilio account, for calls.

    Args:
        name: The provider's slug in the settings.
        options: Checked against `Options`.
        session: Shared HTTP session; must outlive this.
        public_base_url: The address that Twilio calls; signatures are checked against it.
    """

    capabilities = Capabilities(
        channels=frozenset({Channel.CALL}),
        max_body=_LONGEST_SCRIPT,
        counts_segments=False,
        dedupes_creates=False,
        echo="callback_url",
        lookup="by_address",
        supports_cancel=True,
        valid_for=None,
        has_delivery_receipt=True,
    )
    conversing = frozenset({"voice/script", "voice/gather", "voice/dialed", "voice/amd"})

    def __init__(
        self,
        name: str,
        options: Mapping[str, Any],
        session: aiohttp.ClientSession,
        public_base_url: str,
    ) -> None:
        """See the class."""
        self._options = given = Options.model_validate(dict(options))
        self.name = name
        self.callback_paths: Mapping[str, str] = {f"/twilio/{kind}": kind for kind in CALL_KINDS}
        self._public = public_base_url.rstrip("/")
        self._keys = signature_keys(given, self._public)
        self.redacts = False  # calls keep no words
        self._account = account_of(given, session)
        self._calls = self._account.calls

    async def send(self, attempt: Attempt, deadline: float) -> SendResult:
        """See `Provider.send`. What would still be ringing when the window closes isn't dialed."""
        if attempt.valid_for < timedelta(seconds=self._options.ring_seconds):
            return Rejected(ErrorClass.EXPIRED, "window_closing", attempt.valid_for)
        try:
            script = parse_script(attempt.body, attempt.locale)
        except ScriptError:
            return Rejected(ErrorClass.REQUEST_BUG, "no_script", scope="template", alert=True)
        call = Call(deadline)
        token = CALL.set(call)
        try:
            made = await self._calls.create_async(
                to=attempt.recipient,
                from_=attempt.sender,
                url=self._url("voice/script", attempt, script) + "#rc=2&rp=all",
                method="POST",
                status_callback=self._url("voice/status", attempt, script) + "#rc=5&rp=all",
                status_callback_event=_EVENTS,
                timeout=self._options.ring_seconds,
                time_limit=self._options.longest_seconds,
                **self._detection(attempt, script),
                **self._recording(attempt, script),
            )
        except (*NOT_ANSWERED, *UNREADABLE) as exc:
            return failed_create(exc, call)
        finally:
            CALL.reset(token)
        state = CALL_STATES.get(str(made.status))
        if not made.sid or state is None:
            return Unknown("no sid or status")
        return Accepted(made.sid, state, 1)

    async def lookup(
        self, attempt: Attempt, deadline: float, *, taken: Collection[str] = ()
    ) -> LookupResult:
        """See `Provider.lookup`: by id where known, else by recipient, sender and time.

        `StartTime` isn't filtered by: it is empty until a call is dialed.
        """
        token = CALL.set(Call(deadline))
        try:
            if attempt.ref is not None:
                return _found(await self._calls(attempt.ref).fetch_async())
            listed = await self._calls.list_async(
                to=attempt.recipient, limit=_LISTED, page_size=_PAGE
            )
            matches = [made for made in listed if _matches(made, attempt, taken)]
            if not matches:
                return NotFound()
            return _found(min(matches, key=lambda one: abs(one.date_created - attempt.reserved_at)))
        except NOT_ANSWERED as exc:
            return Unsupported(type(exc).__name__)
        except UNREADABLE:
            return Unsupported("unreadable")
        finally:
            CALL.reset(token)

    async def cancel(self, ref: str, deadline: float) -> bool:
        """See `Provider.cancel`; what is already answered is hung up, and was heard."""
        token = CALL.set(Call(deadline))
        try:
            try:
                made = await self._calls(ref).update_async(status="canceled")
            except TwilioRestException as exc:
                if exc.code != _WRONG_STATE:
                    return False
                await self._calls(ref).update_async(status="completed")
                return False
        except (*NOT_ANSWERED, *UNREADABLE):
            return False
        finally:
            CALL.reset(token)
        return bool(made.status == "canceled")

    async def check(self, deadline: float) -> Checked:
        """See `Checkable`: reads the account's own record."""
        return await check_account(self._account, deadline)

    async def finish(self, ref: str, deadline: float) -> Finished | Unsupported:
        """See `Finishing`: the price alone."""
        token = CALL.set(Call(deadline))
        try:
            micros, currency = price_of(await self._calls(ref).fetch_async())
        except (*NOT_ANSWERED, *UNREADABLE) as exc:
            return Unsupported(type(exc).__name__)
        finally:
            CALL.reset(token)
        return Finished(1, micros, currency, redacted=True)

    def parse_callback(self, raw: RawCallback) -> list[CallbackEvent]:
        """See `Provider.parse_callback`."""
        return read_call_events(raw, self._keys)

    def ack(self, kind: str, events: Sequence[CallbackEvent]) -> Acknowledgment:
        """Return 204; what a call does next is `converse`'s to say."""
        del kind, events
        return NO_CONTENT

    def begins(self, kind: str) -> bool:
        """See `Conversing.begins`."""
        return kind == "voice/script"

    async def converse(self, raw: RawCallback, conversation: Conversation) -> Acknowledgment:
        """See `Conversing.converse`."""
        form, script = verified_form(raw, self._keys), conversation.script
        if raw.kind == "voice/amd":
            await self._tell_machine(form, script)
            return NO_CONTENT
        if script is None:
            return self._carry_out(ENDED, raw, form, "")
        turn = Turn(script.words(Piece.GOODBYE))
        if raw.kind == "voice/script":
            turn = opening(script)
        elif raw.kind == "voice/dialed":
            turn = after_transfer(script, connected=form.get("DialCallStatus") == "completed")
        elif raw.kind == "voice/gather" and (given := given_in(raw, form)) is not None:
            turn = following(script, given, conversation.today, conversation.write_day)
        return self._carry_out(turn, raw, form, script.locale)

    async def _tell_machine(self, form: Mapping[str, str], script: CallScript | None) -> None:
        """Have a machine told its piece, or the call ended; whatever fails, no debt is told.

        What goes on being said to it otherwise is only who calls, and whom for.
        """
        answered_by, ref = form.get("AnsweredBy", ""), form.get("CallSid", "")
        if not ref or not (answered_by.startswith("machine") or answered_by == "fax"):
            return
        # Only a machine that has finished speaking records what is said.
        piece = script.on_a_machine if script and answered_by.startswith("machine_end") else None
        turn = Turn(script.words(piece)) if script and piece else ENDED
        answer = twiml(turn, self._voice(script.locale if script else ""))
        token = CALL.set(Call(_REDIRECT_SECONDS))
        try:
            with suppress(*NOT_ANSWERED, *UNREADABLE):
                await self._calls(ref).update_async(twiml=answer.body.decode())
        finally:
            CALL.reset(token)

    def _carry_out(
        self, turn: Turn, raw: RawCallback, form: Mapping[str, str], locale: str
    ) -> Acknowledgment:
        attempt = query_of(raw).get("a", "")
        return twiml(
            turn,
            self._voice(locale),
            answer_url=self._public + answer_path(attempt, turn),
            dialed_url=self._public + voice_path("voice/dialed", attempt),
            caller=form.get("From", ""),
        )

    def _voice(self, locale: str) -> Voice:
        return Voice(locale, self._options.voices.get(locale, ""))

    def _url(self, kind: str, attempt: Attempt, script: CallScript) -> str:
        return self._public + voice_path(kind, attempt.attempt_id, script)

    def _detection(self, attempt: Attempt, script: CallScript) -> dict[str, Any]:
        if not self._options.detect_machines:
            return {}
        return {
            "machine_detection": "DetectMessageEnd",
            "async_amd": "true",
            "async_amd_status_callback": self._url("voice/amd", attempt, script) + "#rc=5&rp=all",
            "async_amd_status_callback_method": "POST",
        }

    def _recording(self, attempt: Attempt, script: CallScript) -> dict[str, Any]:
        """Record only what is announced."""
        if not self._options.record or Piece.RECORDING not in script.pieces:
            return {}
        callback = self._url("voice/recording", attempt, script) + "#rc=5&rp=all"
        return {"record": True, "recording_status_callback": callback}


def _matches(made: Any, attempt: Attempt, taken: Collection[str]) -> bool:
    created: datetime | None = made.date_created
    return (
        made.direction == "outbound-api"
        and made._from == attempt.sender  # noqa: SLF001 - the SDK names it so, for messages `from_`
        and made.sid not in taken
        and created is not None
        and _CREATED_FROM <= created - attempt.reserved_at <= _CREATED_UNTIL
    )


def _found(made: Any) -> LookupResult:
    if not made.sid:
        return Unsupported("unreadable")
    form = {"CallStatus": str(made.status), "AnsweredBy": str(made.answered_by or "")}
    return Found(made.sid, call_report(form).report, 1)
