"""arq functions: wake-ups and schedules, never payload; each calls a use case that claims work."""

import asyncio
import signal
from contextlib import suppress
from typing import Any, Final

import structlog
from arq import cron
from arq.worker import Worker, func
from redis.exceptions import RedisError

from outreach.lanes import Lane, lanes
from outreach.plans import treatment_files
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
from outreach.usecases.delivering import Deliveries
from outreach.usecases.pack_versions import keep_packs
from outreach.usecases.seal import seal_log
from outreach.usecases.sending import Sender
from outreach.usecases.template_approving import publish_due
from outreach.usecases.treatment_versions import keep_versions

log = structlog.get_logger(__name__)

Context = dict[str, Any]
"""What arq hands to a function; `lanes` and `deliveries` are ours."""
_EVERY_SECOND: Final = set(range(60))
# Longer than a hand-off: its slot, the provider's answer and the settlement.
_FINISH_SECONDS: Final = 20.0
_FAREWELL_SECONDS: Final = 1.0
# Batches that intake may have under way at providers; more waits on the agenda for dispatch.
_DELIVERIES: Final = 4
_PLANNED_SECONDS: Final = 0.5
# arq keeps the job of a killed worker locked for this long; the sweeps cover it meanwhile.
_JOB_SECONDS: Final = 60
# A year of millions of contacts is counted in minutes.
_INSIGHT_SECONDS: Final = 900


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


async def contact_log(ctx: Context) -> int:
    """Bring the contact log's read model up to date."""
    return await _lane(ctx, "contact_log").run()


async def housekeeping(ctx: Context) -> int:
    """Make partitions, forget old keys, look for silent sources."""
    return await _lane(ctx, "housekeeping").run()


async def exports(ctx: Context) -> int:
    """Write exports of the contact log."""
    return await _lane(ctx, "exports").run()


async def insight(ctx: Context) -> int:
    """Count ahead what reports show."""
    return await _lane(ctx, "insight").run()


_FUNCTIONS: Final = (
    intake,
    dispatch,
    receipts,
    reconcile,
    finish,
    seal,
    contact_log,
    housekeeping,
    exports,
    insight,
)
_SECONDS: Final = {insight: _INSIGHT_SECONDS}
# A lost wake-up costs a second at most; slow work has its own pace.
_SWEEPS: Final = (
    cron(intake, second=_EVERY_SECOND, unique=True, keep_result=0),
    cron(dispatch, second=_EVERY_SECOND, unique=True, keep_result=0),
    cron(receipts, second=_EVERY_SECOND, unique=True, keep_result=0),
    cron(reconcile, second=set(range(0, 60, 5)), unique=True, keep_result=0),
    cron(finish, second=set(range(4, 60, 10)), unique=True, keep_result=0),
    cron(seal, second=set(range(0, 60, 3)), unique=True, keep_result=0),
    cron(contact_log, second=_EVERY_SECOND, unique=True, keep_result=0),
    cron(housekeeping, second={7}, unique=True, keep_result=0, run_at_startup=True),
    cron(exports, second=set(range(1, 60, 2)), unique=True, keep_result=0),
    cron(
        insight,
        second={23},
        unique=True,
        keep_result=0,
        run_at_startup=True,
        timeout=_INSIGHT_SECONDS,
    ),
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
        packs = sorted((settings.config_dir / "compliance").glob("*.yaml"))
        await keep_packs(runtime.db, packs, now=runtime.clock.business_now())
        settle_heap()
        sender = Sender(
            runtime.providers, runtime.clock, runtime.throttle, stopping, runtime.brakes
        )
        watching = [
            asyncio.create_task(follow_stops(runtime)),
            asyncio.create_task(_publish_planned(runtime)),
        ]
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
        for task in watching:
            task.cancel()
        try:
            # Whoever looks at the log now should find it sealed.
            await asyncio.wait_for(seal_log(runtime.db, wall_now=runtime.clock.wall_now()), 5)
        except Exception as exc:  # noqa: BLE001 - the next worker seals what is left
            log.warning("not_sealed", error=type(exc).__name__)


async def _publish_planned(runtime: Runtime) -> None:
    """Make words live when their time comes."""
    clock = runtime.clock
    while True:
        try:
            await publish_due(runtime, now=clock.business_now(), wall_now=clock.wall_now())
        except Exception as exc:  # noqa: BLE001 - the database may be away; go on trying
            log.warning("planned_words_not_published", error=type(exc).__name__)
        await asyncio.sleep(_PLANNED_SECONDS)


async def _run_arq(settings: Settings, ctx: Context, stopping: asyncio.Event) -> None:
    """Let arq work until it fails or a stop is asked for; what a lane has begun it may finish."""
    worker = Worker(
        functions=[
            func(one, keep_result=0, timeout=_SECONDS.get(one, _JOB_SECONDS)) for one in _FUNCTIONS
        ],
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
    for kind in ("intake", "receipts", "seal", "contact_log"):
        try:
            await _lane(ctx, kind).run()
        except Exception as exc:  # noqa: BLE001 - the database may be away as well; go on trying
            log.warning("sweep_failed", kind=kind, error=type(exc).__name__)
    with suppress(TimeoutError):
        await asyncio.wait_for(stopping.wait(), timeout=1)
