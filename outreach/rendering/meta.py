"""What a template key is for: purposes, class, and sample facts that show it in every language."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import date
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Final, Literal

import msgspec
import yaml

from outreach.domain.records import dataclass
from outreach.domain.vocabulary import LenderRole, Purpose
from outreach.rendering.context import MessageFacts
from outreach.rendering.errors import TemplateFileError
from outreach.rendering.itemization import Itemization
from outreach.rendering.repayment_words import RepaymentFacts

_HASH_CHARACTERS: Final = 12


_Class = Literal["reminder", "demand", "quote", "legal_notice", "confirmation", "courtesy"]


class _Sample(msgspec.Struct, forbid_unknown_fields=True):
    lender_name: str
    amount_minor: int
    currency: str
    due_on: date
    today: date
    as_of: date
    role: LenderRole = LenderRole.FIRST_PARTY
    account_tail: str = ""
    sender_name: str = ""
    signature: str = ""
    phone: str = ""
    complaint_phone: str = ""
    dfpi_license: str = ""
    pay_channel: str = ""
    repay_link: str = ""
    borrower_name: str = ""
    borrower_tail: str = ""
    loan_count: int = 1
    first_communication: bool = False
    quote_minor: int | None = None
    quote_valid_until: date | None = None
    form_of_address: str = ""
    first_time_late: bool = False
    often_late: bool = False
    may_show_details: bool = False
    contact_person: str = ""
    neutral_name: str = ""
    self_service_link: str = ""
    repayment: RepaymentFacts = RepaymentFacts()
    itemization: Itemization = Itemization()
    postal_address: str = ""
    law_firm: str = ""
    law_firm_licence: str = ""
    law_firm_phone: str = ""
    lawyer: str = ""
    lawyer_licence: str = ""


class _MetaFile(msgspec.Struct, forbid_unknown_fields=True):
    about: str
    purposes: Annotated[list[Purpose], msgspec.Meta(min_length=1)]
    samples: dict[str, Annotated[dict[str, _Sample], msgspec.Meta(min_length=1)]]
    template_class: _Class = msgspec.field(name="class")
    notice: Annotated[str, msgspec.Meta(pattern="^([a-z][a-z0-9_]*)?$")] = ""


@dataclass(frozen=True, slots=True)
class TemplateMeta:
    """A key's meta file.

    Attributes:
        about: What the message is for, one sentence.
        purposes: Purposes it may be used for.
        template_class: `reminder`, `demand`, `quote`, `legal_notice`, `confirmation` or `courtesy`.
        samples: Facts by locale and name of the sample; every template renders with each.
        content_hash: Of the file.
        notice: Kind of notice it is, as rules call it (`collection_start_notice`); "" for none.
    """

    about: str
    purposes: frozenset[Purpose]
    template_class: str
    samples: Mapping[str, Mapping[str, MessageFacts]]
    content_hash: str
    notice: str = ""


def load_meta(path: Path) -> TemplateMeta:
    """Read a key's `meta.yaml`.

    Raises:
        TemplateFileError: It isn't there, isn't YAML, or says something that isn't known.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise TemplateFileError(
            str(path), "it isn't there", "Every key needs it: about, purposes, class, samples."
        ) from error
    return _parse_meta(text, str(path))


@lru_cache(maxsize=256)
def _parse_meta(text: str, path: str) -> TemplateMeta:
    """Turn a file's text into what it says; every locale and channel of a key asks for the same."""
    try:
        found = msgspec.convert(yaml.load(text, Loader=yaml.CSafeLoader), _MetaFile)
    except (yaml.YAMLError, msgspec.ValidationError) as error:
        raise TemplateFileError(path, str(error), "Compare it with another key's.") from error
    samples = {
        locale: MappingProxyType(
            {name: MessageFacts(**msgspec.structs.asdict(item)) for name, item in named.items()}
        )
        for locale, named in found.samples.items()
    }
    return TemplateMeta(
        about=found.about,
        purposes=frozenset(found.purposes),
        template_class=found.template_class,
        samples=MappingProxyType(samples),
        content_hash=sha256(text.encode()).hexdigest()[:_HASH_CHARACTERS],
        notice=found.notice,
    )


def change_facts(facts: MessageFacts, changes: Mapping[str, str]) -> MessageFacts:
    """Return `facts` with some of them replaced, each written as text (`days`, `2026-03-01`).

    Raises:
        ValueError: A name that isn't a fact, or a text that doesn't fit it; both are named.
    """
    values = {**asdict(facts), **changes}
    try:
        sample = msgspec.convert(values, _Sample, strict=False)
    except msgspec.ValidationError as error:
        known = ", ".join(item.name for item in fields(MessageFacts))
        message = f"{error}; facts are {known}"
        raise ValueError(message) from error
    return MessageFacts(**msgspec.structs.asdict(sample))
