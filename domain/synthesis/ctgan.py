"""CTGAN: a conditional adversarial network for rows (Xu et al. 2019, section 4), from the paper.

A generator makes rows to order; a critic that alone sees real rows, several at a time (PacGAN,
Lin et al. 2018), tells how far the made ones are from them (WGAN-GP, Gulrajani et al. 2017).
The critic has no layer that mixes rows, so that each pack has a gradient of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from domain.synthesis.blocks import Blocks
from domain.synthesis.by_sampling import Frequencies, RowsByCode, Wish
from domain.synthesis.encoding.mixed import MixedEncoder, MixedRows
from domain.synthesis.whole_rows import Decode, Draw, Learned, Method, Task, Weights

NAME = "ctgan"
HIDDEN = 256
TEMPERATURE = 0.2
"""Of the Gumbel-softmax: low enough that made rows look like real ones."""
GRADIENT_PENALTY = 10.0
DROPOUT = 0.5
BETAS = (0.5, 0.9)
WEIGHT_DECAY = 1e-6
SETTLING_BATCHES = 50
"""Batches over which the means inside the finished generator are taken anew."""
_COUNTS = "counts_"
SPREAD = 0.1
"""Standard deviation that a place may lie from a made one and still count as the same."""


class Generator(nn.Module):
    """From noise and a condition to places and logits, side by side."""

    def __init__(self, blocks: Blocks, latent: int, conditions: int) -> None:
        super().__init__()
        width = latent + conditions
        self.first, self.second = _residual(width), _residual(width + HIDDEN)
        self.out = nn.Linear(width + 2 * HIDDEN, blocks.width)
        self.blocks, self.latent = blocks, latent

    def forward(self, noise: Tensor, wished: Tensor) -> tuple[Tensor, Tensor]:
        seen = torch.cat([noise, wished], dim=1)
        seen = torch.cat([self.first(seen), seen], dim=1)
        seen = torch.cat([self.second(seen), seen], dim=1)
        raw = self.out(seen)
        return raw[:, : self.blocks.numbers].tanh(), raw[:, self.blocks.numbers :]


class Critic(nn.Module):
    """How real ``pac`` rows look together: higher is more real."""

    def __init__(self, width: int, pac: int) -> None:
        super().__init__()
        self.pac = pac
        self.body = nn.Sequential(
            *_judging(pac * width, HIDDEN), *_judging(HIDDEN, HIDDEN), nn.Linear(HIDDEN, 1)
        )

    def forward(self, packs: Tensor) -> Tensor:
        """``packs``: (packs, pac * width)."""
        scores: Tensor = self.body(packs)
        return scores

    def packed(self, rows: Tensor) -> Tensor:
        """Rows (rows, width) side by side, ``pac`` at a time."""
        return rows.reshape(len(rows) // self.pac, -1)


def _residual(width: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(width, HIDDEN), nn.BatchNorm1d(HIDDEN), nn.ReLU())


def _judging(width: int, out: int) -> list[nn.Module]:
    return [nn.Linear(width, out), nn.LeakyReLU(0.2), nn.Dropout(DROPOUT)]


def learn(task: Task) -> Learned:
    """Critic and generator take turns, one step each."""
    duel = _Duel.of(task)
    epochs, steps = int(task.settings["epochs"]), max(len(task.rows.codes) // duel.batch, 1)
    curve = []
    for epoch in range(epochs):
        total = 0.0
        for step in range(steps):
            distance = duel.critic_step()
            duel.generator_step()
            total += distance
            note = f"epoch {epoch + 1} of {epochs}, distance to real rows {distance:.2f}"
            task.beat(epoch * steps + step, epochs * steps, note)
        curve.append(total / steps)
    duel.settle()
    weights = {name: value.cpu().numpy() for name, value in duel.generator.state_dict().items()}
    counts = {f"{_COUNTS}{i:05d}": c for i, c in enumerate(duel.counts)}
    note = (
        f"Trained for {epochs} epochs; the critic's estimate of the distance between made and "
        f"real rows (Wasserstein, on its own scale) ended at {curve[-1]:.2f}."
    )
    return Learned(weights=weights | counts, curve=tuple(curve), notes=(note,))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Duel:
    """Generator and critic with their optimizers, and where their rows come from."""

    task: Task
    batch: int
    generator: Generator
    critic: Critic
    optimizers: tuple[torch.optim.Adam, torch.optim.Adam]
    conditioned: tuple[int, ...]
    """Columns to condition on: all but the numbers by modes."""
    counts: list[NDArray[np.int64]]
    frequencies: Frequencies
    real: RowsByCode

    @classmethod
    def of(cls, task: Task) -> _Duel:
        blocks, codes, settings = task.blocks, task.rows.codes, task.settings
        conditioned = _conditioned(task.encoder)
        sizes = [blocks.sizes[c] for c in conditioned]
        counts = [np.bincount(codes[:, c], minlength=blocks.sizes[c]) for c in conditioned]
        frequencies = Frequencies(counts)
        pac = int(settings["pac"])
        latent = int(settings["latent_dimension"])
        generator = Generator(blocks, latent, frequencies.width).to(blocks.device)
        critic = Critic(blocks.width + frequencies.width, pac).to(blocks.device)
        made = torch.optim.Adam(
            generator.parameters(),
            lr=float(settings["generator_learning_rate"]),
            betas=BETAS,
            weight_decay=WEIGHT_DECAY,
            fused=True,
        )
        judged = torch.optim.Adam(
            critic.parameters(),
            lr=float(settings["discriminator_learning_rate"]),
            betas=BETAS,
            fused=True,
        )
        return cls(
            task=task,
            batch=max(int(settings["batch_size"]) // pac, 1) * pac,
            generator=generator,
            critic=critic,
            optimizers=(made, judged),
            conditioned=conditioned,
            counts=counts,
            frequencies=frequencies,
            real=RowsByCode(codes, conditioned, sizes),
        )

    def critic_step(self) -> float:
        """Tell made from real better; returns the estimated distance between them.

        The only step that sees real rows.
        """
        wish = self._wish()
        with torch.no_grad():
            made = self._packs(self._made(wish)[0], wish)
        rows = self.task.batch(self.real.matching(wish, self.task.rng))
        real = self._packs(self.task.blocks.dense(*rows), wish)
        distance = self.critic(real).mean() - self.critic(made).mean()
        loss = GRADIENT_PENALTY * _steepness(self.critic, real, made) - distance
        self._descend(loss, self.optimizers[1])
        return distance.item()

    def generator_step(self) -> None:
        """Look more real to the critic, and hold the wished codes."""
        wish = self._wish()
        made, logits = self._made(wish)
        loss = self._disobedience(logits, wish) - self.critic(self._packs(made, wish)).mean()
        self._descend(loss, self.optimizers[0])

    @torch.no_grad()
    def settle(self) -> None:
        """Take the generator's inner means anew, with its last weights, over many batches."""
        for layer in self.generator.modules():
            if isinstance(layer, nn.BatchNorm1d):
                layer.reset_running_stats()
                layer.momentum = None  # a plain average over all batches
        for batch in range(SETTLING_BATCHES):
            self.task.beat(batch, SETTLING_BATCHES, "settling what was learned")
            self._made(self._wish())

    def _wish(self) -> Wish:
        return self.frequencies.wish(self.batch, self.task.rng, training=True)

    def _made(self, wish: Wish) -> tuple[Tensor, Tensor]:
        """Made rows, nearly drawn, and the logits they were drawn from."""
        device = self.task.blocks.device
        noise = torch.randn(len(wish.entries), self.generator.latent, device=device)
        places, logits = self.generator(noise, wish.vector(device))
        made = self.task.blocks.nearly_drawn(logits, TEMPERATURE)
        return torch.cat([places, made], dim=1), logits

    def _packs(self, rows: Tensor, wish: Wish) -> Tensor:
        wished = wish.vector(self.task.blocks.device)
        return self.critic.packed(torch.cat([rows, wished], dim=1))

    def _disobedience(self, logits: Tensor, wish: Wish) -> Tensor:
        """Mean cross-entropy of the wished codes."""
        if not wish.width:
            return logits.new_zeros(())
        device = self.task.blocks.device
        at = self.real.column_of[wish.entries]
        column = torch.from_numpy(np.array(self.conditioned)[at]).to(device)
        code = torch.from_numpy(wish.entries - self.frequencies.starts[at]).to(device)
        entry = self.task.blocks.starts[column] + code
        wished = logits.gather(1, entry.unsqueeze(1))
        sums = self.task.blocks.log_sums(logits).gather(1, column.unsqueeze(1))
        return (sums - wished).mean()

    def _descend(self, loss: Tensor, optimizer: torch.optim.Adam) -> None:
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()


def _steepness(critic: Critic, real: Tensor, made: Tensor) -> Tensor:
    """How far the critic's slope between real and made packs is from 1, squared, on average."""
    share = torch.rand(len(real), 1, device=real.device)
    between = (share * real + (1 - share) * made).requires_grad_()
    slopes = torch.autograd.grad(critic(between).sum(), between, create_graph=True)[0]
    return (slopes.norm(dim=1) - 1).square().mean()


def _conditioned(encoder: MixedEncoder) -> tuple[int, ...]:
    return tuple(i for i in range(len(encoder.modelled)) if i not in set(encoder.with_modes))


def drawer(blocks: Blocks, encoder: MixedEncoder, weights: Weights) -> Draw:
    """Conditions as often as they were learned; codes drawn from what the generator says."""
    frequencies = Frequencies(_drawable(_counts(weights), blocks, encoder))
    generator = _fitted(blocks, weights, frequencies.width)
    latent = generator.latent
    never = torch.from_numpy(np.where(encoder.drawable, 0.0, -np.inf).astype(np.float32))

    def draw(rows: int, rng: np.random.Generator) -> MixedRows:
        wished = frequencies.wish(rows, rng, training=False).vector(blocks.device)
        noise = torch.from_numpy(rng.standard_normal((rows, latent), dtype=np.float32))
        places, logits = generator(noise.to(blocks.device), wished)
        lots = torch.from_numpy(rng.gumbel(size=logits.shape).astype(np.float32))
        codes = blocks.drawn(logits + never.to(blocks.device), lots.to(blocks.device))
        return MixedRows(codes=codes.cpu().numpy().astype(np.int16), places=places.cpu().numpy())

    return draw


def _drawable(
    counts: list[NDArray[np.int64]], blocks: Blocks, encoder: MixedEncoder
) -> list[NDArray[np.int64]]:
    """Counts without the codes that may not be drawn."""
    parts = np.split(encoder.drawable, np.cumsum(blocks.sizes)[:-1])
    chosen = _conditioned(encoder)
    return [c * parts[at] for at, c in zip(chosen, counts, strict=True)]


def decoder(
    blocks: Blocks, encoder: MixedEncoder, weights: Weights, rows: MixedRows
) -> tuple[int, Decode]:
    """What makes rows from noise, on condition of a code that each of ``rows`` holds: of its
    columns in turn."""
    frequencies = Frequencies(_counts(weights))
    generator = _fitted(blocks, weights, frequencies.width)
    chosen = np.array(_conditioned(encoder), dtype=np.int64)
    at = np.arange(len(rows.codes)) % max(len(chosen), 1)
    held = rows.codes[np.arange(len(at)), chosen[at]] if len(chosen) else at
    wish = Wish(entries=frequencies.starts[at] + held, width=frequencies.width)
    wished = wish.vector(blocks.device)

    def decode(noise: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        places, logits = generator(noise, wished)
        return places, logits, places.new_full((), SPREAD)

    return generator.latent, decode


def _counts(weights: Weights) -> list[NDArray[np.int64]]:
    return [np.array(weights[n]) for n in sorted(weights) if n.startswith(_COUNTS)]


def _fitted(blocks: Blocks, weights: Weights, conditions: int) -> Generator:
    latent = weights["first.0.weight"].shape[1] - conditions
    generator = Generator(blocks, latent, conditions)
    own = {n: torch.from_numpy(np.array(w)) for n, w in weights.items() if n[:7] != _COUNTS}
    generator.load_state_dict(own)
    return generator.to(blocks.device).eval().requires_grad_(False)


METHOD = Method(name=NAME, learn=learn, drawer=drawer, decoder=decoder)
