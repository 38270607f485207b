"""What a network says to a few histories, from tables: every code's part of every sum is known
beforehand, so that an event takes additions instead of products."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

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
_ALL = slice(None)


class Tables:
    """An :class:`EventNetwork` taken apart, and the memory of some histories.

    Of every event: ``begin``, then ``hear`` the codes of each cell, ``remember`` after those that
    are known before the event, ask for ``logits``, and ``end``. Where there are several kinds of
    events, ``enter`` each that some of the events are of, and let those alone be heard.
    """

    def __init__(
        self, network: EventNetwork, constant: Tensor, many: int, lacking: Mapping[int, int]
    ) -> None:
        """``lacking``: by cell of one kind of events, the code that events of others have."""
        shape = network.shape
        self.network, self.block, self.lacking = network, shape.block, lacking
        embedded = network.embedding.split(list(shape.sizes))
        read, held, read_bias, held_bias = network.memory.parameters()
        parts = read[:, : (len(shape.sizes) + shape.front) * shape.width].split(shape.width, dim=1)
        known = parts[len(shape.sizes) :]
        self.read = [
            _numbers(own @ torch.cat([parts[place], *known[place : place + 1]]).T)
            for place, own in enumerate(embedded)
        ]
        self.runs = [_Run.of(network, run, embedded) for run in range(len(network.runs))]
        self.always_asked = [run for run in self.runs if run.kind is None]
        always = read[:, (len(shape.sizes) + shape.front) * shape.width :]
        self.always = _numbers(constant @ always.T + read_bias)
        self.held = _numbers(held.T), _numbers(held_bias)
        self.heads = [_head(head) for head in network.heads if isinstance(head, Head)]
        self.memory = np.zeros((many, shape.hidden), dtype=np.float32)
        self.last = np.zeros((many, len(self.held[1])), dtype=np.float32)
        self.silent = np.zeros(2 * len(self.held[1]), dtype=np.float32)
        for place, code in lacking.items():
            self.silent[: self.read[place].shape[1]] += self.read[place][code]

    def begin(self, many: int) -> None:
        """Begin the next event of the first ``many`` histories."""
        self.many, gates = many, self.last.shape[1]
        slots = len(self.network.shape.asked) * self.block
        self.heard = np.tile(self.silent, (many, 1))
        self.next, self.known = np.split(self.heard, [gates], axis=1)
        self.sums = np.zeros((many, slots), dtype=np.float32)
        self.reading = self.always[:many] + self.last[:many]
        self.told: dict[int, Codes] = {}
        self.open = self.always_asked

    def hear(self, place: int, codes: Codes, who: slice | Codes = _ALL) -> None:
        """The codes of a cell of all events, or of those ``who`` were entered."""
        part = self.read[place]
        said = part[codes]
        if place in self.lacking:
            said = said - part[self.lacking[place]]
        self.heard[who, : part.shape[1]] += said
        for run in self.open:
            if place in run.parts:
                self.sums[who, run.units] += run.parts[place][codes]
        if who is _ALL:
            self.told[place] = codes

    def enter(self, kind: int, who: Codes) -> None:
        """Go on with the cells that only a kind of events has, which the events ``who`` are of."""
        self.open = [run for run in self.runs if run.kind == kind]
        for run in self.open:
            sums = run.recalled(self.memory[who])
            for place, codes in self.told.items():
                if place in run.parts:
                    sums += run.parts[place][codes[who]]
            self.sums[who, run.units] = sums

    def leave(self) -> None:
        """Go on with the cells of all events."""
        self.open = self.always_asked

    def remember(self) -> None:
        """A step of the gated recurrent unit."""
        self.reading += self.known
        memory, size = self.memory[: self.many], self.memory.shape[1]
        held = memory @ self.held[0] + self.held[1]
        gates = _logistic(self.reading[:, : 2 * size] + held[:, : 2 * size])
        reset, keep = gates[:, :size], gates[:, size:]
        new = np.tanh(self.reading[:, 2 * size :] + reset * held[:, 2 * size :])
        self.memory[: self.many] = new + keep * (memory - new)
        for run in self.always_asked:
            self.sums[:, run.units] += run.recalled(self.memory[: self.many])

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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Run:
    """The hidden units of cells that events of one kind have (``None``: all)."""

    kind: int | None
    units: slice
    recall: Singles
    bias: Singles
    parts: Mapping[int, Singles]
    """By cell what each of its codes says to them."""

    @classmethod
    def of(cls, network: EventNetwork, run: int, embedded: Sequence[Tensor]) -> _Run:
        """The run of that number; ``embedded``: all codes of each cell."""
        recall, within = network.recall[run], network.within[run]
        assert isinstance(recall, nn.Linear)
        assert isinstance(within, Within)
        weights = within.weights().split(within.width, dim=1)
        return cls(
            kind=network.shape.runs[run][0],
            units=network.units(network.runs[run]),
            recall=_numbers(recall.weight.T),
            bias=_numbers(recall.bias),
            parts={
                int(place): _numbers(embedded[place] @ own.T)
                for place, own in zip(within.places, weights, strict=True)
            },
        )

    def recalled(self, memory: Singles) -> Singles:
        """What the memory says to them."""
        found: Singles = memory @ self.recall + self.bias
        return found


def _head(head: Head) -> tuple[Singles, Singles]:
    block = torch.eye(head.free.shape[1])
    return _numbers(head(block) - head.bias), _numbers(head.bias)


def _numbers(values: Tensor) -> Singles:
    found: Singles = np.ascontiguousarray(values.detach().cpu().numpy(), dtype=np.float32)
    return found


def _logistic(values: Singles) -> Singles:
    return np.float32(0.5) * (np.tanh(np.float32(0.5) * values) + np.float32(1.0))
