"""Is a single odd person laid open by a synthetic row that stands far too near?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from domain.evaluation.ranking import share_interval
from domain.evaluation.risk import SIGNIFICANCE, Finding

REVEALED = "leakage.revealed_outliers"

_TAIL = 0.05
"""The nearest part of the control group, from which smaller distances are foretold."""

_FEWEST_TAIL = 5
_CERTAIN = 1.645
"""One-sided 95 %: how slowly the tail might fall at most."""

_STEEPEST = 10.0
_GRAIN = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """How near the twin comes to people, in units of how far they stand from real neighbours."""

    ratios: np.ndarray

    @classmethod
    def of(cls, to_twin: np.ndarray, far: np.ndarray) -> Exposure:
        """People with a real double (``far`` 0) stand out from nobody: they count as 1."""
        return cls(ratios=np.divide(to_twin, far, out=np.ones_like(to_twin), where=far > 0))


def revealed_finding(outliers: Exposure, strangers: Exposure, doubles: float) -> Finding:
    """The share of outlying training people with a synthetic row nearer than chance explains.

    Chance is read from held-out people: the share of them that the twin comes as near to, and
    below the nearest of them the power law that their smallest ratios follow (Hill 1975); never
    less than ``doubles``, the share of real people who equal another in every column. Who is
    revealed, of all outlying people, is decided after Benjamini & Hochberg 1995 at 5 %.
    """
    n = len(outliers.ratios)
    chances = np.maximum(_chances(outliers.ratios, strangers.ratios), doubles)
    together = np.sort(chances) * n / np.arange(1, n + 1)
    passed = np.flatnonzero(together <= SIGNIFICANCE)
    share = (int(passed[-1]) + 1) / n if len(passed) else 0.0
    interval = share_interval(share, n)
    return Finding(
        name=REVEALED,
        scope="table",
        risk=share,
        interval=(min(interval[0], share), max(interval[1], share)),
        p=min(float(together.min()), 1.0),
    )


def _chances(ratios: np.ndarray, control: np.ndarray) -> np.ndarray:
    """For each ratio the chance that a stranger's is as small."""
    ordered = np.sort(control)
    seen = np.searchsorted(ordered, ratios, side="right") / len(ordered)
    count = min(max(_FEWEST_TAIL, round(_TAIL * len(ordered))), len(ordered) - 1)
    edge = max(float(ordered[count]), _GRAIN)
    steps = np.log(edge / np.maximum(ordered[:count], _GRAIN))
    mean = max(float(steps.mean()), 1 / _STEEPEST)
    steepness = max(0.0, 1 - _CERTAIN / np.sqrt(count)) / mean
    tail = count / len(ordered) * np.minimum(np.maximum(ratios, _GRAIN) / edge, 1) ** steepness
    return np.maximum(seen, tail)
