"""`outreach payoff`: what pays a loan off today, with its arithmetic."""

from typing import Final

import click

from outreach.cli.books import find_books
from outreach.cli.operators import Desk, at_desk
from outreach.domain.early_payoff import NoPayoffError, early_payoff
from outreach.domain.money import Money
from outreach.settings import Settings

_WHY: Final = {
    "closed": "the loan is closed",
    "nothing_owed": "nothing is owed",
    "schedule_unknown": "the whole schedule isn't known with principal and interest of each"
    " installment; a signal `schedule.snapshot` with `amounts` tells it",
    "rebate_unlawful": "`rule_of_78` may not be used for this loan; settle another `rebate`",
}


@click.command()
@click.argument("loan")
@click.option("--lender", help="Slug of the lender, where several have a loan of this name.")
def payoff(loan: str, lender: str | None) -> None:
    """Compute what pays LOAN off today by the lender's rules. Nothing is sent or stored."""

    async def work(settings: Settings, desk: Desk) -> tuple[Settings, Desk]:
        return settings, desk

    settings, desk = at_desk(work)
    for one in find_books(loan, lender):
        rules = one.rules.payoff
        if rules is None:
            raise click.ClickException(
                f"{one.tenant} settled no [lenders.{one.tenant}.repayment.early_payoff]"
            )
        country, today = settings.lenders[one.tenant].country, one.loan.today(desk.now)
        try:
            found = early_payoff(one.loan, today, rules=rules, country=country)
        except NoPayoffError as error:
            raise click.ClickException(f"no figure: {_WHY[error.reason]}") from error

        def money(minor: int, currency: str = one.loan.currency) -> str:
            return str(Money(minor, currency))

        click.echo(f"principal         {money(found.principal_minor):>18}")
        click.echo(f"interest earned   {money(found.interest_minor):>18}")
        click.echo(f"fees and charges  {money(found.charges_minor):>18}")
        click.echo(f"agreed charge     {money(found.fee_minor):>18}")
        click.echo(f"pays it off       {money(found.amount_minor):>18}  until {found.valid_until}")
        click.echo(f"interest not asked for {money(found.rebate_minor)} ({rules.rebate}),")
        click.echo(f"saved against the schedule: {money(found.saved_minor)}")
