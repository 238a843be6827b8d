"""Which treatment, in which version, a loan gets: asked for every loan at every look."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import lru_cache, partial
from typing import Final

from outreach.domain.choosing import stage_entered_on
from outreach.domain.condition_facts import condition_facts
from outreach.domain.local_time import local_date
from outreach.domain.segments import Segmented, treatment_for
from outreach.domain.standing import Standing
from outreach.domain.treatment import Treatment
from outreach.domain.versions import Version, by_name, in_force, version_for
from outreach.usecases.lenders import LenderPlan

_KEPT: Final = 2_048
_DAYS_KEPT: Final = 64
EVER: Final = date.min
"""Since when a version is in force that names no date and has no predecessor on record."""


class Treating:
    """Every version of every treatment, asked by loan."""

    def __init__(self, versions: Iterable[Version], lenders: Mapping[str, LenderPlan]) -> None:
        """Take the versions in any order; a date of the file's own goes before the one given."""
        self.versions = by_name(versions)
        self._lenders = lenders
        every = [one.treatment for versions in self.versions.values() for one in versions]
        self._asks_person = any(segment.asks_person for one in every for segment in one.segments)
        self._is_dated = any(len(one) > 1 for one in self.versions.values()) or any(
            one.effective_from or one.effective_to for one in every
        )
        self._current = lru_cache(maxsize=_DAYS_KEPT)(self._in_force)
        self._plain = lru_cache(maxsize=_KEPT)(self._plan)

    def treatment(self, lender: LenderPlan, standing: Standing, now: datetime) -> Treatment | None:
        """Return the plan for a loan at business time `now`; None if none is meant for it."""
        today = local_date(now, standing.lender_zone) if self._is_dated else EVER
        if lender.treatment is None and self._asks_person:
            chosen = treatment_for(self._current(today), _segmented(lender, standing, now))
        else:
            chosen = self._plain(lender.slug, standing.product, standing.language, today)
        if chosen is None or len(self.versions[chosen.name]) == 1:
            return chosen
        entered = partial(stage_entered_on, standing=standing, now=now)
        return version_for(self.versions[chosen.name], standing.opened_on, today, entered)

    def _in_force(self, today: date) -> tuple[Treatment, ...]:
        found = (in_force(versions, today) for versions in self.versions.values())
        return tuple(one for one in found if one is not None)

    def _plan(self, slug: str, product: str, language: str, today: date) -> Treatment | None:
        lender, current = self._lenders[slug], self._current(today)
        if lender.treatment is not None:
            return next((one for one in current if one.name == lender.treatment), None)
        loan = Segmented(
            lender=slug,
            country=lender.country,
            product=product,
            role=lender.role,
            language=language,
        )
        return treatment_for(current, loan)


def as_versions(treatments: Iterable[Treatment]) -> list[Version]:
    """Return what is in the files, each in force since its own date or ever."""
    return [Version(one, one.effective_from or EVER) for one in treatments]


def _segmented(lender: LenderPlan, standing: Standing, now: datetime) -> Segmented:
    return Segmented(
        lender=lender.slug,
        country=lender.country,
        product=standing.product,
        role=lender.role,
        language=standing.language,
        residence=standing.residence,
        risk_tier=standing.risk_tier,
        payer=standing.history.payer,
        amount_minor=standing.total_minor,
        currency=standing.currency,
        facts=condition_facts(standing, now),
    )
