"""Real histories against real histories: random halves, or resampled blocks of one long series."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from domain.evaluation.event_log import EventLog

SPLITS = 20
MANY = 1_000
"""Entities from which on a twin is held to absolute limits; windows of one series never count."""
Floats = NDArray[np.float64]

Summary = Callable[[EventLog, Floats], Floats]
"""``summary(log, weights)``: ``weights`` says in (histories × draws) how often each history
counts; gives (figures × draws)."""
Distance = Callable[[Floats, Floats], Floats]
"""``distance(one, other)`` of two summaries: one value a draw. Either may have one draw only."""

SOURCE = (
    f"baseline: median over {SPLITS} random halves of the real entities (balanced half-samples, "
    "McCarthy 1969); of one long series over overlapping block resamples (Künsch 1989)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Halves:
    """How often each real history counts on either side of every split (histories × splits)."""

    one: Floats
    other: Floats


def halves(histories: int, seed: int, splits: int = SPLITS) -> Halves:
    """Random halves; with an odd number the second side has one more."""
    random = np.random.default_rng([seed, 6])
    one = np.zeros((histories, splits))
    for split in range(splits):
        one[random.permutation(histories)[: histories // 2], split] = 1.0
    return Halves(one=one, other=1.0 - one)


def block_resamples(blocks: int, seed: int, splits: int = SPLITS) -> Halves:
    """Blocks drawn with replacement, as many as there are, for either side by itself."""
    random = np.random.default_rng([seed, 7])
    even = np.full(blocks, 1 / max(blocks, 1))
    one, other = (random.multinomial(blocks, even, splits).T.astype(float) for _ in range(2))
    return Halves(one=one, other=other)


@dataclass(frozen=True, slots=True, kw_only=True)
class Apart:
    """How far the twin is from the second half of every split, and the first half from it."""

    twin: Floats
    """One value a split."""
    real: Floats
    many: bool = False
    """Whether there are so many real histories that chance between them is small."""

    @property
    def value(self) -> float | None:
        """The twin's median."""
        return _median(self.twin)

    @property
    def baseline(self) -> float | None:
        """The median among real histories."""
        return _median(self.real)

    @property
    def chance(self) -> float | None:
        """As far as real histories are from each other in one of twenty splits."""
        known = self.real[np.isfinite(self.real)]
        return float(np.quantile(known, 0.95)) if len(known) else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """The middle 95 % of the twin's values: halves vary about as the whole sample would."""
        known = self.twin[np.isfinite(self.twin)]
        if not len(known):
            return None
        low, high = np.quantile(known, [0.025, 0.975])
        return float(low), float(high)


def _median(values: Floats) -> float | None:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else None


def apart(
    real: EventLog, twin: EventLog, split: Halves, summary: Summary, distance: Distance
) -> Apart:
    """The twin against real halves, and those against each other."""
    whole = summary(twin, np.ones((twin.histories, 1)))
    other = summary(real, split.other)
    return Apart(
        twin=distance(whole, other),
        real=distance(summary(real, split.one), other),
        many=real.histories >= MANY and not real.windows,
    )
