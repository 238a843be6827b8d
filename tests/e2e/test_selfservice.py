"""A link in a message opens the borrower's own page; what they tell there takes effect."""

import json
import re
from datetime import timedelta

import pytest

from outreach.store.people import event_aad
from outreach.store.tasks import note_aad
from outreach.usecases.selfservice_access import GUESSING_ALERT, LOCKED_ALERT, link_state
from outreach.usecases.selfservice_telling import URI
from tests.e2e.borrowing import COUNTRIES, Case, Visitor, a_case


@pytest.mark.parametrize("country", COUNTRIES)
async def test_a_promise_on_the_page_is_shown_as_told_and_pauses_outreach(
    database_url: str, redis_url: str, country: str
) -> None:
    async with a_case(database_url, redis_url, country) as case:
        visitor = case.visitor()
        assert len(case.link) <= 30
        asked = await visitor.get()
        assert "247.50" not in asked
        assert "1007" not in asked
        shown = await visitor.post("/check", digits=case.digits)
        for amount in ("247.50", "200.00", "40.00", "5.00", "2.50"):
            assert amount in shown
        assert ("3 days late" if country == "US" else "逾期3天") in shown

        await visitor.get("/promise")
        done = await visitor.post("/promise", amount="247.50", day="2026-11-30")
        assert ("noted your promise" if country == "US" else "还款承诺已记录") in done
        await case.service.fold()
        told = await visitor.get()

        assert (
            "You promised $247.50" if country == "US" else "您承诺在2026年11月30日前还款247.50元"
        ) in told
        [promise] = await case.service.rows("SELECT due_on, status FROM promises")
        assert (promise["due_on"].isoformat(), promise["status"]) == ("2026-11-30", "open")
        assert await case.later(5) == 0


@pytest.mark.parametrize("country", COUNTRIES)
async def test_who_tells_nothing_is_contacted_again(
    database_url: str, redis_url: str, country: str
) -> None:
    async with a_case(database_url, redis_url, country) as case:
        await case.visitor().enter(case.digits)

        assert await case.later(5) == 1


@pytest.mark.parametrize("country", COUNTRIES)
async def test_hardship_told_on_the_page_stops_contact_at_once(
    database_url: str, redis_url: str, country: str
) -> None:
    async with a_case(database_url, redis_url, country) as case:
        visitor = case.visitor()
        await visitor.enter(case.digits)
        await visitor.get("/hardship")
        await visitor.post("/hardship", kind="income_loss", note="Lost my job <b>in May</b>")
        await case.service.fold()
        shown = await visitor.get()

        assert (
            "You asked for help: Less income" if country == "US" else "您申请了协商：收入减少"
        ) in shown
        assert ("We have paused outreach" if country == "US" else "我们已暂停") in shown
        [hold] = await case.service.rows("SELECT kind, policy FROM holds")
        assert (hold["kind"], hold["policy"]) == ("hardship", "pause_collection")
        assert "Lost my job <b>in May</b>" in await work(case)
        assert await case.later(5) == 0


@pytest.mark.parametrize("country", COUNTRIES)
async def test_a_suggestion_is_shown_with_its_arithmetic_and_only_asked_for(
    database_url: str, redis_url: str, country: str
) -> None:
    async with a_case(database_url, redis_url, country) as case:
        visitor = case.visitor()
        await visitor.enter(case.digits)
        assert 'name="wish"' not in await visitor.get("/hardship")
        for number, (kind, value) in enumerate(
            {"income_amount": "2200.00", "obligations_amount": "900.00",
             "essentials_amount": "1100.00", "income_day": "25"}.items()
        ):  # fmt: skip
            fact = {"id": f"f-{number}", "kind": kind, "value": value}
            about = {"borrower": {"id": "BR-1"}, "fact": fact}
            await case.service.post(case.service.signal("risk.observed", "borrower/BR-1", **about))
        await case.service.fold()
        shown = await visitor.get("/hardship")
        if country == "US":
            words = ["50% of $200.00 = $100.00", "2 × $100.00 + $47.50", "day 27 of the month"]
        else:
            words = ["200.00元 × 50% = 100.00元", "2 × 100.00元 + 47.50元", "每月27日"]
        for one in words:
            assert one in shown, one

        await visitor.post("/hardship", kind="income_loss", note="", wish="plan")
        await case.service.fold()

        asked = json.loads(await work(case))["wish"]
        assert asked.startswith("due day 27; monthly parts beside the installment: ")
        assert asked.count("100.00") == 2, asked


async def work(case: Case) -> str:
    """Return what the one task for people says."""
    [task] = await case.service.rows(
        "SELECT t.person_id, t.note, p.wrapped_key FROM tasks AS t JOIN persons AS p"
        " USING (person_id) WHERE t.kind = 'hardship'"
    )
    key = case.service.runtime.vault.open(task["wrapped_key"])
    return key.decrypt(task["note"], note_aad(task["person_id"])).decode()


@pytest.mark.parametrize("country", COUNTRIES)
async def test_an_opt_out_on_the_page_binds_from_the_next_decision_on(
    database_url: str, redis_url: str, country: str
) -> None:
    async with a_case(database_url, redis_url, country) as case:
        visitor = case.visitor()
        await visitor.enter(case.digits)
        await visitor.get("/stop")
        done = await visitor.post("/stop", channel="sms")
        assert ("It is stopped" if country == "US" else "已停止") in done

        assert await case.later(5) == 0
        [consent] = await case.service.rows("SELECT channel FROM consents WHERE status = 'revoked'")
        assert consent["channel"] == "sms"
        assert (
            "You stopped: Text" if country == "US" else "您停止了：短信"
        ) in await visitor.enter(case.digits)


async def test_everything_else_told_on_the_page_is_a_signal_of_the_same_inbox(
    database_url: str, redis_url: str
) -> None:
    forms: dict[str, dict[str, str]] = {
        "dispute": {"kind": "already_paid", "note": "On 3 November"},
        "complaint": {"kind": "frequency", "note": ""},
        "preferences": {"from": "09:00", "to": "12:00", "not_by": "call", "locale": "zh-CN"},
        "statement": {},
        "stop": {"channel": "all"},
    }
    async with a_case(database_url, redis_url, "US") as case:
        await case.service.move_to(case.service.now + timedelta(minutes=1))
        visitor = case.visitor()
        await visitor.enter(case.digits)
        for name, fields in forms.items():
            await visitor.get(f"/{name}")
            assert "Done" in await visitor.post(f"/{name}", **fields), name
            form = dict(re.findall(r'type="hidden" name="(\w+)" value="(\w+)"', visitor.text))
            assert "csrf" in form
        await case.service.fold()

        assert sorted(await told(case)) == [
            "borrower.dispute", "borrower.updated", "complaint.received", "consent.revoked",
            "hold.placed", "preference.set", "preference.set", "statement.requested",
        ]  # fmt: skip
        [quarantined] = await case.service.rows("SELECT count(*) AS rows FROM quarantine")
        assert quarantined["rows"] == 0
        shown = await visitor.get(lang="en")
        for words in (
            "contact only from 09:00 to 12:00",
            "rather not by: Calls",
            "I have already paid",
        ):
            assert words in shown
        await case.service.move_to(case.service.now + timedelta(minutes=1))
        await visitor.get("/preferences", lang="en")
        await visitor.post("/preferences", **{"from": "", "to": ""})
        await case.service.fold()
        assert {
            row["removed"] for row in await case.service.rows("SELECT removed FROM preferences")
        } == {True}
        [person] = await case.service.rows("SELECT locale FROM persons")
        assert person["locale"] == "zh-CN"


async def told(case: Case) -> list[str]:
    """Return the types of what the page told, in order."""
    rows = await case.service.rows(
        "SELECT e.person_id, e.body, p.wrapped_key FROM person_events AS e JOIN persons AS p"
        " USING (person_id) ORDER BY e.recorded_at"
    )
    vault = case.service.runtime.vault
    said = [
        json.loads(vault.open(row["wrapped_key"]).decrypt(row["body"], event_aad(row["person_id"])))
        for row in rows
    ]
    return [one["type"] for one in said if one["source"] == URI]


async def test_a_form_posted_twice_is_told_once_and_a_changed_one_anew(
    database_url: str, redis_url: str
) -> None:
    async with a_case(database_url, redis_url, "US") as case:
        visitor = case.visitor()
        await visitor.enter(case.digits)
        form = await visitor.get("/promise")
        await visitor.post("/promise", amount="100", day="2026-11-27")
        for amount in ("100", "120"):
            visitor.text = form
            await visitor.post("/promise", amount=amount, day="2026-11-27")
            await case.service.fold()

        assert await told(case) == ["promise_to_pay.created"] * 2
        [promise] = await case.service.rows("SELECT amount_minor FROM promises")
        assert promise["amount_minor"] == 12000


async def test_a_get_changes_nothing_and_shows_nothing_before_the_digits(
    database_url: str, redis_url: str
) -> None:
    async with a_case(database_url, redis_url, "US") as case:
        scanner = case.visitor()
        for path in ("", "/promise", "/stop", "/check", "/close"):
            text = re.sub(r'/s/\w+|value="\w+"', "", await scanner.get(path))
            assert not re.search(r"247|1007|Ada|0143|overdue|loan|debt", text), path
        for table in ("inbox", "quarantine", "self_service"):
            [found] = await case.service.rows(f"SELECT count(*) AS rows FROM {table}")
            assert found["rows"] == 0, table
        await scanner.get()
        headers = scanner.headers
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "no-store" in headers["Cache-Control"]
        assert "noindex" in headers["X-Robots-Tag"]
        assert "script-src" not in headers["Content-Security-Policy"]
        assert headers["Content-Security-Policy"].startswith("default-src 'none'")


async def test_a_loan_that_ended_is_said_so_and_one_that_was_sold_is_not_called_paid(
    database_url: str, redis_url: str
) -> None:
    async with a_case(database_url, redis_url, "US") as case:
        await case.service.move_to(case.service.now + timedelta(minutes=1))
        for kind, more, words in (
            ("loan.paid_off", {"closed_on": "2026-11-23"}, "There is nothing to pay"),
            ("loan.sold", {"sold_on": "2026-11-23"}, "Please call us about it"),
        ):
            loan, borrower = {"id": "LN-1", "currency": "USD"}, {"id": "BR-1"}
            await case.service.post(
                case.service.signal(kind, "loan/LN-1", loan=loan, borrower=borrower, **more)
            )
            await case.service.fold()
            visitor = case.visitor()
            shown = await visitor.enter(case.digits)
            assert words in shown
            assert "247.50" not in shown
            assert "Promise to pay" not in shown
            assert "You can still" not in await visitor.get("/promise")


async def test_forms_of_another_session_or_site_tell_nothing(
    database_url: str, redis_url: str
) -> None:
    async with a_case(database_url, redis_url, "US") as case:
        visitor, other = case.visitor(), case.visitor()
        await visitor.enter(case.digits)
        await other.enter(case.digits)
        await other.get("/stop")
        visitor.text = other.text
        await visitor.post("/stop", channel="all")
        assert visitor.status == 422
        visitor.text = ""
        await visitor.post("/stop", channel="all")
        assert visitor.status == 422
        stranger = case.visitor()
        stranger.text = other.text
        await stranger.post("/stop", channel="all")
        assert stranger.status == 403
        url = f"{case.service.base_url}/v1/signals/self-service:acme"
        async with case.service.runtime.http.post(url, data=b"{}") as answer:
            assert answer.status == 401
        await case.service.fold()
        assert await told(case) == []


async def test_wrong_digits_lock_the_link_and_raise_an_alert(
    database_url: str, redis_url: str
) -> None:
    async with a_case(database_url, redis_url, "US") as case:
        visitor = case.visitor()
        await visitor.get()
        await visitor.post("/check", digits="12")
        assert visitor.status == 422
        for _ in range(5):
            assert "not the right digits" in await patient(visitor, "0000")
        assert "locked" in await patient(visitor, case.digits)
        assert visitor.status == 403
        alerts = await case.service.rows("SELECT kind, count FROM alerts")
        assert {"kind": LOCKED_ALERT, "count": 1} in alerts

        runtime = case.service.runtime
        maker = runtime.considering.rulebook.lenders["acme"].links
        assert maker
        state = await link_state(
            runtime, ("acme", maker), "LN-1", now=case.service.now, unlocking=True
        )
        assert state.guard.failures == 0
        assert "$247.50" in await patient(visitor, case.digits)

        state = await link_state(
            runtime, ("acme", maker), "LN-1", now=case.service.now, revoking=True
        )
        assert "has ended" in await visitor.get()
        assert visitor.status == 410
        await case.service.move_to(case.service.now + timedelta(hours=2))
        fresh = maker.link(state.person_id, state.loan_id, case.service.now)
        visitor = Visitor(case.service, fresh.removeprefix(maker.base_url))
        assert "show that it is you" in await visitor.get()


async def patient(visitor: Visitor, digits: str) -> str:
    """Try digits with a form of its own."""
    await visitor.get()
    return await visitor.post("/check", digits=digits)


async def test_digits_of_the_lenders_choice_open_the_page_and_the_phones_do_not(
    database_url: str, redis_url: str
) -> None:
    async with a_case(database_url, redis_url, "US", check="attribute") as case:
        visitor = case.visitor()
        assert "agreed with you" in await visitor.get()
        assert "not the right digits" in await patient(visitor, case.digits)
        await case.service.move_to(case.service.now + timedelta(minutes=1))
        await case.service.post(case.service.borrower(attributes={"check_digits": "XY-7741"}))
        await case.service.fold()

        assert "not the right digits" in await patient(visitor, case.digits)
        assert "$247.50" in await patient(visitor, "7741")


async def test_a_quote_and_the_loans_own_way_to_pay_are_shown(
    database_url: str, redis_url: str
) -> None:
    async with a_case(database_url, redis_url, "US") as case:
        visitor = case.visitor()
        assert "https://acme.example/pay" in await visitor.enter(case.digits)
        assert "no figure for this at hand" in visitor.text
        await case.service.move_to(case.service.now + timedelta(minutes=1))
        told = case.due(3)
        told["data"]["loan"]["attributes"] = {"pay_url": "https://acme.example/pay/LN-1"}
        quote = case.service.signal(
            "loan.early_payoff_quoted",
            "loan/LN-1",
            loan={"id": "LN-1", "currency": "USD"},
            borrower={"id": "BR-1"},
            quote={"id": "Q-1", "amount": 20100, "currency": "USD", "valid_until": "2026-11-30"},
        )
        await case.service.post(told, quote)
        await case.service.fold()

        shown = await visitor.get()
        assert "$201.00 pays off the whole loan if it arrives by Nov 30, 2026" in shown
        assert 'href="https://acme.example/pay/LN-1"' in shown


async def test_a_link_that_is_asked_too_often_says_when_to_come_back(
    database_url: str, redis_url: str
) -> None:
    async with a_case(database_url, redis_url, "US", rate_per_second=0.01) as case:
        visitor = case.visitor()
        await visitor.get()
        assert "Wait a few seconds" in await visitor.get()
        assert visitor.status == 429
        assert int(visitor.headers["Retry-After"]) > 0


async def test_many_wrong_digits_over_many_links_are_told_of(
    database_url: str, redis_url: str
) -> None:
    async with a_case(database_url, redis_url, "US") as case:
        wall = case.service.runtime.clock.wall_now()
        async with case.service.runtime.db.acquire() as conn:
            await conn.execute(
                "INSERT INTO self_service (tenant_id, person_id, loan_id, failures, failed_at)"
                " SELECT 'acme', n, n, 7, $1 FROM generate_series(1001, 1007) AS n",
                wall,
            )
        await patient(case.visitor(), "0000")

        kinds = await case.service.rows("SELECT kind FROM alerts")
        assert {"kind": GUESSING_ALERT} in kinds
