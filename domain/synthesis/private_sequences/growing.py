"""On what each node of a step depends: asked of the rows, measured, and paid for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import pi, sqrt

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.kernel import OnProgress
from domain.privacy.private_histories import PrivateHistories
from domain.synthesis.private_encoding.column import Codes, Floats
from domain.synthesis.private_sequences.entity_wise import before
from domain.synthesis.private_sequences.families import (
    Family,
    Parent,
    combinations_of,
    combined,
)
from domain.synthesis.private_sequences.steps import Steps

_CHOICE = 0.2
"""Share of a round's ρ for what to measure; the rest measures it."""
_ROUNDS = 1.0
"""Further questions for each node that is drawn."""
_MOST_PARENTS = 3
_MOST_CELLS = 2**14
"""Of one measured table."""
_ONE_BY_ONE = 24
"""A node of more codes is told coarsely."""

Candidate = tuple[int, Parent]
"""A node that is drawn, and one more that it may depend on."""


@dataclass(slots=True, kw_only=True)
class Growing:
    """Families of nodes, from rows of codes in the order of the steps' nodes."""

    table: PrivateHistories
    steps: Steps
    families: dict[int, Family] = field(default_factory=dict)
    """By the node that is drawn."""
    _scores: dict[tuple[int, int, bool], float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for at, node in enumerate(self.steps.nodes):
            if node.drawn:
                counts = np.maximum(self.steps.encoder.columns[node.column].counts, 0.0) + 1e-6
                shares = (counts / counts.sum())[np.newaxis]
                self.families[at] = Family(child=at, parents=(), shares=shares)

    def grow(self, rho: float, on_progress: OnProgress) -> None:
        """Measure each node with what it was before, then what is missed most. Costs ``rho``."""
        own, more = list(self._own()), round(_ROUNDS * len(self.families))
        share = rho / max(len(own) + more, 1)
        for done, (child, parent) in enumerate(own):
            on_progress(done, len(own) + more, "asking what follows what, with noise")
            self._measure(child, parent, share)
        for done in range(more):
            on_progress(len(own) + done, len(own) + more, "asking what goes with what, with noise")
            candidates = list(self._candidates())
            if not candidates:
                return
            child, parent = self._chosen(candidates, share)
            self._measure(child, parent, share * (1 - _CHOICE))

    def _own(self) -> Iterator[Candidate]:
        """Every column of events with itself in the event before: no choice, so nothing to pay."""
        called, place = self.steps.called, self.steps.place
        for child in self.families:
            name = self.steps.nodes[child].column
            if name not in (called.wait, called.since, called.clock):
                yield child, self._parent(place[before(name)], coarse=False)

    def _candidates(self) -> Iterator[Candidate]:
        for child, family in self.families.items():
            told = {parent.node for parent in family.parents}
            if len(told) == _MOST_PARENTS:
                continue
            for at, node in enumerate(self.steps.nodes[:child]):
                if at in told:
                    continue
                for coarse in (False, True) if node.coarse is not None else (False,):
                    parent = self._parent(at, coarse=coarse)
                    if self._cells(family, parent) <= _MOST_CELLS:
                        yield child, parent

    def _parent(self, at: int, *, coarse: bool) -> Parent:
        node = self.steps.nodes[at]
        if node.coarse is not None and (coarse or node.size > _ONE_BY_ONE):
            return Parent(node=at, size=int(node.coarse.max()) + 1, groups=node.coarse)
        return Parent(node=at, size=node.size)

    def _cells(self, family: Family, parent: Parent) -> int:
        size = self.steps.nodes[family.child].size
        return combinations_of(family.parents) * parent.size * size

    def _measure(self, child: int, parent: Parent, rho: float) -> None:
        """Count a node by what it depends on and one more. Costs ``rho``."""
        family, size = self.families[child], self.steps.nodes[child].size
        parents = (*family.parents, parent)

        def cells(frame: pd.DataFrame) -> Codes:
            codes = frame.to_numpy(np.int64)
            return combined(parents, codes) * size + codes[:, child]

        words = " and ".join(self.steps.nodes[p.node].words for p in parents)
        what = f"{self.steps.nodes[child].words} by {words}"
        told = self.table.counts(what, cells, self._cells(family, parent), rho)
        counts = told.counts.reshape(-1, size).astype(np.float64)
        self.families[child] = family.with_parent(parent, counts, told.sigma)
        self._scores = {key: s for key, s in self._scores.items() if key[0] != child}

    def _chosen(self, candidates: list[Candidate], share: float) -> Candidate:
        """What is missed most, beyond what noise would make of it. Costs its part of ``share``.

        A score is Σ |count − what the family makes of the counts of its parents| over the cells of
        a node by its parents and one more. Shares of a family come from earlier noisy answers. A
        row more or less moves one count by 1, and what is made of the counts of the parents by 1
        in all: so every score by 2 at most, and ``most`` rows of a unit by twice as many.
        """

        def scores(frame: pd.DataFrame) -> NDArray[np.float64]:
            codes = frame.to_numpy(np.int64)
            return np.array([self._score(codes, *c, share) for c in candidates])

        moved = 2.0 * self.table.rows_a_unit
        place = self.table.select("what a column depends on", scores, moved, share * _CHOICE)
        return candidates[place]

    def _score(self, codes: Codes, child: int, parent: Parent, share: float) -> float:
        key = (child, parent.node, parent.groups is not None)
        if key not in self._scores:
            family = self.families[child]
            cells = self._cells(family, parent)
            sigma = self.table.noise(cells, share * (1 - _CHOICE))
            missed = float(np.abs(self._missed(codes, family, parent)).sum())
            self._scores[key] = missed - sqrt(2 / pi) * sigma * cells
        return self._scores[key]

    def _missed(self, codes: Codes, family: Family, parent: Parent) -> Floats:
        size = self.steps.nodes[family.child].size
        rows = combined((*family.parents, parent), codes)
        places = rows * size + codes[:, family.child]
        true = np.bincount(places, minlength=self._cells(family, parent)).reshape(-1, size)
        known = np.repeat(family.shares, parent.size, axis=0)
        return np.asarray(true - true.sum(axis=1, keepdims=True) * known)
