"""E-mail through a mail server of the lender's, or of a service that offers one: SMTP submission.

The server's answer says that it took a message, never that it arrived. What comes back, bounces and
complaints and answers, is posted to us by whoever receives the mail of these addresses.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from outreach.channels.gateway_signatures import HmacSignature, Timestamp, is_signed
from outreach.channels.provider import (
    NO_CONTENT,
    Accepted,
    Acknowledgment,
    Attempt,
    BadSignatureError,
    CallbackEvent,
    Capabilities,
    Checked,
    LookupResult,
    RawCallback,
    Rejected,
    SendResult,
    StatusUpdate,
    Unknown,
    Unsupported,
    WallClock,
)
from outreach.channels.smtp_connections import (
    NO_LOGIN,
    NO_TLS,
    Connections,
    Envelope,
    Refusal,
    Taken,
    Unanswered,
    Unreached,
)
from outreach.channels.smtp_errors import code_of, refused_send
from outreach.channels.smtp_letter import (
    BeyondAsciiError,
    Letter,
    NotAnAddressError,
    address_of,
    write_letter,
)
from outreach.channels.smtp_options import Mailbox, Options, server_of
from outreach.channels.smtp_returns import read_returned
from outreach.channels.smtp_unsubscribe import ASKS, LAPSED, PATH, STOPPED, Unsubscribing
from outreach.domain.contacts import Report
from outreach.domain.vocabulary import Channel, DeliveryState, ErrorClass

_RECONNECT_AFTER: Final = timedelta(seconds=30)
_BUSY_FOR: Final = timedelta(seconds=5)
_MAIL_KINDS: Final = ("bounce", "inbound")
_UNSUBSCRIBE: Final = "unsubscribe"
_SIGNED_BY: Final = HmacSignature(
    kind="hmac",
    header="X-Outreach-Signature",
    secrets=("new", "old"),
    prefix="sha256=",
    timestamp=Timestamp(header="X-Outreach-Timestamp", tolerance_seconds=300),
)


class SmtpEmail:
    """One account at a mail server.

    Args:
        name: The provider's slug in the settings.
        options: Checked against `Options`.
        public_base_url: Where the one-click addresses are.
        key: Signs those addresses; the same in every process.
        clock: Dates e-mails and lapses addresses.

    Raises:
        pydantic.ValidationError: The options are wrong.
        OSError, ssl.SSLError: `ca_file` can't be read.
    """

    capabilities = Capabilities(
        channels=frozenset({Channel.EMAIL}),
        max_body=None,
        counts_segments=False,
        dedupes_creates=False,
        echo="client_ref",
        lookup="none",
        supports_cancel=False,
        valid_for=None,
        has_delivery_receipt=False,
    )

    def __init__(
        self,
        name: str,
        options: Mapping[str, Any],
        public_base_url: str,
        *,
        key: bytes,
        clock: WallClock,
    ) -> None:
        """See the class."""
        given = Options.model_validate(dict(options))
        self.name = name
        self._clock = clock
        self._public = public_base_url.rstrip("/")
        self._boxes = {address.lower(): box for address, box in given.mailboxes.items()}
        self._answered_at = {
            box.reply_to.lower(): address for address, box in self._boxes.items() if box.reply_to
        }
        self._tokens = Unsubscribing(key, timedelta(days=given.unsubscribe_days))
        secrets = [one.get_secret_value() for one in given.callback_secrets or ()]
        # One secret stands for both, so that there is one description of the signature.
        self._secrets = {"new": secrets[0], "old": secrets[-1]} if secrets else {}
        self._mail_paths = {f"/providers/{name}/{kind}": kind for kind in _MAIL_KINDS}
        self.pages: Mapping[str, str] = {f"{PATH}/{{token}}": _UNSUBSCRIBE}
        self.callback_paths: Mapping[str, str] = {
            **(self._mail_paths if secrets else {}),
            **self.pages,
        }
        self._connections = Connections(server_of(given, self._public), given.connections)

    async def send(self, attempt: Attempt, deadline: float) -> SendResult:
        """See `Provider.send`."""
        try:
            envelope = self._envelope(attempt)
        except NotAnAddressError:
            return Rejected(ErrorClass.INVALID_ADDRESS, "malformed", scope="address")
        except BeyondAsciiError:
            # A mailbox that this server can't name may well exist.
            return Rejected(ErrorClass.SENDER_CONFIG, "smtputf8")
        except _WrongSenderError:
            return Rejected(ErrorClass.SENDER_CONFIG, "sender", scope="sender", alert=True)
        except ValueError:
            return Rejected(ErrorClass.REQUEST_BUG, "header", scope="template", alert=True)
        outcome = await self._connections.submit(envelope, deadline)
        if isinstance(outcome, Taken):
            return Accepted(self._message_id(attempt), DeliveryState.ACCEPTED, 1)
        return _missed(outcome)

    async def lookup(
        self, attempt: Attempt, deadline: float, *, taken: Collection[str] = ()
    ) -> LookupResult:
        """See `Provider.lookup`."""
        del attempt, deadline, taken
        return Unsupported("a mail server can't be asked")

    async def cancel(self, ref: str, deadline: float) -> bool:
        """See `Provider.cancel`; an e-mail can't be taken back."""
        del ref, deadline
        return False

    async def check(self, deadline: float) -> Checked:
        """See `Checkable`: connects, encrypts and signs in; no message is begun."""
        outcome = await self._connections.sign_in(deadline)
        if isinstance(outcome, Taken):
            return Checked("works")
        if isinstance(outcome, Refusal):
            return Checked("refused", code_of(outcome))
        return Checked(
            "refused" if outcome.why in {NO_LOGIN, NO_TLS} else "unreachable", outcome.why
        )

    def parse_callback(self, raw: RawCallback) -> list[CallbackEvent]:
        """See `Provider.parse_callback`: returned mail, or a request by one click."""
        path = raw.path_qs.partition("?")[0]
        if raw.kind == _UNSUBSCRIBE:
            attempt = self._named_by(path)
            if attempt is None:
                raise BadSignatureError
            return [StatusUpdate(attempt, None, Report(None), opted_out="one_click")]
        if self._mail_paths.get(path) != raw.kind or not self._secrets:
            raise BadSignatureError
        if not is_signed(raw, _SIGNED_BY, self._secrets, self._clock.wall_now()):
            raise BadSignatureError
        return read_returned(raw.body, self._answered_at)

    def ack(self, kind: str, events: Sequence[CallbackEvent]) -> Acknowledgment:
        """Return a word to whoever clicked, nothing to a mail server."""
        del events
        return STOPPED if kind == _UNSUBSCRIBE else NO_CONTENT

    def page(self, kind: str, path: str) -> Acknowledgment:
        """Return the question whether e-mails are to stop; see `Paged`."""
        del kind
        return LAPSED if self._named_by(path) is None else ASKS

    async def close(self) -> None:
        """See `SelfClosing`."""
        await self._connections.close()

    def _named_by(self, path: str) -> str | None:
        front, _, token = path.rpartition("/")
        return self._tokens.read(token, self._clock.wall_now()) if front == PATH else None

    def _envelope(self, attempt: Attempt) -> Envelope:
        """Write the message.

        Raises:
            ValueError: It can't be: the recipient is no address, or a header is wrong.
        """
        recipient = address_of(attempt.recipient)
        now, sender = self._clock.wall_now(), attempt.sender
        box = self._boxes.get(sender.lower()) or Mailbox()
        token = self._tokens.issue(attempt.attempt_id, now)
        letter = Letter(
            message_id=self._message_id(attempt),
            at=now,
            sender=_own(sender),
            sender_name=box.name,
            reply_to=box.reply_to,
            recipient=recipient,
            subject=attempt.subject,
            words=attempt.body,
            locale=attempt.locale,
            unsubscribe=f"{self._public}{PATH}/{token}",
        )
        return Envelope(
            box.return_path or letter.sender, recipient, write_letter(letter), attempt.attempt_id
        )

    def _message_id(self, attempt: Attempt) -> str:
        return f"{attempt.attempt_id}@{attempt.sender.rpartition('@')[2].lower()}"


def _missed(outcome: Refusal | Unreached | Unanswered) -> SendResult:
    match outcome:
        case Refusal():
            return refused_send(outcome)
        case Unanswered(why):
            return Unknown(why)
        case Unreached("busy"):
            return Rejected(ErrorClass.UNAVAILABLE, "busy", _BUSY_FOR, "account")
        case Unreached(why) if why == NO_LOGIN:
            return Rejected(ErrorClass.ACCOUNT, why, scope="account", alert=True)
        case Unreached(why):
            wait, alert = _RECONNECT_AFTER, why == NO_TLS
            return Rejected(ErrorClass.UNAVAILABLE, why, wait, "account", alert=alert)


class _WrongSenderError(ValueError):
    """The sender isn't an e-mail address: the settings' mistake, not the recipient's."""


def _own(sender: str) -> str:
    try:
        return address_of(sender)
    except ValueError:
        raise _WrongSenderError from None
