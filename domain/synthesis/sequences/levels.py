"""Numbers of one series that stay close to another one: opening, lowest and highest prices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from domain.synthesis.sequences.scales import Scale

Floats = NDArray[np.float64]


class Side(StrEnum):
    """Where a column is seen from."""

    BESIDE = "beside"
    """From another column of the same event."""
    AFTER = "after"
    """From another column of the event before."""
    OVER = "over"
    """From the largest of others of the same event: it is never below."""
    UNDER = "under"
    """From the smallest: it is never above."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Level:
    """A column that is learned as its distance from ``others``, on the scale that all share."""

    name: str
    others: tuple[str, ...]
    side: Side
    scale: Scale

    def learned(self, scores: Mapping[str, Floats]) -> Floats:
        """What is learned in its place. ``scores``: of the column itself and of the others."""
        return scores[self.name] - self._anchor(scores)

    def drawn(self, distance: Floats, scores: Mapping[str, Floats]) -> Floats:
        """Its scores from drawn distances and the scores of the others."""
        if self.side is Side.OVER:
            distance = np.maximum(distance, 0.0)
        elif self.side is Side.UNDER:
            distance = np.minimum(distance, 0.0)
        return self._anchor(scores) + distance

    def _anchor(self, scores: Mapping[str, Floats]) -> Floats:
        others = np.stack([scores[name] for name in self.others])
        if self.side is Side.OVER:
            return np.asarray(others.max(0))
        if self.side is Side.UNDER:
            return np.asarray(others.min(0))
        return after(others[0]) if self.side is Side.AFTER else others[0]

    def state(self) -> Mapping[str, Any]:
        return {
            "name": self.name,
            "others": list(self.others),
            "side": self.side.value,
            "scale": self.scale.state(),
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Level:
        return cls(
            name=state["name"],
            others=tuple(state["others"]),
            side=Side(state["side"]),
            scale=Scale(**state["scale"]),
        )


def after(scores: Floats) -> Floats:
    """The scores of the event before, of the first its own."""
    return np.concatenate([scores[:1], scores[:-1]])
