"""Did the synthesizer memorise people? Distances to the closest real record, and copies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.spatial.distance import cdist

from domain.evaluation.comparison import Comparison, drawn
from domain.evaluation.ranking import share_interval
from domain.evaluation.report import Score

MAX_ROWS = 20_000
"""Distances are measured on at most this many rows a side."""

MIN_ROWS = 20

DCR_LIMIT = 0.55
"""Five points above the one half that an honest synthesizer reaches."""

_BASELINE_ROWS = 5_000
"""Real rows that the baseline is measured with: in one round, or in several of fewer rows."""

_BASELINE_ROUNDS = 10

_CHUNK = 400
"""Query rows at a time: a block of chunk × reference distances is all that is held."""

_ONE_HOT_CATEGORIES = 128
"""Columns with more categories are compared code by code instead of as one-hot vectors."""

_DCR = (
    "Distance to closest record, train against holdout (Platzer & Reutterer 2021); the limit "
    "is this product's"
)
_COPIES = "Exact match of all compared columns"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordSpace:
    """A yardstick for rows: numbers scaled to the reference's range, categories equal or not.

    The distance of two rows is the mean over columns of the scaled absolute difference (numeric)
    or 0/1 (categorical): Gower's distance.
    """

    numeric: tuple[str, ...]
    low: np.ndarray
    range: np.ndarray
    median: np.ndarray
    vocabularies: tuple[tuple[str, dict[str, int]], ...]

    @classmethod
    def over(cls, comparison: Comparison, *references: pd.DataFrame) -> RecordSpace:
        """The space whose scales and categories come from ``references``."""
        both = pd.concat(references)
        numbers = both[list(comparison.numeric)]
        spread = (numbers.max() - numbers.min()).replace(0, 1).fillna(1)
        return cls(
            numeric=comparison.numeric,
            low=numbers.min().fillna(0).to_numpy(float),
            range=spread.to_numpy(float),
            median=numbers.median().fillna(0).to_numpy(float),
            vocabularies=tuple(
                (c, {word: i for i, word in enumerate(both[c].unique())})
                for c in comparison.categorical
            ),
        )

    def closest(self, queries: pd.DataFrame, references: pd.DataFrame) -> np.ndarray:
        """Distance of every query row to its closest reference row, in 0 to 1 or a little more."""
        query, reference = self._coordinates(queries), self._coordinates(references)
        blocks = [
            _block(query.rows(slice(i, i + _CHUNK)), reference).min(axis=1)
            for i in range(0, len(queries), _CHUNK)
        ]
        return np.concatenate(blocks) / (len(self.numeric) + len(self.vocabularies))

    def _coordinates(self, frame: pd.DataFrame) -> Coordinates:
        numbers = frame[list(self.numeric)].to_numpy(float)
        numbers = np.where(np.isnan(numbers), self.median, numbers)
        scaled = ((numbers - self.low) / self.range).clip(-1, 2).astype(np.float32)
        codes = [
            (frame[c].map(v).fillna(len(v)).to_numpy(int), len(v) + 1) for c, v in self.vocabularies
        ]
        narrow = [_one_hot(c, size) for c, size in codes if size <= _ONE_HOT_CATEGORIES]
        return Coordinates(
            numbers=scaled,
            one_hot=np.hstack(narrow) if narrow else np.zeros((len(frame), 0), np.float32),
            one_hot_columns=len(narrow),
            codes=tuple(c for c, size in codes if size > _ONE_HOT_CATEGORIES),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Coordinates:
    """Rows placed in a :class:`RecordSpace`."""

    numbers: np.ndarray
    one_hot: np.ndarray
    one_hot_columns: int
    codes: tuple[np.ndarray, ...]

    def rows(self, which: slice) -> Coordinates:
        """Some of the rows."""
        return Coordinates(
            numbers=self.numbers[which],
            one_hot=self.one_hot[which],
            one_hot_columns=self.one_hot_columns,
            codes=tuple(c[which] for c in self.codes),
        )


def _one_hot(codes: np.ndarray, size: int) -> np.ndarray:
    matrix = np.zeros((len(codes), size), np.float32)
    matrix[np.arange(len(codes)), codes] = 1
    return matrix


def _block(query: Coordinates, reference: Coordinates) -> np.ndarray:
    """Summed distances of some query rows to all reference rows."""
    total = np.zeros((len(query.numbers), len(reference.numbers)), np.float32)
    if query.numbers.shape[1]:
        total += cdist(query.numbers, reference.numbers, "cityblock")
    if query.one_hot_columns:
        total += query.one_hot_columns - query.one_hot @ reference.one_hot.T
    for mine, theirs in zip(query.codes, reference.codes, strict=True):
        total += mine[:, None] != theirs[None, :]
    return total


def closer_share(to_train: np.ndarray, to_holdout: np.ndarray) -> float:
    """The share of rows nearer to a training than to a held-out row, ties counted half."""
    return float(np.mean(to_train < to_holdout) + 0.5 * np.mean(to_train == to_holdout))


def row_keys(frame: pd.DataFrame, comparison: Comparison) -> np.ndarray:
    """A hash of every row, equal for equal rows (numbers to nine digits)."""
    columns = [frame[list(comparison.numeric)].round(9), frame[list(comparison.categorical)]]
    hashed: np.ndarray = pd.util.hash_pandas_object(
        pd.concat(columns, axis=1), index=False
    ).to_numpy()
    return hashed


def attack_scores(comparison: Comparison) -> tuple[Score, ...]:
    """Copies of training rows, and whether synthetic rows crowd around training rows."""
    if len(comparison.synthetic) == 0 or len(comparison.train) == 0:
        reason = "Not measured: there are no rows to compare."
        return (comparison.score("privacy.dcr_share", None, reason, source=_DCR),)
    return (_copies_score(comparison), *_distance_scores(comparison))


def _copies_score(comparison: Comparison) -> Score:
    train = row_keys(comparison.train, comparison)
    value = _share_in(row_keys(comparison.synthetic, comparison), train)
    baseline = (
        _share_in(row_keys(comparison.holdout, comparison), train)
        if comparison.has_holdout
        else None
    )
    chance = (
        f"; {baseline:.2%} of held-out real rows repeat one too, by chance"
        if baseline is not None
        else ""
    )
    advice = (
        "Nothing to do."
        if value == 0
        else "More copies than chance explains: do not release before you know why."
        if baseline is not None and value > 2 * baseline + 0.01
        else "Copies as frequent as among real people are common rows, not memory."
        if baseline is not None
        else "Keep a holdout to know how many are chance."
    )
    return comparison.score(
        "privacy.exact_copies",
        value,
        f"{value:.2%} of synthetic rows repeat a training row{chance}. {advice}",
        interval=share_interval(value, len(comparison.synthetic)),
        baseline=baseline,
        source=_COPIES,
    )


def _share_in(keys: np.ndarray, known: np.ndarray) -> float:
    return float(np.isin(keys, known).mean())


def _distance_scores(comparison: Comparison) -> Sequence[Score]:
    if min(len(comparison.holdout), len(comparison.train)) < MIN_ROWS:
        reason = (
            f"Not measured: it takes {MIN_ROWS} held-out real rows to tell memory from chance. "
            "Train again with a holdout."
        )
        return (comparison.score("privacy.dcr_share", None, reason, source=_DCR),)
    n = min(len(comparison.train), len(comparison.holdout), MAX_ROWS)
    train = drawn(comparison.train, n, comparison.seed)
    holdout = drawn(comparison.holdout, n, comparison.seed)
    synthetic = drawn(comparison.synthetic, MAX_ROWS, comparison.seed)
    space = RecordSpace.over(comparison, train, holdout)
    to_train, to_holdout = space.closest(synthetic, train), space.closest(synthetic, holdout)
    return (
        _share_score(
            comparison, closer_share(to_train, to_holdout), len(synthetic), train, holdout
        ),
        *_quantile_scores(comparison, to_train, space.closest(holdout, train)),
    )


def _share_score(
    comparison: Comparison, value: float, n: int, train: pd.DataFrame, holdout: pd.DataFrame
) -> Score:
    # With few real rows it is chance on which side of the split the neighbours fell.
    interval = share_interval(value, min(n, len(train)))
    verdict = (
        "It is no nearer to the people it learned from than chance explains."
        if interval[0] <= 0.5 or value <= 0.51
        else "A little nearer to the people it learned from than chance explains: watch it."
        if value <= DCR_LIMIT
        else "It crowds around the people it learned from, a sign of memorising: train with "
        "less capacity or with differential privacy before release."
    )
    return comparison.score(
        "privacy.dcr_share",
        value,
        f"{value:.1%} of synthetic rows are nearer to a training row than to a held-out row; "
        f"one half is chance. {verdict}" + _drawn_note(comparison),
        interval=interval,
        baseline=_real_share(comparison, train, holdout),
        threshold=DCR_LIMIT,
        source=_DCR,
    )


def _real_share(comparison: Comparison, train: pd.DataFrame, holdout: pd.DataFrame) -> float:
    """The same share with real rows in the place of synthetic ones: one half of the holdout
    judged against the training rows and the other half, on average over random halves."""
    half = min(len(holdout) // 2, _BASELINE_ROWS)
    rounds = max(_BASELINE_ROWS // half, 1)
    shares = []
    for seed in range(comparison.seed, comparison.seed + min(rounds, _BASELINE_ROUNDS)):
        mixed = holdout.sample(2 * half, random_state=seed)  # a file is often sorted by time
        strangers, others = mixed.iloc[:half], mixed.iloc[half:]
        known = drawn(train, half, seed)
        space = RecordSpace.over(comparison, known, others)
        shares.append(
            closer_share(space.closest(strangers, known), space.closest(strangers, others))
        )
    return float(np.mean(shares))


def _quantile_scores(
    comparison: Comparison, to_train: np.ndarray, real: np.ndarray
) -> tuple[Score, Score]:
    return (
        comparison.score(
            "privacy.dcr_median",
            float(np.median(to_train)),
            "The distance of a typical synthetic row to its closest training row (0 a copy, 1 "
            "different in every column). It should not be well below the baseline.",
            baseline=float(np.median(real)),
            source=_DCR,
        ),
        comparison.score(
            "privacy.dcr_p5",
            float(np.quantile(to_train, 0.05)),
            "The distance that the closest 5 % of synthetic rows stay below. Well below the "
            "baseline means near-copies.",
            baseline=float(np.quantile(real, 0.05)),
            source=_DCR,
        ),
    )


def _drawn_note(comparison: Comparison) -> str:
    longest = max(len(comparison.train), len(comparison.holdout), len(comparison.synthetic))
    if longest <= MAX_ROWS:
        return ""
    return f" Measured on at most {MAX_ROWS:,} random rows a side."
