"""Words go out to files and come back; what changed on both sides is never overwritten."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from outreach.domain.template_versions import NewWords
from outreach.rendering.errors import TemplateFileError
from outreach.rendering.lint import lint_path
from outreach.usecases.template_approving import publish
from outreach.usecases.template_drafts import open_draft, save_draft
from outreach.usecases.template_files import VERSIONS_FILE, Imported, export_words, import_words
from tests.e2e.service import ROOT
from tests.usecases.template_office import ANN, CEM, OLD, PLACE, Office, an_office

MESSAGES = ROOT / "templates" / "messages"
WORDS = Path("overdue_early/en-US/sms.txt.j2")


@pytest.fixture
async def office(database_url: str) -> AsyncIterator[Office]:
    async with an_office(database_url) as found:
        yield found


async def imported(office: Office, folder: Path) -> list[Imported]:
    """Import, and return what isn't simply the same."""
    found = await import_words(office, "acme", folder, office.by(ANN))
    return [one for one in found if one.outcome != "same"]


def mend(path: Path, old: str, new: str) -> None:
    path.write_text(path.read_text().replace(old, new))


async def test_a_lenders_words_alone_are_exported_unless_all_are_asked_for(
    office: Office, tmp_path: Path
) -> None:
    nothing = await export_words(office, "acme", tmp_path / "a", MESSAGES)
    ready = await office.approved(OLD, "Call us.")
    await publish(office, "acme", ready.version_id, office.by(ANN))

    own = await export_words(office, "acme", tmp_path / "b", MESSAGES)
    every = await export_words(office, "acme", tmp_path / "c", MESSAGES, everything=True)

    assert nothing == []
    assert [(one.place, one.number) for one in own] == [(PLACE, 1)]
    assert "Call us." in (tmp_path / "b" / WORDS).read_text()
    assert not [one for one in lint_path(tmp_path / "b" / WORDS, tmp_path / "b") if one.is_error]
    assert len(every) > 50
    assert (tmp_path / "c" / "overdue_early/en-US/email.subject.txt.j2").is_file()
    assert await imported(office, tmp_path / "c") == []


async def test_what_one_side_changed_is_taken_and_what_both_changed_is_a_conflict(
    office: Office, tmp_path: Path
) -> None:
    await export_words(office, "acme", tmp_path, MESSAGES, everything=True)
    mend(tmp_path / WORDS, OLD, "Call us.")

    [first] = await imported(office, tmp_path)
    waiting = await imported(office, tmp_path)
    mend(tmp_path / WORDS, "Call us.", "Ask us.")
    [open_one] = await imported(office, tmp_path)
    mend(tmp_path / WORDS, "Ask us.", "Call us.")
    draft = await open_draft(office, PLACE, office.by(ANN))
    ready = await office.let_through(draft)
    await publish(office, "acme", ready.version_id, office.by(ANN))
    same = await imported(office, tmp_path)
    mend(tmp_path / WORDS, "Call us.", "Write to us.")
    [both] = await imported(office, tmp_path)
    mend(tmp_path / WORDS, "Write to us.", OLD)
    [kept] = await imported(office, tmp_path)
    await export_words(office, "acme", tmp_path, MESSAGES)
    mend(tmp_path / WORDS, "Call us.", "Write to us.")
    [second] = await imported(office, tmp_path)

    assert (first.place, first.outcome, first.number) == (PLACE, "draft", 1)
    assert waiting == same == []
    assert (open_one.outcome, open_one.number) == ("conflict", 1)
    assert "v1 of ann is open" in open_one.detail
    assert (both.outcome, kept.outcome) == ("conflict", "kept")
    assert (second.outcome, second.number) == ("draft", 2)


async def test_a_folder_of_git_without_an_export_is_compared_with_the_installation(
    office: Office, tmp_path: Path
) -> None:
    await export_words(office, "acme", tmp_path, MESSAGES, everything=True)
    (tmp_path / VERSIONS_FILE).unlink()
    mend(tmp_path / WORDS, OLD, "Call us.")
    odd = tmp_path / "no_such_key" / "en-US" / "sms.txt.j2"
    odd.parent.mkdir(parents=True)
    odd.write_text("Hello.\n")

    found = {one.outcome: one for one in await imported(office, tmp_path)}
    words = NewWords((tmp_path / WORDS).read_text() + "More.\n", "")
    draft = await open_draft(office, PLACE, office.by(CEM))
    await save_draft(office, "acme", draft.version_id, words, office.by(CEM),
                     revision=draft.revision)  # fmt: skip
    again = {one.outcome for one in await imported(office, tmp_path)}

    assert found.keys() == {"draft", "unknown"}
    assert found["unknown"].place.key == "no_such_key"
    assert again == {"conflict", "unknown"}


async def test_an_export_of_another_lender_or_a_broken_one_is_refused(
    office: Office, tmp_path: Path
) -> None:
    for text, said in (
        ("lender: other\nwords: {}\n", "export of other"),
        ("[]", "isn't what an export writes"),
        ("{", "isn't what an export writes"),
        ("lender: acme\nwords: {a: {words: [x, x]}}\n", "isn't what an export writes"),
        ("#" * 300_000, "isn't what an export writes"),
        ("[" * 50_000, "isn't what an export writes"),
    ):
        (tmp_path / VERSIONS_FILE).write_text(text)
        with pytest.raises(TemplateFileError, match=said):
            await imported(office, tmp_path)
