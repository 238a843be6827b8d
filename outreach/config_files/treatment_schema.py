"""The shape of a treatment file: one definition to read by, to publish, and to explain.

`config/schemas/treatment.schema.json` is generated from here (`outreach treatments schema`).
Editors that know the YAML language server complete and explain every name with it.
"""

from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from outreach.domain.vocabulary import LenderRole, Purpose, Stage

SCHEMA_ID: Final = "treatment.schema.json"

Clock = r"(?:[01]\d|2[0-3]):[0-5]\d"
Day = Annotated[int, Meta(ge=-35, le=3650)]
Window = Annotated[
    str,
    Meta(
        pattern=f"^{Clock}-{Clock}$",
        description=(
            "Local time in the borrower's zone (every plausible one), such as '09:00-20:00': the "
            "first minute is in, the last is out. Compliance rules may narrow it, never widen it."
        ),
    ),
]


LateBy = Annotated[int, Meta(ge=0, le=30)]
SpacingHours = Annotated[int, Meta(ge=0, le=720)]
MayFallBack = Literal["invalid_address", "unreachable_retry", "unknown"]
MayRetry = Literal["unreachable_retry", "unknown"]


class RetryFile(Struct, forbid_unknown_fields=True):
    """Try the same address again after a failure."""

    errors: Annotated[
        list[MayRetry],
        Meta(description="Failures after which the same address may be tried again.", min_length=1),
    ]
    times: Annotated[int, Meta(ge=1, le=2, description="How many more times.")] = 1
    after_minutes: Annotated[
        int, Meta(ge=60, le=10_080, description="How long after the last try, in minutes.")
    ] = 60


class ConditionsFile(Struct, forbid_unknown_fields=True):
    """What must be so for the step to be made; else its day passes without a contact."""

    amount_at_least: Annotated[
        dict[
            Annotated[str, Meta(pattern="^[A-Z]{3}$")],
            Annotated[str, Meta(pattern=r"^\d{1,12}(\.\d{1,4})?$")],
        ],
        Meta(
            description=(
                "Least amount worth a contact, by currency, in quotes: {USD: '10.00'}. "
                "A currency that isn't named has no floor."
            )
        ),
    ] = {}
    while_provisional: Annotated[
        bool,
        Meta(
            description="Contact even while a payment that isn't final yet would cover what is due."
        ),
    ] = False
    first_contact: Annotated[
        bool | UnsetType,
        Meta(description="true: only if nobody was contacted in this case yet; false: only if so."),
    ] = UNSET
    risk_buckets: Annotated[
        list[str], Meta(description="The platform's risk words that the step is for; empty: all.")
    ] = []


class RouteFile(Struct, forbid_unknown_fields=True):
    """One way to reach a person."""

    channel: Annotated[
        Literal["sms", "push", "email", "whatsapp", "call"],
        Meta(
            description=(
                "How: sms, push (a notification of the app), email, whatsapp, call. Passed over "
                "where the person has no address for it, or the lender no sender."
            )
        ),
    ]
    template: Annotated[
        str,
        Meta(pattern="^[a-z][a-z0-9_]{1,63}$", description="Key below templates/messages."),
    ]
    addresses: Annotated[
        int,
        Meta(
            ge=1,
            le=5,
            description=(
                "How many of the person's addresses on this channel may be used, in their order: "
                "2 lets a failure go on to a second phone."
            ),
        ),
    ] = 1


class RepeatFile(Struct, forbid_unknown_fields=True):
    """Make the step again."""

    every_days: Annotated[int, Meta(ge=1, le=90, description="Days between repetitions.")]
    until_day: Annotated[
        Day, Meta(description="Last day past due on which it may fall; within the stage.")
    ]


class DefaultsFile(Struct, forbid_unknown_fields=True):
    """What holds for every step that doesn't say otherwise."""

    window: Window = "09:00-20:00"
    late_by: Annotated[
        LateBy, Meta(description="Days after its day that a step may still be made.")
    ] = 0
    spacing_hours: Annotated[
        SpacingHours,
        Meta(description="Least hours since any earlier contact with the person."),
    ] = 0
    conditions: Annotated[
        ConditionsFile, Meta(description="What must be so; a step's own replaces all of it.")
    ] = msgspec.field(default_factory=ConditionsFile)
    retry: Annotated[
        RetryFile | UnsetType,
        Meta(description="Same address again after a failure; none if left out."),
    ] = UNSET
    fallback_on: Annotated[
        list[MayFallBack],
        Meta(description="Failures after which the next address or route is used."),
    ] = []


class EventStepFile(Struct, forbid_unknown_fields=True):
    """A contact about something that happened, once for each."""

    key: Annotated[
        str,
        Meta(
            pattern="^[a-z][a-z0-9_-]{1,39}$",
            description="Name within the treatment; stored with each contact, so never reused.",
        ),
    ]
    purpose: Annotated[Purpose, Meta(description="Why the person is contacted; rules turn on it.")]
    routes: Annotated[
        list[RouteFile], Meta(min_length=1, description="Ways to reach the person, best first.")
    ]
    window: Annotated[Window | UnsetType, Meta(description="As in defaults.")] = UNSET
    spacing_hours: Annotated[SpacingHours | UnsetType, Meta(description="As in defaults.")] = UNSET
    retry: Annotated[RetryFile | UnsetType, Meta(description="As in defaults.")] = UNSET
    fallback_on: Annotated[
        list[MayFallBack] | UnsetType,
        Meta(description="As in defaults."),
    ] = UNSET


class StepFile(EventStepFile, forbid_unknown_fields=True, kw_only=True):
    """One planned contact."""

    day: Annotated[
        Day,
        Meta(description="Days past due in the lender's calendar: -7 a week before, 0 due."),
    ]
    late_by: Annotated[
        LateBy | UnsetType,
        Meta(
            description=(
                "Days after its day that it may still be made, if no later step has come. "
                "A step before or on the due day is never made after it."
            ),
        ),
    ] = UNSET
    conditions: Annotated[
        ConditionsFile | UnsetType, Meta(description="What must be so; replaces the defaults'.")
    ] = UNSET
    repeat: Annotated[
        RepeatFile | UnsetType, Meta(description="Further days on which the step is made.")
    ] = UNSET


class StageFile(Struct, forbid_unknown_fields=True):
    """A stage of the treatment and its steps."""

    stage: Annotated[Stage, Meta(description="Where the treatment stands.")]
    bucket: Annotated[
        str, Meta(min_length=1, max_length=40, description="What people call it: M1, 30-59.")
    ]
    from_day: Annotated[Day, Meta(description="First day past due; negative is before due.")]
    to_day: Annotated[Day, Meta(description="Last day past due, included.")]
    steps: Annotated[list[StepFile], Meta(description="Planned contacts, at most one a day.")] = []


class SegmentFile(Struct, forbid_unknown_fields=True):
    """Loans that the treatment is for: every list that is given must contain the loan's value."""

    lenders: Annotated[list[str], Meta(description="Slugs of lenders in the settings.")] = []
    countries: Annotated[
        list[Annotated[str, Meta(pattern="^[A-Z]{2}$")]],
        Meta(description="Where the borrower lives, ISO 3166."),
    ] = []
    products: Annotated[list[str], Meta(description="The platform's product names.")] = []
    roles: Annotated[
        list[LenderRole], Meta(description="What the contacting entity is to the debt.")
    ] = []
    languages: Annotated[
        list[Annotated[str, Meta(pattern="^[a-z]{2,3}$")]],
        Meta(description="The borrower's language, ISO 639."),
    ] = []


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
