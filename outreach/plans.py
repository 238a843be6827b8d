"""What an installation's files and settings say, as the use cases ask for it."""

from collections.abc import Mapping

from outreach.channels import TOKENS, check_channel
from outreach.channels.provider import Provider
from outreach.config_files.packs import read_packs
from outreach.config_files.scorecards import load_scorecards
from outreach.config_files.treatments import Loaded, load_treatments, read_treatments
from outreach.domain.links import LinkMaker
from outreach.domain.product_rules import LenderProducts, Products
from outreach.domain.vocabulary import Channel
from outreach.facts.conditions import compile_condition
from outreach.rendering.catalog import Catalog, load_catalog
from outreach.settings import Settings
from outreach.settings.hand_offs import Agency
from outreach.settings.lenders import Lender
from outreach.settings.letters import Letters
from outreach.store.vault import Vault
from outreach.usecases.lenders import (
    MICROS,
    AgencyPlan,
    HandOffPlan,
    LawFirmPlan,
    LenderPlan,
    LetterPlan,
    Ramp,
    SenderPlan,
    SourcePlan,
    sender_attributes,
)
from outreach.usecases.rulebook import Rulebook


def load_words(settings: Settings) -> Catalog:
    """Read and compile the message templates."""
    return load_catalog(settings.templates_dir / "messages")


def treatment_files(settings: Settings) -> list[Loaded]:
    """Read the treatment files."""
    return read_treatments(settings.config_dir / "treatments", compile_condition)


def load_rulebook(settings: Settings, vault: Vault | None = None) -> Rulebook:
    """Read and compile packs and treatments, and take the lenders from the settings.

    Links to self-service pages are made with keys of the vault; without it nobody has any.
    """
    return Rulebook(
        read_packs(settings.config_dir / "compliance"),
        load_treatments(settings.config_dir / "treatments", compile_condition),
        {slug: _plan(slug, lender, settings, vault) for slug, lender in settings.lenders.items()},
        load_scorecards(settings.config_dir / "scorecards"),
    )


def check_channels(settings: Settings, providers: Mapping[str, Provider]) -> None:
    """Make sure that every sender's provider sends on its channel; see `check_channel`."""
    for slug, lender in settings.lenders.items():
        for name, sender in lender.senders.items():
            where = f"lenders.{slug}.senders.{name}"
            check_channel(where, sender.channel, providers[sender.provider])


def _tokens_of(settings: Settings, provider: str) -> tuple[str, ...]:
    """Return the kinds of push token that a provider's account sends to; none named is any."""
    return TOKENS.get(settings.providers[provider].adapter, ())


def links_of(slug: str, lender: Lender, vault: Vault | None) -> LinkMaker | None:
    """Return what makes a lender's links: its key of this generation, and the one before."""
    page = lender.self_service
    if page is None or vault is None:
        return None
    generations = (page.generation, page.generation - 1)
    in_texts = lender.country != "CN" if page.in_texts is None else page.in_texts
    return LinkMaker(
        page.base_url,
        page.life,
        tuple(vault.signing_key(f"self-service:{slug}:{one}") for one in generations if one),
        in_texts,
    )


def _plan(slug: str, lender: Lender, settings: Settings, vault: Vault | None) -> LenderPlan:
    cap = lender.daily_spend_cap
    return LenderPlan(
        slug=slug,
        name=lender.name,
        role=lender.role,
        country=lender.country,
        timezone=lender.timezone,
        locale=lender.locale,
        packs=tuple(lender.packs),
        treatment=lender.treatment,
        scorecard=lender.scorecard,
        lender_class=lender.lender_class,
        phone=lender.phone,
        complaint_phone=lender.complaint_phone,
        contact_person=lender.contact_person,
        neutral_name=lender.neutral_name,
        signature=lender.sms_signature,
        pay_channel=lender.pay_channel,
        licences=lender.licences,
        automatic_answers=frozenset(lender.automatic_answers),
        flags=tuple(lender.flags),
        pay_url=lender.pay_url,
        senders=tuple(
            SenderPlan(
                slug=name,
                channel=sender.channel,
                provider=sender.provider,
                address=sender.address,
                per_second=sender.rate_per_second,
                cost_micros_per_part=sender.cost_micros_per_part,
                prefixes=tuple(sender.country_prefixes),
                attributes=sender_attributes(
                    sender.address, sender.number_kind, sender.registrations, sender.flags
                ),
                answers_keywords=sender.answers_keywords,
                ramp=Ramp(sender.ramp_from, sender.ramp_start, sender.ramp_growth)
                if sender.ramp_from
                else None,
                kinds=_tokens_of(settings, sender.provider),
                dial_mode=sender.dial_mode if sender.channel is Channel.CALL else None,
            )
            for name, sender in lender.senders.items()
        ),
        sources={
            name: SourcePlan(source.freshness, source.silent_after)
            for name, source in lender.sources.items()
        },
        mode=lender.mode,
        guests=frozenset(one.casefold() if "@" in one else one for one in lender.guests),
        daily_cap_micros=None if cap is None else int(cap * MICROS),
        links=links_of(slug, lender, vault),
        agencies={name: _agency(name, one) for name, one in lender.agencies.items()},
        task_deadlines=lender.task_deadlines,
        products=_products(lender),
        hand_offs=HandOffPlan(
            approve=frozenset(lender.hand_offs.approve),
            while_referred=lender.hand_offs.while_referred,
            counsel=lender.hand_offs.counsel,
            visit_days=lender.hand_offs.visit_days,
            visit_link=lender.hand_offs.visit_link,
        ),
        letters=_letters(lender.letters),
    )


def _letters(told: Letters) -> LetterPlan:
    firm = told.law_firm
    plan = None
    if firm is not None:
        plan = LawFirmPlan(
            name=firm.name,
            licence=firm.licence,
            address=tuple(firm.address),
            phone=firm.phone,
            lawyer=firm.lawyer,
            lawyer_licence=firm.lawyer_licence,
        )
    return LetterPlan(tuple(told.address), plan, told.approve)


def products_of(settings: Settings) -> Products:
    """Return what lenders settled about repayment."""
    return Products({slug: _products(lender) for slug, lender in settings.lenders.items()})


def _products(lender: Lender) -> LenderProducts:
    named = {name: one.rules() for name, one in lender.products.items()}
    return LenderProducts(lender.repayment.rules(), named)


def _agency(slug: str, agency: Agency) -> AgencyPlan:
    """Return an agency; what its settings don't say is so counts as missing, in rules' words."""
    flags = {
        "agency_not_listed": not agency.listed,
        "no_entrustment_agreement": not agency.agreement,
        "entrustment_incomplete": not agency.agreement_complete,
        "no_impact_assessment": not agency.assessment,
        "sub_agency": agency.sub_agencies,
    }
    return AgencyPlan(
        slug=slug,
        name=agency.name,
        flags={name: True for name, is_so in flags.items() if is_so},
        fields=tuple(agency.fields),
        policy="" if agency.while_placed == "share" else agency.while_placed,
        agreement=agency.agreement,
        agreement_ends=agency.agreement_ends,
    )
