"""What Twilio is asked beside sending: are we let in, what did it cost, forget the words."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import aiohttp
import pytest

from outreach.channels.provider import (
    Accepted,
    Checked,
    Finished,
    Found,
    NotFound,
    Unknown,
    Unsupported,
)
from outreach.channels.twilio_sms import TwilioSms
from tests.channels.contract import DEADLINE, NOW, an_attempt
from tests.fakes.twilio import ACCOUNT, TOKEN, FakeTwilio, running_twilio

PUBLIC = "https://cb.collector.example"
Make = Callable[..., TwilioSms]


@pytest.fixture
async def twilio() -> AsyncIterator[FakeTwilio]:
    async with running_twilio(NOW) as fake:
        fake.usual.statuses = ()
        yield fake


@pytest.fixture
async def make(twilio: FakeTwilio) -> AsyncIterator[Make]:
    async with aiohttp.ClientSession() as session:

        def build(**options: Any) -> TwilioSms:
            given = {"account_sid": ACCOUNT, "auth_tokens": [TOKEN], "base_url": twilio.base_url}
            return TwilioSms("twilio", {**given, **options}, session, PUBLIC)

        yield build


async def sent(provider: TwilioSms) -> str:
    result = await provider.send(an_attempt(), DEADLINE)
    assert isinstance(result, Accepted)
    return result.ref


async def test_a_price_is_told_late_and_as_a_positive_number(
    make: Make, twilio: FakeTwilio
) -> None:
    provider = make()
    ref = await sent(provider)
    assert await provider.finish(ref, DEADLINE) == Finished(1, None, None, redacted=True)

    twilio.turn(ref, "delivered")
    twilio.price(ref, "-0.01580", segments=2)

    assert await provider.finish(ref, DEADLINE) == Finished(2, 15_800, "USD", redacted=True)
    assert twilio.messages[ref]["body"], "nobody asked to have the words deleted"


async def test_words_are_deleted_once_the_message_has_run_its_course(
    make: Make, twilio: FakeTwilio
) -> None:
    provider = make(redact=True)
    ref = await sent(provider)
    assert await provider.finish(ref, DEADLINE) == Finished(1, None, None, redacted=False)
    assert twilio.messages[ref]["body"]

    twilio.turn(ref, "delivered")
    twilio.price(ref, "-0.00790")

    for _ in range(2):
        assert await provider.finish(ref, DEADLINE) == Finished(1, 7_900, "USD", redacted=True)
    assert twilio.messages[ref]["body"] == ""


async def test_what_cannot_be_asked_says_so(make: Make) -> None:
    nowhere = make(base_url="http://127.0.0.1:9")
    assert isinstance(await nowhere.finish("SM1", DEADLINE), Unsupported)
    assert isinstance(await make().finish("SM" + "f" * 32, DEADLINE), Unsupported)


async def test_retention_is_asked_for_where_it_is_wanted(make: Make, twilio: FakeTwilio) -> None:
    await sent(make())
    await sent(make(discard_words=True, obfuscate_numbers=True))

    usual, private = (one.form for one in twilio.creates)
    assert private.keys() - usual.keys() == {"ContentRetention", "AddressRetention"}
    assert (private["ContentRetention"], private["AddressRetention"]) == ("discard", "obfuscate")


async def test_a_lookup_knows_what_the_vendor_does_not_keep(make: Make, twilio: FakeTwilio) -> None:
    attempt = an_attempt("+12025550199")
    twilio.for_number("+12025550199", answer="hang", statuses=())
    assert isinstance(await make().send(attempt, 0.2), Unknown)
    [ref] = twilio.messages
    twilio.messages[ref]["body"] = ""

    assert await make().lookup(attempt, DEADLINE) == NotFound(), "other words"
    assert isinstance(await make(discard_words=True).lookup(attempt, DEADLINE), Found)
    private = make(obfuscate_numbers=True, discard_words=True)
    assert await private.lookup(attempt, DEADLINE) == NotFound(), "no number that could be found"
    assert isinstance(await private.lookup(replace(attempt, ref=ref), DEADLINE), Found)


async def test_a_check_tells_who_is_let_in(make: Make, twilio: FakeTwilio) -> None:
    assert await make().check(DEADLINE) == Checked("works", "account is active")
    twilio.account_status = "suspended"
    assert await make().check(DEADLINE) == Checked("refused", "account is suspended")
    stranger = make(account_sid="AC" + "1" * 32)
    assert await stranger.check(DEADLINE) == Checked("refused", "error 20003")
    nowhere = make(base_url="http://127.0.0.1:9")
    assert (await nowhere.check(DEADLINE)).verdict == "unreachable"
    assert not twilio.creates
