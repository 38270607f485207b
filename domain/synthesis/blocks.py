"""Whole rows as one vector: places on modes first, then a block for each column's codes."""

from __future__ import annotations

import torch
from torch import Tensor


class Blocks:
    """Where everything of a row stands, and what is computed block by block, all at once.

    A row is ``places`` (``numbers`` of them), then for each column as many entries as it has
    codes: 0 and a single 1 in a real row, shares in a made one, logits before.
    """

    def __init__(self, sizes: tuple[int, ...], numbers: int, device: torch.device) -> None:
        counts = torch.tensor(sizes, dtype=torch.int64)
        self.sizes, self.numbers, self.device = sizes, numbers, device
        self.starts = (counts.cumsum(0) - counts).to(device)
        self.owner = torch.arange(len(sizes)).repeat_interleave(counts).to(device)
        """The column of every entry."""
        self.width = numbers + sum(sizes)

    def dense(self, codes: Tensor, places: Tensor) -> Tensor:
        """Real rows: ``codes`` (rows, columns) and ``places`` as (rows, width)."""
        ones = torch.zeros(len(codes), len(self.owner), device=self.device)
        ones.scatter_(1, self.starts + codes, 1.0)
        return torch.cat([places, ones], dim=1)

    def log_sums(self, logits: Tensor) -> Tensor:
        """The logarithm of each block's sum of exponentials, (rows, columns)."""
        owner = self.owner.expand(len(logits), -1)
        empty = logits.new_full((len(logits), len(self.sizes)), float("-inf"))
        top = empty.scatter_reduce(1, owner, logits.detach(), "amax")
        risen = (logits - top.gather(1, owner)).exp()
        return torch.zeros_like(empty).scatter_add(1, owner, risen).log() + top

    def losses(self, logits: Tensor, codes: Tensor) -> Tensor:
        """Cross-entropy of each column's code, (rows, columns), in nats."""
        return self.log_sums(logits) - logits.gather(1, self.starts + codes)

    def nearly_drawn(self, logits: Tensor, temperature: float) -> Tensor:
        """Shares close to one code's 1, through which a gradient passes (Gumbel-softmax)."""
        lots = -torch.empty_like(logits).exponential_().log()
        risen = (logits + lots) / temperature
        return (risen - self.log_sums(risen).gather(1, self.owner.expand(len(risen), -1))).exp()

    def drawn(self, logits: Tensor, lots: Tensor) -> Tensor:
        """Codes drawn with the probabilities of ``logits``; ``lots`` are Gumbel-distributed."""
        parts = (logits + lots).split(self.sizes, dim=1)
        return torch.stack([part.argmax(1) for part in parts], dim=1)
