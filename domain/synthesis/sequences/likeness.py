"""How like real ones drawn histories are as wholes, so that the likelier can be kept.

A network draws event by event: each is likely after those before it, and still what they come to
together may be rarer than it should be. So some histories are drawn to learn what tells them from
real ones, and from then on several are drawn for each that is kept, with the odds of being real as
the chance (discriminator rejection sampling, Azadi et al. 2019; importance resampling, Rubin 1987).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from domain.synthesis.sequences.cells import Cell
from domain.synthesis.sequences.wholes import CodedHistories, Summary

if TYPE_CHECKING:
    from sklearn.ensemble import GradientBoostingClassifier

Floats = NDArray[np.float64]
Whole = NDArray[np.int32]
OnGrown = Callable[[int, int], None]
"""``on_grown(trees, most)``; may raise to end it."""

_MOST_TREES, _GROWN_AT_ONCE, _DEPTH, _RATE = 500, 25, 3, 0.05
_PATIENCE = 4
"""So many times as many trees may be grown without a better loss."""
_FEWEST_IN_A_LEAF, _LOOKED_AT, _SUMMARIES = 60, 0.5, 0.2
"""Histories: with fewer, twins lean towards those that were learned (docs/histories.md). Shares of
the histories and of the numbers that each tree sees."""
_ASIDE = 4
"""Every fourth history says how many trees are worth growing."""
_NOTHING, _BETTER = float(np.log(2)), 0.01
"""The loss of who cannot tell them apart, and how much below it a judge is worth asking."""
_LEAF = -1
_ROWS = 2_048
"""Histories that are judged at once."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Likeness:
    """Boosted trees (Friedman 2002) over summaries of histories. Arrays: ``(trees, nodes)``."""

    summary: Summary
    feature: Whole
    """Which number of a summary a node asks about, ``-1`` at a leaf."""
    threshold: Floats
    left: Whole
    """The next node where the number is no more than the threshold."""
    right: Whole
    value: Floats
    """Of leaves: what they add to the logarithm of the odds."""

    @classmethod
    def fit(
        cls,
        cells: Sequence[Cell],
        real: CodedHistories,
        drawn: Sequence[CodedHistories],
        seed: int,
        on_grown: OnGrown = lambda trees, most: None,
    ) -> Likeness | None:
        """Learn what tells ``drawn`` histories from ``real`` ones; ``None`` where nothing does by
        which others could be told apart, too."""
        summary = Summary.of(cells, real)
        sides = [summary.told(real), np.concatenate([summary.told(some) for some in drawn])]
        learned = _Side.of([side[np.arange(len(side)) % _ASIDE > 0] for side in sides])
        aside = _Side.of([side[::_ASIDE] for side in sides])
        grown, trees = _grown(learned, aside, seed, on_grown)
        return cls(summary=summary, **_arrays(grown, trees)) if trees else None

    def log_odds(self, histories: CodedHistories) -> Floats:
        """Of each history being real, up to a number that is the same for all."""
        told = self.summary.told(histories).astype(np.float32)  # as the trees were grown
        parts = [self._log_odds(told[at : at + _ROWS]) for at in range(0, len(told), _ROWS)]
        return np.concatenate([np.zeros(0), *parts])

    def _log_odds(self, told: NDArray[np.float32]) -> Floats:
        rows, trees = np.arange(len(told))[:, np.newaxis], np.arange(len(self.feature))
        at = np.zeros((len(told), len(trees)), dtype=np.int32)
        for _ in range(_DEPTH):
            feature = self.feature[trees, at]
            low = told[rows, feature] <= self.threshold[trees, at]
            onward = np.where(low, self.left[trees, at], self.right[trees, at])
            at = np.where(feature == _LEAF, at, onward)
        found: Floats = self.value[trees, at].sum(axis=1)
        return found

    def state(self) -> Mapping[str, Any]:
        return {
            "summary": self.summary.state(),
            "feature": self.feature,
            "threshold": self.threshold,
            "left": self.left,
            "right": self.right,
            "value": self.value,
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Likeness:
        return cls(**{**state, "summary": Summary.from_state(state["summary"])})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Side:
    """Summaries of real and drawn histories; both sides weigh the same."""

    told: Floats
    real: NDArray[np.bool_]
    weights: Floats

    @classmethod
    def of(cls, sides: Sequence[Floats]) -> _Side:
        real = np.repeat([True, False], [len(side) for side in sides])
        weights = np.where(real, len(sides[1]) / max(len(sides[0]), 1), 1.0)
        return cls(told=np.concatenate(sides), real=real, weights=weights)

    def loss(self, log_odds: Floats) -> float:
        """Of telling them apart, in nats."""
        losses = np.logaddexp(0, np.where(self.real, -log_odds, log_odds))
        return float(np.average(losses, weights=self.weights))


def _grown(
    learned: _Side, aside: _Side, seed: int, on_grown: OnGrown
) -> tuple[GradientBoostingClassifier, int]:
    """Trees, and how many of them tell best apart what was kept ``aside``: 0 where none do."""
    from sklearn.ensemble import GradientBoostingClassifier

    judge = GradientBoostingClassifier(
        max_depth=_DEPTH,
        learning_rate=_RATE,
        min_samples_leaf=_FEWEST_IN_A_LEAF,
        subsample=_LOOKED_AT,
        max_features=_SUMMARIES,
        random_state=seed,
        warm_start=True,
    )
    best, trees = _NOTHING - _BETTER, 0
    for many in range(_GROWN_AT_ONCE, _MOST_TREES + 1, _GROWN_AT_ONCE):
        on_grown(many - _GROWN_AT_ONCE, _MOST_TREES)
        judge.set_params(n_estimators=many)
        judge.fit(learned.told, learned.real, sample_weight=learned.weights)
        loss = aside.loss(judge.decision_function(aside.told))
        if loss < best:
            best, trees = loss, many
        if many - trees >= _PATIENCE * _GROWN_AT_ONCE:
            break
    return judge, trees


def _arrays(judge: GradientBoostingClassifier, trees: int) -> dict[str, NDArray[Any]]:
    """The first trees side by side: public parts of scikit-learn's, so that no pickle is needed."""
    grown = [tree.tree_ for tree in judge.estimators_[:trees, 0]]
    shape = (trees, max(tree.node_count for tree in grown))
    found: dict[str, NDArray[Any]] = {
        "feature": np.full(shape, _LEAF, dtype=np.int32),
        "threshold": np.zeros(shape),
        "left": np.zeros(shape, dtype=np.int32),
        "right": np.zeros(shape, dtype=np.int32),
        "value": np.zeros(shape),
    }
    for number, tree in enumerate(grown):
        inner = tree.children_left != _LEAF
        nodes = slice(tree.node_count)
        found["feature"][number, nodes] = np.where(inner, tree.feature, _LEAF)
        found["threshold"][number, nodes] = np.where(inner, tree.threshold, 0.0)
        found["left"][number, nodes] = np.maximum(tree.children_left, 0)
        found["right"][number, nodes] = np.maximum(tree.children_right, 0)
        found["value"][number, nodes] = _RATE * tree.value[:, 0, 0]
    return found
