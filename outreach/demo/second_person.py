"""The second person of the demonstration: approves letters and cases, and hands letters over.

By the same use cases as the commands: what the rules stop, they stop here too.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from outreach.demo.own_settings import printer_folder
from outreach.domain.hand_offs import HandOffError, HandOffKind, state_of
from outreach.domain.records import dataclass
from outreach.domain.vocabulary import TaskKind
from outreach.runtime import Runtime, open_runtime
from outreach.settings import Settings
from outreach.store.hand_offs import KeptHandOff, list_hand_offs
from outreach.usecases.following_up import write_hand_off_folder
from outreach.usecases.handing_off import (
    Approver,
    NotFoundError,
    RefusedError,
    approve,
    open_by_hand,
)
from outreach.usecases.letters_desk import close_batches
from outreach.usecases.protecting import About, Word, record
from outreach.usecases.tasks import list_items

_WHO: Final = "Second Person (demo)"
_DESK: Final = "Late Desk (demo)"
_ROLE: Final = "legal"
_LOOK_SECONDS: Final = 0.5
_MOST: Final = 100


@dataclass(frozen=True, slots=True)
class LateWork:
    """What came of the late stages: counts by lender, and what can be opened."""

    letters: dict[str, int]
    referrals: dict[str, int]
    visits: dict[str, int]
    letter: Path | None
    package: Path | None

    @property
    def is_whole(self) -> bool:
        """Whether there is a letter and a package to open."""
        return self.letter is not None and self.package is not None


class SecondPerson:
    """Looks at what waits for a person's word, until it is stopped.

    Args:
        runtime: Of this process, beside those of the web server and the worker.
        visits: Loans, by lender and reference, that a visit is asked for.
    """

    def __init__(self, runtime: Runtime, visits: list[tuple[str, str]]) -> None:
        self._runtime = runtime
        self._visits: dict[tuple[str, str], datetime | None] = dict.fromkeys(visits)
        self._granted: set[int] = set()

    async def run(self) -> None:
        """Approve what waits, again and again."""
        while True:
            await self.look()
            await asyncio.sleep(_LOOK_SECONDS)

    async def look(self) -> None:
        """Approve what waits now."""
        await self._ask_for_visits()
        await self._approve_letters()
        await self._approve_cases()

    async def finish(self) -> LateWork:
        """Hand the printer what waits, and say what there is to see."""
        runtime = self._runtime
        await close_batches(runtime, runtime.clock.wall_now())
        return await self.count()

    async def count(self) -> LateWork:
        """Say what there is so far."""
        found = LateWork({}, {}, {}, None, None)
        printed = sorted(printer_folder(self._runtime.settings).glob("batches/*/*.pdf"))
        for path in printed:
            lender = path.stem.rpartition("-")[0]
            found.letters[lender] = found.letters.get(lender, 0) + 1
        for one in await self._listed(HandOffKind.VISIT):
            found.visits[one.tenant_id] = found.visits.get(one.tenant_id, 0) + 1
        package = None
        for one in await self._listed(HandOffKind.REFERRAL):
            found.referrals[one.tenant_id] = found.referrals.get(one.tenant_id, 0) + 1
            if name := one.hand_off.terms.get("folder"):
                package = package or self._runtime.hand_offs_dir / one.tenant_id / str(name)
        return LateWork(
            found.letters, found.referrals, found.visits, printed[0] if printed else None, package
        )

    async def _ask_for_visits(self) -> None:
        """Ask for each visit once; again when the rules say so, if they stopped it."""
        clock = self._runtime.clock
        now = clock.business_now()
        for asked, not_before in list(self._visits.items()):
            if not_before is not None and now < not_before:
                continue
            try:
                await open_by_hand(
                    self._runtime, *asked, HandOffKind.VISIT, by=_DESK, now=now,
                    wall=clock.wall_now(),
                )  # fmt: skip
            except NotFoundError:
                continue  # its platform hasn't told of it yet
            except RefusedError as exc:
                if exc.until is not None:
                    self._visits[asked] = exc.until
                    continue
            except HandOffError:
                pass
            del self._visits[asked]

    async def _approve_letters(self) -> None:
        runtime = self._runtime
        for item in await list_items(runtime, kind=TaskKind.LETTER_APPROVAL, limit=_MOST):
            row = item.row
            if row.task_id in self._granted or row.loan is None or not item.about:
                continue
            self._granted.add(row.task_id)
            approval: dict[str, Any] = {
                "id": f"demo:{uuid4().hex[:12]}",
                "for": item.about["needs"],
                "role": _ROLE,
                "by": _WHO,
                "channel": "letter",
            }
            zone = runtime.settings.lenders[row.tenant_id].timezone
            await record(
                runtime,
                About(row.tenant_id, "loan", row.loan, zone),
                [Word("approval.granted", {"approval": approval})],
                by=_WHO,
                now=runtime.clock.business_now(),
            )

    async def _approve_cases(self) -> None:
        runtime, clock = self._runtime, self._runtime.clock
        for kept in await self._listed(HandOffKind.REFERRAL):
            if state_of(kept.hand_off) != "proposed":
                continue
            with suppress(HandOffError, RefusedError):
                after = await approve(
                    runtime, kept.hand_off.ref, Approver(_WHO, _ROLE), now=clock.business_now(),
                    terms={}, kind=HandOffKind.REFERRAL,
                )  # fmt: skip
                await write_hand_off_folder(
                    runtime, after, now=clock.business_now(), wall=clock.wall_now()
                )

    async def _listed(self, kind: HandOffKind) -> list[KeptHandOff]:
        runtime = self._runtime
        async with runtime.db.acquire() as conn, conn.transaction(readonly=True):
            return await list_hand_offs(
                conn, runtime.vault, list(runtime.settings.lenders), kind, ended=False
            )


@asynccontextmanager
async def second_person(
    settings: Settings, visits: list[tuple[str, str]]
) -> AsyncIterator[Awaitable[SecondPerson]]:
    """Have the second person work in this process; nothing that is shown waits for them."""
    ready: asyncio.Future[SecondPerson] = asyncio.get_running_loop().create_future()

    async def work() -> None:
        async with open_runtime(settings, pool_size=2) as runtime:
            person = SecondPerson(runtime, visits)
            ready.set_result(person)
            await person.run()

    working = asyncio.create_task(work())
    working.add_done_callback(lambda _: ready.cancel())
    try:
        yield ready
    finally:
        working.cancel()
        with suppress(asyncio.CancelledError):
            await working
