"""Expressions of treatments, compiled by CEL: typed and checked once, evaluated in microseconds.

CEL (Common Expression Language) has no loops, no assignment and no way to the outside, so an
expression ends, and can do nothing but answer. See docs/decisions/0011-cel-conditions.md.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from cel_expr_python import cel

from outreach.domain.conditions import FACTS, Condition, ConditionError, FactType, Test, Value

MOST_CHARACTERS: Final = 500
"""A longer expression is a program; it belongs into several steps or segments."""

_TYPES: Final = {
    FactType.INT: cel.Type.INT,
    FactType.STRING: cel.Type.STRING,
    FactType.BOOL: cel.Type.BOOL,
}
_MESSAGE: Final = re.compile(r"ERROR: <input>:\d+:(?P<column>\d+): (?P<what>[^\n]*)")
_UNDECLARED: Final = re.compile(r"undeclared reference to '(?P<name>[^']*)'")


@lru_cache(maxsize=1)
def _environment() -> Any:
    return cel.NewEnv(variables={fact.name: _TYPES[fact.type] for fact in FACTS})


@lru_cache(maxsize=512)
def compile_condition(source: str) -> Condition:
    """Return a condition that evaluates `source`.

    Raises:
        ConditionError: It is no CEL, names a fact that there isn't, compares what can't be
            compared, or answers something else than yes or no.
    """
    if len(source) > MOST_CHARACTERS:
        raise ConditionError(f"it is over {MOST_CHARACTERS} characters: split the step or segment")
    try:
        compiled = _environment().compile(source)
    except RuntimeError as error:
        raise ConditionError(_explained(str(error))) from None
    if compiled.return_type() != cel.Type.BOOL:
        kind = compiled.return_type().name()
        raise ConditionError(f"it answers {kind}, not yes or no: compare it with something")
    return Condition(source, _test(compiled))


def _test(compiled: Any) -> Test:
    evaluate = compiled.eval

    def test(facts: Mapping[str, Value]) -> bool:
        # An error (a division by zero) is a value of its own in CEL, and no yes.
        return evaluate(data=facts).value() is True

    return test


def _explained(message: str) -> str:
    found = _MESSAGE.search(message)
    if found is None:
        return message.splitlines()[0] if message else "it is no expression"
    what = found["what"].removesuffix(" (in container '')")
    if unknown := _UNDECLARED.search(what):
        names = ", ".join(fact.name for fact in FACTS)
        what = f"there is no fact {unknown['name']!r}; there are: {names}"
    return f"{what} (at character {found['column']})"
