"""Which packs an action is judged by, and why each was chosen or left out."""

from collections.abc import Iterable
from typing import Final

from outreach.compliance.pack import Pack
from outreach.domain.decisions import Decision, Reason, Verdict
from outreach.domain.records import dataclass

NO_PACK: Final = "engine.no_pack"


@dataclass(frozen=True, slots=True)
class Choice:
    """One pack, whether it applies, and the cause: a stable word, not a sentence."""

    pack: str
    chosen: bool
    cause: str


@dataclass(frozen=True, slots=True)
class Selection:
    """The packs that apply, in the order of their ids, with every pack's choice explained.

    `refusal` is set where no pack knows the law of the person's residence: nothing may be sent.
    """

    packs: tuple[Pack, ...]
    choices: tuple[Choice, ...]
    refusal: Decision | None = None


def select_packs(
    packs: Iterable[Pack], role: str, residence: str | None, extra: Iterable[str] = ()
) -> Selection:
    """Choose packs by the lender's role and the person's residence.

    Args:
        packs: All packs there are; their ids are distinct.
        role: What the contacting entity is to the debt (`vocabulary.LenderRole`).
        residence: ISO 3166-1 code, or 3166-2 where the region is known; None if unknown. Where a
            country is known but not its region, the packs of all its regions apply.
        extra: Ids of packs that the lender adds whatever they require of the residence.

    Returns:
        The selection. Its refusal names `engine.no_pack` when no pack with a country applies.
    """
    added = frozenset(extra)
    chosen: list[Pack] = []
    choices: list[Choice] = []
    for pack in sorted(packs, key=lambda pack: pack.id):
        cause = _why_not(pack, role, residence, added=pack.id in added)
        choices.append(Choice(pack.id, not cause, cause or _why(pack, added)))
        if not cause:
            chosen.append(pack)
    refusal = None
    if not any(pack.requires.countries for pack in chosen):
        missing = {"missing": "residence"} if residence is None else {}
        reason = Reason(
            NO_PACK, NO_PACK, Verdict.BLOCK, {"role": role, "residence": residence, **missing}
        )
        refusal = Decision(
            Verdict.BLOCK,
            (reason,),
            needs=("residence",) if residence is None else ("pack",),
            packs=tuple((pack.id, pack.content_hash) for pack in chosen),
        )
    return Selection(tuple(chosen), tuple(choices), refusal)


def _why_not(pack: Pack, role: str, residence: str | None, *, added: bool) -> str:
    requires = pack.requires
    if requires.roles and role not in requires.roles:
        return "role"
    if added or not (requires.countries or requires.regions):
        return ""
    if residence is None:
        return "residence_unknown"
    country, _, region = residence.partition("-")
    if requires.countries and country not in requires.countries:
        return "country"
    if requires.regions and region and residence not in requires.regions:
        return "region"
    return ""


def _why(pack: Pack, added: frozenset[str]) -> str:
    if pack.id in added:
        return "added"
    if pack.requires.regions:
        return "region"
    return "country" if pack.requires.countries else "everywhere"
