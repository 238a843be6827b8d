"""What a lender settles about its borrowers' own page."""

from datetime import timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class SelfService(BaseModel):
    """The page that a borrower opens from a link in a message, to see what is due and to answer."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    base_url: str = Field(
        pattern=r"^https?://[^\s?#/]+$",
        max_length=100,
        description="Public address that its links begin with, as in `https://pay.harbor.example`;"
        " it has to reach the web process. Short: it stands in text messages.",
    )
    life: timedelta = Field(
        timedelta(days=30),
        ge=timedelta(hours=1),
        le=timedelta(days=90),
        description="How long a link works after its message was made; ISO 8601 or seconds.",
    )
    generation: int = Field(
        1,
        ge=1,
        le=1_000_000,
        description="Number of the key that links are signed with. Raise it by one to rotate the"
        " key: links of the one before work until they expire; by two to revoke every link.",
    )
    check: Literal["phone", "attribute"] = Field(
        "phone",
        description="Whose last four digits are asked for before anything personal is shown:"
        " `phone`, any number of the borrower's; `attribute`, what `check_attribute` names. Who"
        " holds a phone knows its number: use `attribute` where numbers change hands.",
    )
    check_attribute: str = Field(
        "check_digits",
        pattern=r"^[a-z][a-z0-9_]{0,59}$",
        description="Name of the borrower's attribute that ends in those digits, for `attribute`.",
    )
    in_texts: bool | None = Field(
        None,
        description="Whether text messages carry the link, as e-mails do. Left out: yes, but not"
        " under Chinese law, where a text may link to a registered domain alone; say `true` once"
        " carriers have yours.",
    )
    session: timedelta = Field(
        timedelta(minutes=20),
        ge=timedelta(minutes=2),
        le=timedelta(hours=1),
        description="How long the page stays open after the digits were right.",
    )
    rate_per_second: float = Field(
        4.0,
        gt=0,
        le=10_000,
        description="Requests a second that one link answers in each web process, and a fifth of"
        " those of one visitor's address, which carriers share among many phones.",
    )
    promise_within: timedelta = Field(
        timedelta(days=30),
        ge=timedelta(days=1),
        le=timedelta(days=90),
        description="How far ahead a borrower may promise to pay.",
    )
