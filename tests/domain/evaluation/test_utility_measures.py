"""Measures on counted rows are scikit-learn's on repeated rows, and their intervals hold."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from sklearn import metrics as sk

from domain.evaluation.bootstrap import drawn_again, interval95, plain
from domain.evaluation.comparison import Comparison, compare
from domain.evaluation.predictors import Predicted, best_threshold
from domain.evaluation.task import Task
from domain.evaluation.task_metrics import Metric, metrics_of, weighted_auc
from tests.domain.evaluation.tables import METADATA, real

ROWS = 60


@pytest.fixture(scope="module")
def sides() -> Comparison:
    return compare(real(20, 1), real(20, 2), real(20, 3), METADATA.tables["visits"], seed=0)


def of_classes(sides: Comparison, count: int) -> tuple[np.ndarray, Predicted, dict[str, Metric]]:
    """Scores with ties, and classes of which the last are rare."""
    random = np.random.default_rng(count)
    truth = np.minimum(random.geometric(0.7, ROWS) - 1, count - 1)
    scores = np.round(random.random((ROWS, count)), 1)
    said = Predicted(
        scores=scores, likeliest=scores.argmax(1), decided=random.integers(0, count, ROWS)
    )
    task = Task(comparison=sides, target="ward", classes=tuple("abcdef"[:count]), told=1)
    return truth, said, {m.name: m for m in metrics_of(task, truth)}


def both(
    metric: Metric, truth: np.ndarray, said: Predicted, learn_of: object
) -> tuple[float, float]:
    """The measure of a resample by counts, and by scikit-learn of the repeated rows."""
    counts = np.random.default_rng(5).integers(1, 4, ROWS)  # no class vanishes
    by_counts = metric.measure(truth, said, counts[:, None].astype(float))[0]
    rows = np.repeat(np.arange(ROWS), counts)
    repeated = Predicted(
        scores=said.scores[rows],
        likeliest=said.likeliest[rows] if len(said.likeliest) else said.likeliest,
        decided=said.decided[rows] if len(said.decided) else said.decided,
    )
    return float(by_counts), float(learn_of(truth[rows], repeated))


def _one_hot(truth: np.ndarray, said: Predicted) -> np.ndarray:
    return truth[:, None] == np.arange(said.scores.shape[1])


OF_TWO = {
    "auc": lambda t, p: sk.roc_auc_score(t, p.scores[:, 1]),
    "average_precision": lambda t, p: sk.average_precision_score(t, p.scores[:, 1]),
    "f1": lambda t, p: sk.f1_score(t, p.decided, average="macro"),
    "accuracy": lambda t, p: sk.accuracy_score(t, p.likeliest),
}
OF_FOUR = {
    "auc": lambda t, p: sk.roc_auc_score(t == 1, p.scores[:, 1]),
    "macro_auc": lambda t, p: sk.roc_auc_score(_one_hot(t, p), p.scores, average="macro"),
    "average_precision": lambda t, p: sk.average_precision_score(_one_hot(t, p), p.scores),
    "f1": lambda t, p: sk.f1_score(t, p.decided, average="macro"),
    "accuracy": lambda t, p: sk.accuracy_score(t, p.likeliest),
    "balanced_accuracy": lambda t, p: sk.balanced_accuracy_score(t, p.decided),
}


@pytest.mark.parametrize("name", OF_TWO)
def test_measures_of_two_classes_are_those_of_scikit_learn(sides, name):
    truth, said, found = of_classes(sides, 2)
    ours, theirs = both(found[name], truth, said, OF_TWO[name])
    assert ours == pytest.approx(theirs)


@pytest.mark.parametrize("name", OF_FOUR)
def test_measures_of_several_classes_are_those_of_scikit_learn(sides, name):
    truth, said, found = of_classes(sides, 4)
    ours, theirs = both(found[name], truth, said, OF_FOUR[name])
    assert ours == pytest.approx(theirs)


@pytest.mark.parametrize(
    ("name", "learn_of"),
    [
        ("r2", lambda t, p: sk.r2_score(t, p.scores)),
        ("rmse", lambda t, p: sk.root_mean_squared_error(t, p.scores)),
        ("mae", lambda t, p: sk.mean_absolute_error(t, p.scores)),
    ],
)
def test_measures_of_numbers_are_those_of_scikit_learn_however_large(sides, name, learn_of):
    random = np.random.default_rng(0)
    truth = 1e9 + random.normal(size=ROWS)
    said = Predicted(
        scores=truth + random.normal(size=ROWS),
        likeliest=np.empty(0, int),
        decided=np.empty(0, int),
    )
    task = Task(comparison=sides, target="age", classes=())
    (metric,) = [m for m in metrics_of(task, truth) if m.name == name]
    ours, theirs = both(metric, truth, said, learn_of)
    assert ours == pytest.approx(theirs)


def test_without_looking_a_guess_reaches_what_the_measure_says(sides):
    for count in (2, 4):
        truth, _, found = of_classes(sides, count)
        flat = Predicted(
            scores=np.ones((ROWS, count)),
            likeliest=np.full(ROWS, np.bincount(truth).argmax()),
            decided=np.full(ROWS, np.bincount(truth).argmax()),
        )
        for metric in found.values():
            reached = metric.measure(truth, flat, np.ones((ROWS, 1)))[0]
            assert metric.blind(truth) == pytest.approx(reached), metric.name


def test_the_threshold_is_that_of_the_best_macro_f1():
    random = np.random.default_rng(3)
    positive = random.random(200) < 0.15
    scores = np.round(np.clip(0.3 * positive + random.random(200) * 0.6, 0, 1), 2)
    best = max(
        sk.f1_score(positive, scores >= limit, average="macro") for limit in np.unique(scores)
    )
    chosen = best_threshold(positive, scores)
    assert sk.f1_score(positive, scores >= chosen, average="macro") == pytest.approx(best)


def test_a_threshold_between_clear_answers_lies_in_the_middle():
    positive = np.array([True] * 5 + [False] * 5)
    assert best_threshold(positive, np.where(positive, 0.9, 0.1)) == pytest.approx(0.5)


def test_a_resample_keeps_the_rows_of_every_class():
    groups = np.array([0] * 50 + [1] * 3)
    drawn = drawn_again(
        lambda counts: np.array([counts[groups == g].sum(0) for g in (0, 1)]), groups, seed=1
    )
    assert (drawn == np.array([[50.0], [3.0]])).all()


def test_long_tables_are_resampled_in_blocks_without_changing_anything(monkeypatch):
    values = np.random.default_rng(0).normal(size=500)

    def mean(counts: np.ndarray) -> np.ndarray:
        return values @ counts / counts.sum(0)

    whole = drawn_again(mean, np.zeros(500, int), seed=4)
    monkeypatch.setattr("domain.evaluation.bootstrap._BLOCK", 5_000)
    blocks = drawn_again(mean, np.zeros(500, int), seed=4)
    assert len(whole) == len(blocks) == 200
    assert blocks.std() == pytest.approx(whole.std(), rel=0.2)
    assert plain(mean, 500) == pytest.approx(values.mean())


def test_the_interval_of_a_gap_holds_the_truth_nineteen_times_out_of_twenty():
    def people(rows: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        random = np.random.default_rng(seed)
        ill = random.random(rows) < 0.2
        known = ill + random.normal(size=rows)
        return ill, known, known + 0.7 * random.normal(size=rows)

    def gap(ill: np.ndarray, one: np.ndarray, other: np.ndarray, counts: np.ndarray) -> np.ndarray:
        return weighted_auc(ill, other, counts) - weighted_auc(ill, one, counts)

    truth = float(plain(partial(gap, *people(200_000, 999)), 200_000))
    held = 0
    for seed in range(100):
        sample = people(300, seed)
        low, high = interval95(drawn_again(partial(gap, *sample), sample[0], seed))
        held += low <= truth <= high
    assert held >= 90


def test_nothing_known_has_no_interval():
    assert interval95(np.array([np.nan, np.nan])) is None
