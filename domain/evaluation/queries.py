"""Do an analyst's questions get the same answers? Random counts and means, seeded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from domain.evaluation.bootstrap import drawn_again, interval95
from domain.evaluation.comparison import Comparison
from domain.evaluation.predicates import Columns, Predicate, Term, coded
from domain.evaluation.report import Score

COUNTS = 300
MEANS = 150
MOST_TERMS = 3
MIN_ROWS = 40
"""Fewer real rows on a side answer hardly a question."""

ASKABLE = 0.01
"""The least share of the training rows that a question is about, and the share at which errors
of counts stop growing: a handful of rows is no statistic."""

_MIN_MEAN_ROWS = 20
_TRIES = 20
LIMIT = 0.05
"""By how much an error may exceed that of other real rows."""

_COUNT_SOURCE = (
    "Random counting queries, relative error with sanity bound (Xiao, Wang & Gehrke 2011); the "
    "limit is this product's"
)
_MEAN_SOURCE = "Random mean queries, error in standard deviations; the limit is this product's"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """The three sides of a table, coded, and questions about them."""

    comparison: Comparison
    train: Columns
    other: Columns
    """Held-out rows."""
    twin: Columns
    random: np.random.Generator

    def questions(self, count: int) -> Iterator[np.ndarray]:
        """For each of ``count`` predicates that enough training rows fulfil, which rows of the
        three sides do (training, held-out, synthetic, one after another)."""
        found = 0
        for _ in range(count * _TRIES):
            predicate = self._predicate()
            rows = _fulfilled(predicate, self.train)
            if rows.mean() >= ASKABLE:
                found += 1
                yield predicate_rows(predicate, (self.train, self.other, self.twin))
            if found == count:
                return

    def _predicate(self) -> Predicate:
        """One to three terms that a random training row fulfils."""
        columns = self.comparison.columns
        row = int(self.random.integers(len(self.comparison.train)))
        terms = int(self.random.integers(1, min(MOST_TERMS, len(columns)) + 1))
        chosen = self.random.permutation(len(columns))[:terms]
        return tuple(self._term(columns[i], row) for i in chosen)

    def _term(self, column: str, row: int) -> Term:
        value = float(self.train[column][row])
        if np.isnan(value):
            return Term(column=column, operator="is", value=None)
        if column not in self.comparison.numeric:
            return Term(column=column, operator="is", value=value)
        operator = "at least" if self.random.random() < 0.5 else "at most"
        return Term(column=column, operator=operator, value=value)


def predicate_rows(predicate: Predicate, sides: Sequence[Columns]) -> np.ndarray:
    """Which rows of the sides, one after another, fulfil the predicate."""
    return np.concatenate([_fulfilled(predicate, side) for side in sides])


def _fulfilled(predicate: Predicate, side: Mapping[str, np.ndarray]) -> np.ndarray:
    fulfilled = predicate[0].rows(side)
    for term in predicate[1:]:
        fulfilled = fulfilled & term.rows(side)
    return fulfilled


def query_scores(comparison: Comparison) -> tuple[Score, ...]:
    """How far counts and means of the twin are off, on average over random questions.

    Without enough held-out rows two reasons come back instead of numbers.
    """
    rows = [len(comparison.train), len(comparison.holdout), len(comparison.synthetic)]
    if min(rows) < MIN_ROWS:
        return _unmeasured(comparison)
    train, other, twin = coded(
        comparison, (comparison.train, comparison.holdout, comparison.synthetic)
    )
    asked = _Asked(
        comparison=comparison,
        train=train,
        other=other,
        twin=twin,
        random=np.random.default_rng(comparison.seed),
    )
    ends = np.cumsum(rows)[:-1]
    counts = [_count_errors(np.split(r, ends)) for r in asked.questions(COUNTS)]
    means = list(_mean_errors(asked, ends)) if comparison.numeric else []
    return (_count_score(comparison, counts), _mean_score(comparison, means))


def _unmeasured(comparison: Comparison) -> tuple[Score, ...]:
    reason = (
        f"Not measured: questions need {MIN_ROWS} training, held-out and synthetic rows each. "
        f"{comparison.unsplit or 'Hold more real rows out.'}"
    )
    return (
        comparison.score("utility.query_count_error", None, reason, source=_COUNT_SOURCE),
        comparison.score("utility.query_mean_error", None, reason, source=_MEAN_SOURCE),
    )


def _count_errors(sides: Sequence[np.ndarray]) -> tuple[float, float]:
    """The relative error of a count, in the twin and in the training rows, as shares of rows."""
    train, truth, twin = (float(side.mean()) for side in sides)
    scale = max(truth, ASKABLE)
    return abs(twin - truth) / scale, abs(train - truth) / scale


def _mean_errors(asked: _Asked, ends: np.ndarray) -> Iterator[tuple[float, float]]:
    """Errors of means in standard deviations of the held-out column; where the twin has no row to
    answer from, it is off by one."""
    sides = (asked.train, asked.other, asked.twin)
    spreads = {c: _spread(asked.other[c]) for c in asked.comparison.numeric}
    numbers = [c for c, spread in spreads.items() if spread > 0]
    if not numbers:
        return
    for rows in asked.questions(MEANS):
        column = numbers[int(asked.random.integers(len(numbers)))]
        parts = zip(sides, np.split(rows, ends), strict=True)
        train, truth, twin = (_known(side[column][part]) for side, part in parts)
        if min(len(train), len(truth)) >= _MIN_MEAN_ROWS:
            right, spread = truth.mean(), spreads[column]
            off = abs(twin.mean() - right) / spread if len(twin) else 1.0
            yield float(off), float(abs(train.mean() - right) / spread)


def _spread(values: np.ndarray) -> float:
    known = _known(values)
    return float(known.std()) if len(known) else 0.0


def _known(values: np.ndarray) -> np.ndarray:
    return values[~np.isnan(values)]


def _count_score(comparison: Comparison, errors: Sequence[tuple[float, float]]) -> Score:
    return _score(
        comparison,
        "utility.query_count_error",
        errors,
        words="random counting questions (how many rows fulfil one to three conditions?)",
        unit="of the true count",
        source=_COUNT_SOURCE,
    )


def _mean_score(comparison: Comparison, errors: Sequence[tuple[float, float]]) -> Score:
    return _score(
        comparison,
        "utility.query_mean_error",
        errors,
        words="random questions for a mean under one to three conditions",
        unit="of a standard deviation",
        source=_MEAN_SOURCE,
    )


def _score(
    comparison: Comparison,
    name: str,
    errors: Sequence[tuple[float, float]],
    *,
    words: str,
    unit: str,
    source: str,
) -> Score:
    if not errors:
        reason = "Not measured: no question found enough real rows to be answered from."
        return comparison.score(name, None, reason, source=source)
    of_twin, of_real = np.array(errors).T
    value, real = float(of_twin.mean()), float(of_real.mean())
    interval = _interval(of_twin, comparison.seed)
    return comparison.score(
        name,
        value,
        f"Over {len(errors)} {words}, the twin is off by {value:.1%} {unit} on average; the "
        f"training rows are off by {real:.1%}, both beside the held-out rows. "
        f"{_advice(value, interval, real + LIMIT)}",
        interval=interval,
        baseline=real,
        threshold=real + LIMIT,
        source=source,
    )


def _interval(errors: np.ndarray, seed: int) -> tuple[float, float] | None:
    """Had other questions been asked."""

    def mean(counts: np.ndarray) -> np.ndarray:
        return np.asarray(errors @ counts / counts.sum(axis=0))

    return interval95(drawn_again(mean, np.zeros(len(errors), int), seed))


def _advice(value: float, interval: tuple[float, float] | None, limit: float) -> str:
    if value <= limit:
        return "Reports can be drafted on the twin."
    if interval is not None and interval[0] > limit:
        return "Check figures on the real rows before anybody relies on them."
    return "It is close to the limit: check the figures that matter on the real rows."
