"""The provider token for APNs: one for all requests, renewed seldom.

Apple takes a token for an hour and refuses whoever brings more than one new one in 20 minutes.
"""

from datetime import datetime, timedelta
from typing import Final

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pydantic import SecretStr

_RENEWED_AFTER: Final = timedelta(minutes=50)
_RENEWED_AT_MOST: Final = timedelta(minutes=20)


def p8_key(text: SecretStr) -> EllipticCurvePrivateKey:
    """Read a .p8 key; line ends may be written as backslash and n.

    Raises:
        ValueError: It is none. The error doesn't show it.
    """
    pem = text.get_secret_value().replace("\\n", "\n").encode()
    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError):
        raise ValueError("isn't a PEM private key") from None
    if not isinstance(key, EllipticCurvePrivateKey) or not isinstance(key.curve, SECP256R1):
        raise ValueError("isn't a key on the curve P-256")  # noqa: TRY004 - pydantic shows those
    return key


class ProviderTokens:
    """Signs and keeps one team's token.

    Args:
        key: The team's .p8 key.
        key_id: Its id, ten characters.
        team_id: Ten characters.
    """

    def __init__(self, key: EllipticCurvePrivateKey, key_id: str, team_id: str) -> None:
        self._key = key
        self._key_id = key_id
        self._team_id = team_id
        self._token = ""
        self._issued_at: datetime | None = None
        self._forced_at: datetime | None = None

    def get(self, now: datetime) -> str:
        """Return the token to use at wall time `now`."""
        # A clock that was set back makes a token from the future, which Apple refuses.
        age = None if self._issued_at is None else now - self._issued_at
        if age is None or not timedelta(0) <= age < _RENEWED_AFTER:
            self._issue(now)
        return self._token

    def renewed(self, used: str, now: datetime) -> str | None:
        """Return another token for one that was refused as expired; None if there is none.

        Of many requests that were refused at once the first renews; a second renewal within 20
        minutes would only make Apple refuse the team.
        """
        if used != self._token:
            return self._token
        if self._forced_at is not None and now - self._forced_at < _RENEWED_AT_MOST:
            return None
        self._forced_at = now
        self._issue(now)
        return self._token

    def _issue(self, now: datetime) -> None:
        claims = {"iss": self._team_id, "iat": int(now.timestamp())}
        self._token = jwt.encode(claims, self._key, "ES256", headers={"kid": self._key_id})
        self._issued_at = now
