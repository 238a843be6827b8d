"""Batches of letters: once a day, at the lender's own time, and by nobody who didn't ask for it."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import pytest

from outreach.channels.letter_files import LetterFiles
from outreach.channels.provider import Document
from outreach.domain.vocabulary import Channel
from outreach.settings.letters import Letters
from outreach.usecases.letters_batching import close_due_batches
from tests.channels.contract import DEADLINE, an_attempt

FOUR: Final = datetime(2026, 11, 23, 21, tzinfo=UTC)
"""16:00 in New York."""
WINDOW: Final = "Ada Sample\n12 Elm Street\nAlbany, NY 12207"


@dataclass(frozen=True)
class Lender:
    """The part of a lender that is asked for."""

    batch_at: str | None
    timezone: str = "America/New_York"
    senders: dict[str, Any] = field(
        default_factory=lambda: {
            "post": SimpleNamespace(channel=Channel.LETTER, provider="printer"),
            "text": SimpleNamespace(channel=Channel.SMS, provider="twilio"),
            "gone": SimpleNamespace(channel=Channel.LETTER, provider="gone"),
        }
    )

    @property
    def letters(self) -> Letters:
        return Letters(batch_at=self.batch_at)


class Desk:
    """A printer, letters for it, and a worker who looks."""

    def __init__(self, folder: Path) -> None:
        self.printer = LetterFiles("printer", {"folder": folder}, key=b"our own")
        self.letters = 0

    async def write(self) -> None:
        self.letters += 1
        document = Document(f"acme-{self.letters:06d}", b"%PDF-1.7", 1, "late@1")
        attempt = replace(an_attempt(WINDOW, number=self.letters), channel=Channel.LETTER)
        await self.printer.send(replace(attempt, document=document), DEADLINE)

    async def look(self, minutes: int, *lenders: Lender) -> int:
        settings = SimpleNamespace(lenders={str(one): one for one in lenders})
        now = FOUR + timedelta(minutes=minutes)
        return len(await close_due_batches(settings, {"printer": self.printer}, now=now))


def test_a_batch_is_made_once_a_day_at_the_lenders_time(tmp_path: Path) -> None:
    async def days() -> list[int]:
        desk, lender, made = Desk(tmp_path), Lender("16:00"), []
        for minutes in (-1, 0, 1, 179, 180, 24 * 60, 24 * 60 + 1):
            await desk.write()
            made.append(await desk.look(minutes, lender, Lender(None)))
        return made

    assert asyncio.run(days()) == [0, 1, 0, 0, 0, 1, 0]


def test_no_batch_without_a_letter_a_setting_or_another_zone(tmp_path: Path) -> None:
    async def looks() -> list[int]:
        desk = Desk(tmp_path)
        none = await desk.look(0, Lender("16:00"))
        await desk.write()
        return [
            none,
            await desk.look(1, Lender(None)),
            await desk.look(1, Lender("16:00", "Asia/Shanghai")),
            await desk.look(1, Lender("05:00", "Asia/Shanghai")),
        ]

    assert asyncio.run(looks()) == [0, 0, 0, 1]


def test_what_a_disk_refuses_waits(tmp_path: Path) -> None:
    folder = tmp_path / "letters"
    folder.write_text("no folder", encoding="utf-8")

    assert asyncio.run(Desk(folder).look(0, Lender("16:00"))) == 0


@pytest.mark.parametrize("word", ["4 pm", "24:00", "16:60", "9:00"])
def test_a_time_of_day_is_written_with_four_digits(word: str) -> None:
    with pytest.raises(ValueError, match="batch_at"):
        Letters(batch_at=word)
