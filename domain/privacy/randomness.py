"""Randomness that nobody can guess: for whatever a privacy proof needs to be secret.

Amplification by sampling holds only while the sample is secret, and noise only hides what it is
added to while it cannot be repeated. Everything random that touches private rows therefore comes
from a sealed 256-bit seed through AES-256 in counter mode, never from the published seed. What is
published is a commitment: whoever is shown the seed later can check that it was this one.

What a computer draws is not quite what a proof speaks of. Of whole counts and of choices it is
known how far off it is, and :data:`domain.synthesis.private_fit.PRECISION` covers that:

* A normal number is made of 128 random bits, so that both tails are fine down to 2^-129 (13 σ).
  Within 10 σ (all of four are, but for a chance of 2^-73) it is off by at most 2^-50 of itself and
  as much of one (``ndtri``: 2^-51), and the sum of four by at most e = 2^-45 σ.
* A sum that is rounded to whole numbers comes out as j where the exact one would within e of it.
  The normal density falls by a factor of e = 2.72 in no less than min(1, σ²/(|j| + 1)); hence no
  whole number is more or less likely than it should be by a factor beyond 1 ± η,
  η = 2^-42 (σ + 20 + 2/σ): :func:`likelier`.
* Choices are races of exponential lots, whose logarithms are off by 2^-42 at most: a factor again.

A factor on every answer is one on every event. It counts only for cells that one unit can touch
(2k of a question where it holds k rows): of all others the draw is the same with and without it.

Noise on gradients is no whole number. There the sum of four is a measure against patterns in the
lowest bits (Holohan & Braghin 2021; Mironov 2012 tells what they give away), not a proof.
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
_HIGH, _LOW = 2.0**-64, 2.0**-128
"""What one step in the upper and in the lower word of a fine number is worth."""
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

    def halves(self, count: int) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
        """Uniform numbers by their nearer end: whether that is 1, and how far from it they are.

        The distance is above 0, at most 1/2, and fine down to 2^-129.
        """
        upper, lower = self.words(2 * count).reshape(2, count)
        distance = (upper >> np.uint64(1)) * _HIGH + (lower * _LOW + _LOW / 2)
        return (upper & np.uint64(1)).astype(np.bool_), distance

    def gaussians(self, count: int, sigma: float) -> NDArray[np.float64]:
        """Normal noise of standard deviation ``sigma``, each the sum of four."""
        above, distance = self.halves(_SUMMED * count)
        normals = ndtri(distance)
        np.negative(normals, out=normals, where=above)
        return np.asarray(normals.reshape(_SUMMED, count).sum(axis=0) * (sigma / np.sqrt(_SUMMED)))

    def whole_gaussians(self, count: int, sigma: float) -> NDArray[np.int64]:
        """Normal noise rounded to whole numbers, for whole counts.

        A whole count plus it is the count plus normal noise, rounded: whatever is proved of
        Gaussian noise, by any accountant, holds of it. That the answer is whole leaves no trace
        of floating-point rounding.
        """
        return np.asarray(np.rint(self.gaussians(count, sigma)), dtype=np.int64)

    def choice(self, weights: NDArray[np.float64]) -> int:
        """A place, with probability proportional to its weight: the winner of a race in which
        each takes exponentially long, at a speed that is its weight."""
        above, distance = self.halves(len(weights))
        taken = -np.where(above, np.log1p(-distance), np.log(distance))
        with np.errstate(divide="ignore"):
            return int(np.argmin(np.log(taken) - np.log(weights)))

    def sample(self, count: int, rate: float) -> NDArray[np.int64]:
        """Places of a Poisson sample of ``count`` rows: each is in it with probability ``rate``."""
        return np.flatnonzero(self.uniforms(count) < rate)


def likelier(sigma: float) -> float:
    """By which share a whole number is more or less likely in :meth:`SecretStream.whole_gaussians`
    than under exact arithmetic, at most: η above."""
    return 2.0**-42 * (sigma + 20 + 2 / sigma)


def quantile_above(sigma: float, share: float) -> int:
    """The smallest whole number that rounded normal noise exceeds with at most this probability."""
    # Rounded noise is above k where the noise itself is above k + 1/2.
    return int(np.ceil(-sigma * ndtri(share) - 0.5))
