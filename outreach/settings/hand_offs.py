"""What a lender settles about steps that only people take: cases for court, visits, agencies."""

from datetime import date, timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from outreach.domain.hand_offs import HandOffKind
from outreach.domain.placements import USUAL, PlacedField
from outreach.domain.vocabulary import ContactPolicy

Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class _Section(BaseModel):
    """One table of the settings: frozen, closed, and silent about its input in errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Agency(_Section):
    """One agency that debts may be placed with. What isn't said of it counts as missing."""

    name: Name = Field(description="Its full registered name, as borrowers and courts read it.")
    listed: bool = Field(
        default=False,
        description="Whether it is on the list of agencies that the lender publishes.",
    )
    agreement: str = Field(
        "",
        max_length=200,
        description="Reference of the contract by which it is entrusted; without one nothing is"
        " placed with it where the law asks for one.",
    )
    agreement_complete: bool = Field(
        default=False,
        description="Whether that contract names purpose, term, method, kinds of data, protection"
        " and duties.",
    )
    agreement_ends: date | None = Field(
        None, description="Last day of the contract: after it nothing more is placed."
    )
    assessment: str = Field(
        "",
        max_length=200,
        description="Reference of the assessment of its effect on personal data.",
    )
    sub_agencies: bool = Field(
        default=False, description="Whether it passes debts on to others; most laws forbid it."
    )
    fields: list[PlacedField] = Field(
        default_factory=lambda: list(USUAL),
        description="What it gets of a borrower and a debt; docs/agencies.md lists the words."
        " The loan's reference, and what the borrower has to be protected from, always go along.",
    )
    while_placed: ContactPolicy | Literal["share"] = Field(
        ContactPolicy.STOP_ALL,
        description="What our own outreach about a debt is while it is placed: `share`, it goes on"
        " and both count against the same caps; or a policy of a hold, such as `stop_all` or"
        " `stop_collection_keep_legal_notices`.",
    )


class HandOffs(_Section):
    """What a lender settles for all of its hand-offs."""

    approve: list[HandOffKind] = Field(
        default_factory=lambda: list(HandOffKind),
        description="Kinds that a second person has to approve even where no pack asks for it:"
        " `referral`, `visit`, `placement`. A step of a treatment may say otherwise.",
    )
    while_referred: ContactPolicy = Field(
        ContactPolicy.STOP_COLLECTION_KEEP_LEGAL_NOTICES,
        description="What our own outreach about a debt is let through from its referral to the"
        " court until the case is withdrawn; a policy of a hold.",
    )
    counsel: str = Field(
        "", max_length=200, description="Who takes its cases, as the package names them."
    )
    visit_days: int = Field(
        7, ge=1, le=31, description="For how many days after it was ordered a visit may be made."
    )
    visit_link: timedelta = Field(
        timedelta(days=7),
        ge=timedelta(hours=1),
        le=timedelta(days=31),
        description="How long the link to a visit's form works after its sheet was made; ISO 8601"
        " or seconds.",
    )
