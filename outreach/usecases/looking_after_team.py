"""Accounts as administrators look after them: invite, give roles, disable, reset; never one's own.

An administrator of one lender gives and takes roles of that lender alone. To disable somebody, or
to make them a new password, is for whoever administers every lender that they work for.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from secrets import choice
from typing import Final

from outreach.domain.operators import Operator, Role
from outreach.domain.records import dataclass
from outreach.store import operators as store
from outreach.store.operators import Account, keep_action
from outreach.store.pool import Connection
from outreach.usecases.signing_in import hash_password

ADMINS: Final = frozenset({Role.ADMIN})
_LOGIN: Final = re.compile(r"[a-z0-9][a-z0-9._@+-]{1,59}")
_LONGEST_NAME: Final = 120
_ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS: Final = 5
_GROUP: Final = 4


class TeamError(Exception):
    """Nothing was changed; `reason` is a key of the words, such as `self` or `others`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Admin:
    """Who looks after accounts, and when (wall time)."""

    operator: Operator
    at: datetime

    def lenders(self) -> frozenset[str]:
        """Return the lenders that they administer."""
        return frozenset(self.operator.lenders(ADMINS))


def make_password() -> str:
    """Return a password to hand over: about 99 bits, easy to read aloud."""
    groups = ("".join(choice(_ALPHABET) for _ in range(_GROUP)) for _ in range(_GROUPS))
    return "-".join(groups)


async def list_team(conn: Connection, lenders: Iterable[str]) -> list[Account]:
    """Return the accounts with a role for one of these lenders, and those that have none at all."""
    own = set(lenders)
    return [
        one
        for one in await store.list_accounts(conn)
        if not one.operator.roles or own & one.operator.roles.keys()
    ]


async def invite(
    conn: Connection,
    admin: Admin,
    login: str,
    name: str,
    roles: Mapping[str, frozenset[Role]],
    *,
    has_password: bool,
) -> str | None:
    """Make an account; returns its first password, None where another system vouches for it.

    Raises:
        TeamError: The login can't be one or is taken, there is no name, or no role to give.
    """
    login, name = login.strip().casefold(), " ".join(name.split())[:_LONGEST_NAME]
    granted = {one: own for one, own in roles.items() if one in admin.lenders() and own}
    if not _LOGIN.fullmatch(login):
        raise TeamError("login")
    if not name:
        raise TeamError("name")
    if not granted:
        raise TeamError("roles")
    password = make_password() if has_password else None
    hashed = hash_password(password) if password else None
    found = await store.add_account(conn, login, name, hashed, at=admin.at)
    if found is None:
        raise TeamError("login")
    await store.set_roles(conn, found, granted)
    for lender, own in granted.items():
        await _keep(conn, admin, "account_made", f"{login}: {_said(own)}", lender)
    return password


async def change_roles(
    conn: Connection, admin: Admin, login: str, roles: Mapping[str, frozenset[Role]]
) -> None:
    """Replace somebody's roles for the lenders that `admin` administers; others stay as they are.

    Raises:
        TeamError: It is one's own account, or there is none.
    """
    account = await _other(conn, admin, login)
    before = account.operator.roles
    after = {one: own for one, own in before.items() if one not in admin.lenders()}
    after |= {one: own for one, own in roles.items() if one in admin.lenders() and own}
    await store.set_roles(conn, account.operator.operator_id, after)
    for lender in sorted(admin.lenders()):
        was, now = before.get(lender, frozenset()), after.get(lender, frozenset())
        if was != now:
            said = f"{login}: {_said(was)} → {_said(now)}"
            await _keep(conn, admin, "roles_changed", said, lender)


async def disable(conn: Connection, admin: Admin, login: str, *, undo: bool) -> None:
    """Keep somebody out and end their sessions, or let them in again.

    Raises:
        TeamError: It is one's own account, there is none, or it works for another's lender.
    """
    account = await _whole(conn, admin, login)
    await store.change_account(conn, login, disabled=not undo)
    await _about(conn, admin, "account_enabled" if undo else "account_disabled", account)


async def reset_password(conn: Connection, admin: Admin, login: str) -> str:
    """Give somebody a new password, and sign them out everywhere; returns it.

    Raises:
        TeamError: As `disable`; or the account has no password to change.
    """
    account = await _whole(conn, admin, login)
    if account.password_hash is None:
        raise TeamError("nobody")
    password = make_password()
    await store.change_account(conn, login, password_hash=hash_password(password))
    await _about(conn, admin, "password_reset", account)
    return password


async def _other(conn: Connection, admin: Admin, login: str) -> Account:
    """Return the account of somebody else who works for one of the lenders, or for none yet."""
    if login == admin.operator.login:
        raise TeamError("self")
    account = await store.find_account(conn, login)
    if account is None or not (
        not account.operator.roles or admin.lenders() & account.operator.roles.keys()
    ):
        raise TeamError("nobody")
    return account


async def _whole(conn: Connection, admin: Admin, login: str) -> Account:
    account = await _other(conn, admin, login)
    if not account.operator.roles.keys() <= admin.lenders():
        raise TeamError("others")
    return account


async def _about(conn: Connection, admin: Admin, action: str, account: Account) -> None:
    for lender in account.operator.roles or {"": frozenset()}:
        await _keep(conn, admin, action, account.operator.login, lender)


async def _keep(conn: Connection, admin: Admin, action: str, subject: str, lender: str) -> None:
    await keep_action(conn, admin.operator.login, action, subject, tenant=lender, at=admin.at)


def _said(roles: Iterable[Role]) -> str:
    return ", ".join(sorted(roles)) or "–"
