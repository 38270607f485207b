"""The autoregressive network, trained by DP-SGD from noisy marginals on."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from domain.privacy.per_sample import Tape
from domain.synthesis.drawing import Drawer
from domain.synthesis.network import AutoregressiveNetwork, Shape
from domain.synthesis.predicting import Predictor
from domain.synthesis.private_encoding.numbers import NumberColumn
from domain.synthesis.private_encoding.table import PrivateEncoder
from domain.synthesis.private_networks.layers import reached, row_loss
from domain.synthesis.private_networks.task import Codes, Draw, PrivateMethod, Task, Weights, shares

NAME = "autoregressive"
BLOCK = 16
"""Hidden units a column: fewer than without privacy, since noise is added to every weight."""
_AVERAGED = 0.25
"""The last weights are averaged over this share of the steps: noise averages out."""
_BETAS = (0.9, 0.99)
_LEAST_SHARE = 1e-5


def learn(task: Task) -> Weights:
    """The averaged weights of the last steps."""
    network = _network(task.encoder).to(task.device)
    if len(task.encoder.columns) < 2:
        return _kept(network.state_dict())
    rate = float(task.settings["private_learning_rate"])
    optimizer = torch.optim.Adam(network.parameters(), lr=rate, betas=_BETAS)

    def loss(tape: Tape, codes: Tensor, there: Tensor) -> Tensor:
        return row_loss(network, tape, codes, there)

    descent = task.descent(optimizer, loss, reached(network))
    averaged = _Average(network)
    for step, share in enumerate(rates(task.steps)):
        for group in optimizer.param_groups:
            group["lr"] = rate * share
        descent.step()
        if step >= (1 - _AVERAGED) * task.steps:
            averaged.add()
        task.told(step)
    return _kept(averaged.state())


def rates(steps: int) -> Iterator[float]:
    """Shares of the highest learning rate: level, then falling along half a cosine."""
    for step in range(steps):
        place = max(2 * step / steps - 1, 0.0)
        yield 0.1 + 0.9 * (1 + math.cos(math.pi * place)) / 2


class _Average:
    """The mean of a network's weights over steps."""

    def __init__(self, network: torch.nn.Module) -> None:
        self.network, self.count = network, 0
        self.sums = {n: torch.zeros_like(v) for n, v in network.state_dict().items()}

    @torch.no_grad()
    def add(self) -> None:
        self.count += 1
        for name, value in self.network.state_dict().items():
            self.sums[name] += value

    def state(self) -> dict[str, Tensor]:
        if not self.count:
            return dict(self.network.state_dict())
        return {name: value / self.count for name, value in self.sums.items()}


def drawer(encoder: PrivateEncoder, weights: Weights, device: torch.device) -> Draw:
    """Column by column, with the marginals held to the noisy ones."""
    network = _network(encoder)
    network.load_state_dict({n: torch.from_numpy(np.array(w)) for n, w in weights.items()})
    drawing = Drawer(Predictor(network.to(device)), shares(encoder))

    def draw(rows: int, rng: np.random.Generator) -> Codes:
        return drawing.draw(rows, rng, lambda done, total: None).astype(np.int64)

    return draw


def _network(encoder: PrivateEncoder) -> AutoregressiveNetwork:
    ordered = [isinstance(column, NumberColumn) for column in encoder.columns.values()]
    logs = [np.log(np.maximum(share, _LEAST_SHARE)) for share in shares(encoder)]
    return AutoregressiveNetwork(
        Shape.of(encoder.sizes, ordered, BLOCK), [torch.from_numpy(log).float() for log in logs]
    )


def _kept(state: dict[str, Tensor]) -> Weights:
    return {name: value.cpu().numpy() for name, value in state.items()}


METHOD = PrivateMethod(
    name=NAME,
    networks=("the one network, which predicts each column from those before it",),
    learn=learn,
    drawer=drawer,
)
