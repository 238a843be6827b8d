"""Alibaba Cloud's request signature, version 3 (ACS3-HMAC-SHA256).

Its documentation: https://help.aliyun.com/document_detail/2593177.html (checked 2026-11).
"""

import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final
from urllib.parse import quote

_NOTHING: Final = sha256(b"").hexdigest()
_ALGORITHM: Final = "ACS3-HMAC-SHA256"


def canonical_query(parameters: Mapping[str, str]) -> str:
    """Return parameters sorted and encoded, as they are signed and as they must go out."""
    return "&".join(
        f"{quote(name, safe='')}={quote(value, safe='')}"
        for name, value in sorted(parameters.items())
    )


def signed_headers(
    *,
    key_id: str,
    secret: str,
    host: str,
    action: str,
    version: str,
    query: str,
    at: datetime,
    nonce: str,
) -> dict[str, str]:
    """Return the headers of a POST to `/` without a body.

    Args:
        key_id: Access key's id.
        secret: Its secret.
        host: As in the Host header, with a port that isn't the scheme's own.
        action: The operation.
        version: Of the interface, as in `2017-05-25`.
        query: What `canonical_query` returned.
        at: The wall clock; the vendor accepts 15 minutes of difference.
        nonce: Another one for each request.
    """
    headers = {
        "host": host,
        "x-acs-action": action,
        "x-acs-content-sha256": _NOTHING,
        "x-acs-date": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "x-acs-signature-nonce": nonce,
        "x-acs-version": version,
    }
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    request = f"POST\n/\n{query}\n{lines}\n{names}\n{_NOTHING}"
    to_sign = f"{_ALGORITHM}\n{sha256(request.encode()).hexdigest()}"
    signature = hmac.new(secret.encode(), to_sign.encode(), sha256).hexdigest()
    headers["authorization"] = (
        f"{_ALGORITHM} Credential={key_id},SignedHeaders={names},Signature={signature}"
    )
    return headers
