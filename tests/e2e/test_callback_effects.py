"""Twilio's recorded callbacks, about contacts that were really made: each has its stated effect."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

import pytest
from twilio.request_validator import RequestValidator

from outreach.domain.contacts import attempt_id
from tests.channels.samples import Sample
from tests.channels.samples import sample as recorded
from tests.e2e.service import PUBLIC
from tests.e2e.story import ADA, MESSAGING_SERVICE, MORNING, Story, a_story
from tests.fakes.twilio import TOKEN

_SOON: Final = timedelta(minutes=5)
_LATER: Final = timedelta(hours=2)


@pytest.fixture
async def story(database_url: str, redis_url: str) -> AsyncIterator[Story]:
    """Yield a story in which one text about an overdue installment was taken by the vendor."""
    async with a_story(database_url, redis_url) as begun:
        begun.service.twilio.usual.statuses = ()
        await begun.tell("060", "062")
        await begun.go_to(MORNING)
        assert len(begun.texts) == 1
        yield begun


async def report(story: Story, *numbers: int) -> list[int]:
    """Post recorded statuses as if about the latest text, and fold them; returns the answers."""
    contact = (await story.service.contacts())[-1]
    attempt = attempt_id(contact["person_id"], contact["contact_id"])
    url = f"{PUBLIC}/twilio/sms/status?a={attempt}"
    answers = []
    for number in numbers:
        form = dict(parse_qsl(recorded(number).body.decode(), keep_blank_values=True))
        form |= dict.fromkeys(("MessageSid", "SmsSid"), contact["provider_ref"])
        signature = RequestValidator(TOKEN).compute_signature(url, form)  # type: ignore[no-untyped-call]
        headers = dict(recorded(number).headers) | {"X-Twilio-Signature": str(signature)}
        answers.append(await post(story, url, urlencode(form).encode(), headers))
        await story.service.receipts()
    return answers


async def receive(story: Story, number: int) -> str:
    """Post a recorded reply exactly as it was signed, and fold it; returns what we answered."""
    one: Sample = recorded(number)
    target = story.service.base_url + one.url.removeprefix(PUBLIC)
    async with story.service.runtime.http.post(
        target, data=one.body, headers=one.headers
    ) as answer:
        assert answer.status == 200
        text = await answer.text()
    await story.service.receipts()
    return text


async def post(story: Story, url: str, body: bytes, headers: dict[str, str]) -> int:
    """Post a form signed for our public address to where we listen."""
    target = story.service.base_url + url.removeprefix(PUBLIC)
    async with story.service.runtime.http.post(target, data=body, headers=headers) as answer:
        await answer.read()
        return answer.status


async def contact(story: Story) -> dict[str, Any]:
    """Return the first contact."""
    return (await story.service.contacts())[0]


async def alerts(story: Story) -> set[str]:
    """Return the kinds of alerts."""
    return {row["kind"] for row in await story.service.rows("SELECT kind FROM alerts")}


@pytest.mark.parametrize(
    ("numbers", "state", "outcome"),
    [
        pytest.param((100,), "queued", "sent", id="queued"),
        pytest.param((101,), "sent", "sent", id="sent"),
        pytest.param((100, 101, 102), "delivered", "delivered", id="delivered"),
        pytest.param((102, 103), "delivered", "delivered", id="sent comes late"),
        pytest.param((102, 100, 101), "delivered", "delivered", id="backwards"),
    ],
)
async def test_statuses_only_ever_rise(
    story: Story, numbers: tuple[int, ...], state: str, outcome: str
) -> None:
    assert await report(story, *numbers) == [204] * len(numbers)

    made = await contact(story)
    assert (made["delivery_state"], made["outcome"]) == (state, outcome)
    kept = [row for row in await story.service.log() if row["kind"] == "receipt"]
    assert len(kept) == len(numbers)


@pytest.mark.parametrize(
    "number", [pytest.param(105, id="unreachable"), pytest.param(109, id="unknown error")]
)
async def test_an_unreachable_handset_is_tried_once_more_and_not_in_the_same_minute(
    story: Story, number: int
) -> None:
    await report(story, number)
    made = await contact(story)
    assert (made["delivery_state"], made["outcome"], made["error_class"]) == (
        "undelivered",
        "undelivered",
        "unreachable_retry",
    )
    await story.go_to(MORNING + _SOON)
    assert len(story.texts) == 1

    await story.go_to(MORNING + _LATER)
    assert [to for to, _ in story.texts] == [ADA, ADA]

    await report(story, number)
    await story.go_to(MORNING + 2 * _LATER)
    assert len(story.texts) == 2


async def test_a_handset_nobody_knows_is_given_up_after_a_second_report(story: Story) -> None:
    await report(story, 106)
    assert await endpoint(story) == "active"

    await story.go_to(MORNING + timedelta(days=10))
    assert len(story.texts) == 2
    await report(story, 106)
    assert await endpoint(story) == "invalid"


async def test_a_landline_is_given_up_at_once(story: Story) -> None:
    await report(story, 107)
    assert await endpoint(story) == "invalid"

    await story.go_to(MORNING + timedelta(days=10))
    assert len(story.texts) == 1


async def test_a_filtered_message_is_not_resent_and_people_are_told(story: Story) -> None:
    await report(story, 108)

    await story.go_to(MORNING + _LATER)
    assert len(story.texts) == 1
    assert await alerts(story) == {"provider_reputation"}


async def test_an_unregistered_sender_is_not_tried_again_and_people_are_told(story: Story) -> None:
    await report(story, 110)

    await story.go_to(MORNING + _LATER)
    assert len(story.texts) == 1
    assert (await contact(story))["outcome"] == "released"
    assert await alerts(story) == {"provider_sender_config"}


async def test_an_opt_out_that_the_carrier_knows_becomes_ours(story: Story) -> None:
    await report(story, 111)
    assert await suppressed(story) == {("provider", MESSAGING_SERVICE)}

    await story.go_to(MORNING + timedelta(days=10))
    assert len(story.texts) == 1


async def test_what_expired_in_the_queue_was_not_sent_and_is_decided_anew(story: Story) -> None:
    await report(story, 112)
    made = await contact(story)
    assert (made["delivery_state"], made["error_class"], made["outcome"]) == (
        "expired",
        "expired",
        "released",
    )

    await story.go_to(MORNING + _LATER)
    assert len(story.texts) == 2
    assert (await story.service.contacts())[-1]["try"] == 2


@pytest.mark.parametrize(
    "number",
    [pytest.param(120, id="STOP"), pytest.param(125, id="ALTO"), pytest.param(121, id="words")],
)
async def test_a_stop_in_any_form_ends_texting(story: Story, number: int) -> None:
    story.service.twilio.turn(story.service.twilio.sids_to(ADA)[0], "queued")

    assert "<Response/>" in await receive(story, number)

    assert await suppressed(story) == {("reply", "*")}
    assert (await contact(story))["delivery_state"] == "canceled"
    await story.go_to(MORNING + timedelta(days=10))
    assert len(story.texts) == 1
    tasks = await story.service.rows("SELECT kind FROM tasks")
    assert tasks == ([{"kind": "reply_review"}] if number == 121 else [])


async def test_start_resumes_nothing_by_itself(story: Story) -> None:
    await receive(story, 120)
    await receive(story, 122)

    await story.go_to(MORNING + timedelta(days=10))
    assert len(story.texts) == 1
    assert [row["kind"] for row in await story.service.log()].count("inbound") == 2


async def test_help_is_logged_and_changes_nothing(story: Story) -> None:
    await receive(story, 123)

    assert await suppressed(story) == set()
    assert await story.service.rows("SELECT 1 FROM holds UNION ALL SELECT 1 FROM tasks") == []
    assert [row["kind"] for row in await story.service.log()].count("inbound") == 1
    await story.go_to(MORNING + timedelta(days=4))
    assert len(story.texts) == 2


async def test_a_forged_status_is_refused(story: Story) -> None:
    one = recorded(143)
    answer = await post(story, one.url, one.body, dict(one.headers))

    assert answer == 403
    assert (await contact(story))["delivery_state"] == "accepted"


async def endpoint(story: Story) -> str:
    """Return what is thought of the phone."""
    [row] = await story.service.rows("SELECT status FROM endpoints WHERE endpoint_id = 'ph-1'")
    return str(row["status"])


async def suppressed(story: Story) -> set[tuple[str, str]]:
    """Return origin and sender scope of each opt-out."""
    rows = await story.service.rows("SELECT origin, sender_scope FROM suppressions")
    return {(row["origin"], row["sender_scope"]) for row in rows}
