"""The autoregressive network as layers that tell what one unit adds to their gradients."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from domain.privacy.per_sample import Tape, inner_products
from domain.synthesis.network import AutoregressiveNetwork


@dataclass(frozen=True, slots=True, eq=False)
class Lookup:
    """Embeddings less their column's mean: codes ``(rows, columns)``, counted through all columns.

    A cell moves the embedding of its own code and, through the mean, of every code of its column.
    """

    network: AutoregressiveNetwork

    @property
    def parameters(self) -> Sequence[nn.Parameter]:
        return (self.network.embedding,)

    def __call__(self, seen: Tensor) -> Tensor:
        return nn.functional.embedding(seen, self.network.centred().detach())

    def squared_norms(self, seen: Tensor, pushed: Tensor, rows: int) -> Tensor:
        shares = self.network.marginals.squeeze(1)
        squares = torch.zeros(seen.shape[1], device=seen.device)
        squares = squares.index_add(0, self.network.column_of, shares.square())
        codes = seen.T.unflatten(1, (-1, rows))
        held = shares[codes]
        same = (codes.unsqueeze(3) == codes.unsqueeze(2)).to(pushed.dtype)
        alike = same - held.unsqueeze(3) - held.unsqueeze(2) + squares.view(-1, 1, 1, 1)
        return (inner_products(pushed.transpose(0, 1), rows) * alike).sum((0, 2, 3))

    def summed(self, seen: Tensor, pushed: Tensor) -> Sequence[Tensor]:
        network = self.network
        own = torch.zeros_like(network.embedding)
        own = own.index_add(0, seen.flatten(), pushed.flatten(0, 1))
        columns = torch.zeros_like(own[: seen.shape[1]]).index_add(0, network.column_of, own)
        return (own - network.marginals * columns[network.column_of],)

    def weighted(self, pushed: Tensor, weights: Tensor) -> Tensor:
        return pushed * weights.view(-1, 1, 1)


@dataclass(frozen=True, slots=True, eq=False)
class Before:
    """The masked layer: embeddings ``(rows, columns × width)`` to the hidden units of each column,
    which see the columns before it only.

    A unit of one column has no gradient for the weights of later ones: the rule of a plain layer
    would count them.
    """

    network: AutoregressiveNetwork

    @property
    def parameters(self) -> Sequence[nn.Parameter]:
        return (self.network.weight, self.network.bias)

    def __call__(self, seen: Tensor) -> Tensor:
        network = self.network
        weight = (network.weight * network.behind).detach()
        return nn.functional.linear(seen, weight, network.bias.detach())

    def squared_norms(self, seen: Tensor, pushed: Tensor, rows: int) -> Tensor:
        columns = len(self.network.slots)
        cells = inner_products(seen.unflatten(1, (columns, -1)).transpose(0, 1), rows)
        before = (cells.cumsum(0) - cells)[self.network.slots]
        hidden = inner_products(pushed.unflatten(1, (columns, -1)).transpose(0, 1), rows)
        return (hidden * (before + 1)).sum((0, 2, 3))

    def summed(self, seen: Tensor, pushed: Tensor) -> Sequence[Tensor]:
        return ((pushed.T @ seen) * self.network.behind, pushed.sum(0))

    def weighted(self, pushed: Tensor, weights: Tensor) -> Tensor:
        return pushed * weights.unsqueeze(1)


@dataclass(frozen=True, slots=True, eq=False)
class Heads:
    """The outputs of a group of columns: ``(columns, rows, hidden)`` to ``(columns, rows,
    codes)``. Curves along the order of the codes share what comes back with the free part."""

    network: AutoregressiveNetwork
    group: int

    @property
    def parameters(self) -> Sequence[nn.Parameter]:
        network, group = self.network, self.group
        return (network.heads[group], network.head_biases[group], network.curves[group])

    def __call__(self, seen: Tensor) -> Tensor:
        bias = self.network.head_biases[self.group].detach()
        return torch.baddbmm(bias.unsqueeze(1), seen, self.network.head(self.group).detach())

    def squared_norms(self, seen: Tensor, pushed: Tensor, rows: int) -> Tensor:
        free = inner_products(pushed, rows)
        curved = inner_products(pushed @ self._waves, rows)
        return (inner_products(seen, rows) * (free + curved) + free).sum((0, 2, 3))

    def summed(self, seen: Tensor, pushed: Tensor) -> Sequence[Tensor]:
        head = seen.transpose(1, 2) @ pushed
        return (head, pushed.sum(1), head @ self._waves)

    def weighted(self, pushed: Tensor, weights: Tensor) -> Tensor:
        return pushed * weights.view(1, -1, 1)

    @property
    def _waves(self) -> Tensor:
        return self.network.get_buffer(f"waves_{self.group}").transpose(1, 2)


def reached(network: AutoregressiveNetwork) -> dict[nn.Parameter, Tensor]:
    """Which weights a gradient can reach at all: not those behind the mask, nor of codes that only
    fill up a group."""
    found: dict[nn.Parameter, Tensor] = {network.weight: network.behind.bool()}
    for number, group in enumerate(network.groups):
        sizes = torch.tensor([network.shape.sizes[c] for c in group], device=network.bias.device)
        head, bias = network.heads[number], network.head_biases[number]
        there = torch.arange(bias.shape[1], device=sizes.device) < sizes.unsqueeze(1)
        found[bias] = there
        found[head] = there.unsqueeze(1).expand_as(head)
    return found


def row_loss(network: AutoregressiveNetwork, tape: Tape, codes: Tensor, there: Tensor) -> Tensor:
    """Negative log-likelihood in nats, summed over the rows that are ``there``. ``codes``: (rows,
    columns)."""
    embedded = tape(Lookup(network), codes + network.starts)
    hidden = nn.functional.silu(tape(Before(network), embedded.flatten(1)))
    blocks = hidden.unflatten(1, (len(network.slots), -1)).transpose(0, 1)
    sizes, total = [len(group) for group in network.groups], there.new_zeros(())
    parts = zip(blocks.split(sizes), codes.T[network.slots].split(sizes), strict=True)
    for number, (seen, wanted) in enumerate(parts):
        logits = tape(Heads(network, number), seen)
        losses = nn.functional.cross_entropy(
            logits.flatten(0, 1), wanted.flatten(), reduction="none"
        )
        total = total + losses.view(len(wanted), -1).sum(0) @ there
    return total
