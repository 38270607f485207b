"""Weights inside an event: from its cells to the hidden units of those that are predicted later."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn


class Within(nn.Module):
    """The weights to a run of predicted cells, which events of the same kind have.

    They lead from the cells that such events have: the cells of other kinds say nothing there, and
    of many kinds they would be most of the weights.
    """

    seen: Tensor
    behind: Tensor

    def __init__(
        self, seen: Sequence[int], cells: int, asked: Sequence[int], block: int, width: int
    ) -> None:
        """Random weights of about unit variance in sum.

        ``seen``: the places of cells that such events have, among all ``cells``; ``asked``: those
        predicted, each by ``block`` hidden units from what stands before it; ``width``: of an
        embedded cell.
        """
        super().__init__()
        self.places, self.width = np.array(seen, dtype=np.int64), width
        self.all = len(seen) == cells
        self.register_buffer("seen", torch.tensor(seen, dtype=torch.long), persistent=False)
        before = self.seen < torch.tensor(asked, dtype=torch.long).unsqueeze(1)
        behind = before.float().repeat_interleave(block, 0).repeat_interleave(width, 1)
        self.register_buffer("behind", behind, persistent=False)
        self.free = nn.Parameter(torch.randn(len(asked) * block, len(seen) * width))
        with torch.no_grad():
            self.free.mul_(behind / behind.sum(1, keepdim=True).clamp(min=1).sqrt())

    def weights(self) -> Tensor:
        """Shape ``(hidden units, seen cells * width)``; 0 from a cell that comes later."""
        return self.free * self.behind

    def forward(self, now: Tensor) -> Tensor:
        """Embedded events (…, cells, width) to what they say: (…, hidden units)."""
        now = now if self.all else now.index_select(-2, self.seen)
        return nn.functional.linear(now.flatten(-2), self.weights())

    def before(self, place: int) -> NDArray[np.int64]:
        """The places of seen cells before ``place``, to which the first weights belong."""
        return self.places[: int(np.searchsorted(self.places, place))]
