"""The shape of a treatment file: one definition to read by, to publish, and to explain.

`config/schemas/treatment.schema.json` is generated from here (`outreach treatments schema`).
Editors that know the YAML language server complete and explain every name with it.
"""

from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from outreach.config_files.step_schema import (
    AmountText,
    Day,
    DefaultsFile,
    EventStepFile,
    LocalDate,
    Plain,
    StepFile,
    When,
)
from outreach.domain.payment_history import Payer
from outreach.domain.steps import OpenMatter, Proof
from outreach.domain.treatment import OnChange
from outreach.domain.vocabulary import LenderRole, Stage

SCHEMA_ID: Final = "treatment.schema.json"


class OpensFile(Struct, forbid_unknown_fields=True):
    """What must be proven before a stage opens, beside its first day."""

    notices: Annotated[
        int,
        Meta(
            ge=0,
            le=10,
            description=(
                "How many contacts of the stage before must have told the person; 0: none, the day "
                "alone opens it."
            ),
        ),
    ] = 1
    proof: Annotated[
        Proof,
        Meta(description="sent: taken by a provider and not failed; delivered: arrival reported."),
    ] = Proof.SENT
    channels: Annotated[
        list[Literal["sms", "push", "email", "whatsapp", "call", "letter", "visit"]],
        Meta(description="Ways that count as having told the person; empty: all."),
    ] = []
    days_since: Annotated[
        int, Meta(ge=0, le=180, description="Whole days that must have passed since the last one.")
    ] = 1
    none_open: Annotated[
        list[OpenMatter],
        Meta(description="What must not be open. A promise that is open always keeps it closed."),
    ] = msgspec.field(default_factory=lambda: [OpenMatter.DISPUTE, OpenMatter.HARDSHIP])
    when: Annotated[When | UnsetType, Meta(description="Must be true.")] = UNSET


class StageFile(Struct, forbid_unknown_fields=True):
    """A stage of the treatment and its steps."""

    stage: Annotated[Stage, Meta(description="Where the treatment stands.")]
    bucket: Annotated[
        str, Meta(min_length=1, max_length=40, description="What people call it: M1, 30-59.")
    ]
    from_day: Annotated[Day, Meta(description="First day past due; negative is before due.")]
    to_day: Annotated[Day, Meta(description="Last day past due, included.")]
    steps: Annotated[list[StepFile], Meta(description="Planned contacts, at most one a day.")] = []
    opens: Annotated[
        OpensFile,
        Meta(
            description=(
                "What must be proven before it opens; asked of every stage after the first that "
                "collects. A loan whose stage isn't open stays in the one before."
            )
        ),
    ] = msgspec.field(default_factory=OpensFile)


class AmountFile(Struct, forbid_unknown_fields=True):
    """What a loan owes in all."""

    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$", description="ISO 4217.")]
    at_least: Annotated[
        AmountText | UnsetType, Meta(description="This or more, in quotes: '500.00'.")
    ] = UNSET
    below: Annotated[AmountText | UnsetType, Meta(description="Less than this, in quotes.")] = UNSET


class SegmentFile(Struct, forbid_unknown_fields=True):
    """Loans that the treatment is for: every list that is given must contain the loan's value."""

    lenders: Annotated[list[str], Meta(description="Slugs of lenders in the settings.")] = []
    countries: Annotated[
        list[Annotated[str, Meta(pattern="^[A-Z]{2}$")]],
        Meta(description="The lender's country, ISO 3166."),
    ] = []
    products: Annotated[list[str], Meta(description="The platform's product names.")] = []
    roles: Annotated[
        list[LenderRole], Meta(description="What the contacting entity is to the debt.")
    ] = []
    languages: Annotated[
        list[Annotated[str, Meta(pattern="^[a-z]{2,3}$")]],
        Meta(description="The borrower's language, ISO 639."),
    ] = []
    jurisdictions: Annotated[
        list[Annotated[str, Meta(pattern="^[A-Z]{2}(-[A-Z0-9]{1,3})?$")]],
        Meta(
            description="Where the borrower lives, ISO 3166: US takes all its states in, US-CA one."
        ),
    ] = []
    risk_tiers: Annotated[list[str], Meta(description="Tiers of the scorecard.")] = []
    history: Annotated[
        list[Payer],
        Meta(description="What the past year says: first_time, repeat or chronic (late 3 times)."),
    ] = []
    amounts: Annotated[
        list[AmountFile], Meta(description="What the loan owes; any of them suffices.")
    ] = []
    when: Annotated[When | UnsetType, Meta(description="Must be true as well.")] = UNSET


class ArmFile(Struct, forbid_unknown_fields=True):
    """One arm of an experiment."""

    key: Annotated[Plain, Meta(description="Name; steps and reports use it.")]
    percent: Annotated[int, Meta(ge=1, le=100, description="How many of a hundred people get it.")]


class ExperimentFile(Struct, forbid_unknown_fields=True):
    """Arms that are compared. Who is in which is drawn by hash of the key and the person."""

    key: Annotated[Plain, Meta(description="Name of the draw; a new one draws people anew.")]
    arms: Annotated[list[ArmFile], Meta(min_length=1, description="Ways that are compared.")]
    hold_out: Annotated[
        int,
        Meta(
            ge=0,
            le=50,
            description="How many of a hundred people get only the steps that are mandatory.",
        ),
    ] = 0


class StatementStepFile(EventStepFile, forbid_unknown_fields=True, kw_only=True):
    """A statement of the loan: for each that was asked for, and by period."""

    every_months: Annotated[
        Literal[1, 2, 3, 4, 6, 12] | UnsetType,
        Meta(
            description=(
                "Whole months of the lender's calendar that are told without a request, in the "
                "nine days after them; only what is asked for if left out."
            )
        ),
    ] = UNSET


class TreatmentFile(Struct, forbid_unknown_fields=True):
    """A treatment: whom it is for, and what is done on which day."""

    treatment: Annotated[
        str,
        Meta(pattern="^[a-z][a-z0-9-]{1,39}$", description="Name; the same as the file's."),
    ]
    about: Annotated[str, Meta(min_length=1, description="What it is for, in a sentence.")]
    locale: Annotated[
        str,
        Meta(
            pattern="^[a-z]{2,3}-[A-Z]{2}$",
            description="Language of the words where the borrower prefers none that we have.",
        ),
    ]
    segments: Annotated[
        list[SegmentFile],
        Meta(
            min_length=1,
            description="Loans it is for; any one suffices. The most specific treatment wins.",
        ),
    ]
    stages: Annotated[
        list[StageFile], Meta(min_length=1, description="Stages in order of days, not overlapping.")
    ]
    defaults: Annotated[
        DefaultsFile, Meta(description="What holds for every step that doesn't say otherwise.")
    ] = msgspec.field(default_factory=DefaultsFile)
    early_payoff_quote: Annotated[
        EventStepFile | UnsetType,
        Meta(description="One contact for each early-payoff quote that the borrower asked for."),
    ] = UNSET
    receipt: Annotated[
        EventStepFile | UnsetType,
        Meta(
            description=(
                "One receipt for each payment that is final, with how it was divided. Where it is "
                "given, it stands instead of `thanks`."
            )
        ),
    ] = UNSET
    paid_off: Annotated[
        EventStepFile | UnsetType,
        Meta(description="One confirmation when the loan was paid off, by its schedule or early."),
    ] = UNSET
    statement: Annotated[
        StatementStepFile | UnsetType,
        Meta(description="One statement for each that was asked for, and by period if it says so."),
    ] = UNSET
    thanks: Annotated[
        EventStepFile | UnsetType,
        Meta(
            description=(
                "One contact when everything past due was paid and the loan goes on; never to "
                "somebody who opted out of anything."
            )
        ),
    ] = UNSET
    satisfaction: Annotated[
        EventStepFile | UnsetType,
        Meta(
            description=(
                "One question, answered by a digit from 1 to 5, when a dispute or a request for "
                "relief came to an end; never to somebody who opted out of anything."
            )
        ),
    ] = UNSET
    experiment: Annotated[
        ExperimentFile | UnsetType, Meta(description="Arms to compare; none if left out.")
    ] = UNSET
    together_days: Annotated[
        int,
        Meta(
            ge=0,
            le=10,
            description=(
                "A step counts as made if a contact that another loan led named this one in so "
                "many days before it: one contact covers all that somebody owes."
            ),
        ),
    ] = 0
    effective_from: Annotated[
        LocalDate | UnsetType,
        Meta(description="First day on which it is in force, in quotes; now if left out."),
    ] = UNSET
    effective_to: Annotated[
        LocalDate | UnsetType, Meta(description="First day on which it no longer is, in quotes.")
    ] = UNSET
    on_change: Annotated[
        OnChange,
        Meta(
            description=(
                "When cases that run by the version before move to this one: finish (never), "
                "next_stage, at_once."
            )
        ),
    ] = OnChange.NEXT_STAGE
    promise_tolerance_days: Annotated[
        int,
        Meta(ge=0, le=10, description="Whole days after a promise's date that it still counts."),
    ] = 0


def treatment_schema() -> dict[str, Any]:
    """Return the JSON Schema of a treatment file, with a description on every property."""
    (root,), definitions = msgspec.json.schema_components(
        [TreatmentFile], ref_template="#/$defs/{name}"
    )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        **root,
        "$defs": definitions,
    }
