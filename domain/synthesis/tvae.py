"""TVAE: a variational autoencoder for rows (Xu et al. 2019, section 4.4), from the paper."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor, nn

from domain.synthesis.blocks import Blocks
from domain.synthesis.encoding.mixed import MixedEncoder, MixedRows
from domain.synthesis.whole_rows import Decode, Draw, Learned, Method, Task, Weights

NAME = "tvae"
HIDDEN = 128
WEIGHT_DECAY = 1e-5
CLOSENESS = 0.5
"""Weight of how far the latent rows may lie from the noise that is drawn from, against how well
they are decoded. At 1, the bound of the paper, small tables decode to independent columns."""
_NARROWEST, _WIDEST = 0.01, 1.0
"""Bounds of the standard deviation around a decoded place."""


class Encoder(nn.Module):
    """From rows to where they lie in the latent space: means and log variances."""

    def __init__(self, width: int, latent: int) -> None:
        super().__init__()
        self.body = _body(width)
        self.means, self.log_variances = nn.Linear(HIDDEN, latent), nn.Linear(HIDDEN, latent)

    def forward(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        hidden = self.body(rows)
        return self.means(hidden), self.log_variances(hidden)


class Decoder(nn.Module):
    """From the latent space to places and logits, side by side; ``spread`` around places."""

    def __init__(self, blocks: Blocks, latent: int) -> None:
        super().__init__()
        self.body, self.out = _body(latent), nn.Linear(HIDDEN, blocks.width)
        self.spread = nn.Parameter(torch.full((blocks.numbers,), 0.1))
        self.blocks, self.latent = blocks, latent

    def forward(self, latent: Tensor) -> tuple[Tensor, Tensor]:
        raw = self.out(self.body(latent))
        return raw[:, : self.blocks.numbers].tanh(), raw[:, self.blocks.numbers :]

    def loss(self, latent: Tensor, codes: Tensor, places: Tensor) -> Tensor:
        """Mean negative log-likelihood of rows, in nats a row."""
        middles, logits = self(latent)
        spread = self.spread.clamp(_NARROWEST, _WIDEST)
        off = ((places - middles) / spread).square() / 2 + spread.log() + math.log(2 * math.pi) / 2
        return off.sum(1).mean() + self.blocks.losses(logits, codes).sum(1).mean()


def _body(width: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(width, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, HIDDEN), nn.ReLU())


def learn(task: Task) -> Learned:
    """Maximise the weighted evidence lower bound.

    No layer mixes rows, so that each has a gradient of its own.
    """
    rows, batch = len(task.rows.codes), int(task.settings["batch_size"])
    epochs, latent = int(task.settings["epochs"]), int(task.settings["latent_dimension"])
    encoder = Encoder(task.blocks.width, latent).to(task.blocks.device)
    decoder = Decoder(task.blocks, latent).to(task.blocks.device)
    optimizer = torch.optim.Adam(
        [*encoder.parameters(), *decoder.parameters()],
        lr=float(task.settings["learning_rate"]),
        weight_decay=WEIGHT_DECAY,
        fused=True,
    )
    steps, curve = math.ceil(rows / batch), []
    for epoch in range(epochs):
        order, total = task.rng.permutation(rows), 0.0
        for step in range(steps):
            some = order[step * batch : (step + 1) * batch]
            loss = _bound(encoder, decoder, *task.batch(some))
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(some)
            note = f"epoch {epoch + 1} of {epochs}, loss {loss.item():.2f} nats a row"
            task.beat(epoch * steps + step, epochs * steps, note)
        curve.append(total / rows)
    return Learned(
        weights={name: value.cpu().numpy() for name, value in decoder.state_dict().items()},
        curve=tuple(curve),
        notes=(
            f"Trained for {epochs} epochs; the loss (weighted negative evidence lower bound on "
            f"the training rows) went from {curve[0]:.2f} to {curve[-1]:.2f} nats a row.",
        ),
    )


def _bound(encoder: Encoder, decoder: Decoder, codes: Tensor, places: Tensor) -> Tensor:
    """The negative evidence lower bound of a batch, weighted, in nats a row."""
    means, log_variances = encoder(decoder.blocks.dense(codes, places))
    latent = means + (log_variances / 2).exp() * torch.randn_like(means)
    apart = (means.square() + log_variances.exp() - log_variances - 1).sum(1).mean() / 2
    loss: Tensor = decoder.loss(latent, codes, places) + CLOSENESS * apart
    return loss


def drawer(blocks: Blocks, encoder: MixedEncoder, weights: Weights) -> Draw:
    """Draw from the latent space, then places and codes from what they decode to."""
    decoder = _fitted(blocks, weights)
    latent = decoder.latent
    never = torch.from_numpy(np.where(encoder.drawable, 0.0, -np.inf).astype(np.float32))

    def draw(rows: int, rng: np.random.Generator) -> MixedRows:
        noise = rng.standard_normal((rows, latent), dtype=np.float32)
        middles, logits = decoder(torch.from_numpy(noise).to(blocks.device))
        lots = torch.from_numpy(rng.gumbel(size=logits.shape).astype(np.float32))
        codes = blocks.drawn(logits + never.to(blocks.device), lots.to(blocks.device))
        spread = decoder.spread.clamp(_NARROWEST, _WIDEST).cpu().numpy()
        off = rng.standard_normal(middles.shape, dtype=np.float32)
        return MixedRows(
            codes=codes.cpu().numpy().astype(np.int16),
            places=(middles.cpu().numpy() + off * spread).clip(-1, 1),
        )

    return draw


def decoder(
    blocks: Blocks, encoder: MixedEncoder, weights: Weights, rows: MixedRows
) -> tuple[int, Decode]:
    """What makes rows from noise."""
    fitted = _fitted(blocks, weights)

    def decode(noise: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        return *fitted(noise), fitted.spread.clamp(_NARROWEST, _WIDEST)

    return fitted.latent, decode


def _fitted(blocks: Blocks, weights: Weights) -> Decoder:
    decoder = Decoder(blocks, weights["body.0.weight"].shape[1])
    decoder.load_state_dict({n: torch.from_numpy(np.array(w)) for n, w in weights.items()})
    return decoder.to(blocks.device).requires_grad_(False)


METHOD = Method(name=NAME, learn=learn, drawer=drawer, decoder=decoder)
