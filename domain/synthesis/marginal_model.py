"""The most even distribution that explains noisy marginals, and rows drawn from it.

Mirror descent over the marginals of a graphical model (McKenna, Sheldon & Miklau 2019, algorithm
1, the line search as in the authors' ``mbi``), in double precision.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from domain.synthesis.junction_tree import Columns, Floats, JunctionTree, summed_to

_GROWTH, _SHRINK = 1.01, 0.5
_SETTLED = 1e-7
"""Relative improvement over ``_LOOK_BACK`` steps below which the fit is done."""
_LOOK_BACK = 50

OnStep = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Measurement:
    """Noisy counts of the codes of some columns together."""

    columns: Columns
    counts: Floats
    """One for each combination of codes, in the shape of the columns."""
    spread: Floats
    """Standard deviations of the noise: one for all, or one for each count."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Step:
    """How some columns are drawn, given others: a table of (given combinations, new ones)."""

    given: Columns
    drawn: Columns
    table: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MarginalModel:
    """Columns of codes as a chain of conditional tables."""

    sizes: tuple[int, ...]
    steps: tuple[Step, ...]

    @classmethod
    def fit(
        cls,
        sizes: Sequence[int],
        measurements: Sequence[Measurement],
        total: float,
        iterations: int,
        on_step: OnStep = lambda done, total: None,
    ) -> MarginalModel:
        """The model of ``total`` rows that explains the ``measurements`` best."""
        tree = JunctionTree.over(sizes, [m.columns for m in measurements])
        tables = _Descent(tree, measurements, total).run(iterations, on_step)
        steps = [_step(tree, clique, table) for clique, table in enumerate(tables)]
        return cls(sizes=tree.sizes, steps=tuple(steps))

    def draw(self, rows: int, rng: np.random.Generator) -> NDArray[np.int64]:
        """Codes, shape ``(rows, columns)``: in each step every combination comes about as often
        as it should, and not by chance."""
        codes = np.zeros((rows, len(self.sizes)), dtype=np.int64)
        for step in self.steps:
            drawn = _drawn(step.table, self._flat(codes, step.given), rng)
            shape = tuple(self.sizes[c] for c in step.drawn)
            for column, values in zip(step.drawn, np.unravel_index(drawn, shape), strict=True):
                codes[:, column] = values
        return codes

    def _flat(self, codes: NDArray[np.int64], columns: Columns) -> NDArray[np.int64]:
        return flat(codes, columns, self.sizes)

    def state(self) -> Mapping[str, Any]:
        """JSON values and arrays."""
        steps = [
            {"given": list(s.given), "drawn": list(s.drawn), "table": s.table} for s in self.steps
        ]
        return {"sizes": list(self.sizes), "steps": steps}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> MarginalModel:
        """Read :meth:`state`'s form back."""
        steps = tuple(
            Step(given=tuple(s["given"]), drawn=tuple(s["drawn"]), table=s["table"])
            for s in state["steps"]
        )
        return cls(sizes=tuple(state["sizes"]), steps=steps)


def flat(codes: NDArray[np.int64], columns: Columns, sizes: Sequence[int]) -> NDArray[np.int64]:
    """The place of each row in a flat table over ``columns``."""
    place = np.zeros(len(codes), dtype=np.int64)
    for column in columns:
        place = place * sizes[column] + codes[:, column]
    return place


class _Descent:
    """Mirror descent on the sum of squared residuals, each over its variance."""

    def __init__(
        self, tree: JunctionTree, measurements: Sequence[Measurement], total: float
    ) -> None:
        self.tree, self.total = tree, total
        self.measured = [
            (
                tree.home(m.columns),
                m.columns,
                m.counts.reshape(tree.shape(m.columns)),
                _weights(m, tree),
            )
            for m in measurements
        ]

    def run(self, iterations: int, on_step: OnStep) -> list[Floats]:
        """The marginal tables of the cliques."""
        potentials = [np.zeros(self.tree.shape(c)) for c in self.tree.cliques]
        tables = self.tree.marginals(potentials, self.total)
        loss, slopes = self._loss(tables)
        pace = 2.0 / (max(float(w.max()) for *_, w in self.measured) * self.total)
        seen = [loss]
        for done in range(iterations):
            on_step(done, iterations)
            moved = [p - pace * s for p, s in zip(potentials, slopes, strict=True)]
            found = self.tree.marginals(moved, self.total)
            better, ahead = self._loss(found)
            gained = sum(
                float((s * (t - f)).sum()) for s, t, f in zip(slopes, tables, found, strict=True)
            )
            if loss - better >= 0.5 * pace * gained:
                potentials, tables, loss, slopes = moved, found, better, ahead
                pace *= _GROWTH
            else:
                pace *= _SHRINK
            seen.append(loss)
            if done > _LOOK_BACK and seen[-_LOOK_BACK] - loss < _SETTLED * loss:
                break
        return tables

    def _loss(self, tables: list[Floats]) -> tuple[float, list[Floats]]:
        """Half the weighted squared residuals, and their slope in each clique's table."""
        loss, slopes = 0.0, [np.zeros_like(t) for t in tables]
        for home, columns, counts, weights in self.measured:
            clique = self.tree.cliques[home]
            off = summed_to(tables[home], clique, columns) - counts
            loss += float((weights * off**2).sum()) / 2
            shape = [self.tree.sizes[c] if c in columns else 1 for c in clique]
            slopes[home] += (weights * off).reshape(shape)
        return loss, slopes


def _weights(measurement: Measurement, tree: JunctionTree) -> Floats:
    shape = tree.shape(measurement.columns)
    return np.broadcast_to(1 / measurement.spread**2, (prod(shape),)).reshape(shape)


def _step(tree: JunctionTree, clique: int, table: Floats) -> Step:
    columns, given = tree.cliques[clique], tuple(sorted(tree.separator(clique)))
    drawn = tuple(c for c in columns if c not in given)
    ordered = table.transpose([columns.index(c) for c in (*given, *drawn)])
    return Step(given=given, drawn=drawn, table=ordered.reshape(prod(tree.shape(given)), -1))


def _drawn(table: Floats, given: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """A place in the table's row of each of ``given``, by stratified lots within each row."""
    shares = table + 1e-12 * (table.sum(axis=0) + 1e-12)
    levels = np.cumsum(shares / shares.sum(axis=1, keepdims=True), axis=1)
    levels += np.arange(len(table))[:, np.newaxis]
    order = np.lexsort((rng.random(len(given)), given))
    counts = np.bincount(given, minlength=len(table))
    starts = np.cumsum(counts) - counts
    lots = np.empty(len(given))
    ranks = np.arange(len(given)) - starts[given[order]]
    lots[order] = (ranks + rng.random(len(given))) / counts[given[order]]
    places = np.searchsorted(levels.ravel(), given + lots, side="right")
    low = given * table.shape[1]
    return np.asarray(np.clip(places - low, 0, table.shape[1] - 1))
