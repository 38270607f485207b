"""Keyed coins: who is held out, told by nothing but a secret and their own name."""

from __future__ import annotations

import hmac
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

SEED_BYTES = 32
"""Of the secret from which everything random about private rows follows."""

_WORD = 8


def coins(secret: bytes, purpose: str, units: Iterable[bytes], share: float) -> NDArray[np.bool_]:
    """An independent coin for every unit of privacy, true with probability ``share``.

    A unit's coin depends on its name alone: adding or removing another moves none, which a
    permutation of the rows would.
    """
    key, limit = key_for(secret, f"coin {purpose}"), int(share * 2**64)
    drawn = [
        int.from_bytes(hmac.digest(key, unit, "sha256")[:_WORD], "big") < limit for unit in units
    ]
    return np.array(drawn, dtype=bool)


def key_for(secret: bytes, purpose: str) -> bytes:
    """The key of one purpose; those of different purposes tell nothing about one another."""
    return hmac.digest(secret, purpose.encode(), "sha256")
