"""What a training step hides: cells, hidden units, and the order of the columns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

AHEAD = 0.4
"""Share of the rows in which some columns are seen by all others, also by those before them:
what conditions on these columns need."""
APART = 0.1
"""Share of the rows in which nothing but such columns is seen."""
_SMALL_SETS = 0.6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Masks:
    """The masks of one batch; see ``AutoregressiveNetwork.loss``."""

    shown: Tensor | None
    ahead: Tensor | None
    kept: Tensor | None


def masks(
    rows: int,
    columns: int,
    hidden: int,
    *,
    unseen: float,
    dropout: float,
    rng: np.random.Generator,
    device: torch.device,
) -> Masks:
    """Random masks. A row's place in the batch says nothing about it, so the first rows are the
    ones with columns ahead."""
    ahead, apart = int(AHEAD * rows), int(APART * rows)
    sets = _sets(ahead + apart, columns, rng)
    shown = kept((rows, columns), unseen, rng)
    if apart:
        shown = np.ones((rows, columns), dtype=np.float32) if shown is None else shown
        shown[ahead : ahead + apart] = sets[ahead:]
    return Masks(
        shown=_tensor(shown, device),
        ahead=_tensor(sets, device),
        kept=_tensor(kept((rows, hidden), dropout, rng), device),
    )


def _sets(rows: int, columns: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """A random set of columns for each row, most of them of one or two: shape (rows, columns)."""
    small, any_size = rng.integers(1, 3, rows), rng.integers(1, max(columns, 2), rows)
    size = np.where(rng.random(rows) < _SMALL_SETS, small, any_size)
    ranks = rng.random((rows, columns)).argsort(axis=1)
    return (ranks < np.minimum(size, columns - 1)[:, np.newaxis]).astype(np.float32)


def kept(
    shape: tuple[int, ...], left_out: float, rng: np.random.Generator
) -> NDArray[np.float32] | None:
    """Zeros at random, and elsewhere what makes up for them.

    Bytes are drawn: torch's own drop-out costs more than the matrix products of a small network.
    """
    level = round(256 * left_out)
    if not level:
        return None
    kept = rng.integers(0, 256, shape, dtype=np.uint8) >= level
    return kept.astype(np.float32) * np.float32(256 / (256 - level))


def _tensor(mask: NDArray[np.float32] | None, device: torch.device) -> Tensor | None:
    return None if mask is None else torch.from_numpy(mask).to(device)
