"""An operator sends words to a number that a code proved to be theirs, and to no other."""

import re
from datetime import timedelta

import pytest

from outreach.domain.template_versions import NewWords
from outreach.rendering.message import MessageTemplate
from outreach.usecases.send_test import RefusedTestError
from outreach.usecases.template_drafts import By, open_draft, save_draft
from outreach.usecases.template_reading import standing
from outreach.usecases.template_testing import (
    CODES_AN_HOUR,
    ask_code,
    forget,
    list_addresses,
    send_words,
    verify,
)
from tests.e2e.service import Service, a_service
from tests.usecases.template_office import ANN, CEM, PLACE

OWN = "+1 (212) 555-0177"
BORROWERS = "+12125550143"


def by(service: Service, after: timedelta = timedelta(0), actor: object = ANN) -> By:
    clock = service.runtime.clock
    who = ANN if actor is ANN else CEM
    return By(who, clock.business_now(), clock.wall_now() + after)


def live_words(service: Service) -> MessageTemplate:
    template = standing(service.runtime, PLACE).template
    assert template is not None
    return template


async def test_words_reach_the_operators_proved_number_alone(
    database_url: str, redis_url: str
) -> None:
    async with a_service(database_url, redis_url) as service:
        outfit = service.runtime
        await service.post(service.borrower())
        await service.fold()
        template = live_words(service)
        saw: list[str] = []

        async def refused(step: object) -> None:
            with pytest.raises(RefusedTestError) as error:
                await step  # type: ignore[misc]
            saw.append(error.value.why)

        own, _ = await ask_code(outfit, "acme", OWN, by(service))
        [sid] = service.twilio.sids_to("+12125550177")
        [code] = re.findall(r"\b\d{6}\b", service.twilio.messages[sid]["body"])
        await refused(send_words(outfit, "acme", template, own.address_id, "", by(service)))
        await refused(verify(outfit, "acme", own.address_id, "12", by(service)))
        late = by(service, timedelta(minutes=11))
        await refused(verify(outfit, "acme", own.address_id, code, late))
        stranger = by(service, actor=CEM)
        await refused(verify(outfit, "acme", own.address_id, code, stranger))
        proved = await verify(outfit, "acme", own.address_id, code, by(service))
        await refused(verify(outfit, "acme", own.address_id, code, by(service)))
        await send_words(outfit, "acme", template, own.address_id, "first time", by(service))
        await refused(send_words(outfit, "acme", template, own.address_id, "", stranger))
        await refused(ask_code(outfit, "acme", BORROWERS, by(service)))
        await refused(ask_code(outfit, "acme", "12", by(service)))
        await refused(ask_code(outfit, "acme", "li@lender.example", by(service)))

        assert saw == [
            "not_verified", "wrong_code", "wrong_code", "wrong_code", "wrong_code",
            "not_verified", "borrower", "bad_address", "no_sender",
        ]  # fmt: skip
        assert (proved.masked, proved.verified_at is not None) == ("•••• 0177", True)
        assert [one.address_id for one in await list_addresses(outfit, "ann")] == [own.address_id]
        sent = [
            service.twilio.messages[one]["body"] for one in service.twilio.sids_to("+12125550177")
        ]
        assert len(sent) == 2
        assert "It may have slipped by" in sent[1]
        assert service.twilio.sids_to(BORROWERS) == []
        assert await service.contacts() == []
        kept = await service.rows("SELECT address, address_hmac::text FROM operator_addresses")
        assert b"5550177" not in kept[0]["address"]

        # The number turns out to be a borrower's as well: it is the operator's own all the same.
        await service.post(service.borrower("BR-9", phones=[
            {"id": "ph-9", "e164": "+12125550177", "type": "mobile", "status": "active"}
        ]))  # fmt: skip
        await service.fold()
        await send_words(outfit, "acme", template, own.address_id, "", by(service))
        await forget(outfit, "acme", own.address_id, by(service))
        assert await list_addresses(outfit, "ann") == []


async def test_codes_are_few_and_broken_words_stay_here(database_url: str, redis_url: str) -> None:
    async with a_service(database_url, redis_url) as service:
        outfit = service.runtime
        own, _ = await ask_code(outfit, "acme", OWN, by(service))
        for _ in range(CODES_AN_HOUR - 1):
            await ask_code(outfit, "acme", OWN, by(service))
        with pytest.raises(RefusedTestError) as many:
            await ask_code(outfit, "acme", OWN, by(service))
        newest = service.twilio.sids_to("+12125550177")[-1]
        [code] = re.findall(r"\b\d{6}\b", service.twilio.messages[newest]["body"])
        for guess in ("nothing",) * 5:
            with pytest.raises(RefusedTestError):
                await verify(outfit, "acme", own.address_id, guess, by(service))
        with pytest.raises(RefusedTestError) as guessed:
            await verify(outfit, "acme", own.address_id, code, by(service))

        draft = await open_draft(outfit, PLACE, by(service))
        broken = NewWords(draft.source.replace("{{ opt_out_instructions }}", ""), "")
        await save_draft(outfit, "acme", draft.version_id, broken, by(service), revision=1)
        catalog = outfit.considering.catalog
        template = catalog.compile(*PLACE[1:], broken[:2], path="draft")
        with pytest.raises(RefusedTestError) as unfit:
            await send_words(outfit, "acme", template, own.address_id, "", by(service))

        whys = [one.value.why for one in (many, guessed, unfit)]
        assert whys == ["too_many", "wrong_code", "must_fix"]
        assert (await service.rows("SELECT tries FROM operator_addresses"))[0]["tries"] == 6
        later = by(service, timedelta(hours=2))
        again, _ = await ask_code(outfit, "acme", OWN, later)
        assert again.address_id == own.address_id


async def test_where_nothing_leaves_nothing_has_to_be_proved(
    database_url: str, redis_url: str
) -> None:
    async with a_service(
        database_url, redis_url, lender={"mode": "test"}, has_house=True
    ) as service:
        outfit = service.runtime
        own, _ = await ask_code(outfit, "acme", OWN, by(service))

        await send_words(outfit, "acme", live_words(service), own.address_id, "", by(service))

        assert service.twilio.messages == {}
