"""What a step of DP-SGD costs beside the plain step of the same batch, and how much of it is noise.

``python -m benchmarks.dp_sgd`` prints medians of steps taken in turn on the same machine, over
invented codes of a table like Adult: nothing about a step depends on what the codes are.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

import numpy as np
import torch

from benchmarks.machine import this_machine
from domain.privacy.accounting import SampledGaussian
from domain.privacy.dp_sgd import DpSgd
from domain.privacy.poisson_batches import PoissonBatches
from domain.privacy.randomness import SealedSeed
from domain.synthesis.network import AutoregressiveNetwork, Shape
from domain.synthesis.private_networks.autoregressive import BLOCK
from domain.synthesis.private_networks.layers import reached, row_loss

ADULT = (20, 9, 24, 16, 16, 7, 15, 6, 5, 2, 12, 8, 20, 10, 2)
"""Codes of 15 columns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepCost:
    """Medians, in milliseconds."""

    rows_a_unit: int
    plain: float
    private: float
    noise: float
    """Of ``private``."""

    @property
    def ratio(self) -> float:
        """How many plain steps a private one takes, noise included."""
        return self.private / self.plain


def measured(batch: int, rows_a_unit: int, block: int, times: int) -> StepCost:
    """Plain and private steps in turn, ``times`` of each. ``batch``: rows expected in a step."""
    torch.manual_seed(0)
    plain, private = (_network(block) for _ in range(2))
    units = 10 * batch // rows_a_unit
    codes = np.stack(
        [np.random.default_rng(0).integers(0, size, units * rows_a_unit) for size in ADULT], axis=1
    )
    descent = _descent(private, codes, units, times + 1)
    optimizer = torch.optim.Adam(plain.parameters())
    some = torch.from_numpy(codes[:batch])

    def plain_step() -> None:
        optimizer.zero_grad()
        plain.loss(some).backward()
        optimizer.step()

    plain_step()
    descent.step()
    descent.optimizer.noise_seconds = 0.0
    seconds: tuple[list[float], list[float]] = ([], [])
    for _ in range(times):
        for kept, step in zip(seconds, (plain_step, descent.step), strict=True):
            kept.append(_seconds(step))
    return StepCost(
        rows_a_unit=rows_a_unit,
        plain=1e3 * median(seconds[0]),
        private=1e3 * median(seconds[1]),
        noise=1e3 * descent.optimizer.noise_seconds / times,
    )


def _network(block: int) -> AutoregressiveNetwork:
    shape = Shape.of(ADULT, [size > 10 for size in ADULT], block)
    return AutoregressiveNetwork(shape, [torch.zeros(size) for size in ADULT])


def _descent(network: AutoregressiveNetwork, codes: np.ndarray, units: int, steps: int) -> DpSgd:
    seed = SealedSeed.fresh()
    batches = PoissonBatches(
        codes,
        np.arange(len(codes)) % units,
        SampledGaussian(noise_multiplier=1.0, sample_rate=0.1, steps=steps),
        sampling=seed.stream("sampling"),
        noise=seed.stream("noise"),
    )
    return DpSgd.of(
        batches,
        torch.optim.Adam(network.parameters()),
        lambda tape, rows, there: row_loss(network, tape, rows, there),
        max_grad_norm=1.0,
        reached=reached(network),
        units=units,
        device=torch.device("cpu"),
    )


def _seconds(step: Callable[[], None]) -> float:
    started = time.perf_counter()
    step()
    return time.perf_counter() - started


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batch", type=int, default=500, help="rows expected in a step")
    parser.add_argument("--times", type=int, default=40)
    wanted = parser.parse_args()
    torch.set_num_threads(1)
    print(
        "| hidden units a column | rows a unit | plain step, ms | DP-SGD step, ms "
        "| of it noise, ms | ratio |"
    )
    print("|---|---|---|---|---|---|")
    for block in (BLOCK, 64):
        for rows in (1, 5):
            cost = measured(wanted.batch, rows, block, wanted.times)
            print(
                f"| {block} | {rows} | {cost.plain:.1f} | {cost.private:.1f} | {cost.noise:.1f} "
                f"| {cost.ratio:.2f} |",
                flush=True,
            )
    print(f"\n{this_machine()}")


if __name__ == "__main__":
    main()
