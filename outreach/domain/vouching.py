"""What a provider of sign-in says about somebody, and what that makes of them here."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from outreach.domain.operators import Role
from outreach.domain.records import dataclass

LONGEST_LOGIN: Final = 200
_LONGEST_NAME: Final = 120
_MOST_GROUPS: Final = 2_000


@dataclass(frozen=True, slots=True)
class Vouched:
    """Somebody whom a provider vouches for.

    Attributes:
        issuer: The provider.
        subject: Its own name of them, which never changes hands.
        login: For a new account; lower case. "" where the claim is absent or not verified.
        name: Kept with what they record.
        roles: By lender.
    """

    issuer: str
    subject: str
    login: str
    name: str
    roles: Mapping[str, frozenset[Role]]


def login_of(claims: Mapping[str, Any], claim: str) -> str:
    """Return the login that a claim makes; "" where it can't be trusted or told."""
    told = claims.get(claim)
    if claim == "email" and claims.get("email_verified") is not True:
        return ""
    login = told.strip().casefold() if isinstance(told, str) else ""
    return login if login.isprintable() and len(login) <= LONGEST_LOGIN else ""


def name_of(claims: Mapping[str, Any], login: str) -> str:
    """Return what somebody is called, or else their login."""
    told = claims.get("name")
    name = " ".join(told.split()) if isinstance(told, str) else ""
    return name[:_LONGEST_NAME] if name and name.isprintable() else login


def groups_of(claims: Mapping[str, Any], path: str) -> tuple[str, ...]:
    """Return the groups that a claim lists: of that very name, else down a path of dots."""
    found: Any = claims.get(path)
    if found is None:
        found = claims
        for part in path.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
    if isinstance(found, str):
        found = [found]
    if not isinstance(found, Sequence):
        return ()
    return tuple(one for one in found[:_MOST_GROUPS] if isinstance(one, str))


def roles_of(
    groups: Iterable[str], table: Mapping[str, Sequence[str]], lenders: Iterable[str]
) -> dict[str, frozenset[Role]]:
    """Return the roles that groups give, by lender; an unknown group or lender gives nothing.

    Args:
        groups: That the provider says somebody is in.
        table: Group → roles, each as `lender:role`.
        lenders: That there are.
    """
    known = set(lenders)
    found: dict[str, set[Role]] = {}
    for group in groups:
        for grant in table.get(group, ()):
            lender, _, role = grant.partition(":")
            if lender in known and role in set(Role):
                found.setdefault(lender, set()).add(Role(role))
    return {lender: frozenset(own) for lender, own in found.items()}
