"""A small valid installation, as a mapping to change and hand to `settings_from`."""

import base64
from typing import Any


def a_signing_secret(text: str = "a secret that is long enough, truly") -> str:
    """Return a `whsec_…` secret around `text`."""
    return "whsec_" + base64.b64encode(text.encode()).decode()


def an_installation(**changes: Any) -> dict[str, Any]:
    """Return settings with one lender, one source, one sender and one provider."""
    return {
        "providers": {"carrier": {"adapter": "sandbox", "options": {}}},
        "lenders": {
            "acme": {
                "name": "Acme Credit",
                "role": "first_party",
                "mode": "live",
                "country": "US",
                "timezone": "America/New_York",
                "locale": "en-US",
                "currency": "USD",
                "sources": {"acme_core": {"adapter": "standard", "secrets": [a_signing_secret()]}},
                "senders": {
                    "acme_sms": {"channel": "sms", "provider": "carrier", "address": "+12025550100"}
                },
            }
        },
        **changes,
    }


def changed(data: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """Return `data` with the value at a dotted path set; None removes it."""
    *holders, last = path.split(".")
    target = data
    for part in holders:
        target = target.setdefault(part, {})
    if value is None:
        del target[last]
    else:
        target[last] = value
    return data
