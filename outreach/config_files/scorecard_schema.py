"""The shape of a scorecard file: one definition to read by, to publish, and to explain.

`config/schemas/scorecard.schema.json` is generated from here (`outreach scorecards schema`).
"""

from typing import Annotated, Any, Final

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

SCHEMA_ID: Final = "scorecard.schema.json"

_Word = Annotated[str, Meta(pattern="^[a-z][a-z0-9_]{1,39}$")]
_Number = Annotated[
    str,
    Meta(pattern=r"^-?\d{1,12}(\.\d{1,4})?$", description="A decimal number, in quotes."),
]
_Points = Annotated[int, Meta(ge=-1000, le=1000)]


class InTwo(Struct, forbid_unknown_fields=True):
    """A sentence in both languages; `{count}` in it is how many facts counted."""

    en: Annotated[str, Meta(min_length=3, max_length=200, description="In English.")]
    zh: Annotated[str, Meta(min_length=2, max_length=200, description="In Chinese.")]


class PointFile(Struct, forbid_unknown_fields=True):
    """One kind of fact, and what it costs."""

    key: Annotated[_Word, Meta(description="Name of the row, unique in the file.")]
    fact: Annotated[
        _Word,
        Meta(
            description=(
                "Kind of fact. We see these ourselves: broken_promise, partial_payment, "
                "failed_debit, risk_word, bad_address, unreachable, no_address. Any other is one "
                "that the lender tells by risk.observed."
            )
        ),
    ]
    points: Annotated[
        _Points, Meta(description="What it costs; a negative number speaks for the borrower.")
    ]
    reason: Annotated[InTwo, Meta(description="Why, in a sentence that a person can be told.")]
    max_age_days: Annotated[
        int,
        Meta(
            ge=1, le=1825, description="A fact that is older counts for nothing; at most 5 years."
        ),
    ] = 365
    at_least: Annotated[
        _Number | UnsetType,
        Meta(description="Least value that counts; facts without a value don't."),
    ] = UNSET
    at_most: Annotated[
        _Number | UnsetType,
        Meta(description="Greatest value that counts; facts without a value don't."),
    ] = UNSET
    words: Annotated[
        list[Annotated[str, Meta(min_length=1, max_length=200)]],
        Meta(description="Words that count, for facts that bring one; empty: any."),
    ] = []
    each: Annotated[
        bool, Meta(description="true: every such fact costs the points; false: once for all.")
    ] = False
    most_points: Annotated[
        Annotated[int, Meta(ge=1, le=1000)] | UnsetType,
        Meta(description="Most that the row may come to, by size."),
    ] = UNSET
    needs: Annotated[
        int, Meta(ge=1, le=50, description="How many such facts there must be before they count.")
    ] = 1


class TierFile(Struct, forbid_unknown_fields=True, rename={"from_points": "from"}):
    """A tier, and where it begins."""

    tier: Annotated[_Word, Meta(description="Its name, as treatments ask for it: risk_tier.")]
    from_points: Annotated[
        _Points, Meta(description="From how many points on; the first tier also takes all below.")
    ]


class BureauFile(Struct, forbid_unknown_fields=True):
    """What facts out of credit reports may be used for."""

    purposes: Annotated[
        list[_Word],
        Meta(
            description=(
                "Purposes for which a report may have been asked to count here; a fact that was "
                "got for another one, or for none, or without a legal basis, never counts."
            )
        ),
    ] = []
    max_age_days: Annotated[
        int, Meta(ge=1, le=1825, description="How old such a fact may be, whatever its row says.")
    ] = 90


class ScorecardFile(Struct, forbid_unknown_fields=True):
    """A scorecard: points for facts, and tiers by points."""

    scorecard: Annotated[
        str, Meta(pattern="^[a-z][a-z0-9-]{1,39}$", description="Name; the same as the file's.")
    ]
    about: Annotated[str, Meta(min_length=1, description="What it is for, in a sentence.")]
    points: Annotated[list[PointFile], Meta(min_length=1, description="The rows, in any order.")]
    tiers: Annotated[
        list[TierFile], Meta(min_length=2, max_length=10, description="From the lowest up.")
    ]
    credit_bureau: Annotated[
        BureauFile, Meta(description="Facts out of credit reports; left out: none counts.")
    ] = msgspec.field(default_factory=BureauFile)


def scorecard_schema() -> dict[str, Any]:
    """Return the JSON Schema of a scorecard file, with a description on every property."""
    (root,), definitions = msgspec.json.schema_components(
        [ScorecardFile], ref_template="#/$defs/{name}"
    )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        **root,
        "$defs": definitions,
    }
