"""The network: a recurrent memory of the events before, and a masked head for every cell.

A gated recurrent unit (Cho et al. 2014) reads the events of a history one by one; each cell of the
next event is predicted from its memory and the cells before it in the same event, as in MADE
(Germain et al. 2015) and in ``domain.synthesis.network``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import torch
from torch import Tensor, nn

from domain.synthesis.network import waves
from domain.synthesis.sequences import calendar
from domain.synthesis.sequences.clock import EXACT_DAYS
from domain.synthesis.sequences.heads import Head
from domain.synthesis.sequences.waiting import log_odds, log_shares
from domain.synthesis.sequences.within import Within

_NOISE = 0.3
"""Of the embeddings of ordered codes, which begin as curves along the order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventShape:
    """Sizes of a network."""

    sizes: tuple[int, ...]
    """Codes of each cell, in order."""
    ordered: tuple[bool, ...]
    """Of which cells neighbouring codes mean neighbouring values."""
    front: int
    """How many of the first cells are known before the event."""
    asked: tuple[int, ...]
    """The cells that are predicted."""
    days: int | None
    """The cell that says how many days pass: its codes lead to days of the calendar."""
    constants: tuple[int, ...]
    """Codes of each column that is the same in all events of a history."""
    hidden: int
    block: int
    kinds: tuple[int | None, ...]
    """Of each cell the kind of events that has it; ``None``: all."""
    kind: int | None
    """The cell that says which kind an event is of."""
    echoes: tuple[int, ...] = ()
    """Kinds of events that may be due on a day, by each rhythm."""
    width: int = 12
    """Of the embeddings."""

    @property
    def of_days(self) -> tuple[int, ...]:
        """Sizes of the features of a day that may come next."""
        return (*calendar.FEATURES, *self.echoes)

    @property
    def runs(self) -> list[tuple[int | None, range]]:
        """The asked cells in runs of the same kind."""
        found: list[tuple[int | None, range]] = []
        for kind, slots in groupby(range(len(self.asked)), lambda s: self.kinds[self.asked[s]]):
            some = list(slots)
            found.append((kind, range(some[0], some[-1] + 1)))
        return found

    def seen(self, kind: int | None) -> list[int]:
        """The cells that events of a kind have (``None``: those that all have)."""
        return [place for place, of in enumerate(self.kinds) if of in (None, kind)]


class EventNetwork(nn.Module):
    """Logits of every asked cell from the events before and the cells before it."""

    starts: Tensor
    constant_starts: Tensor

    def __init__(self, shape: EventShape, log_marginals: Sequence[Tensor]) -> None:
        """Start as independent cells: heads at zero, their biases at the log marginals."""
        super().__init__()
        self.shape = shape
        width, cells = shape.width, len(shape.sizes)
        self.register_buffer("starts", _starts(shape.sizes), persistent=False)
        self.register_buffer("constant_starts", _starts(shape.constants), persistent=False)
        self.embedding = nn.Parameter(_embeddings(shape))
        self.constants = nn.Parameter(torch.randn(sum(shape.constants), width) * 0.5)
        inputs = (cells + shape.front + len(shape.constants)) * width
        self.memory = nn.GRU(inputs, shape.hidden, batch_first=True)
        self.runs = [slots for _, slots in shape.runs]
        self.recall = nn.ModuleList(
            nn.Linear(shape.hidden, len(slots) * shape.block) for slots in self.runs
        )
        self.within = nn.ModuleList(_within(shape, kind, slots) for kind, slots in shape.runs)
        self.heads = nn.ModuleList(
            Head(shape.block, _start(shape, cell, marginal), ordered=shape.ordered[cell])
            for cell, marginal in zip(shape.asked, log_marginals, strict=True)
        )
        self.calendar = nn.Linear(shape.block, sum(shape.of_days), bias=False)
        nn.init.zeros_(self.calendar.weight)

    def embedded(self, codes: Tensor) -> Tensor:
        """Embeddings of the cells of events: (…, cells) to (…, cells, width)."""
        return nn.functional.embedding(codes + self.starts, self.embedding)

    def constant(self, codes: Tensor) -> Tensor:
        """Embeddings of what is constant in histories: (histories, columns * width)."""
        return nn.functional.embedding(codes + self.constant_starts, self.constants).flatten(1)

    def inputs(self, before: Tensor, now: Tensor, constant: Tensor) -> Tensor:
        """What the memory reads: the event before, and what is known of this one.

        ``before`` and ``now``: embedded events (histories, events, cells, width); ``constant``:
        see :meth:`constant`.
        """
        front = now[:, :, : self.shape.front].flatten(2)
        always = constant.unsqueeze(1).expand(-1, now.shape[1], -1)
        return torch.cat([before.flatten(2), front, always], dim=2)

    def blocks(self, remembered: Tensor, now: Tensor, slots: range) -> Tensor:
        """Hidden units of a run of ``slots`` from the memory and the event itself: (…, slots,
        block)."""
        run = self.runs.index(slots)
        hidden = nn.functional.silu(self.recall[run](remembered) + self.within[run](now))
        return hidden.unflatten(-1, (len(slots), self.shape.block))

    def recalled(self) -> tuple[Tensor, Tensor]:
        """Weights and biases from the memory to the hidden units of all slots; there are none
        where nothing of an event is predicted."""
        parts = [part for part in self.recall if isinstance(part, nn.Linear)]
        if not parts:
            return self.constants.new_zeros(0, self.shape.hidden), self.constants.new_zeros(0)
        return torch.cat([p.weight for p in parts]), torch.cat([p.bias for p in parts])

    def units(self, slots: range) -> slice:
        """The hidden units of some slots."""
        return slice(slots.start * self.shape.block, slots.stop * self.shape.block)

    def parts(self) -> tuple[list[Tensor], list[Tensor]]:
        """All parameters: those that codes share, and the free parts of heads with curves."""
        free: list[Tensor] = [
            h.free for h in self.heads if isinstance(h, Head) and h.curves is not None
        ]
        known = {id(p) for p in free}
        return [p for p in self.parameters() if id(p) not in known], free

    def logits(self, slot: int, block: Tensor, candidates: Tensor | None) -> Tensor:
        """Logits of the cell in ``slot``: (rows, codes).

        ``candidates``: (rows, codes, features) of the day that each code of the cell of days would
        lead to (of the first codes; the others have none): the calendar's, and what is due then.
        """
        logits: Tensor = self.heads[slot](block)
        if candidates is None or self.shape.asked[slot] != self.shape.days:
            return logits
        liked = self.calendar(block).split(self.shape.of_days, dim=1)
        days = sum(like.gather(1, candidates[:, :, i]) for i, like in enumerate(liked))
        assert isinstance(days, Tensor)
        return log_shares(logits[:, : days.shape[1]] + days, logits[:, days.shape[1] :])


def _start(shape: EventShape, cell: int, log_marginal: Tensor) -> Tensor:
    """What a head says before it has learned anything."""
    return log_odds(log_marginal, EXACT_DAYS) if cell == shape.days else log_marginal


def _starts(sizes: Sequence[int]) -> Tensor:
    return torch.tensor([0, *sizes], dtype=torch.long).cumsum(0)[: len(sizes)]


def _within(shape: EventShape, kind: int | None, slots: range) -> Within:
    asked = [shape.asked[slot] for slot in slots]
    return Within(shape.seen(kind), len(shape.sizes), asked, shape.block, shape.width)


def _embeddings(shape: EventShape) -> Tensor:
    """Random; those of ordered cells start as smooth curves along the order."""
    parts = [torch.zeros(0, shape.width)]
    for size, ordered in zip(shape.sizes, shape.ordered, strict=True):
        noise = torch.randn(size, shape.width)
        parts.append(0.5 * (_NOISE * noise + waves(size, shape.width) if ordered else noise))
    return torch.cat(parts)
