"""Who is attacked: people the twin was trained on, as many it never saw, and the odd ones out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from domain.evaluation.attacks import RecordSpace
from domain.evaluation.comparison import Comparison

TARGETS = 3_000
"""At most this many people a side are attacked."""

OTHERS = 10_000
"""At most this many further held-out rows stand in for the twin."""

OUTLYING = 0.05
"""The share of people who count as outlying, the furthest from their neighbours."""

FEWEST_OUTLYING = 20

NEIGHBOUR = 5
"""Outlying is who has even the fifth neighbour far away."""

MIN_ROWS = 40
"""Fewer training or held-out rows say nothing about single people."""

_REFERENCE = 2_000
"""Neighbours are looked for among this many training rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """Training rows and held-out rows, in equal numbers, and how far off each of them stands.

    The held-out rows are halved at random: the control group, and others that an attacker
    without the twin might know.
    """

    space: RecordSpace
    """The yardstick of all distances."""
    train_far: np.ndarray
    """Of every training row, the distance to its fifth neighbour among training rows."""
    holdout_far: np.ndarray
    """The same of every held-out row."""
    people_at: np.ndarray
    """Places of the attacked training rows."""
    strangers_at: np.ndarray
    """Places of the control group among the held-out rows."""
    others_at: np.ndarray
    """Places of the rows that an attacker without the twin knows instead."""
    people: pd.DataFrame
    strangers: pd.DataFrame
    others: pd.DataFrame

    @classmethod
    def of(cls, comparison: Comparison) -> Crowd:
        """The crowd of a table, by its seed. Needs :data:`MIN_ROWS` on both real sides."""
        random = np.random.default_rng(comparison.seed)
        train, holdout = comparison.train, comparison.holdout
        space = RecordSpace.over(comparison, train, holdout)
        train_far, holdout_far = _far(space, train, holdout, random)
        half = len(holdout) // 2
        n = min(len(train), half, TARGETS)
        shuffled = random.permutation(len(holdout))
        people_at = random.permutation(len(train))[:n]
        strangers_at, others_at = shuffled[:n], shuffled[half : half + OTHERS]
        return cls(
            space=space,
            train_far=train_far,
            holdout_far=holdout_far,
            people_at=people_at,
            strangers_at=strangers_at,
            others_at=others_at,
            people=train.iloc[people_at],
            strangers=holdout.iloc[strangers_at],
            others=holdout.iloc[others_at],
        )

    @property
    def outlying_people(self) -> np.ndarray:
        """Places, among the attacked training rows, of the most outlying."""
        return furthest(self.train_far[self.people_at])

    @property
    def outlying_strangers(self) -> np.ndarray:
        """Places, in the control group, of the most outlying."""
        return furthest(self.holdout_far[self.strangers_at])


def furthest(far: np.ndarray) -> np.ndarray:
    """Places of the furthest 5 % (at least twenty, if there are so many)."""
    count = max(round(OUTLYING * len(far)), min(FEWEST_OUTLYING, len(far)))
    return np.argsort(-far, kind="stable")[:count]


def _far(
    space: RecordSpace, train: pd.DataFrame, holdout: pd.DataFrame, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    at = np.sort(random.permutation(len(train))[:_REFERENCE])
    reference = train.iloc[at]
    # A training row that is its own nearest neighbour must not count itself.
    own = np.isin(np.arange(len(train)), at)
    none = np.zeros(len(holdout), bool)
    return (
        _to_neighbour(space, train, reference, own),
        _to_neighbour(space, holdout, reference, none),
    )


def _to_neighbour(
    space: RecordSpace, rows: pd.DataFrame, reference: pd.DataFrame, own: np.ndarray
) -> np.ndarray:
    nearest = np.vstack(
        [
            np.sort(np.partition(block, NEIGHBOUR, axis=1)[:, : NEIGHBOUR + 1], axis=1)
            for block in space.blocks(rows, reference)
        ]
    )
    return np.where(own, nearest[:, NEIGHBOUR], nearest[:, NEIGHBOUR - 1]) / space.width
