"""Rows under conditions: the named columns first, then the others given them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from domain.synthesis.drawing import Drawer, Drawn, OnColumn
from domain.synthesis.encoding.table import Part, TableEncoder
from domain.synthesis.floor import FEWEST_ROWS_BEHIND, too_few_behind
from domain.synthesis.particles import FEWEST, Particles, particles
from domain.synthesis.settling import settled
from domain.synthesis.wanted_rows import Group, WantedRows

_FEWEST_OF_MANY = 1_024

Floats = NDArray[np.float64]


class ConditionedRows:
    """Draws rows of codes that fulfil the conditions, every group in its share."""

    def __init__(
        self,
        drawer: Drawer,
        natural: Drawer,
        wanted: WantedRows,
        encoder: TableEncoder,
        learned_rows: int,
        rows: int,
        rng: np.random.Generator,
    ) -> None:
        """Find the groups' shares. Raises :class:`BadInput` where too few learned rows fit."""
        self.drawer, self.natural, self.wanted, self.rng = drawer, natural, wanted, rng
        place = {name: i for i, name in enumerate(encoder.modelled)}
        self.names = [name for name in wanted.columns if name in place]
        self.columns = [place[name] for name in self.names]
        masses = np.array([self._mass(group) for group in wanted.groups])
        _refuse_unsupported(masses, wanted, learned_rows)
        self.left = apportioned(wanted.shares(masses / masses.sum()), rows)

    def _mass(self, group: Group) -> float:
        constant = [a.weights[0] for name, a in group.allowed.items() if name not in self.names]
        if not self.columns:
            return float(np.prod(constant))
        count = max(FEWEST // len(self.wanted.groups), _FEWEST_OF_MANY)
        return float(np.prod(constant)) * self._particles(group, count).mass

    def _particles(self, group: Group, count: int) -> Particles:
        marginal = self.drawer.targets[self.columns[0]].double().numpy()
        allowed = [group.allowed[name].weights for name in self.names]
        return particles(self.drawer.predictor, self.columns, marginal, allowed, count, self.rng)

    def draw(
        self, rows: int, on_column: OnColumn
    ) -> tuple[NDArray[np.int16], dict[str, list[Part]]]:
        """The next ``rows`` rows of codes, and which part of its column each cell may hold."""
        counts = apportioned(self.left / max(self.left.sum(), 1), rows)
        counts = np.minimum(counts, self.left)
        self.left = self.left - counts
        group_of = self.rng.permutation(np.repeat(np.arange(len(counts)), counts))
        codes = settled(self.natural, lambda: self._proposed(group_of, on_column), self.rng)
        return codes, self._parts(group_of)

    def _proposed(self, group_of: NDArray[np.int64], on_column: OnColumn) -> Drawn:
        given = np.zeros((len(group_of), len(self.drawer.targets)), dtype=np.int16)
        density = np.zeros(len(group_of))
        for number, group in enumerate(self.wanted.groups):
            rows = np.flatnonzero(group_of == number)
            if len(rows) and self.columns:
                chosen, density[rows] = self._chosen(group, len(rows))
                given[rows[:, np.newaxis], self.columns] = chosen
        drawn = self.drawer.fill(given, self.rng, on_column)
        return Drawn(codes=drawn.codes, density=drawn.density + density)

    def _chosen(self, group: Group, rows: int) -> tuple[NDArray[np.int16], Floats]:
        count = rows if len(self.columns) == 1 else max(2 * rows, _FEWEST_OF_MANY)
        return self._particles(group, count).chosen(rows, self.rng)

    def _parts(self, group_of: NDArray[np.int64]) -> dict[str, list[Part]]:
        groups = self.wanted.groups
        return {
            name: [(group_of == n, group.allowed[name]) for n, group in enumerate(groups)]
            for name in self.wanted.columns
        }


def apportioned(shares: Floats, rows: int) -> NDArray[np.int64]:
    """Whole numbers near ``shares * rows`` that sum to ``rows`` (largest remainders)."""
    exact = shares * rows
    counts = np.floor(exact + 1e-9).astype(np.int64)
    short = rows - int(counts.sum())
    counts[np.argsort(counts - exact, kind="stable")[:short]] += 1
    return counts


def _refuse_unsupported(masses: Floats, wanted: WantedRows, learned_rows: int) -> None:
    named = masses if len(masses) == 1 or wanted.keep_shares else masses[:-1]
    behind = masses.sum() if wanted.keep_shares else named.min()
    if behind * learned_rows < FEWEST_ROWS_BEHIND:
        raise too_few_behind(learned_rows, wanted.asked)
