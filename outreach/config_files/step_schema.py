"""The shape of a step in a treatment file, and of what several parts of the file share."""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from outreach.domain.vocabulary import Purpose

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


When = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=500,
        description=(
            "A CEL expression over the facts in docs/treatments.md that answers yes or no: "
            "\"history == 'chronic' && amount_minor >= 10000\". Checked when the file is read."
        ),
    ),
]
LocalDate = Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]
Plain = Annotated[str, Meta(pattern="^[a-z][a-z0-9_-]{0,39}$")]
AmountText = Annotated[str, Meta(pattern=r"^\d{1,12}(\.\d{1,4})?$")]

LateBy = Annotated[int, Meta(ge=0, le=30)]
SpacingHours = Annotated[int, Meta(ge=0, le=720)]
MayFallBack = Literal["invalid_address", "unreachable_retry", "unknown", "sender_config"]
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
    when: Annotated[
        When | UnsetType, Meta(description="Must be true; asked beside the others.")
    ] = UNSET


class RouteFile(Struct, forbid_unknown_fields=True):
    """One way to reach a person."""

    channel: Annotated[
        Literal[
            "sms",
            "push",
            "email",
            "whatsapp",
            "call",
            "letter",
            "visit",
            "agency_handoff",
            "records",
        ],
        Meta(
            description=(
                "How: sms, push (a notification of the app), email, whatsapp, call, letter. "
                "Passed over where the person has no address for it, or the lender no sender. "
                "By people: visit; records (a case for court, by the lender's own people); "
                "agency_handoff (a placement, or with purpose legal_notice a case for counsel "
                "outside)."
            )
        ),
    ]
    template: Annotated[
        str,
        Meta(
            pattern="^([a-z][a-z0-9_-]{1,63})?$",
            description=(
                "Key below templates/messages. For agency_handoff the agency's slug; left out, "
                "the lender's first. Nothing for visit and records."
            ),
        ),
    ] = ""
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
    """A contact about something that happened, once for each time."""

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
    arms: Annotated[
        list[Plain],
        Meta(description="Arms of the experiment that the step is for; empty: all of them."),
    ] = []
    early_payoff: Annotated[
        bool,
        Meta(
            description=(
                "Whether its words may say what pays the loan off now, and what that saves. Only "
                "where the lender settled `early_payoff` and the whole schedule is known."
            )
        ),
    ] = False
    mandatory: Annotated[
        bool,
        Meta(description="Law or contract demand it, so the hold-out gets it too."),
    ] = False
    approval: Annotated[
        bool | UnsetType,
        Meta(
            description=(
                "Whether a second person approves before people act (visit, agency_handoff, "
                "records); as the lender's settings say if left out. Packs may ask for it anyway."
            )
        ),
    ] = UNSET
