"""What a worker process does, by kind: each call of a lane claims one batch."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

import structlog

from outreach.plans import products_of
from outreach.runtime import Runtime
from outreach.usecases.calling_off import call_off
from outreach.usecases.confirming import confirm_opt_outs
from outreach.usecases.delivering import Deliveries
from outreach.usecases.dispatch import dispatch_due, next_due_in
from outreach.usecases.error_brake import brake_on_errors
from outreach.usecases.exporting import Exporter
from outreach.usecases.finishing import finish_messages
from outreach.usecases.fold_log import fold_log
from outreach.usecases.following_up import follow_up
from outreach.usecases.heartbeat import watch_sources
from outreach.usecases.insight import refresh_insights
from outreach.usecases.intake import intake_pending
from outreach.usecases.letters_batching import close_due_batches
from outreach.usecases.load_sharing import interchangeable, share_load
from outreach.usecases.maintain import maintain
from outreach.usecases.read_back import read_back
from outreach.usecases.receipts import fold_receipts
from outreach.usecases.reconcile import reconcile_unknown
from outreach.usecases.seal import seal_log
from outreach.usecases.sending import Sender
from outreach.usecases.tasks import deadlines_of

log = structlog.get_logger(__name__)

_SLICE_SECONDS: Final = 30.0
_LINES: Final = 2
# Batches of a line before confirmations of opt-outs get their turn again.
_BATCHES: Final = 4
_SOON_SECONDS: Final = 1.0


class Lane:
    """One kind of work in this process: never two loops at once, never a missed wake-up."""

    def __init__(self, runtime: Runtime, kind: str, work: Callable[[], Awaitable[int]]) -> None:
        self._runtime = runtime
        self._kind = kind
        self._work = work
        self._lock = asyncio.Lock()

    async def idle(self) -> None:
        """Wait for its loop to end."""
        async with self._lock:
            return

    async def run(self) -> int:
        """Work until nothing is left, or the slice is over and the sweep goes on; returns rows."""
        if self._lock.locked():
            return 0  # the loop that runs re-reads the counter after its empty claim
        async with self._lock:
            total, deadline = 0, asyncio.get_running_loop().time() + _SLICE_SECONDS
            while asyncio.get_running_loop().time() < deadline:
                before = await self._runtime.waker.count(self._kind)
                done = await self._work()
                total += done
                if not done and await self._runtime.waker.count(self._kind) == before:
                    break
            return total


async def _fold_signals(rt: Runtime, deliveries: Deliveries, stopping: asyncio.Event) -> int:
    clock = rt.clock
    deciding = rt if deliveries.has_room and not stopping.is_set() else None
    result = await intake_pending(
        rt,
        now=clock.business_now(),
        wall_now=clock.wall_now(),
        deciding=deciding,
        deadlines=deadlines_of(rt.settings),
        products=products_of(rt.settings),
    )
    if result.handoffs:
        deliveries.start(result.handoffs)
    await call_off(rt, result.urgent, now=clock.business_now(), wall_now=clock.wall_now())
    if result.woken:
        rt.wake("dispatch")
    return result.taken


async def _contact(rt: Runtime, sender: Sender, stopping: asyncio.Event) -> int:
    if stopping.is_set():
        return 0
    # Few and urgent: after five minutes an opt-out is better not confirmed at all.
    await confirm_opt_outs(rt, sender)
    # While one batch is at its providers another is decided on; no line waits for the other.
    lines = (_line(rt, sender, stopping) for _ in range(_LINES))
    looked = await asyncio.gather(*lines, return_exceptions=True)
    for one in looked:
        if isinstance(one, BaseException):
            raise one
    total = sum(one for one in looked if isinstance(one, int))
    if not total and (soon := await next_due_in(rt)) is not None and soon < _SOON_SECONDS:
        # A throttled sender's next slot: sleeping until it beats waiting for the sweep.
        await asyncio.sleep(soon)
        return 1
    return total


async def _line(rt: Runtime, sender: Sender, stopping: asyncio.Event) -> int:
    """Dispatch batch after batch, as long as there are any; returns how many were looked at."""
    total = 0
    for _ in range(_BATCHES):
        if stopping.is_set() or not (looked := await dispatch_due(rt, sender)):
            break
        total += looked
    return total


def lanes(
    runtime: Runtime, sender: Sender, deliveries: Deliveries, stopping: asyncio.Event
) -> dict[str, Lane]:
    """Return the work of a worker process by kind; each call of a lane's work claims one batch."""
    rt, clock = runtime, runtime.clock
    currencies = {slug: one.currency for slug, one in rt.settings.lenders.items()}
    exporter = Exporter(rt, rt.settings.exports_dir, currencies)

    async def fold_callbacks() -> int:
        return await fold_receipts(rt, now=clock.business_now(), wall_now=clock.wall_now())

    async def ask_providers() -> int:
        return await reconcile_unknown(rt, now=clock.business_now(), wall_now=clock.wall_now())

    async def ask_prices() -> int:
        return await finish_messages(rt, now=clock.business_now(), wall_now=clock.wall_now())

    async def seal_rows() -> int:
        await seal_log(rt.db, wall_now=clock.wall_now())
        return 0

    async def keep_house() -> int:
        await maintain(rt.db, wall_now=clock.wall_now())
        await watch_sources(rt, now=clock.business_now())
        limits = rt.settings.error_brake
        await brake_on_errors(rt, limits, now=clock.business_now(), wall_now=clock.wall_now())
        accounts = interchangeable(rt.settings.lenders.values())
        await share_load(rt, accounts, now=clock.business_now(), wall_now=clock.wall_now())
        await read_back(
            rt,
            now=clock.business_now(),
            wall_now=clock.wall_now(),
            products=products_of(rt.settings),
            deadlines=deadlines_of(rt.settings),
        )
        await follow_up(rt, now=clock.business_now(), wall=clock.wall_now())
        await close_due_batches(rt.settings, rt.providers, now=clock.business_now())
        await exporter.forget_over()
        return 0

    async def write_exports() -> int:
        return 0 if stopping.is_set() else await exporter.advance()

    async def count_ahead() -> int:
        now, wall_now = clock.business_now(), clock.wall_now()
        await refresh_insights(rt, currencies, now=now, wall_now=wall_now)
        return 0

    work: dict[str, Callable[[], Awaitable[int]]] = {
        "intake": partial(_fold_signals, rt, deliveries, stopping),
        "dispatch": partial(_contact, rt, sender, stopping),
        "receipts": fold_callbacks,
        "reconcile": ask_providers,
        "finish": ask_prices,
        "seal": seal_rows,
        "contact_log": partial(fold_log, rt),
        "housekeeping": keep_house,
        "exports": write_exports,
        "insight": count_ahead,
    }
    return {kind: Lane(rt, kind, function) for kind, function in work.items()}
