"""Rows as a file: CSV for spreadsheets, JSON Lines for programs, Parquet for analysis.

CSV is UTF-8 with a byte order mark, so that spreadsheets read Chinese; a text that a spreadsheet
would take for a formula begins with an apostrophe. Parquet needs the extra of that name.
"""

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from importlib import import_module
from typing import Any, BinaryIO, Final, NamedTuple, Protocol

import msgspec

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_BOM: Final = "\ufeff"
_INSTALL: Final = "install outreach with its extra `parquet`: pip install 'outreach[parquet]'"

Value = str | int | datetime | None


class Format(StrEnum):
    """What a file of rows may be."""

    CSV = "csv"
    JSONL = "jsonl"
    PARQUET = "parquet"


class Kind(StrEnum):
    """What stands in a column."""

    TEXT = "text"
    WHOLE = "whole"
    TIME = "time"
    """An aware instant; text files keep its offset, Parquet its instant in UTC."""
    AMOUNT = "amount"
    """A decimal as text: exact everywhere."""


class Column(NamedTuple):
    """One column."""

    name: str
    kind: Kind = Kind.TEXT


class FormatError(Exception):
    """A format can't be written here; the message says what to do."""


class Table(Protocol):
    """A file in the making."""

    def write(self, rows: Sequence[Sequence[Value]]) -> None:
        """Append rows; each has a value for each column."""

    def close(self) -> None:
        """Write what ends the file. The stream stays open."""


def open_table(form: Format, stream: BinaryIO, columns: Sequence[Column]) -> Table:
    """Begin a file of rows.

    Args:
        form: What it is to be.
        stream: Open for writing, at its beginning.
        columns: In their order.

    Raises:
        FormatError: Parquet isn't installed.
    """
    match form:
        case Format.CSV:
            return _Csv(stream, columns)
        case Format.JSONL:
            return _Lines(stream, columns)
        case Format.PARQUET:
            return _parquet(stream, columns)


def check_format(form: Format) -> None:
    """Say at once whether a format can be written here.

    Raises:
        FormatError: Parquet isn't installed.
    """
    if form is Format.PARQUET:
        _pyarrow()


class _Csv:
    def __init__(self, stream: BinaryIO, columns: Sequence[Column]) -> None:
        self._stream = stream
        self._texts = [one.kind is Kind.TEXT for one in columns]
        self._write([[one.name for one in columns]], begins=_BOM)

    def write(self, rows: Sequence[Sequence[Value]]) -> None:
        self._write([list(map(_cell, row, self._texts)) for row in rows])

    def _write(self, rows: Sequence[Sequence[Value]], begins: str = "") -> None:
        text = io.StringIO(newline="")
        text.write(begins)
        csv.writer(text).writerows(rows)
        self._stream.write(text.getvalue().encode())

    def close(self) -> None:
        """Nothing ends it."""


def _cell(value: Value, is_text: bool) -> Value:  # noqa: FBT001 - one of two columns of a map
    if isinstance(value, datetime):
        return value.isoformat()
    if is_text and isinstance(value, str) and value.startswith(_FORMULA):
        return "'" + value
    return value


class _Lines:
    def __init__(self, stream: BinaryIO, columns: Sequence[Column]) -> None:
        self._stream = stream
        self._names = [one.name for one in columns]
        self._encoder = msgspec.json.Encoder()

    def write(self, rows: Sequence[Sequence[Value]]) -> None:
        lines = [dict(zip(self._names, row, strict=True)) for row in rows]
        self._stream.write(self._encoder.encode_lines(lines))

    def close(self) -> None:
        """Nothing ends it."""


def _pyarrow() -> tuple[Any, Any]:
    try:
        return import_module("pyarrow"), import_module("pyarrow.parquet")
    except ImportError:
        raise FormatError(_INSTALL) from None


def _parquet(stream: BinaryIO, columns: Sequence[Column]) -> Table:
    arrow, parquet = _pyarrow()
    types = {
        Kind.TEXT: arrow.string(),
        Kind.AMOUNT: arrow.string(),
        Kind.WHOLE: arrow.int64(),
        Kind.TIME: arrow.timestamp("us", tz="UTC"),
    }
    schema = arrow.schema([(one.name, types[one.kind]) for one in columns])
    return _Parquet(arrow, parquet.ParquetWriter(stream, schema, compression="zstd"), schema)


class _Parquet:
    def __init__(self, arrow: Any, writer: Any, schema: Any) -> None:
        self._arrow = arrow
        self._schema = schema
        self._writer = writer

    def write(self, rows: Sequence[Sequence[Value]]) -> None:
        columns = list(zip(*rows, strict=True)) or [() for _ in self._schema]
        arrays = [
            self._arrow.array(values, type=field.type)
            for values, field in zip(columns, self._schema, strict=True)
        ]
        self._writer.write_table(self._arrow.Table.from_arrays(arrays, schema=self._schema))

    def close(self) -> None:
        self._writer.close()
