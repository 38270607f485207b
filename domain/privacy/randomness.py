"""Randomness that nobody can guess: for whatever a privacy proof needs to be secret.

Amplification by sampling holds only while the sample is secret, and noise only hides what it is
added to while it cannot be repeated. Everything random that touches private rows therefore comes
from a sealed 256-bit seed through AES-256 in counter mode, never from the published seed. What is
published is a commitment: whoever is shown the seed later can check that it was this one.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext, algorithms, modes
from numpy.typing import NDArray
from scipy.special import ndtri

from domain.privacy.coins import SEED_BYTES, coins, key_for

_WORD = 8
_FINEST = 2.0**-53
_SUMMED = 4
"""Gaussians that one noise value is made of: their sum has no pattern in its lowest bits that
would give the exact value away (Holohan & Braghin 2021)."""


@dataclass(frozen=True, slots=True)
class SealedSeed:
    """A secret from which every draw about private rows follows."""

    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.secret) != SEED_BYTES:
            raise ValueError(f"A sealed seed has {SEED_BYTES} bytes.")

    @classmethod
    def fresh(cls) -> SealedSeed:
        """A new one, from the operating system."""
        return cls(secrets.token_bytes(SEED_BYTES))

    @property
    def commitment(self) -> str:
        """SHA-256 that binds to the seed and tells nothing about it, in hexadecimal."""
        return hashlib.sha256(b"synthetic-data-studio sealed seed\0" + self.secret).hexdigest()

    def stream(self, purpose: str) -> SecretStream:
        """The draws for one purpose; those of different purposes are independent."""
        return SecretStream(self._key(purpose))

    def coins(self, purpose: str, units: Sequence[bytes], share: float) -> NDArray[np.bool_]:
        """An independent coin for every unit of privacy (see :mod:`domain.privacy.coins`)."""
        return coins(self.secret, purpose, units, share)

    def _key(self, purpose: str) -> bytes:
        return key_for(self.secret, purpose)


class SecretStream:
    """A keystream of AES-256-CTR, read as numbers."""

    def __init__(self, key: bytes) -> None:
        self._cipher: CipherContext = Cipher(
            algorithms.AES256(key), modes.CTR(bytes(16))
        ).encryptor()

    def words(self, count: int) -> NDArray[np.uint64]:
        """Uniform 64-bit words."""
        return np.frombuffer(self._cipher.update(bytes(count * _WORD)), dtype=np.uint64)

    def uniforms(self, count: int) -> NDArray[np.float64]:
        """Uniform between 0 and 1, both excluded, in steps of 2^-53."""
        return ((self.words(count) >> np.uint64(11)).astype(np.float64) + 0.5) * _FINEST

    def gaussians(self, count: int, sigma: float) -> NDArray[np.float64]:
        """Normal noise of standard deviation ``sigma``, each the sum of four."""
        normals = ndtri(self.uniforms(_SUMMED * count)).reshape(_SUMMED, count)
        return np.asarray(normals.sum(axis=0) * (sigma / np.sqrt(_SUMMED)))

    def whole_gaussians(self, count: int, sigma: float) -> NDArray[np.int64]:
        """Normal noise rounded to whole numbers, for whole counts.

        A whole count plus it is the count plus normal noise, rounded: whatever is proved of
        Gaussian noise, by any accountant, holds of it. That the answer is whole leaves no trace
        of floating-point rounding.
        """
        return np.asarray(np.rint(self.gaussians(count, sigma)), dtype=np.int64)

    def choice(self, weights: NDArray[np.float64]) -> int:
        """A place, with probability proportional to its weight."""
        table = np.cumsum(weights)
        place = np.searchsorted(table, self.uniforms(1)[0] * table[-1], side="right")
        return int(min(place, len(weights) - 1))

    def sample(self, count: int, rate: float) -> NDArray[np.int64]:
        """Places of a Poisson sample of ``count`` rows: each is in it with probability ``rate``."""
        return np.flatnonzero(self.uniforms(count) < rate)


def quantile_above(sigma: float, share: float) -> int:
    """The smallest whole number that rounded normal noise exceeds with at most this probability."""
    # Rounded noise is above k where the noise itself is above k + 1/2.
    return int(np.ceil(-sigma * ndtri(share) - 0.5))
