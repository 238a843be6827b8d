"""Files of rows: spreadsheets that run no formula, lines for programs, Parquet for analysis."""

import csv
import io
from datetime import datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest

from outreach.rendering import tables
from outreach.rendering.tables import Column, Format, FormatError, Kind, check_format, open_table

COLUMNS = (
    Column("name"),
    Column("count", Kind.WHOLE),
    Column("at", Kind.TIME),
    Column("cost", Kind.AMOUNT),
)
AT = datetime(2026, 11, 23, 8, tzinfo=timezone(timedelta(hours=8)))


def written(form: Format, *pages: list[list[Any]]) -> bytes:
    """Return a file of some pages."""
    stream = io.BytesIO()
    table = open_table(form, stream, COLUMNS)
    for page in pages:
        table.write(page)
    table.close()
    return stream.getvalue()


def test_a_spreadsheet_reads_chinese_and_runs_no_formula() -> None:
    texts = ["=1+1", "+86138", "-2", "@cmd", "\tx", '李 "雷",\n二', "plain", ""]
    content = written(Format.CSV, [[text, -3, AT, "0.0079"] for text in texts])

    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert rows[0] == ["name", "count", "at", "cost"]
    assert [row[0] for row in rows[1:]] == [
        "'=1+1", "'+86138", "'-2", "'@cmd", "'\tx", '李 "雷",\n二', "plain", "",
    ]  # fmt: skip
    assert rows[1][1:] == ["-3", "2026-11-23T08:00:00+08:00", "0.0079"]


def test_an_empty_file_still_names_its_columns() -> None:
    assert written(Format.CSV).decode("utf-8-sig") == "name,count,at,cost\r\n"


def test_lines_are_objects_as_they_are() -> None:
    content = written(Format.JSONL, [["=1+1", 1, AT, "0"]], [[None, 2, None, ""]])

    found = [msgspec.json.decode(line) for line in content.splitlines()]
    assert found == [
        {"name": "=1+1", "count": 1, "at": "2026-11-23T08:00:00+08:00", "cost": "0"},
        {"name": None, "count": 2, "at": None, "cost": ""},
    ]


def test_parquet_keeps_types_and_pages() -> None:
    parquet: Any = pytest.importorskip("pyarrow.parquet")
    content = written(Format.PARQUET, [["李", 1, AT, "0.5"]], [[None, None, None, None]], [])

    table = parquet.read_table(io.BytesIO(content))
    assert table.to_pylist()[0] == {"name": "李", "count": 1, "at": AT, "cost": "0.5"}
    assert table.num_rows == 2
    assert str(table.schema.field("at").type) == "timestamp[us, tz=UTC]"


def test_without_parquet_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> Any:
        raise ImportError(name)

    monkeypatch.setattr(tables, "import_module", absent)

    check_format(Format.CSV)
    with pytest.raises(FormatError, match=r"outreach\[parquet\]"):
        check_format(Format.PARQUET)
