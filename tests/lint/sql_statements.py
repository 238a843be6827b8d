"""Our own rule: no clock in SQL, and every statement under a name that a test can find.

Two clocks run (decisions 16): business time, which may be frozen or fast, and the wall clock. A
`now()` in a statement silently mixes the database's clock into both, and a replay a month later
gives another answer than the day itself did. `recorded_at` alone is the database's to write.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_CLOCK: Final = re.compile(
    r"\b(now\s*\(|(clock|statement|transaction)_timestamp\s*\(|current_(date|time|timestamp)\b"
    r"|local(time|timestamp)\b)",
    re.IGNORECASE,
)
_ALLOWED: Final = re.compile(r"\b(recorded_at|applied_at)\b[^,;]*$", re.IGNORECASE)
_STATEMENT: Final = re.compile(
    r"^\s*(SELECT\b[\s\S]*\bFROM\b|WITH\b[\s\S]*\bAS\s*\(|INSERT\s+INTO\b|UPDATE\b[\s\S]*\bSET\b"
    r"|DELETE\s+FROM\b|MERGE\s+INTO\b)"
)


def clocks_in(sql: str) -> list[str]:
    """Return the lines of a statement that read the database's clock, but for `recorded_at`."""
    lines = (line.split("--")[0] for line in sql.splitlines())
    found = []
    for line in lines:
        for match in _CLOCK.finditer(line):
            if not _ALLOWED.search(line[: match.start()]):
                found.append(line.strip())
                break
    return found


def string_constants(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the name and text of each module-level constant that is a string."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        targets: list[ast.expr] = []
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, ast.AnnAssign):
            targets = [node.target]
        value = getattr(node, "value", None)
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            for target in targets:
                if isinstance(target, ast.Name):
                    yield target.id, value.value


def unnamed_statements(path: Path) -> Iterator[int]:
    """Yield the lines of SQL texts that are not a module-level `SQL_…` or `_SQL_…` constant."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    named: set[int] = set()
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            names = node.targets if isinstance(node, ast.Assign) else [node.target]
            if all(isinstance(one, ast.Name) and _is_sql(one.id) for one in names):
                named.update(id(inner) for inner in ast.walk(node.value))
    for inner in ast.walk(tree):
        if not isinstance(inner, ast.Constant) or not isinstance(inner.value, str):
            continue
        if id(inner) not in named and _STATEMENT.match(inner.value):
            yield inner.lineno


def _is_sql(name: str) -> bool:
    return name.lstrip("_").startswith("SQL_")
