"""The shape of a gateway's description: one definition to read by, to publish, and to explain.

`config/schemas/provider.schema.json` is generated from here (`outreach providers schema`). Editors
that know the YAML language server complete and explain every name with it.
"""

from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from outreach.channels.gateway_parts import HeaderName, JsonPath, Part, Pattern, Status, Template
from outreach.channels.gateway_requests import Cancel, Lookup, Send
from outreach.channels.gateway_signatures import PathSignature, Signature
from outreach.channels.provider import Scope
from outreach.domain.vocabulary import Channel, ErrorClass

SCHEMA_ID: Final = "provider.schema.json"
Carried = Literal[Channel.SMS, Channel.WHATSAPP, Channel.PUSH, Channel.EMAIL, Channel.LETTER]
State = Literal[
    "accepted", "queued", "sending", "sent", "delivered", "undelivered", "failed", "expired",
    "canceled", "read",
]  # fmt: skip


class ErrorRow(Part):
    """What some of the gateway's error codes mean."""

    codes: tuple[str, ...] = Field((), description="Codes, in quotes.")
    pattern: Pattern | None = Field(None, description="Or a regular expression for the whole code.")
    error: ErrorClass = Field(alias="class", description="What it comes to.")
    scope: Scope = Field("address", description="What is refused, and so what to pause.")
    counted: bool | None = Field(
        None,
        description="Whether a contact that ended so may have reached somebody; by its class if"
        " left out. A create that was refused never counts.",
    )
    alert: bool | None = Field(None, description="Whether people should look; by its class.")
    confirmations: int = Field(
        1, ge=1, le=5, description="Reports after which an address is given up."
    )
    retry_after_seconds: int | None = Field(
        None, ge=1, le=86_400, description="How long the same is refused."
    )
    ambiguous: bool = Field(
        default=False, description="In answer to a create: it may have been taken all the same."
    )

    @model_validator(mode="after")
    def _some(self) -> Self:
        if not self.codes and self.pattern is None:
            raise ValueError("needs `codes` or `pattern`")
        return self


class StatusRow(Part):
    """What an HTTP status without a code of the gateway means, in answer to a create."""

    error: ErrorClass = Field(alias="class", description="What it comes to.")
    scope: Scope = Field("account", description="What is refused, and so what to pause.")
    alert: bool | None = Field(None, description="Whether people should look; by its class.")
    retry_after_seconds: int | None = Field(
        None, ge=1, le=86_400, description="How long the same is refused."
    )


class Callback(Part):
    """Where things stand in a callback."""

    format: Literal["json", "form"] = Field("json", description="`json` or `form`.")
    items: JsonPath = Field(
        "$", description="The reports, as in `$[*]` or `$.entry[*].changes[*].value.statuses[*]`."
    )


class StatusCallback(Callback):
    """What became of a message."""

    attempt_id: JsonPath | None = Field(None, description="Our own id, as the gateway echoes it.")
    attempt_query: str | None = Field(
        None,
        pattern=r"^[a-z_]{1,20}$",
        description="Or the query parameter that we put it into: `{{ callback_url }}?a={{ id }}`.",
    )
    ref: JsonPath | None = Field(None, description="The gateway's id.")
    state: JsonPath = Field(description="Its word for the state; see `states`.")
    error: JsonPath | None = Field(None, description="Error code; see `errors`.")
    parts: JsonPath | None = Field(None, description="Billed parts.")
    price: JsonPath | None = Field(None, description="What it cost, in units of `currency`.")
    currency: JsonPath | None = Field(None, description="ISO 4217.")

    @model_validator(mode="after")
    def _whose(self) -> Self:
        if self.attempt_id is None and self.attempt_query is None and self.ref is None:
            raise ValueError("needs `attempt_id`, `attempt_query` or `ref`: whose report is it?")
        return self


class InboundCallback(Callback):
    """Somebody wrote back."""

    ref: JsonPath | None = Field(None, description="The gateway's id of the reply.")
    sender: JsonPath = Field(alias="from", description="Who wrote.")
    to: tuple[JsonPath, ...] = Field((), description="Which of our senders it was written to.")
    text: JsonPath = Field(description="The words.")
    country_code: str = Field(
        "",
        pattern=r"^\d{0,4}$",
        description="Calling code of numbers that come without one; a plus is put before all.",
    )


class Acknowledge(Part):
    """What the gateway takes for received."""

    status: Status = Field(204, description="HTTP status.")
    content_type: str | None = Field(
        None, pattern=r"^[\w.+-]+/[\w.+-]+$", description="Media type of the body."
    )
    body: str = Field("", max_length=1000, description="Body, word for word.")


class Callbacks(Part):
    """How the gateway calls back, at /providers/<name>/status and /providers/<name>/inbound."""

    signature: Signature = Field(description="How a callback is known to be the gateway's own.")
    status: StatusCallback | None = Field(None, description="Delivery reports.")
    inbound: InboundCallback | None = Field(None, description="Replies.")
    shared_address: bool = Field(
        default=False,
        description="It knows one address only: each callback is read both ways.",
    )
    acknowledge: Acknowledge = Field(
        default_factory=Acknowledge, description="Our answer; 204 by default."
    )

    @model_validator(mode="after")
    def _some(self) -> Self:
        if self.status is None and self.inbound is None:
            raise ValueError("needs `status`, `inbound` or both")
        return self

    @property
    def by_path(self) -> bool:
        """Tell whether the addresses are secret."""
        return isinstance(self.signature, PathSignature)


def _http(url: str) -> str:
    return url.rstrip("/")


class Description(Part):
    """One gateway."""

    gateway: str = Field(
        pattern=r"^[a-z][a-z0-9]*([_-][a-z0-9]+)*$", description="Its name; that of the file."
    )
    base_url: Annotated[
        str, StringConstraints(pattern=r"^https?://[^/?#@\s]+(/[^?#\s]*)?$"), AfterValidator(_http)
    ] = Field(description="Address that all requests go to, without a query.")
    channels: tuple[Carried, ...] = Field(min_length=1, description="What it carries.")
    max_body: int | None = Field(None, ge=1, description="Most characters of a message.")
    counts_segments: bool = Field(default=True, description="It bills by SMS segment.")
    template_only: bool = Field(
        default=False, description="It sends registered templates only, never free words."
    )
    valid_for_seconds: tuple[int, int] | None = Field(
        None,
        description="Shortest and longest time for which it queues a message, if the request"
        " says so with `valid_for`.",
    )
    headers: dict[HeaderName, Template] = Field(
        default_factory=dict, description="Headers of all requests."
    )
    send: Send = Field(description="How a message is created.")
    states: dict[str, State] = Field(
        default_factory=dict,
        description="Its words for states, in any case, and what we call them.",
    )
    errors: tuple[ErrorRow, ...] = Field(
        (), description="Its error codes; the first row that fits."
    )
    http_errors: dict[Status, StatusRow] = Field(
        default_factory=dict,
        description="Refusals without a code, by HTTP status. A status of 500 or more named here is"
        " a promise of the gateway that nothing was taken.",
    )
    lookup: Lookup | None = Field(None, description="How to ask about a message.")
    cancel: Cancel | None = Field(None, description="How to take one back.")
    callbacks: Callbacks | None = Field(None, description="How it calls back.")

    @model_validator(mode="after")
    def _bounds(self) -> Self:
        if self.valid_for_seconds and not 0 < self.valid_for_seconds[0] < self.valid_for_seconds[1]:
            raise ValueError("`valid_for_seconds` must rise: [60, 86400]")
        return self


def provider_schema() -> dict[str, Any]:
    """Return the JSON Schema of a description."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        **Description.model_json_schema(),
        "title": "A gateway of http_gateway",
    }
