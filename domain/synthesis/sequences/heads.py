"""The head of a cell: logits of its codes, and for codes that have an order curves along it."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from domain.synthesis.network import WAVES, waves


class Head(nn.Module):
    """Logits of one cell from its block of hidden units.

    Starts at the log marginal. Of an ordered cell the weights are a free part and curves along
    the codes, by which a code that was hardly ever seen learns from its neighbours.
    """

    along: Tensor

    def __init__(self, block: int, log_marginal: Tensor, *, ordered: bool) -> None:
        super().__init__()
        size = len(log_marginal)
        self.free = nn.Parameter(torch.zeros(size, block))
        self.bias = nn.Parameter(log_marginal.detach().clone().float())
        self.curves = nn.Parameter(torch.zeros(WAVES, block)) if ordered else None
        self.register_buffer("along", waves(size, WAVES) if ordered else None, persistent=False)

    def forward(self, block: Tensor) -> Tensor:
        """``block``: (rows, hidden units) to logits (rows, codes)."""
        weight: Tensor = self.free
        if self.curves is not None:
            weight = weight + self.along @ self.curves
        return nn.functional.linear(block, weight, self.bias)
