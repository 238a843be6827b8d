"""Accounts of people, their roles, and the record of what they did."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import asyncpg

from outreach.domain.operators import Operator, Role
from outreach.domain.records import dataclass
from outreach.store.pool import Connection

SQL_OPERATOR: Final = """
    SELECT operator_id, login, name, password_hash, generation, disabled
      FROM operators
     WHERE login = $1
"""
SQL_OPERATORS: Final = """
    SELECT operator_id, login, name, password_hash, generation, disabled
      FROM operators
  ORDER BY login
"""
SQL_ROLES: Final = """
    SELECT operator_id, tenant_id, role FROM operator_roles WHERE operator_id = ANY($1::bigint[])
"""
SQL_ADD: Final = """
    INSERT INTO operators (login, name, password_hash, created_at)
    VALUES ($1, $2, $3, $4)
    ON CONFLICT (login) DO NOTHING
    RETURNING operator_id
"""
# Whoever changes a password or disables an account ends the sessions that it has.
SQL_CHANGE: Final = """
    UPDATE operators
       SET password_hash = COALESCE($2, password_hash),
           disabled = COALESCE($3, disabled),
           generation = generation + 1
     WHERE login = $1
    RETURNING operator_id
"""
SQL_GRANT: Final = """
    INSERT INTO operator_roles (tenant_id, operator_id, role)
    SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[])
    ON CONFLICT DO NOTHING
"""
SQL_REVOKE_ALL: Final = "DELETE FROM operator_roles WHERE operator_id = $1"
SQL_AUDIT: Final = """
    INSERT INTO operator_audit (tenant_id, login, action, subject, at) VALUES ($1, $2, $3, $4, $5)
"""
SQL_AUDITED: Final = """
    SELECT tenant_id, login, action, subject, at
      FROM operator_audit
     WHERE $1::text IS NULL OR login = $1
  ORDER BY audit_id DESC
     LIMIT $2
"""


@dataclass(frozen=True, slots=True)
class Account:
    """An operator with what proves who they are; `password_hash` is never shown."""

    operator: Operator
    password_hash: str | None

    def __repr__(self) -> str:
        return f"<Account {self.operator.login}>"


@dataclass(frozen=True, slots=True)
class Audited:
    """One thing that somebody did."""

    tenant: str
    """Empty where it was about no one lender."""
    login: str
    action: str
    subject: str
    at: datetime


async def find_account(conn: Connection, login: str) -> Account | None:
    """Return the account of a login, disabled ones as well; None if there is none."""
    rows = await conn.fetch(SQL_OPERATOR, login)
    found = await _accounts(conn, rows)
    return found[0] if found else None


async def list_accounts(conn: Connection) -> list[Account]:
    """Return every account in the order of logins."""
    return await _accounts(conn, await conn.fetch(SQL_OPERATORS))


async def _accounts(conn: Connection, rows: Sequence[asyncpg.Record]) -> list[Account]:
    roles: dict[int, dict[str, set[Role]]] = defaultdict(lambda: defaultdict(set))
    for one in await conn.fetch(SQL_ROLES, [row["operator_id"] for row in rows]):
        roles[one["operator_id"]][one["tenant_id"]].add(Role(one["role"]))
    found = []
    for row in rows:
        own = {tenant: frozenset(each) for tenant, each in roles[row["operator_id"]].items()}
        operator = Operator(
            row["operator_id"],
            row["login"],
            row["name"],
            own,
            row["generation"],
            row["disabled"],
        )
        found.append(Account(operator, row["password_hash"]))
    return found


async def add_account(
    conn: Connection, login: str, name: str, password_hash: str | None, *, at: datetime
) -> int | None:
    """Add an account without roles and return its id; None if the login is taken."""
    found: int | None = await conn.fetchval(SQL_ADD, login, name, password_hash, at)
    return found


async def change_account(
    conn: Connection, login: str, *, password_hash: str | None = None, disabled: bool | None = None
) -> bool:
    """Change what isn't None and end the account's sessions; False if there is no such login."""
    return await conn.fetchval(SQL_CHANGE, login, password_hash, disabled) is not None


async def set_roles(
    conn: Connection, operator_id: int, roles: Mapping[str, frozenset[Role]]
) -> None:
    """Replace all roles of an account; call within a transaction."""
    await conn.execute(SQL_REVOKE_ALL, operator_id)
    pairs = [(tenant, role) for tenant, own in roles.items() for role in own]
    await conn.execute(
        SQL_GRANT,
        [tenant for tenant, _ in pairs],
        [operator_id] * len(pairs),
        [role for _, role in pairs],
    )


async def keep_action(
    conn: Connection, login: str, action: str, subject: str, *, tenant: str, at: datetime
) -> None:
    """Record what somebody did."""
    await conn.execute(SQL_AUDIT, tenant, login, action, subject, at)


async def list_actions(conn: Connection, login: str | None, most: int) -> list[Audited]:
    """Return the newest actions, of one login or of everybody."""
    return [Audited(*row.values()) for row in await conn.fetch(SQL_AUDITED, login, most)]
