"""What to look at once the demonstration is over: pages, files and commands."""

from datetime import datetime

from rich.console import Console

from outreach.demo.own_pages import find_own_page
from outreach.demo.portfolio import Book
from outreach.demo.second_person import LateWork
from outreach.settings import Settings
from outreach.store.overview import find_telling_loan
from outreach.store.pool import Pool


async def say_next(
    console: Console,
    settings: Settings,
    pool: Pool,
    books: tuple[Book, ...],
    work: LateWork,
    now: datetime,
) -> None:
    """Print what to look at next; `now` is business time."""
    async with pool.acquire() as conn:
        loan = await find_telling_loan(conn) or "LOAN"
    base, here = settings.public_base_url, f"OUTREACH_DATA_DIR={settings.data_dir}"
    lender = next((one.lender for one in books if loan.startswith(one.prefix)), "LENDER")
    late: list[tuple[str, str]] = []
    if work.letter is not None:
        late.append(("a letter, as it went to the printer", str(work.letter)))
    if work.package is not None:
        late.append(("a case for court, with its proof", str(work.package)))
        late.append(
            ("  check it, without the database", f"outreach referrals verify {work.package}")
        )
    page = await find_own_page(settings, pool, loan, now)
    console.print("\nWhat to look at next", style="bold")
    for what, where in (
        *((f"this borrower's own page; the digits are {one.digits}", one.address) for one in page),
        ("contact log", f"{base}/"),
        ("API, to post your own signals", f"{base}/v1/docs"),
        ("why one borrower was, or was not, contacted", f"{here} outreach explain {loan}"),
        ("one loan's story", f"{here} outreach log tail --loan {loan}"),
        ("its risk tier, and why", f"{here} outreach risk show {loan} --lender {lender}"),
        *late,
        ("what waits for people", f"{here} outreach tasks list"),
        ("a report", f"{here} outreach report --lender {lender}"),
        ("proof that nothing was edited", f"{here} outreach log verify"),
        ("who is contacted on which day", f"{settings.config_dir / 'treatments'}"),
        ("which rules decide", f"{settings.config_dir / 'compliance'}"),
        ("the words", f"{settings.templates_dir / 'messages'}"),
    ):
        console.print(f"  {what}")
        console.print(f"    {where}", soft_wrap=True, highlight=False)
