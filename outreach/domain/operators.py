"""People who work with the console, and what each may do for which lender."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from outreach.domain.records import dataclass


class Role(StrEnum):
    """What somebody may do for one lender; one person may have several."""

    OPERATOR = "operator"
    """Edits words and treatments, answers replies, works on tasks."""
    APPROVER = "approver"
    """Approves what others wrote or asked for."""
    COMPLIANCE = "compliance"
    """Reads everything, changes holds, reviews contacts."""
    ADMIN = "admin"
    """Stops and resumes, replays signals, looks after the installation."""


EVERYBODY: Final = frozenset(Role)


@dataclass(frozen=True, slots=True)
class Operator:
    """Somebody who has an account, or the visitor of a development installation.

    Attributes:
        operator_id: 0 for the visitor.
        login: What they sign in with; lower case.
        name: Kept with everything that they record.
        roles: By lender; a lender that isn't named is nothing to them.
        generation: Rises when the password changes or somebody signs them out everywhere.
        disabled: May not sign in, nor go on.
    """

    operator_id: int
    login: str
    name: str
    roles: Mapping[str, frozenset[Role]]
    generation: int = 0
    disabled: bool = False

    @property
    def signature(self) -> str:
        """How what they record is signed: the name, and the login that nobody else has."""
        return f"{self.name} ({self.login})"

    def signed(self, signature: str) -> bool:
        """Whether a signature is theirs, whatever they were called when they signed."""
        return same_signer(self.signature, signature)

    def may(self, tenant: str, needed: frozenset[Role]) -> bool:
        """Whether one of their roles for this lender is among those needed."""
        return not self.disabled and bool(self.roles.get(tenant, frozenset()) & needed)

    def lenders(self, needed: frozenset[Role]) -> tuple[str, ...]:
        """Return the lenders for which they have one of the roles needed, in order of name."""
        return tuple(sorted(tenant for tenant in self.roles if self.may(tenant, needed)))


def same_signer(one: str, other: str) -> bool:
    """Whether two signatures are one person's: of one login, or else of the same words.

    A provider of sign-in may let people change what they are called; their login stays.
    """
    return _signer(one) == _signer(other)


def _signer(signature: str) -> str:
    words = signature.strip().casefold()
    _, mark, login = words.rpartition(" (")
    return login.removesuffix(")") if mark and words.endswith(")") else words
