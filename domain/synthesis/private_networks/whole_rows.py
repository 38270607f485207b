"""What the private networks that make whole rows at once have in common: rows as blocks of ones."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from domain.privacy.per_sample import Dense, Tape
from domain.synthesis.blocks import Blocks
from domain.synthesis.private_encoding.table import PrivateEncoder
from domain.synthesis.private_networks.task import Codes, Weights, shares

_LEAST_SHARE = 1e-5


def blocks_of(encoder: PrivateEncoder, device: torch.device) -> Blocks:
    """Where each column's codes stand in a row."""
    return Blocks(encoder.sizes, 0, device)


def ones(blocks: Blocks, codes: Tensor) -> Tensor:
    """Rows of codes (rows, columns) as blocks of 0 and a single 1."""
    return blocks.dense(codes, torch.zeros(len(codes), 0, device=codes.device))


def begin_at_shares(layer: nn.Linear, encoder: PrivateEncoder) -> None:
    """Let a layer of logits begin with independent columns, as frequent as noisy counts say."""
    logs = [np.log(np.maximum(share, _LEAST_SHARE)) for share in shares(encoder)]
    with torch.no_grad():
        layer.weight.mul_(0.1)
        layer.bias.copy_(torch.from_numpy(np.concatenate(logs)))


def through(tape: Tape, body: nn.Sequential, rows: Tensor) -> Tensor:
    """Rows sent through linear layers and what stands between them."""
    for layer in body:
        rows = tape(Dense(layer), rows) if isinstance(layer, nn.Linear) else layer(rows)
    return rows


def drawn(
    blocks: Blocks, encoder: PrivateEncoder, logits: Tensor, rng: np.random.Generator
) -> Codes:
    """Codes with the probabilities of ``logits``; none that noisy counts say nothing of."""
    possible = np.concatenate([np.where(share > 0, 0.0, -np.inf) for share in shares(encoder)])
    lots = torch.from_numpy(rng.gumbel(size=tuple(logits.shape)) + possible).float()
    codes: Codes = blocks.drawn(logits, lots.to(blocks.device)).cpu().numpy()
    return codes


def kept(network: nn.Module) -> Weights:
    """Weights as arrays."""
    return {name: value.cpu().numpy() for name, value in network.state_dict().items()}


def loaded(network: nn.Module, weights: Weights, device: torch.device) -> None:
    """Put kept weights into a network that only draws from now on."""
    network.load_state_dict({n: torch.from_numpy(np.array(w)) for n, w in weights.items()})
    network.to(device).eval().requires_grad_(False)
