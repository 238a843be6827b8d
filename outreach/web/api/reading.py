"""The API that machines read: contacts made and not made, borrowers, and whether one may be called.

Every operation is for one lender, the key's; what is another lender's answers 404.
"""

from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from aiohttp import web

from outreach.domain.api_keys import ApiKey
from outreach.domain.contacts import parse_attempt_id
from outreach.domain.log_filters import parse_filter
from outreach.domain.refs import ref_digest
from outreach.runtime import Runtime
from outreach.store.aliases import find_aliases
from outreach.store.contact_log_folding import find_as_of
from outreach.store.contact_log_search import EVERYBODY, LogQuery, list_lines
from outreach.store.loans import load_loans
from outreach.store.people import load_people
from outreach.store.pool import reading_as
from outreach.usecases import read_log
from outreach.usecases.checking import check_person
from outreach.usecases.explain import explain_loan
from outreach.usecases.search_log import Kind, find_whose, read_place, write_place
from outreach.web.api.machines import SUBJECT, answer
from outreach.web.api.shapes import check_of, contact_of, line_of, loan_of
from outreach.web.problems import problem

MOST: Final = 100
USUAL: Final = 50
_LONGEST_NUMBER: Final = 18
_FROM_THE_FIRST: Final = "1970-01-01"


class Reading:
    """Handlers of the operations.

    Args:
        runtime: Open.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def get_contacts(self, request: web.Request, key: ApiKey) -> web.Response:
        """Return one page of what was made, deferred, blocked or came in, newest first."""
        query = request.query
        limit, told = query.get("limit", str(USUAL)), query.get("before")
        if not _is_number(limit) or not 1 <= int(limit) <= MOST:
            return problem(400, f"`limit` is a number from 1 to {MOST}.")
        before = None if told is None else read_place(told)
        if told is not None and before is None:
            return problem(400, "`before` is what a page before said as `next`.")
        asked, wrong = parse_filter((name, value) for name, value in query.items())
        if wrong:
            return problem(400, f"`{wrong[0].name}` can't be {wrong[0].value!r}.")
        runtime, now = self._runtime, self._runtime.clock.business_now()
        zone = ZoneInfo(runtime.settings.lenders[key.tenant].timezone)
        async with runtime.db.acquire() as conn:
            as_of = await find_as_of(conn)
        async with reading_as(runtime.db, key.tenant) as conn:
            whose = EVERYBODY
            for kind in (Kind.LOAN, Kind.BORROWER):
                if (ref := query.get(kind.value)) is not None:
                    found = await find_whose(conn, runtime.vault, key.tenant, kind, ref)
                    if found is None or whose.person_ids not in {None, found.person_ids}:
                        return answer({"contacts": [], "next": None, "as_of": as_of})
                    whose = found if whose is EVERYBODY else whose
            if whose is not EVERYBODY and "from" not in query:
                asked = asked.within(_FROM_THE_FIRST, asked.end)
            lines = await list_lines(
                conn,
                LogQuery(key.tenant, asked, *asked.period(now, zone), whose),
                before=before,
                limit=int(limit) + 1,
            )
        shown = lines[: int(limit)]
        following = write_place(shown[-1].place) if len(lines) > len(shown) else None
        return answer(
            {"contacts": [line_of(one) for one in shown], "next": following, "as_of": as_of}
        )

    async def get_contact(self, request: web.Request, key: ApiKey) -> web.Response:
        """Return one contact, or a decision that led to none, with every rule's objection."""
        told = request.match_info["contact"]
        attempt = parse_attempt_id(told)
        async with reading_as(self._runtime.db, key.tenant) as conn:
            if attempt is not None:
                story = await read_log.find_contact(
                    conn, self._runtime.vault, attempt.person_id, UUID(attempt.contact_id)
                )
            else:
                person, _, event = told.partition("-")
                if not (_is_number(person) and _is_number(event)):
                    return problem(404, "The lender has no contact of this id.")
                story = await read_log.find_decision(
                    conn, self._runtime.vault, int(person), int(event)
                )
        if story is None or story.first.tenant != key.tenant:
            return problem(404, "The lender has no contact of this id.")
        packs, zone = self._words(key)
        return answer(contact_of(story, packs, zone))

    async def get_borrower(self, request: web.Request, key: ApiKey) -> web.Response:
        """Return how a borrower's loans stand, what is on hold, and the next planned contact."""
        person_id = await self._person(request, key)
        if person_id is None:
            return _nobody()
        runtime, now = self._runtime, self._runtime.clock.business_now()
        async with reading_as(runtime.db, key.tenant) as conn:
            row = (await load_people(conn, runtime.vault, [person_id])).get(person_id)
            loans = (await load_loans(conn, [person_id], whole=False)).get(person_id, {})
        if row is None or row.key is None:
            return _nobody()
        coming: list[dict[str, Any]] = []
        for loan in loans.values():
            for one in await explain_loan(runtime, [key.tenant], loan.ref, at=now, now=now):
                why = [{"at": at, "why": word} for at, word in one.waits]
                coming.append(
                    {"loan": loan.ref, "at": one.next_at, "step": one.next_step, "waits": why}
                )
        planned = sorted((one for one in coming if one["at"]), key=lambda one: one["at"])
        holds = [one for one in row.state.holds.values() if one.released_at is None]
        return answer(
            {
                "borrower": request.match_info["borrower"],
                "lender": key.tenant,
                "as_of": now,
                "loans": [loan_of(loan, now) for loan in loans.values()],
                "holds": [
                    {"kind": one.kind, "policy": one.policy, "ends_at": one.ends_at}
                    for one in holds
                ],
                "next_contact": planned[0] if planned else None,
                "waiting": [one for one in coming if not one["at"]],
            }
        )

    async def post_check(self, request: web.Request, key: ApiKey) -> web.Response:
        """Say whether a borrower may be contacted now; nothing is sent, nothing is reserved."""
        person_id = await self._person(request, key)
        if person_id is None:
            return _nobody()
        now = self._runtime.clock.business_now()
        check = await check_person(self._runtime, person_id, now=now)
        return _nobody() if check is None else answer(check_of(check))

    async def _person(self, request: web.Request, key: ApiKey) -> int | None:
        digest = ref_digest(key.tenant, "borrower", request.match_info["borrower"])
        async with reading_as(self._runtime.db, key.tenant) as conn:
            alias = (await find_aliases(conn, [digest])).get(digest)
        if alias is None:
            return None
        request[SUBJECT] = f"/people/{alias.person_id}"
        return alias.person_id

    def _words(self, key: ApiKey) -> tuple[Any, str]:
        zone = self._runtime.settings.lenders[key.tenant].timezone
        return self._runtime.considering.rulebook.packs, zone


def _nobody() -> web.Response:
    return problem(404, "The lender has told of no borrower of this reference.")


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER
