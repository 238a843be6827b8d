"""The package of a case for court: who owes what, what was done, and the proof that it was so."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

from outreach.domain.hand_offs import SERVICE
from outreach.domain.sealing import SealedRow
from outreach.rendering.letter_pdf import PrintError, print_sheet
from outreach.rendering.papers import Papers
from outreach.store import extracts, hand_offs
from outreach.store.books import load_books
from outreach.store.hand_offs import KeptHandOff
from outreach.store.loans import load_loans
from outreach.store.pool import Connection, Pool
from outreach.store.vault import PersonKey, Vault
from outreach.usecases.folders import Written, write_folder
from outreach.usecases.hand_off_steps import save_terms
from outreach.usecases.lenders import LenderPlan
from outreach.usecases.letters import print_letter, read_draft, sheet_aad
from outreach.usecases.referring_files import Case, package_of, said_in, summary_sheet
from outreach.usecases.seal import seal_log


class Outfit(Protocol):
    """What packing takes from the runtime."""

    @property
    def db(self) -> Pool:
        """Where everything is."""

    @property
    def vault(self) -> Vault:
        """Keys of the people."""


async def write_package(
    outfit: Outfit,
    kept: KeptHandOff,
    lender: LenderPlan,
    papers: Papers,
    base: Path,
    *,
    now: datetime,
    wall: datetime,
) -> Written:
    """Write a case's package and note where it is; one that was written stays as it is.

    Args:
        outfit: Pool and keys.
        kept: The case, referred.
        lender: Whose case it is.
        papers: What lays out the summary.
        base: Folder of all packages.
        now: Business time.
        wall: Wall time.

    Raises:
        OSError: The folder can't be written; the next sweep tries again.
    """
    await seal_log(outfit.db, wall_now=wall)
    async with (
        outfit.db.acquire() as conn,
        conn.transaction(isolation="repeatable_read", readonly=True),
    ):
        case = await _read(conn, outfit.vault, kept, lender, now)
    files = package_of(case, papers)
    missing = await _print_into(files, case)
    about = {
        "kind": "referral",
        "case": kept.hand_off.ref,
        "lender": lender.name,
        "loan": case.loan.ref,
        "mode": lender.mode,
        "made_at": now.isoformat(),
        **({"not_printed": missing} if missing else {}),
    }
    name = f"referral-{kept.hand_off.ref}"
    written = await asyncio.to_thread(write_folder, base, name, files, about)
    await note_written(outfit, kept, written, now=now)
    return written


async def note_written(
    outfit: Outfit, kept: KeptHandOff, written: Written, *, now: datetime
) -> None:
    """Keep in the hand-off and in the log which folder was written, and its manifest's hash."""
    terms = {"folder": written.path.name, "manifest_sha256": written.digest}
    await save_terms(outfit.db, outfit.vault, kept, terms, by=SERVICE, now=now)
    async with outfit.db.acquire() as conn:
        await hand_offs.mark_written(conn, kept.person_id, kept.contact_id, at=now)


async def _read(
    conn: Connection, vault: Vault, kept: KeptHandOff, lender: LenderPlan, now: datetime
) -> Case:
    person, loan_id = kept.person_id, kept.hand_off.loan_id
    book = (await load_books(conn, vault, [person]))[person]
    loan = (await load_loans(conn, [person], whole=True))[person][loan_id]
    about = await extracts.list_debts_of_contacts(conn, person)
    rows = [
        row
        for row in await extracts.list_rows_of(conn, person)
        if _is_about(row, about, kept.key, loan_id)
    ]
    seals = await extracts.list_covering(conn, [row.event_id for row in rows])
    sheets = await extracts.list_letters_of(conn, person, loan_id)
    letters = [read_draft(kept.key.decrypt(one, sheet_aad(person))) for one in sheets]
    return Case(kept, book, loan, tuple(rows), tuple(seals), lender, now, tuple(letters))


async def _print_into(files: dict[str, bytes], case: Case) -> list[str]:
    """Add the summary and the letters as PDF; returns the names of those that can't be printed."""
    missing = []
    sheet = summary_sheet(case)
    try:
        files["summary.pdf"] = (await print_sheet(sheet)).pdf
    except PrintError:
        missing.append("summary.pdf")
    for draft in case.letters:
        name = f"documents/{draft.number}.pdf"
        try:
            files[name] = (await print_letter(draft)).pdf
        except PrintError:
            missing.append(name)
    return missing


def _is_about(
    row: SealedRow, contacts: Mapping[str, Sequence[int]], key: PersonKey, loan_id: int
) -> bool:
    """Say whether a row is about the loan: a case is no place for somebody's other debts."""
    if row.contact_id in contacts:
        return loan_id in contacts[row.contact_id]
    return loan_id in said_in(row, key).get("debts", ())
