"""Tencent Cloud's request signature, version 3 (TC3-HMAC-SHA256).

Its documentation: https://cloud.tencent.com/document/api/382/52072 (checked 2026-11).
"""

import hmac
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

CONTENT_TYPE: Final = "application/json; charset=utf-8"
_ALGORITHM: Final = "TC3-HMAC-SHA256"


def authorization(
    *, key_id: str, secret: str, service: str, host: str, action: str, body: bytes, at: datetime
) -> str:
    """Return the Authorization header of a POST to `/`.

    Args:
        key_id: `SecretId`.
        secret: `SecretKey`.
        service: First part of the service's address: `sms`.
        host: As in the Host header.
        action: The operation.
        body: JSON, byte for byte as it goes out.
        at: The wall clock, the same as in `X-TC-Timestamp`; the vendor accepts five minutes of
            difference.
    """
    timestamp, date = int(at.timestamp()), at.astimezone(UTC).strftime("%Y-%m-%d")
    names = "content-type;host;x-tc-action"
    request = (
        f"POST\n/\n\ncontent-type:{CONTENT_TYPE}\nhost:{host}\nx-tc-action:{action.lower()}\n\n"
        f"{names}\n{sha256(body).hexdigest()}"
    )
    scope = f"{date}/{service}/tc3_request"
    to_sign = f"{_ALGORITHM}\n{timestamp}\n{scope}\n{sha256(request.encode()).hexdigest()}"
    key = f"TC3{secret}".encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), sha256).digest()
    signature = hmac.new(key, to_sign.encode(), sha256).hexdigest()
    return f"{_ALGORITHM} Credential={key_id}/{scope}, SignedHeaders={names}, Signature={signature}"
