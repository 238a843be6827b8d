"""What changes from one treatment file to another, said as a reader of the file would."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from outreach.config_files.treatments import Loaded
from outreach.domain.treatment import OnChange

_NAMED: Final = ("bucket", "key")
_MOVES: Final[Mapping[OnChange, str]] = {
    OnChange.FINISH: "cases that run are finished by the old version",
    OnChange.NEXT_STAGE: "cases that run move to it with their next stage",
    OnChange.AT_ONCE: "cases that run move to it at once",
}


def changes_between(old: Loaded, new: Loaded) -> Iterator[str]:
    """Yield a line for each thing that was added, removed or changed, then what cases do."""
    yield from _changes("", old.content, new.content)
    starts = new.treatment.effective_from
    since = f"from {starts}" if starts else "from the day on which a worker first reads it"
    yield f"in force {since}; {_MOVES[new.treatment.on_change]}"


def _changes(place: str, old: Any, new: Any) -> Iterator[str]:
    if old == new:
        return
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for name in dict.fromkeys((*old, *new)):
            yield from _member(f"{place}.{name}".lstrip("."), name, old, new)
    elif _is_named(old) and _is_named(new):
        before, after = _by_name(old), _by_name(new)
        for name in dict.fromkeys((*before, *after)):
            yield from _member(f"{place}[{name}]", name, before, after)
    else:
        yield f"~ {place}: {_said(old)} → {_said(new)}"


def _member(place: str, name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    if name not in old:
        yield f"+ {place}: {_said(new[name])}"
    elif name not in new:
        yield f"- {place}: {_said(old[name])}"
    else:
        yield from _changes(place, old[name], new[name])


def _is_named(found: Any) -> bool:
    return (
        isinstance(found, list)
        and bool(found)
        and all(isinstance(one, Mapping) and any(name in one for name in _NAMED) for one in found)
    )


def _by_name(found: list[Mapping[str, Any]]) -> dict[str, Any]:
    return {str(next(one[name] for name in _NAMED if name in one)): one for one in found}


def _said(value: Any) -> str:
    """Return a value as YAML writes it on one line, shortened where it is long."""
    if isinstance(value, Mapping):
        text = "{" + ", ".join(f"{name}: {_said(one)}" for name, one in value.items()) + "}"
    elif isinstance(value, list):
        text = "[" + ", ".join(map(_said, value)) + "]"
    else:
        text = str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


_LONGEST: Final = 160
