"""Encryption of personal data: a key per borrower, wrapped by one master key.

Erasing a borrower means dropping the wrapped key: every row under it stays where it is, its hash
stays valid, and nobody can read it. Format of a ciphertext: 12 bytes nonce, then AES-256-GCM.
"""

import os
from datetime import date
from hashlib import sha256
from hmac import digest as hmac_digest
from typing import Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap, aes_key_wrap

from outreach.store.pool import Connection

_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_HMAC_BYTES: Final = 16

SQL_DAY_KEY: Final = "SELECT wrapped FROM day_keys WHERE tenant_id = $1 AND day = $2"
SQL_NEW_DAY_KEY: Final = """
    INSERT INTO day_keys (tenant_id, day, wrapped) VALUES ($1, $2, $3)
    ON CONFLICT DO NOTHING
"""


class ErasedError(Exception):
    """The key is gone: the person was erased, what was under it can't be read again."""


class PersonKey:
    """One data key with its wrapped form; encrypts whole rows, never fields."""

    __slots__ = ("_aead", "wrapped")

    def __init__(self, plain: bytes, wrapped: bytes) -> None:
        self._aead = AESGCM(plain)
        self.wrapped = wrapped

    def encrypt(self, plain: bytes, aad: bytes) -> bytes:
        """Return nonce and ciphertext; `aad` ties the text to its table and id."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._aead.encrypt(nonce, plain, aad)

    def decrypt(self, blob: bytes, aad: bytes) -> bytes:
        """Return what `encrypt` was given.

        Raises:
            cryptography.exceptions.InvalidTag: Another key, another row, or an edited row.
        """
        return self._aead.decrypt(blob[:_NONCE_BYTES], blob[_NONCE_BYTES:], aad)

    def __repr__(self) -> str:
        return "<PersonKey>"


class Vault:
    """Opens and makes keys under the master key, and hashes addresses for look-up.

    Args:
        master: 32 bytes of secret; every wrapped key and every address hash depends on it.
    """

    def __init__(self, master: bytes) -> None:
        if len(master) != _KEY_BYTES:
            raise ValueError(len(master))
        self._wrap = HKDFExpand(SHA256(), _KEY_BYTES, b"outreach wrap v1").derive(master)
        self._lookup = HKDFExpand(SHA256(), _KEY_BYTES, b"outreach lookup v1").derive(master)
        self._days: dict[tuple[str, date], PersonKey] = {}

    def new_key(self) -> PersonKey:
        """Make a key for a new person; store its `wrapped` form."""
        plain = os.urandom(_KEY_BYTES)
        return PersonKey(plain, aes_key_wrap(self._wrap, plain))

    def open(self, wrapped: bytes | None) -> PersonKey:
        """Unwrap a stored key.

        Raises:
            ErasedError: `wrapped` is None.
            cryptography.hazmat.primitives.keywrap.InvalidUnwrap: Another master key.
        """
        if wrapped is None:
            raise ErasedError
        return PersonKey(aes_key_unwrap(self._wrap, wrapped), wrapped)

    def address_hmac(self, address: str) -> bytes:
        """Return the 16-byte look-up hash of an E.164 number, token or lower-case e-mail."""
        return hmac_digest(self._lookup, address.encode(), "sha256")[:_HMAC_BYTES]

    def signing_key(self, label: str) -> bytes:
        """Return 32 bytes derived for one use (sandbox callbacks, links); never stored."""
        return hmac_digest(self._lookup, b"sign:" + label.encode(), sha256)

    async def day_key(self, conn: Connection, tenant: str, day: date) -> PersonKey:
        """Return the key for raw bodies of one lender and day, made when first asked for.

        Autocommit connections only: a key that a rolled-back transaction made would be cached.
        """
        cached = self._days.get((tenant, day))
        if cached is not None:
            return cached
        wrapped = await conn.fetchval(SQL_DAY_KEY, tenant, day)
        if wrapped is None:
            await conn.execute(SQL_NEW_DAY_KEY, tenant, day, self.new_key().wrapped)
            wrapped = await conn.fetchval(SQL_DAY_KEY, tenant, day)
        key = self.open(wrapped)
        if len(self._days) > 256:
            self._days.clear()
        self._days[tenant, day] = key
        return key
