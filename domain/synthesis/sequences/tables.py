"""What a network says to a few histories, from tables: every code's part of every sum is known
beforehand, so that an event takes additions instead of products."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from domain.synthesis.encoding.codec import stratified
from domain.synthesis.sequences.cells import Codes
from domain.synthesis.sequences.heads import Head
from domain.synthesis.sequences.network import EventNetwork
from domain.synthesis.sequences.within import Within

MOST_HISTORIES = 64
"""Side by side; of more, products are quicker."""
MOST_CODES = 30_000
"""Of all cells together: a code takes some kilobytes."""

Singles = NDArray[np.float32]


class Tables:
    """An :class:`EventNetwork` taken apart, and the memory of some histories.

    Of every event: ``begin``, then ``hear`` the codes of each cell, ``remember`` after those that
    are known before the event, ask for ``logits``, and ``end``.
    """

    def __init__(self, network: EventNetwork, constant: Tensor, many: int) -> None:
        shape = network.shape
        self.network, self.block = network, shape.block
        embedded = network.embedding.split(list(shape.sizes))
        within = _within(network)
        read, held, read_bias, held_bias = network.memory.parameters()
        parts = read[:, : (len(shape.sizes) + shape.front) * shape.width].split(shape.width, dim=1)
        known = parts[len(shape.sizes) :]
        self.parts = []
        for place, own in enumerate(embedded):
            read_on = torch.cat([parts[place], *known[place : place + 1]])
            self.parts.append([(0, _numbers(own @ read_on.T))])
            for start, weights in within[place]:
                start += 2 * len(read_bias)
                self.parts[place].append((start, _numbers(own @ weights.T)))
        always = read[:, (len(shape.sizes) + shape.front) * shape.width :]
        self.always = _numbers(constant @ always.T + read_bias)
        self.held = _numbers(held.T), _numbers(held_bias)
        recall, recall_bias = network.recalled()
        self.recall = _numbers(recall.T), _numbers(recall_bias)
        self.heads = [_head(head) for head in network.heads if isinstance(head, Head)]
        self.memory = np.zeros((many, shape.hidden), dtype=np.float32)
        self.last = np.zeros((many, len(self.held[1])), dtype=np.float32)

    def begin(self, many: int) -> None:
        """Begin the next event of the first ``many`` histories."""
        self.many = many
        slots, gates = len(self.recall[1]), self.last.shape[1]
        self.heard = np.zeros((many, slots + 2 * gates), dtype=np.float32)
        self.next, self.known, self.sums = np.split(self.heard, [gates, 2 * gates], axis=1)
        self.reading = self.always[:many] + self.last[:many]

    def hear(self, place: int, codes: Codes) -> None:
        """The codes of a cell."""
        for start, part in self.parts[place]:
            self.heard[:, start : start + part.shape[1]] += part[codes]

    def remember(self) -> None:
        """A step of the gated recurrent unit."""
        self.reading += self.known
        memory, size = self.memory[: self.many], self.memory.shape[1]
        held = memory @ self.held[0] + self.held[1]
        gates = _logistic(self.reading[:, : 2 * size] + held[:, : 2 * size])
        reset, keep = gates[:, :size], gates[:, size:]
        new = np.tanh(self.reading[:, 2 * size :] + reset * held[:, 2 * size :])
        self.memory[: self.many] = new + keep * (memory - new)
        self.sums += self.memory[: self.many] @ self.recall[0] + self.recall[1]

    def logits(self, slot: int, free: Codes, candidates: Tensor | None) -> Tensor:
        """Logits of a cell for the histories ``free`` (see ``EventNetwork.logits``)."""
        hidden = self.sums[free, slot * self.block : (slot + 1) * self.block]
        hidden = hidden * _logistic(hidden)
        if candidates is not None:
            return self.network.logits(slot, torch.from_numpy(hidden), candidates)
        weight, bias = self.heads[slot]
        return torch.from_numpy(hidden @ weight + bias)

    def end(self) -> None:
        """End the event."""
        self.last[: self.many] = self.next


def chosen(logits: Singles, rng: np.random.Generator) -> Codes:
    """A code of each row; the uniforms that choose are stratified among the rows."""
    shares = np.exp(logits - logits.max(axis=1, keepdims=True)).cumsum(axis=1, dtype=np.float64)
    points = stratified(len(logits), rng) * shares[:, -1]
    found: Codes = (shares <= points[:, np.newaxis]).sum(axis=1)
    return found


def _within(network: EventNetwork) -> list[list[tuple[int, Tensor]]]:
    """By cell the weights from it to runs of hidden units, each with the first of the run."""
    found: list[list[tuple[int, Tensor]]] = [[] for _ in network.shape.sizes]
    for slots, within in zip(network.runs, network.within, strict=True):
        assert isinstance(within, Within)
        parts = within.weights().split(within.width, dim=1)
        for place, weights in zip(within.places, parts, strict=True):
            found[place].append((network.units(slots).start, weights))
    return found


def _head(head: Head) -> tuple[Singles, Singles]:
    block = torch.eye(head.free.shape[1])
    return _numbers(head(block) - head.bias), _numbers(head.bias)


def _numbers(values: Tensor) -> Singles:
    found: Singles = np.ascontiguousarray(values.detach().cpu().numpy(), dtype=np.float32)
    return found


def _logistic(values: Singles) -> Singles:
    return np.float32(0.5) * (np.tanh(np.float32(0.5) * values) + np.float32(1.0))
