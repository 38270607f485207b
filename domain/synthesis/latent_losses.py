"""How well a network that makes rows from noise can make a given row.

The artifact holds what makes rows, not what judged or encoded them while training, so that an
attacker has to look for the noise that a row may come from: the reconstruction attack of
Hilprecht et al. 2019 and, with the network in hand, of Chen et al. 2020 (GAN-Leaks, white box).
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from domain.kernel import OnProgress
from domain.synthesis.blocks import Blocks
from domain.synthesis.device import THREADS
from domain.synthesis.encoding.mixed import MixedRows
from domain.synthesis.training import torch_set_up
from domain.synthesis.whole_rows import Beat, Decode, WholeRowsModel

STEPS = 100
"""Steps of the search for a row's noise."""
_PACE = 0.2
_CHUNK = 1_024


def latent_losses(
    model: WholeRowsModel, rows: pd.DataFrame, seed: int, on_progress: OnProgress
) -> NDArray[np.float64]:
    """For each typed row its negative log-likelihood under the best noise found, plus that
    noise's own: an upper bound of the row's joint loss with the noise, in nats."""
    beat, rng = Beat(on_progress), np.random.default_rng(seed)
    encoder = model.encoder
    encoded = encoder.encode(
        rows, rng, lambda done, total: beat(done, total, "reading the columns")
    )
    losses = [np.zeros(0)]
    with torch_set_up(seed, THREADS) as device:
        blocks = Blocks(encoder.sizes, len(encoder.with_modes), device)
        for start in range(0, len(rows) if encoder.modelled else 0, _CHUNK):
            some = slice(start, start + _CHUNK)
            chunk = MixedRows(codes=encoded.codes[some], places=encoded.places[some])
            latent, decode = model.method.decoder(blocks, encoder, model.weights, chunk)

            def looking(step: int, at: int = start) -> None:
                done = at + step * _CHUNK // STEPS
                beat(min(done, len(rows)), len(rows), "looking for the noise of rows")

            losses.append(_searched(blocks, decode, latent, chunk, looking))
    found = np.concatenate(losses)
    return found if encoder.modelled else np.zeros(len(rows))


def _searched(
    blocks: Blocks, decode: Decode, latent: int, rows: MixedRows, looking: Callable[[int], None]
) -> NDArray[np.float64]:
    """The lowest loss on the way from no noise at all."""
    codes = torch.from_numpy(rows.codes.astype(np.int64)).to(blocks.device)
    places = torch.from_numpy(rows.places).to(blocks.device)
    noise = torch.zeros(len(codes), latent, device=blocks.device, requires_grad=True)
    optimizer = torch.optim.Adam([noise], lr=_PACE)
    best = torch.full((len(codes),), math.inf, device=blocks.device)
    for step in range(STEPS):
        looking(step)
        losses = _row_losses(blocks, decode(noise), codes, places) + noise.square().sum(1) / 2
        best = torch.minimum(best, losses.detach())
        optimizer.zero_grad(set_to_none=True)
        losses.sum().backward()
        optimizer.step()
    return best.cpu().numpy().astype(np.float64)


def _row_losses(
    blocks: Blocks, decoded: tuple[Tensor, Tensor, Tensor], codes: Tensor, places: Tensor
) -> Tensor:
    """Negative log-likelihood of each row's places and codes, (rows,)."""
    middles, logits, spread = decoded
    off = ((places - middles) / spread).square() / 2 + spread.log() + math.log(2 * math.pi) / 2
    return off.sum(1) + blocks.losses(logits, codes).sum(1)
