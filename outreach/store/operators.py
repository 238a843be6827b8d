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
    SELECT operator_id, login, name, password_hash, generation, disabled,
           subject IS NOT NULL AS is_vouched
      FROM operators
     WHERE login = $1
"""
SQL_OPERATORS: Final = """
    SELECT operator_id, login, name, password_hash, generation, disabled,
           subject IS NOT NULL AS is_vouched
      FROM operators
  ORDER BY login
"""
SQL_VOUCHED: Final = """
    SELECT operator_id, login, name, password_hash, generation, disabled,
           subject IS NOT NULL AS is_vouched
      FROM operators
     WHERE issuer = $1 AND subject = $2
"""
# An account that nobody vouches for yet, and that has no password, was made to be signed in to so.
SQL_VOUCH: Final = """
    UPDATE operators
       SET issuer = $2, subject = $3, name = $4
     WHERE login = $1 AND password_hash IS NULL AND subject IS NULL
    RETURNING operator_id
"""
SQL_RENAME: Final = "UPDATE operators SET name = $2 WHERE operator_id = $1 AND name <> $2"
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


SQL_TRAIL: Final = """
    SELECT audit_id, tenant_id, login, action, subject, at
      FROM operator_audit
     WHERE tenant_id = $1
       AND audit_id < $2
       AND ($3::text = '' OR login = $3)
       AND ($4::text = '' OR (action LIKE 'GET %') = ($4 = 'looked')
            AND (action LIKE 'sign%') = ($4 = 'signed'))
       AND at >= $5
       AND at < $6
  ORDER BY audit_id DESC
     LIMIT $7
"""


@dataclass(frozen=True, slots=True)
class Account:
    """An operator with what proves who they are; `password_hash` is never shown."""

    operator: Operator
    password_hash: str | None
    is_vouched: bool = False
    """Whether a provider of sign-in has vouched for it."""

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


async def find_vouched(conn: Connection, issuer: str, subject: str) -> Account | None:
    """Return the account of whom a provider of sign-in vouches for; None if there is none."""
    found = await _accounts(conn, await conn.fetch(SQL_VOUCHED, issuer, subject))
    return found[0] if found else None


async def vouch(conn: Connection, login: str, issuer: str, subject: str, name: str) -> bool:
    """Let a provider vouch for an account; False if it has a password or another's word."""
    return await conn.fetchval(SQL_VOUCH, login, issuer, subject, name) is not None


async def rename(conn: Connection, operator_id: int, name: str) -> None:
    """Call somebody by another name; what they recorded keeps the one it has."""
    await conn.execute(SQL_RENAME, operator_id, name)


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
        found.append(Account(operator, row["password_hash"], row["is_vouched"]))
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


@dataclass(frozen=True, slots=True)
class TrailFilter:
    """Which actions of one lender's trail: of a login, of a kind, within a time.

    `kind` is `changed`, `looked`, `signed` or "" for all; `login` "" is everybody.
    """

    login: str
    kind: str
    since: datetime
    until: datetime


async def list_trail(
    conn: Connection, tenant: str, chosen: TrailFilter, *, before: int, limit: int
) -> list[tuple[int, Audited]]:
    """Return actions below an id, newest first, each with its id."""
    rows = await conn.fetch(
        SQL_TRAIL,
        tenant,
        before,
        chosen.login,
        chosen.kind,
        chosen.since,
        chosen.until,
        limit,
    )
    return [(row["audit_id"], Audited(*list(row.values())[1:])) for row in rows]
