"""Working on words: nobody overwrites another, approvals hold for what was approved, trials share."""

from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from outreach.domain.template_lifecycle import Trial
from outreach.domain.template_versions import (
    NewWords,
    Place,
    Refusal,
    RefusedError,
    State,
)
from outreach.domain.vocabulary import Channel
from outreach.rendering.catalog import NO_GENERATION
from outreach.rendering.errors import RenderError
from outreach.usecases.template_approving import (
    publish,
    publish_due,
    roll_back,
    schedule,
    send_back,
)
from outreach.usecases.template_checks import check_words, is_legal_change
from outreach.usecases.template_drafts import (
    Conflict,
    Saved,
    open_draft,
    save_draft,
    submit,
    withdraw,
)
from outreach.usecases.template_live import FILE_CHANGED, follow_words
from outreach.usecases.template_reading import (
    count_contacts,
    find_number,
    find_version,
    list_approvals,
    list_lives,
    list_places,
    list_versions,
    list_waiting,
    report_arms,
    standing,
    used_by,
    words_of,
)
from tests.usecases.template_office import ANN, BEN, CEM, NOW, OLD, PLACE, Office, an_office

HELP = "Call us if you need help."


@pytest.fixture
async def office(database_url: str) -> AsyncIterator[Office]:
    async with an_office(database_url) as found:
        yield found


async def why(step: Any) -> Refusal:
    with pytest.raises(RefusedError) as refused:
        await step
    return refused.value.why


async def test_who_saves_later_is_shown_both_texts_and_nothing_is_overwritten(
    office: Office,
) -> None:
    draft = await open_draft(office, PLACE, office.by(ANN))
    same = await open_draft(office, PLACE, office.by(CEM))
    ours, theirs = draft.source + "Ann.\r\n", draft.source + "Cem.\n"

    first = await save_draft(
        office, "acme", draft.version_id, NewWords(ours, ""), office.by(ANN), revision=1
    )
    second = await save_draft(
        office, "acme", same.version_id, NewWords(theirs, ""), office.by(CEM), revision=1
    )
    again = await save_draft(
        office, "acme", draft.version_id, NewWords(ours, ""), office.by(ANN), revision=2
    )

    assert isinstance(first, Saved)
    assert isinstance(second, Conflict)
    assert (second.mine.source, second.theirs.source) == (theirs, draft.source + "Ann.\n")
    assert isinstance(again, Saved)
    assert (again.version.revision, again.version.authors) == (2, ("ann",))
    assert same.version_id == draft.version_id
    gone = save_draft(office, "other", draft.version_id, NewWords("x", ""), office.by(ANN),
                      revision=2)  # fmt: skip
    assert await why(gone) is Refusal.GONE
    assert await find_version(office, "other", draft.version_id) is None


async def test_changing_what_was_approved_voids_the_approval_and_the_database_agrees(
    office: Office,
) -> None:
    ready = await office.approved(OLD, HELP)
    words = NewWords(ready.source.replace(HELP, "Call us."), "")

    saved = await save_draft(
        office, "acme", ready.version_id, words, office.by(CEM), revision=ready.revision
    )

    assert isinstance(saved, Saved)
    assert (saved.voided, saved.version.state) == (1, State.DRAFT)
    assert saved.version.authors == ("ann", "cem")
    assert await why(publish(office, "acme", ready.version_id, office.by(ANN))) is Refusal.NOT_OPEN
    [kept] = await list_approvals(office, "acme", ready.version_id)
    assert (kept.login, kept.voided_at) == ("ben", NOW)
    sent = await submit(
        office, "acme", ready.version_id, office.by(ANN), revision=saved.version.revision
    )
    assert await list_waiting(office, ["acme", "other"]) == [sent]
    async with office.db.acquire() as conn:
        with pytest.raises(asyncpg.RaiseError, match="stay as they are"):
            await conn.execute("UPDATE template_versions SET source = 'slipped in'")
    back = await send_back(
        office, "acme", sent.version_id, office.by(BEN), revision=sent.revision, reason="too curt"
    )
    assert back.state is State.DRAFT
    ended = await withdraw(office, "acme", sent.version_id, office.by(ANN))
    assert ended.state is State.WITHDRAWN
    fresh = await open_draft(office, PLACE, office.by(CEM), based_on=ended.number)
    assert (fresh.number, fresh.source, fresh.authors) == (2, ended.source, ("cem",))


async def test_what_must_be_mended_is_never_sent_for_approval(office: Office) -> None:
    draft = await office.written(OLD, "{{ nonsense }}")

    refusal = await why(
        submit(office, "acme", draft.version_id, office.by(ANN), revision=draft.revision)
    )

    assert refusal is Refusal.MUST_FIX
    untouched = await open_draft(office, Place("acme", "pre_due", "en-US", Channel.SMS),
                                 office.by(ANN))  # fmt: skip
    same = submit(office, "acme", untouched.version_id, office.by(ANN), revision=1)
    assert await why(same) is Refusal.UNCHANGED
    nowhere = [
        Place("acme", "no_such_key", "en-US", Channel.SMS),
        Place("acme", "pre_due", "xx-XX", Channel.SMS),
        Place("nobody", "pre_due", "en-US", Channel.SMS),
    ]
    for place in nowhere:
        assert await why(open_draft(office, place, office.by(ANN))) is Refusal.GONE
    assert await why(open_draft(office, PLACE, office.by(BEN))) is Refusal.NOT_YOURS
    older = open_draft(office, Place("acme", "due_today", "en-US", Channel.SMS), office.by(ANN),
                       based_on=7)  # fmt: skip
    assert await why(older) is Refusal.GONE


async def test_words_that_others_went_live_before_must_be_looked_at_again(office: Office) -> None:
    first = await office.approved(OLD, HELP)
    await publish(office, "acme", first.version_id, office.by(ANN))
    second = await office.approved(HELP, "Call us.")
    at = NOW + timedelta(hours=1)
    await schedule(office, "acme", second.version_id, office.by(ANN), at=at)
    await roll_back(office, PLACE, office.by(BEN), to=0, reason="a complaint")

    went = await publish_due(office, now=at, wall_now=at)
    left = await find_version(office, "acme", second.version_id)
    refusal = await why(publish(office, "acme", second.version_id, office.by(ANN)))
    words = NewWords(second.source, "")
    saved = await save_draft(
        office, "acme", second.version_id, words, office.by(ANN),
        revision=second.revision, onto_standing=True,
    )  # fmt: skip
    assert isinstance(saved, Saved)
    ready = await office.let_through(saved.version)
    live = await publish(office, "acme", ready.version_id, office.by(ANN))

    assert went == 0
    assert left is not None
    assert (left.state, left.go_live_at, refusal) == (State.APPROVED, None, Refusal.OUTDATED)
    assert (saved.voided, live.state) == (1, State.LIVE)
    async with office.db.acquire() as conn:
        alerts = await conn.fetch("SELECT subject, detail FROM alerts")
    assert [tuple(row) for row in alerts] == [("overdue_early/en-US/sms v2", "outdated")]
    assert [life.number for life in await list_lives(office, PLACE)] == [2, 1]


async def test_a_trial_shares_people_and_ends_with_one_of_its_arms(office: Office) -> None:
    ready = await office.approved(OLD, HELP)
    await publish(office, "acme", ready.version_id, office.by(ANN), trial=Trial(40, 10))
    catalog = office.considering.catalog

    def said(person: int) -> int:
        template = catalog.pick(
            "overdue_early", Channel.SMS, ["en-US"], lender="acme", person_id=person
        )
        return int(HELP in template.source)

    shares = Counter(map(said, range(1, 1001)))
    other = catalog.pick("overdue_early", Channel.SMS, ["en-US"], lender="other", person_id=1)
    [listed] = [one for one in await list_places(office, "acme") if one.live]
    next_draft = await office.approved(OLD, "Call us.")
    a_second = publish(office, "acme", next_draft.version_id, office.by(ANN), trial=Trial(50))
    assert await why(a_second) is Refusal.BAD_SHARE
    await roll_back(office, PLACE, office.by(BEN), to=1, reason="more answers")
    won = Counter(map(said, range(1, 101)))

    assert 330 < shares[1] < 470
    assert HELP not in other.source
    assert (listed.place, listed.hold_out, listed.file_changed) == (PLACE, 10, False)
    assert won == {1: 100}
    lives = await list_lives(office, PLACE)
    assert [(life.number, life.percent, life.why) for life in lives] == [
        (1, 100, "more answers"), (1, 40, ""),
    ]  # fmt: skip
    same = roll_back(office, PLACE, office.by(BEN), to=1, reason="again")
    assert await why(same) is Refusal.UNCHANGED
    missing = roll_back(office, PLACE, office.by(BEN), to=9, reason="again")
    assert await why(missing) is Refusal.GONE


async def test_a_version_may_be_tried_beside_another_version(office: Office) -> None:
    first = await office.approved(OLD, HELP)
    await publish(office, "acme", first.version_id, office.by(ANN))
    second = await office.approved(HELP, "Call us.")

    await publish(office, "acme", second.version_id, office.by(ANN), trial=Trial(50))

    [older, newer] = (await list_versions(office, PLACE))[::-1]
    assert [(one.state, one.percent) for one in (older, newer)] == [(State.LIVE, 50)] * 2
    assert standing(office, PLACE).number == 1
    fresh = Office.__new__(Office)
    fresh.__dict__ |= vars(office)
    assert await follow_words(fresh, now=NOW) is False


async def test_a_newer_file_below_live_words_is_a_conflict_until_somebody_decides(
    office: Office,
) -> None:
    ready = await office.approved(OLD, HELP)
    await publish(office, "acme", ready.version_id, office.by(ANN))
    async with office.db.acquire() as conn:  # as if it had been begun over an older file
        await conn.execute("UPDATE template_versions SET file_hash = 'older'")

    office.considering.catalog.know_live({}, NO_GENERATION)  # as after a start
    await follow_words(office, now=NOW)
    async with office.db.acquire() as conn:
        raised = await conn.fetch("SELECT kind, subject, count FROM alerts")
    [before] = [one for one in await list_places(office, "acme") if one.live]
    await roll_back(office, PLACE, office.by(BEN), to=1, reason="ours is better")
    [after] = [one for one in await list_places(office, "acme") if one.live]
    await roll_back(office, PLACE, office.by(BEN), to=0, reason="theirs is better after all")

    assert [tuple(row) for row in raised] == [(FILE_CHANGED, str(PLACE), 1)]
    assert (before.file_changed, after.file_changed) == (True, False)
    assert not any(one.live for one in await list_places(office, "acme"))
    nothing = roll_back(office, PLACE, office.by(BEN), to=0, reason="twice")
    assert await why(nothing) is Refusal.UNCHANGED


async def test_contacts_are_found_by_the_hash_of_their_words(office: Office) -> None:
    ready = await office.approved(OLD, HELP)
    await publish(office, "acme", ready.version_id, office.by(ANN))
    live = await find_number(office, PLACE, 1)
    assert live is not None
    file = office.considering.catalog.find("overdue_early", "en-US", Channel.SMS)
    assert file is not None
    rows = [
        (1, live.content_hash, "delivered", "allowed", "", 0),
        (2, live.content_hash, "failed", "allowed", "", 0),
        (3, file.content_hash, "sent", "allowed", "", 0),
        (1, "", "", "inbound", "opt_out", 1),
    ]
    async with office.db.acquire() as conn:
        for person, of, status, verdict, reply, day in rows:
            await conn.execute(
                "INSERT INTO contact_log (tenant_id, at, event_id, recorded_at, day, person_id,"
                " contact_id, verdict, template, template_hash, status, has_failed, reply,"
                " sample_key) VALUES ('acme', $1, $2, $1, $3, $4, gen_random_uuid(), $5, $6, $7,"
                " $8, $9, $10, 1)",
                NOW + timedelta(days=day), person + 10 * day, NOW.date(), person, verdict,
                "overdue_early" if of else "", of, status, status == "failed", reply,
            )  # fmt: skip

    counted = await count_contacts(office, "acme", live)
    arms = await report_arms(office, PLACE, since=NOW - timedelta(days=1))

    assert (counted.count, counted.is_capped) == (2, False)
    assert [tuple(arm) for arm in arms] == [(1, 2, 1, 1, 1, 1), (0, 1, 0, 0, 0, 0)]
    assert await words_of(office, "acme", live.ref) == live
    assert await words_of(office, "other", live.ref) is None
    names = {one.treatment for one in used_by(office, PLACE)}
    assert names
    confirmation = Place("acme", "opt_out_confirmation", "en-US", Channel.SMS)
    assert [one.step for one in used_by(office, confirmation)] == ["opt_out"]


async def test_legal_wording_takes_compliance(office: Office) -> None:
    file = standing(office, PLACE)
    without = file.source.replace("{{ mini_miranda }}", "")
    notice = Place("acme", "validation_notice", "en-US", Channel.LETTER)

    plain = check_words(office, PLACE, file.source.replace(OLD, HELP), "", now=NOW)
    changed = check_words(office, PLACE, without.replace("{% if mini_miranda %}", "{% if phone %}"),
                          "", now=NOW)  # fmt: skip
    broken = check_words(office, PLACE, "{% if", "", now=NOW)
    letter = standing(office, notice)

    assert not is_legal_change(plain, file)
    assert is_legal_change(changed, file)
    assert (broken.template, broken.content_hash, len(broken.must_fix)) == (None, "", 1)
    assert is_legal_change(
        check_words(office, notice, letter.source, letter.subject, now=NOW), letter
    )


async def test_words_in_a_language_without_files_are_found_by_their_kin(office: Office) -> None:
    catalog = office.considering.catalog
    place = Place("acme", "pre_due", "en-US", Channel.SMS)
    ready = await office.approved("{{ amount }}", "{{ amount }} in all", place)
    await publish(office, "acme", ready.version_id, office.by(ANN))

    kin = catalog.pick("pre_due", Channel.SMS, ["en-GB"], lender="acme")

    assert "in all" in kin.source
    assert catalog.find_ref(kin.ref) is kin
    with pytest.raises(RenderError):
        catalog.pick("pre_due", Channel.SMS, ["fr-FR"], lender="acme")
