"""Exports are whole: every row of the list, in parts, resumed behind them, deleted in time."""

import csv
import io
import stat
from collections.abc import AsyncIterator
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from outreach.domain.log_filters import parse_filter
from outreach.rendering.tables import Format
from outreach.store import exports as store
from outreach.store.contact_log_search import LogQuery, list_lines
from outreach.store.exports import Export, find_export
from outreach.store.pool import reading_as
from outreach.usecases.exporting import (
    KEPT,
    MANIFEST,
    Exporter,
    ExportError,
    Wish,
    ask_export,
)
from tests.e2e.service import Service, a_service

ROWS = 23
CURRENCIES = {"acme": "USD"}
SQL_LINES = """
    INSERT INTO contact_log (tenant_id, at, event_id, recorded_at, day, person_id, verdict, rule,
                             rules, channel, purpose, status, parts, cost_micros, sample_key)
    SELECT 'acme', $1::timestamptz - make_interval(mins => (n / 3)::int), n, $2::timestamptz,
           $1::date, n % 5, (ARRAY['allowed', 'deferred', 'blocked'])[1 + n % 3],
           CASE WHEN n % 3 > 0 THEN 'outreach.opt_out' ELSE '' END,
           CASE WHEN n % 3 > 0 THEN ARRAY['outreach.opt_out'] ELSE '{}'::text[] END,
           'sms', 'collection', CASE WHEN n % 3 = 0 THEN 'delivered' ELSE '' END, 1, 7900, n * 1000
      FROM generate_series(1, $3::bigint) AS n
"""


@pytest.fixture
async def service(database_url: str, redis_url: str) -> AsyncIterator[Service]:
    """A lender whose log has some lines, several at the same time."""
    async with a_service(database_url, redis_url) as running:
        await running.fold_contact_log()
        clock = running.runtime.clock
        # Rows are kept as of when they were recorded: a minute ago.
        recorded = clock.wall_now() - timedelta(minutes=1)
        async with running.runtime.db.acquire() as conn:
            await conn.execute(SQL_LINES, clock.business_now(), recorded, ROWS)
        yield running


async def ask(service: Service, query: str = "", **more: Any) -> int:
    wish = Wish("acme", query, more.pop("form", Format.CSV), "en", **more)
    return await ask_export(service.runtime, wish, login="li.wei", name="Li Wei (li.wei)")


async def found(service: Service, number: int) -> Export:
    async with service.runtime.db.acquire() as conn:
        export = await find_export(conn, number)
    assert export is not None
    return export


async def written(service: Service, exporter: Exporter, number: int) -> Export:
    """Let a worker write until nothing is left."""
    while await exporter.advance():
        pass
    return await found(service, number)


def rows_of(folder: Path, export: Export) -> list[dict[str, str]]:
    """Return the rows of an export's files in their order."""
    read = []
    for part in export.parts:
        text = (folder / str(export.export_id) / part.name).read_text("utf-8-sig")
        read += list(csv.DictReader(io.StringIO(text)))
    return read


async def listed(service: Service, query: str) -> list[int]:
    """Return the rows that the list shows for a filter."""
    asked, problems = parse_filter([tuple(one.split("=")) for one in query.split("&") if one])  # type: ignore[misc]  # pairs
    assert problems == ()
    zone = ZoneInfo("America/New_York")
    start, end = asked.period(service.runtime.clock.business_now(), zone)
    async with reading_as(service.runtime.db, "acme") as conn:
        lines = await list_lines(conn, LogQuery("acme", asked, start, end), limit=1000)
    return [line.event_id for line in lines]


async def test_the_file_has_exactly_the_rows_that_the_list_shows(
    service: Service, tmp_path: Path
) -> None:
    exporter = Exporter(service.runtime, tmp_path, CURRENCIES, page=4, part=10)
    for query in ("", "verdict=blocked", "verdict=blocked&verdict=deferred&from=-1d"):
        export = await written(service, exporter, await ask(service, query))

        rows = rows_of(tmp_path, export)
        assert [int(row["event_id"]) for row in rows] == await listed(service, query), query
        assert export.state == "done"
        assert export.rows == export.expected == len(rows)
        first = next(row for row in rows if row["verdict"] == "blocked")
        assert first["verdict_words"] == "Blocked"
        assert first["rule_words"] == "Requests to stop"
        assert first["at"].endswith("-05:00")
        assert (first["cost"], first["currency"]) == ("0.0079", "USD")
        assert "address" not in first


async def test_the_manifest_says_what_it_is_and_proves_each_file(
    service: Service, tmp_path: Path
) -> None:
    exporter = Exporter(service.runtime, tmp_path, CURRENCIES, page=4, part=10)
    number = await ask(service)
    export = await written(service, exporter, number)

    folder = tmp_path / str(number)
    content = (folder / MANIFEST).read_bytes()
    manifest = msgspec.json.decode(content)
    assert export.sha256 == sha256(content).hexdigest()
    assert [one["rows"] for one in manifest["files"]] == [10, 10, 3]
    for one in manifest["files"]:
        assert sha256((folder / one["name"]).read_bytes()).hexdigest() == one["sha256"]
    assert (manifest["rows"], manifest["masked"]) == (ROWS, True)
    assert manifest["asked_by"] == "Li Wei (li.wei)"
    assert manifest["packs"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]


async def test_another_worker_goes_on_behind_the_finished_parts(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("outreach.usecases.exporting._SLICE_SECONDS", 0)
    number = await ask(service)
    dying = Exporter(service.runtime, tmp_path, CURRENCIES, page=4, part=10)
    for _ in range(4):  # one part of 4 + 4 + 2, and the beginning of the next
        await dying.advance()
    half = await found(service, number)
    assert (len(half.parts), half.rows) == (1, 14)
    other = Exporter(service.runtime, tmp_path, CURRENCIES, page=4, part=10)
    assert await other.advance() == 0  # the lease holds
    async with service.runtime.db.acquire() as conn:
        await conn.execute("UPDATE exports SET leased_until = leased_until - interval '1 hour'")

    export = await written(service, other, number)

    rows = [int(row["event_id"]) for row in rows_of(tmp_path, export)]
    assert rows == await listed(service, "")
    assert export.parts[0] == half.parts[0]
    assert await dying.advance() == 0  # it lets go of what it had begun


async def test_a_stopped_export_keeps_its_parts_and_goes_on_when_asked(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("outreach.usecases.exporting._SLICE_SECONDS", 0)
    exporter = Exporter(service.runtime, tmp_path, CURRENCIES, page=10, part=10)
    number = await ask(service)
    await exporter.advance()
    async with service.runtime.db.acquire() as conn:
        over = service.runtime.clock.wall_now() + KEPT
        assert await store.stop_export(conn, number, expires_at=over)
    stopped = await written(service, exporter, number)
    assert (stopped.state, len(stopped.parts)) == ("stopped", 1)

    async with service.runtime.db.acquire() as conn:
        assert await store.resume_export(conn, number)
    export = await written(service, exporter, number)

    assert export.state == "done"
    assert len(rows_of(tmp_path, export)) == ROWS


async def test_what_is_recorded_later_is_not_in_it_and_files_are_deleted_in_time(
    service: Service, tmp_path: Path
) -> None:
    exporter = Exporter(service.runtime, tmp_path, CURRENCIES)
    number = await ask(service)
    clock = service.runtime.clock
    later = clock.wall_now() + timedelta(minutes=1)
    async with service.runtime.db.acquire() as conn:
        statement = SQL_LINES.replace("n, $2", "n + 500, $2")
        await conn.execute(statement, clock.business_now(), later, 5)

    export = await written(service, exporter, number)

    assert export.rows == ROWS
    assert export.expires_at is not None
    assert export.finished_at is not None
    assert export.expires_at - export.finished_at == KEPT
    assert await exporter.forget_over() == 0
    async with service.runtime.db.acquire() as conn:
        await conn.execute("UPDATE exports SET expires_at = expires_at - interval '8 days'")

    assert await exporter.forget_over() == 1

    assert not (tmp_path / str(number)).exists()
    assert (await found(service, number)).state == "expired"


async def test_a_folder_that_cannot_be_written_is_said_once(
    service: Service, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    exporter = Exporter(service.runtime, tmp_path / "file", CURRENCIES)
    number = await ask(service)

    export = await written(service, exporter, number)

    assert (export.state, export.problem) == ("failed", "Not a directory")


async def test_what_may_not_be_asked_for(service: Service) -> None:
    wrong: list[tuple[str, dict[str, Any], str]] = [
        ("verdict=odd", {}, "filter"),
        ("", {"unmasked": True}, "reason"),
        ("", {"reason": "x" * 501}, "reason"),
    ]
    for query, more, reason in wrong:
        with pytest.raises(ExportError) as caught:
            await ask(service, query, **more)
        assert caught.value.reason == reason
    async with service.runtime.db.acquire() as conn:
        await conn.execute("UPDATE contact_log_state SET as_of = '-infinity'")
    with pytest.raises(ExportError, match="unready"):
        await ask(service)


async def test_full_addresses_come_with_a_reason_alone(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with a_service(database_url, redis_url) as service:
        await service.post(service.borrower(), service.overdue(days=3))
        await service.fold()
        await service.dispatch()
        await service.fold_contact_log()
        exporter = Exporter(service.runtime, tmp_path, CURRENCIES)
        masked = await written(service, exporter, await ask(service))
        full = await written(service, exporter, await ask(service, unmasked=True, reason="audit"))
        lines = await ask(service, form=Format.JSONL)
        jsonl = await written(service, exporter, lines)

    [before], [after] = rows_of(tmp_path, masked), rows_of(tmp_path, full)
    assert before["loans"] == after["loans"] == "LN-1"
    assert "5550143" not in str(before)
    assert after["address"] == "'+12125550143"
    text = (tmp_path / str(lines) / jsonl.parts[0].name).read_text()
    assert msgspec.json.decode(text)["loans"] == "LN-1"
