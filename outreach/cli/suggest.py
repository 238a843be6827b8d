"""`outreach suggest`: what a borrower could keep to, with the arithmetic."""

from typing import TYPE_CHECKING, Final

import click

from outreach.cli.books import find_books
from outreach.cli.operators import Desk, at_desk
from outreach.domain.affordability import Means
from outreach.domain.money import AmountError, Money
from outreach.settings import Settings

if TYPE_CHECKING:
    from datetime import datetime

    from outreach.domain.affordability import Sum

_SUMS: Final = {
    "free": "left over: income {income} - obligations {obligations} - essentials {essentials}",
    "usable": "may be asked for: {share} % of {free}",
    "rest": "beside the installment: {usable} - {installment}",
    "months": "months: {past_due} past due ÷ {rest}, rounded up",
}
_SAID: Final = {
    "keep": "The installment can be kept as it is.",
    "due_date": "The installment can be kept; another due date would suit better.",
    "plan": "What is past due can be paid in parts beside the installment.",
    "relief": "Not even the installment fits, or the plan takes too long: people have to look.",
}


@click.command()
@click.argument("loan")
@click.option("--lender", help="Slug of the lender, where several have a loan of this name.")
@click.option("--income", help="Income of a month, as in 3200.00; by default what is on record.")
@click.option("--obligations", default="0", help="Other debts of a month.")
@click.option("--essentials", default="0", help="Rent, food and what else can't wait.")
@click.option("--income-day", type=click.IntRange(1, 31), help="Day on which income comes.")
def suggest(
    loan: str,
    lender: str | None,
    income: str | None,
    obligations: str,
    essentials: str,
    income_day: int | None,
) -> None:
    """Suggest a due date or plan for LOAN. Nothing is stored, offered or sent."""
    from outreach.usecases.reading_books import NoMeansError, means_of, suggestion_for

    async def work(settings: Settings, desk: Desk) -> "datetime":
        del settings
        return desk.now

    now = at_desk(work)
    for one in find_books(loan, lender):
        currency = one.loan.currency
        try:
            if income is None:
                means = means_of(one.person, one.loan, now)
            else:
                read = [
                    Money.from_decimal_text(text, currency).minor
                    for text in (income, obligations, essentials)
                ]
                means = Means(read[0], read[1], read[2], income_day)
            found = suggestion_for(one, means, one.loan.today(now))
        except NoMeansError as error:
            raise click.ClickException(
                "nobody told what the borrower earns: give --income, or post a signal"
                " `risk.observed` of kind income_amount"
            ) from error
        except (AmountError, ValueError) as error:
            raise click.UsageError(f"an amount is wrong: {error}") from error
        for line in found.sums:
            click.echo(_line(line, currency))
        click.secho(_SAID[found.kind], bold=True)
        if found.due_day is not None:
            click.echo(f"suggested due date: day {found.due_day} of the month, after income comes")
        for number, part in enumerate(found.parts, 1):
            click.echo(f"month {number}: {Money(part, currency)} beside the installment")


def _line(line: "Sum", currency: str) -> str:
    plain = {"share"}
    told = {
        name: str(minor) if name in plain else str(Money(minor, currency))
        for name, minor in line.figures.items()
    }
    result = str(line.result) if line.key == "months" else str(Money(line.result, currency))
    return f"{_SUMS[line.key].format(**told)} = {result}"
