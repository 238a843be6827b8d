"""People who work on a lender's words, on a real database and the shipped files."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from outreach.domain.operators import Role
from outreach.domain.template_versions import Actor, NewWords, Place, Version
from outreach.domain.vocabulary import Channel
from outreach.plans import load_rulebook, load_words
from outreach.settings import Settings
from outreach.store.pool import Pool, open_pool
from outreach.usecases.considering import Considering
from outreach.usecases.template_approving import approve
from outreach.usecases.template_checks import check_words
from outreach.usecases.template_drafts import By, Saved, open_draft, save_draft, submit
from tests.e2e.service import settings_for

NOW = datetime(2026, 11, 23, 17, tzinfo=UTC)
PLACE = Place("acme", "overdue_early", "en-US", Channel.SMS)
ANN = Actor("ann", "Ann", frozenset({Role.OPERATOR}))
BEN = Actor("ben", "Ben", frozenset({Role.APPROVER}))
CEM = Actor("cem", "Cem", frozenset({Role.OPERATOR}))
OLD = "It may have slipped by."


class Office:
    """One process of an installation; business time stands still."""

    def __init__(self, settings: Settings, pool: Pool, now: datetime = NOW) -> None:
        self.db = pool
        self.now = now
        self.considering = Considering(load_rulebook(settings), load_words(settings))

    def by(self, actor: Actor, after: timedelta = timedelta(0)) -> By:
        """Return somebody who acts now, or later."""
        return By(actor, self.now + after, self.now + after)

    async def written(self, old: str, new: str, place: Place = PLACE) -> Version:
        """Let Ann change some words of what stands."""
        draft = await open_draft(self, place, self.by(ANN))
        words = NewWords(draft.source.replace(old, new), draft.subject)
        saved = await save_draft(
            self, "acme", draft.version_id, words, self.by(ANN), revision=draft.revision
        )
        assert isinstance(saved, Saved)
        return saved.version

    async def approved(self, old: str, new: str, place: Place = PLACE) -> Version:
        """Let Ann change some words, and Ben approve them."""
        one = await self.written(old, new, place)
        return await self.let_through(one)

    async def let_through(self, one: Version) -> Version:
        """Send a draft for approval and approve it."""
        sent = await submit(self, "acme", one.version_id, self.by(ANN), revision=one.revision)
        checked = check_words(self, one.place, one.source, one.subject, now=self.now)
        return await approve(
            self,
            "acme",
            sent.version_id,
            self.by(BEN),
            revision=sent.revision,
            sentences={found.id: "as in the words before" for found in checked.consider},
        )


@asynccontextmanager
async def an_office(database_url: str) -> AsyncIterator[Office]:
    """Open an office for as long as the block lasts; nothing is sent from it."""
    pool = await open_pool(database_url, size=3)
    try:
        yield Office(settings_for(database_url, "redis://nowhere", "http://127.0.0.1:9"), pool)
    finally:
        await pool.close()
