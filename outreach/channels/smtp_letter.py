"""One e-mail as bytes: headers that nobody's words can add to, the words as text and as plain HTML.

Every line is ASCII and shorter than any server's limit; what isn't ASCII is encoded.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from email.errors import HeaderParseError
from email.headerregistry import Address, HeaderRegistry
from email.message import EmailMessage
from email.policy import SMTP, Policy
from html import escape
from typing import Any, Final

from outreach.domain.records import dataclass

_ATEXT: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_LOCAL: Final = re.compile(rf"{_ATEXT}(?:\.{_ATEXT})*", re.ASCII)
_DOMAIN: Final = re.compile(rf"{_LABEL}(?:\.{_LABEL})+", re.ASCII)
_LONGEST_LOCAL: Final = 64
_LONGEST: Final = 254
_LONGEST_SUBJECT: Final = 250
_PARAGRAPHS: Final = re.compile(r"\n[ \t]*\n\s*")


class NotAnAddressError(ValueError):
    """Nothing can be sent there; the message doesn't show what it was."""


class BeyondAsciiError(ValueError):
    """An address whose first part isn't ASCII: few servers can take it."""


def address_of(text: str) -> str:
    """Return an e-mail address as it goes on the wire, its domain in ASCII.

    Raises:
        NotAnAddressError: Not one plain address. Quoted forms are refused as well: hardly a
            mailbox needs them, and they are how headers and commands are broken out of.
        BeyondAsciiError: The part before the `@` isn't ASCII.
    """
    local, at, domain = text.rpartition("@")
    if not at or not local or len(text) > _LONGEST or not text.isprintable() or " " in text:
        raise NotAnAddressError("not an e-mail address")
    if not domain.isascii():
        try:
            domain = domain.encode("idna").decode("ascii")
        except UnicodeError:
            raise NotAnAddressError("not an e-mail address") from None
    if not _DOMAIN.fullmatch(domain) or len(local) > _LONGEST_LOCAL:
        raise NotAnAddressError("not an e-mail address")
    if not local.isascii():
        raise BeyondAsciiError("address outside ASCII")
    if not _LOCAL.fullmatch(local):
        raise NotAnAddressError("not an e-mail address")
    return f"{local}@{domain}"


@dataclass(frozen=True, slots=True)
class Letter:
    """What goes into one e-mail. Addresses are those of `address_of`."""

    message_id: str
    """Without angle brackets."""
    at: datetime
    """Wall clock, aware."""
    sender: str
    sender_name: str
    reply_to: str | None
    recipient: str
    subject: str
    words: str
    """Paragraphs parted by empty lines."""
    locale: str
    unsubscribe: str
    """Address of the one-click request."""


class _AsItIs:
    """A header of ASCII that is never folded or encoded: the library would break long addresses."""

    max_count = 1
    name: str
    """Set by the library, which makes this a base of its own header class."""

    @staticmethod
    def parse(value: str, kwds: dict[str, Any]) -> None:
        """Take the value; see `email.headerregistry.BaseHeader`."""
        if not value.isascii() or not value.isprintable():
            raise HeaderParseError("not a plain header")
        kwds["parse_tree"] = None
        kwds["decoded"] = value

    def fold(self, *, policy: Policy) -> str:
        """Return the whole header on one line."""
        return f"{self.name}: {self}{policy.linesep}"


def _policy() -> Policy:
    registry = HeaderRegistry()
    for name in ("message-id", "to", "list-unsubscribe", "list-unsubscribe-post"):
        registry.map_to_type(name, _AsItIs)  # type: ignore[arg-type] # made a subclass there
    return SMTP.clone(header_factory=registry)


_POLICY: Final = _policy()


def write_letter(letter: Letter) -> bytes:
    """Return the message, its lines ended as on the wire.

    Raises:
        ValueError: A header can't be written; nothing of it can have become another one.
    """
    message = EmailMessage(_POLICY)
    message["Message-ID"] = f"<{letter.message_id}>"
    message["Date"] = letter.at
    message["From"] = _mailbox(letter.sender, letter.sender_name)
    if letter.reply_to is not None:
        message["Reply-To"] = _mailbox(letter.reply_to, letter.sender_name)
    message["To"] = letter.recipient
    message["Subject"] = _line(letter.subject)
    message["List-Unsubscribe"] = f"<{letter.unsubscribe}>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    # So that holiday notes aren't sent back (RFC 3834).
    message["Auto-Submitted"] = "auto-generated"
    language = letter.locale if re.fullmatch(r"[A-Za-z0-9-]{2,35}", letter.locale) else ""
    message.set_content(letter.words, charset="utf-8", cte="quoted-printable")
    message.add_alternative(
        as_html(letter.words, language), subtype="html", charset="utf-8", cte="quoted-printable"
    )
    if language:  # last: the library hands headers of this kind down to the parts
        message["Content-Language"] = language
    return message.as_bytes()


def as_html(words: str, language: str) -> str:
    """Return the same words as a plain page: nothing in them can become markup."""
    lang = f' lang="{escape(language)}"' if language else ""
    body = "\n".join(f"<p>{_lines(each)}</p>" for each in _PARAGRAPHS.split(words.strip()))
    return (
        f'<!doctype html>\n<html{lang}>\n<head><meta charset="utf-8"></head>\n'
        f"<body>\n{body}\n</body>\n</html>\n"
    )


def _lines(paragraph: str) -> str:
    lines: Sequence[str] = escape(paragraph).splitlines()
    return "<br>\n".join(lines)


def _mailbox(address: str, name: str) -> Address:
    return Address(display_name=_line(name), addr_spec=address)


def _line(text: str) -> str:
    """Return a text as one line of printable characters: a line break would begin a header."""
    spaced = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(spaced.split())[:_LONGEST_SUBJECT]
