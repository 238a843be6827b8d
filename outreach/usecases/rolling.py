"""Turn cases with the calendar: what opens, rolls or cures on a day on which no signal came."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from outreach.domain.cases import advance, with_closed
from outreach.store.books import PersonBook
from outreach.store.cases import move_cases
from outreach.store.pool import Connection


async def roll_cases(
    conn: Connection, books: Mapping[int, PersonBook], *, now: datetime
) -> dict[int, PersonBook]:
    """Advance the cases of locked persons to each lender's today and return the books as they are.

    Args:
        conn: Inside the transaction that holds the persons.
        books: By person.
        now: Business time.
    """
    moves = []
    for person, book in books.items():
        for loan in book.loans.values():
            case = book.cases.get(loan.loan_id)
            if move := advance(loan, case, loan.today(now)):
                moves.append((book.tenant_id, person, move))
    if not moves:
        return dict(books)
    opened = await move_cases(conn, moves)
    rolled = dict(books)
    for _, person, move in moves:
        if move.closed is not None:
            book = rolled[person]
            cases = dict(book.cases)
            cases.pop(move.closed.loan_id, None)
            past = with_closed(book.past_cases, move)
            rolled[person] = replace(book, cases=cases, past_cases=past)
    for (person, loan_id), case in opened.items():
        book = rolled[person]
        rolled[person] = replace(book, cases={**book.cases, loan_id: case})
    return rolled
