"""What a gateway's templates can do to a fact: write it the gateway's way, or sign it."""

import base64
import hmac
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, timezone
from hashlib import md5, sha1, sha256
from typing import Any, Final
from urllib.parse import quote


def _digits(value: object) -> str:
    """Keep the digits: what gateways want that know no `+`."""
    return "".join(one for one in str(value) if one in "0123456789")


def _without(value: object, front: str) -> str:
    return str(value).removeprefix(front)


def _time(value: object, form: str, hours: float = 0) -> str:
    """Write a Unix time, `hours` east of Greenwich."""
    zone = timezone(timedelta(hours=hours))
    return datetime.fromtimestamp(float(str(value)), UTC).astimezone(zone).strftime(form)


def _hmac_sha256(value: object, key: str) -> str:
    return hmac.new(key.encode(), str(value).encode(), sha256).hexdigest()


def _hmac_sha1(value: object, key: str) -> str:
    return hmac.new(key.encode(), str(value).encode(), sha1).hexdigest()


def _md5(value: object) -> str:
    """Hash as old gateways want requests signed; it protects nothing here."""
    return md5(str(value).encode(), usedforsecurity=False).hexdigest()


def _replace(value: object, old: str, new: str) -> str:
    return str(value).replace(old, new)


FILTERS: Final[Mapping[str, Callable[..., Any]]] = {
    "b64encode": lambda value: base64.b64encode(str(value).encode()).decode(),
    "digits": _digits,
    "hmac_sha1": _hmac_sha1,
    "hmac_sha256": _hmac_sha256,
    "lower": lambda value: str(value).lower(),
    "md5": _md5,
    "replace": _replace,
    "sha256": lambda value: sha256(str(value).encode()).hexdigest(),
    "time": _time,
    "upper": lambda value: str(value).upper(),
    "urlencode": lambda value: quote(str(value), safe=""),
    "without": _without,
}
"""By name. `{{ now | time('%Y%m%d%H%M%S', 8) }}`, `{{ (id ~ now) | hmac_sha256(secrets.key) }}`."""
