"""The pages of templates: who sees which text, what is wrong with it, and how it gets live."""

import io
import re
import zipfile
from collections.abc import AsyncIterator

import aiohttp
import pytest

from outreach.domain.operators import Role
from tests.e2e.service import Service, a_service
from tests.web.console import Browser, an_account, production

PLACE = {"lender": "acme", "locale": "en-US", "channel": "sms"}
QUERY = "lender=acme&locale=en-US&channel=sms"
GOOD = (
    "{{ sender_name }}{% if by_agent %} for {{ lender_name }}{% endif %}: {{ amount }} was due"
    " {{ due_date }}. Call {{ phone }}. {% if mini_miranda %}{{ mini_miranda }} {% endif %}"
    "{% if dfpi_license %}DFPI license {{ dfpi_license }}. {% endif %}{{ opt_out_instructions }}"
)


@pytest.fixture
async def service(database_url: str, redis_url: str) -> AsyncIterator[Service]:
    """A lender, `acme`."""
    async with a_service(database_url, redis_url) as running:
        yield running


async def a_draft(browser: Browser, key: str = "overdue_early", **place: str) -> str:
    """Begin a draft and return the editor's address."""
    _, location, _ = await browser.submit(
        f"/templates/{key}?{QUERY}", f"/templates/{key}/drafts", **{**PLACE, **place}
    )
    return location


async def write(browser: Browser, address: str, do: str, **fields: str) -> tuple[int, str, str]:
    """Save words in the editor by one of its buttons."""
    _, _, text = await browser.get(address)
    [revision, *_] = re.findall(r'name="revision" value="(\d+)"', text)
    return await browser.submit(
        address, address.partition("?")[0], do=do, **{"revision": revision, **fields}
    )


async def test_templates_are_listed_and_filtered(service: Service) -> None:
    await an_account(service)
    async with production(service) as browser:
        await browser.sign_in()
        _, _, every = await browser.get("/templates")
        _, _, letters = await browser.get("/templates?channel=letter&locale=en-US")
        _, _, none = await browser.get("/templates?state=review")
        _, _, wrong = await browser.get("/templates?purpose=nonsense")
        status, _, _ = await browser.get("/templates/overdue_early")
        unknown, _, _ = await browser.get("/templates/no_such_key")

    assert "overdue_early" in every
    assert "pre_due" in every
    assert "overdue_letter" in letters
    assert "pre_due" not in letters
    assert "Nothing matches these filters." in none
    assert 'role="alert"' in wrong
    assert (status, unknown) == (200, 404)


async def test_a_draft_is_written_mended_and_approved_by_somebody_else(service: Service) -> None:
    await an_account(service, "author", acme={Role.OPERATOR})
    await an_account(service, "both", acme={Role.OPERATOR, Role.APPROVER})
    async with production(service) as browser:
        await browser.sign_in("author")
        address = await a_draft(browser)
        bad = "{{ sender_name }}: we’ll send someone. {{ amont }}"
        status, location, _ = await write(browser, address, "save", source=bad)
        assert status == 303
        _, _, seen = await browser.get(location)
        assert "There is no variable amont. Did you mean amount?" in seen
        await write(browser, address, "fix:name:amont:amount", source=bad)
        _, _, seen = await browser.get(address)
        assert "Must fix" in seen
        assert "Replace the character" in seen
        assert "Insert the opt-out words" in seen
        status, _, refused = await write(
            browser, address, "submit", source="{{ sender_name }}: {{ amount }}."
        )
        assert status == 422
        assert "Something must be mended first" in refused
        status, location, _ = await write(browser, address, "submit", source=GOOD)
        assert (status, "submitted" in location) == (303, True)

        steps = address + "/steps"
        _, _, own = await browser.get(address)
        assert 'value="approve"' not in own
        await browser.sign_in("both")
        _, _, seen = await browser.get(address)
        [revision, *_] = re.findall(r'name="revision" value="(\d+)"', seen)
        why = dict.fromkeys(re.findall(r'name="(why\.[^"]+)"', seen), "Agreed.")
        status, location, _ = await browser.submit(
            address, steps, do="approve", revision=revision, **why
        )
        assert (status, "approved" in location) == (303, True)
        _, _, seen = await browser.get(address)
        [revision, *_] = re.findall(r'name="revision" value="(\d+)"', seen)
        status, location, _ = await browser.submit(
            address, steps, do="publish", revision=revision, percent="100", hold_out="0"
        )
        assert status == 303
        assert location.startswith("/templates/overdue_early?")
        _, _, page = await browser.get(location)
        _, _, version = await browser.get(f"/templates/overdue_early/versions/1?{QUERY}&compare=0")

    assert "Live. The next contact uses it." in page
    assert "v1 is live" in page
    assert "<ins>" in version
    assert "<del>" in version


async def test_nobody_approves_what_they_wrote(service: Service) -> None:
    await an_account(service, "both", acme={Role.OPERATOR, Role.APPROVER})
    async with production(service) as browser:
        await browser.sign_in("both")
        address = await a_draft(browser)
        await write(browser, address, "submit", source=GOOD)
        _, _, seen = await browser.get(address)
        [revision, *_] = re.findall(r'name="revision" value="(\d+)"', seen)
        status, _, refused = await browser.submit(
            address, address + "/steps", do="approve", revision=revision
        )

    assert "You wrote this, so you cannot approve it." in seen
    assert status == 403
    assert "You wrote this, so you cannot approve it." in refused


async def step(browser: Browser, address: str, do: str, **fields: str) -> tuple[int, str, str]:
    """Take a step of a version's way, with a sentence on whatever is to be considered."""
    _, _, seen = await browser.get(address)
    [revision, *_] = re.findall(r'name="revision" value="(\d+)"', seen)
    why = dict.fromkeys(re.findall(r'name="(why\.[^"]+)"', seen), "Agreed.")
    return await browser.submit(
        address, f"{address}/steps", do=do, **{"revision": revision, **why, **fields}
    )


async def test_a_version_is_sent_back_planned_tried_restored_and_rolled_back(
    service: Service,
) -> None:
    await an_account(service, "author", acme={Role.OPERATOR})
    await an_account(service, "other", acme={Role.APPROVER})
    async with production(service) as browser:
        await browser.sign_in("author")
        address = await a_draft(browser)
        await write(browser, address, "submit", source=GOOD)
        await browser.sign_in("other")
        without = await step(browser, address, "send_back")
        back = await step(browser, address, "send_back", reason="Say hello first.")
        await browser.sign_in("author")
        _, _, seen = await browser.get(address)
        assert "Say hello first." in seen
        await write(browser, address, "submit", source="Hello. " + GOOD)
        await browser.sign_in("other")
        await step(browser, address, "approve")
        past = await step(browser, address, "schedule", at="2020-01-01T08:00")
        planned = await step(browser, address, "schedule", at="2026-11-24T08:00")
        unplanned = await step(browser, address, "unschedule")
        share = await step(browser, address, "publish", percent="0", hold_out="0")
        tried = await step(browser, address, "publish", percent="50", hold_out="10")
        _, _, page = await browser.get(tried[1])
        rolled = await browser.submit(
            tried[1], "/templates/overdue_early/back", **PLACE, to="0", reason="No better."
        )
        _, _, after = await browser.get(rolled[1])
        await browser.sign_in("author")
        _, again, _ = await browser.submit(
            f"/templates/overdue_early/versions/1?{QUERY}",
            "/templates/overdue_early/drafts",
            **PLACE,
            based_on="1",
        )
        _, _, draft = await browser.get(again)
        _, open_already, _ = await browser.submit(
            f"/templates/overdue_early/versions/1?{QUERY}",
            "/templates/overdue_early/drafts",
            **PLACE,
            based_on="0",
        )
        gone = await step(browser, again, "withdraw", reason="Not needed.")
    kept = await service.rows("SELECT subject FROM operator_audit")

    assert (without[0], past[0], share[0]) == (422, 422, 422)
    assert "Choose a time to come." in past[2]
    assert [one[1].rpartition("templates.done.")[2] for one in (back, planned, unplanned)] == [
        "sent_back", "planned", "unplanned",
    ]  # fmt: skip
    assert "On trial" in page
    assert "The older text is live again." in after
    assert any("No better." in row["subject"] for row in kept)
    assert "Hello. " in draft
    assert "already_open" in open_already
    assert "withdrawn" in gone[1]


async def test_two_who_write_at_once_see_both_texts(service: Service) -> None:
    await an_account(service, "author", acme={Role.OPERATOR})
    async with production(service) as browser:
        await browser.sign_in("author")
        address = await a_draft(browser)
        _, _, text = await browser.get(address)
        [revision, *_] = re.findall(r'name="revision" value="(\d+)"', text)
        await browser.submit(
            address, address, do="save", revision=revision, source="Theirs. " + GOOD
        )
        status, _, seen = await browser.submit(
            address, address, do="save", revision=revision, source="Mine. " + GOOD
        )
        stale, _, _ = await browser.submit(
            address, address, do="autosave", revision=revision, source="Mine. " + GOOD
        )

    assert (status, stale) == (409, 409)
    assert "Theirs. " in seen
    assert "Mine. " in seen
    assert "Nothing was overwritten." in seen


async def test_unsaved_words_are_shown_as_they_would_come_out_and_nothing_is_kept(
    service: Service,
) -> None:
    await an_account(service, "author", acme={Role.OPERATOR})
    async with production(service) as browser:
        await browser.sign_in("author")
        address = await a_draft(browser)
        status, _, text = await browser.submit(
            address, address + "/preview", source="Hello {{ lender_name }} 😀", show="typical"
        )
        _, _, kept = await browser.get(address)

    assert status == 200
    assert "Hello Acme Lending 😀" in text
    assert "😀 (U+1F600)" in text
    assert "UCS-2" in text
    assert "Hello" not in kept


async def test_a_real_borrowers_words_are_masked_and_looking_is_recorded(service: Service) -> None:
    await service.post(service.borrower(), service.overdue(days=3))
    await service.fold()
    await an_account(service, "author", acme={Role.OPERATOR})
    async with production(service) as browser:
        await browser.sign_in("author")
        address = await a_draft(browser)
        words = GOOD + " {{ borrower_name }}"
        await write(browser, address, "save", source=words)
        _, _, seen = await browser.get(f"{address}/borrower?loan=LN-1")
        _, _, none = await browser.get(f"{address}/borrower?loan=LN-9")
    actions = await service.rows("SELECT action FROM operator_audit")

    assert "$247.50" in seen
    assert "Ada" not in seen
    assert "There is no such loan" in none
    assert any("/borrower" in row["action"] for row in actions)


async def test_another_lenders_drafts_are_not_there(service: Service) -> None:
    await an_account(service, "author", acme={Role.OPERATOR})
    await an_account(service, "other", other={Role.OPERATOR})
    async with production(service) as browser:
        await browser.sign_in("author")
        address = await a_draft(browser)
        await browser.sign_in("other")
        answers = [
            (await browser.get(path))[0]
            for path in (
                address,
                f"{address}/borrower?loan=LN-1",
                f"/templates/overdue_early?{QUERY}",
                f"/templates/overdue_early/versions/1?{QUERY}",
            )
        ]

    assert answers == [404] * 4


async def test_a_letter_is_shown_as_a_page(service: Service) -> None:
    await an_account(service, "author", acme={Role.OPERATOR})
    async with production(service) as browser:
        await browser.sign_in("author")
        address = await a_draft(browser, "overdue_letter", channel="letter")
        async with browser.session.get(f"{browser.base}{address}/page.png") as answer:
            picture = io.BytesIO(await answer.read()).getvalue()

    assert picture.startswith(b"\x89PNG")


async def test_words_go_out_as_files_and_come_back_as_drafts(service: Service) -> None:
    await an_account(service, "author", acme={Role.OPERATOR})
    async with production(service) as browser:
        await browser.sign_in("author")
        async with browser.session.get(
            f"{browser.base}/templates/files.zip?lender=acme&everything=yes"
        ) as answer:
            exported = await answer.read()
        with zipfile.ZipFile(io.BytesIO(exported)) as archive:
            names = archive.namelist()
        changed = io.BytesIO()
        with zipfile.ZipFile(changed, "w") as archive:
            archive.writestr("pre_due/en-US/sms.txt.j2", GOOD)
            archive.writestr("no_such/en-US/sms.txt.j2", GOOD)
            archive.writestr("../../evil/en-US/sms.txt.j2", GOOD)
        taken = await upload(browser, changed.getvalue())
        refused = await upload(browser, b"no zip")
        broken = await upload(browser, a_damaged_zip())
        _, _, result = await browser.get(taken[1])

    assert "overdue_early/en-US/sms.txt.j2" in names
    assert "versions.yaml" in names
    assert (taken[0], refused[0], broken[0]) == (303, 422, 422)
    assert result.count("Draft made") == 1
    assert "No such key or language" in result
    assert "evil" not in result


def a_damaged_zip() -> bytes:
    """Return a zip whose one file can't be unpacked."""
    packed, name = io.BytesIO(), "pre_due/en-US/sms.txt.j2"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, GOOD * 20)
    content = bytearray(packed.getvalue())
    begins = 30 + len(name)  # behind the file's own header
    content[begins : begins + 4] = b"\xff" * 4
    return bytes(content)


async def upload(browser: Browser, body: bytes) -> tuple[int, str]:
    """Post a file; return the status and where it leads."""
    _, _, text = await browser.get("/templates/files")
    [token, *_] = re.findall(r'name="form_token" value="([0-9a-f]+)"', text)
    form = aiohttp.FormData({"form_token": token, "lender": "acme"})
    form.add_field("files", body, filename="words.zip", content_type="application/zip")
    async with browser.session.post(
        f"{browser.base}/templates/files", data=form, allow_redirects=False
    ) as answer:
        return answer.status, answer.headers.get("Location", "")


async def test_a_test_goes_to_an_address_that_is_proved_and_no_borrowers(service: Service) -> None:
    await service.post(service.borrower(), service.overdue(days=3))
    await service.fold()
    await an_account(service, "author", acme={Role.OPERATOR})
    async with production(service) as browser:
        await browser.sign_in("author")
        address = await a_draft(browser)
        await write(browser, address, "save", source=GOOD)
        test = address + "/test"
        status, _, bad = await browser.submit(test, test, do="ask", address="nonsense")
        _, location, _ = await browser.submit(test, test, do="ask", address="+12025550123")
        [code] = re.findall(r"code is (\d+)", str(service.twilio.creates))
        _, _, seen = await browser.get(test)
        [own] = re.findall(r'name="address_id" value="(\d+)"', seen)
        early, _, _ = await browser.submit(test, test, do="send", address_id=own, sample="one loan")
        await browser.submit(test, test, do="verify", address_id=own, code=code)
        _, sent, _ = await browser.submit(test, test, do="send", address_id=own, sample="one loan")

    assert (status, early) == (422, 422)
    assert "Enter a number with +" in bad
    assert "coded" in location
    assert "done=sent" in sent
    assert "$124.50 was due" in str(service.twilio.creates[-1])
