"""Treatments from outside, on both countries' defaults: stages in turn, one contact, courtesies."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from outreach.config_files.treatments import read_treatments
from outreach.domain.experiments import HOLD_OUT, Arm, Experiment, arm_of
from outreach.facts.conditions import compile_condition
from outreach.usecases.borrower_story import tell_story
from outreach.usecases.treatment_versions import keep_versions
from tests.e2e.borrowing import CHINA, CHINESE
from tests.e2e.late import COUNTRIES, MORNING, overdue, someone
from tests.e2e.service import NOON, ROOT, US_NUMBER, Service, a_service

ADA: Final = "+12125550143"
SENDERS: Final = {"US": US_NUMBER, "CN": "MG" + "0b" * 16}
PHONES: Final = {"US": ADA, "CN": CHINESE}
SLOW: Final = """
treatment: slow
about: A reminder, then a text.
locale: en-US
segments: [{countries: [US]}]
on_change: ON_CHANGE
stages:
  - stage: early
    bucket: early
    from_day: 1
    to_day: 60
    steps:
      - key: one
        day: 1
        late_by: 30
        purpose: collection
        routes: [{channel: sms, template: overdue_early}]
      - key: two
        day: 32
        late_by: 5
        purpose: collection
        routes: [{channel: sms, template: overdue_early}]
"""


@asynccontextmanager
async def a_country(
    servers: tuple[str, str], country: str, **lender: Any
) -> AsyncIterator[Service]:
    """Run the service with one borrower who is known, and owes nothing yet."""
    at = NOON if country == "US" else MORNING
    changes = {**(CHINA if country == "CN" else {}), **lender}
    async with a_service(*servers, at=at, lender=changes) as service:
        await service.post(someone(service, country))
        await service.fold()
        yield service


async def day(service: Service, *signals: dict[str, Any]) -> None:
    """Fold what is told, contact whoever is due, fold the receipts."""
    await service.post(*signals)
    await service.fold()
    await service.dispatch()
    await service.receipts()


async def steps(service: Service) -> list[tuple[str, str]]:
    return [(one["step"], one["stage"]) for one in await service.contacts()]


@pytest.mark.parametrize("country", COUNTRIES)
async def test_a_loan_that_comes_45_days_late_begins_with_the_early_notice(
    database_url: str, redis_url: str, country: str
) -> None:
    async with a_country((database_url, redis_url), country) as service:
        for late in range(45, 56):
            await day(service, overdue(service, country, late))
            await service.move_to(service.now + timedelta(days=1))

        expected = {
            "US": [("day-2", "grace"), ("day-15", "early"), ("thirty", "mid")],
            "CN": [("m1-1", "grace"), ("m1-4", "early"), ("m1-8", "early"), ("m2", "mid")],
        }
        assert await steps(service) == expected[country]
        first = (await service.log())[0]
        assert (first["stage"], first["day"]) == ("grace", 45)


@pytest.mark.parametrize("country", COUNTRIES)
async def test_one_contact_covers_every_loan_that_is_overdue(
    database_url: str, redis_url: str, country: str
) -> None:
    def told(late: int) -> list[dict[str, Any]]:
        second = overdue(service, country, late + 3)
        second["subject"], second["data"]["loan"]["id"] = "loan/LN-2", "LN-2"
        return [overdue(service, country, late), second]

    async with a_country((database_url, redis_url), country) as service:
        for late in (2, 3, 4):
            await day(service, *told(late))
            await service.move_to(service.now + timedelta(days=1))

        [contact] = await service.contacts()
        assert len(contact["debts"]) == 2
        [text] = [one["body"] for one in service.twilio.messages.values()]
        assert {"US": "2 loans", "CN": "2笔贷款"}[country] in text
        assert {"US": "$495.00", "CN": "495.00"}[country] in text
        # The rules count it for each of the debts.
        rows = await service.rows("SELECT unnest(debts) AS debt, count(*) FROM contacts GROUP BY 1")
        assert [row["count"] for row in rows] == [1, 1]


@pytest.mark.parametrize("country", COUNTRIES)
async def test_a_cure_is_thanked_for_once_and_nobody_who_opted_out(
    database_url: str, redis_url: str, country: str
) -> None:
    without = {"treatment": f"{country.lower()}-default"}
    async with a_country((database_url, redis_url), country, **without) as service:
        await day(service, overdue(service, country, 2))
        payment = service.payment()
        payment["data"]["payment"]["currency"] = "USD" if country == "US" else "CNY"
        payment["data"]["loan"]["currency"] = payment["data"]["payment"]["currency"]
        await day(service, payment)
        for _ in range(4):
            await service.move_to(service.now + timedelta(days=1))
            await day(service)

        made = [step for step, _ in await steps(service)]
        told = [step for step in made if step in {"thanks", "receipt"}]
        assert len(told) == 1, made
        words = [one["body"] for one in service.twilio.messages.values()][-1].lower()
        assert {"US": "thank you", "CN": "感谢"}[country] in words

        async with service.runtime.db.acquire() as conn:
            [person] = {row["person_id"] for row in await service.contacts()}
            story = await tell_story(conn, service.runtime.vault, person, now=service.now)
        assert story is not None
        assert story.late_before == 1
        kinds = {moment.kind for moment in story.moments}
        assert {"payment", "case", "contact", "preference"} <= kinds
        assert [moment.at for moment in story.moments] == sorted(one.at for one in story.moments)


@pytest.mark.parametrize("country", COUNTRIES)
async def test_nobody_who_opted_out_is_thanked(
    database_url: str, redis_url: str, country: str
) -> None:
    async with a_country((database_url, redis_url), country) as service:
        await day(service, overdue(service, country, 2))
        assert await service.twilio.inbound(PHONES[country], SENDERS[country], "STOP") == 200
        await service.receipts()
        payment = service.payment()
        payment["data"]["payment"]["currency"] = "USD" if country == "US" else "CNY"
        payment["data"]["loan"]["currency"] = payment["data"]["payment"]["currency"]
        await day(service, payment)
        await service.move_to(service.now + timedelta(days=1))
        await day(service)

        assert "thanks" not in [step for step, _ in await steps(service)]


@pytest.mark.parametrize("country", COUNTRIES)
async def test_a_resolved_case_is_asked_about_and_the_answer_is_kept(
    database_url: str, redis_url: str, country: str
) -> None:
    def dispute(status: str) -> dict[str, Any]:
        return service.signal(
            "borrower.dispute",
            "borrower/BR-1",
            borrower={"id": "BR-1"},
            dispute={
                "id": "D-1",
                "status": status,
                "received_at": service.now.isoformat(),
                "contact_policy": "pause_collection",
            },
            loan={"id": "LN-1", "currency": "USD" if country == "US" else "CNY"},
        )

    async with a_country((database_url, redis_url), country) as service:
        await day(service, overdue(service, country, 2), dispute("opened"))
        assert await steps(service) == []
        await service.move_to(service.now + timedelta(days=1))
        await day(service, overdue(service, country, 3), dispute("rejected"))

        asked = (await service.contacts())[0]
        assert asked["step"] == "satisfaction"
        sent = await service.twilio.inbound(PHONES[country], SENDERS[country], "4")
        assert sent == 200
        await service.receipts()
        [contact] = [one for one in await service.contacts() if one["step"] == "satisfaction"]
        assert contact["disposition"] == "rated_4"
        assert await service.rows("SELECT * FROM tasks WHERE kind = 'reply_review'") == []
        rated = [row for row in await service.log() if "rated" in row]
        assert [row["rated"] for row in rated] == ["rated_4"]


async def test_who_is_in_which_arm_is_recorded_and_drawn_alike_in_sql(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    folder = a_config(tmp_path, "next_stage")
    file = folder / "treatments" / "slow.yaml"
    experiment = "experiment: {key: words, arms: [{key: plain, percent: 100}]}\nstages:"
    file.write_text(file.read_text().replace("stages:", experiment))
    options = {"config_dir": str(folder), "treatment": "slow"}

    async with a_country((database_url, redis_url), "US", **options) as service:
        await day(service, overdue(service, "US", 3))

        [contact] = await service.contacts()
        assert (contact["experiment"], contact["arm"]) == ("words", "plain")
        decided = (await service.log())[0]
        assert (decided["experiment"], decided["arm"]) == ("words", "plain")
        arms = Experiment("words", (Arm("a", 30), Arm("b", 60), Arm(HOLD_OUT, 10)))
        rows = await service.rows(
            """SELECT person, ('x' || left(encode(sha256(convert_to('words:' || person, 'UTF8')),
                                           'hex'), 8))::bit(32)::bigint % 100 AS slot
                 FROM generate_series(1, 300) AS person"""
        )
        for row in rows:
            slot = row["slot"]
            drawn = "a" if slot < 30 else "b" if slot < 90 else HOLD_OUT
            assert arm_of(arms, row["person"]) == drawn


def a_config(folder: Path, on_change: str) -> Path:
    """Write a configuration with one treatment of two steps."""
    config = folder / "config"
    (config / "treatments").mkdir(parents=True)
    for name in ("compliance", "scorecards"):
        (config / name).symlink_to(ROOT / "config" / name)
    words = SLOW.replace("ON_CHANGE", on_change)
    (config / "treatments" / "slow.yaml").write_text(words)
    return config


@pytest.mark.parametrize(("on_change", "made"), [("finish", ["one"]), ("at_once", ["one", "new"])])
async def test_a_running_case_moves_to_a_new_version_as_that_says(
    database_url: str, redis_url: str, tmp_path: Path, on_change: str, made: list[str]
) -> None:
    folder = a_config(tmp_path, on_change)
    options = {"config_dir": str(folder), "treatment": "slow"}
    async with a_country((database_url, redis_url), "US", **options) as service:

        async def start() -> None:
            files = read_treatments(folder / "treatments", compile_condition)
            await keep_versions(service.runtime, files, now=service.now)

        await start()
        await start()
        await day(service, overdue(service, "US", 3))
        await service.move_to(service.now + timedelta(days=5))
        file = folder / "treatments" / "slow.yaml"
        changed = file.read_text().replace("key: two\n        day: 32", "key: new\n        day: 8")
        file.write_text(changed)
        await start()
        await day(service, overdue(service, "US", 8))

        assert [step for step, _ in await steps(service)] == made
        kept = await service.rows("SELECT since, content_hash FROM treatment_versions ORDER BY 1")
        assert len({row["content_hash"] for row in kept}) == 2
        refs = {row["treatment"].partition("@")[2] for row in await service.contacts()}
        assert len(refs) == len(made)
