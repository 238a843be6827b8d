"""Every statement is named, reads no clock, and is one that PostgreSQL understands."""

import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

import outreach
import outreach.store
from tests.lint.sql_statements import clocks_in, string_constants, unnamed_statements

PACKAGE = Path(outreach.__file__).parent
# Statements that aren't prepared: each with its reason.
NOT_PREPARED = {
    "outreach.store.migrate.SQL_TIMEOUTS": "two settings in one text, sent without parameters",
}


def statements() -> Iterator[tuple[str, str]]:
    """Yield every module-level SQL_ constant under outreach.store, by its full name."""
    for info in pkgutil.walk_packages(outreach.store.__path__, "outreach.store."):
        module = importlib.import_module(info.name)
        for name, value in sorted(vars(module).items()):
            if name.startswith("SQL_") and isinstance(value, str):
                yield f"{info.name}.{name}", value


@pytest.mark.parametrize(("name", "sql"), [pytest.param(*one, id=one[0]) for one in statements()])
async def test_postgresql_understands_the_statement(
    db: asyncpg.Connection, name: str, sql: str
) -> None:
    if name in NOT_PREPARED:
        await db.execute(sql)
    else:
        await db.prepare(sql)


def test_the_reasons_name_statements_that_exist() -> None:
    assert set(NOT_PREPARED) <= {name for name, _ in statements()}


@pytest.mark.parametrize(
    "path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE))
)
def test_no_statement_reads_the_databases_clock(path: Path) -> None:
    found = {
        name: clocks
        for name, text in string_constants(path)
        if name.lstrip("_").startswith("SQL_") and (clocks := clocks_in(text))
    }
    assert found == {}, "time is a parameter: pass `now`"


@pytest.mark.parametrize(
    "path", sorted((PACKAGE / "store" / "migrations").glob("*.sql")), ids=lambda path: path.name
)
def test_no_column_but_recorded_at_defaults_to_the_databases_clock(path: Path) -> None:
    assert clocks_in(path.read_text()) == []


@pytest.mark.parametrize(
    "path", sorted((PACKAGE / "store").glob("*.py")), ids=lambda path: path.name
)
def test_the_store_keeps_its_statements_in_named_constants(path: Path) -> None:
    assert list(unnamed_statements(path)) == [], "name it SQL_… at the top of the module"


@pytest.mark.parametrize(
    ("sql", "is_clock"),
    [
        pytest.param("SELECT now()", True, id="now"),
        pytest.param("SELECT 1 WHERE due_at < NOW ()", True, id="capitals and a space"),
        pytest.param("SELECT current_date", True, id="a date is a clock as well"),
        pytest.param("recorded_at timestamptz DEFAULT now(),", False, id="recorded_at is allowed"),
        pytest.param("recorded_at text, due_at timestamptz DEFAULT now()", True, id="its neighbor"),
        pytest.param("SELECT known_at, $1 -- not now()", False, id="a comment reads nothing"),
        pytest.param("SELECT known(1)", False, id="another word that ends alike"),
    ],
)
def test_the_rule_itself(sql: str, is_clock: bool) -> None:
    assert bool(clocks_in(sql)) is is_clock


def test_the_rule_finds_statements_without_a_name(tmp_path: Path) -> None:
    path = tmp_path / "store.py"
    path.write_text(
        'SQL_A: Final = "SELECT a FROM b"\n'
        "def f(conn):\n"
        '    """SELECT is a word here."""\n'
        '    conn.execute("DELETE FROM b")\n'
    )
    assert list(unnamed_statements(path)) == [4]
