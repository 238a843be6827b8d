"""What an e-mail looks like on the wire, whatever words and addresses it is given."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from outreach.channels.provider import Accepted, Rejected
from outreach.channels.smtp_email import SmtpEmail
from outreach.domain.vocabulary import ErrorClass
from tests.channels.contract import DEADLINE
from tests.channels.mailing import SENDER, a_provider, an_email
from tests.fakes.smtp import FakeSmtp, running_smtp


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[FakeSmtp]:
    async with running_smtp(tmp_path) as fake:
        yield fake


@pytest.fixture
async def provider(server: FakeSmtp) -> AsyncIterator[SmtpEmail]:
    built = a_provider(server)
    yield built
    await built.close()


@pytest.mark.parametrize(
    "recipient",
    [
        pytest.param("a@example.com>\r\nRCPT TO:<b@example.com", id="a command"),
        pytest.param("a@example.com\r\nBcc: b@example.com", id="a header"),
        pytest.param("a@example.com, b@example.com", id="two"),
        pytest.param("Ada <a@example.com>", id="with a name"),
        pytest.param('"a b"@example.com', id="quoted"),
        pytest.param("a@example.com\x00", id="a zero"),
        pytest.param("a@[127.0.0.1]", id="a machine"),
        pytest.param("@example.com", id="nobody"),
        pytest.param("a@localhost", id="no domain"),
        pytest.param(f"{'a' * 65}@example.com", id="too long"),
    ],
)
async def test_what_is_no_address_reaches_no_server(
    provider: SmtpEmail, server: FakeSmtp, recipient: str
) -> None:
    result = await provider.send(an_email(recipient), DEADLINE)

    assert result == Rejected(ErrorClass.INVALID_ADDRESS, "malformed", scope="address")
    assert server.connections == 0


async def test_a_domain_in_other_letters_is_encoded_and_a_mailbox_in_them_is_left_alone(
    provider: SmtpEmail, server: FakeSmtp
) -> None:
    await provider.send(an_email("ada@bücher.example"), DEADLINE)

    assert server.mails[0].recipient == "ada@xn--bcher-kva.example"
    assert await provider.send(an_email("阿达@example.com"), DEADLINE) == Rejected(
        ErrorClass.SENDER_CONFIG, "smtputf8"
    )


@pytest.mark.parametrize(
    "inserted", ["\r\nBcc: eve@example.com", "\nBcc: eve@example.com", "\r\r\n\x85Bcc: eve@x.yz"]
)
async def test_no_words_become_a_header(server: FakeSmtp, inserted: str) -> None:
    box = {"name": f"Harbor{inserted}"}
    provider = a_provider(server, mailboxes={SENDER: box})
    attempt = an_email(
        subject=f"Hello{inserted}\r\n\r\n.\r\nMAIL FROM:<eve@example.com>",
        body=f"Hello{inserted}\r\n.\r\nMAIL FROM:<eve@example.com>\r\n..\n<script>alert(1)</script>",
        locale=f"en{inserted}",
    )

    assert isinstance(await provider.send(attempt, DEADLINE), Accepted)
    await provider.close()

    [mail] = server.mails
    assert mail.message["Bcc"] is None
    assert "\r\nBcc:" not in mail.raw.decode().partition("\r\n\r\n")[0]
    assert mail.message["Content-Language"] is None
    assert "\r\n.\r\n" not in mail.raw.decode().partition("\r\n\r\n")[0]
    assert mail.text.splitlines() == attempt.body.splitlines()
    html = mail.message.get_body(("html",))
    assert html is not None
    assert "<script>" not in html.get_content()
    assert sum(one.startswith("MAIL") for one in server.commands) == 1


async def test_long_words_stay_within_what_servers_take(
    provider: SmtpEmail, server: FakeSmtp
) -> None:
    attempt = an_email(
        f"{'a' * 64}@{'b' * 60}.{'c' * 60}.example",
        subject="关于您的账户" * 40,
        body="一" * 5000 + "x" * 5000,
    )

    assert isinstance(await provider.send(attempt, DEADLINE), Accepted)

    [mail] = server.mails
    assert mail.raw.isascii()
    assert max(map(len, mail.raw.split(b"\r\n"))) <= 998
    assert mail.text.strip() == attempt.body
    assert str(mail.message["To"]) == attempt.recipient
    assert attempt.subject.startswith(str(mail.message["Subject"]))
