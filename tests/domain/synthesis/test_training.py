"""Training keeps its best epoch, starts over where that came early, and never outlasts its plan."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
import torch

from domain.kernel import no_progress
from domain.synthesis import training
from domain.synthesis.network import AutoregressiveNetwork, Shape

EPOCHS = 20


def trained_with(
    losses: Sequence[float], monkeypatch: pytest.MonkeyPatch, rows: int = 200, **plan: int
) -> tuple[training.TrainingOutcome, int]:
    """What training comes to when these are its validation losses, and the steps it took."""
    ahead, steps = iter(losses), []
    monkeypatch.setattr(training._Loop, "_step", lambda *_: steps.append(1))
    monkeypatch.setattr(training, "_mean_loss", lambda *_: next(ahead))
    network = AutoregressiveNetwork(Shape.of([2, 2], [True, True], 4), [torch.zeros(2)] * 2)
    outcome = training.train(
        network,
        np.zeros((rows, 2), dtype=np.int16),
        training.TrainingPlan(
            **{"max_epochs": EPOCHS, "batch_size": 90, "learning_rate": 0.005, "dropout": 0.5}
            | plan
        ),
        np.random.default_rng(0),
        no_progress,
    )
    return outcome, len(steps)


def falling(epochs: int) -> list[float]:
    """Validation losses, before training and after each epoch."""
    return [10 - 0.1 * epoch for epoch in range(epochs + 1)]


def test_a_loss_that_keeps_falling_takes_every_epoch_once(monkeypatch):
    outcome, steps = trained_with(falling(EPOCHS), monkeypatch)
    assert (outcome.best_epoch, outcome.epochs, outcome.started_over_after) == (20, 20, 0)
    assert steps == outcome.steps == 40
    assert outcome.told == outcome.losses


@pytest.mark.parametrize(("rows", "told"), [(109, False), (110, True)])
def test_a_loss_on_fewer_than_eleven_rows_leads_the_training_and_is_told_nobody(
    rows, told, monkeypatch
):
    outcome, _ = trained_with(falling(EPOCHS), monkeypatch, rows=rows)
    assert outcome.best_epoch == EPOCHS
    assert bool(outcome.told) is told


def test_training_starts_over_where_its_best_epoch_came_early(monkeypatch):
    rising = [9.4, 9.5, 9.6]
    outcome, steps = trained_with(
        [*falling(7), *rising, *[9.2 - 0.1 * epoch for epoch in range(7)]], monkeypatch
    )
    assert outcome.started_over_after == 10
    assert outcome.best_epoch == 17
    assert outcome.losses[outcome.best_epoch] == min(outcome.losses)
    assert steps == 34 <= outcome.steps


def test_the_first_course_is_kept_where_the_second_is_no_better(monkeypatch):
    outcome, _ = trained_with([*falling(7), *[9.9] * 10], monkeypatch)
    assert (outcome.best_epoch, outcome.started_over_after) == (7, 10)


def test_a_second_course_takes_no_more_than_the_epochs_that_are_left(monkeypatch):
    outcome, steps = trained_with([*falling(11), *[9.9] * 3, *[9.8] * 6], monkeypatch)
    assert (outcome.started_over_after, steps) == (14, outcome.steps)


def test_too_few_epochs_left_are_not_spent_on_a_second_course(monkeypatch):
    outcome, _ = trained_with([*falling(14), *[9.9] * 3], monkeypatch)
    assert (outcome.best_epoch, outcome.started_over_after) == (14, 0)


def test_no_course_is_given_up_before_its_longest_steps(monkeypatch):
    outcome, _ = trained_with([10, *[10.1] * 6, *falling(13)], monkeypatch)
    assert outcome.best_epoch == EPOCHS
    assert len(outcome.losses) == EPOCHS + 1


def test_where_nothing_was_learned_nothing_starts_over(monkeypatch):
    outcome, steps = trained_with([10, *[10.1] * EPOCHS], monkeypatch)
    assert (outcome.best_epoch, outcome.started_over_after) == (0, 0)
    assert steps < outcome.steps


def test_steps_are_limited_over_both_courses(monkeypatch):
    outcome, steps = trained_with([*falling(3), *[9.9] * 17], monkeypatch, max_steps=17)
    assert outcome.started_over_after == 6
    assert steps == outcome.steps == 17


def test_the_network_ends_with_the_weights_of_its_best_epoch(monkeypatch):
    measured = training._mean_loss
    held: list[np.ndarray] = []

    def listening(network: AutoregressiveNetwork, codes: np.ndarray) -> float:
        held.append(codes)
        return measured(network, codes)

    monkeypatch.setattr(training, "_mean_loss", listening)
    rng = np.random.default_rng(0)
    same = rng.integers(6, size=400)
    noisy = np.where(rng.random(400) < 0.3, rng.integers(6, size=400), same)
    codes = np.stack([same, noisy, *rng.integers(6, size=(4, 400))], axis=1).astype(np.int16)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = AutoregressiveNetwork(Shape.of([6] * 6, [False] * 6, 32), [torch.zeros(6)] * 6)
    plan = training.TrainingPlan(max_epochs=20, batch_size=16, learning_rate=0.03, dropout=0.0)
    outcome = training.train(network, codes, plan, rng, no_progress)
    assert 0 < outcome.best_epoch < len(outcome.losses) - 1
    assert outcome.losses[outcome.best_epoch] == min(outcome.losses)
    assert measured(network, held[0]) == min(outcome.losses)
