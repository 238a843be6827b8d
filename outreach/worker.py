"""arq functions: wake-ups and schedules, never payload; each calls a use case that claims work."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Any, Final

import structlog
from arq import cron
from arq.worker import Worker, func
from redis.exceptions import RedisError

from outreach.plans import products_of, treatment_files
from outreach.runtime import (
    Runtime,
    connect_redis,
    decode_job,
    encode_job,
    follow_stops,
    open_runtime,
    settle_heap,
)
from outreach.settings import Settings
from outreach.usecases.calling_off import call_off
from outreach.usecases.confirming import confirm_opt_outs
from outreach.usecases.delivering import Deliveries
from outreach.usecases.dispatch import dispatch_due, next_due_in
from outreach.usecases.error_brake import brake_on_errors
from outreach.usecases.finishing import finish_messages
from outreach.usecases.following_up import follow_up
from outreach.usecases.heartbeat import watch_sources
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
from outreach.usecases.treatment_versions import keep_versions

log = structlog.get_logger(__name__)

Context = dict[str, Any]
"""What arq hands to a function; `lanes` and `deliveries` are ours."""
_EVERY_SECOND: Final = set(range(60))
_SLICE_SECONDS: Final = 30.0
# Longer than a hand-off: its slot, the provider's answer and the settlement.
_FINISH_SECONDS: Final = 20.0
_FAREWELL_SECONDS: Final = 1.0
_LINES: Final = 2
# Batches of a line before confirmations of opt-outs get their turn again.
_BATCHES: Final = 4
# Batches that intake may have under way at providers; more waits on the agenda for dispatch.
_DELIVERIES: Final = 4
_SOON_SECONDS: Final = 1.0
# arq keeps the job of a killed worker locked for this long; the sweeps cover it meanwhile.
_JOB_SECONDS: Final = 60


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


def _lane(ctx: Context, kind: str) -> Lane:
    lane: Lane = ctx["lanes"][kind]
    return lane


async def intake(ctx: Context) -> int:
    """Fold pending signals."""
    return await _lane(ctx, "intake").run()


async def dispatch(ctx: Context) -> int:
    """Contact whom it is time for."""
    return await _lane(ctx, "dispatch").run()


async def receipts(ctx: Context) -> int:
    """Fold provider callbacks and replies."""
    return await _lane(ctx, "receipts").run()


async def reconcile(ctx: Context) -> int:
    """Ask providers about sends whose result is unknown."""
    return await _lane(ctx, "reconcile").run()


async def finish(ctx: Context) -> int:
    """Ask providers what messages cost, and have them forget words."""
    return await _lane(ctx, "finish").run()


async def seal(ctx: Context) -> int:
    """Seal what was logged."""
    return await _lane(ctx, "seal").run()


async def housekeeping(ctx: Context) -> int:
    """Make partitions, forget old keys, look for silent sources."""
    return await _lane(ctx, "housekeeping").run()


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
        return 0

    work: dict[str, Callable[[], Awaitable[int]]] = {
        "intake": partial(_fold_signals, rt, deliveries, stopping),
        "dispatch": partial(_contact, rt, sender, stopping),
        "receipts": fold_callbacks,
        "reconcile": ask_providers,
        "finish": ask_prices,
        "seal": seal_rows,
        "housekeeping": keep_house,
    }
    return {kind: Lane(rt, kind, function) for kind, function in work.items()}


_FUNCTIONS: Final = (intake, dispatch, receipts, reconcile, finish, seal, housekeeping)
# A lost wake-up costs a second at most; slow work has its own pace.
_SWEEPS: Final = (
    cron(intake, second=_EVERY_SECOND, unique=True, keep_result=0),
    cron(dispatch, second=_EVERY_SECOND, unique=True, keep_result=0),
    cron(receipts, second=_EVERY_SECOND, unique=True, keep_result=0),
    cron(reconcile, second=set(range(0, 60, 5)), unique=True, keep_result=0),
    cron(finish, second=set(range(4, 60, 10)), unique=True, keep_result=0),
    cron(seal, second=set(range(0, 60, 3)), unique=True, keep_result=0),
    cron(housekeeping, second={7}, unique=True, keep_result=0, run_at_startup=True),
)


async def work(settings: Settings) -> None:
    """Run one worker until SIGTERM or SIGINT; outlives an absent Redis.

    On a stop nothing new is claimed, what was handed to a provider is settled, and what was only
    reserved is released.
    """
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, stopping.set)
    async with open_runtime(settings) as runtime:
        await keep_versions(runtime, treatment_files(settings), now=runtime.clock.business_now())
        settle_heap()
        sender = Sender(
            runtime.providers, runtime.clock, runtime.throttle, stopping, runtime.brakes
        )
        watching = asyncio.create_task(follow_stops(runtime))
        deliveries = Deliveries(runtime, sender, most=_DELIVERIES)
        ctx: Context = {
            "lanes": lanes(runtime, sender, deliveries, stopping),
            "deliveries": deliveries,
        }
        log.info("worker_ready")
        while not stopping.is_set():
            try:
                await _run_arq(settings, ctx, stopping)
            except (RedisError, OSError) as exc:
                # arq ends with Redis; the truth is in PostgreSQL, so come back and go on.
                log.warning("redis_lost", error=type(exc).__name__)
                await _sweep_without_redis(ctx, stopping)
        watching.cancel()
        try:
            # Whoever looks at the log now should find it sealed.
            await asyncio.wait_for(seal_log(runtime.db, wall_now=runtime.clock.wall_now()), 5)
        except Exception as exc:  # noqa: BLE001 - the next worker seals what is left
            log.warning("not_sealed", error=type(exc).__name__)


async def _run_arq(settings: Settings, ctx: Context, stopping: asyncio.Event) -> None:
    """Let arq work until it fails or a stop is asked for; what a lane has begun it may finish."""
    worker = Worker(
        functions=[func(one, keep_result=0, timeout=_JOB_SECONDS) for one in _FUNCTIONS],
        cron_jobs=_SWEEPS,
        redis_pool=connect_redis(settings.require_redis_url()),
        ctx=ctx,
        handle_signals=False,
        poll_delay=0.04,
        max_jobs=20,
        keep_result=0,
        job_serializer=encode_job,
        job_deserializer=decode_job,
        health_check_interval=30,
        log_results=False,
    )
    running = asyncio.create_task(worker.async_run())
    stop = asyncio.create_task(stopping.wait())
    try:
        await asyncio.wait({running, stop}, return_when=asyncio.FIRST_COMPLETED)
        worker.allow_pick_jobs = False
        await _idle(ctx)
        if running.done():
            running.result()
    finally:
        await _close(worker, running, stop)


async def _close(worker: Worker, *ours: "asyncio.Task[Any]") -> None:
    """End arq's tasks and ours; its own `close` would raise what they end with."""
    if worker.tasks:  # they only have to tell Redis that they are done
        await asyncio.wait([*worker.tasks.values()], timeout=_FAREWELL_SECONDS)
    tasks = [*ours, *worker.tasks.values()]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    worker.tasks.clear()
    with suppress(RedisError, OSError):
        await worker.close()


async def _idle(ctx: Context) -> None:
    """Wait until nothing is in the middle of something, for so long as that may take."""
    parts = [*ctx["lanes"].values(), ctx["deliveries"]]
    _, busy = await asyncio.wait(
        [asyncio.create_task(part.idle()) for part in parts], timeout=_FINISH_SECONDS
    )
    for lane in busy:
        lane.cancel()


async def _sweep_without_redis(ctx: Context, stopping: asyncio.Event) -> None:
    """Fold what waits once, then give Redis a second; nobody is contacted without its throttle."""
    for kind in ("intake", "receipts", "seal"):
        try:
            await _lane(ctx, kind).run()
        except Exception as exc:  # noqa: BLE001 - the database may be away as well; go on trying
            log.warning("sweep_failed", kind=kind, error=type(exc).__name__)
    with suppress(TimeoutError):
        await asyncio.wait_for(stopping.wait(), timeout=1)
