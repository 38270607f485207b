"""The network: every column's distribution from the columns before it, in one pass.

A masked autoregressive network in the line of MADE (Germain et al. 2015) and of the tabular
networks after it: every column has its own block of hidden units, which sees the embeddings of
the columns before it only, so that a training step is one matrix product.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

MAX_HIDDEN = 4_096
"""Hidden units of all columns together: bounds time and memory of wide tables."""
_NARROWEST_BLOCK = 8
WAVES = 8
"""Curves along an ordered column's codes by which neighbours learn from one another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Sizes of a network. ``sizes`` are the codes of each column, in order."""

    sizes: tuple[int, ...]
    ordered: tuple[bool, ...]
    block_size: int
    embedding_size: int

    @classmethod
    def of(cls, sizes: Sequence[int], ordered: Sequence[bool], block_size: int) -> Shape:
        """A shape whose hidden layer stays bounded however many columns there are."""
        columns = max(len(sizes), 1)
        bound = max(_NARROWEST_BLOCK, MAX_HIDDEN // columns)
        return cls(
            sizes=tuple(sizes),
            ordered=tuple(ordered),
            block_size=min(block_size, bound),
            embedding_size=8 if columns <= 100 else 4,
        )


class AutoregressiveNetwork(nn.Module):
    """Logits of every column's code given the codes of the columns before it.

    Heads of about equal size are computed together, padded to the group's widest column: a
    group is one batched matrix product. A head is the sum of a free part and, for ordered columns,
    of curves along the codes, by which a small table learns about codes it hardly ever saw.
    """

    starts: Tensor
    column_of: Tensor
    marginals: Tensor
    behind: Tensor
    in_front: Tensor

    def __init__(self, shape: Shape, log_marginals: Sequence[Tensor]) -> None:
        """Start as independent columns: heads at zero, output biases at the log marginals."""
        super().__init__()
        self.shape = shape
        columns, block, width = len(shape.sizes), shape.block_size, shape.embedding_size
        starts = torch.tensor([0, *shape.sizes[:-1]], dtype=torch.long).cumsum(0)
        self.register_buffer("starts", starts, persistent=False)
        self.embedding = nn.Parameter(_embeddings(shape))
        column_of = torch.arange(columns).repeat_interleave(
            torch.tensor(shape.sizes, dtype=torch.long)
        )
        self.register_buffer("column_of", column_of, persistent=False)
        shares = torch.cat(
            [torch.zeros(0), *(m.float().softmax(0) for m in log_marginals)]
        ).unsqueeze(1)
        self.register_buffer("marginals", shares, persistent=False)
        self.groups = _groups(shape.sizes)
        self.slots = [column for group in self.groups for column in group]
        self.weight = nn.Parameter(_first_weights(self.slots, block, width))
        self.bias = nn.Parameter(torch.zeros(columns * block))
        behind, in_front = _sides(self.slots, block, width)
        self.register_buffer("behind", behind, persistent=False)
        self.register_buffer("in_front", in_front, persistent=False)
        self.heads = nn.ParameterList(
            torch.zeros(len(g), block, _widest(shape.sizes, g)) for g in self.groups
        )
        self.head_biases = nn.ParameterList(
            _padded([log_marginals[c] for c in g], _widest(shape.sizes, g)) for g in self.groups
        )
        self.curves = nn.ParameterList(torch.zeros(len(g), block, WAVES) for g in self.groups)
        for number, group in enumerate(self.groups):
            self.register_buffer(f"waves_{number}", _group_waves(shape, group), persistent=False)

    def loss(
        self,
        codes: Tensor,
        *,
        shown: Tensor | None = None,
        ahead: Tensor | None = None,
        kept: Tensor | None = None,
    ) -> Tensor:
        """Mean negative log-likelihood of rows, in nats a row. ``codes``: (rows, columns).

        Each column is predicted from those before it. ``shown`` (rows, columns) scales what is
        seen of them; ``ahead`` (some rows, columns) tells, for as many of the first rows, which
        of the columns after it are seen as well. ``kept`` (rows, hidden units) scales the hidden
        units.
        """
        rows, columns = codes.shape
        seen = nn.functional.embedding(codes + self.starts, self.centred())
        before = seen if shown is None else seen * shown.unsqueeze(2)
        hidden = nn.functional.linear(before.flatten(1), self.weight * self.behind, self.bias)
        if ahead is not None and len(ahead):
            after = (seen[: len(ahead)] * ahead.unsqueeze(2)).flatten(1)
            more = nn.functional.linear(after, self.weight * self.in_front)
            hidden = torch.cat([hidden[: len(ahead)] + more, hidden[len(ahead) :]])
        hidden = nn.functional.silu(hidden)
        if kept is not None:
            hidden = hidden * kept
        blocks = hidden.view(rows, columns, self.shape.block_size).transpose(0, 1)
        return self._loss_of(blocks, codes.T[self.slots]) / rows

    def _loss_of(self, blocks: Tensor, wanted: Tensor) -> Tensor:
        """Summed over rows and columns. ``blocks``: (slots, rows, block), ``wanted``: (slots,
        rows)."""
        total, start = blocks.new_zeros(()), 0
        for number, bias in enumerate(self.head_biases):
            end = start + len(bias)
            logits = torch.baddbmm(bias.unsqueeze(1), blocks[start:end], self.head(number))
            total = total + nn.functional.cross_entropy(
                logits.flatten(0, 1), wanted[start:end].flatten(), reduction="sum"
            )
            start = end
        return total

    def head(self, number: int) -> Tensor:
        """Output weights of a group: curves along the order of the codes, and a free part."""
        return self.heads[number] + self.curves[number] @ self.get_buffer(f"waves_{number}")

    def centred(self) -> Tensor:
        """The embeddings less their column's mean, so that not to see a cell says nothing."""
        means = torch.zeros_like(self.embedding[: len(self.starts)])
        means = means.index_add(0, self.column_of, self.embedding * self.marginals)
        return self.embedding - means[self.column_of]

    def slots_heads(self) -> list[tuple[Tensor, Tensor]]:
        """Output weights ``(block, codes)`` and biases of the column in each slot, unpadded."""
        return [
            (head[:, : self.shape.sizes[column]].contiguous(), bias[: self.shape.sizes[column]])
            for number, group in enumerate(self.groups)
            for column, head, bias in zip(
                group, self.head(number), self.head_biases[number], strict=True
            )
        ]

    def parts(self) -> tuple[list[Tensor], list[Tensor]]:
        """All parameters: those that rows share, and the free parts of the heads."""
        free: list[Tensor] = list(self.heads.parameters())
        known = {id(p) for p in free}
        return [p for p in self.parameters() if id(p) not in known], free


def _embeddings(shape: Shape) -> Tensor:
    """Random embeddings; those of ordered columns start as smooth curves along the order."""
    width = shape.embedding_size
    parts = [torch.zeros(0, width)]
    for size, ordered in zip(shape.sizes, shape.ordered, strict=True):
        noise = torch.randn(size, width)
        parts.append(0.3 * noise + waves(size, width) if ordered else noise)
    return torch.cat(parts)


def _group_waves(shape: Shape, group: Sequence[int]) -> Tensor:
    """Curves of each column of a group, zero where it has no order: (columns, WAVES, codes)."""
    found = torch.zeros(len(group), WAVES, _widest(shape.sizes, group))
    for place, column in enumerate(group):
        if shape.ordered[column]:
            size = shape.sizes[column]
            found[place, :, :size] = waves(size, WAVES).T
    return found


def waves(size: int, width: int) -> Tensor:
    """Cosines of rising frequency along 0 to 1, shape ``(size, width)``."""
    place = torch.linspace(0, 1, size).unsqueeze(1)
    frequency = torch.arange(1, width + 1).unsqueeze(0)
    return 1.3 * torch.cos(math.pi * frequency * place)


def _first_weights(slots: Sequence[int], block: int, width: int) -> Tensor:
    """Scaled by the number of inputs on either side of each block's column."""
    columns = len(slots)
    place = torch.tensor(slots, dtype=torch.long).repeat_interleave(block).unsqueeze(1)
    behind, in_front = _sides(slots, block, width)
    inputs = behind * place.clamp(min=1) + in_front * (columns - 1 - place).clamp(min=1)
    return torch.randn(columns * block, columns * width) / (inputs * width).clamp(min=1).sqrt()


def _sides(slots: Sequence[int], block: int, width: int) -> tuple[Tensor, Tensor]:
    """Which weights lead from columns before each slot's, and which from those after it."""
    place, columns = torch.tensor(slots, dtype=torch.long).unsqueeze(1), torch.arange(len(slots))

    def spread(sees: Tensor) -> Tensor:
        return sees.float().repeat_interleave(block, 0).repeat_interleave(width, 1)

    return spread(columns < place), spread(columns > place)


def _groups(sizes: Sequence[int]) -> list[list[int]]:
    """Columns whose sizes round up to the same power of two."""
    groups: dict[int, list[int]] = defaultdict(list)
    for column, size in enumerate(sizes):
        groups[max(size - 1, 1).bit_length()].append(column)
    return [groups[key] for key in sorted(groups)]


def _widest(sizes: Sequence[int], group: Sequence[int]) -> int:
    return max(sizes[c] for c in group)


def _padded(biases: Sequence[Tensor], width: int) -> Tensor:
    """Stack biases; what pads them can never be predicted."""
    never = -1e4
    return torch.stack(
        [nn.functional.pad(b.float(), (0, width - len(b)), value=never) for b in biases]
    )
