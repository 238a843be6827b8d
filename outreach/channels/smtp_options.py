"""What an account at a mail server is set up by."""

import ipaddress
import ssl
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    FilePath,
    SecretStr,
    model_validator,
)

from outreach.channels.secret_path import PathSecrets
from outreach.channels.smtp_connections import Security, Server
from outreach.channels.smtp_letter import address_of

MailAddress = Annotated[str, AfterValidator(address_of)]


class Mailbox(BaseModel):
    """How one sender's address appears."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field("", max_length=100, description="What is shown instead of the address.")
    reply_to: MailAddress | None = Field(None, description="Where answers go, if elsewhere.")
    return_path: MailAddress | None = Field(None, description="Where bounces go, if elsewhere.")


class Options(BaseModel):
    """What one account at a mail server needs."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    host: str = Field(pattern=r"^[A-Za-z0-9.:-]+$", description="Name of the mail server.")
    port: int | None = Field(
        None, ge=1, le=65_535, description="By default 587, or 465 with `tls`."
    )
    security: Security = Field(
        "starttls",
        description="`starttls`, `tls` from the start, or `none`, which is taken only for a server"
        " on this machine and without a password.",
    )
    ca_file: FilePath | None = Field(
        None, description="Certificates to trust besides those of the system, as PEM."
    )
    username: str | None = Field(None, description="None: the server takes mail from here as is.")
    password: SecretStr | None = None
    helo_name: str | None = Field(
        None,
        pattern=r"^[A-Za-z0-9.-]+$",
        description="What we call ourselves; by default the host of `public_base_url`.",
    )
    connections: int = Field(1, ge=1, le=20, description="At once, in each process.")
    mailboxes: dict[str, Mailbox] = Field(
        default_factory=dict,
        description="Sender's address → `name`, `reply_to`, `return_path`, all optional.",
    )
    callback_secrets: PathSecrets | None = Field(
        None,
        description="Sign mail that is posted to `/providers/<name>/bounce` and `…/inbound`:"
        " `openssl rand -hex 24`. Two while one is being rotated. None: nothing is taken there.",
    )
    unsubscribe_days: int = Field(
        365, ge=60, le=1100, description="For how long the one-click address of an e-mail is good."
    )

    @model_validator(mode="after")
    def _is_private(self) -> Self:
        if (self.username is None) != (self.password is None):
            raise ValueError("username and password go together")
        if self.security == "none" and (self.username is not None or not _is_local(self.host)):
            raise ValueError(
                "security = none would send mail or a password in the clear: use starttls or tls"
            )
        return self


def _is_local(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def server_of(given: Options, public_base_url: str) -> Server:
    """Return where mail is handed in.

    Raises:
        OSError, ssl.SSLError: `ca_file` holds no certificates.
    """
    context = ssl.create_default_context()
    if given.ca_file is not None:
        context.load_verify_locations(cafile=given.ca_file)
    return Server(
        host=given.host,
        port=given.port or (465 if given.security == "tls" else 587),
        security=given.security,
        tls=context,
        helo_name=given.helo_name or urlsplit(public_base_url).hostname or "localhost",
        username=given.username,
        password=given.password.get_secret_value() if given.password else "",
    )
