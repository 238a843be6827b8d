"""`outreach users`: accounts of people who work with the console."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from outreach.cli.operators import Desk, at_desk
from outreach.domain.operators import Role
from outreach.settings import Settings, load_settings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from outreach.store.pool import Connection

_T = TypeVar("_T")

_ROLES: Final = ", ".join(Role)


@click.group()
def users() -> None:
    """Add, list, change and disable accounts.

    A role is given for one lender, as LENDER:ROLE; roles are operator, approver, compliance, admin.
    """


@users.command()
@click.argument("login")
@click.option("--name", required=True, help="Shown to others and kept with what they record.")
@click.option("--role", "roles", multiple=True, required=True, help="LENDER:ROLE; repeat it.")
@click.option(
    "--password",
    prompt=True,
    hide_input=True,
    confirmation_prompt=True,
    help="Asked for if absent.",
)
def add(login: str, name: str, roles: tuple[str, ...], password: str) -> None:
    """Add an account."""
    from outreach.store.operators import add_account, set_roles
    from outreach.usecases.signing_in import WeakPasswordError, check_password, hash_password

    settings = load_settings()
    granted = _roles(settings, roles)
    login = login.strip().casefold()
    try:
        check_password(password, login)
    except WeakPasswordError as error:
        raise click.UsageError(f"the password is too easy to guess: {error}") from error

    async def run(conn: "Connection", now: "datetime") -> None:
        found = await add_account(conn, login, name, hash_password(password), at=now)
        if found is None:
            message = f"there is an account {login} already: change it with outreach users roles"
            raise click.ClickException(message)
        await set_roles(conn, found, granted)

    _on_store(run)
    click.echo(f"{login} may sign in at {settings.public_base_url or ''}/sign-in")


@users.command("list")
def list_() -> None:
    """List every account with its roles."""
    from outreach.store.operators import list_accounts

    async def run(conn: "Connection", now: "datetime") -> list[str]:
        del now
        lines = []
        for account in await list_accounts(conn):
            one = account.operator
            own = [f"{tenant}:{role}" for tenant in sorted(one.roles) for role in one.roles[tenant]]
            state = "disabled" if one.disabled else ", ".join(sorted(own)) or "no role"
            lines.append(f"{one.login:<24} {one.name:<28} {state}")
        return lines

    found = _on_store(run)
    click.echo("\n".join(found) or "There is no account; add one with outreach users add.")


@users.command()
@click.argument("login")
@click.option("--role", "granted", multiple=True, help="LENDER:ROLE; repeat it; none takes all.")
def roles(login: str, granted: tuple[str, ...]) -> None:
    """Replace the roles of an account; takes effect at once."""
    from outreach.store.operators import find_account, set_roles

    wanted = _roles(load_settings(), granted)

    async def run(conn: "Connection", now: "datetime") -> None:
        del now
        account = await find_account(conn, login.casefold())
        if account is None:
            raise _unknown(login)
        await set_roles(conn, account.operator.operator_id, wanted)

    _on_store(run)
    click.echo(f"{login} now has {', '.join(granted) or 'no role'}")


@users.command()
@click.argument("login")
@click.option("--password", prompt=True, hide_input=True, confirmation_prompt=True)
def password(login: str, password: str) -> None:
    """Change a password and sign the account out everywhere."""
    from outreach.usecases.signing_in import WeakPasswordError, check_password, hash_password

    try:
        check_password(password, login.casefold())
    except WeakPasswordError as error:
        raise click.UsageError(f"the password is too easy to guess: {error}") from error
    _change(login, password_hash=hash_password(password))
    click.echo(f"{login} has a new password and is signed out everywhere")


@users.command()
@click.argument("login")
@click.option("--undo", is_flag=True, help="Let them sign in again.")
def disable(login: str, *, undo: bool) -> None:
    """Keep an account from signing in, and end its sessions."""
    _change(login, disabled=not undo)
    click.echo(f"{login} may {'sign in again' if undo else 'no longer sign in'}")


@users.command()
@click.option("--login", help="Of one account; of all if absent.")
@click.option("--most", default=50, show_default=True, help="How many.")
def audit(login: str | None, most: int) -> None:
    """Show who did what, newest first."""
    from outreach.store.operators import list_actions

    async def run(conn: "Connection", now: "datetime") -> list[str]:
        del now
        return [
            f"{one.at:%Y-%m-%d %H:%M:%S}Z  {one.login:<24} {one.action:<18} {one.tenant or '-':<12}"
            f" {one.subject}"
            for one in await list_actions(conn, login.casefold() if login else None, most)
        ]

    found = _on_store(run)
    click.echo("\n".join(found) or "Nobody did anything yet.")


def _change(login: str, **changes: Any) -> None:
    from outreach.store.operators import change_account

    async def run(conn: "Connection", now: "datetime") -> None:
        del now
        if not await change_account(conn, login.casefold(), **changes):
            raise _unknown(login)

    _on_store(run)


def _unknown(login: str) -> click.ClickException:
    return click.ClickException(f"there is no account {login}: see outreach users list")


def _roles(settings: Settings, given: tuple[str, ...]) -> Mapping[str, frozenset[Role]]:
    found: dict[str, set[Role]] = {}
    for one in given:
        tenant, _, role = one.partition(":")
        if tenant not in settings.lenders or role not in set(Role):
            known = ", ".join(settings.lenders) or "none"
            message = f"{one!r} is no LENDER:ROLE; lenders are {known}; roles are {_ROLES}"
            raise click.UsageError(message)
        found.setdefault(tenant, set()).add(Role(role))
    return {tenant: frozenset(own) for tenant, own in found.items()}


def _on_store(run: "Callable[[Connection, datetime], Awaitable[_T]]") -> _T:
    """Run something in one transaction of the store."""

    async def work(settings: Settings, desk: Desk) -> _T:
        del settings
        async with desk.db.acquire() as conn, conn.transaction():
            return await run(conn, desk.wall_now)

    return at_desk(work)
