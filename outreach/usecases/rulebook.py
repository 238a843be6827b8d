"""The packs, treatments and lenders of an installation, compiled once and asked by person."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Final

from outreach.compliance import CompiledPacks, Selection, compile_packs, decide, select_packs
from outreach.compliance.pack import Pack
from outreach.domain.decisions import Decision, ProposedAction
from outreach.domain.known import Facts
from outreach.domain.records import dataclass
from outreach.domain.residences import country_of
from outreach.domain.scorecard import Scorecard
from outreach.domain.standing import Standing
from outreach.domain.treatment import Treatment
from outreach.domain.versions import Version
from outreach.facts.zones import countries_of_zones
from outreach.usecases.lenders import LenderPlan
from outreach.usecases.treating import Treating, as_versions

_RESIDENCES_KEPT: Final = 2_048


@dataclass(frozen=True, slots=True)
class Judgment:
    """The packs that one person's contacts are judged by, and why these."""

    selection: Selection
    compiled: CompiledPacks

    def decide(self, action: ProposedAction, facts: Facts) -> Decision:
        """Judge one action; a person for whom no pack knows the law is not contacted."""
        return self.selection.refusal or decide(action, facts, self.compiled)


class Rulebook:
    """Packs, treatments and lenders, as loaded at start."""

    def __init__(
        self,
        packs: Iterable[Pack],
        treatments: Iterable[Treatment],
        lenders: Mapping[str, LenderPlan],
        scorecards: Mapping[str, Scorecard] | None = None,
    ) -> None:
        self.packs = tuple(packs)
        self.lenders = lenders
        self.treating = Treating(as_versions(treatments), lenders)
        self.scorecards = scorecards or {}
        # What no pack asks about must not split the caches.
        self._asks_product = any(pack.requires.products for pack in self.packs)
        self._asks_stage = any(pack.requires.stages for pack in self.packs)
        self._judgments = lru_cache(maxsize=_RESIDENCES_KEPT)(self._judge)
        self._abroad = lru_cache(maxsize=_RESIDENCES_KEPT)(_abroad)
        self._compiled: dict[tuple[tuple[str, str], ...], CompiledPacks] = {}

    def judgment(self, lender: LenderPlan, facts: Facts) -> Judgment:
        """Return what a person is judged by when this lender contacts them."""
        zones = facts.zones
        said = bool(zones) and zones[0].kind == "declared"
        plausible = tuple([one.zone for one in zones if not said or one.kind == "declared"])
        products = frozenset[str]()
        if self._asks_product:
            kinds = {debt.product for debt in facts.debts.values()}
            products = frozenset() if None in kinds else frozenset(map(str, kinds))
        return self._judgments(
            lender.role,
            facts.residence,
            lender.packs,
            self._abroad(facts.residence, plausible),
            products,
            facts.stage if self._asks_stage else None,
        )

    @property
    def treatments(self) -> tuple[Treatment, ...]:
        """Every version of every treatment that a case may follow."""
        every = self.treating.versions.values()
        return tuple(one.treatment for versions in every for one in versions)

    def treatment(self, lender: LenderPlan, standing: Standing, now: datetime) -> Treatment | None:
        """Return the plan for a loan at `now`; None if no treatment is meant for it."""
        return self.treating.treatment(lender, standing, now)

    def know_versions(self, versions: Iterable[Version]) -> None:
        """Follow these versions from now on: those on record, beside those in the files."""
        self.treating = Treating(versions, self.lenders)

    def scorecard_of(self, slug: str) -> Scorecard | None:
        """Return what makes a lender's risk tiers; None if its settings name none that is there."""
        lender = self.lenders.get(slug)
        return self.scorecards.get(lender.scorecard) if lender is not None else None

    def _judge(
        self,
        role: str,
        residence: str | None,
        extra: tuple[str, ...],
        whereabouts: frozenset[str],
        products: frozenset[str],
        stage: str | None,
    ) -> Judgment:
        selection = select_packs(
            self.packs,
            role,
            residence,
            extra,
            whereabouts=whereabouts,
            products=products,
            stage=stage,
        )
        key = tuple((pack.id, pack.content_hash) for pack in selection.packs)
        compiled = self._compiled.get(key)
        if compiled is None:
            compiled = self._compiled[key] = compile_packs(selection.packs)
        return Judgment(selection, compiled)


def _abroad(residence: str | None, zones: tuple[str, ...]) -> frozenset[str]:
    """Return the countries other than that of the residence in which somebody may be."""
    home = {country_of(residence)} if residence else set()
    return countries_of_zones(zones) - home
