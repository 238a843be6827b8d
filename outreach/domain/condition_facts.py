"""The facts of one loan as expressions see them."""

from datetime import datetime
from typing import Final

from outreach.domain.conditions import Value
from outreach.domain.local_time import local_date
from outreach.domain.residences import country_of
from outreach.domain.standing import Standing
from outreach.domain.steps import OpenMatter
from outreach.domain.vocabulary import DeliveryState

NEVER_DAYS: Final = -1


def condition_facts(standing: Standing, now: datetime, arm: str = "") -> dict[str, Value]:
    """Return every fact of `outreach.domain.conditions.FACTS`; `now` is aware business time."""
    today = local_date(now, standing.lender_zone)
    cured, last = standing.history.cured_on, standing.last_contact_at
    return {
        "dpd": (today - standing.due_on).days if standing.due_on else 0,
        "amount_minor": standing.outstanding_minor,
        "total_minor": standing.total_minor,
        "currency": standing.currency,
        "product": standing.product,
        "lender": standing.lender,
        "role": standing.role,
        "language": standing.language,
        "country": country_of(standing.residence),
        "residence": standing.residence,
        "risk_tier": standing.risk_tier,
        "risk_bucket": standing.risk_bucket,
        "history": standing.history.payer.value,
        "late_before": standing.history.late_before,
        "days_since_cure": NEVER_DAYS if cured is None else (today - cured).days,
        "broken_promises": standing.broken_promises,
        "contacts": sum(
            1
            for done in standing.done
            if done.case_id == standing.case_id and done.state is not DeliveryState.RELEASED
        ),
        "days_since_contact": NEVER_DAYS
        if last is None
        else (today - local_date(last, standing.lender_zone)).days,
        "dispute_open": OpenMatter.DISPUTE in standing.open_matters,
        "hardship_open": OpenMatter.HARDSHIP in standing.open_matters,
        "provisional": standing.provisional,
        "arm": arm,
    }
