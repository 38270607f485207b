"""Did the synthesizer memorise people? Distances to the closest real record, and copies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.spatial.distance import cdist

from domain.evaluation.comparison import Comparison, drawn
from domain.evaluation.exact_copies import copies_score
from domain.evaluation.leakage_wording import obstacle
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
_UNSURE_SHARE = 0.6
"""A share whose interval reaches further is not known well enough to say "no nearer"."""

_NEAR = 0.75
"""Below this part of the real rows' own distance, synthetic rows are near-copies."""

_QUANTILE_ROWS = 100
"""The closest 5 % of fewer rows are fewer than five rows."""


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
        blocks = [block.min(axis=1) for block in self.blocks(queries, references)]
        return np.concatenate(blocks) / self.width

    @property
    def width(self) -> int:
        """How many columns the distance is summed over."""
        return len(self.numeric) + len(self.vocabularies)

    def blocks(self, queries: pd.DataFrame, references: pd.DataFrame) -> Iterator[np.ndarray]:
        """Distances, summed over columns, of some hundred query rows at a time (rows) to all
        reference rows (columns)."""
        query, reference = self._coordinates(queries), self._coordinates(references)
        for i in range(0, len(queries), _CHUNK):
            yield _block(query.rows(slice(i, i + _CHUNK)), reference)

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


def attack_scores(comparison: Comparison) -> tuple[Score, ...]:
    """Copies of training rows, and whether synthetic rows crowd around training rows."""
    if len(comparison.synthetic) == 0 or len(comparison.train) == 0:
        reason = "Not measured: there are no rows to compare."
        return (comparison.score("privacy.dcr_share", None, reason, source=_DCR),)
    if reason := obstacle(comparison.unseen, comparison.met, comparison.seen):
        untold = comparison.score("privacy.dcr_share", None, reason, source=_DCR)
        return (copies_score(comparison), untold)
    return (copies_score(comparison), *_distance_scores(comparison))


def _distance_scores(comparison: Comparison) -> Sequence[Score]:
    if min(len(comparison.holdout), len(comparison.train)) < MIN_ROWS:
        reason = (
            f"Not measured: it takes {MIN_ROWS} held-out real rows to tell memory from chance. "
            f"{comparison.more_held_out}"
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
    return comparison.score(
        "privacy.dcr_share",
        value,
        f"{value:.1%} of synthetic rows are nearer to a training row than to a held-out row; "
        f"one half is chance. {_share_verdict(value, interval)}" + _drawn_note(comparison),
        interval=interval,
        baseline=_real_share(comparison, train, holdout),
        threshold=DCR_LIMIT,
        source=_DCR,
    )


def _share_verdict(value: float, interval: tuple[float, float]) -> str:
    """Accuse only when the interval is above one half; acquit only when it is narrow enough."""
    if value > DCR_LIMIT and interval[0] > 0.5:
        return (
            "It crowds around the people it learned from, a sign of memorising: train with less "
            "capacity or with differential privacy before release."
        )
    if value > DCR_LIMIT or interval[1] > _UNSURE_SHARE:
        return "There are too few rows to tell memory from chance: bring more held-out rows."
    if value > 0.51 and interval[0] > 0.5:
        return "A little nearer to the people it learned from than chance explains: watch it."
    return "It is no nearer to the people it learned from than chance explains."


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
    rows = min(len(to_train), len(real))
    return (
        _quantile_score(
            comparison,
            "privacy.dcr_median",
            "A typical synthetic row is {:.3f} from its closest training row",
            (float(np.median(to_train)), float(np.median(real))),
            enough=rows >= MIN_ROWS,
        ),
        _quantile_score(
            comparison,
            "privacy.dcr_p5",
            "The closest 5 % of synthetic rows are within {:.3f} of a training row",
            (float(np.quantile(to_train, 0.05)), float(np.quantile(real, 0.05))),
            enough=rows >= _QUANTILE_ROWS,
        ),
    )


def _quantile_score(
    comparison: Comparison, name: str, what: str, distances: tuple[float, float], *, enough: bool
) -> Score:
    """``distances``: the synthetic rows' to the training rows, and the held-out rows'."""
    value, real = distances
    return comparison.score(
        name,
        value,
        f"{what.format(value)} (0 a copy, 1 different in every column); for held-out real rows it "
        f"is {real:.3f}. {_near_verdict(value, real, enough)}",
        baseline=real,
        threshold=_NEAR * real,
        source=_DCR,
    )


def _near_verdict(value: float, real: float, enough: bool) -> str:
    if real == 0:
        return "Real rows repeat each other, so this distance cannot tell copies."
    if not enough:
        return "There are too few rows to conclude from it: bring more."
    if value < _NEAR * real:
        return (
            "That is clearly nearer than real rows are to each other: near-copies, look into it "
            "before release."
        )
    return "That is about as far as real rows are from each other, or further."


def _drawn_note(comparison: Comparison) -> str:
    longest = max(len(comparison.train), len(comparison.holdout), len(comparison.synthetic))
    if longest <= MAX_ROWS:
        return ""
    return f" Measured on at most {MAX_ROWS:,} random rows a side."
