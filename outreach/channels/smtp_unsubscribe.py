"""The one-click address of an e-mail (RFC 8058), and the page behind it.

The token names a contact, which only we can look up, and the day that it lapses. Mail programs post
to the address by themselves; what people open only asks, since scanners open every address too.
"""

from datetime import datetime, timedelta
from typing import Final

from outreach.channels.provider import Acknowledgment
from outreach.domain.tokens import Tokens

PATH: Final = "/email/unsubscribe"
_SIGNED_BYTES: Final = 16
_LONGEST: Final = 128


class Unsubscribing:
    """Makes and reads the tokens of e-mails.

    Args:
        key: Of this account, the same in every process.
        lasts: For how long after its e-mail a token is good.
    """

    def __init__(self, key: bytes, lasts: timedelta) -> None:
        """See the class."""
        self._tokens = Tokens(key, b"unsubscribe")
        self._lasts = lasts

    def issue(self, attempt: str, now: datetime) -> str:
        """Return the token of one contact."""
        return self._tokens.issue(attempt, now + self._lasts)

    def read(self, token: str, now: datetime) -> str | None:
        """Return the contact that a token names; None if it isn't ours, or has lapsed."""
        return self._tokens.read(token, now)


def _page(*said: tuple[str, str], button: bool = False) -> bytes:
    """Return a page that says the same in several languages; it needs no script and no style."""
    form = (
        '<form method="post"><input type="hidden" name="List-Unsubscribe" value="One-Click">'
        '<p><button type="submit">Stop e-mails · 停止发送邮件 · Dejar de recibirlos</button></p>'
        "</form>"
    )
    words = "\n".join(f'<p lang="{lang}">{text}</p>' for lang, text in said)
    return (
        '<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="robots" content="noindex"><title>E-mails</title></head>\n'
        f"<body>\n{words}\n{form if button else ''}\n</body>\n</html>\n"
    ).encode()


ASKS: Final = Acknowledgment(
    200,
    "text/html",
    _page(
        ("en", "Do you want to get no more e-mails from this sender?"),
        ("zh", "您是否不再接收该发件人的邮件？"),
        ("es", "¿No quiere recibir más correos electrónicos de este remitente?"),
        button=True,
    ),
)
"""What is shown to whoever opens the address; it changes nothing."""

STOPPED: Final = Acknowledgment(
    200,
    "text/html",
    _page(
        ("en", "We have noted that you want no more e-mails from this sender."),
        ("zh", "我们已记录您的要求：不再向您发送该发件人的邮件。"),
        ("es", "Hemos anotado que no quiere recibir más correos electrónicos de este remitente."),
    ),
)
"""What answers the request."""

LAPSED: Final = Acknowledgment(
    404,
    "text/html",
    _page(
        ("en", "This address is no longer valid. Please answer the e-mail with STOP."),
        ("zh", "该链接已失效，请直接回复邮件「退订」。"),
        ("es", "Este enlace ya no es válido. Responda al correo electrónico con STOP."),
    ),
)
"""What is shown where the token isn't ours, or has lapsed."""
