"""What an attacker with a twin in hand sees of each person, in one pass over the distances."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from domain.evaluation.attacks import RecordSpace
from domain.evaluation.comparison import Comparison
from domain.evaluation.crowd import Crowd

_EQUAL = 1e-5
"""Distances that differ by less are equal: they are sums of single-precision numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Yardsticks:
    """Distances over all columns, over each of two halves, and over single columns."""

    left: RecordSpace
    right: RecordSpace
    secrets: Mapping[str, RecordSpace]

    @classmethod
    def over(
        cls, comparison: Comparison, secrets: Sequence[str], *references: pd.DataFrame
    ) -> Yardsticks:
        """The columns are dealt to the halves at random, by the comparison's seed."""
        random = np.random.default_rng(comparison.seed)
        order = [
            name
            for kind in (comparison.numeric, comparison.categorical)
            for name in random.permutation(np.array(kind, dtype=object))
        ]
        return cls(
            left=_space(comparison, order[::2], *references),
            right=_space(comparison, order[1::2], *references),
            secrets={c: _space(comparison, [c], *references) for c in secrets},
        )

    @property
    def width(self) -> int:
        """How many columns there are."""
        return self.left.width + self.right.width


def _space(
    comparison: Comparison, columns: Sequence[str], *references: pd.DataFrame
) -> RecordSpace:
    some = replace(
        comparison,
        numeric=tuple(c for c in comparison.numeric if c in columns),
        categorical=tuple(c for c in comparison.categorical if c in columns),
    )
    return RecordSpace.over(some, *references)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """What a set of rows shows of some people, one entry a person."""

    nearest: np.ndarray
    """Distance to the closest of all rows."""
    first: np.ndarray
    """Distance to the closest row of the first half of the rows."""
    second: np.ndarray
    """Distance to the closest row of the second half."""
    linked: np.ndarray
    """Whether the same row is the closest in both halves of the columns."""
    mislinked: np.ndarray
    """Whether that is so for this person's one half and the next person's other half."""
    lookalikes: Mapping[str, np.ndarray]
    """For each secret column the place of the row that is closest in all other columns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Rows that an attacker holds, and what they show of training people and of strangers."""

    rows: pd.DataFrame
    people: Sighting
    strangers: Sighting

    @classmethod
    def of(cls, rows: pd.DataFrame, crowd: Crowd, yardsticks: Yardsticks) -> Known:
        """Look at everybody through ``rows``."""
        return cls(
            rows=rows,
            people=sight(yardsticks, crowd.people, rows),
            strangers=sight(yardsticks, crowd.strangers, rows),
        )


def sight(yardsticks: Yardsticks, people: pd.DataFrame, rows: pd.DataFrame) -> Sighting:
    """Look for each of ``people`` among ``rows``; memory for a few hundred people at a time."""
    spaces = (yardsticks.left, yardsticks.right, *yardsticks.secrets.values())
    chunks = zip(*(space.blocks(people, rows) for space in spaces), strict=True)
    seen = [_seen(*chunk) for chunk in chunks]
    width = yardsticks.width
    first, second = (np.concatenate([s[i] for s in seen]) / width for i in (0, 1))
    return Sighting(
        nearest=np.minimum(first, second),
        first=first,
        second=second,
        linked=np.concatenate([s[2] for s in seen]),
        mislinked=np.concatenate([s[3] for s in seen]),
        lookalikes={
            c: np.concatenate([s[4][i] for s in seen]) for i, c in enumerate(yardsticks.secrets)
        },
    )


def _seen(
    left: np.ndarray, right: np.ndarray, *secrets: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, list[np.ndarray]]:
    total = left + right
    middle = total.shape[1] // 2
    first = total[:, :middle].min(axis=1, initial=np.inf)
    second = total[:, middle:].min(axis=1, initial=np.inf)
    by_left, by_right = left.min(axis=1), right.min(axis=1)
    left += np.roll(right, -1, axis=0)
    return (
        first,
        second,
        np.minimum(first, second) <= by_left + by_right + _EQUAL,
        left.min(axis=1) <= by_left + np.roll(by_right, -1) + _EQUAL,
        [(total - secret).argmin(axis=1) for secret in secrets],
    )
