"""Exact marginals of a graphical model: cliques in a tree, and messages between them.

Koller & Friedman 2009, chapter 10. Potentials are logarithms throughout.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Columns = tuple[int, ...]
"""Columns by their place, ascending."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JunctionTree:
    """Cliques of columns, each after its parent; ``sizes`` are the codes of every column."""

    sizes: tuple[int, ...]
    cliques: tuple[Columns, ...]
    parents: tuple[int, ...]
    """The place of each clique's parent; −1 where there is none."""

    @classmethod
    def over(cls, sizes: Sequence[int], groups: Iterable[Columns]) -> JunctionTree:
        """The tree whose cliques hold every one of ``groups`` and every column."""
        cliques = _eliminated(tuple(sizes), [set(g) for g in groups])
        order, parents = _spanned(tuple(sizes), cliques)
        return cls(
            sizes=tuple(sizes),
            cliques=tuple(tuple(sorted(cliques[i])) for i in order),
            parents=tuple(parents),
        )

    def shape(self, columns: Columns) -> tuple[int, ...]:
        """The shape of a table over ``columns``."""
        return tuple(self.sizes[c] for c in columns)

    def home(self, columns: Columns) -> int:
        """The smallest clique that holds ``columns``, or −1."""
        held = [i for i, c in enumerate(self.cliques) if set(columns) <= set(c)]
        return min(held, key=lambda i: prod(self.shape(self.cliques[i])), default=-1)

    def marginals(self, potentials: Sequence[Floats], total: float) -> list[Floats]:
        """The table of each clique under ``potentials``, each summing to ``total``."""
        beliefs = [p.copy() for p in potentials]
        messages: list[Floats] = [np.zeros(())] * len(beliefs)
        for child in range(len(beliefs) - 1, 0, -1):
            parent = self.parents[child]
            messages[child] = self._passed(beliefs[child], child, child)
            beliefs[parent] += self._fitted(messages[child], child, parent)
        for child in range(1, len(beliefs)):
            back = self._passed(beliefs[self.parents[child]], self.parents[child], child)
            beliefs[child] += self._fitted(back - messages[child], child, child)
        return [_normalised(b, total) for b in beliefs]

    def separator(self, child: int) -> set[int]:
        """The columns that a clique shares with its parent."""
        parent = self.parents[child]
        return set(self.cliques[child]) & set(self.cliques[parent]) if parent >= 0 else set()

    def _passed(self, belief: Floats, clique: int, child: int) -> Floats:
        """The belief of ``clique`` about the columns between ``child`` and its parent."""
        kept = self.separator(child)
        axes = tuple(i for i, c in enumerate(self.cliques[clique]) if c not in kept)
        top = belief.max(axis=axes, keepdims=True)
        return np.asarray(np.log(np.exp(belief - top).sum(axis=axes)) + top.squeeze(axis=axes))

    def _fitted(self, message: Floats, child: int, clique: int) -> Floats:
        """A message in a shape that can be added to the table of ``clique``."""
        kept = self.separator(child)
        return message.reshape([self.sizes[c] if c in kept else 1 for c in self.cliques[clique]])


def cells_of(sizes: Sequence[int], groups: Iterable[Columns]) -> int:
    """Numbers that the tables of a tree over ``groups`` would hold."""
    cliques = _eliminated(tuple(sizes), [set(g) for g in groups])
    return sum(prod(sizes[c] for c in clique) for clique in cliques)


def summed_to(table: Floats, columns: Columns, kept: Columns) -> Floats:
    """A table over ``columns`` summed to those ``kept``, in ascending order."""
    return np.asarray(table.sum(axis=tuple(i for i, c in enumerate(columns) if c not in kept)))


def _normalised(belief: Floats, total: float) -> Floats:
    risen = np.exp(belief - belief.max())
    return np.asarray(risen * (total / risen.sum()))


def _eliminated(sizes: tuple[int, ...], groups: list[set[int]]) -> list[set[int]]:
    """Maximal cliques of the triangulated graph: the cheapest column is eliminated first."""
    beside = {c: {c}.union(*(g for g in groups if c in g)) for c in range(len(sizes))}
    cliques: list[set[int]] = []
    while beside:
        column = min(beside, key=lambda c: (prod(sizes[i] for i in beside[c]), c))
        clique = beside.pop(column)
        if not any(clique <= other for other in cliques):
            cliques.append(clique)
        for other in clique - {column}:
            beside[other] = (beside[other] | clique) - {column}
    return cliques


def _spanned(sizes: tuple[int, ...], cliques: list[set[int]]) -> tuple[list[int], list[int]]:
    """The cliques in an order in which each shares the most with one before it, and that one."""
    order, parents = [0], [-1]
    left = list(range(1, len(cliques)))
    while left:
        child, place = max(
            ((c, p) for c in left for p in range(len(order))),
            key=lambda pair: len(cliques[pair[0]] & cliques[order[pair[1]]]),
        )
        order.append(child)
        parents.append(place)
        left.remove(child)
    return order, parents
