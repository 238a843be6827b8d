"""What if: the same code as dispatch on a changed book, and nothing is sent or written."""

from datetime import timedelta
from typing import Any, Final

from outreach.domain.decisions import Verdict
from outreach.domain.standing import Due, Wait
from outreach.domain.vocabulary import Channel
from outreach.usecases.what_if import Comparison, Supposed, compare
from tests.e2e.service import NOON, Service, a_service

LATE: Final = NOON + timedelta(hours=10, minutes=40)


async def asked(service: Service, **changes: Any) -> Comparison:
    """Compare with something supposed; the clock stands still unless it is moved."""
    supposed = Supposed(**{"at": NOON, "step": "day-2", **changes})
    found = await compare(service.runtime, "acme", "LN-1", supposed, now=NOON)
    assert found is not None
    return found


def verdict(found: Comparison) -> Verdict:
    """Return what was decided on the last way that was tried."""
    return found.then.looked.trials[-1].decision.verdict


def against(found: Comparison) -> set[str]:
    """Return the rules that object as supposed."""
    return {one.rule.id for one in found.then.rules if one.reason is not None}


async def test_each_fact_that_is_changed_changes_the_verdict_and_nothing_is_sent(
    database_url: str, redis_url: str
) -> None:
    async with a_service(database_url, redis_url) as service:
        await service.post(service.borrower(), service.overdue(days=3))
        await service.fold()
        before = await service.rows("SELECT count(*) FROM contact_events")

        as_it_is = await asked(service, step="")
        assert as_it_is.now.looked == as_it_is.then.looked
        assert isinstance(as_it_is.then.looked.answer, Due)
        assert "day-2" in as_it_is.steps
        assert verdict(await asked(service)) is Verdict.ALLOW
        late = await asked(service, at=LATE)
        assert verdict(late) is Verdict.DEFER
        assert "outreach.waking_hours" in against(late)
        west = await asked(service, at=NOON - timedelta(hours=4), zone="America/Los_Angeles")
        assert verdict(west) is Verdict.DEFER
        verdicts = {
            "zone": verdict(await asked(service, zone="unknown")),
            "residence": verdict(await asked(service, residence="unknown")),
            "abroad": verdict(await asked(service, residence="AQ")),
            "opt-out": verdict(await asked(service, opt_outs="all")),
            "hold": verdict(await asked(service, hold="cease")),
        }
        assert verdicts == dict.fromkeys(verdicts, Verdict.BLOCK)
        assert verdict(await asked(service, opt_outs="none", hold="none")) is Verdict.ALLOW

        early = await asked(service, step="", days_past_due=-20)
        assert early.then.days_past_due == 0
        assert isinstance(early.then.looked.answer, Wait)
        older = await asked(service, step="", days_past_due=30)
        assert older.then.days_past_due == 30
        assert older.now.days_past_due == 3
        called = await asked(service, contacts=8, contacts_channel=Channel.CALL, consent="call")
        assert len(called.then.looked.facts.ledger) == 8 if called.then.looked.facts else False
        mailed = await asked(service, channel=Channel.EMAIL)
        assert mailed.then.looked.trials == ()

        nobody = Supposed(at=NOON)
        assert await compare(service.runtime, "acme", "LN-404", nobody, now=NOON) is None
        assert await service.rows("SELECT count(*) FROM contact_events") == before
        assert service.twilio.creates == []
