"""Which packs an action is judged by, and why each was chosen or left out.

A pack is chosen by what the lender is to the debt, by what is owed and where the account stands,
by where the person lives, and by where they seem to be. What isn't known never leaves a pack out.
"""

from collections.abc import Iterable
from typing import Final

from outreach.compliance.pack import Pack
from outreach.domain.decisions import Decision, Reason, Verdict
from outreach.domain.records import dataclass
from outreach.domain.residences import country_of, lies_in

NO_PACK: Final = "engine.no_pack"


@dataclass(frozen=True, slots=True)
class Choice:
    """One pack, whether it applies, and the cause: a stable word, not a sentence.

    Causes of a choice: `everywhere`, `country`, `region`, `region_unknown` (it may be that one),
    `whereabouts` (the person seems to be there), `added` (the lender names it), `draft` (recorded
    only). Causes against: `role`, `product`, `stage`, `country`, `region`, `residence_unknown`,
    `not_named` (it asks to be), and `unknown` (the lender names a pack that there isn't).
    """

    pack: str
    chosen: bool
    cause: str


@dataclass(frozen=True, slots=True)
class Selection:
    """The packs that apply, in the order of their ids, with every pack's choice explained.

    `refusal` is set where no pack knows the law of the person's residence, or where a pack that
    the lender names doesn't exist: nothing may be sent.
    """

    packs: tuple[Pack, ...]
    choices: tuple[Choice, ...]
    refusal: Decision | None = None


@dataclass(frozen=True, slots=True)
class _Situation:
    """What packs are chosen by; see `select_packs`."""

    role: str
    residence: str | None
    named: frozenset[str]
    whereabouts: frozenset[str]
    products: frozenset[str]
    stage: str | None


def select_packs(
    packs: Iterable[Pack],
    role: str,
    residence: str | None,
    extra: Iterable[str] = (),
    *,
    whereabouts: Iterable[str] = (),
    products: Iterable[str] = (),
    stage: str | None = None,
) -> Selection:
    """Choose the packs that a contact is judged by.

    Args:
        packs: All packs there are; their ids are distinct.
        role: What the contacting entity is to the debt (`vocabulary.LenderRole`).
        residence: As `outreach.domain.residences` writes it; None if unknown. Where a country is
            known but not its region, the packs of all its regions apply, and where a region is
            known but not the city, those of all its cities.
        extra: Ids of packs that the lender's settings name. They apply wherever the person lives,
            except the `opt_in` ones, which then apply as they require.
        whereabouts: Countries in which the person may be now. Their packs apply as well.
        products: Kinds of the loans it is about, as the platform calls them; empty if unknown.
        stage: As in `Facts.stage`; None if unknown.

    Returns:
        The selection. Drafts in it are shadows, unless named. Its refusal names `engine.no_pack`
        when no pack of the country of residence applies, or when `extra` names one there isn't.
    """
    named = frozenset(extra)
    situation = _Situation(
        role, residence, named, frozenset(whereabouts), frozenset(products), stage
    )
    chosen: list[Pack] = []
    choices: list[Choice] = []
    is_known = False
    unknown = set(named)
    for pack in sorted(packs, key=lambda pack: pack.id):
        unknown.discard(pack.id)
        choice = _choose(pack, situation)
        choices.append(choice)
        if choice.chosen:
            is_shadow = pack.draft and pack.id not in named
            chosen.append(pack.shadowed() if is_shadow else pack)
            is_known = is_known or (not is_shadow and _knows_the_law(pack, residence))
    choices += [Choice(name, chosen=False, cause="unknown") for name in sorted(unknown)]
    refusal = None if is_known and not unknown else _refusal(situation, chosen, sorted(unknown))
    return Selection(tuple(chosen), tuple(choices), refusal)


def _choose(pack: Pack, situation: _Situation) -> Choice:
    requires = pack.requires
    is_named = pack.id in situation.named
    if requires.roles and situation.role not in requires.roles:
        return Choice(pack.id, chosen=False, cause="role")
    if pack.opt_in and not is_named:
        return Choice(pack.id, chosen=False, cause="not_named")
    if (
        requires.products
        and situation.products
        and requires.products.isdisjoint(situation.products)
    ):
        return Choice(pack.id, chosen=False, cause="product")
    if requires.stages and situation.stage and situation.stage not in requires.stages:
        return Choice(pack.id, chosen=False, cause="stage")
    is_there, cause = _place(pack, situation)
    if is_named and (is_there or not pack.opt_in):
        return Choice(pack.id, chosen=True, cause="added")
    return Choice(pack.id, is_there, "draft" if is_there and pack.draft else cause)


def _place(pack: Pack, situation: _Situation) -> tuple[bool, str]:
    """Say whether a pack is for where the person lives, or else for where they seem to be."""
    requires, residence = pack.requires, situation.residence
    if not (requires.countries or requires.regions):
        return True, "everywhere"
    countries = requires.countries or frozenset(map(country_of, requires.regions))
    if not countries.isdisjoint(situation.whereabouts):
        return True, "whereabouts"
    if residence is None:
        return False, "residence_unknown"
    if country_of(residence) not in countries:
        return False, "country"
    if not requires.regions:
        return True, "country"
    answers = {lies_in(residence, region) for region in requires.regions}
    if True in answers:
        return True, "region"
    return (True, "region_unknown") if None in answers else (False, "region")


def _knows_the_law(pack: Pack, residence: str | None) -> bool:
    """Tell whether a chosen pack is one of the country that the person lives in."""
    return (
        residence is not None
        and country_of(residence) in pack.requires.countries
        and pack.sufficient
        and not pack.opt_in
    )


def _refusal(situation: _Situation, chosen: Iterable[Pack], unknown: list[str]) -> Decision:
    parameters: dict[str, object] = {"role": situation.role, "residence": situation.residence}
    if situation.residence is None:
        parameters["missing"] = "residence"
    if unknown:
        parameters["unknown"] = unknown
    is_missing = situation.residence is None and not unknown
    return Decision(
        Verdict.BLOCK,
        (Reason(NO_PACK, NO_PACK, Verdict.BLOCK, parameters),),
        needs=("residence",) if is_missing else ("pack",),
        packs=tuple((pack.id, pack.content_hash) for pack in chosen),
    )
