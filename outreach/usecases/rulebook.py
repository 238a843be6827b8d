"""The packs, treatments and lenders of an installation, compiled once and asked by person."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

from outreach.compliance import CompiledPacks, Selection, compile_packs, decide, select_packs
from outreach.compliance.pack import Pack
from outreach.domain.decisions import Decision, Facts, ProposedAction
from outreach.domain.records import dataclass
from outreach.domain.treatment import Treatment, treatment_for
from outreach.usecases.lenders import LenderPlan

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
    ) -> None:
        self.packs = tuple(packs)
        self.treatments = tuple(treatments)
        self.lenders = lenders
        self._judgments = lru_cache(maxsize=_RESIDENCES_KEPT)(self._judge)
        self._plans = lru_cache(maxsize=_RESIDENCES_KEPT)(self._plan)

    def judgment(self, lender: LenderPlan, residence: str | None) -> Judgment:
        """Return what a person of this residence is judged by when this lender contacts them."""
        return self._judgments(lender.role, residence, lender.packs)

    def treatment(self, lender: LenderPlan, product: str, locale: str) -> Treatment | None:
        """Return the plan for a loan; None if no treatment is meant for it."""
        return self._plans(lender.slug, product, locale.partition("-")[0])

    def _judge(self, role: str, residence: str | None, extra: tuple[str, ...]) -> Judgment:
        selection = select_packs(self.packs, role, residence, extra)
        return Judgment(selection, compile_packs(selection.packs))

    def _plan(self, slug: str, product: str, language: str) -> Treatment | None:
        lender = self.lenders[slug]
        if lender.treatment is not None:
            named = (one for one in self.treatments if one.name == lender.treatment)
            return next(named, None)
        return treatment_for(
            self.treatments,
            lender=slug,
            country=lender.country,
            product=product,
            role=lender.role,
            language=language,
        )
