"""TVAE (Xu et al. 2019) under differential privacy: both halves see real rows, so both are clipped
together and noised."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from domain.privacy.per_sample import Dense, Tape
from domain.synthesis.private_encoding.table import PrivateEncoder
from domain.synthesis.private_networks.task import Codes, Draw, PrivateMethod, Task, Weights
from domain.synthesis.private_networks.whole_rows import (
    begin_at_shares,
    blocks_of,
    drawn,
    kept,
    loaded,
    ones,
    through,
)
from domain.synthesis.tvae import CLOSENESS, NAME

HIDDEN, LATENT = 64, 16
"""Fewer than without privacy, since noise is added to every weight."""
_BETAS = (0.9, 0.99)
_NARROWEST, _WIDEST = -6.0, 3.0
"""Bounds of the logarithm of a latent row's variance."""


class Encoder(nn.Module):
    """From rows to means and log variances."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.body = _body(width)
        self.means, self.log_variances = nn.Linear(HIDDEN, LATENT), nn.Linear(HIDDEN, LATENT)


class Decoder(nn.Module):
    """From the latent space to logits."""

    def __init__(self, encoder: PrivateEncoder) -> None:
        super().__init__()
        self.body, self.out = _body(LATENT), nn.Linear(HIDDEN, sum(encoder.sizes))
        begin_at_shares(self.out, encoder)

    def forward(self, latent: Tensor) -> Tensor:
        logits: Tensor = self.out(self.body(latent))
        return logits


def _body(width: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(width, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, HIDDEN), nn.ReLU())


def learn(task: Task) -> Weights:
    """Maximise the weighted evidence lower bound. What is drawn around a row's place comes from
    the secret stream, since it belongs to the row."""
    blocks = blocks_of(task.encoder, task.device)
    encoder = Encoder(blocks.width).to(task.device)
    decoder = Decoder(task.encoder).to(task.device)

    def loss(tape: Tape, codes: Tensor, there: Tensor) -> Tensor:
        hidden = through(tape, encoder.body, ones(blocks, codes))
        means = tape(Dense(encoder.means), hidden)
        logs = tape(Dense(encoder.log_variances), hidden).clamp(_NARROWEST, _WIDEST)
        around = task.batches.noise(means.numel(), 1.0).reshape(means.shape)
        latent = means + (logs / 2).exp() * torch.from_numpy(around).to(means)
        logits = tape(Dense(decoder.out), through(tape, decoder.body, latent))
        apart = (means.square() + logs.exp() - logs - 1).sum(1) / 2
        return (blocks.losses(logits, codes).sum(1) + CLOSENESS * apart) @ there

    descent = task.descent(
        torch.optim.Adam(
            [*encoder.parameters(), *decoder.parameters()],
            lr=float(task.settings["private_learning_rate"]),
            betas=_BETAS,
        ),
        loss,
    )
    for step in range(task.steps):
        descent.step()
        task.told(step)
    return kept(decoder)


def drawer(encoder: PrivateEncoder, weights: Weights, device: torch.device) -> Draw:
    """Draw from the latent space, then codes from what it decodes to."""
    decoder, blocks = Decoder(encoder), blocks_of(encoder, device)
    loaded(decoder, weights, device)

    def draw(rows: int, rng: np.random.Generator) -> Codes:
        noise = torch.from_numpy(rng.standard_normal((rows, LATENT), dtype=np.float32))
        return drawn(blocks, encoder, decoder(noise.to(device)), rng)

    return draw


METHOD = PrivateMethod(name=NAME, networks=("encoder", "decoder"), learn=learn, drawer=drawer)
