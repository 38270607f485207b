"""What is computed for all columns at once equals what each column gives by itself."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from domain.synthesis.blocks import Blocks
from domain.synthesis.by_sampling import Frequencies, RowsByCode, Wish

SIZES = (2, 5, 3)
BLOCKS = Blocks(SIZES, 2, torch.device("cpu"))


def codes(rows: int) -> torch.Tensor:
    rng = np.random.default_rng(0)
    return torch.from_numpy(np.column_stack([rng.integers(0, size, rows) for size in SIZES]))


def test_losses_are_the_cross_entropies_of_each_column() -> None:
    logits, wanted = 5 * torch.randn(20, sum(SIZES)), codes(20)
    alone = [
        torch.nn.functional.cross_entropy(part, wanted[:, i], reduction="none")
        for i, part in enumerate(logits.split(SIZES, 1))
    ]
    torch.testing.assert_close(BLOCKS.losses(logits, wanted), torch.stack(alone, 1))


def test_a_dense_row_is_its_places_and_one_1_a_column() -> None:
    places = torch.rand(20, 2)
    dense = BLOCKS.dense(codes(20), places)
    assert torch.equal(dense[:, :2], places)
    for column, part in enumerate(dense[:, 2:].split(SIZES, 1)):
        assert torch.equal(part.argmax(1), codes(20)[:, column])
        assert torch.equal(part.sum(1), torch.ones(20))


def test_nearly_drawn_rows_sum_to_one_and_follow_the_logits() -> None:
    logits = torch.tensor([[0.0, 3.0, 0, 0, 0, 0, 9.0, 0, 0, 0]]).expand(4_000, -1)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        near = BLOCKS.nearly_drawn(logits, 0.2)
    for part in near.split(SIZES, 1):
        torch.testing.assert_close(part.sum(1), torch.ones(4_000))
    share = (near[:, 0] > near[:, 1]).float().mean().item()
    assert share == pytest.approx(1 / (1 + np.exp(3)), abs=0.015)


def test_the_real_row_for_a_wish_holds_the_wished_code() -> None:
    rng = np.random.default_rng(0)
    real = codes(300).numpy().astype(np.int16)
    found = RowsByCode(real, (0, 2), [2, 3])
    frequencies = Frequencies([np.bincount(real[:, c], minlength=SIZES[c]) for c in (0, 2)])
    wish = frequencies.wish(500, rng, training=True)
    rows = found.matching(wish, rng)
    held = np.column_stack([real[rows, 0], 2 + real[rows, 2]])
    assert (held == wish.entries[:, np.newaxis]).any(axis=1).all()
    assert len(np.unique(rows)) > 150


def test_training_wishes_rare_codes_more_often_than_they_occur_but_never_absent_ones() -> None:
    rng = np.random.default_rng(0)
    frequencies = Frequencies([np.array([990, 10, 0])])
    shares = [
        np.bincount(frequencies.wish(5_000, rng, training=training).entries, minlength=3) / 5_000
        for training in (True, False)
    ]
    assert shares[0][1] == pytest.approx(np.log(11) / (np.log(991) + np.log(11)), abs=0.03)
    assert shares[1][1] == pytest.approx(0.01, abs=0.005)
    assert shares[0][2] == shares[1][2] == 0


def test_without_categories_there_is_nothing_to_wish_for() -> None:
    rng = np.random.default_rng(0)
    wish = Frequencies([]).wish(7, rng, training=True)
    assert wish.vector(torch.device("cpu")).shape == (7, 0)
    none = RowsByCode(np.zeros((30, 1), dtype=np.int16), (), [])
    assert none.matching(Wish(entries=wish.entries, width=0), rng).max() < 30
