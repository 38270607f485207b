"""Drawing the columns that conditions name, from their joint distribution under the conditions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from domain.synthesis.predicting import Predictor

FEWEST = 16_384
"""Particles of a group, at least, where there is more than one column."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Particles:
    """Weighted draws of a group's named columns (Doucet et al. 2001, sequential importance
    sampling): each column is drawn inside what is allowed, and the weight makes up for it."""

    codes: NDArray[np.int16]
    """Shape ``(particles, named columns)``."""
    weights: Floats
    density: Floats
    """Log-probability of the draws without the conditions."""

    @property
    def mass(self) -> float:
        """The share of all rows that the group is expected to hold."""
        return float(self.weights.mean())

    def chosen(self, rows: int, rng: np.random.Generator) -> tuple[NDArray[np.int16], Floats]:
        """``rows`` draws by weight, as evenly as they can be, in random order, with densities."""
        levels = np.cumsum(self.weights)
        levels /= levels[-1]
        points = (np.arange(rows) + rng.random()) / max(rows, 1)
        places = np.searchsorted(levels, points).clip(max=len(levels) - 1)
        places = rng.permutation(places)
        return self.codes[places], self.density[places]


@torch.no_grad()
def particles(
    predictor: Predictor,
    columns: Sequence[int],
    marginal: Floats,
    allowed: Sequence[Floats],
    count: int,
    rng: np.random.Generator,
) -> Particles:
    """``count`` draws of ``columns`` in that order.

    ``marginal`` is the first column's learned distribution; ``allowed[i]`` is the share of each
    code of ``columns[i]`` that may be drawn.
    """
    device = predictor.device
    cells = torch.zeros((count, len(columns)), dtype=torch.int32, device=device)
    codes = np.zeros((count, len(columns)), dtype=np.int16)
    weights, density = np.ones(count), np.zeros(count)
    for place, column in enumerate(columns):
        if place == 0:
            chances = torch.from_numpy(marginal).float().to(device).expand(count, -1)
        else:
            chances = torch.softmax(predictor.logits(column, cells[:, :place]), dim=1)
        left = chances * torch.from_numpy(allowed[place]).float().to(device)
        total = left.sum(1)
        weights *= total.double().cpu().numpy()
        uniforms = (rng.permutation(count) + rng.random(count)) / count
        drawn = _inverse(left, torch.from_numpy(uniforms).float().to(device))
        codes[:, place] = drawn.cpu().numpy()
        chance = chances.gather(1, drawn.unsqueeze(1)).squeeze(1)
        density += chance.clamp(min=1e-30).log().double().cpu().numpy()
        cells[:, place] = drawn + predictor.starts[column]
    return Particles(codes=codes, weights=weights, density=density)


def _inverse(left: Tensor, uniforms: Tensor) -> Tensor:
    cumulative = left.cumsum(1)
    # By the last entry, not by the sum: they differ in their last bits, and beyond the last
    # entry lie codes that are not allowed.
    points = uniforms.clamp(max=1 - 2**-22) * cumulative[:, -1]
    codes = (cumulative <= points.unsqueeze(1)).sum(1)
    return codes.clamp(max=left.shape[1] - 1)
