"""A payload without its personal data: only what is known to name nobody is left to be seen."""

import re
from typing import Any, Final

import msgspec

MASK: Final = "•••"
_DEEPEST: Final = 40
# Fields whose values say what happened, when and how much; anything else is masked, whatever it is.
_SHOWN: Final = frozenset(
    {
        "action", "actionname", "amount", "as_of", "billed", "channel", "component",
        "currency", "currencycode", "datacontenttype", "days_past_due", "decimalplaces", "due_on",
        "duedate", "duplicate", "effective_at", "enabled", "entity", "entityname", "event",
        "fees", "interest", "kind", "made_at", "medium", "method", "occurred_at",
        "outcome", "outstanding", "paid", "past_due", "penalty", "period", "principal", "product",
        "received_at", "schema", "scope", "sequence", "specversion", "stage", "status", "tenantid",
        "time", "timestamp", "total", "total_outstanding", "type", "valid_from", "valid_until",
        "value_date", "version",
    }
)  # fmt: skip
# Even there only what looks like a name of a thing, an instant, a day or an amount.
_HARMLESS: Final = re.compile(
    r"[A-Za-z][A-Za-z0-9_./-]{0,59}"
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9:.]{5,15}(Z|[+-][0-9:]{4,6})?)?"
    r"|-?[0-9]{1,9}(\.[0-9]{1,6})?"
)


def masked_payload(body: bytes) -> str | None:
    """Return a JSON payload, indented, with every value masked that isn't known to be harmless.

    Names of fields stay. None where the body isn't JSON: then nothing can be told apart.
    """
    parsed = _parsed(body)
    return None if parsed is None else _written(_masked(parsed[0], "", 0))


def whole_payload(body: bytes) -> str:
    """Return a payload as it came; JSON is indented."""
    parsed = _parsed(body)
    if parsed is None:
        return body.decode(errors="backslashreplace")
    return _written(parsed[0])


def _parsed(body: bytes) -> tuple[Any] | None:
    try:
        return (msgspec.json.decode(body),)
    except (msgspec.DecodeError, RecursionError):
        return None


def _written(value: Any) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()


def _masked(value: Any, name: str, depth: int) -> Any:
    if depth > _DEEPEST:
        return MASK
    if isinstance(value, dict):
        return {key: _masked(each, str(key), depth + 1) for key, each in value.items()}
    if isinstance(value, list):
        return [_masked(each, name, depth + 1) for each in value]
    if value is None or isinstance(value, bool):
        return value
    is_harmless = not isinstance(value, str) or _HARMLESS.fullmatch(value) is not None
    return value if name.casefold() in _SHOWN and is_harmless else MASK
