"""What one lender brings: who it is, where its signals come from, how it reaches people."""

import json
from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Literal, get_args
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.numbers import is_currency
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
)

from outreach.domain.signals import OrderBy
from outreach.domain.vocabulary import Channel, DialMode, LenderRole, TaskKind
from outreach.settings.credentials import PathSecret, SigningSecret
from outreach.settings.hand_offs import Agency, HandOffs
from outreach.settings.letters import Letters
from outreach.settings.repayments import Repayment
from outreach.settings.selfservice import SelfService

SourceAdapter = Literal["standard", "cloudevents", "fineract_hook", "fineract_events"]
Freshness = Literal["complete", "hint"]

Slug = Annotated[
    str, StringConstraints(pattern=r"^[a-z][a-z0-9]*([_-][a-z0-9]+)*$", min_length=2, max_length=40)
]


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"{name!r} is no IANA time zone, such as `America/New_York`") from None
    return name


def _currency(code: str) -> str:
    if not (code.isupper() and is_currency(code)):
        raise ValueError(f"{code!r} is no ISO 4217 currency, such as `USD`")
    return code


def _country(code: str) -> str:
    if code not in _countries():
        raise ValueError(f"{code!r} is no ISO 3166-1 country, such as `US`")
    return code


def _locale(tag: str) -> str:
    try:
        Locale.parse(tag, sep="-")
    except (UnknownLocaleError, ValueError):
        raise ValueError(f"{tag!r} is no locale, such as `en-US`") from None
    return tag


_Sent = Literal[
    Channel.SMS, Channel.PUSH, Channel.EMAIL, Channel.WHATSAPP, Channel.CALL, Channel.LETTER
]


def _sent(channel: object) -> object:
    if channel not in get_args(_Sent):
        raise ValueError(f"nothing is sent by it; use {', '.join(get_args(_Sent))}")
    return channel


@cache
def _countries() -> frozenset[str]:
    return frozenset(code for code in map(str, Locale("en").territories) if len(code) == 2)


Zone = Annotated[str, AfterValidator(_zone)]
Currency = Annotated[str, AfterValidator(_currency)]
Country = Annotated[str, AfterValidator(_country)]
LocaleTag = Annotated[str, AfterValidator(_locale)]
SenderChannel = Annotated[_Sent, BeforeValidator(_sent)]


class Section(BaseModel):
    """One table of the settings: frozen, closed, and silent about its input in errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class ReadBack(Section):
    """Where a hint is checked before money is believed: the platform's own API."""

    base_url: str = Field(
        pattern=r"^https?://[^\s?#]+$",
        description="Address of the API, as in `https://fineract.example/fineract-provider/api/v1`.",
    )
    username: str = Field(description="User of the API; it needs to read loans and clients only.")
    password: SecretStr = Field(description="That user's password.")
    tenant: str = Field("default", description="Fineract's tenant (`Fineract-Platform-TenantId`).")


class Source(Section):
    """One sender of signals. Its slug is in the address it posts to: `/v1/signals/<slug>`."""

    adapter: SourceAdapter = Field(
        description="Shape of what it posts: `standard`, `cloudevents`, `fineract_hook` or"
        " `fineract_events`."
    )
    secrets: list[SigningSecret] = Field(
        default_factory=list,
        max_length=2,
        description="One or two `whsec_…` secrets of Standard Webhooks (24 to 64 bytes in base64);"
        " two while one is being rotated. Each is accepted.",
    )
    path_secret: PathSecret | None = Field(
        None,
        description="Unguessable last part of the address, for senders that can't sign"
        " (24 to 128 characters).",
    )
    order: OrderBy = Field(
        OrderBy.TIME,
        description="What its signals are ordered by: `sequence` (one without a sequence is set"
        " aside) or `time`. Never a mix.",
    )
    freshness: Freshness = Field(
        "complete",
        description="`complete`: while it is alive, what it told last still holds. `hint`: a"
        " balance older than a day must be read back before anybody is contacted.",
    )
    timezone: Zone | None = Field(
        None, description="IANA zone of its dates without a zone; the lender's when left out."
    )
    rate_per_second: int = Field(
        500,
        ge=1,
        le=100_000,
        description="Requests per second; more are told to slow down (429).",
    )
    silent_after: timedelta = Field(
        timedelta(hours=26),
        description="Alert when nothing came for this long; ISO 8601 or seconds.",
    )
    read_back: ReadBack | None = Field(
        None, description="The platform's API; required by `fineract_hook`, which is unsigned."
    )


class Sender(Section):
    """One number, messaging service, app or mailbox that contacts come from."""

    channel: SenderChannel = Field(
        description="What it sends: `sms`, `push`, `email`, `whatsapp`, `call` or `letter`. A way"
        " to reach somebody that the lender has no sender for is passed over."
    )
    provider: str = Field(description="Slug under `providers`: the account that it belongs to.")
    address: str = Field(
        min_length=1,
        description="Number in E.164, messaging service id, app id, or the address that e-mails"
        " come from.",
    )
    rate_per_second: float = Field(
        1.0,
        gt=0,
        le=10_000,
        description="SMS segments, calls, notifications or e-mails per second over all workers, as"
        " the provider granted.",
    )
    cost_micros_per_part: int = Field(
        0,
        ge=0,
        description="Price of one part (SMS segment; a call, notification or e-mail is one part)"
        " in millionths of the lender's currency; counts against `daily_spend_cap`.",
    )
    country_prefixes: list[Annotated[str, StringConstraints(pattern=r"^\+\d{1,6}$")]] = Field(
        default_factory=list,
        description="Numbers that it may reach, by prefix, as in `+1`; empty = any. For channels"
        " that go to numbers.",
    )
    number_kind: str = Field(
        "",
        description="What its address is to the network: `ten_digit`, `short_code`, `port` (China's"
        " 106), `fixed_line` … Rules refuse some kinds, and some rules a number of unknown kind.",
    )
    ramp_from: date | None = Field(
        None,
        description="First day of a new sender, which carriers and mailboxes don't know yet: from"
        " then on it makes `ramp_start` contacts a day, and more each day.",
    )
    ramp_start: int = Field(
        200, ge=1, le=1_000_000, description="Contacts on that first day, where it is given."
    )
    ramp_growth: float = Field(
        1.5, gt=1, le=10, description="How many times as many each day as on the one before."
    )
    registrations: dict[Slug, str] = Field(
        default_factory=dict,
        description="Registrations it stands in, name to number: `a2p_campaign` in the United"
        " States; `dlt_entity`, `header_id`, `template_id` in India. Rules ask for them by name.",
    )
    flags: list[Slug] = Field(
        default_factory=list,
        description="What is so of this sender and rules ask for by name: `recording` (every call"
        " is recorded), `agent_certificate`, `private_account`, `service_port`,"
        " `claimed_exemption` …",
    )
    dial_mode: DialMode = Field(
        DialMode.PRERECORDED,
        description="How its calls are placed, for channel `call`: `manual`, `predictive`, `atds`,"
        " `prerecorded` or `ai_voice`. Scripts are spoken by a machine, which the rules call"
        " prerecorded; say anything else only on counsel's word.",
    )
    answers_keywords: bool = Field(
        default=True,
        description="Its carrier or provider itself confirms the stop words that it knows (STOP,"
        " UNSUBSCRIBE …), as Twilio does for long codes and messaging services. Only a request in"
        " other words is then confirmed by us. Set it to false for a short code that answers none.",
    )


class Lender(Section):
    """A legal entity that contacts borrowers; its slug is the tenant."""

    name: str = Field(min_length=1, description="Name that borrowers know; messages open with it.")
    role: LenderRole = Field(
        description="What it is to the debt; chooses the compliance packs: `first_party`,"
        " `third_party`, `debt_buyer`, `agent_of_bank` …"
    )
    country: Country = Field(description="ISO 3166-1 country whose law it lends under.")
    timezone: Zone = Field(description="IANA zone of its book calendar: days past due turn there.")
    locale: LocaleTag = Field(description="Language of messages when a borrower stated none.")
    currency: Currency = Field(description="ISO 4217 currency of caps and costs.")
    licences: dict[str, str] = Field(
        default_factory=dict,
        description="Licence numbers by jurisdiction, as in `US-NY` or `CN`. That of `US-CA` is"
        " shown to borrowers in California, who may not be written to without it.",
    )
    packs: list[str] = Field(
        default_factory=list,
        description="Compliance packs beyond those that country and role select, by name.",
    )
    treatment: str | None = Field(
        None, description="Name of its treatment; without it the country's default applies."
    )
    scorecard: str = Field(
        "default",
        description="Name of the scorecard that makes its risk tiers, a file in `scorecards` of the"
        " configuration; docs/risk.md.",
    )
    phone: str = Field("", description="Number that borrowers may call; for message templates.")
    contact_person: str = Field(
        "", description="Name of a natural person to ask for, left on answering machines."
    )
    neutral_name: str = Field(
        "",
        description="Business name that doesn't tell that a debt is collected, for the same.",
    )
    pay_url: str = Field("", description="Page to pay at; messages link to it.")
    pay_channel: str = Field(
        "",
        description="Where to pay, in words and in its own language, as in `in the Harbor app`.",
    )
    complaint_phone: str = Field("", description="Number for complaints, where messages name it.")
    sms_signature: str = Field(
        "", description="Registered SMS signature without its brackets; its name when left out."
    )
    lender_class: str | None = Field(
        None,
        description="Class of license, where rules differ by it: `card_issuer`,"
        " `consumer_finance_company`, `bank`, `nbfc_small` … Left out, those of every class apply.",
    )
    flags: list[Slug] = Field(
        default_factory=list,
        description="What is so of it and rules ask for by name: `no_entrustment_agreement`,"
        " `entrustment_incomplete`, `agency_not_listed`, `no_impact_assessment`, `sub_agency`,"
        " `litigation` …",
    )
    mode: Literal["test", "team", "live"] = Field(
        "test",
        description="`test`: everything happens, but nothing leaves, a simulator answers. `team`:"
        " only `guests` are contacted for real. `live`: whom the rules allow. See docs/modes.md.",
    )
    guests: list[str] = Field(
        default_factory=list,
        max_length=500,
        repr=False,
        description="Numbers (E.164), e-mail addresses and tokens that mode `team` contacts.",
    )
    self_service: SelfService | None = Field(
        None,
        description="Its self-service page. Without this table its messages carry no link to one.",
    )
    sources: dict[Slug, Source] = Field(
        default_factory=dict, description="Senders of signals by slug, unique over all lenders."
    )
    senders: dict[Slug, Sender] = Field(
        default_factory=dict, description="What contacts come from, by slug."
    )
    agencies: dict[Slug, Agency] = Field(
        default_factory=dict, description="Agencies that debts may be placed with, by slug."
    )
    hand_offs: HandOffs = Field(
        default_factory=HandOffs,
        description="What holds for steps that only people take: cases for court, field visits,"
        " placements with agencies.",
    )
    letters: Letters = Field(
        default_factory=Letters, description="What holds for its letters; see docs/letters.md."
    )
    repayment: Repayment = Field(
        default_factory=Repayment,
        description="How payments divide and what early payoff costs, for products not in"
        " `products`; docs/repayments.md.",
    )
    products: dict[str, Repayment] = Field(
        default_factory=dict,
        description="The same for single products, by the platform's name of them. Each is"
        " complete: nothing is taken from `repayment`.",
    )
    task_deadlines: dict[TaskKind, Annotated[timedelta, Field(gt=timedelta(0))]] = Field(
        default_factory=dict,
        description="How long work for people may wait, by its kind: `hardship`, `dispute`,"
        " `complaint` …, as in `P5D`. Kinds left out wait as docs/tasks.md says.",
    )
    automatic_answers: tuple[Literal["promise", "help", "language"], ...] = Field(
        ("promise", "help", "language"),
        description="Replies that are answered by themselves, where the rules allow it: `promise`"
        " (the day and sum that were understood), `help` (whom to call), `language`.",
    )
    paid_claim_hold: timedelta = Field(
        timedelta(days=5),
        ge=timedelta(0),
        le=timedelta(days=60),
        description="How long nobody is asked for money who answers that it was paid, while"
        " somebody looks for the payment. ISO 8601 or seconds.",
    )
    daily_spend_cap: Decimal | None = Field(
        None,
        ge=0,
        max_digits=14,
        decimal_places=6,
        description="Most that its contacts may cost on one of its days, in its currency; once"
        " reached, contacts wait for the next day. None = no cap.",
    )


def _read_json(options: Any) -> Any:
    """Read lists and tables that a variable brought as JSON; plain text, as a token, stays text."""
    if not isinstance(options, dict):
        return options
    read = dict(options)
    for key, value in options.items():
        if isinstance(value, str) and value.startswith(("[", "{")):
            with suppress(ValueError):
                read[key] = json.loads(value)
    return read


class Provider(Section):
    """One account at one vendor."""

    adapter: str = Field(description="Which vendor's adapter; each has a table of options below.")
    options: Annotated[dict[str, Any], BeforeValidator(_read_json)] = Field(
        default_factory=dict,
        repr=False,
        description="The adapter's own options, among them its secrets; see the tables below.",
    )
    breaker_failures: int = Field(
        5,
        ge=1,
        le=1000,
        description="Failures in a row (no answer, or out of service) after which nothing is sent"
        " by this account but a single try from time to time, until one is answered.",
    )
    breaker_wait: timedelta = Field(
        timedelta(seconds=15),
        ge=timedelta(seconds=1),
        le=timedelta(hours=1),
        description="Until the first such try; doubled after each that fails, up to eight times"
        " this. ISO 8601 or seconds.",
    )
