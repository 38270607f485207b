"""Ed25519 signatures (RFC 8032), and the fingerprint by which a key is known."""

from __future__ import annotations

import hashlib
import re


def fits(public_key: bytes, signature: bytes, message: bytes) -> bool:
    """Whether an Ed25519 signature fits."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def grouped(public_key: bytes) -> str:
    """The fingerprint of a key, in groups of four for reading aloud."""
    digits = hashlib.sha256(public_key).hexdigest()
    return " ".join(digits[at : at + 4] for at in range(0, 64, 4))


def digits_of(text: str) -> str | None:
    """The 64 digits of a fingerprint or key as people write them; None for anything else."""
    digits = re.sub(r"[\s:-]", "", text).lower()
    return digits if re.fullmatch("[0-9a-f]{64}", digits) else None


def is_named(public_key: bytes, digits: str) -> bool:
    """Whether ``digits`` are those of the key's fingerprint, or of the key itself."""
    return digits in (public_key.hex(), hashlib.sha256(public_key).hexdigest())
