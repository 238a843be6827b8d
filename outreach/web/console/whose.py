"""Which lender a page is about: the one in its address, else the first of the visitor's."""

from collections.abc import Mapping

from aiohttp import web

from outreach.domain.operators import EVERYBODY, Role
from outreach.domain.records import dataclass
from outreach.runtime import Runtime
from outreach.usecases.lenders import LenderPlan
from outreach.web.console.access import ABOUT, SESSION


@dataclass(frozen=True, slots=True)
class Whose:
    """A page's lender.

    Attributes:
        plan: The lender.
        lenders: Slug and name of each that the visitor may choose, in the settings' order.
    """

    plan: LenderPlan
    lenders: Mapping[str, str]

    @property
    def slug(self) -> str:
        """The lender's."""
        return self.plan.slug


def whose(
    request: web.Request, runtime: Runtime, roles: frozenset[Role] = EVERYBODY, *, chosen: str = ""
) -> Whose | None:
    """Return whom a page is about; None where the visitor has no such lender.

    Args:
        request: With `?lender=`, or without.
        runtime: Whose lenders.
        roles: Of which the visitor needs one.
        chosen: A form's choice instead of the address's.
    """
    own = request[SESSION].operator.lenders(roles)
    known = runtime.considering.rulebook.lenders
    lenders = {slug: known[slug].name for slug in known if slug in own}
    slug = chosen or request.query.get("lender", "") or next(iter(lenders), "")
    if slug not in lenders:
        return None
    request[ABOUT] = slug
    return Whose(known[slug], lenders)
