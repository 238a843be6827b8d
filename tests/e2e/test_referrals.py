"""Cases for court, from outside: proposed, approved, packed, told of."""

import json
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from outreach.domain.hand_offs import HandOffError, HandOffKind, state_of
from outreach.store.pauses import Pause
from outreach.usecases.explain import explain_loan
from outreach.usecases.following_up import follow_up
from outreach.usecases.handing_off import (
    Approver,
    RefusedError,
    approve,
    take_step,
)
from outreach.usecases.pausing import Said, place
from outreach.usecases.proving import prove
from tests.e2e.late import COUNTRIES, late, later, only
from tests.e2e.service import NOON, Service


def told(service: Service, step: str, ref: str, **said: str) -> dict[str, Any]:
    """Return a platform's word on a case."""
    return service.signal(
        f"referral.{step}",
        "loan/LN-1",
        loan={"id": "LN-1", "currency": "USD"},
        referral={"id": ref, "at": service.now.isoformat(), **said},
    )


@pytest.mark.parametrize("country", COUNTRIES)
async def test_a_case_from_its_proposal_to_the_judgment(
    database_url: str, redis_url: str, tmp_path: Path, country: str
) -> None:
    async with late((database_url, redis_url), tmp_path, country, 121) as service:
        runtime = service.runtime
        await service.dispatch()

        kept = await only(service, HandOffKind.REFERRAL)
        ref = kept.hand_off.ref
        assert (state_of(kept.hand_off), kept.hand_off.opened_by) == ("proposed", "service")
        assert kept.hand_off.needs == ("lawsuit_referral",)
        [contact] = await service.contacts()
        assert (contact["channel"], contact["outcome"]) == ("records", "released")
        [task] = await service.rows("SELECT kind, ref FROM tasks WHERE done_at IS NULL")
        assert task == {"kind": "referral", "ref": ref}
        [row] = await service.log()
        assert (row["kind"], row["hand_off"]["ref"], row["verdict"]) == ("decided", ref, "allow")
        await service.move_to(service.now + timedelta(minutes=5))
        await service.dispatch()
        assert len(await service.contacts()) == 1, "it is proposed once"

        approver = Approver("Bea", "legal")
        await approve(runtime, ref, approver, now=service.now, terms={})
        done = await follow_up(runtime, now=service.now, wall=runtime.clock.wall_now())
        [written] = done.written
        check_package(written.path, ref)
        assert (await follow_up(runtime, now=service.now, wall=NOON)).written == []

        # While the case is open nobody is asked to pay by us.
        await later(service, country, 9, 130)
        assert len(await service.contacts()) == 1
        [explained] = await explain_loan(runtime, ["acme"], "LN-1", at=service.now, now=service.now)
        assert "outreach.hold" in {one.rule for one in explained.looked.reasons}

        await service.post(told(service, "filed", ref, court="Queens County", case_no="17/26"))
        await service.post(told(service, "accepted", ref))
        await service.fold()
        kept = await only(service, HandOffKind.REFERRAL)
        assert state_of(kept.hand_off) == "filed"
        assert kept.hand_off.marks["filed"].told["case_no"] == "17/26"
        with pytest.raises(HandOffError, match="not_now"):
            await take_step(runtime, ref, "accepted", by="Bea", told={}, now=service.now)
        await take_step(
            runtime, ref, "judged", by="Bea", told={"result": "for us"}, now=service.now
        )

        kept = await only(service, HandOffKind.REFERRAL)
        assert state_of(kept.hand_off) == "judged"
        [task] = await service.rows("SELECT outcome FROM tasks")
        assert task["outcome"] == "judged"
        steps = [row for row in await service.log() if row["kind"] == "hand_off"]
        assert [one["state"] for one in steps if "step" in one] == [
            "referred",
            "filed",
            "filed",
            "judged",
        ]


def check_package(folder: Path, ref: str) -> None:
    """Check a package: complete, as its manifest says, provable; and that a change is noticed."""
    manifest = json.loads((folder / "manifest.json").read_text())
    assert (manifest["case"], manifest["loan"]) == (ref, "LN-1")
    paths = {one["path"] for one in manifest["files"]}
    assert paths >= {
        "summary.html",
        "summary.pdf",
        "borrower.json",
        "loan.json",
        "schedule.csv",
        "payments.csv",
        "contact-log.jsonl",
        "contact-log.csv",
        "seals.json",
    }
    for one in manifest["files"]:
        assert sha256((folder / one["path"]).read_bytes()).hexdigest() == one["sha256"]
    loan = json.loads((folder / "loan.json").read_text())
    assert loan["past_due_minor"] == 24750
    assert loan["days_past_due"] == 121
    lines = (folder / "contact-log.jsonl").read_text().splitlines()
    entries = [json.loads(line) for line in lines]
    assert [one["kind"] for one in entries] == ["decided", "hand_off"]
    assert all(one["seal_id"] for one in entries)
    assert prove(folder) == []
    assert oct(folder.stat().st_mode & 0o077) == "0o0"

    log = folder / "contact-log.jsonl"
    kept = log.read_bytes()
    log.write_bytes(kept.replace(b'"kind":"decided"', b'"kind":"blocked"'))
    assert prove(folder) == ["contact-log.jsonl was changed since"]
    log.write_bytes(kept)
    assert prove(folder) == []


async def test_a_withdrawn_case_lets_outreach_go_on_and_a_strange_one_raises_an_alert(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with late((database_url, redis_url), tmp_path, "US", 121) as service:
        await service.dispatch()
        ref = (await only(service, HandOffKind.REFERRAL)).hand_off.ref
        approver = Approver("Bea", "legal")
        await approve(service.runtime, ref, approver, now=service.now, terms={})
        await service.post(told(service, "withdrawn", ref, reason="settled"))
        await service.post(told(service, "filed", "9-" + "a" * 32))
        await service.fold()

        assert state_of((await only(service, HandOffKind.REFERRAL)).hand_off) == "withdrawn"
        [alert] = await service.rows("SELECT kind FROM alerts WHERE kind LIKE 'referral%'")
        assert alert["kind"] == "referral_unknown"
        await later(service, "US", 9, 130)
        assert [one["channel"] for one in await service.contacts()] == ["records", "sms"]


async def test_what_was_disputed_or_paid_since_can_not_be_approved(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with late((database_url, redis_url), tmp_path, "US", 121) as service:
        await service.dispatch()
        ref = (await only(service, HandOffKind.REFERRAL)).hand_off.ref
        approver = Approver("Bea", "legal")
        bankruptcy = {
            "status": "filed",
            "jurisdiction": "US",
            "case_ref": "26-1",
            "filed_on": "2026-11-20",
        }
        subject, who = "borrower/BR-1", {"id": "BR-1"}
        await service.post(
            service.signal("borrower.bankruptcy", subject, borrower=who, bankruptcy=bankruptcy)
        )
        await service.fold()
        with pytest.raises(RefusedError, match=r"outreach\.hold"):
            await approve(service.runtime, ref, approver, now=service.now, terms={})
        await service.post(service.payment())
        await service.fold()
        with pytest.raises(HandOffError, match="nothing_owed"):
            await approve(service.runtime, ref, approver, now=service.now, terms={})
        done = await follow_up(service.runtime, now=service.now, wall=NOON)

        assert (done.ended, done.written) == (1, [])
        assert state_of((await only(service, HandOffKind.REFERRAL)).hand_off) == "withdrawn"


async def test_a_pause_stops_people_too(database_url: str, redis_url: str, tmp_path: Path) -> None:
    async with late((database_url, redis_url), tmp_path, "US", 121) as service:
        await service.dispatch()
        ref = (await only(service, HandOffKind.REFERRAL)).hand_off.ref
        await place(
            service.runtime,
            Pause("acme", "channel", "records"),
            Said("Ann", "counsel asked", service.now, service.runtime.clock.wall_now()),
        )
        approver = Approver("Bea", "legal")
        with pytest.raises(RefusedError, match=r"dispatch\.paused"):
            await approve(service.runtime, ref, approver, now=service.now, terms={})
        assert state_of((await only(service, HandOffKind.REFERRAL)).hand_off) == "proposed"
