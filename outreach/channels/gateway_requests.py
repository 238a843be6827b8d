"""What a description says of requests to the gateway and of its answers."""

from typing import Literal, Self

from pydantic import Field, model_validator

from outreach.channels.gateway_parts import (
    HeaderName,
    JsonPath,
    Part,
    PathTemplate,
    Pattern,
    Status,
    Template,
    Tree,
)


class Request(Part):
    """One request to the gateway. Every text is a template of facts."""

    method: Literal["POST", "GET", "PUT", "PATCH", "DELETE"] = Field(
        "POST", description="`POST`, `GET`, `PUT`, `PATCH` or `DELETE`."
    )
    path: PathTemplate = Field(
        description="Follows `base_url`, as in `/messages/{{ ref }}`; facts are encoded in it."
    )
    query: dict[str, Template] = Field(
        default_factory=dict, description="Query parameters; encoded as needed."
    )
    headers: dict[HeaderName, Template] = Field(
        default_factory=dict, description="Headers, besides those for all requests."
    )
    json_body: Tree = Field(
        None,
        alias="json",
        description="Body as JSON, of any shape; `{{ valid_for }}` alone stays a number.",
    )
    form: dict[str, Template] | None = Field(None, description="Body as a form.")
    text: Template | None = Field(None, description="Body as text, with a Content-Type header.")

    @model_validator(mode="after")
    def _one_body(self) -> Self:
        if sum(body is not None for body in (self.json_body, self.form, self.text)) > 1:
            raise ValueError("has several bodies: keep one of `json`, `form`, `text`")
        return self


class Check(Part):
    """A place in an answer and what stands there if all is well."""

    path: JsonPath = Field(description="Where to look, as in `$.code`.")
    equals: tuple[str, ...] = Field(
        min_length=1,
        description="Texts that mean yes; numbers as JSON writes them.",
    )


class Reply(Part):
    """Where things stand in an answer."""

    format: Literal["json", "text"] = Field("json", description="`json` or `text`.")
    pattern: Pattern | None = Field(
        None,
        description="For text: its named groups are read like members, `(?P<id>…)` as `$.id`.",
    )
    ref: JsonPath | None = Field(None, description="The gateway's own id of the message.")
    state: JsonPath | None = Field(None, description="Its word for the state; see `states`.")
    parts: JsonPath | None = Field(None, description="Billed parts.")
    error: JsonPath | None = Field(None, description="Error code; see `errors`.")

    @model_validator(mode="after")
    def _text_needs_a_pattern(self) -> Self:
        if (self.format == "text") != (self.pattern is not None):
            raise ValueError("`pattern` goes with `format: text`, and the other way round")
        return self


class SendReply(Reply):
    """Where things stand in the answer to a create."""

    success: tuple[Status, ...] = Field((200, 201, 202), description="HTTP statuses of success.")
    accepted: Check | None = Field(
        None, description="For gateways that refuse inside a successful answer."
    )
    retry_after: HeaderName = Field("Retry-After", description="Header that says how long to wait.")

    @model_validator(mode="after")
    def _proof(self) -> Self:
        if self.ref is None and self.accepted is None:
            raise ValueError("needs `ref` or `accepted`: what proves that a message was taken?")
        return self


class Send(Part):
    """How a message is created."""

    request: Request = Field(description="The request.")
    reply: SendReply = Field(description="Its answer.")


class SentAt(Part):
    """When the gateway took a message, as a look-up tells it."""

    path: JsonPath = Field(description="Where the time stands.")
    format: Literal["iso8601", "unix", "unix_ms"] = Field(
        "iso8601", description="`iso8601`, `unix` or `unix_ms`."
    )
    utc_offset_hours: float = Field(
        0, ge=-14, le=14, description="Of times that are written without a zone."
    )


class Lookup(Part):
    """How to ask what became of a message whose create wasn't answered."""

    request: Request = Field(description="The request; `ref` is empty while it is unknown.")
    reply: Reply = Field(description="Where things stand in one record.")
    success: tuple[Status, ...] = Field((200,), description="HTTP statuses of success.")
    missing: tuple[Status, ...] = Field(
        (404,), description="HTTP statuses that say that there is no such message."
    )
    records: JsonPath = Field("$", description="The records, as in `$.messages[*]`.")
    match: dict[JsonPath, Template] = Field(
        min_length=1,
        description="What a record must say to be the one, place to template:"
        ' `$.client_ref: "{{ id }}"`, or recipient and words.',
    )
    sent_at: SentAt | None = Field(
        None, description="Needed where `match` doesn't ask for our own id: the nearest is meant."
    )

    @model_validator(mode="after")
    def _certain(self) -> Self:
        ours = any("id" in text.replace("{", " ").replace("}", " ").split()
                   for text in self.match.values())  # fmt: skip
        if not ours and self.sent_at is None:
            raise ValueError("must match `{{ id }}`, or say with `sent_at` when a record was made")
        return self


class Cancel(Part):
    """How to take back what the gateway still holds."""

    request: Request = Field(description="The request, by `ref`.")
    success: tuple[Status, ...] = Field((200, 202, 204), description="HTTP statuses of success.")
    canceled: Check | None = Field(None, description="What else must be so.")
