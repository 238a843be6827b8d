"""Digests by which references and signals are found without storing what they say in an index."""

from hashlib import sha256
from typing import Literal

_BYTES = 16
_SEPARATOR = "\x1f"


def _digest(*parts: str) -> bytes:
    return sha256(_SEPARATOR.join(parts).encode()).digest()[:_BYTES]


def ref_digest(tenant: str, kind: Literal["loan", "borrower"], ref: str) -> bytes:
    """Return the 16-byte key of one alias of a loan or borrower within a lender."""
    return _digest(tenant, kind, ref)


def signal_digest(tenant: str, source: str, signal_id: str) -> bytes:
    """Return the 16-byte idempotency key of one signal: unique per (lender, source URI, id)."""
    return _digest(tenant, source, signal_id)


def subject_digest(tenant: str, subject: str) -> bytes:
    """Return `ref_digest` of a signal's subject, `loan/<ref>` or `borrower/<ref>`.

    Raises:
        ValueError: The subject is of neither form.
    """
    kind, _, ref = subject.partition("/")
    if kind == "loan" and ref:
        return ref_digest(tenant, "loan", ref)
    if kind == "borrower" and ref:
        return ref_digest(tenant, "borrower", ref)
    raise ValueError(kind)
