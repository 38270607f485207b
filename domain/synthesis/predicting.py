"""The trained network in the form in which rows are drawn: sums of rows that are looked up."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from domain.synthesis.network import AutoregressiveNetwork

_KEPT = 2**24
"""Numbers of all columns' tables together that are kept; beyond it only the last one is."""


class Predictor:
    """One column's logits from some cells of a row.

    What a cell adds to a column's hidden units depends on its code alone, so it is worked out
    once for every code, and a hidden layer over many rows is a sum of looked-up rows instead of
    a matrix product. A cell that is not to be seen is not looked up.
    """

    @torch.no_grad()
    def __init__(self, network: AutoregressiveNetwork) -> None:
        self.network = network.eval()
        self.device = network.weight.device
        self.starts = _starts(network)
        self._slot = {column: slot for slot, column in enumerate(network.slots)}
        self._heads = dict(zip(network.slots, network.slots_heads(), strict=True))
        self._embeddings = _embeddings(network)
        self._tables: dict[int, Tensor] = {}

    @torch.no_grad()
    def logits(self, column: int, cells: Tensor, shift: Tensor | None = None) -> Tensor:
        """Logits of one column, ``shift`` added, shape ``(rows, codes)``.

        ``cells`` are the cells to be seen, shape ``(rows, cells)``: each is its code plus its
        column's start (see ``starts``).
        """
        head, bias = self._heads[column]
        hidden = nn.functional.silu(self._hidden(column, cells), inplace=True)
        return torch.addmm(bias if shift is None else bias + shift, hidden, head)

    @torch.no_grad()
    def losses(self, codes: Tensor) -> Tensor:
        """Negative log-likelihood of each row in nats, every column given those before it.

        ``codes``: (rows, columns); the result: (rows,).
        """
        starts = torch.tensor(self.starts, dtype=torch.long, device=codes.device)
        cells, total = codes + starts, torch.zeros(len(codes), device=codes.device)
        for column in range(codes.shape[1]):
            logits = self.logits(column, cells[:, :column])
            total += nn.functional.cross_entropy(logits, codes[:, column], reduction="none")
        return total

    def _hidden(self, column: int, cells: Tensor) -> Tensor:
        bias = self.network.bias[self._own(column)]
        if not cells.shape[1]:
            return bias.repeat(len(cells), 1)
        sums = nn.functional.embedding_bag(cells, self._table(column), mode="sum")
        return sums.add_(bias)

    def _own(self, column: int) -> slice:
        block, slot = self.network.shape.block_size, self._slot[column]
        return slice(slot * block, (slot + 1) * block)

    def _table(self, column: int) -> Tensor:
        """What each code of all columns adds to the hidden units of one: (codes, block)."""
        if column in self._tables:
            return self._tables[column]
        weight = self.network.weight[self._own(column)]
        inputs = weight.view(len(weight), len(self.starts), -1).permute(1, 2, 0)
        parts = [
            torch.bmm(embedding, inputs[group]).flatten(0, 1)
            for group, embedding in zip(self.network.groups, self._embeddings, strict=True)
        ]
        table = torch.cat(parts)
        if table.numel() * len(self.starts) > _KEPT:
            self._tables.clear()
        self._tables[column] = table
        return table


def _embeddings(network: AutoregressiveNetwork) -> list[Tensor]:
    """Of each group's columns, padded to the widest: (columns, codes, embedding)."""
    parts = network.centred().split(network.shape.sizes)
    return [nn.utils.rnn.pad_sequence([parts[c] for c in g], True) for g in network.groups]


def _starts(network: AutoregressiveNetwork) -> list[int]:
    """Where each column begins among the padded codes of all groups side by side."""
    starts, end = [0] * len(network.slots), 0
    for group in network.groups:
        widest = max(network.shape.sizes[column] for column in group)
        for column in group:
            starts[column], end = end, end + widest
    return starts
