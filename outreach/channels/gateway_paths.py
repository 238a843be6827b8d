"""Where something stands in a JSON document: the part of JSONPath that says so and nothing else.

`$.data.id`, `$.errors[0].code`, `$.entry[*].changes[*].value`, `$['odd name']`; `$` is the whole
document. No filters, no scripts, no searching through depths.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

_STEP: Final = re.compile(
    r"\.(?P<name>[A-Za-z_][\w-]*)|\[(?P<index>\d{1,4})\]|(?P<every>\[\*\])|\['(?P<odd>[^']{1,80})'\]"
)
_MOST_FOUND: Final = 1000

Step = str | int | None
"""A member's name, an item's number, or None for every item."""


@lru_cache(maxsize=512)
def parse_path(text: str) -> tuple[Step, ...]:
    """Return the steps of a path.

    Raises:
        ValueError: It is none; says what paths look like.
    """
    steps: list[Step] = []
    if not text.startswith("$"):
        raise ValueError(f"{text!r} must start with `$`, as in `$.data.id`")
    at = 1
    while at < len(text):
        found = _STEP.match(text, at)
        if found is None:
            raise ValueError(
                f"{text!r} isn't understood from {text[at:]!r} on: use `.name`, `[0]`, `[*]`,"
                " `['odd name']`"
            )
        if found["index"] is not None:
            steps.append(int(found["index"]))
        else:
            steps.append(found["name"] or found["odd"])
        at = found.end()
    return tuple(steps)


def select(path: str, document: Any) -> list[Any]:
    """Return everything that a path leads to, in order; what isn't there is left out."""
    found = [document]
    for step in parse_path(path):
        found = [value for one in found for value in _walk(one, step)][:_MOST_FOUND]
    return found


def text_at(path: str | None, document: Any) -> str | None:
    """Return the first thing that a path leads to, as text; None for nothing, null or a container.

    Numbers and truth values are written as JSON writes them.
    """
    if path is None:
        return None
    found = next(iter(select(path, document)), None)
    match found:
        case str():
            return found
        case bool():
            return "true" if found else "false"
        case int() | float():
            return str(found)
        case _:
            return None


def _walk(value: Any, step: Step) -> Sequence[Any]:
    if step is None:
        return value if isinstance(value, list) else ()
    if isinstance(step, int):
        return value[step : step + 1] if isinstance(value, list) else ()
    return (value[step],) if isinstance(value, dict) and step in value else ()
