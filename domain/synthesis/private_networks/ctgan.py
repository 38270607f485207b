"""CTGAN (Xu et al. 2019) under differential privacy: the critic alone sees real rows.

Rows are judged one by one (no packs); the critic is kept from being steep by its weights, not by a
penalty on real rows; real rows come as Poisson samples, not by sampling of categories; conditions
are drawn by noisy counts. Of the critic's loss the part of real rows is clipped and noised; that of
made ones, and the generator, follow from what it learned.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from domain.privacy.dp_sgd import DpSgd
from domain.privacy.per_sample import Tape
from domain.synthesis.blocks import Blocks
from domain.synthesis.by_sampling import Frequencies
from domain.synthesis.ctgan import BETAS, NAME, TEMPERATURE
from domain.synthesis.private_encoding.table import PrivateEncoder
from domain.synthesis.private_networks.task import Codes, Draw, PrivateMethod, Task, Weights, shares
from domain.synthesis.private_networks.whole_rows import (
    begin_at_shares,
    blocks_of,
    drawn,
    kept,
    loaded,
    ones,
    through,
)

HIDDEN, LATENT = 128, 64
_STEEPEST = 1.0
"""Largest singular value of the critic's layers, each step made so again (Miyato et al. 2018)."""
_WHOLE = 1e6
"""Rows that shares are told as."""


class Generator(nn.Module):
    """From noise and a condition to logits. No layer mixes rows."""

    def __init__(self, encoder: PrivateEncoder) -> None:
        super().__init__()
        width = sum(encoder.sizes)
        self.body = nn.Sequential(
            nn.Linear(LATENT + width, HIDDEN),
            nn.LayerNorm(HIDDEN),
            nn.ReLU(),
            nn.Linear(HIDDEN, HIDDEN),
            nn.LayerNorm(HIDDEN),
            nn.ReLU(),
        )
        self.out = nn.Linear(HIDDEN, width)
        begin_at_shares(self.out, encoder)

    def forward(self, noise: Tensor, wished: Tensor) -> Tensor:
        logits: Tensor = self.out(self.body(torch.cat([noise, wished], dim=1)))
        return logits


def critic_of(width: int) -> nn.Sequential:
    """How real a row looks beside its condition."""
    return nn.Sequential(
        nn.Linear(2 * width, HIDDEN),
        nn.LeakyReLU(0.2),
        nn.Linear(HIDDEN, HIDDEN),
        nn.LeakyReLU(0.2),
        nn.Linear(HIDDEN, 1),
    )


def learn(task: Task) -> Weights:
    """Critic and generator take turns, one step each."""
    duel = _Duel.of(task)
    for step in range(task.steps):
        duel.critic_step()
        duel.generator_step()
        task.told(step)
    return kept(duel.generator)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Duel:
    task: Task
    blocks: Blocks
    frequencies: Frequencies
    generator: Generator
    critic: nn.Sequential
    improving: torch.optim.Adam
    descent: DpSgd
    rng: np.random.Generator
    """For made rows alone."""

    @classmethod
    def of(cls, task: Task) -> _Duel:
        blocks = blocks_of(task.encoder, task.device)
        generator = Generator(task.encoder).to(task.device)
        critic = critic_of(blocks.width).to(task.device)
        rate = float(task.settings["private_learning_rate"])

        def loss(tape: Tape, codes: Tensor, there: Tensor) -> Tensor:
            rows = _beside(ones(blocks, codes), _held(task, blocks, codes))
            return -(through(tape, critic, rows).squeeze(1) @ there)

        judging = torch.optim.Adam(critic.parameters(), lr=rate, betas=BETAS)
        return cls(
            task=task,
            blocks=blocks,
            frequencies=_frequencies(task.encoder),
            generator=generator,
            critic=critic,
            improving=torch.optim.Adam(generator.parameters(), lr=rate, betas=BETAS),
            descent=task.descent(judging, loss),
            rng=np.random.default_rng(task.seed),
        )

    def critic_step(self) -> None:
        """Tell made from real better; the only step that sees real rows."""
        with torch.no_grad():
            made, _, wished = self._made()
        self.descent.step(lambda: self._add_made(_beside(made, wished)))
        _flatten(self.critic)

    def _add_made(self, rows: Tensor) -> None:
        """Add the gradient of made rows to that of real ones, which is noised by then."""
        with torch.enable_grad():
            loss = self.critic(rows).mean()
            own = torch.autograd.grad(loss, list(self.critic.parameters()))
        for parameter, gradient in zip(self.critic.parameters(), own, strict=True):
            assert parameter.grad is not None
            parameter.grad += gradient

    def generator_step(self) -> None:
        """Look more real to the critic, and hold the wished codes."""
        made, logits, wished = self._made()
        losses = self.blocks.log_sums(logits) - _of_columns(self.blocks, logits * wished)
        disobeyed = (losses * _of_columns(self.blocks, wished)).sum(1).mean()
        loss = disobeyed - self.critic(_beside(made, wished)).mean()
        self.improving.zero_grad(set_to_none=True)
        loss.backward()
        self.improving.step()

    def _made(self) -> tuple[Tensor, Tensor, Tensor]:
        """Made rows, nearly drawn, the logits they were drawn from, and their conditions."""
        device, rows = self.task.device, self.task.batch
        wished = self.frequencies.wish(rows, self.rng, training=False).vector(device)
        logits = self.generator(torch.randn(rows, LATENT, device=device), wished)
        return self.blocks.nearly_drawn(logits, TEMPERATURE), logits, wished


def _held(task: Task, blocks: Blocks, codes: Tensor) -> Tensor:
    """For each real row a condition that it fulfils: one of its codes, by secret lots."""
    columns = torch.from_numpy(
        (task.batches.lots(len(codes)) * codes.shape[1]).astype(np.int64)
    ).to(codes.device)
    entries = blocks.starts[columns] + codes.gather(1, columns.unsqueeze(1)).squeeze(1)
    return nn.functional.one_hot(entries, blocks.width).float()


def _beside(rows: Tensor, wished: Tensor) -> Tensor:
    return torch.cat([rows, wished], dim=1)


def _of_columns(blocks: Blocks, entries: Tensor) -> Tensor:
    """Entries summed column by column, (rows, columns)."""
    sums = entries.new_zeros(len(entries), len(blocks.sizes))
    return sums.index_add(1, blocks.owner, entries)


@torch.no_grad()
def _flatten(critic: nn.Sequential) -> None:
    """Scale down layers that became too steep: a change that no row has a part in."""
    for layer in critic:
        if isinstance(layer, nn.Linear):
            steepness = torch.linalg.matrix_norm(layer.weight, 2)
            layer.weight.div_((steepness / _STEEPEST).clamp(min=1.0))


def _frequencies(encoder: PrivateEncoder) -> Frequencies:
    """How often each code is wished for, by noisy counts."""
    return Frequencies([np.rint(share * _WHOLE).astype(np.int64) for share in shares(encoder)])


def drawer(encoder: PrivateEncoder, weights: Weights, device: torch.device) -> Draw:
    """Conditions as often as noisy counts say; codes drawn from what the generator makes of
    them."""
    generator, blocks = Generator(encoder), blocks_of(encoder, device)
    loaded(generator, weights, device)
    frequencies = _frequencies(encoder)

    def draw(rows: int, rng: np.random.Generator) -> Codes:
        wished = frequencies.wish(rows, rng, training=False).vector(device)
        noise = torch.from_numpy(rng.standard_normal((rows, LATENT), dtype=np.float32))
        return drawn(blocks, encoder, generator(noise.to(device), wished), rng)

    return draw


METHOD = PrivateMethod(
    name=NAME, networks=("critic (its part about real rows)",), learn=learn, drawer=drawer
)
