"""How like real ones drawn histories are as wholes, so that the likelier can be kept.

A network draws event by event: each is likely after those before it, and still what they come to
together may be rarer than it should be. So some histories are drawn to learn what tells them from
real ones, and from then on several are drawn for each that is kept, with the odds of being real as
the chance (discriminator rejection sampling, Azadi et al. 2019; importance resampling, Rubin 1987).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from domain.synthesis.sequences.cells import Cell
from domain.synthesis.sequences.wholes import CodedHistories, Summary

if TYPE_CHECKING:
    from sklearn.ensemble import GradientBoostingClassifier

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

FEWEST_ENTITIES = 300
"""Of fewer, what tells them apart would be learned by heart."""
MOST_ENTITIES = 1_500
"""Of more real histories, so many are looked at."""
DRAWN = 4
"""Times as many drawn ones are looked at."""
LEARNING_SECONDS = 2.5e-3
"""For each history that is looked at, about."""
_TREES, _DEPTH, _RATE = 500, 4, 0.05
_FEWEST_IN_A_LEAF, _LOOKED_AT, _SUMMARIES = 10, 0.5, 0.2
"""Histories; shares of the histories and of the numbers that each tree sees."""
_LEAF = -1


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
        drawn: Iterable[CodedHistories],
        seed: int,
    ) -> Likeness:
        """Learn what tells ``drawn`` histories from ``real`` ones."""
        from sklearn.ensemble import GradientBoostingClassifier

        summary = Summary.of(cells, real)
        sides = [summary.told(real), np.concatenate([summary.told(some) for some in drawn])]
        is_real = np.repeat([True, False], [len(side) for side in sides])
        weights = np.where(is_real, len(sides[1]) / len(sides[0]), 1.0)
        judge = GradientBoostingClassifier(
            n_estimators=_TREES,
            max_depth=_DEPTH,
            learning_rate=_RATE,
            min_samples_leaf=_FEWEST_IN_A_LEAF,
            subsample=_LOOKED_AT,
            max_features=_SUMMARIES,
            random_state=seed,
        )
        judge.fit(np.concatenate(sides), is_real, sample_weight=weights)
        return cls(summary=summary, **_arrays(judge))

    def log_odds(self, histories: CodedHistories) -> Floats:
        """Of each history being real, up to a number that is the same for all."""
        told = self.summary.told(histories).astype(np.float32)  # as the trees were grown
        rows, trees = np.arange(len(told))[:, np.newaxis], np.arange(len(self.feature))
        at = np.zeros((len(told), len(trees)), dtype=np.int64)
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


def _arrays(judge: GradientBoostingClassifier) -> dict[str, NDArray[Any]]:
    """The trees, side by side: public parts of scikit-learn's, so that no pickle is needed."""
    trees = [tree.tree_ for tree in judge.estimators_[:, 0]]
    most = max(tree.node_count for tree in trees)
    shape = (len(trees), most)
    found: dict[str, NDArray[Any]] = {
        "feature": np.full(shape, _LEAF, dtype=np.int64),
        "threshold": np.zeros(shape),
        "left": np.zeros(shape, dtype=np.int64),
        "right": np.zeros(shape, dtype=np.int64),
        "value": np.zeros(shape),
    }
    for number, tree in enumerate(trees):
        inner = tree.children_left != _LEAF
        nodes = slice(tree.node_count)
        found["feature"][number, nodes] = np.where(inner, tree.feature, _LEAF)
        found["threshold"][number, nodes] = np.where(inner, tree.threshold, 0.0)
        found["left"][number, nodes] = np.maximum(tree.children_left, 0)
        found["right"][number, nodes] = np.maximum(tree.children_right, 0)
        found["value"][number, nodes] = _RATE * tree.value[:, 0, 0]
    return found
