"""What a lender settles about letters: who writes, in whose name, who has to approve."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Line = Annotated[str, StringConstraints(min_length=1, max_length=60)]


class LawFirm(BaseModel):
    """The law firm that writes lawyers' letters, on its own letterhead."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    name: Line = Field(description="Full registered name, as in `四川某某律师事务所`.")
    licence: Line = Field(description="Number of the firm's practice licence.")
    address: list[Line] = Field(
        min_length=1, max_length=5, description="Its postal address, line by line."
    )
    phone: Line = Field(description="Number on which the firm can be asked whether it wrote.")
    lawyer: Line = Field(description="Name of the lawyer who signs.")
    lawyer_licence: Line = Field(description="Number of that lawyer's practice certificate.")


class Letters(BaseModel):
    """What holds for a lender's letters."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    address: list[Line] = Field(
        default_factory=list,
        max_length=5,
        description="The lender's own postal address, line by line: printed in the head, and where"
        " what comes back is sent. Without one no letter is written.",
    )
    law_firm: LawFirm | None = Field(
        None, description="Who writes lawyers' letters; without one none is written."
    )
    approve: Literal["every", "legal_notice", "none"] = Field(
        "legal_notice",
        description="Letters that a second person approves, each one, even where no pack asks for"
        " it: `every`, those of class `legal_notice` such as lawyers' letters, or `none`. A step of"
        " a treatment may say otherwise.",
    )
    batch_at: str | None = Field(
        None,
        pattern=r"^([01]\d|2[0-3]):[0-5]\d$",
        description="Time of day in the lender's zone, as `16:00`, at which a worker makes a batch"
        " of the letters that wait at its printers, once a day; without one only"
        " `outreach letters batch` does.",
    )
