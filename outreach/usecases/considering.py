"""One person, one look: which contact is due, whether it is allowed, and with which words.

No IO and no clock: dispatch, explain and replay call the same function on the same facts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime, tzinfo
from typing import Final

from outreach.domain.ledger import PastContact
from outreach.domain.loans import LoanState, is_fresh
from outreach.domain.merging import choose_for_person
from outreach.domain.records import dataclass
from outreach.domain.risk import Assessment
from outreach.domain.standing import Standing, Wait
from outreach.domain.treatment import Treatment
from outreach.domain.vocabulary import Channel
from outreach.facts.addresses import ON_FILE, addresses_of
from outreach.facts.assemble import LenderFacts, facts_of, zone_evidence
from outreach.facts.matters import opted_out
from outreach.facts.money_events import was_paid_off_lately
from outreach.facts.standings import Whose, standing_of, zone
from outreach.rendering.catalog import Catalog
from outreach.store.books import PersonBook
from outreach.store.pauses import NO_STOPS, Stops
from outreach.usecases.as_if_due import as_if_due
from outreach.usecases.lenders import LenderPlan
from outreach.usecases.risk import assess_book, tier_of
from outreach.usecases.rulebook import Rulebook
from outreach.usecases.trying import Look, Looked

NO_LENDER: Final = "dispatch.no_lender"
NO_TREATMENT: Final = "dispatch.no_treatment"


@dataclass(frozen=True, slots=True)
class Considering:
    """Looks at people with one installation's packs, treatments, templates and lenders."""

    rulebook: Rulebook
    catalog: Catalog
    _facts: dict[str, LenderFacts] = field(default_factory=dict)

    def look(
        self,
        book: PersonBook,
        past: Sequence[PastContact],
        heartbeats: Mapping[tuple[str, str], datetime],
        now: datetime,
        *,
        stops: Stops = NO_STOPS,
    ) -> Looked:
        """Choose, render and judge for one person at business time `now`.

        Args:
            book: The person's loans, open cases, profile, holds and opt-outs.
            past: Earlier contacts, oldest first.
            heartbeats: When each (lender, source) was last heard of.
            now: Aware.
            stops: What must not be used.
        """
        lender = self.rulebook.lenders.get(book.tenant_id)
        if lender is None:
            return Looked(None, None, refusal=NO_LENDER)
        locale = book.person.profile.locale or lender.locale
        risks = assess_book(self.rulebook.scorecard_of(lender.slug), book, past, now)
        plans = self._plans(book, past, heartbeats, lender, locale, now, risks)
        if not plans:
            refusal = NO_TREATMENT if any(loan.is_open for loan in book.loans.values()) else ""
            return Looked(choose_for_person((), now), lender, refusal=refusal, risks=risks)
        answer = choose_for_person(plans, now)
        if isinstance(answer, Wait):
            return Looked(answer, lender, risks=risks)
        look = self._face(book, past, lender, locale, now, stops)
        return replace(look.without_held(plans, look.at(answer, plans)), risks=risks)

    def suppose(
        self,
        book: PersonBook,
        past: Sequence[PastContact],
        heartbeats: Mapping[tuple[str, str], datetime],
        now: datetime,
        asked: tuple[str, Channel | None],
        *,
        stops: Stops = NO_STOPS,
    ) -> Looked | None:
        """Judge a step as if it were due; None where no treatment of the person has it.

        For looking only: what is due is for `look` to say.

        Args:
            book: As for `look`, and so are the other arguments.
            past: Earlier contacts, oldest first.
            heartbeats: When each (lender, source) was last heard of.
            now: Aware.
            asked: Key of the step, and the one channel to try; None: all of the step's.
            stops: What must not be used.
        """
        lender = self.rulebook.lenders.get(book.tenant_id)
        if lender is None:
            return None
        locale = book.person.profile.locale or lender.locale
        risks = assess_book(self.rulebook.scorecard_of(lender.slug), book, past, now)
        plans = self._plans(book, past, heartbeats, lender, locale, now, risks)
        due = as_if_due(plans, *asked, now)
        if due is None:
            return None
        return replace(
            self._face(book, past, lender, locale, now, stops).at(due, plans), risks=risks
        )

    def _face(
        self,
        book: PersonBook,
        past: Sequence[PastContact],
        lender: LenderPlan,
        locale: str,
        now: datetime,
        stops: Stops,
    ) -> Look:
        facts = facts_of(
            book.person,
            tuple(book.loans.values()),
            book.cases,
            past=past,
            suppressed=book.suppressions,
            lender=self._lender_facts(lender),
            now=now,
        )
        judgment = self.rulebook.judgment(lender, facts)
        return Look(self.catalog, book, past, stops, lender, locale, facts, judgment, now)

    def _lender_facts(self, lender: LenderPlan) -> LenderFacts:
        found = self._facts.get(lender.slug)
        if found is None:
            found = lender_facts(lender)
            self._facts[lender.slug] = found
        return found

    def _plans(
        self,
        book: PersonBook,
        past: Sequence[PastContact],
        heartbeats: Mapping[tuple[str, str], datetime],
        lender: LenderPlan,
        locale: str,
        now: datetime,
        risks: Mapping[int, Assessment],
    ) -> list[tuple[Treatment, Standing]]:
        rulebook = self.rulebook
        whose = Whose(
            person_id=book.person_id,
            person=book.person,
            past=past,
            past_cases=book.past_cases,
            zones=_zones(book),
            addresses=addresses_of(book.person) | ON_FILE,
            may_be_thanked=not opted_out(book.person, book.suppressions),
            lender=lender.slug,
            role=lender.role,
            language=locale.partition("-")[0],
        )
        plans = []
        for loan in book.loans.values():
            if not loan.is_open and not was_paid_off_lately(loan, loan.today(now)):
                continue
            fresh = may_be_trusted(loan, lender, heartbeats, now)
            case = book.cases.get(loan.loan_id)
            tier = tier_of(risks, loan.loan_id)
            standing = standing_of(whose, loan, case, fresh=fresh, now=now, risk_tier=tier)
            treatment = rulebook.treatment(lender, standing, now)
            if treatment is not None:
                plans.append((treatment, standing))
        return plans


def lender_facts(lender: LenderPlan) -> LenderFacts:
    """Return what rules ask about the contacting side."""
    flags = dict.fromkeys(lender.flags, True)
    return LenderFacts(lender.role, lender.timezone, lender.lender_class, flags)


def may_be_trusted(
    loan: LoanState,
    lender: LenderPlan,
    heartbeats: Mapping[tuple[str, str], datetime],
    now: datetime,
) -> bool:
    """Say whether what is known of a loan may be acted on.

    What a complete source told holds while that source is alive; a hint is good for a day. A
    source that is no longer configured can't be trusted.
    """
    source = lender.sources.get(loan.source)
    if source is None:
        return False
    heard = heartbeats.get((lender.slug, loan.source))
    alive = heard is not None and now - heard <= source.silent_after
    return is_fresh(loan, now, complete=source.freshness == "complete", source_alive=alive)


def _zones(book: PersonBook) -> tuple[tzinfo, ...]:
    evidence = zone_evidence(book.person)
    declared = [one.zone for one in evidence if one.kind == "declared"]
    return tuple(zone(name) for name in dict.fromkeys(declared or [e.zone for e in evidence]))
