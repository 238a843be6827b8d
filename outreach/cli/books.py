"""`outreach books`: one loan's installments, payments, and how they were divided."""

from typing import TYPE_CHECKING

import click

from outreach.cli.operators import Desk, at_desk
from outreach.domain.loan_books import agreed_division, value_date
from outreach.domain.money import Money
from outreach.settings import Settings

if TYPE_CHECKING:
    from outreach.usecases.reading_books import BooksOfLoan


@click.command()
@click.argument("loan")
@click.option("--lender", help="Slug of the lender, where several have a loan of this name.")
def books(loan: str, lender: str | None) -> None:
    """Show the books of LOAN, the lender's own reference. Mind the screen: it is personal data.

    Exit status 1 when a difference from the platform's figures is open.
    """
    found = find_books(loan, lender)
    for one in found:
        _show(one)
    if any(row.closed_at is None for one in found for row in one.differences):
        raise click.exceptions.Exit(1)


def find_books(loan: str, lender: str | None) -> "list[BooksOfLoan]":
    """Return the books of a loan by its reference, or say that there is none."""
    from outreach.plans import products_of
    from outreach.usecases.reading_books import read_books

    async def work(settings: Settings, desk: Desk) -> "list[BooksOfLoan]":
        if lender is not None and lender not in settings.lenders:
            known = ", ".join(settings.lenders)
            raise click.UsageError(f"no lender is called {lender}; there are {known}")
        tenants = [lender] if lender else list(settings.lenders)
        return await read_books(desk, tenants, loan, products_of(settings))

    found = at_desk(work)
    if not found:
        raise click.ClickException(
            f"no loan is called {loan}; `outreach inbox list` shows signals without effect"
        )
    return found


def _show(found: "BooksOfLoan") -> None:
    loan, books = found.loan, found.books

    def money(minor: int) -> str:
        return str(Money(minor, loan.currency))

    click.secho(f"{loan.ref} · {found.tenant} · {loan.status}", bold=True)
    click.echo("installments: number, due, billed, left by our books, left by the platform")
    billed = {bill.number: sum(bill.parts.values()) for bill in books.bills}
    for one in loan.installments:
        left = books.allocated.left_minor(one.number)
        click.echo(
            f"  {one.number:>3}  {one.due_on}  {money(billed[one.number]):>16}"
            f"  {money(left):>16}  {money(one.outstanding_minor):>16}"
        )
    if not books.since_start:
        click.echo("  the books begin with what was left when the platform told the schedule")
    if books.before_minor:
        click.echo(f"  paid before our records: {money(books.before_minor)}")
    click.echo("payments: value date, reference, amount, how it was divided")
    for payment in sorted(loan.payments.values(), key=lambda one: (value_date(one), one.ref)):
        amount = "?" if payment.amount_minor is None else money(payment.amount_minor)
        told = agreed_division(payment)
        words = ", ".join(f"{name} {money(minor)}" for name, minor in (told or {}).items())
        state = " reversed" if payment.is_reversed else " not final" if payment.provisional else ""
        said = words or ("" if state == " reversed" else "division uncertain")
        click.echo(f"  {value_date(payment)}  {payment.ref}  {amount}{state}  {said}".rstrip())
    for row in found.differences:
        state = "closed" if row.closed_at else "agrees again" if row.agreed_at else "open"
        click.echo(f"difference {row.kind} {row.about} ({state}): `outreach discrepancies show`")
