"""Treatments, rules, opt-outs and reports on their pages: whose they are, and what they show."""

import csv
import re
from datetime import timedelta
from io import StringIO

from outreach.config_files.packs import parse_raw
from outreach.config_files.treatments import read_treatment
from outreach.domain.operators import Role
from outreach.facts.conditions import compile_condition
from outreach.plans import treatment_files
from outreach.store.pack_versions import PackVersion, add_pack_versions
from outreach.store.treatment_versions import KeptVersion, add_versions
from outreach.usecases.insight import read_report, refresh_insights
from outreach.usecases.pack_versions import keep_packs
from outreach.usecases.report_sections import sections_of
from outreach.usecases.treatment_versions import keep_versions
from tests.e2e.service import NOON, Service, a_service
from tests.web.console import an_account, production

PATHS = (
    "/treatments", "/treatments/us-default", "/rules", "/packs/us-regf",
    "/rules/outreach.waking_hours", "/simulate", "/opt-outs", "/reports", "/reports/intensity",
    "/reports/intensity.csv",
)  # fmt: skip


async def a_day(service: Service) -> None:
    """Make a contact, hold another back, and bind an address."""
    runtime = service.runtime
    await service.post(service.borrower(), service.overdue(days=3))
    await service.fold()
    await service.dispatch()
    async with runtime.db.acquire() as conn:
        [row] = await conn.fetch("SELECT address_hmac FROM endpoints WHERE medium = 'phone'")
        await conn.execute(
            "INSERT INTO suppressions (tenant_id, address_hmac, medium, at, origin)"
            " VALUES ('acme', $1, 'sms', $2, 'reply'), ('acme', 'somebody', 'email', $3, 'provider')",
            row["address_hmac"], NOON, NOON - timedelta(days=2),
        )  # fmt: skip
        await conn.execute(
            "INSERT INTO contact_log_days VALUES ('acme', '2026-11-20', 'deferred',"
            " 'outreach.waking_hours', 'sms', 'collection', '', '', '', 12, 0)"
        )


async def test_what_pages_show_is_what_is_there_and_of_the_visitors_lender_alone(
    database_url: str, redis_url: str
) -> None:
    async with a_service(database_url, redis_url) as service:
        await a_day(service)
        await an_account(service)
        await an_account(service, "of.another", other={Role.ADMIN})
        runtime = service.runtime
        async with production(service) as browser:
            await browser.sign_in("of.another")
            for path in PATHS:
                status, _, text = await browser.get(path)
                assert (status, "Acme" in text) == (404, False), path
                status, _, _ = await browser.get(path, lender="acme")
                assert status == 404, path

            await browser.sign_in()
            _, _, waiting = await browser.get("/reports")
            assert "being counted" in waiting
            await keep_versions(runtime, treatment_files(runtime.settings), now=service.now)
            folder = runtime.settings.config_dir
            await keep_packs(runtime.db, [folder / "compliance/us-regf.yaml"], now=service.now)
            counted = await refresh_insights(
                runtime, {"acme": "USD"}, now=service.now, wall_now=runtime.clock.wall_now()
            )
            assert counted == 4
            again = await refresh_insights(
                runtime, {"acme": "USD"}, now=service.now, wall_now=runtime.clock.wall_now()
            )
            assert again == 0
            for path in PATHS:
                assert (await browser.get(path))[0] == 200, path

            _, _, listed = await browser.get("/opt-outs")
            assert "nobody we know any more" in listed
            assert "•••• " in listed
            assert "2125550123" not in listed
            form = {"lender": "acme", "loan": "LN-1"}
            status, location, _ = await browser.submit("/opt-outs", "/opt-outs", **form)
            assert (status, location.endswith("/stop")) == (303, True)
            form["loan"] = "LN-404"
            assert (await browser.submit("/opt-outs", "/opt-outs", **form))[0] == 422

            _, _, rule = await browser.get("/rules/outreach.waking_hours")
            assert "12 deferred" in rule
            _, _, pack = await browser.get("/packs/us-regf")
            assert "First version" in pack

            lender = runtime.considering.rulebook.lenders["acme"]
            kept = await read_report(runtime.db, lender, 30)
            assert kept is not None
            [section] = [one for one in sections_of(kept.figures, "zh") if one.key == "intensity"]
            status, _, text = await browser.get("/reports/intensity.csv", days="30", lang="zh")
            rows = list(csv.reader(StringIO(text.removeprefix("\ufeff"))))
            assert [tuple(row[:-1]) for row in rows] == [section.headings, *section.rows]
            assert (await browser.get("/reports/nothing"))[0] == 404


async def test_a_version_of_a_treatment_is_shown_beside_the_one_before(
    database_url: str, redis_url: str
) -> None:
    async with a_service(database_url, redis_url) as service:
        await an_account(service)
        runtime = service.runtime
        file = runtime.settings.config_dir / "treatments" / "us-default.yaml"
        now = read_treatment(file, compile_condition)
        older = {**now.content, "together_days": 9}
        async with runtime.db.acquire() as conn:
            since = NOON.date() - timedelta(days=9)
            await add_versions(
                conn, [KeptVersion("us-default", since, "older", older, NOON - timedelta(days=9))]
            )
        await keep_versions(runtime, [now], now=service.now)
        async with production(service) as browser:
            await browser.sign_in()
            current = now.treatment.content_hash
            page = {"version": current, "compare": ""}
            status, _, text = await browser.get("/treatments/us-default", **page)
            assert status == 200
            assert "together_days: 9 → 3" in text
            assert "Cases that run move to it with their next stage." in text
            assert text.count("<svg") == 3
            pack = runtime.settings.config_dir / "compliance" / "us-regf.yaml"
            raw = parse_raw(pack.read_text(encoding="utf-8"), str(pack))
            first = {**raw["rules"][0], "limit": 99}
            before = {**raw, "version": "2020.1", "rules": [first, *raw["rules"][1:]]}
            kept = PackVersion("2020.1", "older", before, NOON - timedelta(days=9))
            async with runtime.db.acquire() as conn:
                await add_pack_versions(conn, [("us-regf", kept)])
            await keep_packs(runtime.db, [pack], now=service.now)
            known = {one.id: one for one in runtime.considering.rulebook.packs}["us-regf"]
            _, _, text = await browser.get("/packs/us-regf", compare=known.content_hash)
            assert re.search(r'<del lang="en">99</del>.*<ins lang="en">7</ins>', text)
            place = "/treatments/us-default/draft"
            draft = file.read_text(encoding="utf-8").replace("together_days: 3", "together_days: 8")
            assert "together_days: 8" in draft
            status, location, _ = await browser.submit(place, place, lender="acme", draft=draft)
            assert (status, "together_days" in location) == (303, False)
            _, _, text = await browser.get(location)
            assert "together_days: 3 → 8" in text
            assert "Nothing to mend, nothing doubtful." in text
            bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
                f"{key}: &{key} [{','.join(['*' + chr(ord(key) - 1)] * 9)}]\n" for key in "bcdefgh"
            )
            for wrong, said in (
                ("treatment: [", "no YAML"),
                (bomb, "far too long"),
                ("a: &a {b: 1}\nc: {<<: [*a, *a]}", "write out"),
                (draft.replace("stages:", "stage:", 1), "stage"),
            ):
                _, location, _ = await browser.submit(place, place, lender="acme", draft=wrong)
                assert said in (await browser.get(location))[2]
            missing = await browser.get("/treatments/us-default", version="nothing")
            assert missing[0] == 404
